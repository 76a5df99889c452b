# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures to choose from, with the mouse: a strip as it arrives, another in its place, a grid, its sheet."""

from __future__ import annotations

from pathlib import Path

from desk import TAB, Desk
from PIL import Image, ImageChops

from local_server import Faults
from window import BlenderWindow

#: Pixels from the sidebar's right edge to the middle of what stands last in a row: tabs and margins.
_LAST = 47
#: From its left edge to the middle of a small first one.
_FIRST = 32
#: From the button that opens the popover to its first action, where that opens above it, and below it.
_UP, _DOWN = -118, 203


def strip(window: BlenderWindow) -> list[bool]:
    """Of each picture of the newest set whether it is in its place, in their order."""
    found: list[bool] = window.run(
        "results = module('blender.actions.results')\n"
        "of = [each for each in session().results if each.set_id == session().results[0].set_id]\n"
        "[results.is_there(each) for each in sorted(of, key=lambda each: each.recipe.set.index)]"
    )
    return found


def is_above(before: Path, after: Path, y: int) -> bool:
    """Whether the popover of a button in this row has opened over what stands above it, and not below."""
    with Image.open(before) as one, Image.open(after) as two:
        changed = ImageChops.difference(one.convert("L"), two.convert("L"))
    return (
        changed.crop((80, y - 110, 230, y - 50)).point(lambda value: 255 * (value > 6)).getbbox() is not None
    )


def test_pictures_to_choose_from(desk: Desk, tmp_path: Path) -> None:
    window = desk.window
    sidebar = window.show_sidebar('VIEW_3D', TAB)
    desk.set(prompt="weathered copper", width=128, height=128, batch_count=4)
    # A strip arrives: the first is on the cube while the others are made.
    desk.server.faults = Faults(delay=4)
    window.press_button('VIEW_3D', "drawthings.txt2img(")
    window.wait_until("len(session().results) == 2", 60)
    window.photograph(tmp_path / "arriving.png", sidebar)
    first = window.run("texture_image('Cube')")
    assert strip(window) == [True, False]
    desk.server.faults = Faults()
    desk.wait_for_results(4)
    assert window.run("texture_image('Cube')") == first
    # The second is pressed, and Ctrl-Z brings the first back.
    window.press_button('VIEW_3D', "select_result(index=2")
    window.wait_until(f"texture_image('Cube') not in ('', {first!r})")
    assert strip(window) == [False, True, False, False]
    desk.point_at_view()
    window.key("ctrl+z")
    window.wait_until(f"texture_image('Cube') == {first!r}")
    # A grid, by its popover.
    _x, y = window.find_button('VIEW_3D', "batch_count")
    desk.point_at_view()
    before = window.photograph(tmp_path / "before.png", sidebar)
    window.click(sidebar.left + sidebar.width - _LAST, y)
    after = window.photograph(tmp_path / "popover.png", sidebar)
    way = _UP if is_above(before, after, y - sidebar.top) else _DOWN
    window.click(sidebar.left + sidebar.width // 2, y + way)
    # It stays open, for other values.
    window.key("Escape")
    desk.wait_for_results(7)
    members = window.run("[each.recipe.set.column for each in reversed(list(session().results)[:3])]")
    assert members == ["Guidance 3.0", "Guidance 4.5", "Guidance 6.0"]
    assert window.run("[each.target.kind for each in session().results][0]") == 'MATERIAL'
    # Its contact sheet, in an Image Editor that is open.
    window.run(
        "areas = bpy.context.window_manager.windows[0].screen.areas\n"
        "next(each for each in areas if each.type == 'OUTLINER').type = 'IMAGE_EDITOR'"
    )
    window.click(*sidebar.centre, button=5, times=12)
    x, y = window.find_button('VIEW_3D', "drawthings.throw_away(")
    window.click(x - 22, y)
    window.wait_until("any('contact-sheet' in each.name for each in bpy.data.images)")
    window.wait_until("'contact-sheet' in getattr(area('IMAGE_EDITOR').spaces.active.image, 'name', '')")
    (sheet,) = [each for each in desk.pictures() if "contact-sheet" in each.name]
    with Image.open(sheet) as picture:
        assert picture.width > picture.height
        assert picture.convert("L").getextrema()[1] > 200
    # Others like one of them.
    window.press_button('VIEW_3D', "drawthings.more_like_this(")
    desk.wait_for_results(11)
    assert strip(window).count(True) == 1
    # The rest is thrown away, and not gone.
    _x, y = window.find_button('VIEW_3D', "drawthings.more_like_this(")
    window.click(sidebar.left + _FIRST, y)
    window.wait_until("len(session().results) == 8")
    assert len([each for each in desk.pictures() if each.parent.name == "Deleted"]) == 0
    assert len(list(window.user.rglob("pictures/Deleted/*.png"))) == 3
