# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture becomes a usable texture, with the mouse: made, mended where a mask is painted on the mesh, made
to tile, given maps, saved, and all of it there when the file is opened again."""

from __future__ import annotations

from pathlib import Path

from desk import TAB, Desk

from window import BlenderWindow

EDGE = 256
_FEATHER = 8
#: Where the brush stands, at the end of a line of the sidebar.
_BRUSH = (0.83, 0.9)
#: Each is opened before it is first drawn, which is when a panel remembers whether it is.
_PANELS = ("DRAWTHINGS_PT_picture", "DRAWTHINGS_PT_seamless", "DRAWTHINGS_PT_image_maps")
_LOOK = """
import numpy as np

def pixels(name):
    image = bpy.data.images[name]
    found = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(found)
    return np.rint(found * 255).astype(np.int16).reshape(image.size[1], image.size[0], -1)

def near(mask, reach):
    # Pixels that are so near to one that is painted on, in a square.
    found = mask.copy()
    for axis in (0, 1):
        once = found.copy()
        for step in range(1, reach + 1):
            for sign in (-1, 1):
                moved = np.roll(once, sign * step, axis)
                found |= moved
    return found

def edge_steps(name):
    # How unlike the first and the last line of a picture are, against lines beside one another.
    found = pixels(name)[..., :3]
    return [
        float(np.abs(found.take(0, axis) - found.take(-1, axis)).mean())
        / max(float(np.percentile(np.abs(np.diff(found, axis=axis)).mean((1 - axis, 2)), 98)), 1.0)
        for axis in (0, 1)
    ]
"""


def scroll_to_end(window: BlenderWindow) -> None:
    """Of the Image Editor's sidebar."""
    part = window.show_sidebar('IMAGE_EDITOR', TAB)
    window.click(*part.centre, button=5, times=30)


def test_a_picture_becomes_a_usable_texture(desk: Desk, tmp_path: Path) -> None:
    window, server = desk.window, desk.server
    window.run(_LOOK)
    window.run(f"unfold_panels({_PANELS!r})")
    desk.set(prompt="worn flagstones", width=EDGE, height=EDGE, image_target='REPLACE', strength=1.0)
    window.show_sidebar('VIEW_3D', TAB)
    window.press_button('VIEW_3D', "drawthings.txt2img(")
    desk.wait_for_results(1)
    name = window.run("texture_image('Cube')")
    window.run(f"before = pixels({name!r})")

    window.press_button('VIEW_3D', "drawthings.paint_mask(", columns=_BRUSH)
    window.wait_until("bpy.context.mode == 'PAINT_TEXTURE'")
    across, down = window.rectangle('VIEW_3D').centre
    window.drag((across - 20, down - 10), (across + 25, down + 20))
    window.photograph(tmp_path / "painting.png")
    window.press_button('VIEW_3D', "drawthings.finish_mask(", columns=_BRUSH)
    window.wait_until("bpy.context.mode == 'OBJECT'")
    assert window.run("texture_image('Cube')") == name, "the canvas was put back"
    window.run("painted = pixels(bpy.context.scene.drawthings.inpaint.mask.name)[..., 0] > 0")
    assert 0.0 < window.run("float(painted.mean())") < 0.9

    desk.set(prompt="thick moss")
    window.press_button('VIEW_3D', "source='TEXTURE'")
    desk.wait_for_results(2)
    assert server.journal[-1].body["prompt"] == "thick moss"
    window.run(
        f"after = pixels({name!r})\nchanged = (before != after).any(-1)\nallowed = near(painted, {_FEATHER})"
    )
    assert window.run("bool(changed[painted].any())")
    assert not window.run("bool(changed[~allowed].any())"), "beyond the feather every byte is as it was"

    window.show_editor('IMAGE_EDITOR')
    window.run(f"area('IMAGE_EDITOR').spaces.active.image = bpy.data.images[{name!r}]")
    window.run(
        "chosen = bpy.context.scene.drawthings\n"
        "chosen.seamless.method, chosen.seamless.target = 'BLEND', 'REPLACE'\n"
        "chosen.maps.use_material = True"
    )
    scroll_to_end(window)
    window.press_button('IMAGE_EDITOR', "drawthings.make_seamless(")
    desk.wait_for_results(3)
    assert max(window.run(f"edge_steps({name!r})")) < 1.1
    window.press_button('IMAGE_EDITOR', "drawthings.make_maps(")
    desk.wait_for_results(4)
    found = "{image.drawthings.map: image.name for image in bpy.data.images if image.drawthings.map}"
    maps = window.run(found)
    assert {'HEIGHT', 'NORMAL'} <= set(maps)
    linked = (
        "[link.from_node.type for link in bpy.data.objects['Cube'].active_material.node_tree.links"
        " if link.to_socket.name == 'Normal']"
    )
    wired = window.run(linked)
    assert wired
    window.photograph(tmp_path / "maps.png")

    file = str(tmp_path / "usable.blend")
    window.run(f"with override(): bpy.ops.wm.save_as_mainfile(filepath={file!r})")
    kept = window.run(f"pixels({name!r}).tobytes().hex()[:4096]")
    window.run("with override(): bpy.ops.wm.read_homefile(use_factory_startup=True)")
    window.run(f"with override(): bpy.ops.wm.open_mainfile(filepath={file!r})")
    window.redraw()
    assert window.run("texture_image('Cube')") == name
    assert window.run(f"pixels({name!r}).tobytes().hex()[:4096]") == kept
    assert window.run(found) == maps
    assert window.run(linked) == wired
    assert window.run("float((pixels(bpy.context.scene.drawthings.inpaint.mask.name)[..., 0] > 0).mean())")
