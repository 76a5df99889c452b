# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks as JSON without pixels: their sources are files of one folder, and are stored by their names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ..errors import BridgeError
from ..imaging.fit import FitMode
from .annotated_json import NotAsAnnotated, Writers, read, write
from .source import Encoding, Source, SourceName
from .sources import file_size
from .task import Task

#: The names that sources have here.
_SOURCE_NAME = re.compile(r"[0-9]{1,4}\.(png|tga|exr)")
#: Longer paths no system has.
_MAX_PATH = 4096


class NotATask(Exception):
    """What was stored is no task that this version can take up again."""


def write_task(task: Task) -> dict[str, Any]:
    """The task whose sources are all files, as `read_task` takes it. A request's pictures are left out: they
    are made of the sources."""
    return {"kind": task.stored_as, "values": write(task, _WRITERS)}


def read_task(stored: object, folder: Path) -> Task:
    """The task, with its sources in `folder`. Somebody may have changed it meanwhile.

    Raises NotATask, also where a source is not there or is no picture.
    """
    match stored:
        case {"kind": str(kind), "values": dict(values)} if kind in Task.known:
            cls = Task.known[kind]
        case _:
            raise NotATask("its kind is not known")

    def source(value: Any, name: str) -> Source:
        return _read_source(value, name, folder)

    try:
        task: Task = read(cls, values, "task", {Source: source, Path: _read_path})
    except (NotAsAnnotated, BridgeError, ValueError, TypeError, RecursionError, OSError) as error:
        raise NotATask(str(error)) from error
    return task


def _write_source(source: Source) -> dict[str, Any]:
    assert source.path is not None
    written = {
        "file": source.path.name,
        "name": write(source.name),
        "fit_mode": source.fit_mode,
        "keep_alpha": source.keep_alpha,
    }
    if source.keeps_floats:
        floats = {"encoding": source.encoding.name, "premultiplied": source.premultiplied}
        written |= {"keeps_floats": True, **floats}
    if source.space:
        written["space"] = source.space
    return written


def _read_source(value: Any, name: str, folder: Path) -> Source:
    if not isinstance(value, dict):
        raise NotAsAnnotated(name)
    file = read(str, value.get("file"), name)
    path = folder / file
    # A link could make a picture for this server out of whatever is on this computer.
    is_linked = folder.is_symlink() or path.is_symlink()
    if not _SOURCE_NAME.fullmatch(file) or is_linked or not path.is_file():
        raise NotAsAnnotated(name)
    # What is no picture is found out here.
    file_size(path)
    encoding = read(str, value.get("encoding", Encoding.SRGB.name), name)
    if encoding not in Encoding.__members__:
        raise NotAsAnnotated(name)
    return Source(
        name=read(SourceName, value.get("name"), name),
        path=path,
        fit_mode=read(FitMode, value.get("fit_mode"), name),
        keep_alpha=read(bool, value.get("keep_alpha"), name),
        encoding=Encoding[encoding],
        premultiplied=read(bool, value.get("premultiplied", False), name),
        keeps_floats=read(bool, value.get("keeps_floats", False), name),
        space=read(str, value.get("space", ""), name),
    )


def _read_path(value: Any, name: str) -> Path:
    text = read(str, value, name)
    if len(text) > _MAX_PATH or "\0" in text or not Path(text).is_absolute():
        raise NotAsAnnotated(name)
    return Path(text)


_WRITERS: Writers = {Source: _write_source, Path: str}
