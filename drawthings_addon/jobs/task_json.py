# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks as JSON, by the annotations of their fields: what is added to a task is stored without a word here.

No pixels: sources are files of one folder, and are stored by their names.
"""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import BridgeError
from ..imaging import png
from ..imaging.fit import FitMode
from .recipe import _Misfit
from .recipe import _read as _as_annotated
from .recipe import _write as _plain
from .source import Source, SourceName
from .task import Task

#: The names that sources have here.
SOURCE_NAME = re.compile(r"[0-9]{1,4}\.png")
#: Sources, or control images.
_MAX_ENTRIES = 500
#: Longer paths no system has.
_MAX_PATH = 4096


class NotATask(Exception):
    """What was stored is no task that this version can take up again."""


def write(task: Task) -> dict[str, Any]:
    """The task whose sources are all files, as `read` takes it. A request's pictures are left out: they are
    made of the sources."""
    values = {field.name: _write(getattr(task, field.name)) for field in _fields(type(task))}
    return {"kind": task.stored_as, "values": values}


def read(stored: object, folder: Path) -> Task:
    """The task, with its sources in `folder`. Somebody may have changed it meanwhile.

    Raises NotATask, also where a source is not there or is no picture.
    """
    match stored:
        case {"kind": str(kind), "values": dict(values)} if kind in Task.known:
            cls: type[Any] = Task.known[kind]
        case _:
            raise NotATask("its kind is not known")
    hints = typing.get_type_hints(cls)
    try:
        task: Task = cls(
            **{
                field.name: _read(hints[field.name], values[field.name], field.name, folder)
                for field in _fields(cls)
                if field.name in values
            }
        )
    except (_Misfit, BridgeError, ValueError, TypeError, RecursionError, OSError) as error:
        raise NotATask(str(error)) from error
    return task


def _fields(cls: type[Any]) -> tuple[dataclasses.Field[Any], ...]:
    return dataclasses.fields(cls)


def _write(value: Any) -> Any:
    if isinstance(value, Source):
        assert value.path is not None
        return {
            "file": value.path.name,
            "name": _plain(value.name),
            "fit_mode": value.fit_mode,
            "keep_alpha": value.keep_alpha,
        }
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple) and any(isinstance(each, Source) for each in value):
        return list(map(_write, value))
    return _plain(value)


def _read(hint: Any, value: Any, name: str, folder: Path) -> Any:
    inner = typing.get_args(hint)
    if hint is Path:
        path = Path(_as_annotated(str, value, name))
        if not path.is_absolute() or len(value) > _MAX_PATH or "\0" in value:
            raise _Misfit(name)
        return path
    if hint is Source:
        return _read_source(value, name, folder)
    if Source in inner:
        if isinstance(value, list):
            if len(value) > _MAX_ENTRIES:
                raise _Misfit(name)
            return tuple(_read_source(each, name, folder) for each in value)
        return None if value is None and type(None) in inner else _read_source(value, name, folder)
    if any(Source in typing.get_args(each) for each in inner):
        if not isinstance(value, list) or len(value) > _MAX_ENTRIES:
            raise _Misfit(name)
        return tuple(_read(inner[0], each, name, folder) for each in value)
    return _as_annotated(hint, value, name)


def _read_source(value: Any, name: str, folder: Path) -> Source:
    if not isinstance(value, Mapping):
        raise _Misfit(name)
    file = _as_annotated(str, value.get("file"), name)
    path = folder / file
    # A link could make a picture of this server out of whatever is on this computer.
    if not SOURCE_NAME.fullmatch(file) or path.is_symlink() or not path.is_file():
        raise _Misfit(name)
    with path.open("rb") as stream:
        png.header(stream.read(64))
    return Source(
        name=_as_annotated(SourceName, value.get("name"), name),
        path=path,
        fit_mode=_as_annotated(FitMode, value.get("fit_mode"), name),
        keep_alpha=_as_annotated(bool, value.get("keep_alpha"), name),
    )
