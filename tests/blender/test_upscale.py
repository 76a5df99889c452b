# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enlarging and describing pictures, with a server of A1111's API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from blender_pictures import bytes_of, generated, noise, packed, read_png, textured, tiled

from local_server import Faults, StandIn

Panel = bpy.types.PropertyGroup
MODULE = "bl_ext.user_default.drawthings_addon"


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect="A1111") as server:
        yield server


@pytest.fixture
def connected(panel: Panel) -> Panel:
    """`scene.drawthings`, after the server was asked what it can do."""
    bpy.ops.drawthings.check_server()
    panel.extras.upscaler = "Nearest"
    return panel


def upscale(**options: str) -> None:
    assert bpy.ops.drawthings.upscale(**options) == {'FINISHED'}


def asked(server: StandIn, path: str) -> list:
    return [entry for entry in server.journal if entry.path.endswith(path)]


def opaque(width: int, height: int, *, seed: int = 0) -> np.ndarray:
    pixels = noise(width, height, seed=seed)
    pixels[..., 3] = 255
    return pixels


def twice(pixels: np.ndarray) -> np.ndarray:
    return pixels.repeat(2, 0).repeat(2, 1)


def test_one_image_becomes_a_larger_one(connected: Panel, stand_in: StandIn, output: Path) -> None:
    pixels = opaque(64, 48)
    generated("wall", pixels)
    upscale(scope='IMAGE', image="wall", target='IMAGE')
    made = [image for image in bpy.data.images if image.drawthings.operation == "extras"]
    assert [tuple(image.size) for image in made] == [(128, 96)]
    assert np.array_equal(bytes_of(made[0]), twice(pixels))
    assert tuple(bpy.data.images["wall"].size) == (64, 48)
    assert len(asked(stand_in, "extra-single-image")) == 1
    assert len(list(output.glob("*.png"))) == 1
    assert made[0].packed_file is not None


def test_alpha_stays(connected: Panel) -> None:
    pixels = noise(64, 64)
    packed("leaf", pixels)
    upscale(image="leaf", target='REPLACE')
    alpha = bytes_of(bpy.data.images["leaf"])[..., 3]
    assert alpha.shape == (128, 128)
    assert alpha[:40].max() == 0
    assert alpha[-30:].min() == 255


def test_replacing_keeps_the_material(connected: Panel) -> None:
    material = textured(packed("wall", noise(64, 64)))
    upscale(image="wall", target='REPLACE')
    node = next(node for node in material.node_tree.nodes if node.type == 'TEX_IMAGE')
    assert node.image.name == "wall"
    assert tuple(node.image.size) == (128, 128)
    assert tuple(bpy.data.images["wall.before"].size) == (64, 64)


def test_all_selected_objects_in_one_request(connected: Panel, stand_in: StandIn) -> None:
    sizes = {"a": (64, 32), "b": (32, 64), "c": (48, 48)}
    for index, (name, size) in enumerate(sizes.items()):
        bpy.ops.mesh.primitive_plane_add(location=(index * 3, 0, 0))
        textured(packed(name, opaque(*size, seed=index)))
    bpy.ops.mesh.primitive_plane_add(location=(9, 0, 0))
    bpy.context.object.active_material = bpy.data.objects["Cube"].active_material
    for each in bpy.context.scene.objects:
        each.select_set(each.type == 'MESH')
    upscale(scope='SELECTED', target='REPLACE')
    assert len(asked(stand_in, "extra-batch-images")) == 1
    for name, (width, height) in sizes.items():
        assert tuple(bpy.data.images[name].size) == (width * 2, height * 2)
        before = bytes_of(bpy.data.images[f"{name}.before"])
        assert np.array_equal(bytes_of(bpy.data.images[name]), twice(before)), name


def test_selected_nodes_count_more_than_objects(connected: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import upscale

    material = textured(packed("wall", noise(32, 32)))
    other = material.node_tree.nodes.new('ShaderNodeTexImage')
    other.image = packed("other", noise(32, 32))
    again = material.node_tree.nodes.new('ShaderNodeTexImage')
    again.image = other.image
    for node in material.node_tree.nodes:
        node.select = node in (other, again)
    area = next(area for area in bpy.context.screen.areas if area.type == 'VIEW_3D')
    area.type = 'NODE_EDITOR'
    area.ui_type = 'ShaderNodeTree'
    try:
        with bpy.context.temp_override(area=area, space_data=area.spaces.active):
            area.spaces.active.node_tree = material.node_tree
            found = [image.name for image in upscale.selected_images(Selection.of(bpy.context))]
        # In background the editor may not have found its material yet; then the object's texture counts.
        assert found == (["other"] if area.spaces.active.id == material else ["wall"])
    finally:
        area.type = 'VIEW_3D'


def test_one_tile_of_a_tiled_image(connected: Panel, tmp_path: Path) -> None:
    image = tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    image.tiles.active_index = 1
    upscale(image=image.name, target='REPLACE')
    sizes = {}
    for each in bpy.data.images["wall"].packed_files:
        number = int(Path(each.filepath.replace("\\", "/")).name.split(".")[-2])
        sizes[number] = read_png(each.packed_file.data).shape[:2]
    assert sizes == {1001: (64, 64), 1002: (128, 128)}


def test_faces_alone(connected: Panel, stand_in: StandIn) -> None:
    connected.extras.upscaler = ""
    connected.extras.codeformer_visibility = 0.5
    packed("face", noise(64, 64))
    upscale(image="face")
    body = asked(stand_in, "extra-single-image")[0].body
    assert body["upscaler_1"] == "None"
    assert (body["codeformer_visibility"], body["codeformer_weight"]) == (0.5, 0.5)


def test_it_is_told_how_it_was_enlarged(connected: Panel, stand_in: StandIn) -> None:
    connected.extras.scale = 4.0
    packed("wall", noise(32, 32))
    upscale(image="wall")
    made = next(image for image in bpy.data.images if image.drawthings.operation == "extras")
    connected.extras.scale = 2.0
    connected.prompt = "stays"
    bpy.ops.drawthings.reuse_recipe(image=made.name)
    assert (connected.extras.scale, connected.prompt) == (4.0, "stays")
    bpy.ops.drawthings.again(image=made.name)
    assert len(asked(stand_in, "extra-single-image")) == 2


def test_what_cannot_be_done_is_said(connected: Panel, stand_in: StandIn) -> None:
    packed("wall", noise(32, 32))
    connected.extras.upscaler = ""
    with pytest.raises(RuntimeError, match="No upscaler is chosen"):
        bpy.ops.drawthings.upscale(image="wall")
    connected.extras.upscaler = "no such upscaler"
    with pytest.raises(RuntimeError, match=r"could not find upscaler.*Choose an upscaler"):
        bpy.ops.drawthings.upscale(image="wall")
    connected.extras.upscaler = "Nearest"
    with pytest.raises(RuntimeError, match="There is no image “none”"):
        bpy.ops.drawthings.upscale(image="none")
    with pytest.raises(RuntimeError, match="No image is chosen"):
        bpy.ops.drawthings.upscale()
    bpy.ops.object.select_all(action='DESELECT')
    with pytest.raises(RuntimeError, match="Nothing that has an image is selected"):
        bpy.ops.drawthings.upscale(scope='SELECTED')


def test_a_server_that_does_not_offer_it(panel: Panel) -> None:
    packed("wall", noise(32, 32))
    with pytest.raises(RuntimeError, match="poll"):
        bpy.ops.drawthings.upscale(image="wall")
    with StandIn(engine="echo") as app:
        preferences = bpy.context.preferences.addons[MODULE].preferences
        preferences.server_url = app.url
        bpy.ops.drawthings.check_server()
        assert not bpy.ops.drawthings.upscale.poll()
        assert not bpy.ops.drawthings.describe.poll()
        # What needs no server stays.
        assert bpy.ops.drawthings.read_settings.poll()
        assert all("extra" not in entry.path for entry in app.journal if entry.method == "POST")


# Describe


def test_a_description_becomes_the_prompt(connected: Panel, stand_in: StandIn) -> None:
    pixels = np.zeros((64, 2048, 4), np.uint8)
    pixels[..., 0] = pixels[..., 3] = 255
    packed("red", pixels)
    connected.prompt_text = bpy.data.texts.new("long")
    assert bpy.ops.drawthings.describe(image="red") == {'FINISHED'}
    assert connected.prompt == "a smooth picture in red, wide format"
    assert connected.prompt_text is None
    bpy.ops.drawthings.describe(image="red", append=True)
    assert connected.prompt == ", ".join(["a smooth picture in red, wide format"] * 2)


def test_a_description_that_fails(connected: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import describe

    packed("red", noise(32, 32))
    stand_in.close()
    with pytest.raises(RuntimeError, match="Nothing listens"):
        bpy.ops.drawthings.describe(image="red")
    assert connected.prompt == "weathered copper"
    assert not describe.is_under_way()


def test_nothing_is_left_of_a_described_render(connected: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender import paths

    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.cycles.samples = 1
    scene.render.resolution_x = scene.render.resolution_y = 64
    bpy.ops.render.render()
    bpy.ops.drawthings.describe(image="Render Result")
    assert connected.prompt.endswith("format")
    # A moment later: a thread of the queue removes it.
    until, folder = time.monotonic() + 10.0, paths.snapshot_path("x").parent
    while list(folder.glob("*.png")) and time.monotonic() < until:
        time.sleep(0.01)
    assert not list(folder.glob("*.png"))


def test_a_slow_server_does_not_matter(connected: Panel, stand_in: StandIn) -> None:
    stand_in.faults = Faults(delay=0.3)
    packed("wall", noise(32, 32))
    upscale(image="wall")
    assert any(image.drawthings.operation == "extras" for image in bpy.data.images)
