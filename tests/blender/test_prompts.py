# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prompt is readable, can be written in a Text Editor, and what was pressed can be taken up again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import bpy
import pytest
from blender_panels import as_in_a_window, draw_tab
from recording_layout import Record, draw

if TYPE_CHECKING:
    from conftest import Desk

Panel = bpy.types.PropertyGroup
LONG = "weathered copper, verdigris in the creases, patina over hammered metal, soft light, high detail"


@pytest.fixture
def pressed(panel: Panel, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The history, as presses by hand are noted; empty at both ends."""
    from bl_ext.user_default.drawthings_addon.blender import prompts

    monkeypatch.setattr(prompts, "is_noted", lambda: True)
    bpy.ops.drawthings.clear_prompts() if desk.session.prompts.latest else None
    desk.session.prompts._is_cleared = False
    yield desk.session.prompts
    desk.session.prompts.clear()


def menu() -> Record:
    return draw(bpy.types.DRAWTHINGS_MT_prompts, as_in_a_window(bpy.context))


def offered() -> list[tuple[str, str]]:
    """The prompts of the menu, with their negative prompts."""
    return [
        (each["properties"]["prompt"], each["properties"]["negative_prompt"])
        for each in menu().all("operator")
        if each["operator"] == "drawthings.use_prompt"
    ]


# In a Text Editor


def test_a_text_with_the_present_prompt_is_the_prompt(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings

    panel.prompt = LONG
    assert bpy.ops.drawthings.edit_prompt() == {'FINISHED'}
    text = panel.prompt_text
    assert text.as_string().strip() == LONG
    text.write("\nand moss")
    assert "and moss" in settings.prompt(bpy.context.scene), "at once"
    bpy.ops.drawthings.edit_prompt()
    assert panel.prompt_text == text, "the same again"
    assert "drawthings.use_prompt_field" in draw_tab().operators


def test_the_way_back_takes_over_what_was_written(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings

    panel.prompt = LONG
    bpy.ops.drawthings.edit_prompt()
    panel.prompt_text.from_string(f"{LONG}\nand moss\n")
    before = settings.prompt(bpy.context.scene)
    bpy.ops.drawthings.use_prompt_field()
    assert panel.prompt_text is None
    assert settings.prompt(bpy.context.scene) == before == f"{LONG}\nand moss", "every line of it"
    assert not bpy.data.texts, "what was made for it goes with it"
    with pytest.raises(RuntimeError, match="stands in its field"):
        bpy.ops.drawthings.use_prompt_field()


def test_a_text_of_the_artist_stays(panel: Panel) -> None:
    mine = bpy.data.texts.new("mine")
    mine.from_string("moss")
    bpy.ops.drawthings.edit_prompt(text="mine")
    assert panel.prompt_text == mine
    bpy.ops.drawthings.use_prompt_field()
    assert (panel.prompt, list(bpy.data.texts)) == ("moss", [mine])
    with pytest.raises(RuntimeError, match="no text “gone”"):
        bpy.ops.drawthings.edit_prompt(text="gone")


def test_a_text_that_another_scene_uses_stays(panel: Panel) -> None:
    bpy.ops.drawthings.edit_prompt()
    other = bpy.data.scenes.new("other")
    other.drawthings.prompt_text = panel.prompt_text
    bpy.ops.drawthings.use_prompt_field()
    assert other.drawthings.prompt_text is not None
    bpy.data.scenes.remove(other)


def test_a_text_that_no_field_holds_stays(panel: Panel) -> None:
    bpy.ops.drawthings.edit_prompt()
    panel.prompt_text.from_string("銹" * 27_000)
    with pytest.raises(RuntimeError, match="too long for the field"):
        bpy.ops.drawthings.use_prompt_field()
    assert panel.prompt_text is not None


# Readable


def test_several_lines_are_readable_where_the_field_has_one(panel: Panel, monkeypatch: Any) -> None:
    """Before Blender 5.2, which has a box of its own."""
    from bl_ext.user_default.drawthings_addon.blender import compat

    monkeypatch.setattr(compat, "has_text_box", lambda _layout: False)
    panel.prompt = "copper"
    assert "copper" not in draw_tab().words, "the field shows all of it"
    panel.prompt = LONG
    tab = draw_tab()
    assert LONG in tab.words
    assert len([each for each in tab.all("label") if each["text"] and each["text"] in LONG]) > 1
    panel.prompt = "銹 " * 5_000
    shown = [each for each in draw_tab().all("label") if "銹" in str(each.get("text"))]
    assert 1 < len(shown) <= 5
    assert shown[-1]["text"].endswith("…")
    assert "drawthings.edit_prompt" in tab.operators


@pytest.mark.parametrize("wide", ["銹", "銅 ", "🎨", "ａ"])
def test_lines_of_wide_characters_are_whole(panel: Panel, monkeypatch: Any, wide: str) -> None:
    """Of a line that is too long Blender cuts the middle out."""
    from bl_ext.user_default.drawthings_addon.blender import compat
    from bl_ext.user_default.drawthings_addon.ui import words

    monkeypatch.setattr(compat, "has_text_box", lambda _layout: False)
    panel.prompt = wide * 1000
    lines = [each["text"] for each in draw_tab().all("label") if wide.strip() in str(each.get("text"))]
    panel.prompt = "a" * 1000
    narrow = [each["text"] for each in draw_tab().all("label") if "aaaa" in str(each.get("text"))]
    assert len(lines) == len(narrow) == 5
    assert max(map(len, lines)) * (3 if " " in wide else 4) <= max(map(len, narrow)) * 2 + 4
    assert words.wrapped("a 銹 b", 20) == ["a 銹 b"], "nothing is added"


def test_a_short_prompt_of_wide_characters_that_its_field_does_not_hold_is_readable(
    panel: Panel, monkeypatch: Any
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import compat

    monkeypatch.setattr(compat, "has_text_box", lambda _layout: False)
    panel.prompt = "銹びた銅の表面、緑青が隅に溜まっている"
    assert panel.prompt in draw_tab().words.replace(" ", "")


def test_a_text_is_readable_in_the_panel(panel: Panel) -> None:
    panel.prompt_text = bpy.data.texts.new("prompt")
    assert "Write into it in the Text Editor" in draw_tab().words
    panel.prompt_text.from_string("\n\nweathered copper\n\nand moss")
    assert "weathered copper and moss" in draw_tab().words


def test_the_negative_prompt_is_called_by_its_name(panel: Panel) -> None:
    assert panel.bl_rna.properties["negative_prompt"].name == "Negative Prompt"
    tab = draw_tab()
    assert "Negative" in tab.words
    assert "Avoid" not in tab.text


# Those that were pressed


def test_a_press_is_kept_with_its_negative_prompt(pressed: Any, panel: Panel, desk: Desk) -> None:
    panel.prompt, panel.negative_prompt = "moss", "blurry"
    bpy.ops.drawthings.txt2img()
    panel.prompt, panel.negative_prompt = "rust", ""
    image = bpy.data.images.new("wall", 64, 64)
    bpy.ops.drawthings.img2img(source='IMAGE', image=image.name)
    panel.prompt = "moss on stone"
    assert [(each.prompt, each.negative_prompt) for each in pressed.latest] == [
        ("rust", ""),
        ("moss", "blurry"),
    ]
    assert offered()[:2] == [("rust", ""), ("moss", "blurry")]
    bpy.ops.drawthings.use_prompt(prompt="moss", negative_prompt="blurry")
    assert (panel.prompt, panel.negative_prompt) == ("moss", "blurry")
    desk.settle()
    assert json.loads(pressed.path.read_text()) == [["rust", ""], ["moss", "blurry"]]


def test_a_press_that_was_refused_is_not_kept(pressed: Any, panel: Panel) -> None:
    with pytest.raises(RuntimeError):
        bpy.ops.drawthings.img2img(source='IMAGE')
    assert pressed.latest == ()


def test_a_script_in_background_is_not_kept(panel: Panel, desk: Desk) -> None:
    panel.prompt = "one of a thousand"
    bpy.ops.drawthings.txt2img()
    assert desk.session.prompts.latest == ()


def test_a_prompt_takes_the_place_of_a_text(panel: Panel) -> None:
    bpy.ops.drawthings.edit_prompt()
    text = panel.prompt_text
    bpy.ops.drawthings.use_prompt(prompt="moss")
    assert (panel.prompt, panel.prompt_text) == ("moss", None)
    assert text in list(bpy.data.texts), "nothing that was written is lost"
    with pytest.raises(RuntimeError, match="No prompt is given"):
        bpy.ops.drawthings.use_prompt(prompt=" ")


@pytest.mark.parametrize("letter", ["m", "ü", "銹", "🎨"])
def test_the_longest_prompt_that_is_sent_is_taken_up_whole(panel: Panel, desk: Desk, letter: str) -> None:
    """Blender cuts what a field does not hold, and says nothing."""
    longest = letter * 20_000
    panel.prompt_text = bpy.data.texts.new("prompt")
    panel.prompt_text.from_string(longest)
    bpy.ops.drawthings.txt2img()
    desk.settle()
    bpy.ops.drawthings.use_prompt(prompt=longest, negative_prompt=longest)
    assert (panel.prompt, panel.negative_prompt) == (longest, longest)
    panel.prompt = "another"
    bpy.ops.drawthings.reuse_recipe()
    assert panel.prompt == longest


def test_prompts_of_pictures_in_the_file_are_offered(panel: Panel, desk: Desk) -> None:
    panel.prompt, panel.negative_prompt = LONG, "blurry"
    bpy.ops.drawthings.txt2img()
    desk.settle()
    assert desk.session.prompts.latest == ()
    assert (LONG, "blurry") in offered()
    (entry,) = (each for each in menu().all("operator") if each["operator"] == "drawthings.use_prompt")
    assert len(entry["text"]) < len(LONG)
    assert " …" in entry["text"], "cut between words"


def test_clearing_forgets_all_of_them_on_disk_too(pressed: Any, panel: Panel) -> None:
    bpy.ops.drawthings.txt2img()
    assert panel.prompt in pressed.path.read_text()
    bpy.ops.drawthings.clear_prompts()
    assert (pressed.latest, json.loads(pressed.path.read_text())) == ((), [])
    with pytest.raises(RuntimeError, match="No prompt is kept"):
        bpy.ops.drawthings.clear_prompts()


def test_who_cannot_clear_them_on_disk_is_told(pressed: Any, panel: Panel, desk: Desk) -> None:
    bpy.ops.drawthings.txt2img()
    desk.settle()
    pressed.path.unlink()
    pressed.path.mkdir()
    try:
        bpy.ops.drawthings.clear_prompts()
        desk.settle()
        assert [each.text for each in desk.session.notices] == ["The cleared prompts are still on disk."]
        assert desk.session.notices[0].advice, "why"
    finally:
        pressed.path.rmdir()


def test_the_tooltip_is_the_whole_prompt(extension: object) -> None:
    properties = bpy.context.window_manager.operator_properties_last("drawthings.use_prompt")
    properties.prompt, properties.negative_prompt = LONG + ".", "blurry"
    kind = next(each for each in bpy.types.Operator.__subclasses__() if each.__name__.endswith("_use_prompt"))
    assert (
        kind.description(bpy.context, properties) == f"{LONG}.\nNegative: blurry.\nWrite both into the panel"
    )


def test_nothing_is_read_from_disk_while_the_menu_is_drawn(
    pressed: Any, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    bpy.ops.drawthings.txt2img()
    from bl_ext.user_default.drawthings_addon.jobs import prompt_history

    monkeypatch.setattr(prompt_history, "_read", lambda _path: pytest.fail("it was read"))
    assert offered()
