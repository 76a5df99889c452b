# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of scripts/window.py that runs inside Blender: takes code in, gives its value out.

Started with `blender --python`. A thread accepts connections on the socket that the environment
names; each brings one line of JSON with code, which a timer runs on Blender's main thread. The last
expression of the code is its value. Names defined by one piece of code are there for the next.
"""

from __future__ import annotations

import ast
import json
import os
import queue
import socket
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

# How long code waits at most for its turn, in seconds.
_INTERVAL = 0.01


@dataclass
class Task:
    """Code on its way to the main thread, and the answer on its way back."""

    code: str
    answer: dict[str, Any] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)


_tasks: queue.Queue[Task] = queue.Queue()


def area(kind: str) -> bpy.types.Area:
    """The largest area of the first window that shows the editor `kind` ('VIEW_3D', …)."""
    screen = bpy.context.window_manager.windows[0].screen
    found = [area for area in screen.areas if kind in (area.type, area.ui_type)]
    if not found:
        shown = ", ".join(sorted(area.ui_type for area in screen.areas))
        raise LookupError(f"no {kind} editor is open, only {shown}")
    return max(found, key=lambda area: area.width * area.height)


def region(kind: str, name: str = 'WINDOW') -> bpy.types.Region:
    """The region `name` ('UI' is the sidebar) of the editor `kind`."""
    return next(region for region in area(kind).regions if region.type == name)


def override(kind: str = "", name: str = 'WINDOW') -> Any:
    """A context as in the editor `kind`, or as in the first window when no editor is named."""
    window = bpy.context.window_manager.windows[0]
    if not kind:
        return bpy.context.temp_override(window=window)
    return bpy.context.temp_override(window=window, area=area(kind), region=region(kind, name))


def redraw() -> None:
    """Ask for every editor of every window to be drawn again."""
    for window in bpy.context.window_manager.windows:
        for each in window.screen.areas:
            each.tag_redraw()


def unfold_panels(prefix: str | tuple[str, ...]) -> None:
    """Have the panels whose names begin so, or so, open; only before they are drawn, which is when a panel
    remembers whether it is open."""
    panels = {
        name: kind for name in dir(bpy.types) if hasattr(kind := getattr(bpy.types, name), "bl_space_type")
    }

    def line(name: str) -> list[str]:
        """The panel's name after those that it is in."""
        parent = getattr(panels[name], "bl_parent_id", "")
        return [*(line(parent) if parent in panels else ()), name]

    folded = {
        name
        for name, kind in panels.items()
        if name.startswith(prefix) and 'DEFAULT_CLOSED' in getattr(kind, "bl_options", ())
    }
    # Those inside go with the one that they are in, and need it first.
    anew = sorted(
        (name for name in panels if folded.intersection(line(name))), key=lambda each: len(line(each))
    )
    for name in reversed(anew):
        bpy.utils.unregister_class(panels[name])
    for name in anew:
        if name in folded:
            panels[name].bl_options = set()
        bpy.utils.register_class(panels[name])


def button_under_pointer(kind: str, name: str = 'UI') -> str:
    """What the button under the pointer does, as Python: an operator's call or a property's path.

    Empty where there is none. Blender's own "Copy Python Command" and "Copy Full Data Path" tell it.
    """
    window_manager = bpy.context.window_manager
    before = window_manager.clipboard
    window_manager.clipboard = ""
    try:
        with override(kind, name):
            if bpy.ops.ui.copy_python_command_button.poll():
                bpy.ops.ui.copy_python_command_button()
            elif bpy.ops.ui.copy_data_path_button.poll():
                bpy.ops.ui.copy_data_path_button(full_path=True)
        return window_manager.clipboard
    finally:
        window_manager.clipboard = before


_names: dict[str, Any] = {
    "bpy": bpy, "area": area, "region": region, "override": override, "redraw": redraw,
    "unfold_panels": unfold_panels,
    "button_under_pointer": button_under_pointer,
}  # fmt: skip


def evaluate(code: str) -> Any:
    """Run `code`; answer the value of its last statement when that is an expression."""
    tree = ast.parse(code)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "<window>", "exec"), _names)
    if last is None:
        return None
    return eval(compile(ast.Expression(last.value), "<window>", "eval"), _names)


def pump() -> float:
    """Run one waiting piece of code; the timer that calls this outlives loading a file."""
    try:
        task = _tasks.get_nowait()
    except queue.Empty:
        return _INTERVAL
    try:
        task.answer = {"value": evaluate(task.code)}
        json.dumps(task.answer, default=plain)
    except BaseException:
        task.answer = {"error": traceback.format_exc()}
    task.done.set()
    return 0.0


def plain(value: Any) -> Any:
    """What JSON has no word for: collections, vectors and sets as lists, the rest as its repr."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    try:
        return list(value)
    except TypeError:
        return repr(value)


def converse(connection: socket.socket) -> None:
    """Take one piece of code from `connection` and send its answer."""
    with connection, connection.makefile("rwb") as stream:
        line = stream.readline()
        if not line:
            return
        task = Task(json.loads(line)["code"])
        _tasks.put(task)
        task.done.wait()
        try:
            stream.write(json.dumps(task.answer, default=plain).encode() + b"\n")
            stream.flush()
        except OSError:
            return  # The other side did not want to wait any longer.


def serve(listener: socket.socket) -> None:
    """Accept connections until Blender ends."""
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=converse, args=(connection,), daemon=True).start()


def start() -> None:
    """Open the socket and set up this Blender for tests."""
    preferences = bpy.context.preferences
    preferences.view.show_splash = False
    preferences.view.use_save_prompt = False
    preferences.view.ui_scale = float(os.environ.get("DRAWTHINGS_UI_SCALE") or 1.0)
    listener = socket.socket(socket.AF_UNIX)
    # Its name appears when it answers: between bind and listen a connection is refused.
    path = Path(os.environ["DRAWTHINGS_BRIDGE"])
    unnamed = path.with_suffix(".new")
    listener.bind(str(unnamed))
    listener.listen()
    unnamed.rename(path)
    threading.Thread(target=serve, args=(listener,), daemon=True).start()
    bpy.app.timers.register(pump, persistent=True)


start()
