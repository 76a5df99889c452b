# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of parameters agrees with itself and with the tables of both dialects."""

from __future__ import annotations

import ast
import dataclasses
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from drawthings_addon.client import catalogue, sections
from drawthings_addon.client.a1111 import payload as a1111
from drawthings_addon.client.compatibility import SETTINGS
from drawthings_addon.client.draw_things import keys
from drawthings_addon.client.draw_things import payload as draw_things
from drawthings_addon.client.parameters import A1111, DRAW_THINGS, ParameterRow
from drawthings_addon.client.request import ROWS, ROWS_BY_PATH, GenerationRequest
from tests.support import a1111_contract

each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.path)


def other_value(row: ParameterRow) -> Any:
    """One that is not the default, and that every server takes."""
    if row.parameter.items:
        return row.parameter.items[-1][0] if row.default != row.parameter.items[-1][0] else "FILL"
    if row.kind is bool:
        return not row.default
    if row.kind is str:
        return "another"
    special = {"images.width": 512, "images.height": 512, "sampling.seed": 7, "conditioning.clip_skip": 2}
    least = row.parameter.minimum or 0
    return special.get(row.path, row.kind(least + 1 if row.default != least + 1 else least + 2))


def test_there_is_one_of_each() -> None:
    for values in (
        [row.setting for row in ROWS],
        [row.path for row in ROWS],
        [row.parameter.infotext.casefold() for row in ROWS if row.parameter.infotext],
        [row.key(DRAW_THINGS) for row in ROWS if row.key(DRAW_THINGS)],
        [row.key(A1111) for row in ROWS if row.key(A1111)],
        SETTINGS,
    ):
        assert [value for value, count in Counter(values).items() if count > 1] == []
    places = [(row.parameter.panel, row.parameter.order) for row in ROWS if row.parameter.panel]
    assert len(set(places)) == len(places)


def test_every_plain_field_of_a_section_is_a_row() -> None:
    others = {"styles", "loras", "init_image", "image", "hires_fix"}
    request = GenerationRequest()
    for name in ("conditioning", "models", "sampling", "images", "mask", "upscaling"):
        found = {field.name for field in dataclasses.fields(getattr(request, name))}
        assert found - others == {
            row.name for row in ROWS if row.path.startswith(f"{name}.") and row.path.count(".") == 1
        }


@each_row
def test_a_default_is_of_its_kind_and_within_its_range(row: ParameterRow) -> None:
    facts = row.parameter
    assert type(row.default) is row.kind
    assert facts.shown_default is None or type(facts.shown_default) is row.kind
    if row.kind in (int, float):
        for value in (row.default, facts.shown_default):
            assert value is None or facts.minimum is None or facts.minimum <= value
            assert value is None or facts.maximum is None or value <= facts.maximum
        assert (facts.minimum is None) == (facts.maximum is None)
    else:
        assert facts.minimum is None and facts.maximum is None
    if facts.items:
        assert row.default in {identifier for identifier, _label, _description in facts.items}
    assert not row.is_set(row.default)


@each_row
def test_it_is_told_in_words(row: ParameterRow) -> None:
    facts = row.parameter
    assert facts.label and facts.description
    assert not facts.description.endswith(".")
    if facts.picker:
        offered = {field.name for field in dataclasses.fields(catalogue.Catalogue)} | {"hires_upscalers"}
        assert facts.picker in offered
    text_alone = (facts.picker, facts.placeholder, facts.max_bytes, facts.stripped, facts.switches_off)
    assert row.kind is str or not any(text_alone)


@each_row
def test_it_is_sent_by_its_keys(row: ParameterRow) -> None:
    """What is set is what each dialect sends for it, and nothing for one that has no key."""
    value = other_value(row)
    base = GenerationRequest.of(prompt="moss", sampler="Euler a", steps=20)
    request = base.with_rows({row: value})
    assert row.of(request) == value
    for build, dialect in ((draw_things.build, DRAW_THINGS), (a1111.build, A1111)):
        before, after = build(base), build(request)
        changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        key = row.key(dialect)
        if key is None:
            # The hires fix of A1111 has keys of its own making.
            assert changed <= {"enable_hr", "denoising_strength"} or row.path.endswith("enlarges")
        elif row.path in ("sampling.strength", "models.refiner_start") and not changed:
            # Of img2img, and of a refiner, alone.
            assert dialect == A1111 or row.path == "sampling.strength"
        elif key.startswith("override_settings."):
            assert after["override_settings"][key.removeprefix("override_settings.")] == value
        else:
            assert after[key] == value


def test_its_keys_are_known_to_the_dialect() -> None:
    for row in ROWS:
        key = row.key(DRAW_THINGS)
        assert key is None or keys.KEYS[key].sendable
    schemas = a1111_contract.DOCUMENT["components"]["schemas"]
    model = schemas["StableDiffusionProcessingTxt2Img"]["properties"]
    for row in ROWS:
        key = row.key(A1111)
        assert key is None or key.startswith("override_settings.") or key in model


def test_what_has_a_row_stands_there_alone() -> None:
    """Draw Things' key table says nothing of its own of a parameter that has a row."""
    source = ast.parse(Path(keys.__file__).read_text())
    named = {
        call.args[0].value
        for call in ast.walk(source)
        if isinstance(call, ast.Call)
        and getattr(call.func, "id", "") in ("_integer", "_number", "_switch", "_text", "_choice", "Key")
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }
    assert len(named) > 50
    assert named & keys.ROWS_BY_KEY.keys() == set()


def test_rows_are_found_by_their_paths() -> None:
    assert ROWS_BY_PATH["sampling.steps"].default == sections.Sampling().steps == 20
    with pytest.raises(TypeError):
        GenerationRequest().changed(stepz=3)
