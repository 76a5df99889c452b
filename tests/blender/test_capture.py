# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is sent of a render and of a viewport is what Blender itself shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from blender_pictures import Bytes, bytes_of, read_png, render_quickly

Panel = bpy.types.PropertyGroup

#: `gpu.init` makes a graphics context without a window.
HAS_GRAPHICS = bpy.app.version >= (5, 1, 0)
with_graphics = pytest.mark.skipif(not HAS_GRAPHICS, reason="this bpy has no graphics without a window")
VIEW_TRANSFORMS = ("Standard", "Filmic", "AgX")


def view() -> object:
    from bl_ext.user_default.drawthings_addon.blender import capture

    return capture.require_view(Selection.of(bpy.context))


def render_settings(size: tuple[int, int], *, transparent: bool = False) -> bpy.types.Scene:
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.film_transparent = transparent
    return scene


def set_format(scene: bpy.types.Scene, file_format: str, media_type: str = 'IMAGE') -> None:
    settings = scene.render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = media_type
    settings.file_format = file_format


def saved_by_blender(scene: bpy.types.Scene, path: Path) -> Bytes:
    """The last render as an 8-bit PNG with the scene's own settings."""
    settings = scene.render.image_settings
    set_format(scene, 'PNG')
    settings.color_mode, settings.color_depth = 'RGBA', '8'
    bpy.data.images["Render Result"].save_render(str(path), scene=scene)
    return read_png(path)


def newest_result() -> bpy.types.Image:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    image = session.get().results[0].datablock()
    assert image is not None
    return image


@pytest.mark.parametrize("transparent", [False, True], ids=["opaque", "transparent"])
@pytest.mark.parametrize("size", [(101, 67), (128, 64)], ids=str)
def test_render_comes_back_as_blender_saves_it(
    panel: Panel, tmp_path: Path, size: tuple[int, int], transparent: bool
) -> None:
    scene = render_settings(size, transparent=transparent)
    bpy.ops.render.render()
    different = []
    for view_transform in VIEW_TRANSFORMS:
        scene.view_settings.view_transform = view_transform
        wanted = saved_by_blender(scene, tmp_path / f"{view_transform}.png")
        assert bpy.ops.drawthings.img2img(source='RENDER') == {'FINISHED'}
        assert np.array_equal(bytes_of(newest_result()), wanted), view_transform
        different.append(wanted)
    assert not np.array_equal(different[0], different[1]), "the view transforms differ"
    assert not np.array_equal(different[1], different[2])
    assert (wanted[..., 3] == 0).any() == transparent


def test_fresh_render_is_what_write_still_saves(panel: Panel, tmp_path: Path) -> None:
    scene = render_settings((70, 65), transparent=True)
    scene.view_settings.look = 'AgX - Punchy'
    scene.view_settings.exposure = 0.5
    scene.view_settings.gamma = 1.2
    scene.render.filepath = str(tmp_path / "still.png")
    set_format(scene, 'PNG')
    scene.render.image_settings.color_mode = 'RGBA'
    panel.render_source = 'FRESH'
    assert bpy.ops.drawthings.img2img(source='RENDER') == {'FINISHED'}
    back = bytes_of(newest_result())
    bpy.ops.render.render(write_still=True)
    assert np.array_equal(back, read_png(tmp_path / "still.png"))


@pytest.mark.parametrize(
    ("file_format", "media_type", "depth"),
    [
        ('OPEN_EXR', 'IMAGE', '32'),
        ('OPEN_EXR_MULTILAYER', 'MULTI_LAYER_IMAGE', '16'),
        ('JPEG', 'IMAGE', '8'),
        ('FFMPEG', 'VIDEO', '8'),
        ('PNG', 'IMAGE', '16'),
        ('TIFF', 'IMAGE', '16'),
    ],
)
def test_output_format_matters_not(
    panel: Panel, tmp_path: Path, file_format: str, media_type: str, depth: str
) -> None:
    scene = render_settings((66, 64))
    bpy.ops.render.render()
    wanted = saved_by_blender(scene, tmp_path / "wanted.png")
    set_format(scene, file_format, media_type)
    settings = scene.render.image_settings
    settings.color_depth = depth
    settings.color_mode = 'BW' if file_format == 'JPEG' else 'RGB'
    names = [each.identifier for each in settings.bl_rna.properties]
    before = {name: getattr(settings, name) for name in names}
    assert bpy.ops.drawthings.img2img(source='RENDER') == {'FINISHED'}
    assert {name: getattr(settings, name) for name in names} == before
    assert np.array_equal(bytes_of(newest_result()), wanted)


def test_own_color_management_of_the_output_is_not_used(panel: Panel, tmp_path: Path) -> None:
    scene = render_settings((66, 64))
    bpy.ops.render.render()
    wanted = saved_by_blender(scene, tmp_path / "wanted.png")
    settings = scene.render.image_settings
    settings.color_management = 'OVERRIDE'
    settings.view_settings.view_transform = 'Raw'
    assert bpy.ops.drawthings.img2img(source='RENDER') == {'FINISHED'}
    assert settings.color_management == 'OVERRIDE'
    assert settings.view_settings.view_transform == 'Raw'
    assert np.array_equal(bytes_of(newest_result()), wanted), "what is displayed is sent"


def test_render_result_as_an_image(panel: Panel, tmp_path: Path) -> None:
    scene = render_settings((66, 64))
    bpy.ops.render.render()
    wanted = saved_by_blender(scene, tmp_path / "wanted.png")
    assert bpy.ops.drawthings.img2img(source='IMAGE', image="Render Result") == {'FINISHED'}
    assert np.array_equal(bytes_of(newest_result()), wanted)
    with pytest.raises(RuntimeError, match="is made by Blender and cannot be replaced"):
        bpy.ops.drawthings.img2img(source='IMAGE', image="Render Result", target='REPLACE')


def test_percentage_counts(panel: Panel) -> None:
    scene = render_settings((200, 130))
    scene.render.resolution_percentage = 50
    assert bpy.ops.drawthings.img2img(source='RENDER') == {'FINISHED'}
    assert tuple(newest_result().size) == (100, 65)


# The viewport


def drawn_by_hand(size: tuple[int, int], *, overlays: bool = False, camera: bool = False) -> Bytes:
    """The largest 3D View drawn into a picture of `size`, until another draw changes nothing."""
    import gpu

    gpu.init()
    context = bpy.context
    areas = [area for area in context.screen.areas if area.type == 'VIEW_3D']
    area = max(areas, key=lambda each: each.width * each.height)
    region = next(each for each in area.regions if each.type == 'WINDOW')
    space = area.spaces.active
    view, projection = space.region_3d.view_matrix, space.region_3d.window_matrix
    if camera:
        depsgraph = context.evaluated_depsgraph_get()
        view = context.scene.camera.matrix_world.normalized().inverted()
        projection = context.scene.camera.calc_matrix_camera(depsgraph, x=size[0], y=size[1])
    before = space.overlay.show_overlays
    space.overlay.show_overlays = overlays
    pixels = None
    for _ in range(5):
        target = gpu.types.GPUOffScreen(*size)
        target.draw_view3d(
            context.scene, context.view_layer, space, region, view, projection, do_color_management=True
        )
        buffer = target.texture_color.read()
        buffer.dimensions = size[0] * size[1] * 4
        flat = np.frombuffer(buffer, np.uint8)
        last, pixels = pixels, flat.reshape(size[1], size[0], 4)[::-1].copy()
        target.free()
        if last is not None and np.array_equal(last, pixels):
            break
    space.overlay.show_overlays = before
    return np.dstack([pixels[..., :3], np.full(size[::-1], 255, np.uint8)])


def view_size() -> tuple[int, int]:
    area = next(area for area in bpy.context.screen.areas if area.type == 'VIEW_3D')
    region = next(each for each in area.regions if each.type == 'WINDOW')
    return region.width, region.height


@with_graphics
def test_current_view_is_what_is_drawn(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture

    width, height = view_size()
    # Half of the view is of the same shape, and drawn by software in a quarter of the time.
    half = (width // 2, height // 2)
    assert half[0] * 2 / width == half[1] * 2 / height
    # What a window does all the time.
    drawn_by_hand(half, overlays=True)
    source = capture.viewport(view(), size=half)
    wanted = drawn_by_hand(half)
    assert len(np.unique(wanted[..., 0])) > 8, "something is seen"
    assert source.pixels is not None
    assert np.array_equal(source.pixels[::-1], wanted[..., :3])


@with_graphics
def test_current_view_comes_back_in_its_size(panel: Panel) -> None:
    assert bpy.ops.drawthings.img2img(source='VIEWPORT') == {'FINISHED'}
    assert tuple(newest_result().size) == view_size()


@with_graphics
@pytest.mark.parametrize("overlays", [False, True], ids=["plain", "overlays"])
def test_view_transforms_and_overlays(panel: Panel, overlays: bool) -> None:
    panel.use_overlays = overlays
    panel.view_from = 'CAMERA'
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 150, 101
    for view_transform in VIEW_TRANSFORMS:
        scene.view_settings.view_transform = view_transform
        drawn_by_hand((150, 101), overlays=True, camera=True)
        assert bpy.ops.drawthings.img2img(source='VIEWPORT') == {'FINISHED'}
        wanted = drawn_by_hand((150, 101), overlays=overlays, camera=True)
        assert np.array_equal(bytes_of(newest_result()), wanted), view_transform


@with_graphics
@pytest.mark.parametrize("size", [(101, 67), (128, 256)], ids=str)
def test_view_from_the_camera(panel: Panel, size: tuple[int, int]) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = size
    panel.view_from = 'CAMERA'
    assert bpy.ops.drawthings.img2img(source='VIEWPORT') == {'FINISHED'}
    assert np.array_equal(bytes_of(newest_result()), drawn_by_hand(size, camera=True))


@with_graphics
def test_viewport_of_another_size(panel: Panel) -> None:
    panel.use_source_size = False
    panel.view_from = 'CAMERA'
    panel.width, panel.height = 192, 128
    assert bpy.ops.drawthings.img2img(source='VIEWPORT') == {'FINISHED'}
    assert np.array_equal(bytes_of(newest_result()), drawn_by_hand((192, 128), camera=True))


@with_graphics
def test_another_shape_shows_more_and_never_less(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture

    width, height = (edge // 4 for edge in view_size())
    usual = capture.viewport(view(), size=(width, height)).pixels
    wide = capture.viewport(view(), size=(width * 3 // 2 + 1, height)).pixels
    assert usual is not None
    assert wide is not None
    start = (wide.shape[1] - width) // 2
    middle = wide[:, start : start + width].astype(int)
    assert np.abs(middle - usual).mean() < 1.0, "the middle of the wide view is the usual view"


def look_through(camera: bpy.types.Object) -> bpy.types.SpaceView3D:
    """The largest 3D View as after View → Cameras → Active Camera."""
    areas = [area for area in bpy.context.screen.areas if area.type == 'VIEW_3D']
    space = max(areas, key=lambda each: each.width * each.height).spaces.active
    if camera != bpy.context.scene.camera:
        space.use_local_camera = True
        space.camera = camera
    space.region_3d.view_perspective = 'CAMERA'
    space.region_3d.update()
    return space


def frame_on_screen(camera: bpy.types.Object, space: bpy.types.SpaceView3D) -> tuple[float, ...]:
    """Left, bottom, right and top of the camera's frame in the region, by where its corners are drawn."""
    from bpy_extras.view3d_utils import location_3d_to_region_2d

    area = next(area for area in bpy.context.screen.areas if area.spaces.active == space)
    region = next(each for each in area.regions if each.type == 'WINDOW')
    corners = [
        location_3d_to_region_2d(region, space.region_3d, camera.matrix_world @ corner)
        for corner in camera.data.view_frame(scene=bpy.context.scene)
    ]
    across, up = zip(*corners, strict=True)
    return min(across), min(up), max(across), max(up)


def composed_by(change: Callable[[bpy.types.Object], None]) -> bpy.types.Object:
    """The start-up scene, looked through its camera after a change."""
    camera = bpy.context.scene.camera
    change(camera)
    bpy.context.view_layer.update()
    return camera


def render_size(width: int, height: int, aspect: float = 1.0) -> Callable[[bpy.types.Object], None]:
    def change(_camera: bpy.types.Object) -> None:
        render = bpy.context.scene.render
        render.resolution_x, render.resolution_y = width, height
        render.pixel_aspect_x = aspect

    return change


def lens(**settings: float | str) -> Callable[[bpy.types.Object], None]:
    def change(camera: bpy.types.Object) -> None:
        for name, value in settings.items():
            setattr(camera.data, name, value)

    return change


@with_graphics
@pytest.mark.parametrize(
    ("change", "zoom", "offset"),
    [
        pytest.param(render_size(1920, 1080), 0.0, (0.0, 0.0), id="as it starts"),
        pytest.param(render_size(600, 900), 0.0, (0.0, 0.0), id="portrait"),
        pytest.param(render_size(1920, 1080), 12.0, (0.1, -0.05), id="zoomed and moved"),
        pytest.param(render_size(1000, 1000, 2.0), 0.0, (0.0, 0.0), id="pixel aspect"),
        pytest.param(lens(shift_x=0.2, shift_y=-0.1), 0.0, (0.0, 0.0), id="shifted lens"),
        pytest.param(lens(sensor_fit='VERTICAL', lens=35.0), 0.0, (0.0, 0.0), id="sensor fit"),
        pytest.param(lens(type='ORTHO', ortho_scale=6.0, shift_x=0.1), 0.0, (0.0, 0.0), id="orthographic"),
    ],
)
def test_a_view_through_the_camera_is_what_lies_in_its_frame(
    panel: Panel,
    change: Callable[[bpy.types.Object], None],
    zoom: float,
    offset: tuple[float, float],
) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture

    camera = composed_by(change)
    space = look_through(camera)
    space.region_3d.view_camera_zoom = zoom
    space.region_3d.view_camera_offset = offset
    space.region_3d.update()
    # Half of the view is of the same shape, and drawn by software in a quarter of the time.
    width, height = (edge // 2 for edge in view_size())
    left, bottom, right, top = (edge / 2 for edge in frame_on_screen(camera, space))
    whole = drawn_by_hand((width, height))
    source = capture.viewport(view(), size=(round(right - left), round(top - bottom)))
    assert source.pixels is not None
    sent = source.pixels[::-1].astype(int)
    start, first = round(left), round(height - top)
    seen = whole[first : first + sent.shape[0], start : start + sent.shape[1], :3]
    assert len(np.unique(seen)) > 8, "something is seen"
    # The frame lies between pixels: its edges are drawn a part of one away.
    assert np.abs(sent - seen).mean() < 2.0


@with_graphics
def test_a_view_through_a_camera_of_its_own(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture

    camera = bpy.context.scene.camera.copy()
    camera.data = camera.data.copy()
    camera.data.lens = 90.0
    bpy.context.collection.objects.link(camera)
    bpy.context.view_layer.update()
    space = look_through(camera)
    left, bottom, right, top = frame_on_screen(camera, space)
    pixels = capture.viewport(view()).pixels
    assert pixels is not None
    assert (pixels.shape[1], pixels.shape[0]) == (round(right - left), round(top - bottom))


@with_graphics
def test_a_camera_moved_by_a_script_is_looked_through_where_it_is_now(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture

    camera = bpy.context.scene.camera
    look_through(camera)
    before = capture.viewport(view(), size=(160, 90)).pixels
    camera.location.x += 2.0
    bpy.context.view_layer.update()
    after = capture.viewport(view(), size=(160, 90)).pixels
    assert before is not None
    assert not np.array_equal(before, after)
    bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = 160, 90
    assert np.array_equal(capture.viewport(view(), camera=True).pixels, after)


@with_graphics
def test_a_frame_in_another_shape_shows_more_and_never_less(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture

    bpy.context.scene.camera.data.shift_x = 0.1
    render_size(320, 160)(bpy.context.scene.camera)
    look_through(bpy.context.scene.camera)
    frame = capture.viewport(view(), size=(320, 160)).pixels
    square = capture.viewport(view(), size=(320, 320)).pixels
    assert frame is not None
    assert square is not None
    assert np.abs(square[80:240].astype(int) - frame).mean() < 1.0, "the frame is in the middle"


@with_graphics
def test_maps_of_a_view_through_the_camera_fit_its_frame(panel: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender import capture
    from bl_ext.user_default.drawthings_addon.blender.capture import control_maps

    scene = bpy.context.scene
    scene.camera.data.shift_x = 0.15
    render_size(320, 160)(scene.camera)
    look_through(scene.camera)
    viewpoint = control_maps.Viewpoint(*capture.view_matrices(view(), 320, 160, camera=False))
    depth_range = control_maps.DepthRange(4.0, 20.0)
    through = control_maps.capture_maps(
        scene, (320, 160), frozenset({'DEPTH'}), depth_range, viewpoint=viewpoint
    ).depth
    camera = control_maps.capture_maps(scene, (320, 160), frozenset({'DEPTH'}), depth_range).depth
    assert through is not None
    assert camera is not None
    assert len(np.unique(camera)) > 8, "something is seen"
    assert np.abs(through.astype(int) - camera).mean() < 0.5


@with_graphics
def test_no_camera_is_told(panel: Panel) -> None:
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    panel.view_from = 'CAMERA'
    with pytest.raises(RuntimeError, match="The scene has no camera"):
        bpy.ops.drawthings.img2img(source='VIEWPORT')


@pytest.mark.skipif(HAS_GRAPHICS, reason="this bpy has graphics")
def test_viewport_without_graphics_is_told(panel: Panel) -> None:
    with pytest.raises(RuntimeError, match=r"no graphics without a window.*Restyle a render instead"):
        bpy.ops.drawthings.img2img(source='VIEWPORT')


# What there is nothing of


def test_nothing_rendered_yet(panel: Panel) -> None:
    panel.render_source = 'LAST'
    with pytest.raises(RuntimeError, match=r"Nothing was rendered yet\. Render the scene first\."):
        bpy.ops.drawthings.img2img(source='RENDER')


def test_render_without_a_camera(panel: Panel) -> None:
    bpy.data.objects.remove(bpy.data.objects["Camera"])
    with pytest.raises(RuntimeError, match="The scene has no camera"):
        bpy.ops.drawthings.img2img(source='RENDER')


def test_image_without_pixels(panel: Panel, tmp_path: Path) -> None:
    from blender_pictures import noise, on_disk

    image = on_disk(tmp_path / "lost.png", noise(8, 8))
    (tmp_path / "lost.png").unlink()
    image.reload()
    with pytest.raises(RuntimeError, match="has no pixels"):
        bpy.ops.drawthings.img2img(source='IMAGE', image=image.name)


def test_no_such_image(panel: Panel) -> None:
    with pytest.raises(RuntimeError, match="There is no image “nothing”"):
        bpy.ops.drawthings.img2img(source='IMAGE', image="nothing")
    with pytest.raises(RuntimeError, match="No image is chosen"):
        bpy.ops.drawthings.img2img(source='IMAGE')


def test_no_texture(panel: Panel) -> None:
    with pytest.raises(RuntimeError, match="No image feeds Base Color of “Material”"):
        bpy.ops.drawthings.img2img(source='TEXTURE')
    bpy.context.object.active_material = None
    with pytest.raises(RuntimeError, match="There is no active material"):
        bpy.ops.drawthings.img2img(source='TEXTURE')


def test_no_such_tile(panel: Panel, tmp_path: Path) -> None:
    from blender_pictures import noise, tiled

    tiled(tmp_path, {1001: noise(64, 64)})
    with pytest.raises(RuntimeError, match="has no tile 1005"):
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall", tile=1005)
