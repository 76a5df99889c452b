# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long each callback of the extension keeps Blender's main thread, with 40 results and 20 jobs.

    python3 scripts/benchmarks/callbacks.py --blender trixie sid

Every draw, poll and tooltip of what is registered, every entry in Blender's menus, the items of every dynamic
enum, every handler and every look of the timer is timed while a window draws all panels of the three editors,
and while jobs run, results are selected, steps are undone and done again, and the file is saved and loaded.
Popovers, which a window draws when somebody opens them, are drawn into a layout that takes anything.

Times are the processor's: other programs do not count. Bringing a picture in is told, and has no bar: Blender
decodes it and writes an undo step.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from build import build
from local_server import Faults, StandIn
from window import BlenderWindow

#: The longest that a callback may take, in seconds.
BAR = 0.016

_RESULTS, _JOBS = 40, 20
_TAB = "Draw Things"
_EDITORS = ('IMAGE_EDITOR', 'ShaderNodeTree', 'VIEW_3D')
_REDRAWS = 2

_TIMED = """
import sys, time, types

def package():
    return next(name for name in bpy.context.preferences.addons.keys() if name.endswith("drawthings_addon"))

def module(name):
    return sys.modules[f"{package()}.{name}"]

def session():
    return module("blender.session.session").get()

worst = {}
calls = {}

def timed(name, call):
    def wrapper(*arguments, **named):
        began = time.thread_time()
        try:
            return call(*arguments, **named)
        finally:
            took = time.thread_time() - began
            worst[name] = max(worst.get(name, 0.0), took)
            calls[name] = calls.get(name, 0) + 1
    return wrapper

def timed_alike(name, call):
    # Blender gives a callback as many arguments as its code says that it takes.
    if call.__code__.co_flags & 0x04:
        return timed(name, call)
    names = ", ".join(f"a{number}" for number in range(call.__code__.co_argcount))
    return eval(f"lambda {names}: run({names})", {"run": timed(name, call)})

def ours(kind):
    found = [each for each in kind.__subclasses__() if each.__module__.startswith(package())]
    return [each for each in found if getattr(each, "is_registered", True)]

KINDS = (bpy.types.Panel, bpy.types.Menu, bpy.types.Header, bpy.types.UIList, bpy.types.Operator,
         bpy.types.AddonPreferences)

def watch():
    for base in KINDS:
        for kind in ours(base):
            for name in ("draw", "draw_header", "draw_header_preset", "draw_item", "poll", "description"):
                found = next((each.__dict__[name] for each in kind.__mro__ if name in each.__dict__), None)
                label = f"{kind.__name__}.{name}"
                if isinstance(found, types.FunctionType):
                    setattr(kind, name, timed_alike(label, found))
                elif isinstance(found, classmethod):
                    setattr(kind, name, classmethod(timed_alike(label, found.__func__)))
    for name in dir(bpy.types):
        entries = getattr(getattr(getattr(bpy.types, name), "draw", None), "_draw_funcs", None) or []
        for index, entry in enumerate(entries):
            if entry.__module__.startswith(package()):
                entries[index] = timed(f"{name}: {entry.__name__}", entry)
    for name in dir(bpy.app.handlers):
        entries = getattr(bpy.app.handlers, name)
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            if getattr(entry, "__module__", "").startswith(package()):
                wrapped = bpy.app.handlers.persistent(timed_alike(f"{name}: {entry.__name__}", entry))
                entries[index] = wrapped
    sessions = module("blender.session.session").Session
    results = module("blender.session.results").Results
    sessions._handle_untimed, results.deliver_untimed = sessions._handle, results.deliver
    spent = [0.0]

    def deliver(self, *arguments, **named):
        began = time.thread_time()
        try:
            return timed("a picture is brought in", results.deliver_untimed)(self, *arguments, **named)
        finally:
            spent[0] += time.thread_time() - began

    def step(self):
        spent[0] = 0.0
        began = time.thread_time()
        try:
            return step_untimed(self)
        finally:
            took = time.thread_time() - began - spent[0]
            worst["a look of the timer"] = max(worst.get("a look of the timer", 0.0), took)
            calls["a look of the timer"] = calls.get("a look of the timer", 0) + 1

    step_untimed = sessions.step
    sessions.step, results.deliver = step, deliver
    previews = module("blender.previews")
    previews._fill = timed("a thumbnail or a large picture is filled in", previews._fill)

def take_all(count):
    # As the timer does, without a drawing of all panels after each picture.
    deadline = time.monotonic() + 120
    while (len(session().results) < count or session().is_working) and time.monotonic() < deadline:
        session().step()
        time.sleep(0.005)
    assert len(session().results) == count

class Anything:
    # A layout, and what its methods give.
    def __getattr__(self, name):
        return lambda *arguments, **named: Anything()

def enums():
    for base in (*KINDS, bpy.types.PropertyGroup):
        for kind in ours(base):
            for name, found in getattr(kind, "__annotations__", {}).items():
                items = getattr(found, "keywords", {}).get("items")
                if callable(items):
                    yield f"{kind.__name__}.{name} items", items
                search = getattr(found, "keywords", {}).get("search")
                if callable(search):
                    yield f"{kind.__name__}.{name} search", search

def draw_by_hand():
    context = bpy.context
    for kind in (*ours(bpy.types.Panel), *ours(bpy.types.Menu)):
        if getattr(kind, "bl_space_type", 'TOPBAR') != 'TOPBAR':
            continue
        shown = types.SimpleNamespace(layout=Anything())
        for each in reversed(kind.__mro__):
            for name, found in each.__dict__.items():
                if isinstance(found, types.FunctionType) and not name.startswith("__"):
                    setattr(shown, name, types.MethodType(found, shown))
                elif isinstance(found, (int, str, float)) and not name.startswith("__"):
                    setattr(shown, name, found)
        shown.draw(context)
    for name, call in enums():
        for text in ("", "a"):
            arguments = (context.scene.drawthings, context, text)
            timed(name, call)(*arguments[:3 if name.endswith("search") else 2])

def tooltips():
    results = module("blender.actions.results")
    for each in session().results:
        timed("a result's tooltip", results.tooltip)(each.key)
"""


class Callbacks:
    """Measures in one window."""

    def __init__(self, window: BlenderWindow, server: StandIn) -> None:
        self.window = window
        self.server = server
        window.run(_TIMED)
        window.run(f"bpy.context.preferences.addons[package()].preferences.server_url = {server.url!r}")
        window.run("unfold_panels('DRAWTHINGS_PT_')")

    def fill(self, results: int = _RESULTS, jobs: int = _JOBS) -> None:
        """Have so many results, and so many jobs of which one runs."""
        window = self.window
        window.run("c = bpy.context.scene.drawthings; c.width = c.height = 128; c.prompt = 'rust'")
        self._order("MATERIAL")
        window.run(f"c.batch_count = {results - 1}")
        self._order("IMAGE")
        window.run(f"take_all({results})", timeout=180)
        window.run("c.batch_count = 1")
        self.server.faults = Faults(delay=600)
        for _ in range(jobs):
            self._order("IMAGE")
        window.wait_until(f"len(session().statuses()) >= {jobs}")

    def _order(self, target: str) -> None:
        self.window.run(f"with override('VIEW_3D'): bpy.ops.drawthings.txt2img(target={target!r})")

    def measure(self) -> dict[str, float]:
        """The longest that each callback took, in seconds of the processor, by what it is."""
        window = self.window
        # Once before anything counts: modules are imported on first use.
        self._draw(1)
        window.run("watch()")
        self._draw(_REDRAWS)
        for index in (5, 39, 0):
            window.run(f"with override('VIEW_3D'): bpy.ops.drawthings.select_result(index={index})")
            window.redraw()
        window.run("with override('VIEW_3D'): draw_by_hand()")
        window.run("tooltips()")
        window.run("with override('VIEW_3D'): bpy.ops.ed.undo(); bpy.ops.ed.redo()")
        window.run(f"bpy.ops.wm.save_as_mainfile(filepath={str(window.folder / 'saved.blend')!r})")
        # One after the other comes, while the panel shows all.
        self.server.faults = Faults()
        window.run("for each in session().statuses()[:-2]: session().jobs.cancel(each.job.id)")
        window.wait_until("not session().has_work", timeout=60)
        window.redraw()
        window.run(f"bpy.ops.wm.open_mainfile(filepath={str(window.folder / 'saved.blend')!r})")
        window.redraw()
        found: dict[str, float] = window.run("worst")
        return found

    def _draw(self, times: int) -> None:
        for editor in _EDITORS:
            self.window.show_editor(editor)
            self.window.show_sidebar(editor, _TAB)
            for _ in range(times):
                self.window.redraw()
                self.window.run("None")


#: What Blender does in it is most of it: it decodes the picture, and writes an undo step.
BLENDERS_OWN = frozenset({"a picture is brought in"})


def beyond(measured: dict[str, float]) -> dict[str, float]:
    """The callbacks that took longer than the bar."""
    return {name: took for name, took in measured.items() if took > BAR and name not in BLENDERS_OWN}


def table(measured: dict[str, float], lines: int = 24) -> str:
    """The slowest, in milliseconds, a line each."""
    slowest = sorted(measured.items(), key=lambda each: each[1], reverse=True)
    shown = [f"{took * 1e3:8.2f} ms  {name}" for name, took in slowest[:lines]]
    return "\n".join([*shown, f"{len(measured)} callbacks in all"])


def main() -> int:
    """Print a table for each Blender; 1 when a callback was beyond the bar."""
    parser = argparse.ArgumentParser(description="How long the extension's callbacks take.")
    parser.add_argument("--blender", nargs="+", default=["trixie"], help="as in scripts/window.py")
    options = parser.parse_args()
    zip_path = build()
    met = True
    for name in options.blender:
        with StandIn("echo") as server, BlenderWindow(name, zip=zip_path) as window:
            callbacks = Callbacks(window, server)
            callbacks.fill()
            measured = callbacks.measure()
            print(f"\n{name}\n{table(measured)}", flush=True)
            met &= not beyond(measured)
    print(f"\nThe bar of {BAR * 1e3:.0f} ms was {'met' if met else 'not met'}.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
