# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From pixels as Blender holds them to pictures as a server takes them; the steps that results go back."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import SourceUnavailable
from ..imaging import alpha, exr, fit, formats, png, scale, tga
from ..imaging.colour import luminance
from ..imaging.png import DoAll
from ..imaging.steps import (
    Alpha,
    Encode,
    Fit,
    Resize,
    Step,
    Steps,
)
from .source import Encoding, Floats, Source

_ROWS = 8
#: Bytes of pixels that are kept as they are: those of 2048 × 2048.
_STORED = 1 << 24
#: Of a file of our own, which tells its size in fewer bytes.
_HEAD = 4096


@dataclass(frozen=True, eq=False)
class Prepared:
    """A source as it is sent, and the steps that its results go back."""

    image: bytes
    """PNG, RGB."""
    width: int
    """Pixels, as sent."""
    height: int
    steps: Steps
    source_size: tuple[int, int]
    """Width and height before the first step."""
    floats: Floats = ""
    """What the steps give back, where that is floats."""
    painted: NDArray[np.uint8] | None = None
    """Where the steps take a part of the source alone: the mask of what is sent, (height, width, 1), white
    where anything of a result is taken."""

    def mask(self, source: Source) -> bytes:
        """The PNG of a mask that lies on this source, (height, width, 1).

        A mask of another size is resampled. Transparency is black, and so is what the fit adds, which is not
        to be painted. Raises as `prepare` does.
        """
        return png.encode(self.steps.mask(self._as_large(luminance(to_display_bytes(source)))))

    def beside(self, source: Source) -> bytes:
        """The PNG of a picture that belongs to this source pixel by pixel, such as a depth map: RGB, the
        same way as the source. Raises as `prepare` does."""
        return png.encode(self.steps.beside(self._as_large(to_display_bytes(source)[..., :3])))

    def _as_large(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return scale.resize(pixels, *self.source_size)


def prepare(source: Source, do_all: DoAll = png.in_turn) -> Prepared:
    """Pixels as they are sent: 8-bit sRGB RGB, fitted to a multiple of 64; the alpha kept aside. `do_all` is
    for `png.encode`.

    Raises SourceUnavailable when there are no pixels or the file that Blender wrote cannot be read,
    PictureInvalid when it is damaged.
    """
    if is_as_it_is(source):
        return _as_it_is(source, Alpha(None))
    pixels = to_display_bytes(source)
    # The planes are views: nothing is copied until the fit needs it.
    colours, transparency = alpha.split(pixels)
    plan = fit.plan(pixels.shape[1], pixels.shape[0], source.fit_mode)
    return _prepared(
        pixels, do_all, Alpha(transparency if source.keep_alpha else None), Fit.of(colours, plan)
    )


def is_as_it_is(source: Source) -> bool:
    """Whether its file is what a server takes."""
    if source.png is None or source.pixels is not None or source.window or source.resize_to:
        return False
    return fit.plan(*source_size(source), source.fit_mode).is_identity


def _as_it_is(source: Source, *row: Step) -> Prepared:
    assert source.png is not None
    width, height = source_size(source)
    return Prepared(source.png, width, height, Steps(row), (width, height))


def prepare_to_upscale(source: Source, *, is_cut: bool, do_all: DoAll = png.in_turn) -> Prepared:
    """Pixels as they are sent to be enlarged: 8-bit sRGB RGB in their own size; the alpha kept aside.

    `is_cut`: the server cuts its result to the size that it is asked for. Raises as `prepare` does.
    """
    if is_as_it_is(source):
        return _as_it_is(source, Alpha(None, is_covering=is_cut))
    pixels = to_display_bytes(source)
    _colours, transparency = alpha.split(pixels)
    return _prepared(pixels, do_all, Alpha(transparency if source.keep_alpha else None, is_covering=is_cut))


def _prepared(pixels: NDArray[np.uint8], do_all: DoAll, *row: Step) -> Prepared:
    steps = Steps(row)
    sent = steps.there(pixels)
    return Prepared(
        image=png.encode(sent, do_all=do_all),
        width=sent.shape[1],
        height=sent.shape[0],
        steps=steps,
        source_size=(pixels.shape[1], pixels.shape[0]),
    )


def unfitted(source: Source) -> bytes:
    """The PNG of a picture that belongs to no source, RGB in its own size. Raises as `prepare` does."""
    return png.encode(to_display_bytes(source)[..., :3])


def displayed(source: Source) -> Source:
    """The same source as bytes in memory, as it is displayed and at the size that was asked for; one that is
    sent as it is stays so. Raises as `prepare`."""
    if is_as_it_is(source):
        return source
    if has_floats(source):
        return replace(source, pixels=numbers(source)[::-1], png=None, window=None)
    return replace(
        source,
        pixels=to_display_bytes(source)[::-1],
        png=None,
        faces=None,
        encoding=Encoding.SRGB,
        premultiplied=False,
        window=None,
        resize_to=None,
    )


def windowed(source: Source, left: int, top: int, right: int, bottom: int) -> Source:
    """The source's pixels from `left` to before `right` and from `top`, counted from above, to before
    `bottom` alone; of a file they are read when they are needed. Raises ValueError as `fit.window` does.
    """
    whole = replace(source, resize_to=None)
    fit.window(*source_size(whole), left, top, right, bottom)
    if source.pixels is None:
        return replace(source, window=(left, top, right, bottom))
    height = len(source.pixels)
    return replace(source, pixels=source.pixels[height - bottom : height - top, left:right].copy())


def source_size(source: Source) -> tuple[int, int]:
    """Width and height that a source is worked on at, before it is fitted. Of a file the header is read.

    Raises OSError and PictureInvalid for a file that cannot be read.
    """
    if source.resize_to is not None:
        return source.resize_to
    if source.window is not None:
        left, top, right, bottom = source.window
        return right - left, bottom - top
    if source.pixels is not None:
        return source.pixels.shape[1], source.pixels.shape[0]
    if source.path is None and source.png is not None:
        head = png.header(source.png[:64])
        return head.width, head.height
    if source.path is None and source.faces is not None:
        return source.faces.width, source.faces.height
    assert source.path is not None
    return file_size(source.path)


def file_size(path: Path) -> tuple[int, int]:
    """Width and height of a source's file, of which the header is read. Raises OSError, PictureInvalid."""
    if path.suffix == tga.SUFFIX:
        return tga.size(path)
    with path.open("rb") as stream:
        return formats.size(stream.read(_HEAD))


def to_display_bytes(source: Source) -> NDArray[np.uint8]:
    """(H, W, 3 or 4) uint8 sRGB, row 0 at the top. Raises as `prepare` does."""
    row: list[Step] = [encode_of(source)]
    if source.resize_to is not None:
        row.append(Resize(*source.resize_to))
    return Steps(tuple(row)).there(_pixels(source))


def numbers(source: Source) -> NDArray[Any]:
    """(H, W, C) as they were taken, row 0 at the top: uint8 as displayed, or float32 of what `keeps_floats`
    and is worked on in its own size. Raises as `prepare` does."""
    return _pixels(source) if has_floats(source) else to_display_bytes(source)


def grey(source: Source) -> NDArray[np.uint8]:
    """(H, W) uint8 of a mask, row 0 at the top: its luminance as it is displayed; what is transparent is
    black. Raises as `prepare` does."""
    if source.resize_to is not None:
        return luminance(to_display_bytes(source))[..., 0]
    encode = encode_of(source)
    return np.concatenate([luminance(encode.there(rows))[..., 0] for rows in _bands(source)])


def as_file(source: Source) -> bytes:
    """A PNG of the source as it is displayed, from which the same is made again, or an OpenEXR of what
    `keeps_floats`. Raises as `prepare` does.

    It is for this computer and for a while: unless it is very large it is not compressed, which would take as
    long as all else that a job does.
    """
    if is_as_it_is(source):
        assert source.png is not None
        return source.png
    if has_floats(source):
        floats = _pixels(source)
        return exr.encode(floats, compressed=floats.nbytes > _STORED)
    pixels = to_display_bytes(source)
    return png.encode(pixels, level=0 if pixels.nbytes <= _STORED else 1)


def file_suffix(source: Source) -> str:
    """Of a file of what `as_file` gives."""
    return formats.OPEN_EXR.suffix if has_floats(source) else formats.PNG.suffix


def kept_suffix(source: Source) -> str:
    """Of the file that `write_kept` makes."""
    path = source.path
    is_raw = path is not None and path.suffix == tga.SUFFIX and source.pixels is None
    if path is None or not is_raw or source.window or source.resize_to:
        return file_suffix(source)
    try:
        return tga.SUFFIX if path.stat().st_size <= 2 * _STORED else ".png"
    except OSError:
        return ".png"


def as_kept(source: Source, path: Path) -> Source:
    """The source as it is when `write_kept` has made that file, of `kept_suffix`."""
    kept = replace(source, pixels=None, png=None, faces=None, path=path, resize_to=None, window=None)
    return kept if has_floats(source) else replace(kept, encoding=Encoding.SRGB, premultiplied=False)


def has_floats(source: Source) -> bool:
    """Whether `numbers` gives floats."""
    if not source.keeps_floats or source.resize_to is not None:
        return False
    if source.pixels is not None:
        return source.pixels.dtype != np.uint8
    return source.path is not None and source.path.suffix == formats.OPEN_EXR.suffix


def kind_of_floats(source: Source) -> Floats:
    """For the recipe of what has the source's own numbers."""
    if not has_floats(source):
        return ""
    return "LIGHT" if source.encoding is Encoding.LINEAR else "DATA"


def write_kept(source: Source, path: Path) -> None:
    """A file from which the source is made again as it is displayed: as `as_file`, or what Blender wrote.
    Raises OSError, and as `prepare`."""
    if path.suffix != tga.SUFFIX:
        path.write_bytes(as_file(source))
        return
    assert source.path is not None
    try:
        path.hardlink_to(source.path)
    except FileNotFoundError:
        raise
    except OSError:
        # A file system without such links.
        shutil.copyfile(source.path, path)


def is_painted(source: Source) -> bool:
    """Whether anything of a mask is above black as it is sent, by one step of 8 bits. Raises as `prepare`."""
    encode = encode_of(source)
    for rows in _bands(source, _spread):
        # What holds nothing but black need not be converted.
        colours = rows[..., : 3 if rows.shape[2] >= 3 else 1]
        if (colours > 0).any() and luminance(encode.there(rows)).any():
            return True
    return False


def _bands(source: Source, order: Callable[[range], Iterable[int]] = iter) -> Iterator[NDArray[Any]]:
    """The source's pixels as they were taken, some rows at a time, from the top or in another order."""
    if source.pixels is None and source.path is not None and source.path.suffix == tga.SUFFIX:
        left, top, right, bottom = source.window or (0, 0, *tga.size(source.path))
        for first in order(range(top, bottom, _ROWS)):
            yield _read(source.path, (left, first, right, min(first + _ROWS, bottom)))
        return
    pixels = _pixels(source)
    for first in order(range(0, len(pixels), _ROWS)):
        yield pixels[first : first + _ROWS]


def _spread(places: range) -> Iterator[int]:
    """All of them: every sixteenth, then those in the middle between, and so on; what lies somewhere among
    them is soon met."""
    for offset in (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15):
        yield from places[offset::16]


def encode_of(source: Source) -> Encode:
    """How its floats are displayed."""
    return Encode(source.encoding is Encoding.LINEAR, source.premultiplied)


def _pixels(source: Source) -> NDArray[Any]:
    """(H, W, C) as they were taken, row 0 at the top."""
    if source.pixels is None and source.path is not None:
        return _read(source.path, source.window)
    if source.pixels is None and source.png is not None:
        return _windowed(png.decode(source.png), source.window)
    if source.pixels is None and source.faces is not None:
        return _windowed(source.faces.draw()[..., np.newaxis], source.window)
    if source.pixels is None or not source.pixels.size:
        raise SourceUnavailable("There is nothing to send.", "Choose another source.")
    return source.pixels[::-1]


def _read(path: Path, window: tuple[int, int, int, int] | None) -> NDArray[Any]:
    try:
        if path.suffix == tga.SUFFIX:
            return tga.read(path, window)
        if path.suffix == formats.OPEN_EXR.suffix:
            return _windowed(exr.pixels(path.read_bytes()), window)
        pixels = png.decode(path.read_bytes())
    except OSError as error:
        raise SourceUnavailable(
            "The picture that Blender saved for this job is gone ({file}).", "Make it anew.", file=path.name
        ) from error
    return _windowed(pixels, window)


def _windowed(pixels: NDArray[Any], window: tuple[int, int, int, int] | None) -> NDArray[Any]:
    if window is None:
        return pixels
    left, top, right, bottom = window
    return pixels[top:bottom, left:right]
