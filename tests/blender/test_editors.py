# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Image Editors show follows undo and redo."""

from __future__ import annotations

import bpy
import pytest
from blender_pictures import noise, packed, textured

Panel = bpy.types.PropertyGroup


def image_editor(kind: str = 'DOPESHEET_EDITOR') -> bpy.types.SpaceImageEditor:
    area = next(area for area in bpy.context.screen.areas if area.type == kind)
    area.type = 'IMAGE_EDITOR'
    return area.spaces.active


def remember(message: str = "before") -> None:
    bpy.ops.ed.undo_push(message=message)


@pytest.fixture
def space(panel: Panel) -> bpy.types.SpaceImageEditor:
    """An Image Editor that shows the material's texture."""
    found = image_editor()
    wall = packed("wall", noise(64, 64))
    textured(wall)
    found.image = wall
    remember()
    return found


def test_undo_and_redo_of_a_replaced_image(space: bpy.types.SpaceImageEditor) -> None:
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert space.image == bpy.data.images["wall"]
    assert space.image.drawthings.recipe
    bpy.ops.ed.undo()
    assert space.image == bpy.data.images["wall"]
    assert not space.image.drawthings.recipe
    bpy.ops.ed.redo()
    assert space.image == bpy.data.images["wall"]
    assert space.image.drawthings.recipe
    bpy.ops.ed.undo()
    assert not space.image.drawthings.recipe


def test_several_steps_at_once(space: bpy.types.SpaceImageEditor) -> None:
    for _ in range(3):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    newest = space.image.drawthings.seed
    for _ in range(3):
        bpy.ops.ed.undo()
    assert space.image == bpy.data.images["wall"]
    assert not space.image.drawthings.recipe
    for _ in range(3):
        bpy.ops.ed.redo()
    assert space.image == bpy.data.images["wall"]
    assert space.image.drawthings.seed == newest


@pytest.mark.parametrize("jump", [False, True])
def test_several_new_pictures_one_after_the_other(space: bpy.types.SpaceImageEditor, jump: bool) -> None:
    shown = [space.image.session_uid]
    for _ in range(3):
        bpy.ops.drawthings.txt2img(target='MATERIAL')
        shown.append(space.image.session_uid)
    if jump:
        bpy.ops.ed.undo_history(item=0)
        assert space.image.session_uid == shown[0]
    else:
        for before in reversed(shown[:-1]):
            bpy.ops.ed.undo()
            assert space.image.session_uid == before
    for after in shown[1:]:
        bpy.ops.ed.redo()
        assert space.image.session_uid == after


def test_the_history_jumps(space: bpy.types.SpaceImageEditor) -> None:
    for _ in range(2):
        bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    newest = space.image.drawthings.seed
    bpy.ops.ed.undo_history(item=0)
    assert space.image is not None
    assert not space.image.drawthings.recipe
    bpy.ops.ed.undo_history(item=2)
    assert space.image.drawthings.seed == newest


def test_a_pinned_editor_and_one_behind_another(space: bpy.types.SpaceImageEditor) -> None:
    space.use_image_pin = True
    behind = image_editor('OUTLINER')
    behind.image = space.image
    area = next(each for each in bpy.context.screen.areas if each.spaces.active == behind)
    area.type = 'OUTLINER'
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    bpy.ops.ed.undo()
    area.type = 'IMAGE_EDITOR'
    for each in (space, area.spaces.active):
        assert each.image == bpy.data.images["wall"]
        assert not each.image.drawthings.recipe


def test_another_workspace(space: bpy.types.SpaceImageEditor) -> None:
    wall = space.image
    elsewhere = [
        each
        for screen in bpy.data.screens
        for area in screen.areas
        for each in area.spaces
        if each.type == 'IMAGE_EDITOR' and each != space
    ]
    assert elsewhere
    for each in elsewhere:
        each.image = wall
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    bpy.ops.ed.undo()
    assert all(each.image == bpy.data.images["wall"] for each in elsewhere)
    bpy.ops.ed.redo()
    assert all(each.image.drawthings.recipe for each in elsewhere)


def test_an_editor_that_was_opened_after_the_undo_follows_the_redo(
    space: bpy.types.SpaceImageEditor,
) -> None:
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    bpy.ops.ed.undo()
    other = image_editor('OUTLINER')
    other.image = bpy.data.images["wall"]
    bpy.ops.ed.redo()
    assert other.image.drawthings.recipe


def test_a_new_picture_that_is_undone_leaves_what_was_shown(space: bpy.types.SpaceImageEditor) -> None:
    bpy.ops.drawthings.txt2img(target='IMAGE')
    assert space.image.drawthings.recipe
    bpy.ops.ed.undo()
    assert space.image == bpy.data.images["wall"]
    bpy.ops.ed.redo()
    assert space.image.drawthings.recipe


def test_what_the_artist_chose_since_stays(space: bpy.types.SpaceImageEditor) -> None:
    other = packed("other", noise(64, 64))
    remember()
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    space.image = other
    bpy.ops.ed.undo()
    assert space.image == bpy.data.images["other"]
    bpy.ops.ed.redo()
    assert space.image == bpy.data.images["other"]


def test_what_is_no_result_is_left_alone(space: bpy.types.SpaceImageEditor) -> None:
    made = bpy.data.images.new("new", 8, 8)
    space.image = made
    remember("made")
    bpy.ops.ed.undo()
    assert space.image is None


def test_what_paints_and_masks_follows(space: bpy.types.SpaceImageEditor, panel: Panel) -> None:
    """Those are in the file, so undo has them."""
    scene = bpy.context.scene
    scene.tool_settings.image_paint.canvas = space.image
    panel.inpaint.mask = space.image
    remember()
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    assert scene.tool_settings.image_paint.canvas == bpy.data.images["wall"]
    bpy.ops.ed.undo()
    scene = bpy.context.scene
    assert scene.tool_settings.image_paint.canvas == bpy.data.images["wall"]
    assert scene.drawthings.inpaint.mask == bpy.data.images["wall"]
    bpy.ops.ed.redo()
    assert bpy.context.scene.tool_settings.image_paint.canvas.drawthings.recipe
