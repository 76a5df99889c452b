# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picker that holds a value offers the whole list: Blender shows what fits to what is typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import ModuleType

import bpy
import pytest

Panel = bpy.types.PropertyGroup


@pytest.fixture
def choices(extension: ModuleType) -> Iterator[ModuleType]:
    from bl_ext.user_default.drawthings_addon.blender import choices

    yield choices
    choices.offered.forget()


@pytest.fixture
def tell(choices: ModuleType) -> Callable[..., None]:
    """The server tells its lists."""
    from bl_ext.user_default.drawthings_addon.client.a1111.dialect import A1111
    from bl_ext.user_default.drawthings_addon.client.catalogue import Catalogue, plain

    def told(**lists: list[str]) -> None:
        catalogue = Catalogue(**{name: plain(*names) for name, names in lists.items()})
        choices.offered.take(catalogue, A1111)

    return told


def names(found: list) -> list[str]:
    return [each if isinstance(each, str) else each[0] for each in found]


@pytest.mark.parametrize("text", ["", "Euler", "Heun", "something else"])
def test_the_whole_list_whatever_the_field_holds(
    choices: ModuleType, tell: Callable, panel: Panel, text: str
) -> None:
    samplers = ["Euler", "Euler a", "Heun", "DPM++ 2M"]
    tell(samplers=samplers)
    panel.sampler = text
    assert names(choices.search_samplers(panel, bpy.context, text)) == samplers


@pytest.mark.parametrize("count", [500, 501, 5000])
@pytest.mark.parametrize("text", ["", "model 7", "model 499", "Ünknown"])
def test_of_as_many_as_anybody_has_blender_gets_all(
    choices: ModuleType, tell: Callable, panel: Panel, count: int, text: str
) -> None:
    models = [f"model {number}" for number in range(count)]
    tell(models=models)
    panel.model = "model 7"
    assert names(choices.search_models(panel, bpy.context, text)) == models


@pytest.mark.parametrize(
    "kind", ["samplers", "schedulers", "models", "vaes", "upscalers", "loras", "styles", "scripts",
             "control_models"],
)  # fmt: skip
def test_every_picker(choices: ModuleType, tell: Callable, panel: Panel, kind: str) -> None:
    tell(**{kind: ["one", "two", "three"]})
    search = getattr(choices, f"search_{kind}")
    assert names(search(panel, bpy.context, "two")) == ["one", "two", "three"]


def test_built_in_lists_and_parameters(choices: ModuleType, panel: Panel) -> None:
    assert len(choices.search_seed_modes(panel, bpy.context, panel.seed_mode)) == 4
    assert "UniPC" in names(choices.search_samplers(panel, bpy.context, panel.sampler))
    assert choices.search_parameters(None, bpy.context, "tea") == list(choices.ADVANCED)


@pytest.fixture
def seven_thousand(tell: Callable) -> list[str]:
    loras = [f"style {number:04} of rust" for number in range(7000)]
    tell(loras=loras)
    return loras


def test_of_seven_thousand_what_is_typed_is_found(
    choices: ModuleType, panel: Panel, seven_thousand: list[str]
) -> None:
    lora = panel.loras.add()
    lora.name = seven_thousand[0]

    def found(text: str) -> list[str]:
        return names(choices.search_loras(lora, bpy.context, text))

    assert found("style 6999 of rust") == ["style 6999 of rust"]
    assert found("rust 6999") == ["style 6999 of rust"], "in words, as Blender looks for them"
    assert found("RUST  6999 ") == ["style 6999 of rust"]
    assert found("699") == [name for name in seven_thousand if "699" in name]
    assert found("moss") == []


@pytest.mark.parametrize("held", [0, 6999])
def test_of_seven_thousand_an_opened_field_shows_the_beginning(
    choices: ModuleType, panel: Panel, seven_thousand: list[str], held: int
) -> None:
    lora = panel.loras.add()
    lora.name = seven_thousand[held]
    found = names(choices.search_loras(lora, bpy.context, lora.name))
    assert found[0] == seven_thousand[held], "what is chosen is seen"
    others = [name for name in seven_thousand if name != seven_thousand[held]]
    assert found[1:] == others[:4999]
    lora.name = ""
    assert names(choices.search_loras(lora, bpy.context, "")) == seven_thousand[:5000]
