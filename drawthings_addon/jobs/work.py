# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The worker's side of a job: prepare the source, ask the server, write each picture to disk."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..client.answer import Answer, GeneratedImage
from ..client.request import GenerationRequest
from ..errors import PictureInvalid, SourceUnavailable, StorageFailed
from ..imaging import alpha, colour, fit, png, scale
from .job import Encoding, Event, Job, JobNotice, Picture, PictureDone, Source
from .recipe import Recipe, without_pixels
from .storage import file_stem, write_new

#: Pixels of a result's thumbnail; the panel shows them at about half of that on a normal screen.
THUMBNAIL_EDGE = 192

log = logging.getLogger(__name__)

_Number = TypeVar("_Number", np.uint8, np.float32)


class Client(Protocol):
    """What a job needs of a server, whichever dialect it speaks."""

    def generate(self, request: GenerationRequest) -> Answer: ...

    def hang_up(self) -> None: ...


@dataclass(frozen=True, eq=False)
class _Prepared:
    """A source as it is sent, and the way back to its size and alpha."""

    init_image: bytes
    fit: fit.Fit
    original: NDArray[np.uint8]
    alpha: NDArray[np.uint8] | None

    def put_back(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The source's size and alpha for a server's RGB."""
        pixels = self.fit.undo(pixels, original=self.original)
        return pixels if self.alpha is None else alpha.restore(pixels, self.alpha)

    @property
    def changes_nothing(self) -> bool:
        return self.alpha is None and self.fit.is_identity


def run(
    job: Job,
    client: Client,
    emit: Callable[[Event], None],
    is_cancelled: Callable[[], bool],
    answered: Callable[[GenerationRequest, float], None],
) -> None:
    """Make the job's pictures one after another; each is on disk before `emit` tells of it.

    `answered` is called with each request and its seconds, once all that it brought is on disk and told.
    Returns early, without an event, when `is_cancelled()`; a picture that is being written then stays on
    disk. Raises BridgeError when a picture cannot be made.
    """
    request = job.request
    prepared = None
    if job.source is not None:
        prepared = prepare(job.source)
        request = replace(
            request,
            init_image=prepared.init_image,
            width=prepared.fit.fitted_width,
            height=prepared.fit.fitted_height,
        )
    told: set[str] = set()
    for index in range(job.count):
        if is_cancelled():
            return
        one = replace(request, seed=(job.request.seed + index) % 2**32)
        began = time.monotonic()
        answer = client.generate(one)
        if is_cancelled():
            return
        seconds = time.monotonic() - began
        for key in answer.dropped_keys:
            if key not in told:
                told.add(key)
                emit(JobNotice(job, f"This version of Draw Things does not know “{key}”; it was left out."))
        for image in answer.images:
            picture, notice = _keep(job, one, answer, image, prepared, seconds)
            if notice:
                emit(JobNotice(job, notice))
            emit(PictureDone(picture))
        answered(one, seconds)


def prepare(source: Source) -> _Prepared:
    """Pixels as they are sent: 8-bit sRGB RGB, fitted to a multiple of 64; the alpha kept aside.

    Raises SourceUnavailable when there are no pixels or the file that Blender wrote cannot be read,
    PictureInvalid when it is damaged.
    """
    pixels = to_display_bytes(source)
    # The planes are views: nothing is copied until the fit needs it.
    rgb, kept_alpha = alpha.split(pixels)
    plan = fit.plan(pixels.shape[1], pixels.shape[0], source.fit_mode)
    return _Prepared(
        init_image=png.encode(plan.apply(rgb)),
        fit=plan,
        original=rgb,
        alpha=kept_alpha if source.keep_alpha else None,
    )


def to_display_bytes(source: Source) -> NDArray[np.uint8]:
    """(H, W, 3 or 4) uint8 sRGB, row 0 at the top."""
    if source.path is not None:
        pixels = _with_colour(_read(source.path))
    elif source.pixels is None or not source.pixels.size:
        raise SourceUnavailable("There is nothing to send.", "Choose another source.")
    elif source.pixels.dtype == np.uint8:
        pixels = _with_colour(source.pixels[::-1])
    else:
        pixels = _from_float(source)
    return pixels if source.resize_to is None else scale.resize(pixels, *source.resize_to)


def _from_float(source: Source) -> NDArray[np.uint8]:
    assert source.pixels is not None
    # What overflows or is no number becomes black or white in the end, and is nothing to warn of.
    with np.errstate(all="ignore"):
        pixels = _with_colour(source.pixels[::-1]).astype(np.float32)
        rgb = pixels[..., :3]
        if source.premultiplied and pixels.shape[2] == 4:
            opacity = pixels[..., 3:]
            np.divide(rgb, opacity, out=rgb, where=opacity > 0)
        if source.encoding is Encoding.LINEAR:
            rgb[...] = colour.linear_to_srgb(rgb)
        return colour.to_bytes(pixels)


def _with_colour(pixels: NDArray[_Number]) -> NDArray[_Number]:
    """Grey becomes RGB, grey with alpha RGBA: the server wants three channels."""
    channels = pixels.shape[2]
    if channels >= 3:
        return pixels
    colour_planes = np.repeat(pixels[..., :1], 3, axis=2)
    return colour_planes if channels == 1 else np.concatenate([colour_planes, pixels[..., 1:]], axis=2)


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        return png.decode(path.read_bytes())
    except OSError as error:
        raise SourceUnavailable(
            f"The picture that Blender saved for this job is gone ({path.name}).", "Press Again."
        ) from error


def _keep(
    job: Job,
    request: GenerationRequest,
    answer: Answer,
    image: GeneratedImage,
    prepared: _Prepared | None,
    seconds: float,
) -> tuple[Picture, str]:
    """The picture on disk, and what the artist should know of where it went."""
    recipe = Recipe(
        request=replace(
            without_pixels(request), seed=request.seed if image.seed is None else image.seed % 2**32
        ),
        server=job.server.url,
        source=job.source.label if job.source else "",
        fit=prepared.fit.describe() if prepared else "",
        dropped_keys=answer.dropped_keys,
        model_used=_text(image.configuration, "model"),
        seconds=round(seconds, 2),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    finished = _finish(image, request, prepared, recipe)
    path, elsewhere = _write(job.directory, _stem(job, recipe), finished.data)
    picture = Picture(
        job_id=job.id,
        path=path,
        png=finished.data,
        width=finished.width,
        height=finished.height,
        recipe=recipe,
        thumbnail=_thumbnail(finished),
    )
    return picture, f"{finished.notice} {elsewhere}".strip()


@dataclass(frozen=True, eq=False)
class _Finished:
    """A result as it is written."""

    data: bytes
    width: int
    height: int
    notice: str = ""
    pixels: NDArray[np.uint8] | None = None
    """None: not needed yet."""


def _finish(
    image: GeneratedImage, request: GenerationRequest, prepared: _Prepared | None, recipe: Recipe
) -> _Finished:
    """The picture in its source's size, with its alpha and its recipe.

    What goes wrong here must not cost a picture that took minutes: then it is kept as it came.
    """
    notice = ""
    # Larger is what upscalers make.
    if image.width < request.width or image.height < request.height:
        notice = (
            f"The server's picture is {image.width} × {image.height} pixels, not the "
            f"{request.width} × {request.height} that were asked for."
        )
    if prepared is not None and not prepared.changes_nothing:
        try:
            pixels = prepared.put_back(_with_colour(png.decode(image.png))[..., :3])
            data = png.encode(pixels, text=png.read_text(image.png) | recipe.png_text())
            return _Finished(data, pixels.shape[1], pixels.shape[0], notice, pixels)
        except PictureInvalid as error:
            notice = f"{error.what} It was kept as it came."
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
    # The server's own bytes stay as they are, with its own text chunks beside ours.
    return _Finished(png.with_text(image.png, recipe.png_text()), image.width, image.height, notice)


def _write(directory: Path, stem: str, data: bytes) -> tuple[Path, str]:
    """A full or missing disk must not cost a picture that took minutes: the temporary folder is next."""
    try:
        return write_new(directory, stem, ".png", data), ""
    except StorageFailed as error:
        wanted = error
    try:
        path = _write_temporary(stem, data)
    except (StorageFailed, OSError):
        raise wanted from None
    return path, f"{wanted.what} The picture was saved as {path}."


def _write_temporary(stem: str, data: bytes) -> Path:
    folder = Path(tempfile.gettempdir())
    try:
        return write_new(folder / "drawthings", stem, ".png", data)
    except StorageFailed:
        # On a shared computer that folder may be somebody else's.
        return write_new(folder, stem, ".png", data)


def _stem(job: Job, recipe: Recipe) -> str:
    words = file_stem(job.request.prompt, fallback=job.request.operation)
    return f"{words}-{recipe.request.seed}"


def _text(values: Mapping[str, object], key: str) -> str:
    value = values.get(key)
    return value if isinstance(value, str) else ""


def _thumbnail(finished: _Finished) -> NDArray[np.uint8]:
    try:
        pixels = png.decode(finished.data) if finished.pixels is None else finished.pixels
        small = _with_colour(scale.thumbnail(pixels, THUMBNAIL_EDGE))
    except (MemoryError, PictureInvalid):
        # The picture is on disk; a panel can do without a picture of it.
        return np.zeros((1, 1, 4), np.uint8)
    if small.shape[2] == 4:
        return small
    opaque = np.full((*small.shape[:2], 1), 255, np.uint8)
    return np.concatenate([small, opaque], axis=2)
