# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A place has versions: what was there first, and every picture that came. One of them is there now, and the
panel always says which."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
import pytest
from blender_editors import shader_editor
from blender_pictures import noise, packed, textured
from blender_results import newest
from blender_trees import (
    add_group_node,
    add_image_node,
    add_node,
    make_group,
    make_material,
    principled_of,
    select_only,
    wiring,
)

Panel = bpy.types.PropertyGroup


def versions() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.delivery import versions as found

    return found


def results() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.actions import results as found

    return found


# What a press changes, and all that of the file that it may not change for good


def truth() -> dict[str, Any]:
    """The file as renders see it: trees, what image nodes show, and slots. By names, and by the seeds of
    pictures, which nothing renames."""
    found: dict[str, Any] = {}
    owners = [
        (each.name, each.node_tree) for each in bpy.data.materials if _is_shown(each) and _has_nodes(each)
    ]
    owners += [(each.name, each) for each in bpy.data.node_groups]
    for name, tree in owners:
        found[f"nodes {name}"] = {node.name for node in tree.nodes}
        found[f"links {name}"] = wiring(tree)
        found[f"active {name}"] = tree.nodes.active.name if tree.nodes.active else ""
        for node in tree.nodes:
            if node.type == 'TEX_IMAGE':
                found[f"image {name} {node.name}"] = mark(node.image), node.projection
    for owner in bpy.data.objects:
        found[f"slots {owner.name}"] = [
            each.material.name if each.material else None for each in owner.material_slots
        ]
    if bpy.app.version < (5, 0, 0):
        found["nodes used"] = {each.name: each.use_nodes for each in bpy.data.materials if _is_shown(each)}
    found["wall"] = mark(bpy.data.images.get("wall"))
    return found


def _is_shown(material: bpy.types.Material) -> bool:
    return material.users > material.use_fake_user


def _has_nodes(material: bpy.types.Material) -> bool:
    return bpy.app.version >= (5, 0, 0) or material.use_nodes


def mark(image: bpy.types.Image | None) -> str:
    if image is None:
        return ""
    return f"seed {image.drawthings.seed}" if image.drawthings.recipe else image.get("mark", image.name)


Press = Callable[[], None]


def into_material() -> None:
    bpy.ops.drawthings.txt2img(target='MATERIAL')


def replace_texture() -> None:
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')


def restyle_texture() -> None:
    bpy.ops.drawthings.img2img(source='TEXTURE', target='MATERIAL')


def wall() -> bpy.types.Image:
    image = packed("wall", noise(64, 64))
    image["mark"] = "wall"
    return image


def _no_material(panel: Panel) -> Press:
    bpy.context.object.data.materials.clear()
    return into_material


def _empty_slot(panel: Panel) -> Press:
    bpy.context.object.active_material = None
    return into_material


def _new_material(panel: Panel) -> Press:
    textured(wall())
    panel.use_new_material = True
    return into_material


def _bare_material(panel: Panel) -> Press:
    make_material()
    return into_material


def _image_node(panel: Panel) -> Press:
    material = textured(wall())
    material.node_tree.nodes.active = principled_of(material.node_tree)
    return into_material


def _empty_image_node(panel: Panel) -> Press:
    material = textured(wall())
    bpy.data.images.remove(material.node_tree.nodes["Image Texture"].image)
    return into_material


def _noise(panel: Panel) -> Press:
    tree = make_material().node_tree
    ramp = add_node(tree, 'ShaderNodeTexNoise')
    tree.links.new(ramp.outputs["Color"], principled_of(tree).inputs["Base Color"])
    tree.nodes.active = ramp
    return into_material


def _normal(panel: Panel) -> Press:
    make_material()
    panel.socket = 'Normal'
    return into_material


def _bump(panel: Panel) -> Press:
    tree = make_material().node_tree
    bump = add_node(tree, 'ShaderNodeBump')
    tree.links.new(bump.outputs["Normal"], principled_of(tree).inputs["Normal"])
    panel.socket = 'Normal'
    return into_material


def _in_group(panel: Panel) -> Press:
    tree = make_material().node_tree
    group, _begin, end = make_group("Group")
    node = add_image_node(group, "Inner")
    node.image["mark"] = "inner"
    group.links.new(node.outputs["Color"], end.inputs["Color"])
    outer = add_group_node(tree, group)
    tree.links.new(outer.outputs["Color"], principled_of(tree).inputs["Base Color"])
    return into_material


def _selected_in_group(panel: Panel) -> Press:
    """An image node of an open node group."""
    _in_group(panel)
    tree = bpy.data.materials["Wall"].node_tree
    outer = next(node for node in tree.nodes if node.type == 'GROUP')
    select_only(outer.node_tree, outer.node_tree.nodes["Inner"])

    def press() -> None:
        with shader_editor(tree, outer):
            bpy.ops.drawthings.txt2img(target='MATERIAL')
        # In background there is none under an editor's context.
        remember()

    return press


def _several_objects(panel: Panel) -> Press:
    first = bpy.context.object
    first.data.materials.clear()
    for number in range(2):
        mesh = first.data.copy()
        other = bpy.data.objects.new(f"Other {number}", mesh)
        bpy.context.collection.objects.link(other)
        other.select_set(True)
    bpy.data.objects["Other 1"].data.materials.append(bpy.data.materials.new("Kept"))
    first.select_set(True)
    panel.texture_objects = 'SELECTED'
    return into_material


def _shared_mesh(panel: Panel) -> Press:
    first = bpy.context.object
    first.data.materials.clear()
    other = bpy.data.objects.new("Other", first.data)
    bpy.context.collection.objects.link(other)
    other.select_set(True)
    panel.texture_objects = 'SELECTED'
    return into_material


def _box(panel: Panel) -> Press:
    make_material()
    mesh = bpy.context.object.data
    mesh.uv_layers.remove(mesh.uv_layers[0])
    panel.mapping = 'BOX'
    return into_material


def _box_on_image_node(panel: Panel) -> Press:
    textured(wall())
    mesh = bpy.context.object.data
    mesh.uv_layers.remove(mesh.uv_layers[0])
    panel.mapping = 'BOX'
    return into_material


def _restyled(panel: Panel) -> Press:
    textured(wall())
    return restyle_texture


def _replaced(panel: Panel) -> Press:
    textured(wall())
    return replace_texture


def _batch(panel: Panel) -> Press:
    textured(wall())
    panel.batch_count = 2
    return into_material


CASES = [
    _no_material, _empty_slot, _new_material, _bare_material, _image_node, _empty_image_node, _noise, _normal,
    _bump, _in_group, _selected_in_group, _several_objects, _shared_mesh, _box, _box_on_image_node, _restyled,
    _replaced, _batch,
]  # fmt: skip
IN_MODES = [_no_material, _bare_material, _image_node, _several_objects, _replaced]
CASES_AND_MODES = [(case, 'OBJECT') for case in CASES]
CASES_AND_MODES += [(case, mode) for case in IN_MODES for mode in ('EDIT', 'TEXTURE_PAINT')]


def remember(message: str = "before") -> None:
    bpy.ops.ed.undo_push(message=message)


def reload(folder: Path) -> None:
    path = folder / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))


def image_of(seed: int) -> bpy.types.Image:
    """The picture with this seed, whatever it is called by now."""
    found = [each for each in bpy.data.images if each.drawthings.recipe and each.drawthings.seed == seed]
    assert len(found) == 1
    return found[0]


def says(seed: int) -> bool:
    """What the panel says of a picture: whether it is there."""
    return bool(versions().where(image_of(seed)))


@pytest.mark.parametrize(
    ("case", "mode"), CASES_AND_MODES, ids=[f"{case.__name__[1:]}-{mode}" for case, mode in CASES_AND_MODES]
)
def test_put_back_and_choose(case: Callable[[Panel], Press], mode: str, panel: Panel, tmp_path: Path) -> None:
    press = case(panel)
    if mode != 'OBJECT':
        bpy.ops.object.mode_set(mode=mode)
    remember()
    begun = truth()
    press()
    first = came()
    one = truth()
    press()
    second = came()
    two = truth()
    count = len(bpy.data.images)
    assert one != begun and two != one and says(second) and not says(first)

    if case is not _batch:
        bpy.ops.drawthings.put_back()
        assert truth() == one and says(first) and not says(second)
        bpy.ops.ed.undo()
        assert truth() == two and says(second) and not says(first)
        bpy.ops.ed.redo()
        assert truth() == one and says(first) and not says(second)
        bpy.ops.drawthings.put_back(image=image_of(first).name)
        assert truth() == begun and not says(first) and not says(second)
        bpy.ops.ed.undo()
        assert truth() == one
        bpy.ops.ed.redo()
        assert truth() == begun
        # The selected result is there again by a click.
        select(second)
        assert truth() == two and says(second)
        bpy.ops.ed.undo()
        assert truth() == begun and not says(second)
        bpy.ops.ed.redo()
        assert truth() == two and says(second)
        select(first)
        assert truth() == one and says(first)
        bpy.ops.ed.undo()
        assert truth() == two and says(second)
        bpy.ops.ed.redo()
        assert truth() == one and says(first)
        select(second)
        assert len(bpy.data.images) == count

    if mode != 'OBJECT':
        bpy.ops.object.mode_set(mode='OBJECT')
    reload(tmp_path)
    assert len([each for each in bpy.data.images if each.drawthings.recipe]) == (4 if case is _batch else 2)
    assert truth() == two and says(second)
    while any(says(each.drawthings.seed) for each in bpy.data.images if each.drawthings.recipe):
        there = next(
            each for each in bpy.data.images if each.drawthings.recipe and says(each.drawthings.seed)
        )
        bpy.ops.drawthings.put_back(image=there.name)
    assert truth() == begun
    reload(tmp_path)
    assert truth() == begun and not says(first) and not says(second)
    bpy.ops.drawthings.restore_version(image=image_of(second).name)
    assert truth() == two and says(second)
    reload(tmp_path)
    assert truth() == two and says(second)


def came() -> int:
    """The seed of the picture that the last press brought to its place: of several the first."""
    return next(seed for each in results_now() if says(seed := each.datablock().drawthings.seed))


def select(seed: int) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    result = next(
        each
        for each in session.get().results
        if each.recipe.request.sampling.seed & 0xFFFFFFFF == seed % (1 << 32)
    )
    bpy.ops.drawthings.select_result(result=result.key)


@pytest.mark.parametrize(
    "case", [each for each in CASES if each is not _batch], ids=lambda each: each.__name__[1:]
)
def test_several_pictures_of_one_press_are_put_back_to_before_it(
    case: Callable[[Panel], Press], panel: Panel, tmp_path: Path
) -> None:
    """Each by itself, whichever of them is chosen."""
    press = case(panel)
    remember()
    begun = truth()
    press()
    first = newest().drawthings.seed
    one = truth()
    panel.batch_count = 3
    press()
    assert says(results_now()[2].datablock().drawthings.seed) and not says(first)
    bpy.ops.drawthings.put_back()
    assert truth() == one and says(first)
    for index in (1, 2, 0):
        seed = results_now()[index].datablock().drawthings.seed
        select(seed)
        assert says(seed) and not says(first)
        bpy.ops.drawthings.put_back()
        assert truth() == one and says(first)
    select(seed)
    reload(tmp_path)
    bpy.ops.drawthings.put_back(image=image_of(seed).name)
    assert truth() == one and says(first)
    bpy.ops.drawthings.put_back(image=image_of(first).name)
    assert truth() == begun


def test_several_pictures_of_one_press_when_what_was_there_is_gone(panel: Panel) -> None:
    """Neither of the others comes in its place."""
    make_material()
    begun = truth()
    into_material()
    panel.batch_count = 2
    first = newest()
    into_material()
    bpy.data.images.remove(first)
    bpy.ops.drawthings.put_back()
    assert truth() == begun


def test_one_result_after_the_other_applied_by_hand(panel: Panel) -> None:
    """Each is what was there before the next, also of one press."""
    make_material()
    panel.batch_count = 2
    bpy.ops.drawthings.txt2img(target='IMAGE')
    second, first = (each.datablock() for each in results_now())
    begun = truth()
    for each in results_now()[1], results_now()[0]:
        bpy.ops.drawthings.apply_result(result=each.key)
    assert versions().before(second) == first
    bpy.ops.drawthings.put_back(image=second.name)
    assert versions().where(first)
    bpy.ops.drawthings.put_back(image=first.name)
    assert truth() == begun


def results_now() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session.get().results
