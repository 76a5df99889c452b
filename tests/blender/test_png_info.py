# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The settings that a picture's file tells, in the panel."""

from __future__ import annotations

import base64
import io
import json
import os
from pathlib import Path
from types import SimpleNamespace

import bpy
import pytest
import requests
from blender_pictures import noise, png
from PIL import Image, PngImagePlugin

from local_server import StandIn
from local_server.draw_things import xmp

Panel = bpy.types.PropertyGroup
MODULE = "bl_ext.user_default.drawthings_addon"

INFOTEXT = """a brass kettle, <lora:steam:0.7>
Negative prompt: rust
Steps: 31, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 4000000000, Size: 640x960, \
Model: sd15, Clip skip: 2, Denoising strength: 0.4, Hires upscale: 1.5, Hires upscaler: Lanczos"""


def saved(path: Path, **texts: str) -> Path:
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    Image.fromarray(noise(16, 16)).save(path, "PNG", pnginfo=info)
    return path


def read(path: Path) -> None:
    assert bpy.ops.drawthings.read_settings(filepath=str(path)) == {'FINISHED'}


def test_a_picture_of_a1111(panel: Panel, tmp_path: Path) -> None:
    panel.prompt_text = bpy.data.texts.new("long")
    panel.loras.add().name = "other.ckpt"
    read(saved(tmp_path / "kettle.png", parameters=INFOTEXT))
    assert panel.prompt_text is None
    assert (panel.prompt, panel.negative_prompt) == ("a brass kettle, <lora:steam:0.7>", "rust")
    assert (panel.steps, panel.sampler, panel.scheduler) == (31, "DPM++ 2M", "Karras")
    assert (panel.width, panel.height, panel.model, panel.clip_skip) == (640, 960, "sd15", 2)
    assert panel.guidance_scale == pytest.approx(6.5)
    assert (panel.seed % 2**32, panel.use_random_seed) == (4_000_000_000, False)
    assert (panel.hires.use, panel.hires.scale, panel.hires.upscaler) == (True, 1.5, "Lanczos")
    assert not panel.loras, "the tags in the prompt are the LoRAs"


def test_what_it_does_not_tell_stays(panel: Panel, tmp_path: Path) -> None:
    panel.sampler, panel.steps, panel.strength = "DDIM", 7, 0.25
    read(saved(tmp_path / "words.png", parameters="only words"))
    assert (panel.prompt, panel.sampler, panel.steps, panel.width) == ("only words", "DDIM", 7, 128)
    assert panel.strength == pytest.approx(0.25)
    assert panel.use_random_seed


@pytest.mark.parametrize(
    "text", ["Steps: 99999999, Seed: 1, Size: 99999x99999", "Size: 9x9, Steps: 1, Eta: 2"]
)
def test_numbers_beyond_the_panel_come_to_its_ends(panel: Panel, tmp_path: Path, text: str) -> None:
    read(saved(tmp_path / "big.png", parameters=f"a\n{text}"))
    assert 128 <= panel.width <= 8192
    assert 1 <= panel.steps <= 150


def test_our_own_picture(panel: Panel, tmp_path: Path, output: Path) -> None:
    panel.prompt, panel.steps, panel.seed, panel.use_random_seed = "a tin roof", 9, 5, False
    lora = panel.loras.add()
    lora.name, lora.weight = "lcm_sdxl_lora_f16.ckpt", 0.5
    bpy.ops.drawthings.txt2img()
    (path,) = output.glob("*.png")
    panel.prompt, panel.steps = "else", 20
    panel.loras.clear()
    read(path)
    assert (panel.prompt, panel.steps, panel.seed) == ("a tin roof", 9, 5)
    assert [(each.name, each.weight) for each in panel.loras] == [("lcm_sdxl_lora_f16.ckpt", 0.5)]


def test_a_picture_of_draw_things(panel: Panel, tmp_path: Path, output: Path) -> None:
    panel.prompt, panel.steps = "a slate", 11
    bpy.ops.drawthings.txt2img()
    (path,) = output.glob("*.png")
    with Image.open(path) as picture:
        picture.load()
        texts = {key: text for key, text in picture.text.items() if key.startswith("XML")}
    assert texts, "the server writes as the app does"
    panel.prompt, panel.steps = "else", 20
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        info.add_itxt(keyword, text)
    Image.fromarray(noise(16, 16)).save(tmp_path / "app.png", "PNG", pnginfo=info)
    read(tmp_path / "app.png")
    assert (panel.prompt, panel.steps, panel.width) == ("a slate", 11, 128)


def everything_on(panel: Panel) -> None:
    """What one picture was made with, so that the next one can be seen to be without."""
    panel.loras.add().name = "before.ckpt"
    control = panel.controls.add()
    control.name, control.no_prompt, control.target_blocks = "before.ckpt", True, "down"
    panel.upscaler, panel.refiner_model = "realesrgan_x2plus_f16.ckpt", "sd_xl_refiner_1.0_q6p_q8p.ckpt"
    panel.hires_fix = panel.use_restore_faces = True
    entry = panel.advanced.add()
    entry.name, entry.value = "sharpness", "5.0"


def picture_of_the_app(server: StandIn, path: Path, **body: object) -> Path:
    """A picture as the app itself saves it: its own comment, and no recipe of ours."""
    body = {"prompt": "a slate", "seed": 7, "width": 128, "height": 128, **body}
    answer = requests.post(f"{server.url}/sdapi/v1/txt2img", json=body, timeout=30).json()
    path.write_bytes(base64.b64decode(answer["images"][0]))
    return path


def test_what_a_picture_of_draw_things_was_made_without_is_off(
    panel: Panel, stand_in: StandIn, tmp_path: Path
) -> None:
    everything_on(panel)
    read(picture_of_the_app(stand_in, tmp_path / "plain.png"))
    assert (panel.prompt, panel.upscaler, panel.refiner_model) == ("a slate", "", "")
    assert not (panel.hires_fix or panel.use_restore_faces)
    assert not (panel.loras or panel.controls or panel.advanced)


def test_a_control_of_draw_things_keeps_its_details(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    control = {
        "file": "controlnet_depth_1.x_v1.1_f16.ckpt", "weight": 0.5, "guidanceStart": 0.25,
        "guidanceEnd": 0.75, "noPrompt": True, "globalAveragePooling": False, "downSamplingRate": 2.0,
        "controlImportance": "control", "inputOverride": "depth", "targetBlocks": ["down", "mid"],
    }  # fmt: skip
    lora = {"file": "lcm_sdxl_lora_f16.ckpt", "weight": 0.25, "mode": "refiner"}
    read(picture_of_the_app(stand_in, tmp_path / "app.png", controls=[control], loras=[lora]))
    bpy.ops.drawthings.txt2img()
    body = stand_in.journal.generations[-1].body
    assert (body["controls"], body["loras"]) == ([control], [lora])
    image = next(image for image in bpy.data.images if image.drawthings.recipe)
    panel.controls.clear()
    bpy.ops.drawthings.reuse_recipe(image=image.name)
    bpy.ops.drawthings.txt2img()
    assert stand_in.journal.generations[-1].body["controls"] == [control], "and our own recipe as well"


def test_a_configuration_copied_in_the_app_is_pasted(panel: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    everything_on(panel)
    panel.prompt, panel.prompt_text = "mine", bpy.data.texts.new("mine")
    values = stand_in.app_state.with_settings(steps=8, sampler="LCM").values()
    copied = xmp.configuration(values, width=640, height=384, seed=7)
    assert bpy.ops.drawthings.paste_configuration(text=json.dumps(copied)) == {'FINISHED'}
    assert (panel.prompt, panel.prompt_text) == ("mine", bpy.data.texts["mine"]), "is no part of it"
    assert (panel.steps, panel.sampler, panel.seed, panel.use_random_seed) == (8, "LCM", 7, False)
    assert (panel.width, panel.height, panel.upscaler) == (640, 384, "")
    assert not (panel.loras or panel.controls or panel.advanced)
    notice = session.get().notices[-1].text
    assert notice.startswith("Taken from the clipboard: ")
    assert "Steps" in notice and "Prompt" not in notice
    with pytest.raises(RuntimeError, match="no configuration of Draw Things"):
        bpy.ops.drawthings.paste_configuration(text="a kite")


@pytest.mark.parametrize(("text", "steps"), [(INFOTEXT, 31), ("", None)])
def test_the_server_reads_the_rest(
    panel: Panel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, steps: int | None
) -> None:
    """Where a file has its infotext in a way that is not read here."""
    from bl_ext.user_default.drawthings_addon.imaging import exif as ours

    monkeypatch.setattr(ours, "user_comment", lambda _block: "")
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + text.encode("utf-16-be")
    Image.new("RGB", (16, 16)).save(path, exif=exif)
    with pytest.raises(RuntimeError, match="does not tell how it was made"):
        bpy.ops.drawthings.read_settings(filepath=str(path))
    with StandIn(engine="echo", dialect="A1111") as server:
        bpy.context.preferences.addons[MODULE].preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        if steps is None:
            with pytest.raises(RuntimeError, match="does not tell how it was made"):
                bpy.ops.drawthings.read_settings(filepath=str(path))
        else:
            read(path)
            assert panel.steps == steps
        assert [entry.path for entry in server.journal if "png-info" in entry.path]


def test_nothing_is_sent_that_is_read_here(panel: Panel, stand_in: StandIn, tmp_path: Path) -> None:
    read(saved(tmp_path / "kettle.png", parameters=INFOTEXT))
    assert not list(stand_in.journal)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_the_comment_of_a_photo_is_read_here(
    panel: Panel, stand_in: StandIn, tmp_path: Path, suffix: str
) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"UNICODE\0" + INFOTEXT.encode("utf-16-be")
    path = tmp_path / f"kettle{suffix}"
    Image.new("RGB", (16, 16)).save(path, exif=exif)
    read(path)
    assert (panel.prompt, panel.steps) == ("a brass kettle, <lora:steam:0.7>", 31)
    assert not list(stand_in.journal)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_nothing_waits_for_what_is_no_ordinary_file(panel: Panel, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    for path in (pipe, Path("/dev/zero")):
        with pytest.raises(RuntimeError, match=f"“{path.name}” cannot be read: it is no ordinary file"):
            bpy.ops.drawthings.read_settings(filepath=str(path))


def test_what_is_no_such_picture_is_said(panel: Panel, tmp_path: Path) -> None:
    def refused(path: Path, words: str) -> None:
        with pytest.raises(RuntimeError, match=words):
            bpy.ops.drawthings.read_settings(filepath=str(path))

    refused(saved(tmp_path / "plain.png"), "does not tell how it was made")
    refused(tmp_path / "none.png", "“none.png” cannot be read: No such file")
    refused(tmp_path, "cannot be read")
    (tmp_path / "text.png").write_text("no picture at all")
    refused(tmp_path / "text.png", "PNG")
    (tmp_path / "cut.png").write_bytes(png(noise(16, 16))[:60])
    refused(tmp_path / "cut.png", "PNG")
    with pytest.raises(RuntimeError, match="No file is chosen"):
        bpy.ops.drawthings.read_settings()
    assert panel.prompt == "weathered copper"


def test_an_enlarged_picture(panel: Panel, tmp_path: Path, output: Path) -> None:
    with StandIn(engine="echo", dialect="A1111") as server:
        bpy.context.preferences.addons[MODULE].preferences.server_url = server.url
        bpy.ops.drawthings.check_server()
        panel.extras.upscaler, panel.extras.scale = "Nearest", 3.0
        data = io.BytesIO()
        Image.fromarray(noise(16, 16)).save(data, "PNG")
        image = bpy.data.images.new("wall", 1, 1)
        image.pack(data=data.getvalue(), data_len=len(data.getvalue()))
        image.source = 'FILE'
        bpy.ops.drawthings.upscale(image="wall")
    panel.extras.scale = 2.0
    (path,) = output.glob("*.png")
    read(path)
    assert (panel.extras.scale, panel.prompt) == (3.0, "weathered copper")


def test_only_our_own_tab_takes_a_dropped_picture() -> None:
    handler = bpy.types.FileHandler.bl_rna_get_subclass_py("DRAWTHINGS_FH_png")
    assert handler.bl_import_operator == "drawthings.read_settings"

    def takes(area: str, region: str, tab: str) -> bool:
        below = SimpleNamespace(type=region, active_panel_category=tab)
        return handler.poll_drop(SimpleNamespace(area=SimpleNamespace(type=area), region=below))

    assert takes('VIEW_3D', 'UI', "Draw Things")
    assert not takes('VIEW_3D', 'UI', "Item")
    assert not takes('VIEW_3D', 'WINDOW', "Draw Things")
    assert not takes('SEQUENCE_EDITOR', 'UI', "Draw Things")
    assert not handler.poll_drop(SimpleNamespace(area=None, region=None))
    assert "active_panel_category" in bpy.types.Region.bl_rna.properties
