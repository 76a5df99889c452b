# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures of A1111's answers, and what `info` tells about how they were really made.

A1111 does not refuse what it does not know: an unknown sampler, model, VAE or scheduler is replaced
without a word (measured on WebUI 1.10.1). Only `info` tells, so it is compared with what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from ...errors import AnswerInvalid
from ...messages import Message
from ..answer import (
    NOT_JSON,
    Answer,
    GeneratedImage,
    check_made,
    listed,
    read_each,
    read_image,
)
from ..bounds import MAX_METADATA
from ..budget import Budget
from ..http.address import Server
from ..http.answers import read_json
from ..http.untrusted_json import (
    JSON,
    MAX_LIST_MARKS,
    Buffer,
    as_str,
    parse_json,
)
from ..names import folded, same
from ..request import GenerationRequest
from .files import has_another_hash, has_suffix, stem, without_hash
from .payload import AUTOMATIC, SIZE_STEP
from .readers import Record, as_number, as_text
from .samplers import SCHEDULERS, without_scheduler

_ADVICE = "Try again; if it stays so, see the server's own console."
_SEE_CONSOLE = "See whether it was interrupted there, and what its console says."
_MAX_SEED = 2**32 - 1
_SEED_IN_TEXT = re.compile(r"(?:^|[\n,]) ?Seed: ?([0-9]{1,10})(?:,|\n|$)")
_SCHEDULE_IN_TEXT = re.compile(r", Schedule type: ([^,]+)")
#: Of `info` in JSON; the prompts of two hundred pictures are far shorter.
_MAX_INFO = 1 << 20
#: Of `info`, what is there once for each picture, or is the server's own business.
_NOT_KEPT = frozenset(
    {"all_prompts", "all_negative_prompts", "all_seeds", "all_subseeds", "infotexts", "job_timestamp"}
)


def read_generation(
    server: Server, body: Buffer, request: GenerationRequest, budget: Budget, *, proves: bool = True
) -> Answer:
    """The pictures that `request` made, each with its seed. Raises NoPicture, AnswerInvalid, AnswerTooLarge.

    A grid that the server puts before them, and masks or maps that it puts after them, are left out, unless
    a script made them: then the grid is what was wanted. Without `proves` a PNG that is alone is left for
    `answer.prove`.
    """
    answer = _read(server, body)
    images = _images(server, answer)
    info = _info(answer.get("info"))
    told = Record(info)
    seeds: tuple[int | None, ...] = ()
    texts = _infotexts(info.get("infotexts"))
    if request.script is None:
        seeds = _seeds(info.get("all_seeds"))
        first = told.integer("index_of_first_image") or 0
        if 0 < first < len(images):
            images, texts = images[first:], texts[first:]
        images = images[: len(seeds)] if seeds else images
    found = read_each(server, images, budget, any_format=True, proves=proves)
    pictures = [
        _with_origin(
            image,
            _seed_in(image) if request.script else seeds[index] if index < len(seeds) else None,
            info,
            texts[index] if index < len(texts) else "",
        )
        for index, image in enumerate(found.pictures)
        if image is not None
    ]
    sampler, scheduler = ("", "") if request.script else _used(request, told)
    return Answer(
        tuple(pictures),
        sampler=sampler,
        scheduler=scheduler,
        notices=(*_replaced(request, told), *found.notices),
    )


def of_another_size(request: GenerationRequest, pictures: Sequence[GeneratedImage]) -> Iterator[str]:
    """What is said where a server made another size: small ones pass over a hires fix, and shared ones may
    limit sizes (KoboldCpp), each without a word."""
    hires = request.upscaling.hires_fix
    scale = hires.scale if hires.enlarges and request.operation == "txt2img" else 1
    width, height = round(request.images.width * scale), round(request.images.height * scale)
    for each in pictures if request.script is None else ():
        if max(abs(each.width - width), abs(each.height - height)) >= SIZE_STEP:
            yield Message(
                "The server made {width} × {height} pixels, and not the {asked_width} × {asked_height} that "
                "were asked for.",
                width=each.width,
                height=each.height,
                asked_width=width,
                asked_height=height,
            )
            return


def read_upscaled(server: Server, body: Buffer, budget: Budget) -> GeneratedImage:
    """The picture of extra-single-image."""
    answer = _read(server, body)
    check_made(server, answer, "image", _SEE_CONSOLE)
    return read_image(
        answer.get("image"),
        Message("The picture from {server}", server=server.label),
        budget.pixels,
        any_format=True,
    )


def read_several_upscaled(
    server: Server, body: Buffer, budget: Budget, was_ended: Callable[[], bool]
) -> tuple[GeneratedImage | None, ...]:
    """The pictures of extra-batch-images, in their order; None for one that cannot be read, while others
    can. `was_ended` is asked where fewer came: of a request that was ended early the first ones do."""
    answer = _read(server, body)
    images = _images(server, answer)
    count = len(images)
    if count > budget.pictures or (count < budget.pictures and not was_ended()):
        raise AnswerInvalid(
            "{server} answered with {came} pictures for {pictures}.",
            "Try them one by one.",
            server=server.label,
            came=count,
            pictures=budget.pictures,
        )
    return read_each(server, images, budget, any_format=True).pictures


def _read(server: Server, body: Buffer) -> Mapping[str, JSON]:
    answer = read_json(
        server,
        body,
        AnswerInvalid(NOT_JSON, _ADVICE, server=server.label),
        max_marks=MAX_LIST_MARKS,
    )
    if not isinstance(answer, dict):
        raise AnswerInvalid("The answer of {server} is not a JSON object.", _ADVICE, server=server.label)
    return answer


def _images(server: Server, answer: Mapping[str, JSON]) -> list[JSON]:
    return listed(server, answer, _SEE_CONSOLE)


def _info(value: JSON) -> Mapping[str, JSON]:
    """A JSON object in a text; empty when it is anything else: small servers send an empty text."""
    if isinstance(value, dict):
        return value
    try:
        info = parse_json(as_str(value, _MAX_INFO).encode(), max_marks=MAX_LIST_MARKS)
    except ValueError:
        return {}
    return info if isinstance(info, dict) else {}


def _seeds(value: JSON) -> tuple[int | None, ...]:
    return tuple(map(_seed, value)) if isinstance(value, list) else ()


def _seed(value: JSON) -> int | None:
    number = as_number(value)
    return int(number) if number is not None and 0 <= number <= _MAX_SEED else None


def _seed_in(image: GeneratedImage) -> int | None:
    """The seed that the picture's own text tells: a script's pictures are not in the order of `all_seeds`."""
    found = _SEED_IN_TEXT.search(image.texts.get("parameters", "").rpartition("\n")[2])
    return _seed(int(found[1])) if found else None


def _infotexts(value: JSON) -> list[str]:
    """One for each picture, as it stands in the server's own PNG."""
    return [as_text(each, MAX_METADATA) for each in value] if isinstance(value, list) else []


def _used(request: GenerationRequest, told: Record) -> tuple[str, str]:
    """The sampler and its scheduler where the sampler is another than was asked for; else empty. What was
    asked for would not make the picture again."""
    sampler = told.text("sampler_name")
    if not sampler or same(sampler, request.sampling.sampler.strip()):
        return "", ""
    return sampler, told.record("extra_generation_params").text("Schedule type") or _schedule_type(told)


def _with_origin(
    image: GeneratedImage, seed: int | None, info: Mapping[str, JSON], infotext: str
) -> GeneratedImage:
    if not info:
        return image
    kept = {name: value for name, value in info.items() if name not in _NOT_KEPT}
    kept["model"] = Record(info).text("sd_model_name")
    return replace(image, seed=seed, configuration=kept, infotext=infotext)


def _replaced(request: GenerationRequest, told: Record) -> list[str]:
    """What the server used instead of what was asked for."""
    notices: list[str] = []
    sampler, wanted = told.text("sampler_name"), request.sampling.sampler.strip()
    if sampler and wanted and not any(same(sampler, each) for each in (wanted, without_scheduler(wanted))):
        notices.append(
            Message(
                "The server used the sampler “{sampler}”: it does not know “{wanted}”.",
                sampler=sampler,
                wanted=wanted,
            )
        )
    scheduler = told.record("extra_generation_params").text("Schedule type") or _schedule_type(told)
    asked = request.sampling.scheduler.strip()
    if asked and scheduler and not _same_scheduler(asked, scheduler):
        notices.append(
            Message(
                "The server used the scheduler “{scheduler}”: it does not know “{wanted}”.",
                scheduler=scheduler,
                wanted=asked,
            )
        )
    model = told.text("sd_model_name")
    if request.models.model.strip() and model and not _same_model(request.models.model, told):
        notices.append(
            Message(
                "The server used the model “{model}”: it does not know “{wanted}”.",
                model=model,
                wanted=request.models.model,
            )
        )
    vae = request.models.vae.strip()
    if vae and "sd_vae_name" in told.values and vae not in (AUTOMATIC, "None"):
        used = told.text("sd_vae_name")
        if stem(used).casefold() != stem(vae).casefold():
            notices.append(
                Message(
                    "The server used the VAE “{vae}”: it does not know “{wanted}”."
                    if used
                    else "The server used the model's own VAE: it does not know “{wanted}”.",
                    vae=used,
                    wanted=vae,
                )
            )
    return notices


def _schedule_type(told: Record) -> str:
    """From the first picture's infotext, where an automatic one is told too."""
    texts = told.values.get("infotexts")
    first = as_text(texts[0]) if isinstance(texts, list) and texts else ""
    found = _SCHEDULE_IN_TEXT.search(first.rpartition("\n")[2])
    return found[1].strip() if found else ""


def _same_scheduler(asked: str, used: str) -> bool:
    """A name and its label differ in spaces, case and signs: sgm_uniform, SGM Uniform. A known one that is
    the sampler's own anyway may be told as Automatic."""
    one, other = folded(asked), folded(used)
    if other == folded(AUTOMATIC):
        return one in map(folded, SCHEDULERS)
    return one in (other, folded(AUTOMATIC))


def _same_model(asked: str, told: Record) -> bool:
    """Whether what was asked for, by title, name, hash or path, can be the model that was used."""
    asked = asked.strip()
    used, used_hash = told.text("sd_model_name"), told.text("sd_model_hash")
    if used_hash and (f"[{used_hash}]" in asked or asked.casefold().startswith(used_hash.casefold())):
        return True
    if used_hash and has_another_hash(asked, f"[{used_hash}]"):
        return False
    wanted, used = stem(asked).casefold(), stem(used).casefold()
    # A model's name has its folders before it, sub_name, which no file's name has.
    return wanted == used or (not has_suffix(without_hash(asked)) and wanted.endswith(f"_{used}"))
