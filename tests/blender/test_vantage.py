# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From where a picture was taken: noted when it is, found again in a view, kept by files and the journal."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import bpy
import pytest
from mathutils import Matrix, Vector

SIZE = (640, 480)


@pytest.fixture
def vantage(extension: ModuleType) -> ModuleType:
    from bl_ext.user_default.drawthings_addon.blender.delivery import vantage

    return vantage


def perspective(
    *, scale: float = 2.0, shape: float = 4 / 3, shift: tuple[float, float] = (0.0, 0.0)
) -> Matrix:
    return Matrix(
        ((scale, 0, shift[0], 0), (0, scale * shape, shift[1], 0), (0, 0, -1.0, -0.2), (0, 0, -1.0, 0))
    )


def orthographic(
    *, scale: float = 0.2, shape: float = 4 / 3, moved: tuple[float, float] = (0.0, 0.0)
) -> Matrix:
    return Matrix(((scale, 0, 0, moved[0]), (0, scale * shape, 0, moved[1]), (0, 0, -0.02, 0), (0, 0, 0, 1)))


def seen(point: Vector, view: Matrix, projection: Matrix) -> tuple[float, float]:
    """Where a point of the world lies, in shares of a picture's or a region's width and height."""
    clip = projection @ (view @ point.to_4d())
    return clip.x / clip.w / 2 + 0.5, clip.y / clip.w / 2 + 0.5


VIEW = Matrix.Translation((0.3, -0.2, -7.0)) @ Matrix.Rotation(0.8, 4, 'X')
POINTS = (Vector((0.0, 0.0, 0.0)), Vector((1.0, -0.7, 0.4)), Vector((-1.3, 0.6, 1.0)))


def _lies_right(
    found, vantage, view: Matrix, projection: Matrix, window: Matrix, region_view: Matrix
) -> None:
    frame = found.frame(region_view, window)
    for point in POINTS:
        across, up = seen(point, view, projection)
        there = seen(point, region_view, window)
        assert frame.left + across * (frame.right - frame.left) == pytest.approx(there[0], abs=1e-5)
        assert frame.bottom + up * (frame.top - frame.bottom) == pytest.approx(there[1], abs=1e-5)


@pytest.mark.parametrize(
    "window",
    [
        perspective(),
        perspective(scale=1.1, shape=2.0),
        perspective(scale=3.7, shift=(0.3, -0.4)),
    ],
)
def test_a_picture_lies_on_what_it_shows_at_any_lens_zoom_and_shift(
    vantage: ModuleType, window: Matrix
) -> None:
    taken = perspective(scale=2.4, shape=1.0, shift=(-0.1, 0.25))
    found = vantage.Vantage.of(VIEW, taken)
    _lies_right(found, vantage, VIEW, taken, window, VIEW)


def test_of_an_orthographic_view_it_moves_and_grows_with_it(vantage: ModuleType) -> None:
    taken = orthographic(moved=(0.1, 0.0))
    moved = Matrix.Translation((0.7, 1.1, 3.0)) @ VIEW
    found = vantage.Vantage.of(VIEW, taken)
    _lies_right(found, vantage, VIEW, taken, orthographic(scale=0.31, shape=1.0, moved=(0.0, -0.2)), moved)


def test_it_is_not_stretched_over_another_view(vantage: ModuleType) -> None:
    window = perspective()
    found = vantage.Vantage.of(VIEW, window)
    for other in (
        Matrix.Translation((0.02, 0, 0)) @ VIEW,
        Matrix.Rotation(0.003, 4, 'Y') @ VIEW,
    ):
        assert found.frame(other, window) is None
    assert found.frame(VIEW, orthographic()) is None
    turned = Matrix.Rotation(0.01, 4, 'Z') @ VIEW
    assert vantage.Vantage.of(VIEW, orthographic()).frame(turned, orthographic()) is None


@pytest.mark.parametrize("projection", [perspective(shift=(0.2, 0.1)), orthographic(moved=(0.2, 0.1))])
def test_a_part_of_a_picture_lies_where_it_is_of_the_whole(vantage: ModuleType, projection: Matrix) -> None:
    whole = vantage.Vantage.of(VIEW, projection)
    part = whole.cropped(0.25, 0.1, 0.75, 0.4)
    window = projection
    frame = part.frame(VIEW, window)
    assert (frame.left, frame.bottom, frame.right, frame.top) == pytest.approx(
        (0.25, 0.1, 0.75, 0.4), abs=1e-6
    )


def test_what_no_view_has_is_not_read(vantage: ModuleType) -> None:
    good = tuple(each for row in perspective() for each in row)
    assert vantage.Vantage.read(good, good, None) is not None
    for bad in (good[:-1], (float("nan"), *good[1:]), (0.0, *good[1:])):
        assert vantage.Vantage.read(good, bad, None) is None


class Here:
    """A vantage that a source has, as a capture gives it to a job."""

    def __init__(self, vantage: ModuleType) -> None:
        self.camera = bpy.context.scene.camera
        self.found = vantage.Vantage.of(VIEW, perspective(), self.camera)


def _noted(found: object) -> bpy.types.Image:
    from bl_ext.user_default.drawthings_addon.blender.delivery import provenance
    from bl_ext.user_default.drawthings_addon.blender.delivery.target import Target
    from bl_ext.user_default.drawthings_addon.client.request import GenerationRequest
    from bl_ext.user_default.drawthings_addon.jobs.generate import GenerateTask
    from bl_ext.user_default.drawthings_addon.jobs.source import Source, SourceName

    image = bpy.data.images.new("restyled", *SIZE)
    image.use_fake_user = True
    source = Source(SourceName("VIEW"), path=Path("gone.png"), origin=found)
    task = GenerateTask(GenerationRequest(), directory=Path(), source=source)
    provenance.note(image, task, Target(), Target())
    return image


def test_it_outlives_the_file(vantage: ModuleType, tmp_path: Path) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import provenance

    here = Here(vantage)
    _noted(here.found)
    here.camera.name = "renamed since"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "saved.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "saved.blend"))
    found = provenance.of(bpy.data.images["restyled"]).vantage
    assert found.view == pytest.approx(here.found.view) and found.projection == pytest.approx(
        here.found.projection
    )
    assert found.camera.resolve() == bpy.data.objects["renamed since"]
    assert found.frame(VIEW, perspective()) is not None


def test_what_is_made_of_such_a_picture_lies_there_too(vantage: ModuleType) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery import provenance
    from bl_ext.user_default.drawthings_addon.blender.delivery.target import ImageTile, Reference

    here = Here(vantage)
    first = _noted(here.found)
    assert provenance.of(_noted(ImageTile(Reference.to(first)))).vantage == here.found
    # One of a tile shows a part of it, if anything.
    assert provenance.of(_noted(ImageTile(Reference.to(first), 1001))).vantage is None
    assert provenance.of(_noted(None)).vantage is None


def test_the_journal_knows_it(vantage: ModuleType) -> None:
    from bl_ext.user_default.drawthings_addon.blender.delivery.destination import Destination
    from bl_ext.user_default.drawthings_addon.jobs.source import Source, SourceName

    here = Here(vantage)
    source = Source(SourceName("VIEW"), origin=here.found)
    text = Destination().to_text((source,))
    assert Destination.from_text(text).origins == (here.found,)
    assert Destination.from_text(text.replace('"view": [', '"view": ["x", ')) == Destination()


@pytest.mark.parametrize("border", [False, True])
def test_a_render_remembers_where_the_camera_was(vantage: ModuleType, border: bool) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import rendered_from

    scene = bpy.context.scene
    render = scene.render
    render.engine = 'CYCLES'
    scene.cycles.samples = 1
    render.resolution_x, render.resolution_y, render.resolution_percentage = 32, 16, 100
    render.use_border = render.use_crop_to_border = border
    render.border_min_x, render.border_max_x = 0.5, 1.0
    before = scene.camera.matrix_world.copy()
    bpy.ops.render.render()
    scene.camera.location.x += 3.0
    bpy.context.view_layer.update()
    found = rendered_from.last(scene)
    assert found.is_seen_from(before.normalized().inverted(), found_window(found))
    assert not found.is_seen_from(scene.camera.matrix_world.normalized().inverted(), found_window(found))
    frame = found.frame(found.view_matrix, scene.camera.calc_matrix_camera(
        bpy.context.view_layer.depsgraph, x=32, y=16))  # fmt: skip
    assert frame.left == pytest.approx(0.5 if border else 0.0, abs=1e-5)
    assert frame.right == pytest.approx(1.0, abs=1e-5)


def found_window(found: object) -> Matrix:
    return Matrix([found.projection[start : start + 4] for start in range(0, 16, 4)])


def test_of_an_animation_the_last_frame_is_not_taken_for_the_first(vantage: ModuleType) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture import rendered_from

    scene = bpy.context.scene
    rendered_from._begins(scene)
    assert rendered_from.last(scene) is not None
    scene.frame_set(5)
    rendered_from._frame_ends(scene)
    assert rendered_from.last(scene) is not None
    scene.frame_set(1)
    assert rendered_from.last(scene) is None
