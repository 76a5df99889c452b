# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What only A1111's API takes: maps of the scene, masks, hires fix, styles, scripts, server options."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy
import numpy as np
import pytest
from blender_panels import draw_tab
from blender_pictures import bytes_of, generated, noise, packed, read_png, render_quickly, tiled

from local_server import StandIn
from local_server.a1111.webui import WebUi

Panel = bpy.types.PropertyGroup
KINDS = ("depth", "normal", "line")


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    with StandIn(dialect='A1111') as server:
        server.journal.keeps_pictures = True
        yield server


@pytest.fixture
def connected(panel: Panel, preferences: bpy.types.AddonPreferences, web_ui: StandIn) -> Iterator[Panel]:
    """The panel, connected to a server of A1111's API."""
    connect_to(web_ui, preferences)
    panel.sampler, panel.steps = "Euler", 4
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x, scene.render.resolution_y = 96, 64
    yield panel


def connect_to(server: StandIn, preferences: bpy.types.AddonPreferences) -> None:
    preferences.server_url = server.url
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}


def switch_on(panel: Panel, *kinds: str) -> None:
    for kind in kinds:
        getattr(panel.scene_controls, kind).use = True


def sent(server: StandIn) -> dict[str, Any]:
    body = server.journal.generations[-1].body
    assert isinstance(body, dict)
    return body


def units(server: StandIn) -> list[dict[str, Any]]:
    scripts = sent(server)["alwayson_scripts"]
    return scripts["controlnet"]["args"] if scripts else []


def picture(text: str) -> np.ndarray:
    return read_png(base64.b64decode(text))[..., :3]


def words_of(call: Callable[[], object]) -> str:
    with pytest.raises(RuntimeError) as failure:
        call()
    assert "Traceback" not in str(failure.value)
    return str(failure.value)


def maps_of(size: tuple[int, int], depth_range: Any = None) -> dict[str, np.ndarray]:
    """The maps of the scene as it is, top row first."""
    from bl_ext.user_default.drawthings_addon.blender.capture import control_maps

    found = control_maps.capture_maps(bpy.context.scene, size, depth_range=depth_range)
    return {kind: getattr(found, kind)[::-1] for kind in KINDS}


# Maps of the scene


def test_maps_go_along_with_a_new_picture(connected: Panel, web_ui: StandIn) -> None:
    connected.width, connected.height = 192, 128
    switch_on(connected, *KINDS)
    connected.scene_controls.depth.weight = 0.5
    connected.scene_controls.line.guidance_end = 0.75
    expected = maps_of((192, 128))
    bpy.ops.drawthings.txt2img()
    depth, normal, line = units(web_ui)
    for kind, unit in zip(KINDS, (depth, normal, line), strict=True):
        assert np.array_equal(picture(unit["image"]), expected[kind]), kind
        assert unit.get("module", "none") == "none", "a map is no picture of which a map is made"
    assert "depth" in depth["model"] and "normal" in normal["model"] and "lineart" in line["model"]
    assert (depth["weight"], line["guidance_end"]) == (0.5, 0.75)
    assert expected["depth"].any() and expected["line"].any()


def test_maps_lie_on_a_restyled_render(connected: Panel, web_ui: StandIn) -> None:
    bpy.context.scene.render.resolution_x, bpy.context.scene.render.resolution_y = 100, 70
    switch_on(connected, "depth")
    expected = maps_of((100, 70))["depth"]
    bpy.ops.drawthings.img2img(source='RENDER')
    (unit,) = units(web_ui)
    mapped = picture(unit["image"])
    init = picture(sent(web_ui)["init_images"][0])
    assert mapped.shape == init.shape == (128, 128, 3)
    top, left = (128 - 70) // 2, (128 - 100) // 2
    assert np.array_equal(mapped[top : top + 70, left : left + 100], expected)


def test_maps_of_a_viewport_are_seen_from_there(connected: Panel, web_ui: StandIn) -> None:
    if bpy.app.version < (5, 1, 0):
        pytest.skip("this bpy has no graphics without a window")
    connected.use_source_size = False
    connected.width = connected.height = 128
    switch_on(connected, "depth")
    for view_from in ('VIEW', 'CAMERA'):
        connected.view_from = view_from
        bpy.ops.drawthings.img2img(source='VIEWPORT')
    seen = [
        picture(entry.body["alwayson_scripts"]["controlnet"]["args"][0]["image"])
        for entry in web_ui.journal.generations
    ]
    assert seen[0].any() and seen[1].any()
    assert not np.array_equal(seen[0], seen[1])


def test_no_maps_for_an_image(connected: Panel, web_ui: StandIn) -> None:
    packed("wall", noise(64, 64))
    switch_on(connected, *KINDS)
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    assert units(web_ui) == [], "an image is no view of the scene"


def test_a_fixed_depth_range_does_not_flicker(connected: Panel, web_ui: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.capture.control_maps import DepthRange

    controls = connected.scene_controls
    switch_on(connected, "depth")
    controls.use_depth_range, controls.depth_near, controls.depth_far = True, 4.0, 30.0
    expected = maps_of((128, 128), DepthRange(4.0, 30.0))["depth"]
    cube = bpy.data.objects["Cube"]
    seen = []
    bpy.ops.mesh.primitive_plane_add(size=40)
    plane = bpy.context.object
    plane.location.z = -3
    for height in (0.0, 1.5):
        cube.location.z = height
        bpy.ops.drawthings.txt2img()
        seen.append(picture(units(web_ui)[0]["image"]))
    ground = (seen[0] == seen[1]).all(axis=2)
    assert ground.mean() > 0.5, "what stays in its place keeps its grey"
    assert not np.array_equal(seen[0], expected), "the plane is there now"


def test_far_before_near_is_told_before_anything_is_rendered(connected: Panel, web_ui: StandIn) -> None:
    controls = connected.scene_controls
    controls.use_depth_range, controls.depth_near, controls.depth_far = True, 9.0, 2.0
    bpy.ops.drawthings.txt2img()
    switch_on(connected, "depth")
    renders = []
    bpy.app.handlers.render_init.append(renders.append)
    try:
        assert "Far is not beyond Near" in words_of(lambda: bpy.ops.drawthings.txt2img())
    finally:
        bpy.app.handlers.render_init.remove(renders.append)
    assert renders == []
    assert len(web_ui.journal.generations) == 1


def test_a_scene_of_which_no_map_can_be_made(connected: Panel, web_ui: StandIn, session: ModuleType) -> None:
    switch_on(connected, "depth")
    for each in list(bpy.data.meshes):
        bpy.data.meshes.remove(each)
    assert "sees no surface" in words_of(lambda: bpy.ops.drawthings.txt2img())
    bpy.context.scene.camera = None
    assert "no camera" in words_of(lambda: bpy.ops.drawthings.txt2img())
    assert web_ui.journal.generations == ()
    assert session.get().statuses() == ()


def test_a_failure_leaves_no_file(connected: Panel, web_ui: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender import paths

    folder = paths.snapshot_path("x").parent
    bpy.ops.render.render()
    before = set(folder.iterdir()) if folder.exists() else set()
    switch_on(connected, "depth")
    for each in list(bpy.data.meshes):
        bpy.data.meshes.remove(each)
    words_of(lambda: bpy.ops.drawthings.img2img(source='RENDER'))
    assert (set(folder.iterdir()) if folder.exists() else set()) <= before


def test_a_model_is_chosen_by_its_name(connected: Panel, web_ui: StandIn, preferences) -> None:
    models = ("T2I style", "my_Scribble_xl", "Depth-Anything-V2", "canny_small", "diffusers_xl_depth_full")
    web_ui.app_state = replace(WebUi(), controlnet_models=models)
    connect_to(web_ui, preferences)
    switch_on(connected, "depth", "line")
    bpy.ops.drawthings.txt2img()
    assert [unit["model"] for unit in units(web_ui)] == ["Depth-Anything-V2", "canny_small"]
    connected.scene_controls.depth.model = "diffusers_xl_depth_full"
    bpy.ops.drawthings.txt2img()
    assert units(web_ui)[0]["model"] == "diffusers_xl_depth_full"
    switch_on(connected, "normal")
    assert "no ControlNet model for a normal map" in words_of(lambda: bpy.ops.drawthings.txt2img())


def test_no_controlnet(connected: Panel, preferences) -> None:
    switch_on(connected, "depth")
    with StandIn(dialect='A1111', controlnet=False) as server:
        connect_to(server, preferences)
        tab = draw_tab()
        assert "Controls" not in tab.panels
        assert "no ControlNet extension" in tab.words
        # What fits is sent.
        bpy.ops.drawthings.txt2img()
        assert units(server) == []


def test_a_server_that_nobody_asked_is_asked(panel: Panel, preferences, web_ui: StandIn) -> None:
    preferences.server_url = web_ui.url
    panel.sampler = "Euler"
    switch_on(panel, "depth")
    bpy.ops.drawthings.txt2img()
    assert len(units(web_ui)) == 1


# Draw Things


def test_draw_things_derives_its_hint(panel: Panel, stand_in: StandIn) -> None:
    stand_in.journal.keeps_pictures = True
    bpy.ops.drawthings.check_server()
    packed("wall", noise(64, 64))
    bpy.context.scene.render.engine = 'CYCLES'
    bpy.context.scene.cycles.samples = 1
    bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = 64
    switch_on(panel, "depth", "line", "normal")
    text = words_of(lambda: bpy.ops.drawthings.img2img(source='RENDER'))
    assert "control file for depth" in text
    file = "controlnet_depth_1.x_v1.1_f16.ckpt"
    panel.scene_controls.depth.model, panel.scene_controls.line.model = file, "controlnet_canny_1.x_f16.ckpt"
    panel.scene_controls.depth.weight = 0.5
    bpy.ops.drawthings.img2img(source='RENDER')
    controls = sent(stand_in)["controls"]
    assert [each["file"] for each in controls] == [file, "controlnet_canny_1.x_f16.ckpt"]
    assert controls[0]["weight"] == 0.5
    bpy.ops.drawthings.txt2img()
    assert not sent(stand_in).get("controls")
    tab = draw_tab()
    assert "it derives one from the picture" in tab.words
    # What a server may estimate of a picture is another thing.
    assert "Normal" not in tab.text.replace("Depth and Normals", "")


# Masks


@pytest.mark.parametrize("size", [(64, 64), (100, 70)], ids=str)
def test_outside_a_mask_nothing_changes(connected: Panel, web_ui: StandIn, size: tuple[int, int]) -> None:
    pixels = noise(*size)
    packed("wall", pixels)
    white = np.zeros((size[1], size[0], 4), np.uint8)
    white[..., 3] = 255
    white[10:30, 20:40] = 255
    connected.inpaint.mask = packed("mask", white)
    connected.inpaint.feather = 0
    connected.strength = 0.9
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    after = bytes_of(bpy.data.images["wall"])
    inside = white[..., 0] > 0
    assert np.array_equal(after[~inside], pixels[~inside])
    assert not np.array_equal(after[inside], pixels[inside])


def test_a_mask_of_another_size_is_resized(connected: Panel, web_ui: StandIn) -> None:
    pixels = noise(128, 128)
    packed("wall", pixels)
    half = np.zeros((32, 16, 4), np.uint8)
    half[..., 3] = 255
    half[16:] = 255
    connected.inpaint.mask = generated("mask", half)
    connected.inpaint.feather, connected.inpaint.work_megapixels = 0, 0.0
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", target='REPLACE')
    mask = picture(sent(web_ui)["mask"])
    assert mask.shape == (128, 128, 3)
    assert not mask[:60].any() and (mask[68:] == 255).all()
    assert np.array_equal(bytes_of(bpy.data.images["wall"])[:60], pixels[:60])


EMPTY_MASKS = {
    "black": (0, 0, 0, 255),
    "transparent": (255, 255, 255, 0),
    "nothing at all": (0, 0, 0, 0),
}


@pytest.mark.parametrize("source", ['IMAGE', 'RENDER'])
@pytest.mark.parametrize("colour", EMPTY_MASKS.values(), ids=list(EMPTY_MASKS))
def test_an_empty_mask_is_told_before_anything_is_rendered_or_sent(
    connected: Panel, web_ui: StandIn, colour: tuple[int, ...], source: str
) -> None:
    packed("wall", noise(64, 64))
    connected.inpaint.mask = packed("mask", np.full((64, 64, 4), colour, np.uint8))
    connected.render_source = 'FRESH'
    rendered: list[object] = []
    bpy.app.handlers.render_pre.append(rendered.append)
    try:
        with pytest.raises(RuntimeError, match="“mask” is empty"):
            bpy.ops.drawthings.img2img(source=source, image="wall")
    finally:
        bpy.app.handlers.render_pre.remove(rendered.append)
    assert not rendered
    assert not web_ui.journal.generations


def test_a_mask_of_floats_that_becomes_black_is_empty(connected: Panel, web_ui: StandIn) -> None:
    packed("wall", noise(64, 64))
    mask = bpy.data.images.new("mask", 64, 64, float_buffer=True, is_data=True)
    mask.pixels.foreach_set(np.array([0.001, 0.001, 0.001, 1.0] * 64 * 64, np.float32))
    connected.inpaint.mask = mask
    with pytest.raises(RuntimeError, match="“mask” is empty"):
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    assert not web_ui.journal.generations


def test_a_black_render_is_an_empty_mask(connected: Panel, web_ui: StandIn) -> None:
    packed("wall", noise(64, 64))
    scene = bpy.context.scene
    scene.world, scene.render.dither_intensity = None, 0.0
    scene.view_settings.view_transform = 'Standard'
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.ops.render.render()
    connected.inpaint.mask = next(each for each in bpy.data.images if each.type == 'RENDER_RESULT')
    with pytest.raises(RuntimeError, match="is empty"):
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    assert not web_ui.journal.generations


def test_a_tiled_mask_lies_on_a_tiled_picture_tile_by_tile(
    connected: Panel, web_ui: StandIn, tmp_path: Path
) -> None:
    black, white = (np.full((64, 64, 4), value, np.uint8) for value in (0, 255))
    tiled(tmp_path, {1001: noise(64, 64), 1002: noise(64, 64, seed=1)})
    connected.inpaint.mask = tiled(tmp_path, {1001: black, 1002: white}, name="mask")
    with pytest.raises(RuntimeError, match="is empty"):
        bpy.ops.drawthings.img2img(source='IMAGE', image="wall", tile=1001)
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall", tile=1002)
    assert (picture(sent(web_ui)["mask"])[48:80, 48:80] == 255).all()


@pytest.mark.parametrize("is_float", [False, True], ids=["bytes", "floats"])
def test_a_single_pixel_is_enough_for_a_mask(connected: Panel, web_ui: StandIn, is_float: bool) -> None:
    packed("wall", noise(64, 64))
    mask = bpy.data.images.new("mask", 64, 200, float_buffer=is_float)
    pixels = np.zeros((200, 64, 4), np.float32)
    pixels[199, 63] = 1.0
    mask.pixels.foreach_set(pixels.ravel())
    connected.inpaint.mask = mask
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    assert "mask" in sent(web_ui)


def test_how_a_mask_is_used(connected: Panel, web_ui: StandIn) -> None:
    packed("wall", noise(64, 64))
    connected.inpaint.mask = packed("mask", noise(64, 64, channels=3))
    connected.inpaint.mask_blur, connected.inpaint.padding = 7, 48
    connected.inpaint.area, connected.inpaint.fill = 'MASKED', 'LATENT_NOISE'
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    body = sent(web_ui)
    assert (body["mask_blur"], body["inpaint_full_res"], body["inpaint_full_res_padding"]) == (7, True, 48)
    assert body["inpainting_fill"] == 2
    bpy.ops.drawthings.txt2img()
    assert "mask" not in sent(web_ui)


def test_a_render_as_mask(connected: Panel, web_ui: StandIn) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 64, 64
    scene.render.film_transparent = True
    scene.view_settings.view_transform = 'Standard'
    for each in bpy.data.objects["Cube"].material_slots:
        shader = each.material.node_tree.nodes["Principled BSDF"]
        shader.inputs["Emission Color"].default_value = (1, 1, 1, 1)
        shader.inputs["Emission Strength"].default_value = 5.0
    bpy.ops.render.render()
    packed("wall", noise(64, 64))
    connected.inpaint.mask = bpy.data.images["Render Result"]
    connected.inpaint.work_megapixels = 0.0
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    mask = picture(sent(web_ui)["mask"])
    # The server's least size is 128.
    assert mask[64, 64].min() > 200 and mask[0, 0].max() == 0


def test_a_mask_without_pixels(connected: Panel, web_ui: StandIn, tmp_path: Path) -> None:
    packed("wall", noise(64, 64))
    missing = bpy.data.images.new("mask", 8, 8)
    missing.source = 'FILE'
    missing.filepath = str(tmp_path / "no such file.png")
    connected.inpaint.mask = missing
    assert "has no pixels" in words_of(lambda: bpy.ops.drawthings.img2img(source='IMAGE', image="wall"))
    assert web_ui.journal.generations == ()


# All else, there and back


def fill_in_everything(panel: Panel, ui: WebUi) -> None:
    panel.model = ui.checkpoints[1].title
    panel.scheduler, panel.vae = "karras", ui.vaes[0]
    panel.use_tiling = panel.use_restore_faces = True
    panel.negative_prompt, panel.clip_skip, panel.guidance_scale = "frames", 2, 6.5
    panel.refiner_model, panel.refiner_start = ui.checkpoints[2].title, 0.7
    panel.use_random_seed, panel.seed = False, -2
    for name in ("Watercolour", "Seamless"):
        panel.styles.add().name = name
    lora = panel.loras.add()
    lora.name, lora.weight = "add_detail", 0.8
    for name, value in (("eta_noise_seed_delta", "31337"), ("face_restoration_model", "GFPGAN")):
        entry = panel.server_options.add()
        entry.name, entry.value = name, value
    panel.script = "prompts from file or textbox"
    bpy.ops.drawthings.script_arguments()
    panel.script_arguments[0].value = "true"
    panel.script_arguments[3].value = "first line\nsecond, 3"
    panel.hires.use = True
    panel.hires.scale, panel.hires.upscaler = 1.5, "Latent (nearest-exact)"
    panel.hires.steps, panel.hires.strength = 3, 0.4


def forget_everything(panel: Panel) -> None:
    """Every setting back to its default."""
    for each in panel.bl_rna.properties:
        if not each.is_readonly and each.identifier not in ("rna_type", "name"):
            panel.property_unset(each.identifier)
    for name in ("loras", "controls", "styles", "server_options", "script_arguments", "advanced"):
        getattr(panel, name).clear()
    for group in (panel.hires, panel.inpaint, *(getattr(panel.scene_controls, kind) for kind in KINDS)):
        for each in group.bl_rna.properties:
            if not each.is_readonly and each.identifier not in ("rna_type", "name"):
                group.property_unset(each.identifier)


def test_everything_reaches_the_request(connected: Panel, web_ui: StandIn) -> None:
    fill_in_everything(connected, web_ui.app_state)
    switch_on(connected, "depth", "line")
    bpy.ops.drawthings.txt2img()
    body = sent(web_ui)
    assert (body["scheduler"], body["tiling"], body["restore_faces"]) == ("karras", True, True)
    assert body["styles"] == ["Watercolour", "Seamless"]
    assert body["prompt"].endswith("<lora:add_detail:0.8>")
    assert body["override_settings"] == {
        "CLIP_stop_at_last_layers": 2, "sd_model_checkpoint": web_ui.app_state.checkpoints[1].title,
        "sd_vae": web_ui.app_state.vaes[0], "eta_noise_seed_delta": 31337,
        "face_restoration_model": "GFPGAN",
    }  # fmt: skip
    assert body["override_settings_restore_afterwards"] is True
    assert body["script_name"] == "prompts from file or textbox"
    assert body["script_args"] == [True, False, "start", "first line\nsecond, 3"]
    assert (body["enable_hr"], body["hr_scale"], body["hr_upscaler"]) == (True, 1.5, "Latent (nearest-exact)")
    assert (body["hr_second_pass_steps"], body["denoising_strength"]) == (3, 0.4)
    assert (body["refiner_checkpoint"], body["refiner_switch_at"]) == (connected.refiner_model, 0.7)
    assert body["seed"] == 2**32 - 2


@pytest.mark.parametrize("operation", ["txt2img", "img2img"])
def test_a_recipe_brings_all_of_it_back(connected: Panel, web_ui: StandIn, operation: str, session) -> None:
    fill_in_everything(connected, web_ui.app_state)
    switch_on(connected, "depth", "line")
    connected.scene_controls.line.weight = 0.35
    connected.scene_controls.line.model = web_ui.app_state.controlnet_models[1]
    connected.script = ""
    connected.script_arguments.clear()
    bpy.ops.render.render()
    connected.render_source = 'LAST'
    if operation == "img2img":
        connected.inpaint.mask = packed("mask", noise(96, 64, channels=3))
        connected.inpaint.mask_blur, connected.inpaint.fill = 9, 'FILL'
        connected.inpaint.area, connected.inpaint.padding = 'MASKED', 64

    def order() -> dict[str, Any]:
        if operation == "txt2img":
            bpy.ops.drawthings.txt2img()
        else:
            bpy.ops.drawthings.img2img(source='RENDER')
        return sent(web_ui)

    made = order()
    image = session.get().results[0].datablock()
    mask = connected.inpaint.mask
    forget_everything(connected)
    connected.render_source = 'LAST'
    bpy.ops.drawthings.reuse_recipe(image=image.name)
    # The picture of a mask is not in a recipe; it stays chosen, or is chosen again.
    connected.inpaint.mask = mask
    again = order()
    # Each request has a name of its own, by which the server tells of it.
    assert again.pop("force_task_id") != made.pop("force_task_id")
    assert again == made


def test_a_recipe_with_a_script(connected: Panel, web_ui: StandIn, session: ModuleType) -> None:
    connected.use_random_seed = False
    connected.script = "prompts from file or textbox"
    bpy.ops.drawthings.script_arguments()
    connected.script_arguments[3].value = "one\ntwo"
    bpy.ops.drawthings.txt2img()
    made = sent(web_ui)
    image = session.get().results[0].datablock()
    forget_everything(connected)
    bpy.ops.drawthings.reuse_recipe(image=image.name)
    assert [each.name for each in connected.script_arguments] == [
        "Iterate seed every line", "Use same random seed for all lines", "Insert prompts at the",
        "List of prompt inputs",
    ]  # fmt: skip
    bpy.ops.drawthings.txt2img()
    again = sent(web_ui)
    assert (again["script_name"], again["script_args"]) == (made["script_name"], made["script_args"])


@pytest.mark.parametrize("operation", ["txt2img", "img2img"])
def test_a_plot_works_as_it_is_filled_in(connected: Panel, web_ui: StandIn, operation: str) -> None:
    """Its types are wanted as numbers, though the server tells their texts; so does an older file."""
    connected.script = "x/y/z plot"
    bpy.ops.drawthings.script_arguments()
    assert [each.value for each in connected.script_arguments][:2] == ["Seed", ""]
    connected.script_arguments[0].value = "CFG Scale"
    connected.script_arguments[1].value = "4, 7"
    if operation == "txt2img":
        bpy.ops.drawthings.txt2img()
    else:
        bpy.ops.drawthings.img2img(source='IMAGE', image=packed("Rust", noise(64, 64, channels=3)).name)
    assert sent(web_ui)["script_args"][:4] == [5 if operation == "txt2img" else 4, "4, 7", None, 0]
    assert web_ui.journal.generations[-1].effective["axis"] == "CFG Scale"


def test_styles_that_are_unknown_are_told(connected: Panel) -> None:
    connected.styles.add().name = "No Such Style"
    connected.script = "no such script"
    words = draw_tab().words
    assert "No Such Style" in words and "no such script" in words
