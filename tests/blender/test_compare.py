# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Before and after: what was before, what is changed while a key is held, and that nothing stays of it.

What is seen is measured in a window (tests/window/test_compare.py).
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import addon_utils
import bpy
import pytest
from blender_panels import PACKAGE

KEYS = ("Image", "3D View", "Node Editor")


@pytest.fixture
def swap(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon.blender.compare import swap

    return swap


@pytest.fixture
def comparison(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon.blender.compare import comparison

    return comparison


def selection() -> object:
    from bl_ext.user_default.drawthings_addon.blender.selection import Selection

    return Selection(bpy.context.scene, bpy.context.view_layer, bpy.data.objects["Cube"])


def picture(name: str) -> bpy.types.Image:
    image = bpy.data.images.new(name, 8, 8)
    image.pack()
    image.use_fake_user = True
    return image


def deliver_to_cube(image: bpy.types.Image) -> bpy.types.Node:
    """Bring an image to the cube's material, as a result is brought there; its image node."""
    from bl_ext.user_default.drawthings_addon.blender.delivery import deliver
    from bl_ext.user_default.drawthings_addon.blender.delivery.target import Reference, Target

    cube = bpy.data.objects["Cube"]
    deliver.apply_to_material(
        image, Target(kind='MATERIAL', object=Reference.to(cube), material=Reference.to(cube.active_material))
    )
    return cube_node()


def cube_node() -> bpy.types.Node:
    tree = bpy.data.objects["Cube"].active_material.node_tree
    return next(each for each in tree.nodes if each.type == 'TEX_IMAGE')


@pytest.fixture
def node(swap: ModuleType) -> bpy.types.Node:
    """The cube's image node, which shows “new” and showed “old” before."""
    deliver_to_cube(picture("old"))
    return deliver_to_cube(picture("new"))


def ours() -> list[str]:
    """All that is called when Blender draws, saves, undoes or loads, of the rooms that compare."""
    names = [name for name in dir(bpy.app.handlers) if isinstance(getattr(bpy.app.handlers, name), list)]
    found = [each for name in names for each in getattr(bpy.app.handlers, name)]
    return [each.__name__ for each in found if ".compare." in each.__module__]


# A material's old texture


def test_the_old_texture_is_shown_and_put_back(swap: ModuleType, node: bpy.types.Node) -> None:
    tree = node.id_data
    active = tree.nodes.active
    swap.hold(swap.textures(selection()))
    assert node.image.name == "old" and swap.is_held() and ours()
    swap.release()
    assert node.image.name == "new" and not swap.is_held() and ours() == []
    assert tree.nodes.active == active
    # Once more does nothing.
    swap.release()
    assert node.image.name == "new"


def test_where_nothing_was_the_first_texture_is_left_out(swap: ModuleType) -> None:
    node = deliver_to_cube(picture("first"))
    (found,) = swap.textures(selection())
    assert found.before is None
    swap.hold([found])
    assert node.mute and node.image.name == "first"
    swap.release()
    assert not node.mute


def test_what_else_fed_the_input_is_not_known(swap: ModuleType) -> None:
    from bl_ext.user_default.drawthings_addon.blender import compat

    material = bpy.data.objects["Cube"].active_material
    compat.ensure_material_nodes(material)
    tree = material.node_tree
    colour = tree.nodes.new('ShaderNodeRGB')
    shader = next(each for each in tree.nodes if each.type == 'BSDF_PRINCIPLED')
    tree.links.new(colour.outputs[0], shader.inputs["Base Color"])
    deliver_to_cube(picture("first"))
    assert swap.textures(selection()) == []
    assert swap.why_not(selection()) == swap.NOTHING_BEFORE


def test_of_a_replaced_image_the_replaced_one_is_shown(swap: ModuleType) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import images

    deliver_to_cube(picture("wall"))
    old, new = bpy.data.images["wall"], picture("better")
    images.replace(old, new)
    assert cube_node().image == new
    swap.hold(swap.textures(selection()))
    assert cube_node().image == old
    swap.release()
    assert cube_node().image == new


def test_inside_of_a_group_as_well(swap: ModuleType, node: bpy.types.Node) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import images

    group = bpy.data.node_groups.new("inside", 'ShaderNodeTree')
    inner = group.nodes.new('ShaderNodeTexImage')
    inner.image = picture("wall")
    outer = node.id_data.nodes.new('ShaderNodeGroup')
    outer.node_tree = group
    old = inner.image
    images.replace(old, picture("better"))
    swap.hold(swap.textures(selection()))
    assert inner.image == old and node.image.name == "old"
    swap.release()
    assert inner.image.name == "wall" and node.image.name == "new"


def test_a_file_that_is_saved_meanwhile_has_the_new_one(
    swap: ModuleType, node: bpy.types.Node, tmp_path: Path
) -> None:
    path = str(tmp_path / "saved.blend")
    swap.hold(swap.textures(selection()))
    bpy.ops.wm.save_as_mainfile(filepath=path, copy=True)
    assert not swap.is_held() and ours() == []
    assert node.image.name == "new"
    swap.hold(swap.textures(selection()))
    bpy.ops.wm.open_mainfile(filepath=path)
    assert not swap.is_held() and ours() == []
    assert cube_node().image.name == "new"


def test_undo_and_redo_meanwhile_find_the_new_one(swap: ModuleType, node: bpy.types.Node) -> None:
    bpy.ops.ed.undo_push(message="Before")
    bpy.data.objects["Cube"].location.x = 3.0
    bpy.ops.ed.undo_push(message="Moved")
    swap.hold(swap.textures(selection()))
    bpy.ops.ed.undo()
    assert not swap.is_held() and cube_node().image.name == "new"
    assert bpy.data.objects["Cube"].location.x == 0.0
    swap.hold(swap.textures(selection()))
    bpy.ops.ed.redo()
    assert not swap.is_held() and cube_node().image.name == "new"
    assert bpy.data.objects["Cube"].location.x == 3.0


def test_a_step_of_ours_meanwhile_keeps_the_new_one(swap: ModuleType, node: bpy.types.Node) -> None:
    from bl_ext.user_default.drawthings_addon.blender import undo

    bpy.ops.ed.undo_push(message="Before")
    swap.hold(swap.textures(selection()))
    undo.push("Draw Things: another")
    bpy.data.objects["Cube"].location.x = 3.0
    bpy.ops.ed.undo_push(message="Moved")
    bpy.ops.ed.undo()
    assert cube_node().image.name == "new"


def test_a_result_that_comes_meanwhile_takes_the_place_of_the_new_one(
    swap: ModuleType, node: bpy.types.Node
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import versions

    swap.hold(swap.textures(selection()))
    deliver_to_cube(picture("newest"))
    assert not swap.is_held()
    assert node.image.name == "newest" and versions.before(node.image).name == "new"
    swap.release()
    assert node.image.name == "newest"


@pytest.mark.parametrize("mode", ['OBJECT', 'EDIT', 'SCULPT', 'TEXTURE_PAINT'])
def test_it_is_put_back_after_a_change_of_mode(swap: ModuleType, node: bpy.types.Node, mode: str) -> None:
    cube = bpy.data.objects["Cube"]
    bpy.context.view_layer.objects.active = cube
    bpy.ops.object.mode_set(mode=mode)
    slot = cube.active_material.paint_active_slot
    swap.hold(swap.textures(selection()))
    assert cube_node().image.name == "old"
    bpy.ops.object.mode_set(mode='OBJECT')
    swap.release()
    assert cube_node().image.name == "new"
    assert cube.active_material.paint_active_slot == slot


def test_what_something_else_put_there_stays(swap: ModuleType, node: bpy.types.Node) -> None:
    swap.hold(swap.textures(selection()))
    node.image = picture("by hand")
    swap.release()
    assert node.image.name == "by hand"
    swap.hold([])
    assert not swap.is_held()


def test_a_node_or_an_image_that_is_gone_is_no_trouble(swap: ModuleType, node: bpy.types.Node) -> None:
    swap.hold(swap.textures(selection()))
    bpy.data.images.remove(bpy.data.images["new"])
    swap.release()
    assert not swap.is_held()
    node.image = None
    deliver_to_cube(picture("third"))
    swap.hold(swap.textures(selection()))
    node.id_data.nodes.remove(node)
    swap.release()
    assert not swap.is_held()


def test_disabling_puts_back(swap: ModuleType, node: bpy.types.Node) -> None:
    swap.hold(swap.textures(selection()))
    try:
        addon_utils.disable(PACKAGE)
        assert node.image.name == "new" and ours() == []
    finally:
        addon_utils.enable(PACKAGE, default_set=True)


# What was before a picture


@pytest.fixture
def before(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon.blender.compare import before

    return before


def test_before_a_picture_is_the_one_whose_place_it_took(before: ModuleType, node: bpy.types.Node) -> None:
    assert before.of(None) is None
    assert before.of(picture("alone")) is None
    assert before.of(bpy.data.images["new"]).image.name == "old"


def test_else_it_is_what_it_was_made_from(panel: bpy.types.PropertyGroup, before: ModuleType) -> None:
    source = picture("source")
    from bl_ext.user_default.drawthings_addon.blender.actions import from_panel

    panel.prompt = "copper"
    from_panel.img2img(selection(), 'IMAGE', 'IMAGE', source)
    from bl_ext.user_default.drawthings_addon.blender.session import session

    image = session.get().results[0].datablock()
    found = before.of(image)
    assert found.image.resolve() == source and found.file is None
    bpy.data.images.remove(source)
    assert before.of(image) is None


# The comparison in an editor


class Drawn:
    """A picture that nobody draws."""

    def texture(self) -> None:
        return None


def _begun(comparison: ModuleType, ended: list[str]) -> object:
    from bl_ext.user_default.drawthings_addon.blender.delivery.target import Reference

    return comparison.Comparison(
        1, Reference.to(picture("seen")), Drawn(), line=5.0, on_end=lambda: ended.append("ended")
    )


def test_nothing_is_called_before_and_after(comparison: ModuleType) -> None:
    ended: list[str] = []
    assert ours() == [] and comparison._handle is None
    comparison.begin(_begun(comparison, ended))
    assert ours() and comparison._handle is not None and comparison.running() is not None
    # Another takes its place.
    comparison.begin(_begun(comparison, ended))
    assert ended == ["ended"]
    comparison.end()
    comparison.end()
    assert ended == ["ended", "ended"]
    assert ours() == [] and comparison._handle is None and comparison.running() is None


def test_a_comparison_ends_with_its_file_and_with_the_extension(comparison: ModuleType) -> None:
    ended: list[str] = []
    comparison.begin(_begun(comparison, ended))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert comparison.running() is None and ours() == []
    comparison.begin(_begun(comparison, ended))
    try:
        addon_utils.disable(PACKAGE)
        assert ended == ["ended", "ended"] and ours() == []
    finally:
        addon_utils.enable(PACKAGE, default_set=True)


def test_an_editor_that_is_closed_is_noticed(comparison: ModuleType) -> None:
    comparison.begin(_begun(comparison, []))
    assert comparison.editor() is None and not comparison.is_valid()
    comparison.end()


@pytest.mark.parametrize("tile, expected", [(0, (10, 20, 110, 70)), (1012, (110, 70, 210, 120))])
def test_where_an_image_editor_shows_an_image(
    comparison: ModuleType, tile: int, expected: tuple[float, ...]
) -> None:
    """100 pixels for the image's width and 50 for its height, from (10, 20) on."""
    view = SimpleNamespace(region_to_view=lambda x, y: ((x - 10) / 100, (y - 20) / 50))
    found = comparison.image_rectangle(SimpleNamespace(width=300, height=200, view2d=view), tile)
    assert (found.left, found.bottom, found.right, found.top) == pytest.approx(expected, abs=0.02)


# The picture over the 3D View


def test_only_a_picture_of_the_scene_lies_over_the_view(extension: ModuleType) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import overlay
    from bl_ext.user_default.drawthings_addon.errors import SourceUnavailable

    image = picture("texture")
    assert overlay.why_not(image) == overlay.NO_VIEW
    with pytest.raises(SourceUnavailable):
        overlay.show(image)
    assert overlay._handle is None and ours() == []


def test_the_overlay_is_off_when_it_is_off(extension: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import overlay

    monkeypatch.setattr(overlay, "require_vantage", lambda _image: None)
    image, other = picture("one"), picture("other")
    overlay.show(image)
    handle = overlay._handle
    assert handle is not None and overlay.is_shown(image) and len(ours()) == 1
    overlay.show(other)
    assert overlay._handle is handle and overlay.shown() == other and len(ours()) == 1
    bpy.data.images.remove(other)
    assert overlay.shown() is None
    overlay.show(image)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert overlay._handle is None and ours() == [] and overlay.shown() is None
    overlay.hide()


# Keys


def events(kind: str, value: str = 'PRESS', **more: object) -> SimpleNamespace:
    return SimpleNamespace(**{"type": kind, "value": value, "alt": False, "mouse_x": 7, "mouse_y": 7, **more})


class Held:
    """An operator that waits, as far as it decides what an event does."""

    def __init__(self) -> None:
        self.ended: list[set[str]] = []

    def end(self, *result: str) -> set[str]:
        self.ended.append(set(result))
        return set(result)


@pytest.mark.parametrize(
    "key, event, result",
    [
        ("K", events("K", 'RELEASE'), {'FINISHED'}),
        ("K", events("K"), {'RUNNING_MODAL'}),
        ("K", events("MOUSEMOVE", 'NOTHING'), {'PASS_THROUGH'}),
        ("K", events("MIDDLEMOUSE"), {'PASS_THROUGH'}),
        ("K", events("WHEELUPMOUSE"), {'PASS_THROUGH'}),
        ("K", events("NUMPAD_0"), {'PASS_THROUGH'}),
        ("K", events("LEFTMOUSE"), {'FINISHED', 'PASS_THROUGH'}),
        ("K", events("Z"), {'FINISHED', 'PASS_THROUGH'}),
        ("K", events("Z", 'RELEASE'), {'PASS_THROUGH'}),
        ("K", events("ESC"), {'FINISHED'}),
        ("K", events("WINDOW_DEACTIVATE", 'NOTHING'), {'FINISHED', 'PASS_THROUGH'}),
        ("", events("LEFTMOUSE", 'RELEASE'), {'PASS_THROUGH'}),
        ("", events("LEFTMOUSE"), {'FINISHED'}),
        ("", events("TIMER", 'NOTHING'), {'PASS_THROUGH'}),
        ("", events("G"), {'FINISHED', 'PASS_THROUGH'}),
    ],
)
def test_what_ends_a_hold(extension: ModuleType, key: str, event: object, result: set[str]) -> None:
    from bl_ext.user_default.drawthings_addon.operators import compare

    held = Held()
    assert compare.DRAWTHINGS_OT_compare_hold.follow_hold(held, event, key) == result
    assert held.ended == ([result] if 'FINISHED' in result else [])


def key_maps() -> dict[str, list[tuple[str, dict[str, object]]]]:
    """Blender's own key maps with each of its choices: operators and the events that call them."""
    scripts = Path(bpy.utils.system_resource('SCRIPTS'))
    path = scripts / "presets" / "keyconfig" / "keymap_data" / "blender_default.py"
    specification = importlib.util.spec_from_file_location("blender_default", path)
    module = importlib.util.module_from_spec(specification)
    sys.modules["blender_default"] = module
    specification.loader.exec_module(module)
    found: dict[str, list[tuple[str, dict[str, object]]]] = {}
    for choice in ({}, {"select_mouse": 'RIGHT'}, {"spacebar_action": 'SEARCH'}, {"use_v3d_tab_menu": True}):
        for name, _of, content in module.generate_keymaps(module.Params(**choice)):
            found.setdefault(name, []).extend((item[0], item[1]) for item in content["items"])
    del sys.modules["blender_default"]
    return found


def test_the_key_is_free_in_every_mode(extension: ModuleType) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import keys

    found = key_maps()
    for name in ("3D View", "Object Mode", "Mesh", "Sculpt", "Image Paint", "Image", "Node Editor", "Window"):
        assert found[name], name
    assert [
        (name, item) for name, items in found.items() for item in items if item[1]["type"] == keys.KEY
    ] == []
    # That nothing is found means something.
    assert any(item[1]["type"] == 'TAB' for item in found["Object Non-modal"])


def added_keys() -> list[str]:
    maps = bpy.context.window_manager.keyconfigs.addon.keymaps
    return [
        keymap.name
        for keymap in maps
        for item in keymap.keymap_items
        if item.idname.startswith("drawthings.")
    ]


def test_the_keys_go_with_the_extension(extension: ModuleType) -> None:
    assert sorted(added_keys()) == sorted(KEYS)
    try:
        addon_utils.disable(PACKAGE)
        assert added_keys() == []
    finally:
        addon_utils.enable(PACKAGE, default_set=True)
    assert sorted(added_keys()) == sorted(KEYS)


# What the buttons mean


@pytest.fixture
def compare(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon.blender.actions import compare

    return compare


def in_editor(kind: str, **space: object) -> object:
    from dataclasses import replace

    return replace(selection(), editor=SimpleNamespace(type=kind, **space), area=None)


def test_without_an_editor_nothing_can_be_compared(compare: ModuleType) -> None:
    assert compare.way(selection()) == (None, compare.NO_EDITOR)
    assert compare.way(in_editor('CONSOLE')) == (None, compare.NO_EDITOR)
    assert not bpy.ops.drawthings.compare.poll()
    assert not bpy.ops.drawthings.compare_hold.poll()
    assert not bpy.ops.drawthings.overlay.poll()
    assert not bpy.ops.drawthings.view_of_result.poll()


def test_in_an_image_editor_it_is_the_picture_shown(compare: ModuleType, node: bpy.types.Node) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import before

    assert compare.way(in_editor('IMAGE_EDITOR', image=None))[1]
    assert compare.way(in_editor('IMAGE_EDITOR', image=bpy.data.images["old"])) == (
        None,
        before.NOTHING_BEFORE,
    )
    found = compare.way(in_editor('IMAGE_EDITOR', image=bpy.data.images["new"]), is_hold=True)
    assert found == (compare.Way.IMAGE, "")


def test_in_a_3d_view_the_view_is_what_was_before_where_it_is_seen(
    compare: ModuleType, node: bpy.types.Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bl_ext.user_default.drawthings_addon.blender.compare import overlay

    view = in_editor('VIEW_3D', region_3d=None)
    assert compare.way(view) == (compare.Way.MATERIAL, "")
    assert compare.way(view, "new") == (compare.Way.MATERIAL, "")
    laid = picture("laid")
    monkeypatch.setattr(overlay, "vantage", lambda image: "there" if image == laid else None)
    assert compare.way(view, "laid") == (None, overlay.ELSEWHERE)
    monkeypatch.setattr(overlay, "is_seen", lambda image, _region: image == laid)
    assert compare.way(view, "laid") == (compare.Way.VIEW, "")
    # The key is about what lies there already, else about the material.
    assert compare.way(view, "laid", is_hold=True) == (compare.Way.MATERIAL, "")
    monkeypatch.setattr(overlay, "is_shown", lambda image: image == laid)
    assert compare.way(view, "laid", is_hold=True) == (compare.Way.VIEW, "")


def test_of_a_result_it_is_the_place_that_it_was_brought_to(
    compare: ModuleType, swap: ModuleType, node: bpy.types.Node
) -> None:
    """Whatever is active."""
    from dataclasses import replace

    elsewhere = replace(in_editor('VIEW_3D', region_3d=None), active=bpy.data.objects["Camera"])
    assert compare.way(elsewhere)[0] is None
    assert compare.way(elsewhere, "new") == (compare.Way.MATERIAL, "")
    assert [each.node for each in swap.of_image(bpy.data.images["new"])] == [node]
    assert swap.of_image(bpy.data.images["old"]) == []
