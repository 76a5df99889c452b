# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image whose own file is what is sent of it: nothing has to be read out of Blender, nor encoded.

A packed file is what the image is. One on the disk may have changed since Blender read it: it is believed
when Blender had not read it yet, or when its pixels were compared with Blender's once, and not written since.
Nor may Blender's pixels have changed since: `Image.save` to another path forgets that they were painted on
(4.2 to 5.2).
"""

from __future__ import annotations

import stat
import zlib
from collections.abc import Callable
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
    if not _is_plain_file(image) or not _fits(image, fit_mode):
        return None
    known = _known.get(image.session_uid)
    if image.packed_file is not None:
        data = image.packed_file.data if _is_small(image.packed_file.size) else b""
        stamp = ("", len(data), zlib.crc32(data), 0)
        was_read = was_read and known is not None and known[0] == stamp
    else:
        path = _path(image)
        found_there = _stamp(path)
        if found_there is None or (was_read and (known is None or known[0] != found_there)):
            return None
        stamp, data = found_there, _read(path)
        if _stamp(path) != stamp:
            return None
    sums = _sums(image)
    if was_read and known != (stamp, sums):
        return None
    _known[image.session_uid] = (stamp, sums)
    found = png.sendable(data) if data else None
    if found is None or (found[1].width, found[1].height) != tuple(image.size):
        return None
    return Source(name, png=found[0], fit_mode=fit_mode)


def lesson(image: bpy.types.Image, source: Source) -> Callable[[], None] | None:
    """What finds out on another thread whether the image could have been sent by its own file on the disk;
    `source` is a snapshot of it. None where there is nothing to find out."""
    if source.png is not None or not _is_plain_file(image) or image.packed_file is not None:
        return None
    if not _fits(image, source.fit_mode):
        return None
    path, uid, sums = _path(image), image.session_uid, _sums(image)

    def learn() -> None:
        try:
            # First, as the job may be done with the snapshot soon.
            seen = to_display_bytes(source)
            stamp = _stamp(path)
            found = png.sendable(_read(path)) if stamp is not None else None
            if stamp is None or found is None:
                return
            pixels = png.decode(found[0])
        except (OSError, BridgeError, MemoryError):
            return
        is_opaque = seen.shape[2] == 3 or bool((seen[..., 3] == 255).all())
        if is_opaque and np.array_equal(pixels, seen[..., :3]) and _stamp(path) == stamp:
            _known[uid] = (stamp, sums)

    return learn


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


def _read(path: Path) -> bytes:
    """Empty where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
