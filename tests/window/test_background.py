# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""`blender -b --python FILE`: operators run to their end, and errors raise with their text."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from background import Background

from local_server import Faults, StandIn, WebUi

_START = """
import bpy
package = next(name for name in bpy.context.preferences.addons.keys() if name.endswith("drawthings_addon"))
bpy.context.preferences.addons[package].preferences.server_url = {url!r}
scene = bpy.context.scene
scene.drawthings.prompt = "weathered copper"
scene.drawthings.width = scene.drawthings.height = 128
scene.render.engine = 'CYCLES'
scene.cycles.samples = 1
scene.cycles.use_denoising = False
scene.render.resolution_x, scene.render.resolution_y = 96, 54
def recipes():
    return [image for image in bpy.data.images if image.drawthings.recipe]
"""

Run = Callable[[str], subprocess.CompletedProcess[str]]


@pytest.fixture
def run(background: Background, tmp_path: Path, stand_in: StandIn) -> Run:
    """Runs a script in a background Blender with the extension."""

    def script(code: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "script.py"
        path.write_text(_START.format(url=stand_in.url) + code)
        # Else a script that raises would leave the exit status 0.
        return background("-b", "--python-exit-code", "3", "--python", path)

    return script


def test_jobs_run_to_their_end(run: Run, stand_in: StandIn) -> None:
    answer = run("""
import addon_utils
assert addon_utils._extensions_warnings_get() == {}
assert bpy.ops.drawthings.txt2img(target='MATERIAL') == {'FINISHED'}
(texture,) = recipes()
assert tuple(texture.size) == (128, 128)
material = bpy.data.objects["Cube"].active_material
assert texture in [node.image for node in material.node_tree.nodes if node.type == 'TEX_IMAGE']
assert bpy.ops.drawthings.img2img(source='RENDER') == {'FINISHED'}
restyled = next(image for image in recipes() if image.drawthings.operation == "img2img")
assert tuple(restyled.size) == (96, 54)
print("all", "was done")
""")
    assert answer.returncode == 0, answer.stdout
    assert "all was done" in answer.stdout
    assert "Traceback" not in answer.stdout
    assert [entry.status for entry in stand_in.journal if entry.is_generation] == [200, 200]


def test_errors_raise_with_their_text(run: Run, stand_in: StandIn) -> None:
    stand_in.faults = Faults(empty=True)
    answer = run("""
def text_of(**arguments):
    try:
        bpy.ops.drawthings.txt2img(**arguments)
    except RuntimeError as error:
        return str(error)
    raise SystemExit("no error was raised")

told = text_of()
assert "Traceback" not in told
assert len(told.split()) > 6, told
print("told:", told)
bpy.context.preferences.addons[package].preferences.server_url = "http://127.0.0.1:9"
told = text_of()
assert "127.0.0.1:9" in told, told
assert not recipes()
print("all", "was said")
""")
    assert answer.returncode == 0, answer.stdout
    assert "all was said" in answer.stdout
    assert "Traceback" not in answer.stdout


def test_quitting_waits_for_no_name(run: Run) -> None:
    """A name that is being looked up, which nothing ends."""
    answer = run("""
import importlib, socket, time
socket.getaddrinfo = lambda *_arguments, **_options: time.sleep(600)
def of(module):
    return importlib.import_module(f"{package}.{module}")
server = of("client.http.address").Server("http://slow-to-find.example:7860", connect_timeout=100.0)
of("blender.session.session").get().jobs.ask(server, lambda client: client.configuration(), lambda *_: None)
time.sleep(1.0)
print("ends at", time.time(), flush=True)
""")
    ended = time.time()
    assert answer.returncode == 0, answer.stdout
    (line,) = (line for line in answer.stdout.splitlines() if line.startswith("ends at"))
    assert ended - float(line.split()[-1]) < 20


@pytest.mark.parametrize(("times", "status", "words"), [(1, 1, "CANCELLED"), (2, 2, "Blender killed")])
def test_ctrl_c_tells_the_server_and_ends_as_blender_does(
    background: Background, tmp_path: Path, times: int, status: int, words: str
) -> None:
    path = tmp_path / "script.py"
    # While the server loads a model nothing stops it, so that there is time for a second one.
    faults = Faults(delay_per_step=0.3, delay_load=0 if times == 1 else 60)
    with StandIn(dialect='A1111', faults=faults, app_state=WebUi(model_loaded=False)) as server:
        code = """
import os
scene.drawthings.steps = 40
print("PID", os.getpid(), flush=True)
print(bpy.ops.drawthings.txt2img(), flush=True)
"""
        path.write_text(_START.format(url=server.url) + code)
        blender = background.start("-b", "--python", path)
        assert blender.stdout is not None
        process = next(int(line.split()[1]) for line in blender.stdout if line.startswith("PID"))
        assert server.wait_until_running()
        for _ in range(times):
            time.sleep(0.05)
            os.kill(process, signal.SIGINT)
        said = blender.stdout.read()
        assert (blender.wait(60), words in said) == (status, True), said
        assert "Traceback" not in said
        if times == 1:
            assert any(entry.path.endswith("/interrupt") for entry in server.journal)
            assert server.wait_until_idle(5)
        server.faults = Faults()


def test_ctrl_c_during_a_render_sends_nothing(background: Background, tmp_path: Path) -> None:
    """Blender's own handler ends the render at once, of which there is half a picture then."""
    path = tmp_path / "script.py"
    with StandIn(dialect='A1111') as server:
        code = """
import os
# Cycles looks after each sample that takes long, and of those that do not only after many, for half a minute.
scene.render.resolution_x, scene.render.resolution_y = 1920, 1080
scene.cycles.samples, scene.cycles.use_adaptive_sampling = 1 << 20, False
print("PID", os.getpid(), flush=True)
bpy.app.handlers.render_init.append(lambda *_unused: print("RENDERS", flush=True))
print(bpy.ops.drawthings.img2img(source='RENDER'), flush=True)
"""
        path.write_text(_START.format(url=server.url) + code)
        blender = background.start("-b", "--python", path)
        assert blender.stdout is not None
        process = next(int(line.split()[1]) for line in blender.stdout if line.startswith("PID"))
        assert any(line.startswith("RENDERS") for line in blender.stdout)
        time.sleep(1.0)
        os.kill(process, signal.SIGINT)
        said = blender.stdout.read()
        assert (blender.wait(60), "CANCELLED" in said) == (1, True), said
        assert "Traceback" not in said
        assert not server.journal.generations
