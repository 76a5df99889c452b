# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Data sets: cameras that frame an object, whole files, and a scene that is as it was."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender.capture import camera_ring as ring
from bl_ext.user_default.drawthings_addon.blender.capture import scene_copy
from bl_ext.user_default.drawthings_addon.blender.capture.camera_ring import camera_ring, render_data_set
from bl_ext.user_default.drawthings_addon.errors import InvalidSettings, SourceUnavailable, StorageFailed
from blender_pictures import read_png, render_quickly
from blender_threads import busy_threads
from blender_traces import datablocks, values
from mathutils import Vector

SIZE = (64, 64)


@pytest.fixture
def scene(fresh_scene: bpy.types.Scene) -> bpy.types.Scene:
    render_quickly(fresh_scene)
    fresh_scene.cycles.device = 'CPU'
    return fresh_scene


@pytest.fixture
def monkey(scene: bpy.types.Scene) -> bpy.types.Object:
    """Something that looks different from every side, away from the origin, turned and scaled."""
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.ops.mesh.primitive_monkey_add(location=(3, -2, 1), rotation=(0.2, 0.1, 0.5))
    made = bpy.context.object
    made.name, made.scale = "Suzanne", (1.5, 1.0, 2.0)
    bpy.context.view_layer.update()
    return made


def names(directory: Path) -> list[str]:
    return sorted(each.name for each in directory.iterdir())


def test_cameras_frame_the_bounding_sphere(monkey: bpy.types.Object) -> None:
    centre, radius = ring.bounding_sphere([monkey])
    corners = [monkey.matrix_world @ vertex.co for vertex in monkey.data.vertices]
    assert max((corner - centre).length for corner in corners) == pytest.approx(radius, rel=1e-5)
    for size in ((64, 64), (128, 64), (64, 128)):
        views = camera_ring([monkey], 5, (-0.4, 0.0, 0.9), size)
        assert len(views) == 15
        half = 18.0 / ring.LENS * min(size) / max(size)
        for view in views:
            ahead = view.matrix.to_3x3() @ Vector((0, 0, -1))
            to_centre = centre - view.matrix.translation
            assert ahead.dot(to_centre) / to_centre.length == pytest.approx(1.0, abs=1e-6)
            reach = radius / math.sqrt(to_centre.length**2 - radius**2)
            assert 0.85 * half < reach < half, "the sphere fills the picture and stays inside"
            assert view.clip[0] < to_centre.length - radius < to_centre.length + radius < view.clip[1]


@pytest.mark.parametrize(
    ("azimuth", "elevation", "position", "words"),
    [
        (0, 0, (0, -1, 0), "front"),
        (90, 0, (1, 0, 0), "right"),
        (180, 10, None, "back"),
        (270, 0, (-1, 0, 0), "left"),
        (225, 30, None, "back left, slightly above"),
        (45, -70, None, "front right, below"),
        (0, 90, (0, 0, 1), "top"),
        (0, -90, (0, 0, -1), "bottom"),
    ],
)
def test_words_say_where_the_camera_is(
    monkey: bpy.types.Object,
    azimuth: float,
    elevation: float,
    position: tuple[float, float, float] | None,
    words: str,
) -> None:
    views = camera_ring([monkey], 8, [math.radians(elevation)])
    view = views[round(azimuth / 45)]
    assert view.words == words
    centre, _radius = ring.bounding_sphere([monkey])
    if position is not None:
        direction = (view.matrix.translation - centre).normalized()
        assert tuple(direction) == pytest.approx(position, abs=1e-5)
    assert (view.matrix.to_3x3() @ Vector((1, 0, 0))).z == pytest.approx(0, abs=1e-6), "level"


def test_instances_and_curves_have_a_sphere_too(scene: bpy.types.Scene) -> None:
    inner = bpy.data.objects["Cube"]
    kept = bpy.data.collections.new("Kept")
    for each in list(inner.users_collection):
        each.objects.unlink(inner)
    kept.objects.link(inner)
    instance = bpy.data.objects.new("Instance", None)
    instance.instance_type, instance.instance_collection = 'COLLECTION', kept
    instance.location = (5, 0, 0)
    scene.collection.objects.link(instance)
    bpy.context.view_layer.update()
    centre, radius = ring.bounding_sphere([instance])
    assert tuple(centre) == pytest.approx((5, 0, 0), abs=1e-5)
    assert radius == pytest.approx(math.sqrt(3), rel=1e-5)
    bpy.ops.curve.primitive_bezier_circle_add(radius=2.0, location=(0, 0, 7))
    bpy.context.object.data.bevel_depth = 0.1
    centre, radius = ring.bounding_sphere([bpy.context.object])
    assert tuple(centre) == pytest.approx((0, 0, 7), abs=1e-3)
    assert radius == pytest.approx(2.1, abs=0.02)


def test_nothing_to_frame(scene: bpy.types.Scene) -> None:
    with pytest.raises(SourceUnavailable, match="no surface"):
        camera_ring([bpy.data.objects["Light"]], 4)
    with pytest.raises(SourceUnavailable):
        camera_ring([], 4)
    for count, size in ((0, SIZE), (4, (0, 64)), (4, (64, 100_000))):
        with pytest.raises(InvalidSettings):
            camera_ring([bpy.data.objects["Cube"]], count, size=size)


@pytest.mark.parametrize("lighting", ['SCENE', 'NEUTRAL'])
def test_a_data_set(monkey: bpy.types.Object, tmp_path: Path, lighting: ring.Lighting) -> None:
    views = camera_ring([monkey], 4, (0.0, 0.6), SIZE)
    before = datablocks(), values(bpy.context.scene), values(bpy.context.preferences.view)
    steps = render_data_set(
        bpy.context.scene, tmp_path / "set", [monkey], views, SIZE, lighting=lighting, backdrop='TRANSPARENT'
    )
    progress = list(steps)
    assert [each.done for each in progress] == list(range(1, 9))
    assert {each.total for each in progress} == {8}
    expected = [f"Suzanne_{index:03d}.{kind}" for index in range(8) for kind in ("png", "txt")]
    assert names(tmp_path / "set") == expected
    pictures = [read_png(each.path) for each in progress if each.path]
    for picture in pictures:
        assert picture.shape == (64, 64, 4)
        rows, columns = np.nonzero(picture[..., 3] > 127)
        # The middle of the bounding box lies in the middle; the outline of a head nearly does.
        assert (rows.min() + rows.max()) / 2 == pytest.approx(31.5, abs=6)
        assert (columns.min() + columns.max()) / 2 == pytest.approx(31.5, abs=6)
        assert 20 < max(np.ptp(rows), np.ptp(columns)) <= 63
        edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
        assert not edge[:, 3].any(), "nothing is cut off"
    assert len({picture.tobytes() for picture in pictures}) == 8
    captions = [each.path.with_suffix(".txt").read_text("utf-8") for each in progress if each.path]
    assert captions[0] == "a photo of Suzanne, view from the front\n"
    assert captions[7] == "a photo of Suzanne, view from the left, slightly above\n"
    assert (datablocks(), values(bpy.context.scene), values(bpy.context.preferences.view)) == before


def test_a_ball_is_in_the_middle(scene: bpy.types.Scene, tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_uv_sphere_add(location=(4, 5, 6))
    ball = bpy.context.object
    views = camera_ring([ball], 3, (0.0, 0.5), (96, 64))
    for each in render_data_set(
        bpy.context.scene,
        tmp_path,
        [ball],
        views,
        (96, 64),
        lighting='NEUTRAL',
        backdrop='TRANSPARENT',
        samples=4,
    ):
        assert each.path is not None
        picture = read_png(each.path)
        assert picture.shape[:2] == (64, 96)
        rows, columns = np.nonzero(picture[..., 3] > 127)
        assert (rows.mean(), columns.mean()) == pytest.approx((31.5, 47.5), abs=0.6)
        inside = picture[28:36, 44:52, :3]
        assert inside.min() > 100, "lit from everywhere"


def test_neutral_shows_the_object_alone(scene: bpy.types.Scene, tmp_path: Path) -> None:
    bpy.ops.mesh.primitive_uv_sphere_add(location=(0, -4, 0), radius=0.5)
    cube = bpy.data.objects["Cube"]
    views = camera_ring([cube], 1, (0.0,), SIZE)
    shown = {}
    for lighting in ('SCENE', 'NEUTRAL'):
        folder = tmp_path / lighting
        (done,) = render_data_set(bpy.context.scene, folder, [cube], views, SIZE, lighting=lighting)
        assert done.path is not None
        shown[lighting] = read_png(done.path)
        assert (shown[lighting][..., 3] == 255).all()
    assert np.abs(shown['SCENE'].astype(int) - shown['NEUTRAL']).max() > 50


def test_cancelled_in_the_middle_and_resumed(
    monkey: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = camera_ring([monkey], 4, (0.0,), SIZE)
    before = datablocks()
    steps = render_data_set(bpy.context.scene, tmp_path, [monkey], views, SIZE)
    next(steps)
    next(steps)
    steps.close()
    kept = ["Suzanne_000.png", "Suzanne_000.txt", "Suzanne_001.png", "Suzanne_001.txt"]
    assert names(tmp_path) == kept
    assert datablocks() == before
    first = (tmp_path / "Suzanne_000.png").stat().st_mtime_ns
    # A picture without caption is not whole: it is made again.
    (tmp_path / "Suzanne_001.txt").unlink()
    rendered = []
    original = scene_copy.SceneCopy.render

    def counted(self: scene_copy.SceneCopy, path: Path, *, blocking: bool) -> scene_copy.Steps:
        rendered.append(path)
        return original(self, path, blocking=blocking)

    monkeypatch.setattr(scene_copy.SceneCopy, "render", counted)
    resumed = render_data_set(bpy.context.scene, tmp_path, [monkey], views, SIZE)
    assert [each.done for each in resumed] == [1, 2, 3, 4]
    assert len(rendered) == 3
    assert len(names(tmp_path)) == 8
    assert (tmp_path / "Suzanne_000.png").stat().st_mtime_ns == first


def test_a_render_that_fails_leaves_whole_files_only(
    monkey: bpy.types.Object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    views = camera_ring([monkey], 2, (0.0,), SIZE)
    before = datablocks()
    steps = render_data_set(bpy.context.scene, tmp_path, [monkey], views, SIZE)
    next(steps)

    def stopped(*_arguments: object, **_settings: object) -> scene_copy.Steps:
        raise SourceUnavailable("The render was stopped before its end.")
        yield

    monkeypatch.setattr(scene_copy.SceneCopy, "render", stopped)
    with pytest.raises(SourceUnavailable):
        next(steps)
    assert names(tmp_path) == ["Suzanne_000.png", "Suzanne_000.txt"]
    assert datablocks() == before


def test_renders_while_threads_run(monkey: bpy.types.Object, tmp_path: Path) -> None:
    """Blender up to 5.0 dies of an operator under `temp_override` while another thread runs Python."""
    with busy_threads():
        views = camera_ring([monkey], 12, (0.0, 30.0), (32, 32))
        for _ in render_data_set(bpy.context.scene, tmp_path, [monkey], views, (32, 32)):
            pass
    assert len(list(tmp_path.glob("*.png"))) == 24


def test_no_room_for_a_folder(monkey: bpy.types.Object, tmp_path: Path) -> None:
    before = datablocks()
    copy = scene_copy.SceneCopy(bpy.context.scene)
    with pytest.raises(StorageFailed, match="No folder can be made"):
        copy.new_folder(tmp_path / "gone")
    copy.remove()
    assert datablocks() == before


def test_what_was_undone_is_told(monkey: bpy.types.Object, tmp_path: Path) -> None:
    views = camera_ring([monkey], 2, (0.0,), SIZE)
    steps = render_data_set(bpy.context.scene, tmp_path, [monkey], views, SIZE)
    next(steps)
    bpy.data.objects.remove(monkey)
    with pytest.raises(SourceUnavailable, match="no longer there"):
        next(steps)


@pytest.mark.parametrize(
    ("name", "stem"),
    [("Rusty Anchor", "Rusty_Anchor"), ("../../etc", "etc"), ("🦊", "object"), ("Ärmel", "Ärmel")],
)
def test_names_make_files(scene: bpy.types.Scene, tmp_path: Path, name: str, stem: str) -> None:
    cube = bpy.data.objects["Cube"]
    views = camera_ring([cube], 1, (0.0,), SIZE)
    folder = tmp_path / "set"
    list(
        render_data_set(
            bpy.context.scene, folder, [cube], views, SIZE, name=name, caption="{index} of {name}"
        )
    )
    assert names(folder) == [f"{stem}_000.png", f"{stem}_000.txt"]
    assert (folder / f"{stem}_000.txt").read_text("utf-8") == f"1 of {name}\n"


def test_a_bad_caption_or_folder_is_told_before_rendering(scene: bpy.types.Scene, tmp_path: Path) -> None:
    cube = bpy.data.objects["Cube"]
    views = camera_ring([cube], 1, (0.0,), SIZE)
    for caption in ("{nobody}", "{", "{0}"):
        with pytest.raises(InvalidSettings, match="placeholder"):
            list(render_data_set(bpy.context.scene, tmp_path, [cube], views, SIZE, caption=caption))
    taken = tmp_path / "file"
    taken.write_text("")
    with pytest.raises(StorageFailed):
        list(render_data_set(bpy.context.scene, taken, [cube], views, SIZE))
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("lighting", ['SCENE', 'NEUTRAL'])
def test_pictures_are_rendered_as_the_scene_is(monkey: bpy.types.Object, lighting: ring.Lighting) -> None:
    scene = bpy.context.scene
    scene.render.engine = 'CYCLES'
    scene.cycles.samples, scene.cycles.use_denoising, scene.cycles.max_bounces = 3, False, 2
    (view,) = camera_ring([monkey], 1, (0.0,))
    copy = ring._scene_copy(scene.name, [monkey.name], view, SIZE, lighting)
    try:
        cycles = copy.scene.cycles
        assert (cycles.samples, cycles.use_denoising, cycles.max_bounces) == (3, False, 2)
        assert copy.scene.render.engine == 'CYCLES'
    finally:
        copy.remove()
