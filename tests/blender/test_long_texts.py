# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts of megabytes and lists of thousands in everything that is drawn: from a server, a .blend, a picture.

A layout draws all that it is given, at every redraw. What is counted here is labels, their lengths, and calls
of functions: a clock would tell more of the machine than of the code.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_dialects import assumed
from blender_panels import EDITORS, Tab, draw_everything, draw_preferences, draw_tab, fill_settings

from local_server import Faults

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

#: Of a tab with everything unfolded, and of each label on it.
MOST_LABELS = 400
LONGEST_LABEL = 500
#: Of a text that can be changed, which Blender measures at every redraw: a script's argument.
LONGEST_FIELD = 1 << 18


def text_of(length: int) -> str:
    """Words, with line breaks and control characters among them."""
    return ("nine word\t\x07s\n" * (length // 12 + 1))[:length]


def set_text(group: bpy.types.PropertyGroup, name: str, text: str) -> None:
    """As a .blend can hold it: longer than a property lets anybody set it."""
    if hasattr(group, "bl_system_properties_get"):
        group.bl_system_properties_get(do_create=True)[name] = text
    else:
        group[name] = text


def fill_texts(group: bpy.types.PropertyGroup, text: str, count: int) -> None:
    """Every text of a group and of the groups in it; every list with `count` entries, three with texts."""
    for each in group.bl_rna.properties:
        name = each.identifier
        if name == "rna_type":
            continue
        if each.type == 'STRING' and not each.is_readonly:
            set_text(group, name, text)
        elif each.type == 'COLLECTION':
            entries = getattr(group, name)
            while len(entries) < count:
                entries.add()
            for index in range(min(count, 3)):
                fill_texts(entries[index], text, count)
        elif each.type == 'POINTER' and isinstance(getattr(group, name), bpy.types.PropertyGroup):
            fill_texts(getattr(group, name), text, count)


@pytest.fixture
def strange(
    panel: bpy.types.PropertyGroup, desk: Desk, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[int, int], None]]:
    """Makes everything that is drawn `length` characters long, and every list `count` entries."""
    from bl_ext.user_default.drawthings_addon.blender.actions import training
    from bl_ext.user_default.drawthings_addon.blender.choices import offered
    from bl_ext.user_default.drawthings_addon.blender.session import session
    from bl_ext.user_default.drawthings_addon.client import capabilities
    from bl_ext.user_default.drawthings_addon.client.a1111.dialect import A1111
    from bl_ext.user_default.drawthings_addon.client.catalogue import Catalogue, plain
    from bl_ext.user_default.drawthings_addon.errors import ServerFailed
    from bl_ext.user_default.drawthings_addon.jobs.job import JobState

    bpy.ops.drawthings.txt2img()
    desk.settle()
    stand_in.faults = Faults(status=500, text="no", scope="POST")
    bpy.ops.drawthings.txt2img()
    desk.settle()
    stand_in.faults = Faults()
    (failed,) = desk.session.statuses()
    result = desk.session.results[0]
    image = next(each for each in bpy.data.images if each.drawthings.recipe)
    written = bpy.data.texts.new("prompt")

    def make(length: int, count: int) -> None:
        text = text_of(length)
        found = capabilities.assumed(A1111)
        found = replace(found, rows=tuple(replace(each, detail=text) for each in found.rows))
        error = ServerFailed(text, text, status=500)
        offered.take(
            Catalogue(
                **{name: plain(text, *map(str, range(count)))
                   for name in ("samplers", "models", "loras", "styles", "scripts", "face_restorers")}
            ),
            A1111,
        )  # fmt: skip
        desk.session.status = session.ServerStatus(session.Connection.ANSWERED, error, text, found)
        desk.session.notices.clear()
        for number in range(20):
            desk.session.tell(f"{number} {text}", text)
        fill_settings(panel, step=1)
        fill_texts(panel, text, count)
        fill_texts(image.drawthings, text, count)
        request = result.recipe.request.changed(prompt=text[:900_000], model=text, seed=7)
        recipe = replace(result.recipe, request=request.changed(model="m"), model_used="m")
        image.drawthings.recipe = recipe.text
        picture = replace(result.picture, recipe=replace(result.recipe, request=request))
        desk.session.results.clear()
        desk.session.results.extend([session.Result(picture, result.image)] * 40)
        written.from_string("\n" * (length // 10) + text)
        panel.prompt_text = written
        job = replace(failed.job, title=text)
        kinds = (JobState.FAILED, JobState.RUNNING, JobState.LET_GO, *[JobState.WAITING] * count)
        statuses = tuple(replace(failed, job=job, state=kind, error=error) for kind in kinds)
        monkeypatch.setattr(type(desk.session), "statuses", lambda _self: statuses)
        status = training.TrainingStatus(text, training.TrainingStage.CREATING, 0, 0, 1.0, text)
        monkeypatch.setattr(training, "status", lambda: status)

    yield make
    monkeypatch.undo()
    offered.forget()


def tabs() -> Iterator[Tab]:
    for editor in EDITORS:
        yield draw_tab(editor)
    yield draw_preferences()


def fields_of(tab: Tab) -> list[str]:
    """The texts that can be changed on it."""
    return [
        getattr(each["data"], each["property"])
        for method, each in tab.calls
        if method in ("prop", "textbox") and each["data"].bl_rna.properties[each["property"]].type == 'STRING'
    ]


def texts_of(tab: Tab) -> list[str]:
    return [
        each[name]
        for _method, each in tab.calls
        for name in ("text", "placeholder", "heading")
        if isinstance(each.get(name), str)
    ]


def calls_of(action: Callable[[], object]) -> int:
    """How many functions are called, Python's own as well."""
    count = 0

    def look(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(look)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("dialect", ["DRAW_THINGS", "A1111"])
def test_labels_are_few_and_short(strange: Callable[[int, int], None], desk: Desk, dialect: str) -> None:
    strange(1_000_000, 500)
    desk.session.status = replace(desk.session.status, capabilities=assumed(dialect))
    for tab in tabs():
        texts = texts_of(tab)
        assert len(list(tab.all("label"))) <= MOST_LABELS
        assert len(tab.calls) <= 4 * MOST_LABELS
        assert max(map(len, texts)) <= LONGEST_LABEL
        assert all(text.isprintable() for text in texts)
        assert max(map(len, fields_of(tab))) <= LONGEST_FIELD
    assert max(len(str(each["text"])) for _name, each in draw_everything().calls if each.get("text")) <= 500


def test_a_redraw_costs_the_same_however_long_the_texts(strange: Callable[[int, int], None]) -> None:
    counts = []
    for length, count in ((20_000, 150), (300_000, 1000)):
        strange(length, count)
        draw_tab()
        counts.append(calls_of(draw_tab))
    assert counts[1] < 1.05 * counts[0], counts


def test_nothing_is_read_anew_at_a_redraw(
    strange: Callable[[int, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings
    from bl_ext.user_default.drawthings_addon.blender.delivery import images
    from bl_ext.user_default.drawthings_addon.client.capabilities import Capabilities
    from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe

    strange(20_000, 100)
    read: list[str] = []

    def counted(name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **named: Any) -> Any:
            read.append(name)
            return original(*args, **named)

        return call

    monkeypatch.setattr(Recipe, "from_json", staticmethod(counted("recipe", Recipe.from_json)))
    look = counted("incompatibilities", Capabilities.incompatibilities)
    monkeypatch.setattr(Capabilities, "incompatibilities", look)
    images._recipes._found.clear()
    monkeypatch.setattr(settings, "_incompatibilities", settings._Incompatibilities())
    draw_everything()
    assert sorted(set(read)) == ["incompatibilities", "recipe"]
    assert len(read) == 2, "once for the three editors"
    monkeypatch.setattr(json, "loads", counted("json", json.loads))
    for _ in range(5):
        draw_everything()
    assert len(read) == 2
    bpy.context.scene.drawthings.sampler = "another"
    draw_everything()
    assert read[2:] == ["incompatibilities"], "what has changed is looked at again"


@pytest.mark.parametrize("text", ["{", "x" * 2_000_000, '{"request": 5}', "[" * 100_000])
def test_a_damaged_recipe_is_read_once_and_told(
    text: str, panel: bpy.types.PropertyGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import images
    from bl_ext.user_default.drawthings_addon.errors import PictureInvalid
    from bl_ext.user_default.drawthings_addon.jobs.recipe import Recipe

    images._recipes._found.clear()
    image = bpy.data.images.new("strange", 8, 8)
    assert not images.has_recipe(image)
    image.drawthings.recipe = text
    assert images.has_recipe(image)
    original, read = Recipe.from_json, []
    monkeypatch.setattr(
        Recipe, "from_json", staticmethod(lambda each: (read.append(each), original(each))[1])
    )
    for _ in range(3):
        assert images.readable_recipe(image) is None
        with pytest.raises(PictureInvalid, match="recipe"):
            images.recipe_of(image)
    assert len(read) == (0 if len(text) > 1 << 20 else 1)
    assert "cannot be read" in draw_tab('IMAGE_EDITOR').words


def test_recipes_that_were_read_are_not_kept_without_end() -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import images

    recipes = images._Recipes()
    for number in range(1000):
        with pytest.raises(images.PictureInvalid):
            recipes.read(f"{{{number}" + "x" * 100_000)
    assert len(recipes._found) <= recipes._KEPT
    assert sum(map(len, recipes._found)) <= recipes._KEPT_CHARACTERS


def test_tooltips_and_reports(strange: Callable[[int, int], None], panel: bpy.types.PropertyGroup) -> None:
    from bl_ext.user_default.drawthings_addon.blender import connection

    strange(1_000_000, 10)
    assert len(connection.sentence()) < 500
    entry = panel.advanced[0]
    panel.prompt_text = None
    panel.prompt = "copper"
    entry.name, entry.value = "steps", "x" * 200_000
    with pytest.raises(RuntimeError) as refused:
        bpy.ops.drawthings.txt2img()
    assert len(str(refused.value)) < 3000
    set_text(entry, "name", "x" * 1_000_000)
    with pytest.raises(RuntimeError) as refused:
        bpy.ops.drawthings.txt2img()
    assert len(str(refused.value)) < 3000


def test_suggestions_are_few(extension: object) -> None:
    from bl_ext.user_default.drawthings_addon.blender import choices
    from bl_ext.user_default.drawthings_addon.client.a1111.dialect import A1111
    from bl_ext.user_default.drawthings_addon.client.catalogue import Catalogue, plain

    choices.offered.take(Catalogue(models=plain(*map(str, range(20_000)))), A1111)
    try:
        assert len(choices.search_models(None, bpy.context, "")) == 5_000
        assert choices.search_models(None, bpy.context, "19999") == [("19999", "")]
        assert choices.search_models(None, bpy.context, "x" * 1_000_000) == []
    finally:
        choices.offered.forget()
    for number in range(1000):
        choices.offered.meet_model(f"model {number}")
    choices.offered.meet_model("x" * 256)
    assert len(choices.offered.models) == 100
    assert choices.offered.models[0].value == "model 999"
    choices.offered.forget()


def test_a_prompt_in_a_book(panel: bpy.types.PropertyGroup) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings

    scene = bpy.context.scene
    panel.prompt_text = bpy.data.texts.new("book")
    assert not settings.has_prompt(scene)
    panel.prompt_text.from_string("\n \n\t\ncopper\nmore")
    assert settings.has_prompt(scene)
    assert settings.first_line(panel.prompt_text) == "copper"
    panel.prompt_text.from_string("\n" * 20_000 + "copper")
    assert settings.has_prompt(scene)
    assert calls_of(lambda: settings.has_prompt(scene)) < 3000
    assert settings.prompt(scene) == "copper"


def test_a_field_that_is_too_long_can_be_emptied(panel: bpy.types.PropertyGroup) -> None:
    panel.loras.add()
    for owner, name in ((panel, "sampler"), (panel, "refiner_model"), (panel.loras[0], "name")):
        set_text(owner, name, "x" * 2_000_000)
        path = f"scene.{owner.path_from_id(name)}"
        assert "too long" in draw_tab().words
        assert bpy.ops.wm.context_set_string(data_path=path, value="") == {'FINISHED'}
        assert getattr(owner, name) == ""
    assert "too long" not in draw_tab().words


def test_what_a_name_may_hold(panel: bpy.types.PropertyGroup) -> None:
    """What a recipe, a picture or a script sets stays within what a server is sent."""
    for name in ("model", "sampler", "scheduler", "vae", "script", "upscaler", "refiner_model"):
        setattr(panel, name, "x" * 2_000_000)
        assert len(getattr(panel, name)) <= 1020
        setattr(panel, name, "銹" * 255)
        assert getattr(panel, name) == "銹" * 255
