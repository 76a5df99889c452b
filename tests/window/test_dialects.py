# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two servers that can do different things: the panels show it, and what the server is at."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import requests
from desk import TAB, Desk
from numpy.typing import NDArray
from PIL import Image

from local_server import Faults, StandIn
from local_server.a1111.webui import WebUi
from window import BlenderWindow, Rectangle

#: What is looked at by eye, too.
PHOTOGRAPHS = Path(__file__).resolve().parents[2] / "out" / "dialects"
EDITORS = ('VIEW_3D', 'IMAGE_EDITOR', 'ShaderNodeTree')
_OPEN_TABLE = """
abilities = module("ui.abilities")

class Opened:
    def __init__(self, layout):
        self.layout = layout
    def panel(self, name, default_closed):
        return self.layout.panel(name + "_opened", default_closed=False)

draw_table = abilities._draw_table
abilities._draw_table = lambda layout, rows: draw_table(Opened(layout), rows)
"""
#: Beginnings of the names of the panels that are open: with all of them no screen is high enough.
_UNFOLDED = (
    "DRAWTHINGS_PT_view3d", "DRAWTHINGS_PT_shader", "DRAWTHINGS_PT_picture",
    "DRAWTHINGS_PT_image_settings", "DRAWTHINGS_PT_image_server",
)  # fmt: skip
_PANELS = """
sorted(
    kind.bl_label for kind in bpy.types.Panel.__subclasses__()
    if kind.__name__.startswith('DRAWTHINGS_PT_view3d') and (
        not hasattr(kind, 'poll') or kind.poll(bpy.context)
    )
)
"""
_PREVIEW = """
status = next(iter(session().statuses()), None)
news = status.progress if status else None
(news.step, news.steps, hash(news.preview.tobytes()) if news.preview is not None else 0) if news else None
"""


@pytest.fixture(scope="module")
def window(blender_name: str, user: Path) -> Iterator[BlenderWindow]:
    """High and narrow: the tab is what is looked at, and a large view is slow to draw by software."""
    with BlenderWindow(blender_name, user=user, size=(1000, 1200)) as opened:
        opened.run(f"unfold_panels({_UNFOLDED!r})")
        yield opened
        opened.quit()
        assert not opened.crashed, opened.log
        assert opened.tracebacks == ""


@pytest.fixture
def web_ui() -> Iterator[StandIn]:
    ui = WebUi().with_options({"show_progress_every_n_steps": 1})
    with StandIn(dialect='A1111', app_state=ui, api_server_stop=True) as server:
        yield server
        server.faults = Faults()


def connect(desk: Desk, server: StandIn) -> None:
    """As the artist does it: by the address and Test Connection."""
    window = desk.window
    window.run(f"bpy.context.preferences.addons[package()].preferences.server_url = {server.url!r}")
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.check_server()")
    window.wait_until("not session().has_work")
    assert window.run("session().status.connection.name") == 'ANSWERED'


@pytest.fixture
def web_desk(desk: Desk, web_ui: StandIn) -> Desk:
    """A desk connected to a server of A1111's API, with a sampler that it has."""
    connect(desk, web_ui)
    desk.server = web_ui
    desk.set(sampler="Euler", steps=10)
    return desk


def photograph(window: BlenderWindow, name: str, part: Rectangle) -> NDArray[np.uint8]:
    path = window.photograph(PHOTOGRAPHS / window.program.name / f"{name}.png", part)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_each_dialect_has_its_panels(desk: Desk, web_ui: StandIn, stand_in: StandIn) -> None:
    window = desk.window
    sidebar = window.show_sidebar('VIEW_3D', TAB)
    shown = {}
    for name, server in (("app", stand_in), ("web_ui", web_ui), ("app_again", stand_in)):
        connect(desk, server)
        before = len(server.journal)
        window.move(sidebar.left - 300, sidebar.top + 300)
        shown[name] = photograph(window, name, sidebar), window.run(_PANELS)
        assert len(server.journal) == before, "drawing asks nobody"
    assert {"Controls", "Advanced"} <= set(shown["app"][1])
    assert {"Hires Fix", "Script", "Server Options", "Prompt Styles"} <= set(shown["web_ui"][1])
    # Controls are one panel: what the app derives there, and a server's maps of the scene.
    assert "Advanced" not in shown["web_ui"][1]
    assert shown["app"][1] == shown["app_again"][1]
    assert (shown["app"][0] != shown["web_ui"][0]).any(axis=2).sum() > 5_000
    assert (shown["app"][0] != shown["app_again"][0]).any(axis=2).sum() < 500


@pytest.mark.parametrize("dialect", ["KOBOLDCPP", "SD_SERVER"])
def test_a_server_that_tells_little_of_itself(desk: Desk, dialect: str) -> None:
    """The sampler is Automatic, Upscale and Describe can be pressed, and the table says what is not known."""
    window = desk.window
    with StandIn("echo", dialect=dialect) as server:
        connect(desk, server)
        desk.server = server
        try:
            for editor in ('VIEW_3D', 'IMAGE_EDITOR'):
                if editor != 'VIEW_3D':
                    window.show_editor(editor)
                sidebar = window.show_sidebar(editor, TAB)
                window.move(sidebar.left - 300, sidebar.top + 300)
                photograph(window, f"{dialect.lower()}_{editor}", sidebar)
            for button in ("drawthings.upscale", "drawthings.describe"):
                assert window.find_button('IMAGE_EDITOR', button)
        finally:
            window.show_editor('VIEW_3D')
        desk.texture()
        desk.wait_for_results(1)
        assert "sampler_name" not in server.journal.generations[-1].body
        assert desk.notices() == []


@pytest.mark.parametrize("editor", ['IMAGE_EDITOR', 'ShaderNodeTree'])
def test_the_other_editors_too(web_desk: Desk, stand_in: StandIn, editor: str) -> None:
    window = web_desk.window
    window.show_editor(editor)
    try:
        sidebar = window.show_sidebar(editor, TAB)
        window.move(sidebar.left - 300, sidebar.top + 300)
        photograph(window, f"web_ui_{editor}", sidebar)
    finally:
        window.show_editor('VIEW_3D')


def test_the_table_in_the_preferences(web_desk: Desk) -> None:
    window = web_desk.window
    window.show_editor('PREFERENCES')
    window.run(
        "bpy.context.preferences.active_section = 'ADDONS'\n"
        "bpy.context.window_manager.addon_search = 'Draw Things'\n"
        "with override('PREFERENCES'): bpy.ops.preferences.addon_expand(module=package())"
    )
    page = window.rectangle('PREFERENCES')
    folded = photograph(window, "preferences", page)
    window.run(_OPEN_TABLE)
    opened = photograph(window, "preferences_table", page)
    assert (folded != opened).any(axis=2).sum() > 20_000
    window.show_editor('VIEW_3D')


def test_true_steps_and_half_done_pictures(web_desk: Desk) -> None:
    window = web_desk.window
    sidebar = window.show_sidebar('VIEW_3D', TAB)
    web_desk.server.faults = Faults(delay_per_step=1.2)
    web_desk.start_texture()
    seen: list[tuple[int, int, int]] = []
    pictures = {}
    while web_desk.server.running:
        news = window.run(_PREVIEW)
        if news and (not seen or tuple(news) != seen[-1]):
            seen.append(tuple(news))
            preview = news[2]
            if preview and preview not in pictures and len(pictures) < 2:
                pictures[preview] = photograph(window, f"progress_{len(pictures)}", sidebar)
        time.sleep(0.1)
    web_desk.wait_for_results(1)
    steps = [step for step, _, _ in seen]
    assert steps == sorted(steps)
    assert len(set(steps)) >= 3
    # Before the first one the server may not yet know how many there will be.
    assert {total for step, total, _ in seen if step} == {10}
    assert len({preview for _, _, preview in seen if preview}) >= 2
    assert len(pictures) == 2
    first, second = pictures.values()
    assert (first != second).any(axis=2).sum() > 500, "the panel shows another picture"


def test_polls_never_overlap_nor_follow_the_result(web_desk: Desk) -> None:
    server = web_desk.server
    server.faults = Faults(delay_per_step=0.3, delay_get=0.4)
    web_desk.start_texture()
    assert server.wait_until_idle()
    server.faults = Faults()
    web_desk.wait_for_results(1)
    polls = [entry for entry in server.journal if entry.path.endswith("/progress")]
    assert polls
    count = len(polls)
    time.sleep(1.5)
    assert len([entry for entry in server.journal if entry.path.endswith("/progress")]) == count


def test_cancel_leaves_the_server_idle(web_desk: Desk) -> None:
    server, window = web_desk.server, web_desk.window
    server.faults = Faults(delay_per_step=0.3)
    web_desk.set(steps=150)
    sidebar = window.show_sidebar('VIEW_3D', TAB)
    web_desk.start_texture()
    window.wait_until("session().statuses()[0].progress is not None")
    photograph(window, "running", sidebar)
    began = time.monotonic()
    window.run("bpy.ops.drawthings.cancel()")
    assert server.wait_until_idle(timeout=30)
    # One step more than the second that is promised, for a computer that does much else.
    assert time.monotonic() - began < 1.0 + 0.3 + 1.0
    window.wait_until("not session().has_work")
    assert [entry.path for entry in server.journal].count("/sdapi/v1/interrupt") >= 1
    assert web_desk.pictures() == []
    assert web_desk.notices() == []


def test_skip_goes_on_with_the_next(web_desk: Desk) -> None:
    server, window = web_desk.server, web_desk.window
    server.faults = Faults(delay_per_step=0.3)
    web_desk.set(steps=100, batch_count=2)
    window.show_sidebar('VIEW_3D', TAB)
    web_desk.start_texture()
    window.wait_until("session().statuses()[0].progress is not None")
    window.run("with override('VIEW_3D'): bpy.ops.drawthings.skip()")
    window.wait_until("len(session().results) == 1", timeout=20)
    assert server.wait_until_running()
    assert "/sdapi/v1/skip" in [entry.path for entry in server.journal]
    server.faults = Faults()
    web_desk.wait_for_results(2)


def test_a_server_is_stopped_only_when_it_is_confirmed(web_desk: Desk) -> None:
    server, window = web_desk.server, web_desk.window
    window.show_sidebar('VIEW_3D', TAB)
    call = "bpy.ops.drawthings.control_server('INVOKE_DEFAULT', action='STOP')"
    for key in ("Escape", "Return"):
        window.run(f"with override('VIEW_3D'): {call}")
        time.sleep(0.5)
        photograph(window, "stop", Rectangle(0, 0, *window.size))
        window.key(key)
        time.sleep(0.5)
        assert not server.stopped, "neither key confirms"
    window.run(f"with override('VIEW_3D'): {call}")
    time.sleep(0.5)
    # The letter that is underlined in the button.
    window.key("s")
    window.wait_until("not session().has_work")
    assert server.wait_until(lambda: server.stopped)
    assert any("stop" in text for text in web_desk.notices())


def somebody_elses(server: StandIn, steps: int) -> threading.Thread:
    """A picture that somebody else has made, straight at the server."""
    body = {"prompt": "theirs", "steps": steps, "width": 64, "height": 64, "seed": 3}
    thread = threading.Thread(
        target=requests.post, args=(f"{server.url}/sdapi/v1/txt2img",), kwargs={"json": body, "timeout": 120}
    )
    thread.start()
    assert server.wait_until_running()
    return thread


def test_a_job_that_waits_behind_another_says_so(web_desk: Desk) -> None:
    """Then it shows its own steps and preview, and not before."""
    server, window = web_desk.server, web_desk.window
    server.faults = Faults(delay_per_step=0.3)
    theirs = somebody_elses(server, 150)
    sidebar = window.show_sidebar('VIEW_3D', TAB)
    web_desk.set(steps=30)
    web_desk.texture("weathered copper")
    window.wait_until("session().statuses() and session().statuses()[0].is_waiting_there")
    time.sleep(1.0)
    photograph(window, "waiting", sidebar)
    assert window.run("session().statuses()[0].is_waiting_there"), "it was photographed while it waited"
    # Somebody else ends their own.
    requests.post(f"{server.url}/sdapi/v1/interrupt", timeout=10)
    theirs.join()
    window.wait_until("(p := session().statuses()[0].progress) is not None and p.preview is not None")
    time.sleep(0.5)
    photograph(window, "then_ours", sidebar)
    assert window.run("session().statuses()[0].progress.steps") == 30
    window.run("bpy.ops.drawthings.cancel()")
    assert server.wait_until_idle(10)
    window.wait_until("not session().has_work")


def test_cancel_that_can_only_stop_waiting_says_so(desk: Desk) -> None:
    window = desk.window
    with StandIn(dialect='A1111', nowebui=True, faults=Faults(delay_per_step=0.4)) as server:
        connect(desk, server)
        desk.server = server
        desk.set(sampler="Euler", steps=10)
        theirs = somebody_elses(server, 25)
        sidebar = window.show_sidebar('VIEW_3D', TAB)
        desk.texture("weathered copper")
        window.wait_until("session().statuses() and session().statuses()[0].is_waiting_there")
        window.run("bpy.ops.drawthings.cancel()")
        window.wait_until("not session().has_work")
        time.sleep(0.5)
        photograph(window, "will_finish", sidebar)
        (notice,) = desk.notices()
        assert "will finish what was cancelled" in notice
        assert not any(entry.path.endswith("/interrupt") for entry in server.journal)
        server.faults = Faults()
        theirs.join()
        assert server.wait_until_idle(20)
    window.run("session().notices.clear()")
