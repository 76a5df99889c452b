# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures of an answer, verified."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ..errors import (
    AnswerInvalid,
    AnswerTooLarge,
    NoPicture,
    PictureInvalid,
    ServerError,
)
from ..imaging import formats, png
from ..messages import Message
from .budget import Budget
from .http.address import Server
from .http.answers import read_json
from .http.status_errors import CHECK_ADDRESS
from .http.untrusted_json import JSON, Buffer, CutOff, base64_bytes
from .http.words import sentence, words

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
NOT_JSON = "The answer of {server} is not JSON."
NO_LIST = "The answer of {server} has no list of pictures."
NO_PICTURE = "{server} answered without a picture."
#: Nothing, as programs write it into a text.
_NO_TEXT = frozenset({"", "None", "null"})
_CANNOT_BE_READ = "{name} cannot be read. {reason}"
_ADVICE = "Try again; if it stays so, see what the app itself shows."


@dataclass(frozen=True)
class GeneratedImage:
    """One picture as it came."""

    png: bytes = field(repr=False)
    """The server's own bytes; a PNG is known to decode, of another format that it is whole, with its size."""
    width: int
    """Pixels. An upscaler makes it a multiple of what was asked for."""
    height: int
    seed: int | None = None
    """The seed that the picture itself tells."""
    configuration: Mapping[str, JSON] = field(default_factory=dict, repr=False)
    """Everything that the picture or its answer tells about how it was made; empty when it tells nothing.
    `model` is the model's name, in either dialect."""
    format: str = formats.PNG.name
    """The name of one of `imaging.formats`; another one from a server of A1111's API whose option
    samples_format says so."""
    name: str = "image"
    """What it is of its result: a word for file names, such as "height"."""
    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What the picture itself tells, such as the text chunks of a PNG, by their keywords."""
    infotext: str = field(default="", repr=False)
    """What the server tells beside the picture of how it was made, where its file may not; else empty."""
    proof: Callable[[], None] | None = field(default=None, repr=False)
    """Of a PNG of which its checksums alone are known to be right: sees whether it can be decoded. Raises
    PictureInvalid; see `prove`."""
    beside: tuple[GeneratedImage, ...] = ()
    """Other pictures of the same result, as large, each of a name of its own."""


@dataclass(frozen=True)
class Answer:
    """All pictures of one request; at least one."""

    images: tuple[GeneratedImage, ...]
    dropped_keys: tuple[str, ...] = ()
    """Parameters that the app does not know, and that were left out."""
    sampler: str = ""
    """The sampler that was used where it is not the one that was asked for, or where none was; else empty."""
    scheduler: str = ""
    """The scheduler that was used with that sampler, where the server tells; else empty."""
    notices: tuple[str, ...] = ()
    """What the server did otherwise than asked, without saying so: whole sentences for the artist."""


def read_images(server: Server, body: Buffer, budget: Budget, *, proves: bool = True) -> Answer:
    """The pictures in `{"images": [base64, …]}`, each verified, without seed and configuration.

    Without `proves` a PNG that is alone is left for `prove`.

    Those that are more than `budget` has are left out, and a notice tells of them. Raises NoPicture for an
    empty list, AnswerInvalid, or AnswerTooLarge.
    """
    answer = read_json(server, body, AnswerInvalid(NOT_JSON, _ADVICE, server=server.label))
    images = listed(server, answer if isinstance(answer, dict) else {})
    found = read_each(server, images, budget, proves=proves)
    return Answer(tuple(filter(None, found.pictures)), notices=found.notices)


def listed(server: Server, answer: Mapping[str, JSON], advice: str = "") -> list[JSON]:
    """The pictures in an answer, none of them looked at. Raises as `check_made`, and AnswerInvalid."""
    check_made(server, answer, "images", advice)
    images = answer.get("images")
    if not isinstance(images, list):
        raise AnswerInvalid(NO_LIST, CHECK_ADDRESS, server=server.label)
    return images


def check_made(server: Server, answer: Mapping[str, JSON], name: str, advice: str = "") -> None:
    """Raises NoPicture where the server made none: some say so with status 200, nothing under that `name`,
    and perhaps a reason beside it, which is told. `advice` goes with it."""
    made = answer.get(name)
    reason = words(dict(answer))
    if not all(map(is_nothing, made if isinstance(made, list) else [made])):
        return
    if reason or (name in answer and made != []):
        raise NoPicture(
            "{server} could not make the picture: {words}"
            if reason
            else "{server} could not make the picture.",
            advice,
            server=server.label,
            words=sentence(reason),
        )
    if name in answer:
        raise NoPicture(NO_PICTURE, advice, server=server.label)


def is_nothing(image: JSON) -> bool:
    """Whether what stands in a picture's place is none: null, be it as a text, or a text, a list or a data
    URI that is empty."""
    if isinstance(image, str):
        text = image.strip()
        return text in _NO_TEXT or (text.startswith("data:") and text.endswith(","))
    return image is None or image is False or (isinstance(image, (list, dict)) and not image)


@dataclass(frozen=True)
class Pictures:
    """What became of a list of pictures."""

    pictures: tuple[GeneratedImage | None, ...]
    """In their order; None for one that cannot be read. At least one can."""
    notices: tuple[str, ...]


def read_each(
    server: Server, images: Sequence[JSON], budget: Budget, *, any_format: bool = False, proves: bool = True
) -> Pictures:
    """The pictures of a list, verified; those after the first `budget.pictures` are not looked at.

    Without `proves` a PNG that is alone is left for `prove`.

    One that cannot be read does not cost the others, which took as long. Raises AnswerInvalid or
    AnswerTooLarge when none can be read.
    """
    room = budget.total_pixels
    pictures: list[GeneratedImage | None] = []
    errors: list[ServerError] = []
    for number, image in enumerate(images[: budget.pictures], 1):
        name = _Numbered(server, number, len(images))
        try:
            picture = read_image(
                image,
                name,
                min(budget.pixels, room),
                any_format=any_format,
                proves=proves or len(images) > 1,
            )
        except ServerError as error:
            pictures.append(None)
            errors.append(error)
            continue
        room -= picture.width * picture.height
        pictures.append(picture)
    if errors and not any(pictures):
        raise errors[0]
    notices = tuple(error.what for error in errors)
    if len(images) > budget.pictures:
        notices = (_about_surplus(server, len(images), budget.pictures), *notices)
    return Pictures(tuple(pictures), notices)


@dataclass(frozen=True)
class _Numbered:
    """What messages call one picture of several."""

    server: Server
    number: int
    came: int

    def __str__(self) -> str:
        return Message(
            "Picture {number} of {came} from {server}",
            number=self.number,
            came=self.came,
            server=self.server.label,
        )


def _about_surplus(server: Server, came: int, wanted: int) -> Message:
    told = (
        "{server} sent {came} pictures where 1 was asked for: the first was kept."
        if wanted == 1
        else "{server} sent {came} pictures where {wanted} were asked for: the first {wanted} were kept."
    )
    return Message(told, server=server.label, came=came, wanted=wanted)


def prove(server: Server, image: GeneratedImage) -> None:
    """What `read_images` may have left open: that a PNG can be decoded. Raises AnswerInvalid."""
    try:
        if image.proof is not None:
            image.proof()
    except PictureInvalid as error:
        raise broken(server, error) from error


def broken(server: Server, error: PictureInvalid) -> AnswerInvalid:
    """What is told of a picture that came alone and cannot be decoded."""
    return AnswerInvalid(_CANNOT_BE_READ, _ADVICE, name=_Numbered(server, 1, 1), reason=error.what)


def read_image(
    image: JSON, name: object, max_pixels: int, *, any_format: bool = False, proves: bool = True
) -> GeneratedImage:
    """One picture from base64, verified: a PNG, or of another of `formats` where these are accepted.

    Without `proves` a PNG is left for `prove`.

    `name`, as a text, is what messages call it. Raises AnswerInvalid, or AnswerTooLarge when it is of more
    than `max_pixels`.
    """
    if is_nothing(image):
        raise AnswerInvalid("{name} was not made: it is empty.", _ADVICE, name=name)
    try:
        data = base64_bytes(image)
    except CutOff as error:
        raise AnswerInvalid("{name} is cut off.", _ADVICE, name=name) from error
    except ValueError as error:
        raise AnswerInvalid("{name} is not base64 text.", _ADVICE, name=name) from error
    if any_format and not data.startswith(_PNG_SIGNATURE):
        return _read_other(data, name, max_pixels)
    # Before anything else of it is believed, as it decides how much memory decoding would take.
    width, height = struct.unpack_from(">II", data, 16) if len(data) >= 24 else (0, 0)
    if data.startswith(_PNG_SIGNATURE):
        _check_size(width, height, max_pixels, name)
    try:
        proof = None
        if proves:
            size, texts = png.verify_with_text(data, max_pixels=max_pixels)
        else:
            size, texts, proof = png.whole_with_text(data, max_pixels=max_pixels)
    except PictureInvalid as error:
        raise AnswerInvalid(_CANNOT_BE_READ, _ADVICE, name=name, reason=error.what) from error
    return GeneratedImage(data, size.width, size.height, texts=texts, proof=proof)


def _read_other(data: bytes, name: object, max_pixels: int) -> GeneratedImage:
    found = formats.known(data)
    if found is None:
        raise AnswerInvalid(
            "{name} is of no format that Blender reads.",
            "Set the server's option “samples_format” to png.",
            data=data,
            name=name,
        )
    try:
        width, height = found.size(data)
        _check_size(width, height, max_pixels, name)
        found.verify(data)
        texts = formats.texts(data)
    except PictureInvalid as error:
        raise AnswerInvalid(_CANNOT_BE_READ, _ADVICE, data=data, name=name, reason=error.what) from error
    return GeneratedImage(data, width, height, format=found.name, texts=texts)


def _check_size(width: int, height: int, max_pixels: int, name: object) -> None:
    if width * height > max_pixels or max(width, height) > png.MAX_SIDE:
        raise AnswerTooLarge(
            "{name} is {width} × {height} pixels, far more than was asked for.",
            "Ask for a smaller picture, or see what enlarges pictures on the server.",
            name=name,
            width=width,
            height=height,
        )
