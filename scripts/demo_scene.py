# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The scene of the demo: a still life on a table by a window, made from nothing.

`build()` fills Blender's current scene with data only (no operators), so that it works in background
and in every Blender from 4.2 on. The jar is bare clay, waiting for a texture; the bowl wears a pattern
that was painted by hand, so to speak, waiting to be reworked.
"""

from __future__ import annotations

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Vector

import demo_shapes as shapes
from demo_data import add_mesh, link, plain_material, principled, use_nodes, vary
from demo_shapes import Floats, Shape

JAR = "Jar"
LEAVES = "Leaves"
PEARS = ("Pear", "Pear.001")
BOWL = "Bowl"
PATTERN = "Painted Pattern"
SIZE = (1152, 768)
SAMPLES = 8
SAMPLES_WITHOUT_DENOISER = 48

_BOWL_PLACE = (0.22, -0.11)
_TABLE_FRONT, _TABLE_BACK, _WALL = -0.40, 0.42, 0.62

# Outlines of what is turned on the wheel: radius and height in metres, from below upwards.
_JAR_OUTLINE = [
    (0.0, 0.004), (0.045, 0.0), (0.066, 0.0), (0.071, 0.006), (0.068, 0.014), (0.092, 0.06),
    (0.126, 0.13), (0.140, 0.20), (0.132, 0.262), (0.102, 0.312), (0.068, 0.345), (0.054, 0.372),
    (0.054, 0.395), (0.062, 0.414), (0.076, 0.424), (0.077, 0.431), (0.066, 0.432), (0.052, 0.418),
    (0.045, 0.39), (0.045, 0.36), (0.07, 0.31),
]  # fmt: skip
_BOWL_OUTLINE = [
    (0.0, 0.006), (0.050, 0.0), (0.058, 0.003), (0.056, 0.016), (0.084, 0.034), (0.119, 0.066),
    (0.139, 0.108), (0.143, 0.117), (0.139, 0.119), (0.132, 0.108), (0.110, 0.066), (0.078, 0.036),
    (0.0, 0.026),
]  # fmt: skip
_ORANGE_OUTLINE = [
    (0.0, -0.036), (0.012, -0.0375), (0.028, -0.028), (0.038, 0.0), (0.028, 0.028), (0.012, 0.0375),
    (0.0, 0.034),
]  # fmt: skip
_LEMON_OUTLINE = [
    (0.0, -0.047), (0.006, -0.045), (0.012, -0.039), (0.026, -0.025), (0.0315, 0.0), (0.026, 0.025),
    (0.012, 0.039), (0.006, 0.045), (0.0, 0.047),
]  # fmt: skip
_PEAR_OUTLINE = [
    (0.0, 0.004), (0.014, 0.0), (0.031, 0.010), (0.041, 0.034), (0.037, 0.060), (0.024, 0.084),
    (0.018, 0.100), (0.010, 0.109), (0.0, 0.108),
]  # fmt: skip


def build() -> bpy.types.Scene:
    """Empty the current scene and set the still life up in it."""
    scene = bpy.context.scene
    for datablock in list(bpy.data.objects):
        bpy.data.objects.remove(datablock)
    _room(scene)
    _cloth(scene)
    _jar(scene)
    _bowl(scene)
    _fruit(scene)
    _light(scene)
    _camera(scene)
    render_settings(scene)
    return scene


def region(scene: bpy.types.Scene, *names: str) -> tuple[float, float, float, float]:
    """Where objects are in the render: left, top, right, bottom, as fractions of its size."""
    bpy.context.view_layer.update()
    corners = [
        world_to_camera_view(scene, scene.camera, thing.matrix_world @ vertex.co)
        for thing in (bpy.data.objects[name] for name in names)
        for vertex in thing.data.vertices
    ]
    across, up = [corner.x for corner in corners], [corner.y for corner in corners]
    return min(across), 1 - max(up), max(across), 1 - min(up)


# -- Things ---------------------------------------------------------------------------------------


def _room(scene: bpy.types.Scene) -> None:
    wood = plain_material("Walnut", (0.09, 0.042, 0.022), roughness=0.42)
    vary(wood, (0.045, 0.02, 0.011), (0.15, 0.075, 0.038), scale=(3.0, 42.0, 42.0), bump=0.12)
    depth = _TABLE_BACK - _TABLE_FRONT
    top = shapes.box(2.6, depth, 0.04, texture=0.5).moved(0.0, (_TABLE_FRONT + _TABLE_BACK) / 2, -0.04)
    table = add_mesh(scene, "Table", top, wood, smooth=False)
    bevel = table.modifiers.new("Bevel", 'BEVEL')
    bevel.width, bevel.segments = 0.006, 3

    plaster = plain_material("Plaster", (0.16, 0.21, 0.21), roughness=0.9)
    vary(plaster, (0.115, 0.165, 0.17), (0.20, 0.25, 0.245), scale=(2.2, 2.2, 2.2), bump=0.25)
    add_mesh(scene, "Wall", shapes.box(5.0, 0.1, 3.0, texture=1.0).moved(0.0, _WALL + 0.05, -1.0), plaster)


def _cloth(scene: bpy.types.Scene) -> None:
    """A runner of linen across the table that falls over its front edge in folds."""
    rows, columns = 150, 120
    along = np.linspace(0.0, 1.0, rows)[:, None] * 0.92
    across = np.linspace(-0.5, 0.5, columns)[None] * 0.40
    # Metres beyond the table's front edge: negative on the table.
    flat = along - 0.60
    radius = 0.012
    bend = np.clip(flat / radius, 0.0, np.pi / 2)
    hanging = np.maximum(flat - radius * np.pi / 2, 0.0)
    y = np.where(flat < 0, _TABLE_FRONT - flat, _TABLE_FRONT - radius * np.sin(bend))
    z = 0.0025 - radius * (1 - np.cos(bend)) - hanging
    folds = np.sin(across * 34 + 0.6) + 0.45 * np.sin(across * 71 + 2.0 + along * 2)
    creases = np.sin(across * 19 + along * 7) * np.sin(along * 11 + across * 5)
    y = y - 0.016 * folds * np.clip(hanging / 0.15, 0, 1) - 0.006 * np.clip(hanging / 0.05, 0, 1)
    z = z + 0.0018 * (creases + 1) * (flat < -0.03)
    x = 0.20 + across * (1 - 0.25 * np.clip(hanging / 0.3, 0, 1)) + 0.06 * (along - 0.5)
    linen = plain_material("Linen", (0.62, 0.55, 0.44), roughness=0.85)
    vary(linen, (0.50, 0.43, 0.33), (0.70, 0.63, 0.52), scale=(260.0, 260.0, 260.0), bump=0.2)
    points = np.stack(np.broadcast_arrays(x, y, z), axis=-1)
    cloth = add_mesh(scene, "Cloth", shapes.sheet(points, texture=0.2), linen)
    thickness = cloth.modifiers.new("Thickness", 'SOLIDIFY')
    thickness.thickness, thickness.offset = 0.0025, 1.0


def _jar(scene: bpy.types.Scene) -> None:
    body = shapes.lathe(shapes.smoothed(_JAR_OUTLINE, 190), texture=0.42)
    parts = [body]
    for side in (-1.0, 1.0):
        bow = [(0.050, 0.392), (0.082, 0.402), (0.118, 0.385), (0.134, 0.345), (0.130, 0.300), (0.112, 0.292)]
        flat = shapes.smoothed(bow, 48)
        path = np.stack([side * flat[:, 0], np.zeros(len(flat)), flat[:, 1]], axis=1)
        thickness = 0.0105 + 0.003 * np.cos(np.linspace(0, 2 * np.pi, len(path)))
        parts.append(shapes.tube(path, thickness, texture=0.42))
    turn = shapes.rotation((0, 0, 1), 22)
    clay = plain_material("Clay", (0.50, 0.44, 0.38), roughness=0.42, coat=0.25)
    add_mesh(scene, JAR, shapes.joined(parts).turned(turn).moved(-0.14, 0.06), clay)
    _branches(scene, Vector((-0.14, 0.06, 0.40)))


def _branches(scene: bpy.types.Scene, mouth: Vector) -> None:
    """Eucalyptus: round leaves in pairs along bent stems."""
    rng = np.random.default_rng(11)
    leaf_material = plain_material("Eucalyptus", (0.13, 0.23, 0.17), roughness=0.55)
    vary(leaf_material, (0.075, 0.15, 0.105), (0.22, 0.33, 0.25), scale=(9.0, 9.0, 9.0), bump=0.0)
    stem_material = plain_material("Stem", (0.16, 0.10, 0.06), roughness=0.7)
    stems, leaves = [], []
    reaches = (
        (-0.25, 0.02, 0.13),
        (-0.12, 0.07, 0.21),
        (0.08, -0.04, 0.22),
        (0.26, 0.03, 0.15),
        (0.00, 0.10, 0.18),
    )
    for x, y, z in reaches:
        middle = (0.30 * x, 0.35 * y, 0.62 * z)
        start = (-0.06 * x, -0.06 * y, -0.08)
        path = shapes.smoothed([start, (0.06 * x, 0.05 * y, 0.08), middle, (x, y, z)], 60) + np.array(mouth)
        stems.append(shapes.tube(path, np.linspace(0.0032, 0.0012, 60), texture=0.1, segments=8))
        for step in range(20, 60, 4):
            tangent = path[min(step + 1, 59)] - path[step - 1]
            size = 0.034 * (1.15 - 0.6 * step / 60) * rng.uniform(0.85, 1.15)
            spin = rng.uniform(0, 360)
            for turn in (0.0, 180.0):
                leaves.append(_leaf(path[step], tangent, size, spin + turn, rng.uniform(35, 65)))
        leaves.append(_leaf(path[-1], path[-1] - path[-4], 0.02, 0.0, 5.0))
    add_mesh(scene, "Stems", shapes.joined(stems), stem_material)
    add_mesh(scene, LEAVES, shapes.joined(leaves), leaf_material)


def _leaf(at: Floats, along: Floats, size: float, spin: float, lean: float) -> Shape:
    """A round, slightly cupped leaf that stands off its stem by `lean` degrees."""
    t, s = np.meshgrid(np.linspace(0, 1, 9), np.linspace(-1, 1, 7), indexing="ij")
    half_width = 0.78 * np.sin(np.pi * np.clip(0.04 + 0.93 * t, 0, 1) ** 0.8) ** 0.65
    x = s * half_width * size
    z = t * 2 * size
    y = 0.35 * size * (np.abs(s) ** 2 * half_width - 0.5 * t**2)
    leaf = shapes.sheet(np.stack([x, y, z], axis=-1), texture=0.1)
    leaf = leaf.turned(shapes.rotation((1, 0, 0), lean)).turned(shapes.rotation((0, 0, 1), spin))
    turn = Vector((0, 0, 1)).rotation_difference(Vector(along)).to_matrix()
    return leaf.turned(np.array(turn)).moved(*at)


def _bowl(scene: bpy.types.Scene) -> None:
    shape = shapes.lathe(shapes.smoothed(_BOWL_OUTLINE, 150), texture=0.225)
    glazed = plain_material("Glazed Bowl", (0.8, 0.8, 0.8), roughness=0.28, coat=0.6)
    picture = bpy.data.images.new(PATTERN, 1024, 1024)
    pixels = np.ones((1024, 1024, 4), np.float32)
    pixels[..., :3] = _waves(1024)
    picture.pixels.foreach_set(pixels.ravel())
    picture.update()
    picture.pack()
    tree = glazed.node_tree
    node = tree.nodes.new('ShaderNodeTexImage')
    node.image = picture
    node.location = (-360, 300)
    tree.links.new(node.outputs["Color"], principled(glazed).inputs["Base Color"])
    add_mesh(scene, BOWL, shape.moved(*_BOWL_PLACE, 0.004), glazed)


def _waves(edge: int) -> Floats:
    """Seigaiha, the pattern of waves, in indigo on cream; it repeats. sRGB, 0 to 1, (edge, edge, 3)."""
    columns, rows = 4, 8
    y, x = np.mgrid[0:edge, 0:edge] / edge
    x, y = x * columns, y * columns
    ink = np.zeros((edge, edge))
    # From the top row down, each circle covers those behind it.
    for row in range(rows + 3, -3, -1):
        shift = 0.5 * (row % 2)
        distance = np.hypot((x - shift + 0.5) % 1.0 - 0.5, y - row * 0.5 * columns / 4)
        inside = np.clip((0.5 - distance) * edge / columns, 0, 1)
        rings = 0.5 + 0.5 * np.cos(distance / 0.5 * np.pi * 7)
        rings = np.clip((rings - 0.42) * 6, 0, 1)
        ink = ink * (1 - inside) + rings * inside
    cream, indigo = np.array((0.93, 0.89, 0.80)), np.array((0.12, 0.19, 0.36))
    return cream + (indigo - cream) * ink[..., None]


def _fruit(scene: bpy.types.Scene) -> None:
    lemon = plain_material("Lemon", (0.78, 0.46, 0.015), roughness=0.38)
    vary(lemon, (0.70, 0.38, 0.008), (0.82, 0.52, 0.025), scale=(18.0, 18.0, 18.0), bump=0.10, pores=160.0)
    orange = plain_material("Orange", (0.72, 0.15, 0.006), roughness=0.40)
    vary(orange, (0.62, 0.11, 0.004), (0.76, 0.19, 0.01), scale=(14.0, 14.0, 14.0), bump=0.12, pores=170.0)
    pear = plain_material("Pear", (0.36, 0.33, 0.04), roughness=0.40)
    vary(pear, (0.24, 0.28, 0.025), (0.55, 0.30, 0.05), scale=(7.0, 7.0, 7.0), bump=0.03, pores=120.0)
    stem = plain_material("Fruit Stem", (0.07, 0.04, 0.02), roughness=0.8)

    ball = shapes.lathe(shapes.smoothed(_ORANGE_OUTLINE, 60), texture=0.1, segments=64)
    oval = shapes.lathe(shapes.smoothed(_LEMON_OUTLINE, 70), texture=0.1, segments=64)
    tear = shapes.lathe(shapes.smoothed(_PEAR_OUTLINE, 80), texture=0.1, segments=64)

    def lying(degrees: float) -> Floats:
        return shapes.rotation((0, 0, 1), degrees) @ shapes.rotation((1, 0, 0), 90)

    bowl_x, bowl_y = _BOWL_PLACE
    tilted = ball.turned(shapes.rotation((1, 1, 0), 40))
    for x, y, z in ((-0.055, 0.008, 0.092), (0.045, 0.046, 0.090), (0.008, -0.054, 0.086)):
        add_mesh(scene, "Orange", tilted.moved(bowl_x + x, bowl_y + y, z), orange)
    add_mesh(scene, "Lemon", oval.turned(lying(65)).moved(bowl_x + 0.006, bowl_y, 0.142), lemon)
    add_mesh(scene, "Lemon", oval.turned(lying(-28)).moved(-0.045, -0.235, 0.031), lemon)
    add_mesh(scene, "Lemon", oval.turned(lying(80)).moved(0.445, -0.21, 0.034), lemon)

    bent = shapes.smoothed([(0, 0, 0.104), (0.002, 0, 0.118), (0.008, 0, 0.128)], 12)
    stalk = shapes.tube(bent, 0.0018, texture=0.1, segments=8)
    poses = (
        (shapes.rotation((0, 1, 0.3), -7), (-0.385, -0.06, 0.003)),
        (shapes.rotation((0, 0, 1), 40) @ shapes.rotation((0, 1, 0), -78), (-0.235, -0.225, 0.040)),
    )
    for turn, place in poses:
        add_mesh(scene, PEARS[0], tear.turned(turn).moved(*place), pear)
        add_mesh(scene, "Pear Stalk", stalk.turned(turn).moved(*place), stem)


# -- Light, camera, render ------------------------------------------------------------------------


def _light(scene: bpy.types.Scene) -> None:
    sun = bpy.data.lights.new("Window Sun", 'SUN')
    sun.energy, sun.angle, sun.color = 7.0, np.radians(1.0), (1.0, 0.80, 0.58)
    direction = Vector((0.86, 0.52, -0.52))
    link(scene, "Window Sun", sun, rotation=direction.to_track_quat('-Z', 'Y').to_euler())
    _window(scene, direction)

    sky = bpy.data.lights.new("Window Sky", 'AREA')
    sky.shape, sky.size, sky.size_y, sky.energy, sky.color = 'RECTANGLE', 1.1, 0.9, 16.0, (0.80, 0.90, 1.0)
    place, aim = Vector((-0.95, -0.85, 0.85)), Vector((0.0, 0.1, 0.15))
    link(scene, "Window Sky", sky, place, (aim - place).to_track_quat('-Z', 'Y').to_euler())

    world = scene.world or bpy.data.worlds.new("World")
    scene.world = world
    use_nodes(world)
    background = next(node for node in world.node_tree.nodes if node.type == 'BACKGROUND')
    background.inputs["Color"].default_value = (0.30, 0.38, 0.50, 1.0)
    background.inputs["Strength"].default_value = 0.22


def _window(scene: bpy.types.Scene, direction: Vector) -> None:
    """A frame outside the picture that lets the sun in as six panes, and a wall around it."""
    frame = plain_material("Window Frame", (0.4, 0.4, 0.4), roughness=0.8)
    centre = Vector((-0.04, 0.15, 0.24)) - direction.normalized() * 2.2
    pane_width, pane_height, bar, border = 0.27, 0.36, 0.05, 1.2
    width, height = 3 * pane_width + 2 * bar, 2 * pane_height + bar
    bars = [
        (-width / 2 - border / 2, 0, border, height + 2 * border),
        (width / 2 + border / 2, 0, border, height + 2 * border),
        (0, height / 2 + border / 2, width, border),
        (0, -height / 2 - border / 2, width, border),
        (-(pane_width + bar) / 2, 0, bar, height),
        ((pane_width + bar) / 2, 0, bar, height),
        (0, 0, width, bar),
    ]
    turn = np.array(direction.to_track_quat('-Z', 'Y').to_matrix())
    pieces = [
        shapes.box(w, h, 0.02, texture=1.0).moved(x, y).turned(turn).moved(*centre) for x, y, w, h in bars
    ]
    window = add_mesh(scene, "Window", shapes.joined(pieces), frame, smooth=False)
    window.visible_camera = False
    # It stands between the sky's light and the table as well, which would darken the room.
    window.visible_diffuse = window.visible_glossy = False


def _camera(scene: bpy.types.Scene) -> None:
    camera = bpy.data.cameras.new("Camera")
    camera.lens = 56.0
    camera.dof.use_dof = True
    camera.dof.focus_distance = 1.95
    camera.dof.aperture_fstop = 5.6
    place, aim = Vector((0.10, -1.95, 0.60)), Vector((0.02, 0.0, 0.245))
    scene.camera = link(scene, "Camera", camera, place, (aim - place).to_track_quat('-Z', 'Y').to_euler())


def render_settings(scene: bpy.types.Scene) -> None:
    """Cycles as quick as it can be, with the look of the demo."""
    render = scene.render
    render.engine = 'CYCLES'
    render.resolution_x, render.resolution_y = SIZE
    render.resolution_percentage = 100
    render.film_transparent = False
    render.use_persistent_data = True
    cycles = scene.cycles
    cycles.device = 'CPU'
    cycles.use_adaptive_sampling = False
    cycles.use_light_tree = False
    # Not every build of Blender has the denoiser.
    cycles.use_denoising = _has_denoiser()
    cycles.denoising_prefilter = 'FAST'
    cycles.samples = SAMPLES if cycles.use_denoising else SAMPLES_WITHOUT_DENOISER
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 2, 2
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 2.0
    scene.view_settings.view_transform = 'AgX'
    scene.view_settings.look = 'AgX - Punchy'
    scene.view_settings.exposure = 0.45


def _has_denoiser() -> bool:
    try:
        import _cycles
    except ImportError:
        return False
    return bool(_cycles.with_openimagedenoise)
