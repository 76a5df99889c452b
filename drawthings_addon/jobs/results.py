# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server's picture, put back to its source's size and alpha, with its recipe, on disk; and what was made
here."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..client.answer import GeneratedImage, broken
from ..errors import AnswerInvalid, PictureInvalid, StorageFailed
from ..imaging import exr, formats, png
from ..imaging.colour import with_colour
from ..imaging.steps import Encode, Steps
from ..messages import Message
from .recipe import PARAMETERS_CHUNK, Recipe
from .storage import file_stem, write_new
from .task import Picture, Stored, TaskIO
from .thumbnail import NONE, thumbnail

#: Pixels of a result's thumbnail; the panel shows them at about half of that on a normal screen.
THUMBNAIL_EDGE = 192

log = logging.getLogger(__name__)


def keep(
    io: TaskIO,
    image: GeneratedImage,
    recipe: Recipe,
    steps: Steps | None,
    *,
    directory: Path,
    words: str,
    mark: str,
    index: int,
    at_least: tuple[int, int] = (0, 0),
    coming: Callable[[Picture], None] | None = None,
) -> tuple[Picture, str]:
    """The picture and those beside it on disk, and what the artist should know of them, or an empty text.

    `steps` are those that its source went before it was sent, if it has one. The file is named after `words`,
    such as the prompt, and `mark`, which tells it from others of these words. `at_least` are the width and
    height that were asked for: larger is what upscalers make. `coming` is told of one that is alone, right
    before it is written to where it most likely will be. Where no folder takes the picture it is kept in
    memory: it took minutes.

    Raises AnswerInvalid for one that was not proven, is to be put back to its source, and cannot be decoded.
    """
    small = ""
    if image.width < at_least[0] or image.height < at_least[1]:
        small = Message(
            "The server's picture is {width} × {height} pixels, not the {wanted_width} × "
            "{wanted_height} that were asked for.",
            width=image.width,
            height=image.height,
            wanted_width=at_least[0],
            wanted_height=at_least[1],
        )

    is_told = coming is not None and not image.beside

    def kept(one: GeneratedImage, mark: str, *, is_beside: bool = False) -> tuple[Picture, str]:
        stem = f"{file_stem(words, fallback=recipe.request.operation)}-{mark}"
        own = replace(recipe, beside=one.name) if is_beside else recipe
        came = None
        if _waits_for_blender(one, steps):
            # That may take as long as a render.
            came = _write(directory, stem, _as_it_came(one))
        try:
            finished = _finish(io, one, own, steps, is_beside=is_beside)
        except AnswerInvalid as error:
            path, stored, _elsewhere = _write(directory, stem, _as_it_came(one))
            raise kept_all_the_same(error, path, stored) from error

        def made(path: Path, stored: Stored, thumbnail: NDArray[np.uint8]) -> Picture:
            return Picture(
                job_id=io.job_id,
                path=path,
                png=finished.data,
                width=finished.width,
                height=finished.height,
                recipe=own,
                thumbnail=thumbnail,
                index=index,
                stored=stored,
                name=one.name,
            )

        def tell(path: Path) -> None:
            if coming is not None:
                coming(made(path, Stored.OUTPUT, NONE))

        if came is not None and finished.data is one.png:
            path, stored, elsewhere = came
        else:
            path, stored, elsewhere = _write(directory, stem, finished, tell if is_told else None)
            if came is not None and stored is Stored.OUTPUT:
                with contextlib.suppress(OSError):
                    came[0].unlink(missing_ok=True)
        thumbnail = thumbnail_of(finished.data, finished.pixels) if io.makes_thumbnails else NONE
        return made(path, stored, thumbnail), " ".join(filter(None, (finished.notice or small, elsewhere)))

    picture, notice = kept(image, mark)
    notices = {notice: None}
    beside = []
    for other in image.beside:
        made, notice = kept(other, f"{mark}-{other.name}", is_beside=True)
        beside.append(made)
        notices[notice] = None
    return replace(picture, beside=tuple(beside)), " ".join(filter(None, notices))


@dataclass(frozen=True, eq=False)
class Made:
    """A picture that was made here."""

    pixels: NDArray[Any] = field(repr=False)
    """(H, W, 1, 3 or 4), row 0 at the top: uint8 becomes a PNG, float32 an OpenEXR."""
    recipe: Recipe
    name: str = "image"
    """What it is of its result: a word for file names, such as "height"."""
    is_data: bool = False
    """Its numbers are no colours: bytes are not marked as sRGB, floats are not linear light."""
    mark: str = ""
    """What tells its file from others of the same words, instead of what all of them have."""


def keep_made(
    io: TaskIO,
    made: Made,
    *beside: Made,
    directory: Path,
    words: str,
    mark: str = "",
    index: int = 0,
) -> tuple[Picture, str]:
    """As `keep`, of what was made here: on disk, each with its recipe in its file. `mark` may be empty. Where
    no folder takes it, it is kept in memory."""
    notices: dict[str, None] = {}

    def kept(one: Made) -> Picture:
        stem = "-".join(filter(None, (file_stem(words), one.mark or mark, _in_file(one.name))))
        text = one.recipe.png_text()
        if one.pixels.dtype == np.uint8:
            srgb = not (one.is_data or one.recipe.space)
            data, suffix = png.encode(one.pixels, text=text, srgb=srgb, do_all=io.do_all), ".png"
        else:
            data = exr.encode(one.pixels, text=text, do_all=io.do_all)
            suffix = formats.OPEN_EXR.suffix
        height, width = one.pixels.shape[:2]
        path, stored, elsewhere = _write(directory, stem, _Finished(data, width, height, suffix=suffix))
        notices[elsewhere] = None
        small = NONE
        if io.makes_thumbnails:
            small = thumbnail(Encode(is_linear=not one.is_data).there(one.pixels), THUMBNAIL_EDGE)
        return Picture(
            job_id=io.job_id,
            path=path,
            png=data,
            width=width,
            height=height,
            recipe=one.recipe,
            thumbnail=small,
            index=index,
            stored=stored,
            name=one.name,
        )

    picture = kept(made)
    return replace(picture, beside=tuple(map(kept, beside))), " ".join(filter(None, notices))


def _in_file(name: str) -> str:
    return "" if name == "image" else name.replace(" ", "-")


def is_unproven(image: GeneratedImage, steps: Steps | None) -> bool:
    """Whether `keep` will not find out that a picture cannot be decoded: it is written as it came."""
    return image.proof is not None and (steps is None or not steps.changes_result)


@contextlib.contextmanager
def keeping_what_cannot_be_read(io: TaskIO, directory: Path, words: str, mark: str) -> Iterator[None]:
    """What comes in the block in a picture's place, and is none that can be read, is written all the same: it
    took minutes, and other programs may read it. Raises what is told of it."""
    try:
        yield
    except AnswerInvalid as error:
        data, error.data = error.data, b""
        suffix = formats.suffix_of(data)
        if not suffix or io.is_cancelled():
            raise
        stem = f"{file_stem(words, fallback='picture')}-{mark}"
        path, stored, _elsewhere = _write(directory, stem, _Finished(data, 0, 0, suffix=suffix))
        raise kept_all_the_same(error, path, stored) from error


def kept_all_the_same(error: AnswerInvalid, path: Path, stored: Stored) -> AnswerInvalid:
    """What is told of a picture that cannot be decoded, and is on disk."""
    if stored is Stored.MEMORY:
        return error
    return AnswerInvalid("{reason} What came is {path}.", error.advice, reason=error.what, path=path)


@dataclass(frozen=True, eq=False)
class _Finished:
    """A result as it is written."""

    data: bytes
    width: int
    height: int
    notice: str = ""
    pixels: NDArray[np.uint8] | None = None
    """None: not needed yet."""
    suffix: str = ".png"


def _as_it_came(image: GeneratedImage, notice: str = "") -> _Finished:
    return _Finished(image.png, image.width, image.height, notice, suffix=formats.named(image.format).suffix)


def _waits_for_blender(image: GeneratedImage, steps: Steps | None) -> bool:
    return image.format != formats.PNG.name and steps is not None and steps.changes_result


def _finish(
    io: TaskIO, image: GeneratedImage, recipe: Recipe, steps: Steps | None, *, is_beside: bool = False
) -> _Finished:
    """The picture in its source's size, with its alpha and its recipe.

    What goes wrong here must not cost a picture that took minutes: then it is kept as it came.
    """
    notice = ""
    changing = steps if steps is not None and steps.changes_result else None
    if changing is not None:
        try:
            back = changing.back_beside if is_beside else changing.back
            pixels: NDArray[Any] = back(with_colour(_decoded(io, image))[..., :3])
            ours = recipe.png_text(image.texts, image.infotext)
            if pixels.dtype != np.uint8:
                # Of the server's own texts that one alone is read of such a file.
                own = {name: text for name, text in image.texts.items() if name == PARAMETERS_CHUNK}
                data = exr.encode(pixels, text=own | ours, do_all=io.do_all)
                height, width = pixels.shape[:2]
                suffix = formats.OPEN_EXR.suffix
                return _Finished(data, width, height, pixels=changing.shown(pixels), suffix=suffix)
            if image.format == formats.PNG.name:
                data = png.encode(
                    pixels,
                    text=ours,
                    metadata=png.metadata_chunks(image.png, apart=ours),
                    srgb=not recipe.space,
                    do_all=io.do_all,
                )
            else:
                data = png.encode(
                    pixels, text={**image.texts, **ours}, srgb=not recipe.space, do_all=io.do_all
                )
            return _Finished(data, pixels.shape[1], pixels.shape[0], pixels=pixels)
        except AnswerInvalid:
            raise
        except PictureInvalid as error:
            notice = Message("{reason} It was kept as it came.", reason=error.what)
        except MemoryError:
            notice = (
                "There is not enough memory to put the server's picture back to the size of its source. "
                "It was kept as it came."
            )
        except Exception:
            log.exception("A picture could not be put back to the size of its source")
            notice = (
                "The server's picture could not be put back to its source's size. It was kept as it came."
            )
        if changing.is_of_a_part:
            # A piece of the source must not take its place.
            raise AnswerInvalid(notice, "Try again, or send all of the picture.")
    if image.format != formats.PNG.name:
        return _as_it_came(image, notice)
    return _Finished(_with_recipe(image, recipe), image.width, image.height, notice)


def _decoded(io: TaskIO, image: GeneratedImage) -> NDArray[np.uint8]:
    """Raises PictureInvalid, or AnswerInvalid for one that nobody has found to be whole."""
    try:
        return io.decode(image.png)
    except PictureInvalid as error:
        if image.proof is None:
            raise
        raise broken(io.server, error) from error


def _with_recipe(image: GeneratedImage, recipe: Recipe) -> bytes:
    """The server's own bytes stay as they are, with its own text chunks beside ours."""
    try:
        return png.with_text(image.png, recipe.png_text(image.texts, image.infotext))
    except (MemoryError, PictureInvalid):
        log.exception("A picture was kept without its recipe")
        return image.png


def _write(
    directory: Path, stem: str, finished: _Finished, coming: Callable[[Path], None] | None = None
) -> tuple[Path, Stored, str]:
    """A full or missing disk must not cost a picture that took minutes: the temporary folder is next, then
    memory."""
    try:
        write = write_new if coming is None else partial(write_new, coming=coming)
        return write(directory, stem, finished.suffix, finished.data), Stored.OUTPUT, ""
    except StorageFailed as error:
        wanted = error
    try:
        path = _write_temporary(stem, finished)
    except (StorageFailed, OSError):
        # So that it can be told from another that waits as well.
        path = directory.absolute() / f"{stem}-{uuid.uuid4().hex[:8]}{finished.suffix}"
        return (
            path,
            Stored.MEMORY,
            (
                Message(
                    "{reason} Nor can the temporary folder. The picture “{stem}” is kept in "
                    "Blender alone and written as soon as a folder takes it: save the "
                    ".blend, or free some space.",
                    reason=wanted.what,
                    stem=path.stem,
                )
            ),
        )
    return (
        path,
        Stored.TEMPORARY,
        Message("{reason} The picture was saved as {path}.", reason=wanted.what, path=path),
    )


def _write_temporary(stem: str, finished: _Finished) -> Path:
    folder = Path(tempfile.gettempdir())
    try:
        return write_new(folder / "drawthings", stem, finished.suffix, finished.data)
    except StorageFailed:
        # On a shared computer that folder may be somebody else's.
        return write_new(folder, stem, finished.suffix, finished.data)


def thumbnail_of(data: bytes, pixels: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
    """As `Picture.thumbnail`, of a picture's bytes or, where they are at hand, of its pixels."""
    if pixels is None and formats.known(data) is not formats.PNG:
        return NONE
    try:
        return thumbnail(png.decode(data) if pixels is None else pixels, THUMBNAIL_EDGE)
    except (MemoryError, PictureInvalid):
        # The picture is on disk; a panel can do without a picture of it.
        return NONE
