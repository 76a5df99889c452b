# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a picture was made survives its way through text, and damaged text is told as such."""

from __future__ import annotations

import contextlib
import io
import json
import re
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from campaign import share
from drawthings_addon.client.request import Control, GenerationRequest, Lora
from drawthings_addon.client.upscaling import UpscaleSettings
from drawthings_addon.errors import PictureInvalid
from drawthings_addon.imaging import png
from drawthings_addon.jobs.recipe import CHUNK, PARAMETERS_CHUNK, Recipe, without_pixels
from drawthings_addon.jobs.source import SourceName

SERVER = "http://127.0.0.1:7860"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
floats = st.floats(-1e6, 1e6)
ints = st.integers(0, 2**31 - 1)


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Everything that an annotation of the request allows, but pictures."""
    kind, inner = get_origin(hint), get_args(hint)
    if is_dataclass(hint):
        hints = get_type_hints(hint).items()
        return st.builds(hint, **{name: values_of(each) for name, each in hints if each is not bytes})
    if kind is Literal:
        return st.sampled_from(inner)
    if kind in (Union, UnionType):
        return st.one_of([values_of(each) for each in inner])
    if kind is tuple and get_origin(inner[0]) is tuple:
        pairs = st.dictionaries(texts, values_of(get_args(inner[0])[1]), max_size=3)
        return pairs.map(lambda values: tuple(sorted(values.items())))
    if kind is tuple and Ellipsis not in inner:
        return st.tuples(*map(values_of, inner))
    if kind is tuple:
        return st.lists(values_of(inner[0]), max_size=2).map(tuple)
    return {str: texts, int: ints, float: floats, bool: st.booleans(), type(None): st.none()}[hint]


requests = values_of(GenerationRequest)
recipes = st.builds(
    Recipe,
    request=requests,
    server=texts,
    source=st.none() | values_of(SourceName),
    fit=texts,
    dropped_keys=st.lists(texts, max_size=3).map(tuple),
    model_used=texts,
    seconds=floats,
    created=texts,
    extras=st.none() | values_of(UpscaleSettings),
)


def damaged_extras(**extras: object) -> str:
    recipe = json.loads(Recipe(GenerationRequest(), SERVER, extras=UpscaleSettings()).text)
    recipe["extras"].update(extras)
    return json.dumps(recipe)


@settings(max_examples=share(600))
@given(recipes)
def test_recipe_comes_back_from_its_json(recipe: Recipe) -> None:
    assert Recipe.from_json(recipe.text) == recipe


@settings(max_examples=share(600))
@given(recipes)
def test_recipe_comes_back_from_a_png(recipe: Recipe) -> None:
    data = png.encode(np.zeros((1, 1, 3), np.uint8), text=recipe.png_text())
    assert Recipe.from_json(png.read_text(data)[CHUNK]) == recipe


def test_recipe_holds_no_pixels() -> None:
    request = GenerationRequest.of(operation="img2img", init_image=b"\x89PNG secret pixels")
    text = Recipe(request, SERVER).text
    assert "init_image" not in text
    assert Recipe.from_json(text).request.images.init_image == b""


def test_what_a_later_version_adds_is_passed_over() -> None:
    body = json.loads(Recipe(GenerationRequest.of(loras=(Lora("a.ckpt"),)), SERVER).text)
    body["mood"] = "blue"
    body["request"]["upside_down"] = True
    body["request"]["conditioning"]["loras"][0]["colour"] = 3
    body["version"] = 99
    assert Recipe.from_json(json.dumps(body)).request.conditioning.loras == (Lora("a.ckpt"),)


def test_what_an_earlier_version_lacks_has_its_default() -> None:
    assert Recipe.from_json('{"server": "x", "request": {"prompt": "moss"}}') == Recipe(
        GenerationRequest.of(prompt="moss"), "x"
    )


def with_source(source: object) -> str:
    return json.dumps(json.loads(Recipe(GenerationRequest(), SERVER).text) | {"source": source})


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("", None),
        ("viewport", SourceName("VIEW")),
        ("render", SourceName("RENDER")),
        ("image Rust.png", SourceName("IMAGE", "Rust.png")),
        ("image floor, tile 1012", SourceName("IMAGE", "floor", tile=1012)),
        ("image floor, tile 1, tile 1012", SourceName("IMAGE", "floor, tile 1", tile=1012)),
        ("image floor, tile 7", SourceName("IMAGE", "floor, tile 7")),
        ("image floor, tile ١٠٠١", SourceName("IMAGE", "floor, tile ١٠٠١")),
        ("image viewport", SourceName("IMAGE", "viewport")),
        ("wall", SourceName("OTHER", "wall")),
    ],
)
def test_a_text_told_of_the_source_up_to_0_1_0(text: str, source: SourceName | None) -> None:
    assert Recipe.from_json(with_source(text)).source == source


@settings(max_examples=share(600))
@given(texts.filter(bool), st.sampled_from(["", "image "]), st.sampled_from(["", ", tile 1001"]))
def test_such_a_text_is_displayed_as_it_was(name: str, before: str, after: str) -> None:
    source = Recipe.from_json(with_source(text := f"{before}{name}{after}")).source
    assert source is not None and source.text == text


def test_what_is_displayed_of_a_source_is_a_template_and_its_values() -> None:
    text = SourceName("IMAGE", "a {tile}", library="library.blend", tile=1002, frame=3).text
    assert (text, text.template) == ("image a {tile}, tile 1002", "image {name}, tile {tile}")
    assert SourceName("MAP", "depth").text == "depth map"


@pytest.mark.parametrize(
    "source",
    [
        7, ["image"], {}, {"kind": "FILM"}, {"kind": "IMAGE", "tile": "1001"},
        {"kind": "IMAGE", "name": None}, {"kind": "IMAGE", "frame": 1.5}, {"kind": "IMAGE", "library": 3},
        True,
    ],
)  # fmt: skip
def test_a_damaged_source_is_told_as_such(source: object) -> None:
    with pytest.raises(PictureInvalid, match=r"source|kind|name|library|tile|frame|cannot be read"):
        Recipe.from_json(with_source(source))


COMPLETE = json.loads(
    Recipe(
        GenerationRequest.of(loras=(Lora("a"),), controls=(Control("b", target_blocks=("c",)),)).with_options(
            "DRAW_THINGS", (("d", 1),)
        ),
        SERVER,
        dropped_keys=("e",),
    ).text
)


#: As 0.1.0 wrote it: the request is flat.
EARLIER = next(
    json.loads(each["recipe"])
    for each in json.loads((Path(__file__).parent.parent / "data" / "requests_0_1_0.json").read_text())
    if each["name"] == "everything"
)


def damaged_earlier(**request: object) -> str:
    return json.dumps(EARLIER | {"request": EARLIER["request"] | request})


def damaged_now(**request: object) -> str:
    """With these values in whatever section has them."""
    body = json.loads(json.dumps(COMPLETE))
    sections = [part for part in body["request"].values() if isinstance(part, dict)]
    for name, value in request.items():
        next((part for part in sections if name in part), body["request"])[name] = value
    return json.dumps(body)


def damaged(**request: object) -> tuple[str, str]:
    return damaged_earlier(**request), damaged_now(**request)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "moss",
        "null",
        "[]",
        "3",
        '"text"',
        "{}",
        '{"request": {}}',
        '{"request": [], "server": ""}',
        '{"request": {"prompt": "\\ud800"}, "server": ""}',
        "[" * 100_000,
        "1" * 10_000,
        json.dumps(COMPLETE | {"server": 3}),
        json.dumps(COMPLETE | {"seconds": "long"}),
        json.dumps(COMPLETE | {"seconds": float("nan")}),
        json.dumps(COMPLETE | {"dropped_keys": [1]}),
        json.dumps(COMPLETE | {"dropped_keys": 5}),
        *damaged(prompt=["moss"]),
        *damaged(prompt=None),
        *damaged(width="wide"),
        *damaged(width=512.5),
        *damaged(width=True),
        *damaged(steps=2**31),
        *damaged(steps=10**400),
        *damaged(seed=2**32),
        *damaged(seed=-1),
        *damaged(strength=float("nan")),
        *damaged(strength=float("inf")),
        *damaged(strength=10**400),
        *damaged(hires_fix=1),
        *damaged(operation="img3img"),
        damaged_extras(size=[512]),
        damaged_extras(size=[1, 2, 3]),
        damaged_extras(size="ab"),
        damaged_extras(scale="2"),
        *damaged(operation=["txt2img"]),
        *damaged(loras="all"),
        *damaged(loras=None),
        *damaged(loras=[{}]),
        *damaged(loras=[["file"]]),
        *damaged(loras=[{"file": "a", "mode": "some"}]),
        *damaged(loras=[{"file": 1}]),
        damaged_earlier(controls=[{"file": "a", "control_importance": "none"}]),
        damaged_earlier(controls=[{"file": "a", "control_importance": 1}]),
        damaged_earlier(controls=[{"file": "a", "target_blocks": [1]}]),
        damaged_earlier(controls=[{"file": "a", "no_prompt": "yes"}]),
        damaged_earlier(controls=5),
        damaged_earlier(control_units=[{"module": "none"}]),
        damaged_earlier(control_units=["depth"]),
        damaged_earlier(hires=[1]),
        damaged_earlier(advanced=[1]),
        damaged_earlier(advanced={"a": [1]}),
        damaged_earlier(advanced={"a": {}}),
        damaged_earlier(override_settings=5),
        damaged_now(controls=[{"model": "a", "importance": "none"}]),
        damaged_now(controls=[{"model": "a", "target_blocks": [1]}]),
        damaged_now(controls=[{"model": "a", "no_prompt": "yes"}]),
        damaged_now(options=[1]),
        damaged_now(options={"a": 1}),
        damaged_now(options=[{"dialect": "A1111", "name": "a", "value": [1]}]),
        damaged_now(options=[{"dialect": "A1111", "name": "a"}]),
        damaged_now(mask=[]),
    ],
    ids=lambda text: text[-60:],
)
def test_a_damaged_recipe_is_told_as_such(text: str) -> None:
    with pytest.raises(PictureInvalid) as caught:
        Recipe.from_json(text)
    assert caught.value.what.endswith(".")
    assert caught.value.advice.endswith(".")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=share(600))
@given(st.sampled_from([*COMPLETE, *COMPLETE["request"], *EARLIER["request"], "hires_fix"]), json_values)
def test_no_value_whatever_raises_anything_else(name: str, value: object) -> None:
    texts = [json.dumps(whole | {name: value}) for whole in (COMPLETE, EARLIER) if name in whole]
    for text in texts or damaged(**{name: value}):
        with contextlib.suppress(PictureInvalid):
            recipe = Recipe.from_json(text)
            # What was accepted can be shown and stored again.
            assert Recipe.from_json(recipe.text) == recipe
            recipe.parameters_text()


# What the rest of the ecosystem reads

PARAMETER = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')


def read_infotext(text: str) -> tuple[str, str, dict[str, str]]:
    """Prompt, negative prompt and settings, found as A1111 finds them."""
    *lines, settings = text.strip().split("\n")
    if len(PARAMETER.findall(settings)) < 3:
        lines.append(settings)
        settings = ""
    prompt: list[str] = []
    negative: list[str] = []
    into = prompt
    for line in lines:
        if line.startswith("Negative prompt:"):
            into, line = negative, line.removeprefix("Negative prompt:").strip()
        into.append(line)
    found = {
        key: json.loads(value) if value[:1] == '"' == value[-1:] else value
        for key, value in PARAMETER.findall(settings)
    }
    return "\n".join(prompt), "\n".join(negative), found


def test_parameters_are_written_as_a1111_writes_them() -> None:
    request = GenerationRequest.of(
        prompt="weathered copper, (verdigris:1.2)",
        negative_prompt="blurry",
        model="flux_1_schnell_q5p.ckpt",
        width=768,
        height=512,
        seed=4294967295,
        steps=8,
        guidance_scale=4.5,
        sampler="Euler A Trailing",
    )
    assert Recipe(request, SERVER).parameters_text() == (
        "weathered copper, (verdigris:1.2)\n"
        "Negative prompt: blurry\n"
        "Steps: 8, Sampler: Euler A Trailing, CFG scale: 4.5, Seed: 4294967295, Size: 768x512, "
        "Model: flux_1_schnell_q5p.ckpt"
    )


def test_img2img_tells_its_strength_and_a_clip_skip_that_skips() -> None:
    request = GenerationRequest.of(operation="img2img", prompt="moss", strength=0.35, clip_skip=2, model="m")
    settings = Recipe(request, SERVER).parameters_text().splitlines()[-1]
    assert settings.endswith("Model: m, Denoising strength: 0.35, Clip skip: 2")


def test_the_model_is_the_one_that_the_app_says_it_used() -> None:
    recipe = Recipe(GenerationRequest.of(prompt="moss"), SERVER, model_used="in_the_app.ckpt")
    assert recipe.parameters_text().endswith("Model: in_the_app.ckpt")
    assert "Model" not in replace(recipe, model_used="").parameters_text()


@pytest.mark.parametrize("model", ["a, b", "a: b", "a\nb", 'say "a", then b', "ä, ö", "C:\\models\\x,y"])
def test_values_that_hold_separators_are_quoted(model: str) -> None:
    text = Recipe(GenerationRequest.of(prompt="moss", model=model), SERVER).parameters_text()
    assert f"Model: {json.dumps(model, ensure_ascii=False)}" in text
    assert read_infotext(text)[2]["Model"] == model


@pytest.mark.parametrize("model", ['the "best" model', "plain.ckpt", "a b-c/d"])
def test_other_values_are_not_quoted(model: str) -> None:
    text = Recipe(GenerationRequest.of(prompt="moss", model=model), SERVER).parameters_text()
    assert text.endswith(f"Model: {model}")


@settings(max_examples=share(600))
@given(
    prompt=st.text("ab ,:()\"'é🎨\n", min_size=1).map(str.strip).filter(bool),
    negative=st.text("ab ,:()\"'é", max_size=20).map(str.strip),
    sampler=st.text("ab ,:\\\"'é", min_size=1, max_size=10).map(str.strip).filter(bool),
    seed=st.integers(0, 2**32 - 1),
)
def test_an_a1111_reader_finds_everything(prompt: str, negative: str, sampler: str, seed: int) -> None:
    # A quotation mark at both ends, with no separator between them, is as ambiguous in A1111's own texts.
    # Names have no spaces at their ends; stripping the marks may bare one.
    sampler = sampler.strip('" ') or "Euler"
    request = GenerationRequest.of(prompt=prompt, negative_prompt=negative, sampler=sampler, seed=seed)
    found = read_infotext(Recipe(request, SERVER).parameters_text())
    assert found[:2] == (prompt, negative)
    assert found[2]["Seed"] == str(seed)
    assert found[2]["Size"] == "1024x1024"
    assert found[2]["Sampler"] == sampler.strip()


@pytest.mark.parametrize("prompt", ["moss", "Möös", "苔 🎨", "a\nb"])
def test_both_texts_are_in_the_png(prompt: str) -> None:
    recipe = Recipe(GenerationRequest.of(prompt=prompt), SERVER)
    data = png.encode(np.zeros((2, 2, 3), np.uint8), text=recipe.png_text())
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        assert image.text[PARAMETERS_CHUNK] == recipe.parameters_text()
        assert Recipe.from_json(image.text[CHUNK]) == recipe


def test_every_field_of_a_request_is_in_the_recipe() -> None:
    told = json.loads(Recipe(GenerationRequest(), SERVER).text)["request"]
    assert told.keys() == {field.name for field in fields(GenerationRequest)}
    sections = {name: part for name, part in told.items() if isinstance(part, dict)}
    assert len(sections) == 6
    pictures = set()
    for name, part in sections.items():
        found = fields(getattr(GenerationRequest(), name))
        pictures |= {f"{name}.{field.name}" for field in found if field.type == "bytes"}
        assert part.keys() == {field.name for field in found if field.type != "bytes"}
    assert pictures == {"images.init_image", "mask.image"}


@settings(max_examples=share(600))
@given(requests.flatmap(lambda made: st.builds(made.changed, init_image=st.binary())))
def test_a_request_without_pixels_is_the_request_of_its_recipe(request: GenerationRequest) -> None:
    stripped = without_pixels(request)
    assert stripped == request.changed(init_image=b"")
