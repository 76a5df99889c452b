# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The models that Draw Things knows, what has an effect with each, and the settings that are recommended.

`tests/data/draw_things_models.json` holds both as they were published: file, title, version of the model and
pixels of each, and the recommended settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.draw_things.dialect import DRAW_THINGS
from drawthings_addon.client.draw_things.effects import wants_full_strength, without_effect
from drawthings_addon.client.draw_things.keys import KEYS
from drawthings_addon.client.draw_things.model_families import FAMILIES, family_of
from drawthings_addon.client.draw_things.model_list import listed
from drawthings_addon.client.draw_things.payload import build
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.models import ModelSettings, fits, fitting_size
from drawthings_addon.client.request import GenerationRequest, Lora
from drawthings_addon.errors import AnswerInvalid, InvalidSettings, RequestRefused
from local_server import Faults, Library, Model, StandIn

PUBLISHED = json.loads((Path(__file__).parents[1] / "data" / "draw_things_models.json").read_text("utf-8"))
MODELS: list[tuple[str, str, str, int]] = [tuple(each) for each in PUBLISHED["models"]]
RECOMMENDED: list[dict[str, Any]] = PUBLISHED["recommended"]
REQUEST = GenerationRequest.of(prompt="copper", negative_prompt="rust", width=1024, height=1024)

#: One version of a model has two spellings: of the app's own list, and of those for download.
VERSIONS = {
    "ltx2_3": "ltx2.3", "zImage": "z_image", "qwenImage": "qwen_image", "hiDreamI1": "hidream_i1",
    "wan21_14b": "wan_v2.1_14b", "wan21_1_3b": "wan_v2.1_1.3b", "sdxlBase": "sdxl_base_v0.9",
    "svdI2v": "svd_i2v",
}  # fmt: skip
VIDEO = {
    "ltx2", "ltx2.3", "wan_v2.1_14b", "wan_v2.1_1.3b", "wan22_5b", "svd_i2v", "hunyuan_video", "seedvr2_3b",
    "seedvr2_7b",
}  # fmt: skip
#: The app computes their shift from the size, unless the model is distilled to few steps (published source).
BY_SIZE = {
    "flux1", "flux2", "flux2_9b", "flux2_4b", "sd3", "sd3_large", "hidream_i1", "qwen_image", "z_image",
    "ernieImage",
}  # fmt: skip
CLIP = {
    "v1", "v2", "sdxl_base_v0.9", "sdxlRefiner", "ssd_1b", "kandinsky21", "wurstchen_v3.0_stage_c", "sd3",
    "sd3_large", "flux1", "hidream_i1", "hunyuan_video",
}  # fmt: skip
KINDS = {
    "sdxl_base_v0.9": "SDXL", "sdxlRefiner": "SDXL", "ssd_1b": "SDXL", "kandinsky21": "KANDINSKY",
    "svd_i2v": "SVD", "wurstchen_v3.0_stage_c": "CASCADE",
}  # fmt: skip
#: `is_consistency_model` of the app's own specifications.
DISTILLED = (
    "flux_1_schnell", "hidream_i1_fast", "sd3_large_turbo", "sd_xl_turbo", "pixelwave_flux", "shuttle_",
    "devmode", "schnellmode",
)  # fmt: skip


def version_of(version: str) -> str:
    return VERSIONS.get(version, version)


# The list


def test_every_published_model_is_listed_as_it_was_published() -> None:
    assert len(MODELS) == 328
    assert {(each.file, each.title, each.pixels) for each in listed()} == {
        (file, title, pixels) for file, title, _version, pixels in MODELS
    }
    known = DRAW_THINGS.known_models()
    assert len(known) == len({each.file for each in known}) == 328
    assert all(each.family and each.purposes and each.about for each in known)
    assert A1111.known_models() == () and A1111.recommended("sd_v1.5_f16.ckpt") == ()


@pytest.mark.parametrize(("file", "title", "version", "pixels"), MODELS, ids=[each[0] for each in MODELS])
def test_what_has_an_effect_follows_from_the_models_version(
    file: str, title: str, version: str, pixels: int
) -> None:
    version = version_of(version)
    family = family_of(file)
    assert family is not None and family_of(title) is family
    is_distilled = file.startswith(DISTILLED)
    assert (family.guidance == "NONE") is is_distilled
    assert family.makes_frames is (version in VIDEO)
    assert family.shifts_by_size is (version in BY_SIZE and not is_distilled)
    assert family.skips_clip is (version in CLIP)
    assert (family.kind if version in KINDS else KINDS.get(version)) == KINDS.get(version)
    reasons = without_effect(REQUEST.changed(model=file))
    assert ("shift" in reasons) is family.shifts_by_size
    assert ("clip_skip" in reasons) is not family.skips_clip
    assert ("num_frames" in reasons) is not family.makes_frames
    assert ("guidance_scale" in reasons) is (is_distilled or family.guidance == "SWITCHED_OFF")
    assert without_effect(REQUEST.changed(model=title)) == reasons
    model = DRAW_THINGS.known_model(title)
    assert model is not None and (model.file, model.pixels) == (file, pixels)


def test_purposes() -> None:
    by_file = {each.file: each.purposes for each in DRAW_THINGS.known_models()}
    assert by_file["flux_1_fill_dev_q8p.ckpt"] == ("INPAINT",)
    assert by_file["flux_1_kontext_dev_q8p.ckpt"] == ("EDIT",)
    assert by_file["flux_2_klein_4b_q6p.ckpt"] == ("TEXT", "EDIT")
    assert by_file["sd_v2.0_depth_f16.ckpt"] == ("CONTROL",)
    assert by_file["sd_xl_refiner_1.0_f16.ckpt"] == by_file["wan_v2.2_a14b_lne_t2v_q8p.ckpt"] == ("REFINER",)
    assert by_file["seedvr2_3b_q8p.ckpt"] == ("UPSCALE",)
    assert by_file["ltx_2_19b_dev_q8p.ckpt"] == ("VIDEO",)
    for file, purposes in by_file.items():
        family = family_of(file)
        assert family is not None
        assert ("EDIT" in purposes) >= family.edits


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("z_image_turbo_1.0_q5p.ckpt", "z_image_turbo_1.0_q8p.ckpt"),
        ("Z IMAGE TURBO 1.0 (4-bit)", "z_image_turbo_1.0_q8p.ckpt"),
        ("/Users/ann/Models/flux_1_dev_q8p.ckpt", "flux_1_dev_q8p.ckpt"),
        ("FLUX.1 [dev] (5-bit)", "flux_1_dev_q5p.ckpt"),
    ],
)
def test_a_model_that_is_stored_otherwise_is_known(name: str, file: str) -> None:
    model = DRAW_THINGS.known_model(name)
    assert model is not None and model.file == file


@pytest.mark.parametrize("name", ["", "my_own_f16.ckpt", "flux_1_dev_my_own_q8p.ckpt", "x" * 100_000, "\0"])
def test_of_any_other_nothing_is_said(name: str) -> None:
    assert DRAW_THINGS.known_model(name) is None
    assert DRAW_THINGS.recommended(name) == ()


def test_every_family_of_the_list_is_there() -> None:
    assert {each.family for each in listed()} <= {family.title for family in FAMILIES}


# Recommended settings


@pytest.fixture(scope="module")
def app() -> Iterator[StandIn]:
    """An app that has every model and LoRA which any recommended settings name."""
    files = {each["model"] for each in RECOMMENDED}
    files |= {each.file for each in listed()}
    loras = frozenset(lora for each in RECOMMENDED for lora in each.get("loras", ()))
    library = Library(tuple(Model(file, file, downloaded=True) for file in sorted(files)), loras)
    with StandIn(engine="echo") as server:
        server.app_state = replace(server.app_state.with_leftovers(), library=library)
        yield server


def settings_of(row: dict[str, Any], model: str) -> ModelSettings:
    return next(each for each in DRAW_THINGS.recommended(model) if each.name == row["name"])


def carried(row: dict[str, Any], sent: dict[str, Any]) -> dict[str, Any]:
    """Of a request what the settings tell."""
    return {key: [each["file"] for each in sent[key]] if key == "loras" else sent[key] for key in row}


@pytest.mark.parametrize("row", RECOMMENDED, ids=[each["name"] for each in RECOMMENDED])
def test_the_request_carries_what_is_recommended_and_the_app_takes_it(
    app: StandIn, row: dict[str, Any]
) -> None:
    """Whatever was set before: here what another model's settings brought."""
    others = [each for each in RECOMMENDED if each is not row]
    before = REQUEST
    for other in (others[0], next(each for each in others if "loras" in each), others[15]):
        before = settings_of(other, other["model"]).applied_to(before)
    before = before.changed(model=row["model"], width=1024, height=1024, strength=0.4)
    request = settings_of(row, row["model"]).applied_to(before)
    told = {key: value for key, value in row.items() if key not in ("name", "model")}
    assert carried(told, build(request)) == told
    app.journal.clear()
    # Small, so that it takes no time: what a size does is tested by itself.
    DrawThingsClient(Server(app.url)).generate(request.changed(width=128, height=128))
    (entry,) = app.journal.generations
    assert carried({**told, "model": ""}, dict(entry.effective)) == {**told, "model": row["model"]}
    # What it does not tell is as in a fresh app, and nothing of another model's stays.
    absent = {"loras": [], "num_frames": 1, "shift": 1.0, "resolution_dependent_shift": True}
    absent = {key: value for key, value in absent.items() if key not in row}
    assert carried(absent, dict(entry.effective)) == absent


@pytest.mark.parametrize("row", RECOMMENDED, ids=[each["name"] for each in RECOMMENDED])
def test_the_same_model_stored_otherwise_or_by_its_title_has_the_same(row: dict[str, Any]) -> None:
    told = settings_of(row, row["model"])
    family = family_of(row["model"])
    model = DRAW_THINGS.known_model(row["model"])
    for name in (
        *((model.title,) if model else ()), row["model"].removesuffix(".ckpt"),
        row["model"].replace("_q6p", "_q8p"), row["model"].replace("_q6p", "_q6p_q8p"),
    ):  # fmt: skip
        same = settings_of(row, name)
        assert same.loras == told.loras and same.options == told.options
        values = {line.path: value for line, value in same.values.items()}
        values.pop("models.refiner_model")
        assert values.items() <= {line.path: value for line, value in told.values.items()}.items()
    assert DRAW_THINGS.recommended(row["name"]), "by their own name, too"
    assert family is not None


def test_there_are_46() -> None:
    assert len(RECOMMENDED) == 46
    names = {each.name for row in RECOMMENDED for each in DRAW_THINGS.recommended(row["model"])}
    assert names == {each["name"] for each in RECOMMENDED}


def test_those_without_a_lora_come_first() -> None:
    names = [each.name for each in DRAW_THINGS.recommended("qwen_image_2512_q8p.ckpt")]
    assert names == ["Qwen Image 2512", "Qwen Image 2512 with Lightning 4-Step v1.0"]


def test_edit_models_get_a_strength_of_1_and_others_keep_it() -> None:
    for row in RECOMMENDED:
        request = settings_of(row, row["model"]).applied_to(REQUEST.changed(model=row["model"], strength=0.4))
        assert wants_full_strength(request) == ""
        family = family_of(row["model"])
        assert family is not None
        assert request.sampling.strength == (1.0 if family.edits else 0.4)


def test_an_embedded_guidance_is_set_where_the_model_has_one() -> None:
    (found,) = DRAW_THINGS.recommended("flux_1_dev_q8p.ckpt")
    request = found.applied_to(REQUEST.changed(speed_up_with_guidance_embed=False))
    assert request.sampling.speed_up_with_guidance_embed and request.sampling.guidance_embed == 4.5
    (fill,) = DRAW_THINGS.recommended("FLUX.1 Fill [dev]")
    request = fill.applied_to(REQUEST)
    assert request.sampling.guidance_scale == 50
    assert request.sampling.guidance_embed == KEYS["guidance_embed"].maximum
    (other,) = DRAW_THINGS.recommended("z_image_1.0_q8p.ckpt")
    assert other.applied_to(REQUEST.changed(guidance_embed=2.0)).sampling.guidance_embed == 2.0


def test_the_second_of_two_models_is_the_refiner_stored_alike() -> None:
    plain, lightning = DRAW_THINGS.recommended("wan_v2.2_a14b_hne_t2v_q8p.ckpt")
    request = plain.applied_to(REQUEST.changed(refiner_model="mine.ckpt"))
    assert request.models.refiner_model == "wan_v2.2_a14b_lne_t2v_q8p.ckpt"
    assert request.models.refiner_start == 0.125
    assert [lora.mode for lora in lightning.applied_to(request).conditioning.loras] == ["base", "refiner"]
    (z_image,) = DRAW_THINGS.recommended("z_image_turbo_1.0_q6p.ckpt")
    assert z_image.applied_to(request).models.refiner_model == ""
    assert z_image.applied_to(REQUEST.changed(refiner_model="mine.ckpt")).models.refiner_model == "mine.ckpt"


def test_the_artists_own_loras_and_options_stay() -> None:
    own = REQUEST.changed(loras=(Lora("mine.ckpt", 0.4),)).with_options("DRAW_THINGS", [("sharpness", 2.0)])
    _plain, lightning = DRAW_THINGS.recommended("qwen_image_2512_q8p.ckpt")
    with_lightning = lightning.applied_to(own)
    assert [lora.file for lora in with_lightning.conditioning.loras] == ["mine.ckpt", lightning.loras[0].file]
    (z_image,) = DRAW_THINGS.recommended("z_image_turbo_1.0_q6p.ckpt")
    after = z_image.applied_to(with_lightning)
    assert after.conditioning.loras == own.conditioning.loras
    assert after.options_of("DRAW_THINGS") == (("sharpness", 2.0),)


@pytest.mark.parametrize(
    ("width", "height", "pixels", "wanted"),
    [
        (1024, 1024, 512, (512, 512)), (1024, 1024, 768, (768, 768)), (512, 512, 1024, (1024, 1024)),
        (1024, 768, 1024, (1024, 768)), (1344, 768, 1024, (1344, 768)), (1024, 576, 1024, (1024, 576)),
        (2048, 1024, 512, (704, 384)), (1024, 2048, 512, (384, 704)), (640, 640, 0, (640, 640)),
        (768, 512, 1024, (1280, 832)), (8192, 128, 512, (8192, 128)),
    ],
)  # fmt: skip
def test_a_size_that_suits_the_model_has_the_same_shape(
    width: int, height: int, pixels: int, wanted: tuple[int, int]
) -> None:
    assert fitting_size(width, height, pixels) == wanted
    assert fits(*wanted, pixels)
    assert fits(width, height, pixels) is (wanted == (width, height))


# Is it there?


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn(engine="echo") as running:
        yield running


def test_a_model_is_there_when_all_of_it_is_downloaded(server: StandIn) -> None:
    client = DrawThingsClient(Server(server.url))
    assert client.has_model("z_image_turbo_1.0_q6p.ckpt")
    assert client.has_model("Z Image Turbo 1.0 (6-bit)")
    assert not client.has_model("flux_1_schnell_q8p.ckpt"), "known, and not downloaded"
    assert not client.has_model("flux_9_q8p.ckpt"), "unknown"
    assert server.journal.generations == ()
    for entry in server.journal:
        assert entry.status == 422 and entry.body["prompt"] is None
        assert (entry.body["width"], entry.body["height"], entry.body["steps"]) == (128, 128, 1)


@pytest.mark.parametrize("name", ["models/x.ckpt", "..", "", "a\\b"])
def test_what_is_no_name_of_a_model_is_not_asked_for(server: StandIn, name: str) -> None:
    with pytest.raises(InvalidSettings):
        DrawThingsClient(Server(server.url)).has_model(name)
    assert len(server.journal) == 0


def test_an_app_that_makes_a_picture_of_it_all_the_same_is_not_asked_again(
    server: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = DrawThingsClient(Server(server.url))
    monkeypatch.setattr(client, "_probe", lambda body: None)
    with pytest.raises(AnswerInvalid):
        client.has_model("z_image_turbo_1.0_q6p.ckpt")


def test_another_refusal_is_no_answer(server: StandIn) -> None:
    server.app_state = server.app_state.with_settings(upscaler="gone.ckpt")
    client = DrawThingsClient(Server(server.url))
    assert client.has_model("z_image_turbo_1.0_q6p.ckpt"), "what is set in the app does not matter"
    server.faults = Faults(unknown_keys=("batch_size",))
    with pytest.raises(RequestRefused):
        client.has_model("z_image_turbo_1.0_q6p.ckpt")
