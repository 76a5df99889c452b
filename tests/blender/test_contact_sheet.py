# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A labelled contact sheet in this Blender: its letters, what stays in the file, where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import bpy
import numpy as np
import pytest
from blender_snapshot import difference, snapshot

if TYPE_CHECKING:
    from types import ModuleType

    from local_server import StandIn

Panel = bpy.types.PropertyGroup


def lettering() -> Any:
    from bl_ext.user_default.drawthings_addon.blender import lettering as found

    return found


def sheets() -> list[bpy.types.Image]:
    return [image for image in bpy.data.images if "contact-sheet" in image.name]


@pytest.mark.parametrize(
    "text", ["Strength 0.40", "日本語の銅", "Медь, патина", "한국어", "ελληνικά"], ids=lambda text: text[:3]
)
def test_letters_of_any_script_have_a_shape_each(text: str) -> None:
    with lettering().letters() as letter:
        (line,) = letter(text, 100.0, 1)
        others = [letter(each, 100.0, 1)[0] for each in dict.fromkeys(text.replace(" ", ""))]
    assert line.width > len(text) * 0.2
    # The sign for a letter that a font lacks would be the same for all.
    assert len({each.triangles.tobytes() for each in others}) == len(others)


def test_lines_end_between_words_and_what_is_too_long_behind_an_ellipsis() -> None:
    with lettering().letters() as letter:
        (whole,) = letter("copper in the rain", 100.0, 2)
        lines = letter("copper in the rain", whole.width * 0.6, 2)
        cut = letter("copper " * 40, 6.0, 2)
        unspaced = letter("銅" * 40, 6.0, 2)
        (tiny,) = letter("銅" * 40, 0.1, 1)
        nothing = letter("", 6.0, 2)
        long = letter("x" * 100_000, 6.0, 2)
    assert len(lines) == 2
    assert all(each.width <= whole.width * 0.6 for each in lines)
    for each in (*cut, *unspaced, *long):
        assert each.width <= 6.0
    assert len(cut) == len(unspaced) == len(long) == 2
    # One letter, and the sign that there are more.
    assert len(tiny.triangles)
    assert nothing == ()


@pytest.mark.parametrize("has_text", [False, True])
def test_nothing_of_the_letters_stays(has_text: bool) -> None:
    if has_text:
        bpy.ops.object.text_add()
    before = snapshot()
    with lettering().letters() as letter:
        letter("銅 copper медь", 20.0, 2)
    assert difference(before, snapshot()) == {}
    with pytest.raises(ZeroDivisionError), lettering().letters() as letter:
        letter("copper", 1 / 0, 2)
    assert difference(before, snapshot()) == {}


def test_a_set_becomes_a_file_and_an_image(
    panel: Panel, stand_in: StandIn, session: ModuleType, output: Path
) -> None:
    panel.batch_count = 3
    bpy.ops.drawthings.txt2img(target='IMAGE')
    Path(session.get().results[1].key).unlink()
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.drawthings.contact_sheet() == {'FINISHED'}
    (image,) = sheets()
    path = Path(image.filepath_raw)
    assert path.parent == output
    assert path.is_file()
    assert image.packed_file is not None
    assert not image.drawthings.recipe
    assert len(session.get().results) == 3
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    assert width > height
    # Letters that are nearly white on the dark ground.
    assert ((pixels.reshape(-1, 4)[:, :3] > 0.8).all(axis=1)).sum() > 50
    assert not bpy.data.curves
    assert not bpy.data.fonts


def test_a_set_is_known_by_its_number_and_by_a_picture_of_it(
    panel: Panel, stand_in: StandIn, session: ModuleType
) -> None:
    bpy.ops.drawthings.variations(rows="steps", row_values="2, 3")
    made = session.get().results[1]
    bpy.ops.drawthings.txt2img(target='IMAGE')
    bpy.ops.drawthings.contact_sheet(result=made.key)
    bpy.ops.drawthings.contact_sheet(set=made.recipe.set.id)
    first, second = sheets()
    assert tuple(first.size) == tuple(second.size)
    assert first.size[1] > first.size[0]


def test_a_set_of_an_earlier_day_is_found_in_the_history(
    panel: Panel, stand_in: StandIn, session: ModuleType
) -> None:
    bpy.ops.drawthings.variations(rows="steps", row_values="2, 3")
    number = session.get().results[0].recipe.set.id
    session.get().results.clear()
    for image in bpy.data.images[:]:
        bpy.data.images.remove(image)
    bpy.ops.drawthings.contact_sheet(set=number)
    (image,) = sheets()
    assert image.size[1] > image.size[0]


def test_no_sheet_is_made_of_empty_places(
    panel: Panel, stand_in: StandIn, session: ModuleType, output: Path
) -> None:
    bpy.ops.drawthings.variations(rows="steps", row_values="2, 3")
    number = session.get().results[0].recipe.set.id
    session.get().results.clear()
    for path in output.iterdir():
        path.unlink()
    with pytest.raises(RuntimeError, match="No picture of this set is there"):
        bpy.ops.drawthings.contact_sheet(set=number)
    assert not sheets() and not list(output.iterdir())


def test_a_picture_that_was_made_alone_has_none(panel: Panel, stand_in: StandIn) -> None:
    with pytest.raises(RuntimeError, match="no result"):
        bpy.ops.drawthings.contact_sheet()
    bpy.ops.drawthings.txt2img(target='IMAGE')
    with pytest.raises(RuntimeError, match="made alone"):
        bpy.ops.drawthings.contact_sheet()
    with pytest.raises(RuntimeError, match="no pictures of this set"):
        bpy.ops.drawthings.contact_sheet(set="f" * 32)
    assert not sheets()
