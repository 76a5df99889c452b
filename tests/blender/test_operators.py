# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""In background every operator runs to its end, or raises with the error's own text."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import bpy
import numpy as np
import pytest
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from blender_pictures import bytes_of, noise, packed, render_quickly, textured
from blender_results import newest, told

from local_server import AppState, Faults

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

Panel = bpy.types.PropertyGroup

HAS_GRAPHICS = bpy.app.version >= (5, 1, 0)
SOURCES = ('VIEWPORT', 'RENDER', 'IMAGE', 'TEXTURE')
TARGETS = ('IMAGE', 'MATERIAL', 'REPLACE')


@pytest.fixture
def studio(panel: Panel) -> Panel:
    """A small scene with something for every source."""
    scene = bpy.context.scene
    render_quickly(scene)
    scene.render.resolution_x, scene.render.resolution_y = 70, 65
    panel.view_from = 'CAMERA'
    textured(packed("wall", noise(70, 65)))
    return panel


def status_now() -> object:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return session.get().status


# Every source to every target


@pytest.mark.parametrize("target", ['IMAGE', 'MATERIAL'])
def test_txt2img(studio: Panel, stand_in: StandIn, target: str) -> None:
    assert bpy.ops.drawthings.txt2img(target=target) == {'FINISHED'}
    (entry,) = stand_in.journal.generations
    assert entry.path == "/sdapi/v1/txt2img"
    node = bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]
    assert (node.image == newest()) == (target == 'MATERIAL')
    assert tuple(newest().size) == (128, 128)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("source", SOURCES)
def test_img2img(studio: Panel, stand_in: StandIn, source: str, target: str) -> None:
    if source == 'VIEWPORT' and not HAS_GRAPHICS:
        pytest.skip("this bpy has no graphics without a window")
    image = {"image": "wall"} if source == 'IMAGE' else {}
    if source in {'VIEWPORT', 'RENDER'} and target == 'REPLACE':
        with pytest.raises(RuntimeError, match="cannot be replaced"):
            bpy.ops.drawthings.img2img(source=source, target=target)
        assert not stand_in.journal.generations, "told before anything is rendered or sent"
        return
    assert bpy.ops.drawthings.img2img(source=source, target=target, **image) == {'FINISHED'}
    (entry,) = stand_in.journal.generations
    assert entry.path == "/sdapi/v1/img2img"
    assert (entry.body["width"], entry.body["height"]) == (128, 128)
    result = newest()
    assert tuple(result.size) == (70, 65)
    node = bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]
    assert (node.image == result) == (target != 'IMAGE')
    assert (result.name == "wall") == (target == 'REPLACE')
    if source in {'IMAGE', 'TEXTURE'}:
        assert np.array_equal(bytes_of(result), noise(70, 65))


# Failures

FAULTS = {
    "refused": Faults(refuse="Sampling steps must be lucky"),
    "no picture": Faults(empty=True),
    "no list": Faults(no_images_key=True),
    "not base64": Faults(not_base64=True),
    "not a picture": Faults(not_a_picture=True),
    "damaged picture": Faults(broken_picture=True),
    "huge picture": Faults(huge_picture=True),
    "password wanted": Faults(credentials="name:word", scope="POST"),
    "not found": Faults(status=404, scope="POST"),
    "fails": Faults(status=500, text="out of memory", scope="POST"),
    "redirects": Faults(redirect="http://127.0.0.1:9/", scope="POST"),
    "web page": Faults(html=True, scope="POST"),
    "gRPC": Faults(grpc=True),
    "not JSON": Faults(not_json=True, scope="POST"),
    "cut off": Faults(truncated=True, scope="POST"),
    "reset": Faults(reset=True, scope="POST"),
}


@pytest.mark.refusals
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_operator_and_function_tell_the_same(studio: Panel, stand_in: StandIn, fault: Faults) -> None:
    from bl_ext.user_default.drawthings_addon import errors
    from bl_ext.user_default.drawthings_addon.blender.actions import from_panel
    from bl_ext.user_default.drawthings_addon.blender.session import session

    stand_in.faults = fault
    for by_operator, by_function in (
        (
            lambda: bpy.ops.drawthings.txt2img(target='MATERIAL'),
            lambda: from_panel.txt2img(Selection.of(bpy.context), "MATERIAL"),
        ),
        (
            lambda: bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE'),
            lambda: from_panel.img2img(Selection.of(bpy.context), "TEXTURE", "REPLACE"),
        ),
    ):
        with pytest.raises(errors.ServerError) as from_function:
            by_function()
        with pytest.raises(RuntimeError) as from_operator:
            by_operator()
        assert str(from_operator.value) == f"Error: {from_function.value}\n"
        assert from_function.value.what.endswith((".", "”"))
        assert from_function.value.advice
    assert not session.get().results
    assert not session.get().statuses(), "background runs leave no failed job behind"
    node = bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]
    assert np.array_equal(bytes_of(node.image), noise(70, 65))


def test_nothing_listens(studio: Panel, preferences: bpy.types.AddonPreferences) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        preferences.server_url = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(RuntimeError, match="API Server: on"):
            bpy.ops.drawthings.txt2img()
        with pytest.raises(RuntimeError, match="API Server: on"):
            bpy.ops.drawthings.check_server()
        with pytest.raises(RuntimeError, match="API Server: on"):
            bpy.ops.drawthings.take_over_settings()


def test_answer_of_another_size_is_kept_as_it_came(studio: Panel, stand_in: StandIn) -> None:
    stand_in.faults = Faults(wrong_size=True)
    assert bpy.ops.drawthings.img2img(source='IMAGE', image="wall") == {'FINISHED'}
    assert newest().packed_file is not None


def test_part_of_a_batch_is_kept(studio: Panel, stand_in: StandIn, desk: Desk) -> None:
    desk.hold()
    studio.batch_count = 2
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    stand_in.faults = Faults()
    while not desk.session.results:
        desk.session.step()
    stand_in.faults = Faults(status=500, scope="POST")
    desk.settle()
    # The second one may have been made before the server broke.
    assert len(desk.session.results) + len(desk.session.statuses()) == 2


# The same from a script


def test_function_gives_what_the_operator_gives(studio: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import from_panel

    studio.use_random_seed = False
    studio.seed = 12
    bpy.ops.drawthings.txt2img(target='IMAGE')
    by_operator = bytes_of(newest())
    from_panel.txt2img(Selection.of(bpy.context), "IMAGE")
    assert np.array_equal(bytes_of(newest()), by_operator)
    bpy.ops.drawthings.img2img(source='TEXTURE', target='IMAGE')
    from_panel.img2img(Selection.of(bpy.context), "TEXTURE", "IMAGE")
    from_panel.img2img(Selection.of(bpy.context), "IMAGE", "IMAGE", bpy.data.images["wall"])
    first, second, *restyled = [entry.body for entry in stand_in.journal.generations]
    assert first == second
    assert restyled[0] == restyled[1] == restyled[2]


# What cannot be pressed says why


def test_no_prompt(panel: Panel) -> None:
    panel.prompt = "  "
    for call in (bpy.ops.drawthings.txt2img, bpy.ops.drawthings.img2img):
        assert not call.poll()
        with pytest.raises(RuntimeError, match="Write what the picture shows into the prompt first"):
            call()


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://", "no host|not a server|address"),
        ("ftp://127.0.0.1", "address"),
        ("http://192.0.2.7:7860", "Allow Online Access"),
        ("draw-things.invalid:7860", "Allow Online Access"),
    ],
)
def test_address_that_cannot_be_asked(
    panel: Panel, preferences: bpy.types.AddonPreferences, address: str, words: str
) -> None:
    assert not bpy.app.online_access
    preferences.server_url = address
    for call in (
        bpy.ops.drawthings.txt2img,
        bpy.ops.drawthings.img2img,
        bpy.ops.drawthings.check_server,
        bpy.ops.drawthings.take_over_settings,
        bpy.ops.drawthings.check_files,
    ):
        assert not call.poll()
        with pytest.raises(RuntimeError, match=words):
            call()


def test_no_result_yet(panel: Panel) -> None:
    for call in (bpy.ops.drawthings.show_result, bpy.ops.drawthings.apply_result):
        with pytest.raises(RuntimeError, match="There is no result yet"):
            call()
    for call in (bpy.ops.drawthings.reuse_recipe, bpy.ops.drawthings.again):
        with pytest.raises(RuntimeError, match=r"does not tell how it was made|no result yet"):
            call()


# The server


def test_check_server(panel: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session.server_state import Connection

    assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    assert status_now().connection is Connection.ANSWERED
    assert status_now().model == stand_in.app_state.value("model")
    assert not stand_in.journal.generations


def test_check_a_broken_server(panel: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session.server_state import Connection

    stand_in.faults = Faults(html=True)
    with pytest.raises(RuntimeError, match="Check the port"):
        bpy.ops.drawthings.check_server()
    assert status_now().connection is Connection.NO_ANSWER
    stand_in.faults = Faults()
    assert bpy.ops.drawthings.check_server() == {'FINISHED'}
    assert status_now().error is None


def test_take_over_settings(panel: Panel, stand_in: StandIn) -> None:
    stand_in.app_state = AppState().with_leftovers().with_settings(sharpness=2.5, cfg_zero_star=True)
    panel.negative_prompt = "mine"
    panel.use_random_seed, panel.seed = False, 5
    panel.socket = "Roughness"
    entry = panel.advanced.add()
    entry.name, entry.value = "sharpness", "9"
    assert bpy.ops.drawthings.take_over_settings() == {'FINISHED'}
    assert (panel.prompt, panel.negative_prompt) == ("weathered copper", "mine")
    assert (panel.use_random_seed, panel.seed, panel.socket) == (False, 5, "Roughness")
    assert panel.model == stand_in.app_state.value("model")
    assert (panel.width, panel.height, panel.steps) == (832, 576, 7)
    assert (panel.sampler, panel.seed_mode, panel.clip_skip) == ("LCM", "Legacy", 2)
    assert panel.strength == pytest.approx(0.25)
    assert panel.shift == 8.0, "the app's 12 is beyond what its own server takes"
    assert panel.upscaler == "realesrgan_x2plus_f16.ckpt"
    assert panel.refiner_model == "sd_xl_refiner_1.0_q6p_q8p.ckpt"
    assert panel.hires_fix
    assert [(lora.name, lora.weight) for lora in panel.loras] == [("sdxl_offset_v1.0_lora_f16.ckpt", 0.75)]
    assert [control.name for control in panel.controls] == ["controlnet_depth_1.x_v1.1_f16.ckpt"]
    advanced = {each.name: each.value for each in panel.advanced}
    assert advanced["sharpness"] == "2.5"
    assert advanced["cfg_zero_star"] == "true"
    assert panel.batch_count == 1
    # What was taken over can be sent.
    panel.width = panel.height = 128
    assert bpy.ops.drawthings.txt2img() == {'FINISHED'}


def test_check_files(panel: Panel, stand_in: StandIn) -> None:
    panel.model = "sd_xl_base_1.0_q6p_q8p.ckpt"
    assert bpy.ops.drawthings.check_files() == {'FINISHED'}
    assert "all files named in Settings" in told()
    panel.loras.add().name = "nowhere_lora_f16.ckpt"
    panel.upscaler = "4x_ultrasharp_f16.ckpt"
    for name in ("flux_1_schnell_q8p.ckpt", "no such model"):
        panel.model = name
        bpy.ops.drawthings.check_files()
        assert name in told()
    assert "nowhere_lora_f16.ckpt" in told()
    assert "4x_ultrasharp_f16.ckpt" in told()
    assert not stand_in.journal.generations


def test_check_files_of_a_server_that_fails(panel: Panel, stand_in: StandIn) -> None:
    panel.model = "sd_xl_base_1.0_q6p_q8p.ckpt"
    stand_in.faults = Faults(status=500)
    with pytest.raises(RuntimeError, match="500"):
        bpy.ops.drawthings.check_files()


def test_nothing_is_asked_while_a_job_runs(panel: Panel, desk: Desk) -> None:
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    with pytest.raises(RuntimeError, match="A job runs there"):
        bpy.ops.drawthings.check_files()


# Recipes


def fill(panel: Panel) -> None:
    """Nothing is as it is by default."""
    panel.prompt = "weathered copper, “seamless” – 銅\nsecond line"
    panel.negative_prompt = "rust"
    panel.model = "sd_v1.5_f16.ckpt"
    panel.width, panel.height = 192, 128
    panel.steps, panel.guidance_scale, panel.strength = 9, 7.3, 0.35
    panel.sampler, panel.seed_mode, panel.shift, panel.clip_skip = "DDIM", "Legacy", 2.7, 2
    panel.use_random_seed, panel.seed = False, -7
    panel.upscaler = "realesrgan_x2plus_f16.ckpt"
    panel.refiner_model, panel.refiner_start = "sd_xl_refiner_1.0_q6p_q8p.ckpt", 0.7
    panel.hires_fix = True
    lora = panel.loras.add()
    lora.name, lora.weight, lora.mode = "lcm_sdxl_lora_f16.ckpt", -0.45, 'base'
    control = panel.controls.add()
    control.name, control.weight = "controlnet_depth_1.x_v1.1_f16.ckpt", 0.3
    control.guidance_start, control.guidance_end = 0.1, 0.9
    control.control_importance, control.input_override = 'prompt', "depth"
    for name, value in (("sharpness", "1.5"), ("cfg_zero_star", "true"), ("clip_l_text", "a text")):
        entry = panel.advanced.add()
        entry.name, entry.value = name, value


def settings_of(panel: Panel) -> dict[str, object]:
    """Everything of the panel that a request is made from."""
    names = (
        "prompt", "negative_prompt", "model", "width", "height", "steps", "guidance_scale", "strength",
        "sampler", "seed_mode", "shift", "clip_skip", "use_random_seed", "seed", "upscaler", "refiner_model",
        "refiner_start", "hires_fix",
    )  # fmt: skip
    values: dict[str, object] = {name: getattr(panel, name) for name in names}
    values["loras"] = [(each.name, each.weight, each.mode) for each in panel.loras]
    values["controls"] = [
        (each.name, each.weight, each.guidance_start, each.guidance_end, each.control_importance,
         each.input_override)
        for each in panel.controls
    ]  # fmt: skip
    values["advanced"] = sorted((each.name, each.value) for each in panel.advanced)
    return values


@pytest.mark.parametrize("operation", ["txt2img", "img2img"])
def test_reuse_makes_the_same_request(panel: Panel, stand_in: StandIn, operation: str) -> None:
    packed("wall", noise(128, 128))
    fill(panel)

    def make() -> None:
        if operation == "txt2img":
            bpy.ops.drawthings.txt2img()
        else:
            bpy.ops.drawthings.img2img(source='IMAGE', image="wall")

    make()
    wanted = settings_of(panel)
    name = newest().name
    scene = bpy.data.scenes.new("Other")
    bpy.context.window.scene = scene
    other = scene.drawthings
    other.prompt_text = bpy.data.texts.new("draft")
    other.loras.add().name = "left over"
    other.advanced.add().name = "left over"
    assert bpy.ops.drawthings.reuse_recipe(image=name) == {'FINISHED'}
    if operation == "img2img":
        other.width, other.height = panel.width, panel.height
    else:
        other.strength = panel.strength
    assert settings_of(other) == wanted
    assert other.prompt_text is None
    make()
    first, second = [entry.body for entry in stand_in.journal.generations]
    assert first == second


def test_recipe_outlives_the_session(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    fill(panel)
    bpy.ops.drawthings.txt2img()
    name, wanted = newest().name, settings_of(panel)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with bpy.data.libraries.load(str(tmp_path / "scene.blend")) as (_there, here):
        here.images = [name]
    bpy.ops.drawthings.reuse_recipe(image=name)
    fresh = bpy.context.scene.drawthings
    fresh.strength = wanted["strength"]
    assert settings_of(fresh) == wanted


def test_damaged_recipe_is_told(panel: Panel) -> None:
    bpy.ops.drawthings.txt2img()
    image = newest()
    for text in ("{", "[]", '{"request": {"steps": "many"}}'):
        image.drawthings.recipe = text
        with pytest.raises(RuntimeError, match="recipe"):
            bpy.ops.drawthings.reuse_recipe(image=image.name)
    with pytest.raises(RuntimeError, match="There is no image “nothing”"):
        bpy.ops.drawthings.reuse_recipe(image="nothing")


def test_again_takes_another_seed(studio: Panel, stand_in: StandIn) -> None:
    studio.use_random_seed, studio.seed = False, 12
    studio.texture_target = 'IMAGE'
    bpy.ops.drawthings.txt2img()
    bpy.ops.drawthings.img2img(source='IMAGE', image="wall")
    restyled = newest().name
    bpy.ops.drawthings.again()
    _, second, third = [entry.body for entry in stand_in.journal.generations]
    assert third["seed"] != second["seed"]
    assert {**third, "seed": 0} == {**second, "seed": 0}
    assert np.array_equal(bytes_of(newest()), noise(70, 65))
    bpy.data.images.remove(bpy.data.images["wall"])
    with pytest.raises(RuntimeError, match="The image “wall” that this picture was made from"):
        bpy.ops.drawthings.again(image=restyled)


def test_apply_result(studio: Panel) -> None:
    bpy.ops.drawthings.txt2img(target='IMAGE')
    result = newest()
    assert bpy.ops.drawthings.apply_result(socket="Roughness") == {'FINISHED'}
    shader = bpy.data.materials["Wall"].node_tree.nodes["Principled BSDF"]
    assert shader.inputs["Roughness"].links[0].from_node.image == result
    assert result.colorspace_settings.name == 'Non-Color'


def test_select_result(studio: Panel) -> None:
    studio.batch_count = 3
    bpy.ops.drawthings.txt2img()
    assert bpy.ops.drawthings.select_result(index=2) == {'FINISHED'}
    from bl_ext.user_default.drawthings_addon.blender.actions import results
    from bl_ext.user_default.drawthings_addon.blender.session import session

    assert results.selected() is session.get().results[2]
    for named in ({"index": 3}, {"index": -1}, {"result": "gone"}):
        with pytest.raises(RuntimeError, match=r"There is no result|not in the list"):
            bpy.ops.drawthings.select_result(**named)
    assert results.selected() is session.get().results[2]
    session.get().results.pop()
    assert results.selected() is session.get().results[1]
    session.get().results.clear()
    with pytest.raises(RuntimeError, match="There is no result yet"):
        bpy.ops.drawthings.select_result(index=0)


def test_a_name_that_nothing_has_is_told(studio: Panel, desk: Desk) -> None:
    """As Blender's operators do, and nothing is changed."""
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    desk.session.step()
    desk.session.tell("something")
    (running,) = (each.job.id for each in desk.session.statuses())
    told = {
        "move_job": [({"job_id": "gone"}, "no job “gone”"), ({"job_id": running}, "does not wait")],
        "retry": [({"job_id": "gone"}, "no job “gone”"), ({"job_id": running}, "did not fail")],
        "dismiss": [({"job_id": "gone"}, "no job “gone”"), ({"job_id": running}, "did not fail")],
        "cancel": [({"job_id": "gone"}, "no job “gone”")],
        "remove_versions": [({"image": "gone"}, "no image “gone”"), ({"version": "gone"}, "no image “gone”")],
        "restore_version": [({"image": "gone"}, "no image “gone”"), ({"place": "gone"}, "no such place")],
        "show_version": [({"image": "gone"}, "no image “gone”")],
        "clear_setting": [
            ({"setting": 'loras', "entry": "gone"}, "no entry “gone”"),
            ({"setting": 'scene_controls', "entry": "gone"}, "no entry “gone”"),
        ],
    }
    for name, calls in told.items():
        for properties, reason in calls:
            with pytest.raises(RuntimeError, match=reason):
                getattr(bpy.ops.drawthings, name)(**properties)
    assert [each.job.id for each in desk.session.statuses()] == [running]
    assert len(desk.session.notices) == 1
    bpy.ops.drawthings.cancel()
    desk.finish()


# Lists


@pytest.mark.parametrize(
    ("which", "index"),
    [('loras', "lora_index"), ('controls', "control_index"), ('advanced', "advanced_index")],
)
def test_list_entries(panel: Panel, which: str, index: str) -> None:
    for _ in range(3):
        assert bpy.ops.drawthings.list_add(which=which) == {'FINISHED'}
    entries = getattr(panel, which)
    for number, entry in enumerate(entries):
        entry.name = f"entry {number}"
    assert getattr(panel, index) == 2
    setattr(panel, index, 1)
    assert bpy.ops.drawthings.list_remove(which=which) == {'FINISHED'}
    assert [entry.name for entry in entries] == ["entry 0", "entry 2"]
    setattr(panel, index, 99)
    assert bpy.ops.drawthings.list_remove(which=which) == {'FINISHED'}
    assert len(entries) == 2
    setattr(panel, index, 1)
    for _ in range(4):
        bpy.ops.drawthings.list_remove(which=which)
    assert not entries


def test_parameter_add(panel: Panel) -> None:
    interface = bpy.context.window_manager.drawthings
    with pytest.raises(RuntimeError, match="Write or choose the name of a parameter first"):
        bpy.ops.drawthings.parameter_add()
    interface.advanced_search = "sharpness"
    assert bpy.ops.drawthings.parameter_add() == {'FINISHED'}
    assert [entry.name for entry in panel.advanced] == ["sharpness"]
    interface.advanced_search = "sharpness"
    with pytest.raises(RuntimeError, match="is in the list already"):
        bpy.ops.drawthings.parameter_add()


# Jobs


def test_cancel_move_and_dismiss(studio: Panel, stand_in: StandIn, desk: Desk) -> None:
    desk.hold()
    for prompt in ("one", "two", "three"):
        studio.prompt = prompt
        bpy.ops.drawthings.txt2img()
        desk.wait_until_running()
    desk.session.step()
    one, _two, three = [status.job.id for status in desk.session.statuses()]
    assert bpy.ops.drawthings.move_job(job_id=three, offset=-1) == {'FINISHED'}
    prompts = [status.job.task.prompt for status in desk.session.statuses()]
    assert prompts == ["one", "three", "two"]
    assert bpy.ops.drawthings.cancel(job_id=three) == {'FINISHED'}
    assert [status.job.task.prompt for status in desk.session.statuses()] == ["one", "two"]
    assert bpy.ops.drawthings.cancel(job_id=one) == {'FINISHED'}
    desk.finish()
    assert [result.recipe.request.conditioning.prompt for result in desk.session.results] == ["two"]
    with pytest.raises(RuntimeError, match="There is no job “gone”"):
        bpy.ops.drawthings.cancel(job_id="gone")
    assert bpy.ops.drawthings.cancel() == {'FINISHED'}


def test_failed_job_is_tried_again_to_its_target(studio: Panel, stand_in: StandIn, desk: Desk) -> None:
    stand_in.faults = Faults(status=500, scope="POST")
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    desk.settle()
    (status,) = desk.session.statuses()
    assert "500" in str(status.error)
    stand_in.faults = Faults()
    assert bpy.ops.drawthings.retry(job_id=status.job.id) == {'FINISHED'}
    desk.settle()
    assert bpy.data.images["wall"].drawthings.recipe
    assert not desk.session.statuses()


def test_dismiss(studio: Panel, stand_in: StandIn, desk: Desk) -> None:
    stand_in.faults = Faults(status=500, scope="POST")
    bpy.ops.drawthings.txt2img()
    desk.settle()
    (status,) = desk.session.statuses()
    bpy.ops.drawthings.dismiss(job_id=status.job.id)
    assert not desk.session.statuses()
    desk.session.tell("something")
    bpy.ops.drawthings.dismiss()
    assert not desk.session.notices
    assert bpy.ops.drawthings.dismiss() == {'FINISHED'}
