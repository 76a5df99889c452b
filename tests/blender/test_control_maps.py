# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps of scenes whose depths and normals are known."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender.capture import control_maps, scene_copy
from bl_ext.user_default.drawthings_addon.blender.capture.control_maps import (
    DepthRange,
    Maps,
    Viewpoint,
    capture_maps,
)
from bl_ext.user_default.drawthings_addon.errors import SourceUnavailable
from blender_pictures import read_png
from blender_threads import busy_threads
from blender_traces import datablocks, values
from blender_trees import principled_of
from mathutils import Matrix

SIZE = (96, 64)
RANGE = DepthRange(2.0, 20.0)


@pytest.fixture
def scene(fresh_scene: bpy.types.Scene) -> bpy.types.Scene:
    """Nothing but a camera in the origin that looks along -Z, with y up, 90° wide."""
    for each in list(fresh_scene.objects):
        if each.type != 'CAMERA':
            bpy.data.objects.remove(each)
    camera = fresh_scene.camera
    camera.matrix_world = Matrix.Identity(4)
    camera.data.sensor_fit = 'HORIZONTAL'
    camera.data.sensor_width = 36.0
    camera.data.lens = 18.0
    fresh_scene.render.resolution_x, fresh_scene.render.resolution_y = SIZE
    return fresh_scene


def grey_at(distance: float, depth_range: DepthRange = RANGE) -> int:
    """What an inverse depth is in 8 bits."""
    share = (1 / distance - 1 / depth_range.far) / (1 / depth_range.near - 1 / depth_range.far)
    return math.floor(share * 255 + 0.5)


def add_plane(size: float = 100.0, **how: object) -> bpy.types.Object:
    bpy.ops.mesh.primitive_plane_add(size=size, **how)
    return bpy.context.object


def add_ball(location: tuple[float, float, float], radius: float = 1.0) -> bpy.types.Object:
    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32, radius=radius, location=location)
    bpy.ops.object.shade_smooth()
    return bpy.context.object


def middle(picture: np.ndarray) -> tuple[int, ...]:
    return tuple(picture[picture.shape[0] // 2, picture.shape[1] // 2].tolist())


def covered(found: Maps) -> np.ndarray:
    assert found.depth is not None
    return found.depth[..., 0] > 0


@pytest.mark.parametrize("distance", [2.0, 3.0, 5.0, 10.0, 19.0])
def test_a_plane_that_faces_the_camera(scene: bpy.types.Scene, distance: float) -> None:
    add_plane(location=(0, 0, -distance))
    found = capture_maps(scene, SIZE, depth_range=RANGE)
    assert found.depth is not None
    assert found.depth.shape == (64, 96, 3)
    assert set(np.unique(found.depth)) == {grey_at(distance)}, "depth is measured along the view axis"
    assert found.normal is not None
    assert np.unique(found.normal.reshape(-1, 3), axis=0).tolist() == [[128, 128, 255]]
    assert found.line is not None
    assert not found.line.any()


@pytest.mark.parametrize(
    ("axis", "degrees", "colour"),
    [
        ('Y', 30, (0.5 + 0.25, 0.5, 0.5 + 0.433)),
        ('Y', -30, (0.5 - 0.25, 0.5, 0.5 + 0.433)),
        ('X', -45, (0.5, 0.5 + 0.3536, 0.5 + 0.3536)),
    ],
)
def test_a_tilted_plane(
    scene: bpy.types.Scene, axis: str, degrees: float, colour: tuple[float, float, float]
) -> None:
    plane = add_plane(size=8, location=(0, 0, -5))
    plane.rotation_euler['XYZ'.index(axis)] = math.radians(degrees)
    found = capture_maps(scene, SIZE, depth_range=RANGE)
    assert found.normal is not None
    assert middle(found.normal) == pytest.approx([255 * each for each in colour], abs=1.0)
    assert found.depth is not None
    if axis == 'Y':
        row = found.depth[32, :, 0].astype(int)
        shown = row[row > 0]
        # Turned to the right: its right edge is farther away, and grey is linear over the picture.
        assert bool(shown[0] > shown[-1]) is (degrees > 0)
        steps = np.diff(shown)
        assert np.abs(steps - steps.mean()).max() <= 1


def test_the_camera_turns_the_normals_with_it(scene: bpy.types.Scene) -> None:
    add_plane(location=(0, 0, -5), size=8)
    before = capture_maps(scene, SIZE, depth_range=RANGE)
    turn = Matrix.Translation((1, 2, 3)) @ Matrix.Rotation(2.0, 4, (1, 2, 3))
    for each in scene.objects:
        each.matrix_world = turn @ each.matrix_world
    after = capture_maps(scene, SIZE, depth_range=RANGE)
    assert before.normal is not None and after.normal is not None
    assert np.abs(before.normal.astype(int) - after.normal).max() <= 1


def test_red_is_left_for_the_model_that_wants_it(scene: bpy.types.Scene) -> None:
    plane = add_plane(location=(0, 0, -5), size=8)
    plane.rotation_euler.y = math.radians(30)
    found = capture_maps(scene, SIZE, depth_range=RANGE, normal_protocol='SCANNET')
    assert found.normal is not None
    assert middle(found.normal) == pytest.approx((255 * 0.25, 127.5, 255 * 0.933), abs=1.0)


def test_a_sphere(scene: bpy.types.Scene) -> None:
    add_ball((0, 0, -6))
    found = capture_maps(scene, (128, 128), depth_range=RANGE)
    assert found.depth is not None and found.normal is not None and found.line is not None
    assert middle(found.depth)[0] == pytest.approx(grey_at(5.0), abs=1)
    # The middle lies between four pixels: half a pixel is 0.047 on the ball.
    assert middle(found.normal) == pytest.approx((133.5, 133.5, 255), abs=1.5)
    rows, columns = np.nonzero(covered(found))
    # Seen from 6, a ball of 1 covers tan(asin(1/6)) of the half picture's tan(45°).
    radius = 64 * math.tan(math.asin(1 / 6))
    assert columns.max() - columns.min() + 1 == pytest.approx(2 * radius, abs=1.5)
    assert (rows.mean(), columns.mean()) == pytest.approx((63.5, 63.5), abs=0.5)
    # Row 0 is the bottom row: upwards is green, to the right is red.
    assert found.normal[rows.max(), 64, 1] > 200
    assert found.normal[rows.min(), 64, 1] < 55
    assert found.normal[64, columns.max(), 0] > 200
    assert found.normal[64, columns.min(), 0] < 55
    # The outline is one closed line at the edge, and nothing inside.
    distance = np.hypot(*(np.indices((128, 128)) - 63.5))
    bright = found.line[..., 0] > 128
    assert bright.sum() == pytest.approx(2 * math.pi * radius, rel=0.5)
    assert np.abs(distance[bright] - radius).max() < 2.0


def ordinary_render(scene: bpy.types.Scene, path: Path, size: tuple[int, int]) -> np.ndarray:
    """(H, W) alpha of an ordinary render, row 0 at the bottom."""
    scene.render.engine = 'CYCLES'
    scene.cycles.samples = 16
    scene.cycles.use_denoising = False
    scene.render.film_transparent = True
    scene.render.image_settings.color_mode = 'RGBA'
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)
    return read_png(path)[::-1, :, 3]


@pytest.mark.parametrize("camera", ["perspective", "shift", "orthographic", "aspect", "vertical fit"])
def test_maps_lie_on_the_render(scene: bpy.types.Scene, tmp_path: Path, camera: str) -> None:
    for place in ((-2, 1, -6), (1.5, -1, -4), (0.5, 1.5, -8)):
        add_ball(place, 0.8)
    data = scene.camera.data
    if camera == "shift":
        data.shift_x, data.shift_y = 0.13, -0.08
    elif camera == "orthographic":
        data.type, data.ortho_scale = 'ORTHO', 7.0
    elif camera == "aspect":
        scene.render.pixel_aspect_x = 1.5
    elif camera == "vertical fit":
        data.sensor_fit = 'VERTICAL'
    size = (120, 90)
    alpha = ordinary_render(scene, tmp_path / "render.png", size)
    found = capture_maps(scene, size, depth_range=DepthRange(0.1, 50.0))
    shown = covered(found)
    assert shown.any() and not shown.all()
    # Where the render is half covered, the middle of the pixel decides; elsewhere they agree.
    assert not shown[alpha == 0].any()
    assert shown[alpha == 255].all()
    assert (shown != (alpha > 127)).sum() < 0.02 * shown.size


@pytest.mark.parametrize("kind", ["perspective", "off centre", "orthographic"])
def test_an_eye_sees_what_its_projection_says(scene: bpy.types.Scene, kind: str) -> None:
    for place in ((-2, 1, -6), (1.5, -1, -4)):
        add_ball(place, 0.8)
    camera = scene.camera
    camera.location = (0.3, -0.2, 1.0)
    camera.rotation_euler = (0.1, -0.2, 0.3)
    if kind == "off centre":
        camera.data.shift_x, camera.data.shift_y = 0.1, 0.07
    elif kind == "orthographic":
        camera.data.type, camera.data.ortho_scale = 'ORTHO', 9.0
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    projection = camera.calc_matrix_camera(graph, x=SIZE[0], y=SIZE[1])
    expected = capture_maps(scene, SIZE, depth_range=RANGE)
    scene.camera = None
    viewpoint = Viewpoint(camera.matrix_world.inverted(), projection)
    found = capture_maps(scene, SIZE, depth_range=RANGE, viewpoint=viewpoint)
    for name in ("depth", "normal"):
        first, second = getattr(expected, name).astype(int), getattr(found, name)
        assert (np.abs(first - second) > 1).any(axis=2).sum() <= 3, name


def test_orthographic_depth_is_linear(scene: bpy.types.Scene) -> None:
    scene.camera.data.type = 'ORTHO'
    add_plane(location=(0, 0, -11))
    found = capture_maps(scene, SIZE, depth_range=RANGE)
    assert found.depth is not None
    assert middle(found.depth)[0] == 128


def test_what_is_in_the_picture(scene: bpy.types.Scene) -> None:
    """A modifier as it renders, a curve, a text, instances; not what is hidden in renders."""
    grown = add_ball((-3, 0, -6), 0.5)
    grown.modifiers.new("Array", 'ARRAY').relative_offset_displace = (0, 2.0, 0)
    bpy.ops.curve.primitive_bezier_circle_add(location=(0, 2, -6), radius=0.5)
    bpy.context.object.data.bevel_depth = 0.1
    bpy.ops.object.text_add(location=(1, -0.5, -6))
    kept = bpy.data.collections.new("Kept")
    inner = add_ball((0, 0, 0), 0.5)
    for each in list(inner.users_collection):
        each.objects.unlink(inner)
    kept.objects.link(inner)
    instance = bpy.data.objects.new("Instance", None)
    instance.instance_type, instance.instance_collection = 'COLLECTION', kept
    instance.location = (3, 2, -6)
    scene.collection.objects.link(instance)
    hidden = add_ball((0, -2.5, -6), 0.5)
    hidden.hide_render = True
    held = add_ball((-1.5, -2.5, -6), 0.5)
    held.is_holdout = True
    found = covered(capture_maps(scene, (120, 80), depth_range=RANGE))

    def is_seen(x: float, y: float) -> bool:
        column, row = 60 + x / 6 * 60, 40 + y / 6 * 60
        return bool(found[round(row - 2) : round(row + 3), round(column - 2) : round(column + 3)].any())

    assert is_seen(-3, 0) and is_seen(-3, 2), "the ball and its copy by the modifier"
    assert is_seen(0.5, 2) and not is_seen(0, 2), "the curve is a ring"
    assert is_seen(1.4, -0.3), "the text"
    assert is_seen(3, 2), "the instance"
    assert not is_seen(0, -2.5), "hidden in renders"
    assert not is_seen(-1.5, -2.5), "a holdout leaves a hole"


def transparent(alpha: float) -> bpy.types.Material:
    material = bpy.data.materials.new("Pane")
    if material.node_tree is None:
        material.use_nodes = True
    shader = principled_of(material.node_tree)
    shader.inputs["Alpha"].default_value = alpha
    return material


@pytest.mark.parametrize(("alpha", "distance"), [(0.2, 10.0), (0.8, 4.0)])
def test_half_opaque_counts_as_a_surface(scene: bpy.types.Scene, alpha: float, distance: float) -> None:
    add_plane(location=(0, 0, -10))
    add_plane(location=(0, 0, -4)).data.materials.append(transparent(alpha))
    found = capture_maps(scene, SIZE, depth_range=RANGE)
    assert found.depth is not None
    assert middle(found.depth)[0] == grey_at(distance)


def test_one_distance_is_one_grey_in_all_frames(scene: bpy.types.Scene) -> None:
    add_plane(location=(0, 0, -8), size=2)
    mover = add_plane(location=(2, 0, -3), size=1)
    for frame, depth in ((1, -3.0), (50, -12.0)):
        mover.location.z = depth
        mover.keyframe_insert("location", frame=frame)
    scene.frame_set(20)
    depth_range = control_maps.survey_depth(scene, range(1, 51))
    assert scene.frame_current == 20
    assert (depth_range.near, depth_range.far) == pytest.approx((3.0, 12.0), abs=1e-3)
    greys = []
    for frame in (1, 50):
        scene.frame_set(frame)
        found = capture_maps(scene, SIZE, depth_range=depth_range)
        assert found.depth_range == depth_range
        assert found.depth is not None
        greys.append(middle(found.depth)[0])
    assert greys[0] == greys[1] == pytest.approx(grey_at(8.0, depth_range), abs=1)


@pytest.mark.parametrize("frame", [-7, 0, 35])
def test_each_frame_is_looked_at_from_another(scene: bpy.types.Scene, frame: int) -> None:
    mover = add_plane(location=(0, 0, -3), size=1)
    for at in (-7, 0, 35, 60):
        mover.location.z = -8.0 if at == frame else -3.0
        mover.keyframe_insert("location", frame=at)
    scene.frame_set(60)
    found = control_maps.survey_depth(scene, [frame])
    assert found.near == pytest.approx(8.0, abs=1e-3)
    assert (scene.frame_current, scene.frame_start, scene.frame_end) == (60, 1, 250)


def test_a_sequence_is_looked_at_while_threads_run(scene: bpy.types.Scene) -> None:
    """Blender up to 5.0 dies of an operator under `temp_override` while another thread runs Python."""
    add_plane(location=(0, 0, -3), size=1)
    scene.frame_set(60)
    with busy_threads():
        found = control_maps.survey_depth(scene, range(1, 25), most=24)
    assert found.near == pytest.approx(3.0, abs=1e-3)


def test_without_a_range_the_frame_has_its_own(scene: bpy.types.Scene) -> None:
    add_plane(location=(-2, 0, -4), size=1)
    add_plane(location=(2, 0, -9), size=1)
    found = capture_maps(bpy.context.scene, SIZE)
    assert (found.depth_range.near, found.depth_range.far) == pytest.approx((4.0, 9.0), abs=1e-3)
    assert found.depth is not None
    assert found.depth.max() == 255


def test_only_what_was_asked_for(scene: bpy.types.Scene) -> None:
    add_plane(location=(0, 0, -4))
    found = capture_maps(scene, SIZE, frozenset({'NORMAL'}))
    assert found.depth is None and found.line is None and found.normal is not None


def test_lines_between_objects_that_touch(scene: bpy.types.Scene) -> None:
    add_plane(location=(-2, 0, -4), size=4)
    add_plane(location=(2, 0, -4), size=4)
    line = capture_maps(scene, SIZE).line
    assert line is not None
    columns = np.nonzero((line[20:44, 20:76, 0] > 200).all(axis=0))[0]
    assert len(columns) == 1 and abs(columns[0] + 20 - 47.5) <= 1


def test_the_artists_switches_do_not_matter(scene: bpy.types.Scene) -> None:
    add_ball((0, 0, -5))
    plain = capture_maps(scene, SIZE, depth_range=RANGE)
    render = scene.render
    render.use_border, render.border_max_x = True, 0.3
    render.resolution_percentage = 37
    render.use_motion_blur = True
    scene.camera.data.dof.use_dof = True
    scene.camera.data.dof.aperture_fstop = 0.1
    scene.camera.data.dof.focus_distance = 1.0
    scene.view_layers[0].samples = 3
    marker = scene.timeline_markers.new("Cut", frame=1)
    marker.camera = scene.camera
    found = capture_maps(scene, SIZE, depth_range=RANGE)
    assert np.array_equal(found.depth, plain.depth)
    assert np.array_equal(found.normal, plain.normal)


@pytest.mark.parametrize("fails", [False, True])
def test_no_trace(scene: bpy.types.Scene, monkeypatch: pytest.MonkeyPatch, fails: bool) -> None:
    add_ball((0, 0, -5))
    camera = scene.camera
    camera.keyframe_insert("location", frame=1)
    camera.data.keyframe_insert("lens", frame=1)
    scene.timeline_markers.new("Cut", frame=1).camera = camera
    before = datablocks(), values(scene), values(camera), values(bpy.context.view_layer)
    if fails:
        monkeypatch.setattr(control_maps.exr, "read", _break)
        with pytest.raises(SourceUnavailable):
            capture_maps(scene, SIZE)
    else:
        capture_maps(scene, SIZE)
        control_maps.survey_depth(scene, [1, 2])
    after = datablocks(), values(scene), values(camera), values(bpy.context.view_layer)
    assert before == after


def _break(data: bytes) -> None:
    raise SourceUnavailable("Broken on purpose.")


def test_the_artists_render_stays(scene: bpy.types.Scene, tmp_path: Path) -> None:
    add_ball((0, 0, -5))
    ordinary_render(scene, tmp_path / "first.png", SIZE)
    result = bpy.data.images["Render Result"]
    result.save_render(str(tmp_path / "before.png"), scene=scene)
    capture_maps(scene, (64, 64))
    assert bpy.data.images["Render Result"] == result
    result.save_render(str(tmp_path / "after.png"), scene=scene)
    before, after = (read_png(tmp_path / name) for name in ("before.png", "after.png"))
    assert np.array_equal(before, after)


def test_what_undo_brought_back_is_swept(scene: bpy.types.Scene) -> None:
    before = datablocks()
    copy = scene_copy.SceneCopy(scene)
    copy.add_camera(like=scene.camera)
    assert scene_copy.sweep() == 3
    assert datablocks() == before
    copy.remove()
    assert datablocks() == before


def test_steps_can_be_given_up(scene: bpy.types.Scene) -> None:
    add_ball((0, 0, -5))
    before = datablocks()
    steps = control_maps.capture_steps(scene, SIZE)
    steps.close()
    assert datablocks() == before
    assert isinstance(scene_copy.run(control_maps.capture_steps(scene, SIZE)), Maps)
    assert datablocks() == before


def test_no_camera(scene: bpy.types.Scene) -> None:
    scene.camera = None
    with pytest.raises(SourceUnavailable, match="no camera"):
        capture_maps(scene, SIZE)


def test_a_panoramic_camera(scene: bpy.types.Scene) -> None:
    scene.camera.data.type = 'PANO'
    with pytest.raises(SourceUnavailable, match="panoramic"):
        capture_maps(scene, SIZE)
    with pytest.raises(SourceUnavailable, match="panoramic"):
        control_maps.survey_depth(scene, [1])


def test_nothing_in_view(scene: bpy.types.Scene) -> None:
    add_ball((0, 0, 5))
    before = datablocks()
    with pytest.raises(SourceUnavailable, match="no surface"):
        capture_maps(scene, SIZE)
    with pytest.raises(SourceUnavailable, match="no surface"):
        control_maps.survey_depth(scene, [1, 2])
    assert datablocks() == before
    found = capture_maps(scene, SIZE, depth_range=RANGE)
    assert found.depth is not None and not found.depth.any()
    assert found.normal is not None and (found.normal == (128, 128, 255)).all()
