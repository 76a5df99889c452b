# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is seen of a comparison, measured on photographs: colours, places, the line; nothing afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from desk import Desk

from local_server import StandIn
from window import BlenderWindow

_NAMES = """
import numpy as np

def photograph(path):
    image = bpy.data.images.load(path)
    found = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(found)
    found = found.reshape(image.size[1], image.size[0], -1)[::-1, :, :3]
    bpy.data.images.remove(image)
    return np.round(found * 255).astype(int)

def painted(name, color, edge=256):
    image = bpy.data.images.new(name, edge, edge)
    fill(image, color)
    image.pack()
    image.use_fake_user = True
    return image

def fill(image, color):
    image.pixels.foreach_set([*color, 1.0] * image.size[0] * image.size[1])
    image.update()

def box(shown, color):
    there = (abs(shown - color) <= 2).all(axis=2)
    rows, columns = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
    return [int(each) for each in (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)] if len(rows) else None

def left():
    lists = [getattr(bpy.app.handlers, name) for name in dir(bpy.app.handlers)]
    called = [each for found in lists if isinstance(found, list) for each in found]
    return [
        [each.__name__ for each in called if ".compare." in each.__module__],
        module("blender.compare.swap").is_held(),
        module("blender.compare.comparison")._handle is not None,
        module("blender.compare.overlay")._handle is not None,
        module("blender.actions.compare").is_comparing(),
    ]
"""
_NOTHING = [[], False, False, False, False]
_VIEW = """
space = area('VIEW_3D').spaces.active
space.overlay.show_overlays = space.show_gizmo = False
space.show_region_toolbar = space.show_region_ui = space.show_region_header = False
space.show_region_tool_header = False
region_3d = space.region_3d
"""
_FRAME = """
from bpy_extras.view3d_utils import location_3d_to_region_2d as seen
camera, here = bpy.context.scene.camera, region('VIEW_3D', 'WINDOW')
corners = [camera.matrix_world @ each for each in camera.data.view_frame(scene=bpy.context.scene)]
corners = [seen(here, region_3d, each) for each in corners]
height = bpy.context.window_manager.windows[0].height
across, up = [here.x + each.x for each in corners], [height - here.y - each.y for each in corners]
[min(across), min(up), max(across), max(up)]
"""
_PICTURES = """
old, new = painted("old", (1.0, 0.0, 0.0)), painted("new", (0.0, 1.0, 0.0))
module("blender.delivery.images").replace(old, new)
area('IMAGE_EDITOR').spaces.active.image = new
bpy.ops.ed.undo_push(message="Replaced")
"""
_IS_COMPARING = "module('blender.actions.compare').is_comparing()"
_MAGENTA, _RED, _GREEN = "(255, 0, 255)", "(255, 0, 0)", "(0, 255, 0)"

Box = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def window(blender_name: str, user: Path) -> Iterator[BlenderWindow]:
    """A small one: of each picture every pixel is looked at."""
    with BlenderWindow(blender_name, user=user, size=(720, 640)) as opened:
        yield opened
        opened.quit()
        assert not opened.crashed, opened.log
        assert opened.tracebacks == ""


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(engine="echo") as server:
        yield server


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.set(prompt="weathered copper", use_show=False, width=128, height=128)
    desk.window.run(_NAMES)
    return desk


def look(window: BlenderWindow, name: str = "now") -> None:
    """What the window shows, as `name` inside Blender: bytes, rows from the top."""
    path = window.photograph(window.folder / f"{name}.png")
    window.run(f"{name} = photograph({str(path)!r})")


def box(color: str, window: BlenderWindow) -> Box | None:
    """Left, top, right and bottom of what had this colour at the last look."""
    found: Box | None = window.run(f"box(now, {color})")
    return found


def boxes(window: BlenderWindow, *colors: str) -> list[Box | None]:
    look(window)
    return [box(color, window) for color in colors]


def shows(found: Box | None) -> bool:
    """More than the row of pixels of an edge that lies in the middle of them, which Blender draws or not."""
    return found is not None and found[2] - found[0] > 1 and found[3] - found[1] > 1


def at(window: BlenderWindow, x: int, y: int) -> list[int]:
    """The colour of a pixel at the last look."""
    found: list[int] = window.run(f"now[{y}, {x}].tolist()")
    return found


def near(found: Any, expected: Any, off: float = 1.0) -> bool:
    return found is not None and all(abs(a - b) <= off for a, b in zip(found, expected, strict=True))


def hold(window: BlenderWindow) -> None:
    window.hold("backslash")
    window.wait_until(_IS_COMPARING)


def let_go(window: BlenderWindow) -> None:
    window.let_go("backslash")
    window.wait_until(f"not {_IS_COMPARING}")


def restyle_view(desk: Desk) -> None:
    """The view comes back as it was sent, and is laid over it."""
    desk.window.run("with override('VIEW_3D'): bpy.ops.drawthings.img2img(source='VIEWPORT')")
    desk.wait_for_results(1)
    desk.window.run("picture = session().results[0].datablock()")
    desk.window.run("with override('VIEW_3D'): bpy.ops.drawthings.overlay()")


def test_a_restyled_view_lies_in_its_place_in_its_colours(desk: Desk) -> None:
    window = desk.window
    window.run(_VIEW)
    window.move(4, 4)
    restyle_view(desk)
    # Turned to its opposite, so that it is not taken for the view below: each pixel tells where it lies.
    window.run(
        "pixels = np.empty((picture.size[1], picture.size[0], 4), np.float32)\n"
        "picture.pixels.foreach_get(pixels.ravel()); pixels[..., :3] = 1.0 - pixels[..., :3]\n"
        "picture.pixels.foreach_set(pixels.ravel()); picture.update()"
    )
    look(window)
    part = window.rectangle('VIEW_3D')
    assert window.run("list(picture.size)") == [part.width, part.height]
    # But for what Blender draws at the edges, where regions are folded away.
    rows, columns = (
        (part.top + 40, part.top + part.height - 40),
        (part.left + 40, part.left + part.width - 40),
    )
    laid = f"now[{rows[0]}:{rows[1]}, {columns[0]}:{columns[1]}]"
    own = "np.round(pixels[::-1][40:-40, 40:-40, :3] * 255)"
    assert window.run(f"int(abs({laid} - {own}).max())") <= 2
    # Half of it and half of the view, as light.
    window.run("fill(picture, (1.0, 0.0, 1.0)); opacity = bpy.context.window_manager.drawthings")
    window.run("opacity.overlay_opacity = 0.5")
    x, y = part.left + 40, part.top + 40
    below = window.run("np.round((1 - pixels[::-1][40, 40, :3]) * 255).tolist()")
    expected = [
        255 * ((a / 255) ** 2.2 / 2 + (b / 255) ** 2.2 / 2) ** (1 / 2.2)
        for a, b in zip(below, (255, 0, 255), strict=True)
    ]
    look(window)
    assert near(at(window, x, y), expected, 2)
    window.run("opacity.overlay_opacity = 1.0; region_3d.view_rotation.rotate(region_3d.view_rotation)")
    # Seen from elsewhere it is nowhere.
    assert boxes(window, _MAGENTA) == [None]
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.view_of_result()")
    whole = (part.left, part.top, part.left + part.width, part.top + part.height)
    # But for the line that Blender draws around it.
    assert near(boxes(window, _MAGENTA)[0], whole, 2)
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.overlay()")
    assert boxes(window, _MAGENTA) == [None]
    assert window.run("left()") == _NOTHING


def test_through_the_camera_it_lies_in_the_frame(desk: Desk) -> None:
    window = desk.window
    window.run(_VIEW + "region_3d.view_perspective = 'CAMERA'; bpy.context.scene.camera.data.shift_x = 0.1")
    window.redraw()
    restyle_view(desk)
    window.run("fill(picture, (1.0, 0.0, 1.0))")
    for zoom, moved in ((-10.0, (0.05, -0.03)), (0.0, (0.0, 0.0))):
        window.run(f"region_3d.view_camera_zoom = {zoom}; region_3d.view_camera_offset = {moved}")
        window.redraw()
        frame: list[float] = window.run(_FRAME)
        assert near(boxes(window, _MAGENTA)[0], frame)
    # The view below it is what was before: the line is where the pointer is, and is as wide as its rim.
    x, y = round((frame[0] + frame[2]) / 2), round((frame[1] + frame[3]) / 2)
    window.move(x, y)
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.compare('INVOKE_DEFAULT')")
    window.move(x - 30, y)
    assert near(boxes(window, _MAGENTA)[0], (x - 30 + 2, *frame[1:]))
    window.key("Escape")
    hold(window)
    assert boxes(window, _MAGENTA) == [None]
    let_go(window)
    assert near(boxes(window, _MAGENTA)[0], frame)
    window.run("region_3d.view_perspective = 'PERSP'")
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.view_of_result()")
    assert window.run("region_3d.view_perspective") == 'CAMERA'
    window.run("bpy.context.scene.camera.location.x += 0.5")
    assert boxes(window, _MAGENTA) == [None]
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.overlay()")
    assert window.run("left()") == _NOTHING


def open_pictures(window: BlenderWindow) -> Box:
    """The Image Editor with a picture that took another's place, and where it is."""
    window.show_editor('IMAGE_EDITOR')
    window.run(_PICTURES)
    red, found = boxes(window, _RED, _GREEN)
    assert found is not None and red is None
    return found


def compare_images(window: BlenderWindow, x: int, y: int) -> None:
    window.move(x, y)
    window.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.compare('INVOKE_DEFAULT')")


def test_the_line_in_an_image_editor_is_at_the_pointer(desk: Desk) -> None:
    window = desk.window
    left, top, right, bottom = open_pictures(window)
    x, y = int(left + right) // 2, int(top + bottom) // 2
    compare_images(window, x, y)
    window.move(x - 35, y)
    red, green = boxes(window, _RED, _GREEN)
    assert near(red, (left, top, x - 35 - 1, bottom)) and near(green, (x - 35 + 2, top, right, bottom))
    assert at(window, x - 35, int(top) + 5) == [255, 255, 255]
    # Zoomed, it is still over the picture and at the pointer.
    window.run("with override('IMAGE_EDITOR'): bpy.ops.image.view_zoom_ratio(ratio=0.5)")
    window.move(x + 10, y)
    red, green = boxes(window, _RED, _GREEN)
    assert red is not None and green is not None
    assert abs((green[2] - red[0]) * 2 - (right - left)) <= 2 and abs(red[2] - (x + 10 - 1)) <= 1
    window.click(x, y)
    window.run("with override('IMAGE_EDITOR'): bpy.ops.image.view_zoom_ratio(ratio=1.0)")
    hold(window)
    red, green = boxes(window, _RED, _GREEN)
    assert near(red, (left, top, right, bottom)) and not shows(green)
    let_go(window)
    red, green = boxes(window, _RED, _GREEN)
    assert near(green, (left, top, right, bottom)) and red is None
    # Of what is no colour, too, the same numbers look the same.
    window.run(
        "old, new = (bpy.data.images.new(name, 64, 64, is_data=True) for name in ('rough', 'rougher'))\n"
        "module('blender.delivery.images').replace(old, new)\n"
        "fill(old, (0.25, 0.5, 0.75)); fill(new, (0.25, 0.5, 0.75))\n"
        "area('IMAGE_EDITOR').spaces.active.image = new"
    )
    look(window)
    after = at(window, x, y)
    hold(window)
    look(window)
    assert near(at(window, x, y), after) and after[0] > 120
    let_go(window)
    assert window.run("left()") == _NOTHING


def test_whatever_happens_meanwhile_nothing_stays(desk: Desk) -> None:
    window = desk.window
    left, top, right, bottom = open_pictures(window)
    x, y = int(left + right) // 2, int(top + bottom) // 2
    for happens in (
        "with override('IMAGE_EDITOR'): bpy.ops.drawthings.compare('INVOKE_DEFAULT')",
        "area('IMAGE_EDITOR').spaces.active.image = None",
        "bpy.ops.ed.undo()",
        "with override('IMAGE_EDITOR'): bpy.ops.screen.area_split(direction='HORIZONTAL', factor=0.8)",
        "area('IMAGE_EDITOR').type = 'VIEW_3D'",
        "import addon_utils; addon_utils.disable(package()); addon_utils.enable(package(), default_set=True)",
        "with override('IMAGE_EDITOR'): bpy.ops.screen.area_close()",
        "with override(): bpy.ops.wm.read_homefile(use_factory_startup=True)",
    ):
        if not window.run("any(each.type == 'IMAGE_EDITOR' for each in bpy.context.window.screen.areas)"):
            window.show_editor('IMAGE_EDITOR')
        window.run(
            "old, new = painted('old', (1, 0, 0), 16), painted('new', (0, 1, 0), 16)\n"
            "module('blender.delivery.images').replace(old, new)\n"
            "area('IMAGE_EDITOR').spaces.active.image = new\n"
            "bpy.ops.ed.undo_push(message='Replaced')"
        )
        compare_images(window, x, y)
        assert window.run(_IS_COMPARING), happens
        window.run(happens)
        window.move(x + 5, y)
        window.move(x + 9, y)
        # What is left of an editor that was split goes on.
        assert window.run(_IS_COMPARING) == ("split" in happens), happens
        window.key("Escape")
        assert window.run("left()") == _NOTHING, happens


def test_the_old_texture_is_seen_while_the_key_is_held(desk: Desk, tmp_path: Path) -> None:
    window = desk.window
    window.run(_VIEW)
    window.run("space.shading.color_type = 'TEXTURE'")
    for count, color in ((1, (1.0, 0.0, 0.0)), (2, (0.0, 1.0, 0.0))):
        desk.texture()
        desk.wait_for_results(count)
        window.run(f"fill(session().results[0].datablock(), {color})")
    x, y = window.rectangle('VIEW_3D').centre
    desk.point_at_view()

    def is_seen(color: str) -> bool:
        """Within a moment: a view draws a material anew once its texture is uploaded."""
        for _ in range(8):
            look(window)
            red, green, _blue = at(window, x, y)
            if (red - green if color == "red" else green - red) > 30:
                return True
        return False

    assert is_seen("green")
    hold(window)
    assert is_seen("red")
    # What is saved meanwhile is the new one, and so is what is seen from then on.
    path = str(tmp_path / "saved.blend")
    window.run(f"with override('VIEW_3D'): bpy.ops.wm.save_as_mainfile(filepath={path!r}, copy=True)")
    assert is_seen("green")
    let_go(window)
    hold(window)
    assert is_seen("red")
    # A click ends it and is a click.
    window.click(x, y)
    assert is_seen("green")
    let_go(window)
    hold(window)
    window.key("ctrl+z")
    let_go(window)
    assert window.run("left()") == _NOTHING
    assert window.run("texture_image('Cube')") == window.run("session().results[1].datablock().name")
