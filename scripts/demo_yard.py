# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The second scene of the demo: the jar in a yard at dusk, whose paving becomes a texture step by step.

`photograph()` makes of a generated picture what a camera would bring home, which does not tile and is
brighter on one side; `strokes()` is the mask that an artist would paint; `build()` lays a picture out as the
paving. Data only, as in demo_scene.
"""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Vector

import demo_scene
import demo_shapes as shapes
from demo_data import add_mesh, link, plain_material, principled, use_nodes

Floats = npt.NDArray[np.floating[Any]]

PAVING = "Paving"
MASK = "Moss Mask"
FLOOR = "Floor"
GENERATED = (1280, 896)
"""What is asked of the server: a material that tiles, of which the photograph is a part."""
SIZE = (1152, 768)
TILE = 1.152
"""Metres of the paving that the picture's width covers."""

_LEFT, _TOP = 90, 70
_LENS = 40.0
# The brush from point to point, as fractions of the picture's width from its upper left, and its radius.
_STROKES = (
    (((-0.02, 0.40), (0.08, 0.47), (0.17, 0.52), (0.27, 0.56), (0.33, 0.69)), 0.055),
    (((-0.02, 0.52), (0.08, 0.58), (0.15, 0.64), (0.27, 0.68)), 0.075),
    (((0.19, 0.54), (0.24, 0.47), (0.25, 0.39), (0.29, 0.33)), 0.032),
    (((0.66, -0.02), (0.73, 0.07), (0.83, 0.11), (0.93, 0.10), (1.02, 0.15)), 0.055),
    (((0.81, 0.11), (0.80, 0.18), (0.84, 0.25)), 0.030),
    (((0.60, 0.45), (0.64, 0.43), (0.68, 0.46)), 0.024),
)
_DABS = 40
_SOFT = 0.45
"""The share of the brush's radius over which it fades."""


def photograph(generated: bpy.types.Image) -> bpy.types.Image:
    """A part of a picture, lit from one side: its edges do not meet."""
    across, down = generated.size
    pixels = np.empty(across * down * 4, np.float32)
    generated.pixels.foreach_get(pixels)
    pixels = pixels.reshape(down, across, 4)[::-1][_TOP : _TOP + SIZE[1], _LEFT : _LEFT + SIZE[0]].copy()
    x, y = _grid()
    light = 1.18 - 0.42 * np.hypot(x - 0.25, 0.8 * (y - 0.2))
    pixels[..., :3] *= light[..., None] * np.array([1.06, 1.0, 0.9], np.float32)
    return _image(PAVING, np.clip(pixels, 0, 1))


def strokes() -> bpy.types.Image:
    """The mask: white where the brush went, black elsewhere."""
    x, y = _grid()
    y = y * (SIZE[1] / SIZE[0])
    painted = np.zeros((SIZE[1], SIZE[0]), np.float32)
    for points, radius in _STROKES:
        for n, (left, top) in enumerate(shapes.smoothed(points, _DABS)):
            # A hand does not press evenly.
            reach = radius * (1 + 0.16 * np.sin(n * 0.9) + 0.08 * np.sin(n * 2.3))
            distance = np.hypot(x - left, y - top)
            painted = np.maximum(painted, np.clip((reach - distance) / (reach * _SOFT), 0, 1))
    pixels = np.ones((*painted.shape, 4), np.float32)
    pixels[..., :3] = (painted * painted * (3 - 2 * painted))[..., None]
    mask = _image(MASK, pixels)
    mask.colorspace_settings.name = 'Non-Color'
    return mask


def build(paving: bpy.types.Image) -> bpy.types.Scene:
    """A scene of its own with the jar on the paving, in a low sun; its floor is active."""
    scene = bpy.data.scenes.new("Yard")
    demo_scene.render_settings(scene)
    scene.view_settings.exposure = 0.5
    _floor(scene, paving)
    for name in (demo_scene.JAR, "Stems", demo_scene.LEAVES):
        scene.collection.objects.link(bpy.data.objects[name])
    _dusk(scene)
    camera = bpy.data.cameras.new("Yard Camera")
    camera.lens = _LENS
    place, aim = Vector((0.44, -1.50, 0.80)), Vector((0.13, 0.04, 0.155))
    look = (aim - place).to_track_quat('-Z', 'Y').to_euler()
    scene.camera = link(scene, "Yard Camera", camera, place, look)
    return scene


def _floor(scene: bpy.types.Scene, paving: bpy.types.Image) -> None:
    stone = plain_material("Paving Stone", (0.5, 0.5, 0.5), roughness=0.75)
    tree = stone.node_tree
    node = tree.nodes.new('ShaderNodeTexImage')
    node.image = paving
    node.location = (-360, 300)
    tree.links.new(node.outputs["Color"], principled(stone).inputs["Base Color"])
    side = 8.0
    at = (np.linspace(-0.5, 0.5, 2) * side).tolist()
    points = np.array([[(x, y, 0.0) for x in at] for y in at])
    height = TILE * SIZE[1] / SIZE[0]
    uvs = np.array([[[x / TILE, y / height] for x, y in ((0, 0), (side, 0), (side, side), (0, side))]])
    corners = points.reshape(-1, 3)
    floor = shapes.Shape(corners, np.array([[0, 1, 3, 2]]), uvs)
    add_mesh(scene, FLOOR, floor, stone, smooth=False)


def _dusk(scene: bpy.types.Scene) -> None:
    sun = bpy.data.lights.new("Low Sun", 'SUN')
    sun.energy, sun.angle, sun.color = 13.0, np.radians(1.2), (1.0, 0.78, 0.54)
    direction = Vector((0.90, -0.16, -0.21))
    link(scene, "Low Sun", sun, rotation=direction.to_track_quat('-Z', 'Y').to_euler())
    world = bpy.data.worlds.new("Dusk")
    scene.world = world
    use_nodes(world)
    background = next(node for node in world.node_tree.nodes if node.type == 'BACKGROUND')
    background.inputs["Color"].default_value = (0.30, 0.40, 0.62, 1.0)
    background.inputs["Strength"].default_value = 0.35


def _grid() -> tuple[Floats, Floats]:
    """Where the middles of the picture's pixels are, as fractions from its upper left."""
    x = (np.arange(SIZE[0], dtype=np.float32) + 0.5) / SIZE[0]
    y = (np.arange(SIZE[1], dtype=np.float32) + 0.5) / SIZE[1]
    return np.broadcast_arrays(x[None], y[:, None])  # type: ignore[return-value]


def _image(name: str, pixels: Floats) -> bpy.types.Image:
    """A packed image of (height, width, 4) values 0 to 1, row 0 on top."""
    image = bpy.data.images.new(name, pixels.shape[1], pixels.shape[0])
    image.pixels.foreach_set(np.ascontiguousarray(pixels[::-1], np.float32).ravel())
    image.update()
    image.pack()
    return image
