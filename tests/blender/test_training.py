# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A style is taught: pictures all around an object, then a server of A1111's API that learns from them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import bpy
import pytest
import requests
from bl_ext.user_default.drawthings_addon.blender.selection import Selection
from blender_pictures import read_png, render_quickly

from local_server import Faults, StandIn

Panel = bpy.types.PropertyGroup
MODULE = "bl_ext.user_default.drawthings_addon"


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect="A1111") as server:
        yield server


@pytest.fixture
def chosen(panel: Panel) -> Panel:
    """`scene.drawthings.training`, small and quick, on a server that was asked what it can do."""
    scene = bpy.context.scene
    render_quickly(scene)
    bpy.ops.drawthings.check_server()
    settings = panel.training
    settings.name = "copper"
    settings.picture_count = 3
    settings.size = 64
    settings.steps = 3
    return settings


def pictures(output: Path) -> list[Path]:
    return sorted(output.glob("styles/*/*.png"))


def orders(server: StandIn) -> list[str]:
    paths = [entry.path.removeprefix("/sdapi/v1/") for entry in server.journal]
    return [path for path in paths if path.startswith(("create/", "train/"))]


def notices() -> list[str]:
    from bl_ext.user_default.drawthings_addon.blender.session import session

    return [f"{notice.text} {notice.advice}" for notice in session.get().notices]


@pytest.mark.parametrize("kind", ['EMBEDDING', 'HYPERNETWORK'])
def test_rendered_created_trained(chosen: Panel, stand_in: StandIn, output: Path, kind: str) -> None:
    chosen.kind = kind
    assert bpy.ops.drawthings.teach_style() == {'FINISHED'}
    made = pictures(output)
    assert [path.name for path in made] == [f"copper_{index:03d}.png" for index in range(3)]
    assert all(path.with_suffix(".txt").read_text().startswith("a photo of copper") for path in made)
    assert {read_png(path).shape for path in made} == {(64, 64, 4)}
    name = kind.lower()
    assert orders(stand_in) == [f"create/{name}", f"train/{name}"]
    body = next(entry.body for entry in stand_in.journal if entry.path.endswith(f"train/{name}"))
    assert Path(body["data_root"]) == made[0].parent
    assert (body["steps"], body["training_width"]) == (3, 64)
    assert body["learn_rate"] == {"embedding": "0.005", "hypernetwork": "0.00001"}[name]
    assert any("The server has learnt “copper”" in text for text in notices())
    assert [scene.name for scene in bpy.data.scenes] == ["Scene"]


def test_what_is_rendered_is_not_rendered_again(chosen: Panel, output: Path) -> None:
    chosen.existing = 'GO_ON'
    bpy.ops.drawthings.teach_style()
    first = {path: path.stat().st_mtime_ns for path in pictures(output)}
    bpy.ops.drawthings.teach_style()
    assert {path: path.stat().st_mtime_ns for path in pictures(output)} == first
    chosen.use_existing_pictures = False
    bpy.ops.drawthings.teach_style()
    again = {path: path.stat().st_mtime_ns for path in pictures(output)}
    assert again.keys() == first.keys()
    assert all(again[path] > first[path] for path in first)
    chosen.picture_count = 2
    bpy.ops.drawthings.teach_style()
    assert len({path.parent for path in pictures(output)}) == 2, "other settings, another folder"


def test_two_heights_for_many_pictures(chosen: Panel, output: Path) -> None:
    chosen.picture_count = 7
    bpy.ops.drawthings.teach_style()
    captions = [path.with_suffix(".txt").read_text() for path in pictures(output)]
    assert len(captions) == 7
    assert sum("above" in caption for caption in captions) == 3


def test_stopped_while_rendering_and_taken_up_again(
    chosen: Panel, stand_in: StandIn, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = with_window(monkeypatch)
    bpy.ops.drawthings.teach_style()
    training, current = steps
    seen = []
    while len(pictures(output)) < 2:
        seen.append(training.status())
        current.step()
    assert training.status().sentence == "Rendering 3 of 3"
    assert seen[0].fraction == 0.0
    assert not bpy.ops.drawthings.teach_style.poll(), "one at a time"
    bpy.ops.drawthings.cancel_teaching()
    current.step()
    assert training.status() is None
    assert any("2 of 3 pictures are rendered" in text for text in notices())
    assert orders(stand_in) == []
    bpy.ops.drawthings.teach_style()
    until(current, lambda: training.status() is None)
    assert len(pictures(output)) == 3
    assert orders(stand_in) == ["create/embedding", "train/embedding"]


def test_stopped_while_the_server_learns(
    chosen: Panel, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    training, current = with_window(monkeypatch)
    stand_in.faults = Faults(delay_per_step=0.4)
    chosen.steps = 100
    bpy.ops.drawthings.teach_style()
    until(current, lambda: training.status().stage.value == "training" and training.status().done >= 1)
    status = training.status()
    assert status.total == 100
    assert 0.0 < status.fraction < 1.0
    assert status.sentence == f"Learning {status.done} of 100"
    bpy.ops.drawthings.cancel_teaching()
    until(current, lambda: training.status() is None)
    assert stand_in.wait_until_idle(5.0)
    until(current, lambda: not current.is_working)
    assert any("stopped at step" in text and "keeps what it has learnt" in text for text in notices())


def test_what_the_server_says_with_status_200(chosen: Panel) -> None:
    chosen.server_path = "/no/such/folder"
    with pytest.raises(RuntimeError, match="Dataset directory doesn't exist"):
        bpy.ops.drawthings.teach_style()
    chosen.server_path = ""
    assert bpy.ops.drawthings.teach_style() == {'FINISHED'}, "nothing was created before"
    with pytest.raises(RuntimeError, match=r"has something named “copper” already.*another name"):
        bpy.ops.drawthings.teach_style()


def test_it_goes_on_from_where_it_is(chosen: Panel, stand_in: StandIn) -> None:
    bpy.ops.drawthings.teach_style()
    chosen.existing = 'GO_ON'
    assert bpy.ops.drawthings.teach_style() == {'FINISHED'}
    assert any("“copper” has learnt 3 steps already: it goes on to 6." in text for text in notices())
    chosen.existing = 'REPLACE'
    assert bpy.ops.drawthings.teach_style() == {'FINISHED'}
    sent = [each.body["steps"] for each in stand_in.journal if "/train/" in each.path]
    assert sent == [3, 6, 3]
    (known,) = [each for each in stand_in.app_state.embeddings if each.name == "copper"]
    assert known.step == 3


def test_behind_somebody_elses_picture(
    chosen: Panel, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    training, current = with_window(monkeypatch)
    stand_in.faults = Faults(delay=120.0)
    body = {"prompt": "theirs", "width": 64, "height": 64, "steps": 2}
    url = f"{stand_in.url}/sdapi/v1/txt2img"
    other = threading.Thread(target=lambda: requests.post(url, json=body, timeout=60))
    other.start()
    assert stand_in.wait_until_running()
    bpy.ops.drawthings.teach_style()
    until(current, lambda: any("waits until that is done" in text for text in notices()))
    assert training.status().sentence == "Waiting for what the server does before …"
    assert orders(stand_in) == []
    stand_in.faults = Faults()
    other.join()
    until(current, lambda: not current.is_working)
    assert orders(stand_in) == ["create/embedding", "train/embedding"]


def test_a_server_elsewhere_does_not_see_this_disk(chosen: Panel, stand_in: StandIn) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import training
    from bl_ext.user_default.drawthings_addon.client.http.address import Server
    from bl_ext.user_default.drawthings_addon.errors import InvalidSettings

    folder = Path("/pictures/here")
    with pytest.raises(InvalidSettings, match="is another computer"):
        training._task(chosen, Server("http://mac.local:7860"), folder)
    chosen.server_path = "/Volumes/share/here"
    task = training._task(chosen, Server("http://mac.local:7860"), folder)
    assert task.training.data_root == "/Volumes/share/here"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("name", "a/b", "cannot be the name of an embedding"),
        ("learn_rate", "fast", "The learning rate is “fast”"),
    ],
)
def test_wrong_settings_are_found_before_anything_is_rendered(
    chosen: Panel, output: Path, stand_in: StandIn, name: str, value: str, words: str
) -> None:
    setattr(chosen, name, value)
    with pytest.raises(RuntimeError, match=words):
        bpy.ops.drawthings.teach_style()
    assert pictures(output) == []
    assert orders(stand_in) == []


def test_buttons_say_why_not(chosen: Panel) -> None:
    from bl_ext.user_default.drawthings_addon.blender.actions import training

    assert training.is_offered()
    assert training.why_not(Selection.of(bpy.context)) == ""
    chosen.name = " "
    assert training.why_not(Selection.of(bpy.context)) == "Give the style a name first"
    bpy.ops.object.select_all(action='DESELECT')
    bpy.data.objects["Camera"].select_set(True)
    assert training.why_not(Selection.of(bpy.context)) == "Select the object that shows the style"
    with StandIn(engine="echo") as app:
        bpy.context.preferences.addons[MODULE].preferences.server_url = app.url
        assert "Test the connection" in training.why_not(Selection.of(bpy.context))
        bpy.ops.drawthings.check_server()
        assert not training.is_offered()
        assert "does not offer “Train Embedding”" in training.why_not(Selection.of(bpy.context))


# As with a window: the pump is called here, and Blender's render job is a render of one step


def with_window(monkeypatch: pytest.MonkeyPatch) -> tuple:
    """The functions of the extension and its session, which do not wait for anything from now on."""
    from bl_ext.user_default.drawthings_addon.blender.actions import training
    from bl_ext.user_default.drawthings_addon.blender.session import session

    current = session.get()
    monkeypatch.setattr(type(current), "attend", lambda self, step: self._tasks.append(step))
    monkeypatch.setattr(type(current), "follow", lambda self, job: None)
    return training, current


def until(current, condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        current.step()
        time.sleep(0.005)
