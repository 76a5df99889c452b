# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole files or none."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import unicodedata
from pathlib import Path

from ..errors import StorageFailed

#: Common file systems take 255 bytes; the seed, a number and the ending need some of them.
MAX_STEM_BYTES = 80
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


def file_stem(text: str, *, fallback: str = "picture") -> str:
    """A file name stem on any system from a prompt: letters, digits, `-`; at most 80 UTF-8 bytes."""
    text = unicodedata.normalize("NFC", text)
    stem = re.sub(r"[^\w]+", "-", text, flags=re.UNICODE).strip("-_")
    stem = stem.encode()[:MAX_STEM_BYTES].decode(errors="ignore").strip("-_")
    if not stem or _RESERVED.fullmatch(stem):
        return fallback
    return stem


def write_new(directory: Path, stem: str, suffix: str, data: bytes) -> Path:
    """Write `data` as `stem` + `suffix`, or `stem-2`, … when taken: never over an existing file.

    The file appears under its name only when every byte is on disk. Raises StorageFailed.
    """
    with _told_as_storage_failure(directory):
        directory.mkdir(parents=True, exist_ok=True)
        temporary = _write_temporary(directory, data)
        try:
            for number in range(1, 100_000):
                path = directory / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
                try:
                    # Reserves the name: two Blenders may write to one folder.
                    path.open("xb").close()
                except FileExistsError:
                    continue
                temporary.replace(path)
                return path
        finally:
            temporary.unlink(missing_ok=True)
    raise StorageFailed(f"There are too many files named {stem} in {directory}.")


def write_whole(path: Path, data: bytes) -> None:
    """Write or replace one file so that a reader sees the old one or the new one. Raises StorageFailed."""
    with _told_as_storage_failure(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _write_temporary(path.parent, data)
        try:
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _write_temporary(directory: Path, data: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=".part-", dir=directory)
    path = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes files private; results are the artist's ordinary files.
        with contextlib.suppress(OSError):
            path.chmod(0o644)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


class _told_as_storage_failure(contextlib.AbstractContextManager[None]):  # noqa: N801 - reads as a sentence
    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            reason = error.strerror or type(error).__name__
            raise StorageFailed(f"The folder {self._directory} cannot be written to: {reason}.") from error
