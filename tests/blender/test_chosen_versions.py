# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A result of the same object is chosen, or put back, after pictures have come to it in different ways."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import bpy
import pytest
from blender_pictures import noise, packed, textured, tiled, tiles_of
from blender_results import newest
from blender_trees import make_material, principled_of

Panel = bpy.types.PropertyGroup


def versions() -> Any:
    from bl_ext.user_default.drawthings_addon.blender.delivery import versions as found

    return found


def press() -> bpy.types.Image:
    bpy.ops.drawthings.txt2img(target='MATERIAL')
    return newest()


def replace() -> bpy.types.Image:
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    return newest()


def choose(index: int) -> None:
    """0 is the newest."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    bpy.ops.drawthings.select_result(result=session.get().results[index].key)


def seen(socket: str = "Base Color") -> bpy.types.Image | None:
    """What the material of before shows."""
    links = principled_of(bpy.data.materials["Wall"].node_tree).inputs[socket].links
    return links[0].from_node.image if links else None


def test_a_texture_replaced_and_then_another(panel: Panel) -> None:
    """What took the place of a texture was not brought to the material itself, and counts there all the
    same."""
    make_material()
    first, second, third = press(), replace(), press()
    (place,) = (each for each in versions().places(third) if each.is_texture)
    assert place.versions == (first, second, third)
    choose(1)
    assert seen() == second
    bpy.ops.ed.undo()
    assert seen() == newest()
    bpy.ops.ed.redo()
    choose(0)
    assert seen() == newest()
    bpy.ops.drawthings.put_back()
    assert seen() == image_of(1) and versions().where(image_of(1))
    bpy.ops.drawthings.put_back(image=image_of(1).name)
    assert seen() == image_of(2)
    choose(0)
    choose(2)
    assert seen() == image_of(2) and versions().where(image_of(2))
    bpy.ops.drawthings.put_back(image=image_of(2).name)
    assert seen() is None


def test_what_was_replaced_comes_back_to_one_material(panel: Panel) -> None:
    """Two materials share an image. It is replaced in both, then one gets a texture, and all is put back in
    another order."""
    wall = packed("wall", noise(64, 64))
    other = textured(wall).copy()
    other.use_fake_user = True
    replaced, texture = replace(), press()
    bpy.ops.drawthings.put_back(image=replaced.name)
    assert other.node_tree.nodes["Image Texture"].image == wall and seen() == texture
    bpy.ops.drawthings.put_back(image=texture.name)
    assert seen() == replaced, "what was there before it"
    assert versions().where(replaced) == "Cube · Base Color"
    bpy.ops.drawthings.put_back(image=replaced.name)
    assert seen() == wall and not versions().where(replaced)
    assert wall.name == "wall"


def test_make_again_after_all_was_taken_back(panel: Panel, tmp_path: Path) -> None:
    owner = bpy.context.object
    for is_made in (False, True):
        if is_made:
            owner.data.materials.clear()
        else:
            make_material()
        first, second = press(), press()
        for each in (second, first):
            bpy.ops.drawthings.put_back(image=each.name)
        bpy.ops.drawthings.again(image=second.name)
        assert versions().where(newest()) == "Cube · Base Color"
        assert owner.active_material is not None
        bpy.ops.drawthings.put_back()
        assert is_made or seen() is None
        assert not (is_made and owner.material_slots)
    name, path = newest().name, tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    bpy.ops.drawthings.again(image=name)
    assert versions().where(newest()) == "Cube · Base Color"


def test_what_was_appended_twice(panel: Panel, tmp_path: Path) -> None:
    """It bears its ids twice, and each of the two is put back for itself."""
    textured(packed("wall", noise(64, 64)))
    replace()
    path = tmp_path / "jar.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    nodes = []
    for _ in range(2):
        with bpy.data.libraries.load(str(path)) as (_there, here):
            here.objects = ["Cube"]
        bpy.context.collection.objects.link(here.objects[0])
        nodes.append(here.objects[0].active_material.node_tree.nodes["Image Texture"])
    first, second = (each.image for each in nodes)
    assert first != second
    bpy.ops.drawthings.put_back(image=first.name)
    assert not nodes[0].image.drawthings.recipe and nodes[1].image == second
    assert versions().where(second) and not versions().where(first)
    assert len(versions().all_places()) == 2
    bpy.ops.drawthings.put_back(image=second.name)
    assert not nodes[1].image.drawthings.recipe and nodes[1].image != nodes[0].image


# Not in the file any more, or not where it was


def told_by(index: int) -> str:
    """What a click on a result tells; 0 is the newest."""
    from bl_ext.user_default.drawthings_addon.blender.actions import results
    from bl_ext.user_default.drawthings_addon.blender.selection import Selection

    return str(results.choose(Selection.of(bpy.context), index))


def remove(image: bpy.types.Image) -> None:
    bpy.data.batch_remove([image])


def test_a_removed_image_is_read_again_and_put_where_it_was(panel: Panel) -> None:
    make_material()
    panel.socket = 'Roughness'
    press()
    bpy.ops.drawthings.apply_result(socket='Metallic')
    panel.socket = 'Base Color'
    press()
    is_there = {"Roughness": 1, "Metallic": 1, "Base Color": 0}
    assert {each for each in is_there if seen(each) == image_of(is_there[each])} == set(is_there)
    for index in (0, 1):
        remove(image_of(index))
        bpy.ops.ed.undo_push(message="removed")
    choose(0)
    assert seen() == newest() and seen("Roughness") is None
    count = len(bpy.data.images)
    choose(1)
    assert seen("Roughness") == seen("Metallic") == image_of(1)
    assert image_of(1).colorspace_settings.is_data
    assert image_of(1).drawthings.recipe and image_of(1).packed_file is not None
    choose(1)
    assert len(bpy.data.images) == count + 1
    bpy.ops.drawthings.put_back(image=image_of(1).name)
    assert seen("Roughness") is None and seen("Metallic") is None
    bpy.ops.ed.undo()
    assert seen("Roughness") == image_of(1) == seen("Metallic")


def test_old_versions_that_were_removed_come_back_by_a_click(panel: Panel, tmp_path: Path) -> None:
    make_material()
    press()
    press()
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.drawthings.remove_versions(all=True)
    assert image_of(1) is None
    choose(1)
    assert seen() == image_of(1) != newest()
    bpy.ops.drawthings.put_back(image=image_of(1).name)
    assert seen() is None
    choose(0)
    assert seen() == newest()


def test_removed_versions_leave_nothing_that_names_them(panel: Panel) -> None:
    """Blender 5.0 crashes, once one of them is freed, where it has cleared such a pointer by itself."""
    textured(packed("wall", noise(64, 64)))
    for _time in range(4):
        replace()
    bpy.context.view_layer.update()
    bpy.ops.drawthings.remove_versions(all=True)
    bpy.context.view_layer.update()
    now = seen()
    assert now == image_of(0) and now.drawthings.replaces is None
    replace()
    bpy.context.view_layer.update()
    bpy.ops.drawthings.remove_versions(all=True)
    bpy.context.view_layer.update()
    assert seen() == image_of(0) != now and seen().drawthings.replaces is None


@pytest.mark.skipif(
    bpy.app.version[:2] == (5, 0),
    reason="5.0 crashes by itself at an update of the view layer when an image is gone that another names",
)
def test_a_removed_image_that_had_replaced_another(panel: Panel, tmp_path: Path) -> None:
    wall = packed("wall", noise(64, 64))
    textured(wall)
    replace()
    third = replace()
    remove(image_of(1))
    choose(1)
    assert seen() == image_of(1) and image_of(1).name == "wall"
    choose(0)
    assert seen() == third
    bpy.ops.drawthings.put_back()
    assert seen() == image_of(1)
    # What had replaced it was removed, and its node shows nothing.
    third = image_of(0)
    choose(0)
    remove(third)
    for each in image_of(1), wall:
        assert each.drawthings.is_replaced
    assert "not used any more" in told_by(0) and image_of(0) is None


def test_a_removed_tile(panel: Panel, tmp_path: Path) -> None:
    wall = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    textured(wall)
    wall.tiles.active_index = 1
    replace()
    bpy.ops.drawthings.put_back()
    pixels = tiles_of(newest())
    remove(newest())
    assert seen() == wall
    choose(0)
    found = seen()
    assert found is not None and found == newest() != wall and found.source == 'TILED'
    assert all((tiles_of(found)[number] == each).all() for number, each in pixels.items())


def test_a_press_that_was_undone_is_there_again_by_a_click(panel: Panel) -> None:
    for begin in (make_material, lambda: textured(packed("wall", noise(64, 64)))):
        begin()
        bpy.ops.ed.undo_push(message="begun")
        before = seen()
        for press_it in (press, replace) if before is not None else (press,):
            press_it()
            bpy.ops.ed.undo()
            assert image_of(0) is None and not seen_ours()
            choose(0)
            assert seen() == newest()
            bpy.ops.drawthings.put_back()
            assert not seen_ours()
            bpy.ops.ed.undo()
            assert seen() == newest()
            bpy.ops.drawthings.put_back()
        bpy.data.materials.remove(bpy.data.materials["Wall"])


def seen_ours() -> bool:
    found = seen()
    return found is not None and bool(found.drawthings.recipe)


def test_what_cannot_come_back_is_told(panel: Panel, tmp_path: Path) -> None:
    make_material()
    press()
    path = Path(result(0).key)
    remove(newest())
    moved = path.rename(tmp_path / "moved.png")
    assert "is gone" in told_by(0) and image_of(0) is None
    moved.rename(path)
    assert told_by(0) == "" and seen() == newest()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    assert "is not in this file" in told_by(0)
    bpy.context.scene.drawthings.prompt = "weathered copper"
    bpy.ops.drawthings.txt2img(target='IMAGE')
    remove(newest())
    assert told_by(0) == "" and image_of(0) is None, "it was nowhere"


def test_an_image_of_its_own_is_not_read_again_and_again(panel: Panel) -> None:
    """Of one that came to another file the datablock is known once it is read."""
    from bl_ext.user_default.drawthings_addon.blender.actions import results
    from bl_ext.user_default.drawthings_addon.blender.session import session

    press()
    current = session.get().results
    current[0] = dataclasses.replace(current[0], image=None)
    remove(bpy.data.images[Path(result(0).key).stem])
    assert results.datablock(current[0]) == results.datablock(current[0])


def test_why_a_click_puts_it_nowhere_is_told(panel: Panel) -> None:
    make_material()
    owner, picture = bpy.context.object, press()
    assert told_by(0) == "", "it is there"
    owner.active_material = bpy.data.materials.new("New")
    assert f"“{picture.name}” is in the material “Wall”, which “Cube” does not have any more" in told_by(0)
    assert "Apply gives it to the one that it has now" in told_by(0)
    owner.active_material = bpy.data.materials["Wall"]
    brick = principled_of(owner.active_material.node_tree).inputs["Base Color"].links[0].from_node
    brick.image = packed("brick", noise(8, 8))
    assert "Base Color shows “brick”, which was put there by hand. Restore in Versions" in told_by(0)
    bpy.data.materials.remove(bpy.data.materials["Wall"])
    assert "is gone" in told_by(0)
    # The operator reports it, and raises nothing.
    assert bpy.ops.drawthings.select_result(result=result(0).key) == {'FINISHED'}


def test_put_into_a_material_that_the_object_does_not_have_any_more(panel: Panel) -> None:
    """It takes the other one's place there, which nobody sees."""
    make_material()
    owner, first = bpy.context.object, press()
    press()
    owner.active_material = bpy.data.materials.new("New")
    told = told_by(1)
    assert seen() == first and "which “Cube” does not have any more" in told


def test_another_material_where_one_was_made(panel: Panel) -> None:
    owner = bpy.context.object
    owner.data.materials.clear()
    press()
    owner.active_material = bpy.data.materials.new("New")
    assert "was changed by hand since. Restore in Versions" in told_by(0)
    assert owner.active_material.name == "New"
    bpy.ops.drawthings.restore_version(image=newest().name)
    assert owner.active_material.name != "New"
    assert told_by(0) == ""


def test_slots_in_another_order_when_it_was_put_back(panel: Panel) -> None:
    """It comes into the slot from which it went."""
    owner = bpy.context.object
    for before in (bpy.data.materials.new("Before"), None):
        owner.data.materials.clear()
        for each in (before, bpy.data.materials.new("Other")):
            owner.data.materials.append(each)
        owner.active_material_index = 0
        panel.use_new_material = True
        press()
        made = owner.material_slots[0].material
        owner.active_material_index = 0
        bpy.ops.object.material_slot_move(direction='DOWN')
        bpy.ops.drawthings.put_back()
        slots = [each.material for each in owner.material_slots]
        assert slots == [bpy.data.materials[slots[0].name], before] and slots[0].name.startswith("Other")
        choose(0)
        assert [each.material for each in owner.material_slots] == [slots[0], made]


def test_what_came_from_another_file_says_so(panel: Panel, tmp_path: Path) -> None:
    make_material()
    press()
    path, here = tmp_path / "jar.blend", tmp_path / "here.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    for is_linked in (False, True):
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        with bpy.data.libraries.load(str(path), link=is_linked) as (_there, found):
            found.objects = ["Cube"]
        bpy.context.collection.objects.link(found.objects[0])
        says = "is linked from “jar.blend”" if is_linked else "was appended from another file"
        for _ in range(2):
            (image,) = (each for each in bpy.data.images if each.drawthings.recipe)
            assert not versions().where(image) and not versions().places(image)
            assert says in versions().why_not_put_back(image)
            with pytest.raises(RuntimeError, match=says):
                bpy.ops.drawthings.put_back(image=image.name)
            with pytest.raises(RuntimeError, match=says):
                bpy.ops.drawthings.restore_version(image=image.name)
            bpy.ops.wm.save_as_mainfile(filepath=str(here))
            bpy.ops.wm.open_mainfile(filepath=str(here))
    # What is made here of it is put back as ever.
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with bpy.data.libraries.load(str(path)) as (_there, found):
        found.objects = ["Cube"]
    owner = found.objects[0]
    bpy.context.collection.objects.link(owner)
    activate(owner)
    bpy.context.scene.drawthings.prompt = "moss"
    first = worn(owner)
    assert first is not None and press() == worn(owner) != first
    bpy.ops.drawthings.put_back()
    assert worn(owner) == first


def result(index: int) -> Any:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session.get().results[index]


# On several objects, or in several inputs


def another(name: str = "Other") -> bpy.types.Object:
    """An object with a mesh and a material of its own, selected and active."""
    first = bpy.data.objects["Cube"]
    owner = bpy.data.objects.new(name, first.data.copy())
    bpy.context.collection.objects.link(owner)
    owner.data.materials.clear()
    activate(owner)
    make_material(name)
    bpy.ops.ed.undo_push(message=name)
    return owner


def activate(owner: bpy.types.Object, *others: bpy.types.Object) -> None:
    for each in bpy.context.view_layer.objects:
        each.select_set(each == owner or each in others)
    bpy.context.view_layer.objects.active = owner


def worn(owner: bpy.types.Object, socket: str = "Base Color") -> bpy.types.Image | None:
    links = principled_of(owner.active_material.node_tree).inputs[socket].links
    return links[0].from_node.image if links else None


def test_applied_to_another_object_it_goes_from_the_active_one(panel: Panel) -> None:
    make_material()
    cube, picture = bpy.context.object, press()
    other = another()
    bpy.ops.drawthings.apply_result()
    bpy.ops.ed.undo_push(message="applied")
    assert worn(cube) == worn(other) == picture
    bpy.ops.drawthings.put_back()
    assert worn(other) is None and worn(cube) == picture
    bpy.ops.ed.undo()
    cube, other = bpy.data.objects["Cube"], bpy.data.objects["Other"]
    assert worn(cube) == worn(other) == newest()
    bpy.ops.ed.redo()
    cube, other = bpy.data.objects["Cube"], bpy.data.objects["Other"]
    # A click has it there again.
    choose(0)
    assert worn(cube) == worn(other) == newest()
    activate(cube)
    bpy.ops.drawthings.put_back(image=newest().name)
    assert worn(cube) is None and worn(other) == newest()
    choose(0)
    assert worn(cube) == newest()
    # Of neither of them: of both.
    activate(bpy.data.objects["Camera"])
    bpy.ops.drawthings.put_back()
    assert worn(cube) is None and worn(other) is None
    choose(0)
    assert worn(cube) == worn(other) == newest()
    activate(cube, other)
    panel.texture_objects = 'SELECTED'
    bpy.ops.drawthings.put_back()
    assert worn(cube) is None and worn(other) is None


def test_what_the_active_object_cannot_give_back_is_told_of_it_alone(panel: Panel) -> None:
    make_material()
    cube, picture = bpy.context.object, press()
    other = another()
    bpy.ops.drawthings.apply_result()
    tree = other.active_material.node_tree
    tree.links.remove(principled_of(tree).inputs["Base Color"].links[0])
    hue = tree.nodes.new('ShaderNodeHueSaturation')
    node = next(each for each in tree.nodes if each.type == 'TEX_IMAGE')
    tree.links.new(node.outputs["Color"], hue.inputs["Color"])
    assert "changed by hand" in versions().why_not_put_back(picture)
    activate(cube)
    bpy.ops.drawthings.put_back()
    assert worn(cube) is None


def test_pressed_for_two_objects_it_goes_from_both_and_comes_back_to_both(panel: Panel) -> None:
    make_material()
    cube = bpy.context.object
    other = another()
    activate(cube, other)
    panel.texture_objects = 'SELECTED'
    picture = press()
    panel.texture_objects = 'ACTIVE'
    activate(cube)
    bpy.ops.drawthings.put_back()
    assert worn(cube) is None and worn(other) is None
    choose(0)
    assert worn(cube) == worn(other) == picture


def test_of_several_inputs_all_come_back(panel: Panel) -> None:
    """What was put back at once is there again at once, by a click and by Restore."""
    make_material()
    owner, picture = bpy.context.object, press()
    bpy.ops.drawthings.apply_result(socket='Emission Color')
    filled = ("Base Color", "Emission Color")
    assert all(worn(owner, each) == picture for each in filled)
    for come_back in (lambda: choose(0), lambda: bpy.ops.drawthings.restore_version(image=picture.name)):
        bpy.ops.drawthings.put_back()
        assert not any(worn(owner, each) for each in filled)
        come_back()
        assert all(worn(owner, each) == picture for each in filled)
        assert not versions().why_not_put_back(picture)


def test_where_another_result_is_by_now_that_one_stays(panel: Panel) -> None:
    """Only what was put back, and the last place, is where a click brings it."""
    make_material()
    cube, picture = bpy.context.object, press()
    other = another()
    bpy.ops.drawthings.apply_result()
    bpy.ops.drawthings.put_back()
    activate(cube)
    second = press()
    third = another("Third")
    choose(1)
    assert worn(cube) == picture, "the two share it"
    choose(0)
    assert worn(cube) == second and worn(other) is None and worn(third) is None


def test_replaced_and_applied_elsewhere(panel: Panel) -> None:
    wall = packed("wall", noise(64, 64))
    textured(wall)
    cube, picture = bpy.context.object, replace()
    other = another()
    bpy.ops.drawthings.apply_result()
    bpy.ops.drawthings.put_back()
    assert worn(other) is None and worn(cube) == picture
    choose(0)
    assert worn(other) == picture
    activate(cube)
    bpy.ops.drawthings.put_back()
    assert worn(cube) == wall and worn(other) == picture
    choose(0)
    assert worn(cube) == picture


def image_of(index: int) -> bpy.types.Image:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session.get().results[index].datablock()


def test_an_image_replaced_several_times_and_then_a_texture(panel: Panel) -> None:
    textured(packed("wall", noise(64, 64)))
    first, second, third, texture = replace(), replace(), replace(), press()
    for index, image in ((2, second), (3, first), (0, texture), (3, first), (1, third), (0, texture)):
        choose(index)
        assert seen() == image and versions().where(image)
    bpy.ops.drawthings.put_back()
    assert seen() == third
    replaced = replace()
    choose(1)
    assert seen() == texture, "what was first was replaced, which is not by hand"
    choose(0)
    assert seen() == replaced


def test_a_material_of_its_own_and_the_one_before(panel: Panel) -> None:
    owner = bpy.context.object
    textured(packed("wall", noise(64, 64)))
    first = press()
    panel.use_new_material = True
    press()
    made = owner.active_material
    assert made.name != "Wall"
    assert versions().where(first) == "Wall · Base Color", "the object does not show it"
    choose(1)
    assert owner.active_material.name == "Wall" and seen() == first
    assert versions().where(first) == "Cube · Base Color" and made.use_fake_user
    bpy.ops.ed.undo()
    assert bpy.context.object.active_material.name != "Wall"
    bpy.ops.ed.redo()
    choose(0)
    assert bpy.context.object.active_material.name != "Wall"


def test_slots_in_another_order(panel: Panel) -> None:
    owner = bpy.context.object
    owner.data.materials.clear()
    first, second = press(), press()
    made = owner.active_material
    bpy.ops.object.material_slot_add()
    bpy.ops.object.material_slot_move(direction='UP')
    assert owner.material_slots[1].material == made
    assert versions().where(second) == "Cube · Base Color"
    bpy.ops.drawthings.put_back()
    assert versions().where(first) and owner.material_slots[1].material == made
    bpy.ops.drawthings.put_back(image=first.name)
    assert [each.material for each in owner.material_slots] == [None, None]
    assert made.use_fake_user


def test_put_back_in_another_order_than_it_came(panel: Panel) -> None:
    """Blender gives the name of a node that was removed to the next one."""
    make_material()
    color = press()
    panel.socket = 'Roughness'
    rough = press()
    for each in (rough, color):
        bpy.ops.drawthings.put_back(image=each.name)
    for each in (rough, color):
        bpy.ops.drawthings.restore_version(image=each.name)
    assert seen() == color and seen("Roughness") == rough
    assert versions().where(color) == "Cube · Base Color"
    assert versions().where(rough) == "Cube · Roughness"
    (place,) = versions().places(color)
    assert place.versions == (color,)


def test_a_picture_in_two_inputs_comes_back_to_one(panel: Panel) -> None:
    """The node that shows it in the other input is not taken for the one that is gone."""
    material = make_material()
    press()
    for _ in range(2):
        bpy.ops.drawthings.apply_result(socket='Emission Color')
        assert seen("Emission Color") is not None
        bpy.ops.drawthings.put_back()
        assert seen() is None and seen("Emission Color") is None
    bpy.ops.drawthings.apply_result(socket='Emission Color')
    assert versions().where(newest()) == "Cube · Emission Color"
    assert [each.type for each in material.node_tree.nodes].count('TEX_IMAGE') == 1


def test_a_picture_in_an_input_of_data_stays_as_it_was_elsewhere(panel: Panel, tmp_path: Path) -> None:
    """A colour space is the image's own: the input of data gets one for itself."""
    make_material()
    first = press()
    bpy.ops.drawthings.apply_result(socket='Roughness')
    other = seen("Roughness")
    assert other is not None and other != first and seen() == first
    assert first.colorspace_settings.name == 'sRGB' and other.colorspace_settings.is_data
    assert versions().where(first) == "Cube · Base Color" and versions().where(other) == "Cube · Roughness"
    assert other.drawthings.recipe == first.drawthings.recipe
    bpy.ops.drawthings.put_back(image=other.name)
    assert seen("Roughness") is None and seen() == first
    bpy.ops.drawthings.restore_version(image=other.name)
    assert seen("Roughness") == other
    name = other.name
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    assert seen("Roughness") == bpy.data.images[name]
    bpy.ops.drawthings.put_back()
    assert seen() is None and seen("Roughness") == bpy.data.images[name]
