# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a job's pictures go, as a text that outlives Blender: by names, which are looked up when the job is
taken up again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ...errors import TargetUnavailable
from ...jobs.source import Source
from ...jobs.task import Task
from . import target_json
from .target import ImageTile, Target
from .vantage import Vantage


@dataclass(frozen=True)
class Destination:
    """Where what comes of a job goes."""

    targets: tuple[Target, ...] = ()
    """One for each picture by its index; the last one is that of all pictures that come after it."""
    packed: bool = True
    origins: tuple[ImageTile | Vantage | None, ...] = ()
    """What each of the task's sources was made from; of a text alone."""

    def to_text(self, sources: Sequence[Source] = ()) -> str:
        """With the names that everything has now; `sources` are those of the task that is submitted."""
        origins = (source.origin for source in sources)
        return json.dumps(
            {
                "file": bpy.data.filepath,
                "packed": self.packed,
                "targets": [target_json.write(each) for each in self.targets],
                "origins": [
                    target_json.write(each) if isinstance(each, ImageTile | Vantage) else None
                    for each in origins
                ],
            }
        )

    @classmethod
    def from_text(cls, text: str) -> Destination:
        """What is meant in the open file; a text that is none, or was changed, is one for images.

        Raises TargetUnavailable where that is not the file it was ordered in, as long as there is such.
        """
        try:
            stored = json.loads(text)
            file = target_json.read_text(stored["file"], target_json.MAX_NAME * 4)
            targets = tuple(
                target_json.read_target(each) for each in target_json.read_entries(stored["targets"])
            )
            origins = tuple(_origin(each) for each in target_json.read_entries(stored["origins"]))
            packed = stored["packed"] is True
        except target_json.ERRORS:
            return cls()
        if file and file != bpy.data.filepath and _is_file(file):
            raise TargetUnavailable(
                "This was ordered in “{name}”, which is not open.",
                "Open {path} first.",
                name=Path(file).name,
                path=file,
            )
        return cls(targets, packed, origins)

    def with_origins(self, task: Task) -> Task:
        """The task with its sources' origins, which no file knows."""
        origins = iter(self.origins)

        def known(source: Source) -> Source:
            return replace(source, origin=next(origins, None))

        return task.with_sources(known)


def _is_file(path: str) -> bool:
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False


def _origin(stored: Any) -> ImageTile | Vantage | None:
    if stored is None:
        return None
    stored = target_json.read_object(stored)
    if "view" in stored:
        view, projection = (target_json.read_floats(stored[each]) for each in ("view", "projection"))
        return Vantage.read(view, projection, target_json.read_reference(stored["camera"]))
    image = target_json.read_reference(stored["image"])
    return ImageTile(image, target_json.read_number(stored["tile"])) if image is not None else None
