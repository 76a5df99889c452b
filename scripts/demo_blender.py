# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of the demo that runs inside Blender: install the zip, build the scene, do the jobs.

Started by scripts/demo.py, which reads its news: lines of JSON behind `MARK`, one for each step and at
the end one with the report. Everything else that Blender prints goes to the log.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import json
import re
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np

# isort: split
# Blender's own modules can be imported once `bpy` is.
import addon_utils
from PIL import Image

import demo_scene
import demo_yard

MARK = "@demo "
PACKAGE = "bl_ext.user_default.drawthings_addon"

TEXTURE_PROMPT = "weathered copper, verdigris in the creases"
REWORK_PROMPT = "a starry night, swirling brush strokes"
RENDER_PROMPT = "a still life, impressionist oil painting"
VIEW_PROMPT = "ink and watercolour"
PAVING_PROMPT = "worn flagstones"
MOSS_PROMPT = "thick moss"


class Failed(Exception):
    """The demo cannot go on; the text is for whoever started it."""


class CannotDraw(Exception):
    """The viewport cannot be drawn here; the demo goes on without it."""


@dataclass(frozen=True)
class JobReport:
    """One job for the contact sheet. Paths are absolute; `result` is what came of it."""

    prompt: str
    size: tuple[int, int]
    source: str
    result: str
    seconds: float = 0.0
    """What it took; of a picture that the server made the server tells."""
    beside: tuple[str, ...] = ()
    """Other pictures that belong to it."""


@dataclass
class Report:
    """What came of it all."""

    blender: str
    before: str = ""
    after: str = ""
    jobs: dict[str, JobReport] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    regions: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    """Where an object is in the render: left, top, right, bottom, as fractions."""


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--zip", type=Path, required=True)
    parser.add_argument("--server", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    try:
        report = run(options.zip, options.server, options.out)
    except Failed as error:
        tell(failed=str(error))
        return 1
    except Exception as error:
        traceback.print_exc()
        tell(failed=f"Blender {bpy.app.version_string} stopped: {type(error).__name__}: {error}")
        return 1
    tell(report=asdict(report))
    return 0


def run(zip_path: Path, server: str, out: Path) -> Report:
    """The whole demo. Raises Failed."""
    report = Report(blender=bpy.app.version_string)
    with step("install"):
        install(zip_path, server, out / "pictures")
    try:
        with step("scene"):
            bpy.ops.wm.read_homefile(use_factory_startup=True)
            scene = demo_scene.build()
            report.regions = {
                demo_scene.JAR: demo_scene.region(
                    scene, demo_scene.JAR, demo_scene.LEAVES, *demo_scene.PEARS
                ),
                demo_scene.BOWL: demo_scene.region(scene, demo_scene.BOWL),
            }
            pattern = save(bpy.data.images[demo_scene.PATTERN], out / "pattern.png")
            settings(scene)
        with step("before"):
            report.before = render(scene, out / "render_before.png")
        with step("texture"):
            report.jobs["texture"] = texture_the_jar(scene)
        with step("rework"):
            report.jobs["rework"] = rework_the_bowl(scene, pattern)
        with step("after"):
            report.after = render(scene, out / "render_after.png")
        with step("restyle"):
            report.jobs["restyle"] = restyle_the_render(scene, report.after)
        tell(begin="view")
        try:
            report.jobs["view"] = restyle_the_view(scene, out / "view.png")
            tell(end="view")
        except CannotDraw as error:
            # Only Blender 5.2, and only where there are graphics, draws the viewport without a window.
            report.skipped["view"] = str(error)
            tell(skip="view")
        with step("here"):
            report.jobs["here"], paving = paint_moss(scene, out)
        with step("seamless"):
            report.jobs["seamless"], paving = make_seamless(paving, out)
        with step("maps"):
            report.jobs["maps"] = make_maps(paving, out)
        with step("save"):
            bpy.ops.wm.save_as_mainfile(filepath=str(out / "demo.blend"), compress=True)
    finally:
        # A timer that is still registered at exit crashes Blender 4.2.
        addon_utils.disable(PACKAGE, default_set=True)
    return report


# -- Steps ----------------------------------------------------------------------------------------


def install(zip_path: Path, server: str, pictures: Path) -> None:
    """Install and enable the zip as dropping it on Blender does, and enter the server's address."""
    call(
        bpy.ops.extensions.package_install_files,
        filepath=str(zip_path),
        repo='user_default',
        enable_on_install=True,
    )
    addon = bpy.context.preferences.addons.get(PACKAGE)
    if addon is None:
        raise Failed(f"Blender {bpy.app.version_string} installed {zip_path.name} but did not enable it.")
    addon.preferences.server_url = server
    addon.preferences.output_directory = str(pictures)
    call(bpy.ops.drawthings.check_server)


def settings(scene: bpy.types.Scene) -> None:
    """What an artist would set in the panel."""
    chosen = scene.drawthings
    chosen.width = chosen.height = 1024
    chosen.steps = 30
    chosen.use_random_seed = False


def texture_the_jar(scene: bpy.types.Scene) -> JobReport:
    chosen = activate(demo_scene.JAR)
    scene.drawthings.prompt, scene.drawthings.seed = TEXTURE_PROMPT, 7
    call(bpy.ops.drawthings.txt2img, target='MATERIAL')
    return job_report(image_of(chosen), source="")


def rework_the_bowl(scene: bpy.types.Scene, pattern: str) -> JobReport:
    chosen = activate(demo_scene.BOWL)
    scene.drawthings.prompt, scene.drawthings.seed = REWORK_PROMPT, 3
    scene.drawthings.strength = 1.0
    call(bpy.ops.drawthings.img2img, source='TEXTURE', target='REPLACE')
    return job_report(image_of(chosen), source=pattern)


def restyle_the_render(scene: bpy.types.Scene, rendered: str) -> JobReport:
    scene.drawthings.prompt, scene.drawthings.seed = RENDER_PROMPT, 5
    scene.drawthings.strength = 0.9
    known = set(bpy.data.images)
    call(bpy.ops.drawthings.img2img, source='RENDER', target='IMAGE')
    return job_report(newest(known), source=rendered)


def restyle_the_view(scene: bpy.types.Scene, path: Path) -> JobReport:
    """The viewport through the camera. Raises CannotDraw where Blender has no graphics."""
    for area in bpy.context.window_manager.windows[0].screen.areas:
        if area.type == 'VIEW_3D':
            shading = area.spaces.active.shading
            shading.type = 'MATERIAL'
            shading.use_scene_lights = shading.use_scene_world = True
    scene.drawthings.view_from = 'CAMERA'
    scene.drawthings.prompt, scene.drawthings.seed = VIEW_PROMPT, 9
    scene.drawthings.strength = 0.9
    # The contact sheet shows what is sent: the function that the operator uses draws it for that.
    capture = importlib.import_module(f"{PACKAGE}.blender.capture")
    selection = importlib.import_module(f"{PACKAGE}.blender.selection").Selection.of(bpy.context)
    errors = importlib.import_module(f"{PACKAGE}.errors")
    try:
        pixels = capture.viewport(capture.require_view(selection), camera=True).pixels
    except errors.BridgeError as error:
        raise CannotDraw(error.what) from error
    Image.fromarray(pixels[::-1]).save(path)
    known = set(bpy.data.images)
    call(bpy.ops.drawthings.img2img, source='VIEWPORT', target='IMAGE')
    return job_report(newest(known), source=str(path))


def paint_moss(scene: bpy.types.Scene, out: Path) -> tuple[JobReport, bpy.types.Image]:
    """Only where the mask is white."""
    chosen = scene.drawthings
    chosen.prompt, chosen.seed = PAVING_PROMPT, 7
    chosen.width, chosen.height = demo_yard.GENERATED
    known = set(bpy.data.images)
    call(bpy.ops.drawthings.txt2img, target='IMAGE')
    photograph = demo_yard.photograph(newest(known))
    mask = demo_yard.strokes()
    chosen.inpaint.mask, chosen.inpaint.feather = mask, 12
    chosen.prompt, chosen.seed, chosen.strength = MOSS_PROMPT, 1, 0.85
    known = set(bpy.data.images)
    call(bpy.ops.drawthings.img2img, source='IMAGE', image=photograph.name, target='IMAGE')
    chosen.inpaint.use = False
    painted = newest(known)
    source, shown = save(photograph, out / "paving.png"), save(mask, out / "moss_mask.png")
    return replace(job_report(painted, source=source), beside=(shown,)), painted


def make_seamless(paving: bpy.types.Image, out: Path) -> tuple[JobReport, bpy.types.Image]:
    """Without the server."""
    source = save(paving, out / "mossy_paving.png")
    known, started = set(bpy.data.images), time.monotonic()
    call(bpy.ops.drawthings.make_seamless, image=paving.name, method='BLEND')
    (made,) = set(bpy.data.images) - known
    seconds = time.monotonic() - started
    return JobReport("", tuple(made.size), source, save(made, out / "seamless.png"), seconds), made


def make_maps(paving: bpy.types.Image, out: Path) -> JobReport:
    """Of the paving on the floor, which is rendered before and after."""
    scene = demo_yard.build(paving)
    bpy.context.window_manager.windows[0].scene = scene
    activate(demo_yard.FLOOR)
    before = render(scene, out / "maps_before.png")
    maps = scene.drawthings.maps
    maps.use_albedo = False
    maps.use_material = True
    maps.depth = 16.0
    known, started = set(bpy.data.images), time.monotonic()
    call(bpy.ops.drawthings.make_maps, image=paving.name)
    made = set(bpy.data.images) - known
    seconds = time.monotonic() - started
    beside = [
        save(image, out / f"map_{image.drawthings.map.lower()}.png")
        for image in sorted(made, key=lambda image: image.name, reverse=True)
        if image.drawthings.map
    ]
    after = render(scene, out / "maps_after.png")
    bpy.context.window_manager.windows[0].scene = bpy.data.scenes["Scene"]
    return JobReport("", tuple(paving.size), before, after, seconds, tuple(beside))


def render(scene: bpy.types.Scene, path: Path) -> str:
    """Render to a file; Blender's own words tell how far it is."""

    def listen(words: str, *_unused: object) -> None:
        match = re.search(r"Sample (\d+)/(\d+)", words)
        if match:
            tell(progress=int(match[1]) / int(match[2]))

    handlers = bpy.app.handlers.render_stats
    handlers.append(listen)
    try:
        scene.render.filepath = str(path)
        call(bpy.ops.render.render, write_still=True, scene=scene.name)
    finally:
        handlers.remove(listen)
        scene.render.filepath = "//render.png"
    return str(path)


def save(image: bpy.types.Image, path: Path) -> str:
    """The image as it is now, for the contact sheet."""
    pixels = np.empty(image.size[0] * image.size[1] * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(image.size[1], image.size[0], image.channels)[::-1, :, :3]
    Image.fromarray(np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)).save(path)
    return str(path)


# -- Help -----------------------------------------------------------------------------------------


def tell(**news: Any) -> None:
    """One line for scripts/demo.py."""
    print(f"\n{MARK}{json.dumps(news)}", flush=True)


@contextlib.contextmanager
def step(name: str) -> Iterator[None]:
    tell(begin=name)
    yield
    tell(end=name)


def call(operator: Any, **arguments: Any) -> None:
    """Call an operator. Raises Failed with the operator's words."""
    try:
        result = operator(**arguments)
    except RuntimeError as error:
        words = " ".join(str(error).removeprefix("Error: ").split())
        raise Failed(words or f"{operator.idname_py()} failed.") from error
    if result != {'FINISHED'}:
        raise Failed(f"{operator.idname_py()} ended with {', '.join(result)}.")


def activate(name: str) -> bpy.types.Object:
    chosen = bpy.data.objects[name]
    for each in bpy.context.view_layer.objects:
        each.select_set(each == chosen)
    bpy.context.view_layer.objects.active = chosen
    return chosen


def image_of(textured: bpy.types.Object) -> bpy.types.Image:
    """The image that feeds the colour of an object's material."""
    for node in textured.active_material.node_tree.nodes:
        if node.type == 'TEX_IMAGE' and node.image is not None and node.outputs["Color"].links:
            return node.image
    raise Failed(f"No image arrived in the material of “{textured.name}”.")


def newest(known: set[bpy.types.Image]) -> bpy.types.Image:
    arrived = [image for image in bpy.data.images if image not in known and image.drawthings.recipe]
    if not arrived:
        raise Failed("No picture arrived.")
    return arrived[-1]


def job_report(image: bpy.types.Image, *, source: str) -> JobReport:
    path = Path(bpy.path.abspath(image.filepath))
    if not path.is_file():
        raise Failed(f"The picture “{image.name}” is not on disk.")
    return JobReport(image.drawthings.prompt, tuple(image.size), source, str(path))


if __name__ == "__main__":
    sys.exit(main())
