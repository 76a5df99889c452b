# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""In the Shader Editor the buttons act on what it shows, with the mouse."""

from __future__ import annotations

from pathlib import Path

import pytest
from desk import TAB, Desk

from window import BlenderWindow

# The cube's material mixes two images by a third one; Floor is on no object.
MATERIALS = """
def image_node(material, name):
    node = material.node_tree.nodes.new('ShaderNodeTexImage')
    node.name, node.select = name, False
    node.image = bpy.data.images.new(name, 64, 64)
    node.image.generated_type = 'COLOR_GRID'
    return node

def base_color(material):
    shader = next(node for node in material.node_tree.nodes if node.type == 'BSDF_PRINCIPLED')
    return shader.inputs["Base Color"]

wall = bpy.data.objects["Cube"].active_material
mix = wall.node_tree.nodes.new('ShaderNodeMixRGB')
for index, name in enumerate(("mask", "albedo", "rust")):
    wall.node_tree.links.new(image_node(wall, name).outputs[0], mix.inputs[index])
wall.node_tree.links.new(mix.outputs[0], base_color(wall))
floor = bpy.data.materials.new("Floor")
if bpy.app.version < (5, 0, 0):
    floor.use_nodes = True
floor.use_fake_user = True
floor.node_tree.links.new(image_node(floor, "tiles").outputs[0], base_color(floor))
for material in (wall, floor):
    for node in material.node_tree.nodes:
        node.select = False
bpy.ops.ed.undo_push(message="materials")
"""


@pytest.fixture
def editor(desk: Desk) -> BlenderWindow:
    """The window's largest editor shows the cube's material."""
    window = desk.window
    desk.set(prompt="weathered copper", width=128, height=128, image_target='REPLACE')
    window.run(MATERIALS)
    window.show_editor('ShaderNodeTree')
    window.run("space = area('NODE_EDITOR').spaces.active; space.pin = False; space.shader_type = 'OBJECT'")
    window.show_sidebar('NODE_EDITOR', TAB)
    return window


def press_restyle(window: BlenderWindow) -> None:
    window.redraw()
    window.press_button('NODE_EDITOR', "source='TEXTURE'")


def test_the_colour_is_restyled_and_not_the_mask(desk: Desk, editor: BlenderWindow) -> None:
    press_restyle(editor)
    desk.wait_for_results(1)
    assert editor.run("recipes()") == ["albedo"]


def test_another_image_is_chosen_from_the_menu(desk: Desk, editor: BlenderWindow, tmp_path: Path) -> None:
    editor.redraw()
    # A menu's button has no Python to be found by: From is above Into.
    x, y = editor.find_button('NODE_EDITOR', ".drawthings.socket")
    editor.click(x, y - 26)
    editor.photograph(tmp_path / "menu.png")
    editor.key("r")
    editor.wait_until("wall.node_tree.nodes.active.name == 'rust'")
    press_restyle(editor)
    desk.wait_for_results(1)
    assert editor.run("recipes()") == ["rust"]


def test_a_pinned_material_is_what_is_meant(desk: Desk, editor: BlenderWindow) -> None:
    editor.run("bpy.data.objects['Cube'].active_material = floor")
    editor.redraw()
    editor.run("space.pin = True; bpy.data.objects['Cube'].active_material = wall")
    press_restyle(editor)
    desk.wait_for_results(1)
    assert editor.run("recipes()") == ["tiles"]
    editor.press_button('NODE_EDITOR', "drawthings.txt2img(")
    desk.wait_for_results(2)
    assert editor.run("base_color(floor).links[0].from_node.image == session().results[0].datablock()")
    editor.run("space.pin = False")


def test_the_world_takes_no_texture(desk: Desk, editor: BlenderWindow) -> None:
    editor.run("space.shader_type = 'WORLD'")
    press_restyle(editor)
    editor.press_button('NODE_EDITOR', "drawthings.txt2img(")
    assert not desk.server.journal.generations, "both are grey"
    editor.run("space.shader_type = 'OBJECT'")


def test_solid_shading_shows_the_new_texture(desk: Desk, editor: BlenderWindow) -> None:
    """With Texture as its colour: Blender shows the active image node."""
    editor.press_button('NODE_EDITOR', "drawthings.txt2img(")
    desk.wait_for_results(1)
    assert editor.run("wall.node_tree.nodes.active.image == session().results[0].datablock()")
    assert editor.run("wall.node_tree.nodes.active.select") is False
