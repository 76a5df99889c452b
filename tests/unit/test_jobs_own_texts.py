# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server writes into its pictures stays in them: ours is the recipe beside it."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from drawthings_addon.client.a1111.client import A1111Client
from drawthings_addon.client.answer import Answer, GeneratedImage
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest, Script
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.imaging import png
from drawthings_addon.imaging.png_chunks import read_chunks
from drawthings_addon.jobs import metadata
from drawthings_addon.jobs.infotext import split
from drawthings_addon.jobs.recipe import CHUNK, PARAMETERS_CHUNK
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.task import Picture, PictureDone
from drawthings_addon.jobs.upscale import UpscaleTask
from local_server import StandIn
from tests.unit import http_fakes as fakes
from tests.unit.jobs_fakes import make_job, run_task

TEXTS = (b"tEXt", b"zTXt", b"iTXt")
BASE = GenerationRequest()


def chunks(data: bytes, *kinds: bytes) -> list[bytes]:
    """Those that hold a text or are of these kinds, whole, but for ours."""
    return [
        data[each.start : each.end]
        for each in read_chunks(data)
        if each.kind in (*TEXTS, *kinds) and not bytes(each.data).startswith(CHUNK.encode() + b"\0")
    ]


class Listening(A1111Client):
    """Keeps what came."""

    came: list[GeneratedImage]

    def generate(self, request: GenerationRequest) -> Answer:
        answer = super().generate(request)
        self.came = [*getattr(self, "came", []), *answer.images]
        return answer


def pictures(job: Any, client: Any) -> list[Picture]:
    return [event.picture for event in run_task(job, client) if isinstance(event, PictureDone)]


def source(width: int, height: int, channels: int = 3) -> Source:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, channels), np.uint8)
    return Source(SourceName("IMAGE", "Rust.png"), pixels=pixels)


#: As it came; cut back to its size; with its alpha put back.
@pytest.mark.parametrize("sent", [None, (100, 70, 3), (100, 70, 4)], ids=str)
@pytest.mark.parametrize("words", ["moss on stone", "Möös", "苔 🦊", "x " * 3000], ids=len)
def test_the_servers_own_infotext_stays_byte_for_byte(
    a1111_stand_in: StandIn, tmp_path: Path, sent: tuple[int, int, int] | None, words: str
) -> None:
    client = Listening(Server(a1111_stand_in.url))
    values: dict[str, Any] = {"prompt": words, "sampler": "DPM++ 2M", "styles": ("Watercolour",)}
    if sent is not None:
        values["source"] = source(*sent)
    (made,) = pictures(make_job(a1111_stand_in.url, tmp_path, count=1, **values), client)
    assert chunks(made.png) == chunks(client.came[0].png) != []
    told = png.read_text(made.png)[PARAMETERS_CHUNK]
    assert split(told).values["schedule type"] == "Karras", "which no request names"
    assert split(told).values["model hash"] == a1111_stand_in.app_state.current.hash
    assert png.read_text(made.png)[CHUNK] == made.recipe.text
    read = metadata.read(made.png, BASE)
    assert read is not None and read.is_whole and read.request.conditioning.prompt == words


def test_each_picture_of_a_batch_keeps_its_own(a1111_stand_in: StandIn, tmp_path: Path) -> None:
    client = Listening(Server(a1111_stand_in.url))
    made = pictures(make_job(a1111_stand_in.url, tmp_path, count=3, sampler="Euler"), client)
    told = [split(png.read_text(each.png)[PARAMETERS_CHUNK]).values["seed"] for each in made]
    assert told == ["7", "8", "9"]
    assert [chunks(each.png) for each in made] == [chunks(each.png) for each in client.came]


def test_a_scripts_grid_and_its_pictures_keep_their_own(a1111_stand_in: StandIn, tmp_path: Path) -> None:
    client = Listening(Server(a1111_stand_in.url))
    script = Script("prompt matrix", (False, True, "positive", "comma", 0))
    values = {"prompt": "moss|red|old", "sampler": "Euler", "script": script}
    made = pictures(make_job(a1111_stand_in.url, tmp_path, **values), client)
    assert len(made) == 5
    assert [chunks(each.png) for each in made] == [chunks(each.png) for each in client.came]


def saved(texts: dict[str, str] | None = None, file_format: str = "PNG", **options: Any) -> bytes:
    info = PngInfo()
    for name, text in (texts or {}).items():
        info.add_text(name, text)
    target = io.BytesIO()
    more = {"pnginfo": info} if file_format == "PNG" else {}
    Image.new("RGB", (128, 128), "teal").save(target, file_format, **more, **options)
    return target.getvalue()


INFOTEXT = (
    "moss\nSteps: 1, Sampler: Euler, Schedule type: Automatic, CFG scale: 7, Seed: {seed}, Version: v1.10.1"
)


@pytest.fixture
def reply() -> Any:
    """An answer of these files, with `info` about them."""

    def made(*files: bytes, **info: Any) -> fakes.Script:
        images = [fakes.base64_text(each) for each in files]
        return fakes.answer({"images": images, "parameters": {}, "info": json.dumps(info)})

    return made


@pytest.mark.parametrize("sent", [None, (100, 70, 3)], ids=str)
def test_what_is_told_beside_a_file_without_text_goes_into_it(
    sent: tuple[int, int, int] | None, reply: Any, tmp_path: Path
) -> None:
    """`info.infotexts`, where the server's option to write text into pictures is off; of the grid before
    them nobody asks."""
    told = [INFOTEXT.format(seed=seed) for seed in (9, 1)]
    answer = reply(saved(), saved(), infotexts=told, all_seeds=[1], index_of_first_image=1)
    values = {} if sent is None else {"source": source(*sent)}
    with fakes.ScriptedServer(answer) as server:
        (made,) = pictures(
            make_job(server.url, tmp_path, sampler="Euler", **values), A1111Client(Server(server.url))
        )
    assert png.read_text(made.png)[PARAMETERS_CHUNK] == told[1]


def test_ours_is_written_where_the_server_tells_nothing(reply: Any, tmp_path: Path) -> None:
    with fakes.ScriptedServer(reply(saved())) as server:
        (made,) = pictures(make_job(server.url, tmp_path, sampler="Euler"), A1111Client(Server(server.url)))
    assert png.read_text(made.png)[PARAMETERS_CHUNK] == made.recipe.parameters_text()


@pytest.mark.parametrize("sent", [None, (100, 70, 3)], ids=str)
def test_other_texts_and_exif_stay_too(sent: tuple[int, int, int] | None, reply: Any, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E] = "by the server"
    data = saved(
        {"parameters": INFOTEXT.format(seed=7), "Software": "SD.Next ⚙", "workflow": "{}"}, exif=exif
    )
    values = {} if sent is None else {"source": source(*sent)}
    with fakes.ScriptedServer(reply(data, all_seeds=[7])) as server:
        (made,) = pictures(
            make_job(server.url, tmp_path, sampler="Euler", **values), A1111Client(Server(server.url))
        )
    assert chunks(made.png, b"eXIf") == chunks(data, b"eXIf")
    assert len(chunks(made.png, b"eXIf")) == 4


def test_draw_things_own_metadata_stays_byte_for_byte(stand_in: StandIn, tmp_path: Path) -> None:
    came: list[bytes] = []

    class Hearing(DrawThingsClient):
        def generate(self, request: GenerationRequest) -> Answer:
            answer = super().generate(request)
            came.extend(each.png for each in answer.images)
            return answer

    client = Hearing(Server(stand_in.url))
    (made,) = pictures(make_job(stand_in.url, tmp_path, source=source(100, 70, 4)), client)
    kept = [each for each in chunks(made.png) if b"XML:com.adobe.xmp" in each]
    assert kept == chunks(came[0]) != []


def test_what_was_enlarged_keeps_what_the_server_wrote(reply: Any, tmp_path: Path) -> None:
    texts = {"parameters": INFOTEXT.format(seed=7), "postprocessing": "Postprocess upscale by: 2"}
    answer = fakes.answer({"html_info": "", "image": fakes.base64_text(saved(texts))})
    with fakes.ScriptedServer(answer) as server:
        job = make_job(server.url, tmp_path)
        job = replace(job, task=UpscaleTask((source(64, 64),), UpscaleSettings(upscaler="Nearest"), tmp_path))
        (made,) = pictures(job, A1111Client(Server(server.url)))
    assert texts.items() <= png.read_text(made.png).items()


# The sampler that was used


@pytest.mark.parametrize(
    "asked, used", [("DPM++ 2M Karras", ("DPM++ 2M", "Karras")), ("No Such", ("DPM++ 2M", "Karras"))]
)
def test_the_recipe_tells_the_sampler_that_was_used(
    a1111_stand_in: StandIn, tmp_path: Path, asked: str, used: tuple[str, str]
) -> None:
    (made,) = pictures(
        make_job(a1111_stand_in.url, tmp_path, sampler=asked), A1111Client(Server(a1111_stand_in.url))
    )
    sampling = made.recipe.request.sampling
    assert (sampling.sampler, sampling.scheduler) == used
    assert f"Sampler: {used[0]}, " in made.recipe.parameters_text()


def test_a_sampler_that_is_known_stays_as_it_was_asked_for(a1111_stand_in: StandIn, tmp_path: Path) -> None:
    (made,) = pictures(
        make_job(a1111_stand_in.url, tmp_path, sampler="Euler a"), A1111Client(Server(a1111_stand_in.url))
    )
    assert (made.recipe.request.sampling.sampler, made.recipe.request.sampling.scheduler) == ("Euler a", "")
