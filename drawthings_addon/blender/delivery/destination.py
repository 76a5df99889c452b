# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a job's pictures go, as a text that outlives Blender: by names, which are looked up when the job is
taken up again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

import bpy

from ...errors import TargetUnavailable
from ...jobs.source import Source
from ...jobs.task import Task
from .target import Collection, ImageTile, Reference, Target, TargetKind
from .vantage import Vantage

#: Targets, or what takes the same picture too: all objects that were selected.
_MAX_ENTRIES = 2000
#: Characters of a name: Blender's own are 63 bytes, and from 5.0 on 255.
_MAX_NAME = 1024


class _Strange(Exception):
    """It is no such text, or somebody changed it."""


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
                "targets": [_write(each) for each in self.targets],
                "origins": [
                    _write(each) if isinstance(each, ImageTile | Vantage) else None for each in origins
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
            file = _text(stored["file"], _MAX_NAME * 4)
            targets = tuple(_target(each) for each in _entries(stored["targets"]))
            origins = tuple(_origin(each) for each in _entries(stored["origins"]))
            packed = stored["packed"] is True
        except (_Strange, ValueError, KeyError, TypeError, RecursionError):
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


def _write(value: Any) -> Any:
    match value:
        case Reference():
            found = value.resolve()
            return {"collection": value.collection, "name": found.name if found is not None else ""}
        case Target() | ImageTile() | Vantage():
            values = {field.name: getattr(value, field.name) for field in fields(value)}
            return {name: _write(each) for name, each in values.items() if name != "generation"}
        case tuple():
            return list(map(_write, value))
    return value


def _target(stored: Any, *, is_other: bool = False) -> Target:
    stored = _object(stored)
    kind = stored["kind"]
    if kind not in get_args(TargetKind):
        raise _Strange
    others = _entries(stored["others"])
    if is_other and others:
        raise _Strange
    return Target(
        kind=kind,
        image=_reference(stored["image"]),
        tile=_number(stored["tile"]),
        object=_reference(stored["object"]),
        new_material=stored["new_material"] is True,
        material=_reference(stored["material"]),
        node=_text(stored["node"]),
        node_group=_reference(stored["node_group"]),
        socket=_text(stored["socket"]),
        box=stored["box"] is True,
        others=tuple(_target(each, is_other=True) for each in others),
        show=stored["show"] is True,
    )


def _origin(stored: Any) -> ImageTile | Vantage | None:
    if stored is None:
        return None
    stored = _object(stored)
    if "view" in stored:
        view, projection = (_floats(stored[each]) for each in ("view", "projection"))
        return Vantage.read(view, projection, _reference(stored["camera"]))
    image = _reference(stored["image"])
    return ImageTile(image, _number(stored["tile"])) if image is not None else None


def _reference(stored: Any) -> Reference | None:
    if stored is None:
        return None
    stored = _object(stored)
    collection: Collection = stored["collection"]
    if collection not in get_args(Collection):
        raise _Strange
    return Reference.named(collection, _text(stored["name"]))


def _object(stored: Any) -> Mapping[str, Any]:
    if not isinstance(stored, dict):
        raise _Strange
    return stored


def _entries(stored: Any) -> list[Any]:
    if not isinstance(stored, list) or len(stored) > _MAX_ENTRIES:
        raise _Strange
    return stored


def _floats(stored: Any) -> list[float]:
    numbers = _entries(stored)
    if not all(type(each) in {int, float} for each in numbers):
        raise _Strange
    return [float(each) for each in numbers]


def _text(stored: Any, most: int = _MAX_NAME) -> str:
    if not isinstance(stored, str) or len(stored) > most:
        raise _Strange
    stored.encode()
    return stored


def _number(stored: Any) -> int:
    if type(stored) is not int or not 0 <= stored < 10_000:
        raise _Strange
    return stored
