# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image whose own file is what is sent of it: nothing has to be read out of Blender, nor encoded.

It may have changed since Blender read it, and so may Blender's pixels: `Image.save` to another path forgets
that they were painted on (4.2 to 5.2). It is believed when Blender had not read it yet, or when its pixels
were compared with Blender's once, and neither has changed since.
"""

from __future__ import annotations

import stat
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import bpy
import numpy as np

from ...errors import BridgeError
from ...imaging import fit, png
from ...imaging.fit import FitMode
from ...jobs.source import Source, SourceName
from ...jobs.sources import to_display_bytes

#: Bytes of a file that the main thread reads.
_MOST = 1 << 26

#: A file as it was: its path, size, and when it was changed; of a packed one, its size and checksum.
Stamp = tuple[str, int, int, int]

_known: dict[int, tuple[Stamp, bytes]] = {}
"""Files whose pixels are those of an image, and the sums of these, by its `session_uid`; single steps, from
any thread."""


def is_read(image: bpy.types.Image) -> bool:
    """Whether Blender has pixels of the image, by now. To ask for its size would have it read them."""
    return bool(image.has_data)


def sendable(image: bpy.types.Image, name: SourceName, fit_mode: FitMode, *, was_read: bool) -> Source | None:
    """The image by its own file, where that is an RGB PNG of 8 bits and of a size that is sent as it is, and
    its pixels are what is seen; else None. `was_read` is what `is_read` told before anything was asked."""
    own = _own(image) if _is_plain_file(image) and _fits(image, fit_mode) else None
    if own is None:
        return None
    stamp, read = own
    stamp_known, sums_known = _known.get(image.session_uid, (None, b""))
    if was_read and stamp_known != stamp:
        return None
    found = png.sendable(read())
    if found is None or (found[1].width, found[1].height) != tuple(image.size):
        return None
    sums = _sums(image)
    if was_read and sums_known != sums:
        return None
    _known[image.session_uid] = (stamp, sums)
    return Source(name, png=found[0], fit_mode=fit_mode)


def lesson(image: bpy.types.Image, source: Source) -> Callable[[], None] | None:
    """What finds out on another thread whether the image could have been sent by its own file; `source` is a
    snapshot of it. None where there is nothing to find out."""
    if source.png is not None or not _is_plain_file(image) or not _fits(image, source.fit_mode):
        return None
    own = _own(image)
    if own is None:
        return None
    (stamp, read), uid, sums = own, image.session_uid, _sums(image)

    def learn() -> None:
        try:
            # First, as the job may be done with the snapshot soon.
            seen = to_display_bytes(source)
            found = png.sendable(read())
            pixels = None if found is None else png.decode(found[0])
        except (OSError, BridgeError, MemoryError):
            return
        is_opaque = seen.shape[2] == 3 or bool((seen[..., 3] == 255).all())
        if pixels is not None and is_opaque and np.array_equal(pixels, seen[..., :3]):
            _known[uid] = (stamp, sums)

    return learn


def _own(image: bpy.types.Image) -> tuple[Stamp, Callable[[], bytes]] | None:
    """The image's own file as it is now, and what reads it; None where there is none."""
    if image.packed_file is None:
        path = _path(image)
        stamp = _stamp(path)
        return None if stamp is None else (stamp, partial(_read, path, stamp))
    if not _is_small(image.packed_file.size):
        return None
    data = image.packed_file.data
    return ("", len(data), zlib.crc32(data), 0), lambda: data


def _sums(image: bpy.types.Image) -> bytes:
    """Of the image's pixels by rows and by columns: other pixels have others."""
    width, height = image.size
    values = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(values)
    rows = values.view(np.uint32).reshape(height, -1)
    return b"".join(np.add.reduce(rows, axis=axis, dtype=np.uint32).tobytes() for axis in (0, 1))


def _is_plain_file(image: bpy.types.Image) -> bool:
    space = image.colorspace_settings
    return (
        image.source == 'FILE'
        and image.type == 'IMAGE'
        and image.file_format == 'PNG'
        and image.depth == 24
        and not (image.is_dirty or image.is_float or image.is_multiview)
        and (space.is_data or space.name == 'sRGB')
        and len(image.packed_files) <= 1
    )


def _fits(image: bpy.types.Image, fit_mode: FitMode) -> bool:
    width, height = image.size
    return fit.plan(width, height, fit_mode).is_identity


def _path(image: bpy.types.Image) -> Path:
    return Path(bpy.path.abspath(image.filepath_raw, library=image.library))


def _is_small(size: int) -> bool:
    return 0 < size <= _MOST


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    # No pipe, which would be waited for.
    if not stat.S_ISREG(found.st_mode) or not _is_small(found.st_size):
        return None
    return str(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _read(path: Path, stamp: Stamp) -> bytes:
    """Empty where it cannot be read, or is not as it was."""
    try:
        data = path.read_bytes()
    except OSError:
        return b""
    return data if _stamp(path) == stamp else b""
