# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a comparison costs a frame: the extension's Python beside the GPU's calls, and the first upload apart.

    python3 scripts/benchmarks/compare.py --blender trixie sid

A window draws its editor again and again while a line stands over a picture of 2048 × 2048 pixels, in the
Image Editor and over the 3D View, with 40 results in the list that a server has made. Calls that go to the
GPU (textures, drawing, words) are counted apart. Off, no function of ours may be called at all.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from build import build
from local_server import StandIn
from window import BlenderWindow

#: Python of ours a frame, in seconds.
BAR = 0.001
_FRAMES = 60
_RESULTS = 40

_NAMES = """
import sys, time
import blf, gpu
import numpy as np
from dataclasses import replace

def package():
    return next(name for name in bpy.context.preferences.addons.keys() if name.endswith("drawthings_addon"))

def module(name):
    return sys.modules[f"{package()}.{name}"]

overlay, comparison = module("blender.compare.overlay"), module("blender.compare.comparison")
painter = module("blender.compare.painter")
textures, provenance = module("blender.compare.textures"), module("blender.delivery.provenance")
compare, views = module("blender.actions.compare"), module("blender.capture.views")
Selection = module("blender.selection").Selection

frames, on_gpu = [], [0.0]

def apart(owner, name):
    call = getattr(owner, name)
    def counted(*arguments, **named):
        began = time.perf_counter()
        try:
            return call(*arguments, **named)
        finally:
            on_gpu[0] += time.perf_counter() - began
    setattr(owner, name, counted)

class Apart:
    def __init__(self, owner, names):
        self._owner = owner
        for name in names:
            call = getattr(owner, name)
            setattr(self, name, call)
            apart(self, name)
    def __getattr__(self, name):
        return getattr(self._owner, name)

for name in ("size", "dimensions", "draw"):
    apart(blf, name)
apart(gpu.texture, "from_image")
compiled = painter._compiled
painter._compiled = lambda *a, **n: (
    lambda made: replace(made, batch=Apart(made.batch, ["draw"]), shader=Apart(made.shader, ["bind"]))
)(compiled(*a, **n))
# What draws is handed the shader itself.
painter._draw = lambda program: (
    gpu.state.blend_set('ALPHA_PREMULT'),
    program.batch.draw(program.shader._owner),
    gpu.state.blend_set('NONE'),
)

def timed(call):
    def counted():
        on_gpu[0] = 0.0
        began = time.perf_counter()
        call()
        frames.append((time.perf_counter() - began - on_gpu[0], on_gpu[0]))
    return counted

overlay.draw = timed(overlay.draw)
comparison.draw_over_image = timed(comparison.draw_over_image)

def picture(name, edge=2048):
    image = bpy.data.images.new(name, edge, edge)
    image.pixels.foreach_set(np.random.default_rng(1).random(edge * edge * 4, np.float32))
    image.update()
    image.pack()
    image.use_fake_user = True
    return image

def draw(kind, times):
    frames.clear()
    with override(kind):
        bpy.ops.wm.redraw_timer(type='DRAW', iterations=times)
    return [list(each) for each in frames]
"""


def main() -> None:
    """Print the table; fail where Python of ours takes longer than the bar."""
    parser = argparse.ArgumentParser(description="What a comparison costs a frame.")
    parser.add_argument("--blender", nargs="+", default=["sid"])
    options = parser.parse_args()
    slow = [line for blender in options.blender for line in _of(blender)]
    if slow:
        sys.exit("\n".join(slow))


def _of(blender: str) -> list[str]:
    slow = []
    with StandIn() as server, BlenderWindow(blender, zip=build(), size=(1200, 800)) as window:
        window.run(_NAMES)
        _fill(window, server)
        for kind, begin in (('VIEW_3D', _over_view), ('IMAGE_EDITOR', _over_image)):
            off = begin(window)
            first, *others = window.run(f"draw({kind!r}, {_FRAMES})")
            ours = sorted(each[0] for each in others)
            apart = sorted(each[1] for each in others)
            middle, longest = ours[len(ours) // 2], ours[-1]
            print(
                f"{blender:8} {kind:12} {len(ours):3} frames: Python {middle * 1e3:.3f} ms, at most "
                f"{longest * 1e3:.3f} ms; GPU calls {apart[len(apart) // 2] * 1e3:.3f} ms; first frame "
                f"{first[0] * 1e3:.3f} ms and {first[1] * 1e3:.1f} ms of GPU calls; off: {off} calls",
                flush=True,
            )
            if middle > BAR or off:
                slow.append(f"{blender}: {kind} takes {middle * 1e3:.3f} ms, and {off} calls while it is off")
            window.run("compare.end(); overlay.hide()")
        window.quit()
    return slow


def _fill(window: BlenderWindow, server: StandIn) -> None:
    """Have so many results, one of them a texture."""
    window.run(
        f"bpy.context.preferences.addons[package()].preferences.server_url = {server.url!r}\n"
        "session = module('blender.session.session').get\n"
        "c = bpy.context.scene.drawthings; c.width = c.height = 128; c.prompt = 'rust'"
    )
    for target, count in (("MATERIAL", 1), ("IMAGE", _RESULTS - 1)):
        window.run(
            f"c.batch_count = {count}\n"
            f"with override('VIEW_3D'): bpy.ops.drawthings.txt2img(target={target!r})"
        )
    window.wait_until(f"len(session().results) >= {_RESULTS}", timeout=180)
    window.wait_until("not session().has_work", timeout=60)
    assert window.run("len(session().results)") == _RESULTS


def _off(window: BlenderWindow, kind: str) -> int:
    found: list[Any] = window.run(f"draw({kind!r}, 10)")
    return len(found)


def _over_view(window: BlenderWindow) -> int:
    window.run(
        "laid = picture('laid')\n"
        "with override('VIEW_3D'):\n"
        "    here = views.find_view(Selection.of(bpy.context))\n"
        "    place = views.vantage(here, 2048, 2048, camera=False)\n"
        "provenance._known[laid.session_uid] = replace(provenance.of(laid), vantage=place)"
    )
    off = _off(window, 'VIEW_3D')
    window.run(
        "middle = region('VIEW_3D').x + region('VIEW_3D').width / 2\n"
        "with override('VIEW_3D'): compare.begin(Selection.of(bpy.context), middle, 'laid')"
    )
    return off


def _over_image(window: BlenderWindow) -> int:
    window.show_editor('IMAGE_EDITOR')
    window.run(
        "old, new = picture('old'), picture('new')\n"
        "module('blender.delivery.images').replace(old, new)\n"
        "area('IMAGE_EDITOR').spaces.active.image = new"
    )
    window.redraw()
    off = _off(window, 'IMAGE_EDITOR')
    window.run(
        "middle = region('IMAGE_EDITOR').x + region('IMAGE_EDITOR').width / 2\n"
        "with override('IMAGE_EDITOR'): compare.begin(Selection.of(bpy.context), middle)"
    )
    return off


if __name__ == "__main__":
    main()
