# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The extension comes in under the names that others rely on, and goes out without a trace."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import addon_utils
import bpy
import pytest
from blender_pictures import noise, packed, textured

if TYPE_CHECKING:
    from conftest import Desk

    from local_server import StandIn

PACKAGE = "bl_ext.user_default.drawthings_addon"
Panel = bpy.types.PropertyGroup


def disable() -> None:
    errors: list[Exception] = []
    addon_utils.disable(PACKAGE, default_set=True, handle_error=errors.append)
    assert not errors, errors


def enable() -> None:
    errors: list[Exception] = []
    addon_utils.enable(PACKAGE, default_set=True, handle_error=errors.append)
    assert not errors, errors


@pytest.fixture
def disabled(extension: ModuleType) -> Iterator[None]:
    """The extension is disabled for this test, and enabled again after it."""
    disable()
    yield
    if PACKAGE not in bpy.context.preferences.addons:
        enable()


def state() -> dict[str, Any]:
    """All that an extension can add to Blender."""
    kinds = (
        bpy.types.Operator, bpy.types.Panel, bpy.types.Menu, bpy.types.Header, bpy.types.UIList,
        bpy.types.PropertyGroup, bpy.types.AddonPreferences, bpy.types.FileHandler, bpy.types.Gizmo,
        bpy.types.KeyingSetInfo, bpy.types.RenderEngine, bpy.types.NodeTree, bpy.types.Node,
    )  # fmt: skip
    found: dict[str, Any] = {
        "classes": sorted(
            f"{each.__module__}.{each.__name__}"
            for kind in kinds
            for each in kind.__subclasses__()
            # Blender makes classes of its own for its types when they are first looked at.
            if getattr(each, "is_registered", False) and not each.__module__.startswith(("bpy", "_bpy"))
        ),
        "operators": sorted(dir(bpy.ops.drawthings)),
        "timers": [
            name
            for name, module in sys.modules.items()
            if name.startswith(PACKAGE)
            for call in vars(module).values()
            if callable(call) and not isinstance(call, type) and bpy.app.timers.is_registered(call)
        ],
    }
    for name in ("Scene", "Image", "WindowManager", "Object", "Material", "Text", "Brush", "ID"):
        found[name] = sorted(getattr(bpy.types, name).bl_rna.properties.keys())
    for name in dir(bpy.app.handlers):
        handlers = getattr(bpy.app.handlers, name)
        if isinstance(handlers, list):
            found[f"handlers {name}"] = [f"{each.__module__}.{each.__name__}" for each in handlers]
    for name in dir(bpy.types):
        drawn = getattr(getattr(getattr(bpy.types, name), "draw", None), "_draw_funcs", None)
        # Blender makes the list at the first `append`, and keeps it.
        ours = [f"{each.__module__}.{each.__name__}" for each in drawn or ()]
        if [each for each in ours if each.startswith(PACKAGE)]:
            found[f"entries {name}"] = ours
    keys = bpy.context.window_manager.keyconfigs.addon
    found["keys"] = sorted((each.name, len(each.keymap_items)) for each in keys.keymaps) if keys else []
    return found


def test_enabled_as_an_extension(extension: ModuleType) -> None:
    assert extension.__name__ in bpy.context.preferences.addons
    assert addon_utils._extensions_warnings_get() == {}


def test_scene_has_its_settings(fresh_scene: bpy.types.Scene) -> None:
    assert fresh_scene.drawthings.prompt == ""


def test_has_a_folder_of_the_users(extension: ModuleType, user_folder: Path) -> None:
    folder = Path(bpy.utils.extension_path_user(extension.__name__, path="", create=True))
    assert folder.is_relative_to(user_folder)


def test_names_that_scripts_hold(extension: ModuleType) -> None:
    names = set(bpy.types.Scene.bl_rna.properties["drawthings"].fixed_type.properties.keys())
    assert {
        "prompt", "negative_prompt", "model", "width", "height", "steps", "guidance_scale", "strength",
        "sampler", "seed", "use_random_seed", "batch_count",
    } <= names  # fmt: skip
    notes = set(bpy.types.Image.bl_rna.properties["drawthings"].fixed_type.properties.keys())
    assert {"operation", "prompt", "negative_prompt", "seed", "model", "server", "recipe"} <= notes
    preferences = bpy.context.preferences.addons[PACKAGE].preferences
    assert preferences.server_url == "http://127.0.0.1:7860"
    assert {"username", "password", "output_directory"} <= set(preferences.bl_rna.properties.keys())
    operator = bpy.ops.drawthings.img2img.get_rna_type().properties
    assert {"VIEWPORT", "RENDER", "IMAGE", "TEXTURE"} <= set(operator["source"].enum_items.keys())
    assert {"IMAGE", "MATERIAL", "REPLACE"} <= set(operator["target"].enum_items.keys())
    for name in ("check_server", "txt2img", "img2img", "cancel", "reuse_recipe"):
        assert getattr(bpy.ops.drawthings, name).get_rna_type()


def test_twice_in_and_out_leaves_nothing(disabled: None) -> None:
    without = state()
    assert not [name for name in without["classes"] if name.startswith(PACKAGE)]
    enable()
    with_extension = state()
    assert len(with_extension["classes"]) > len(without["classes"]) + 20
    assert any(name.startswith("entries") for name in with_extension)
    disable()
    assert state() == without
    enable()
    assert state() == with_extension
    disable()
    assert state() == without
    assert "drawthings" not in bpy.context.scene.bl_rna.properties


def test_nothing_is_asked_of_a_server(disabled: None, stand_in: StandIn) -> None:
    enable()
    bpy.context.preferences.addons[PACKAGE].preferences.server_url = stand_in.url
    disable()
    enable()
    assert len(stand_in.journal) == 0


def test_no_thread_is_left(disabled: None) -> None:
    wait_for(lambda: not [each for each in threading.enumerate() if each.name.startswith("drawthings")])


def test_every_entry_of_a_menu_can_be_chosen_by_hand(extension: ModuleType) -> None:
    """A menu of Blender 4 carries an entry's number as a float, which holds 24 bits: what is larger comes out
    as another number, and the field is empty (seen in 4.3)."""
    owners = [getattr(bpy.types, name) for name in dir(bpy.types) if name.startswith("DRAWTHINGS_")]
    groups = [each.bl_rna for each in owners if hasattr(each, "bl_rna")]
    groups += [
        each.fixed_type for each in _pointers(bpy.types.Scene.bl_rna.properties["drawthings"].fixed_type)
    ]
    menus = {
        (group.identifier, each.identifier): [item.value for item in each.enum_items_static]
        for group in groups
        for each in group.properties
        if each.type == 'ENUM' and not each.is_enum_flag
    }
    assert len(menus) > 10
    for name, numbers in menus.items():
        assert len(set(numbers)) == len(numbers), name
        assert all(abs(number) < 2**24 for number in numbers), name


def _pointers(group: bpy.types.Struct) -> list[bpy.types.Property]:
    found = [each for each in group.properties if each.type in {'POINTER', 'COLLECTION'}]
    ours = [each for each in found if each.fixed_type.identifier.startswith("DRAWTHINGS_")]
    return ours + [inner for each in ours for inner in _pointers(each.fixed_type)]


@pytest.mark.parametrize("broken", ["preferences", "operators", "ui", "blender.session.lifecycle"])
def test_a_failure_undoes_what_was_done(disabled: None, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    without = state()

    def fail() -> None:
        raise RuntimeError("broken on purpose")

    registration = sys.modules[f"{PACKAGE}.registration"]
    with monkeypatch.context() as patch:
        patch.setattr(sys.modules[f"{PACKAGE}.{broken}"], "register", fail)
        with pytest.raises(RuntimeError, match="broken on purpose"):
            registration.register()
    assert state() == without


# In the middle of a job


def wait_for(is_so: Callable[[], object], seconds: float = 30.0) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def settle() -> Any:
    """The session of the extension as it is enabled now, come to rest."""
    from bl_ext.user_default.drawthings_addon.blender.session import session

    current = session.get()
    until = time.monotonic() + 30
    while current.has_work:
        assert time.monotonic() < until
        current.step()
        time.sleep(0.01)
    return current


@contextlib.contextmanager
def disabled_in_the_middle(desk: Desk, output: Path) -> Iterator[None]:
    """Disabled while the server works, and again enabled when its picture is on disk."""
    desk.wait_until_running()
    disable()
    assert not hasattr(bpy.types.Scene, "drawthings")
    desk.release()
    wait_for(lambda: list(output.glob("*.png")))
    yield
    enable()


def test_disabled_in_the_middle_of_a_job(panel: Panel, desk: Desk, output: Path) -> None:
    textured(packed("wall", noise(64, 64)))
    desk.hold()
    bpy.ops.drawthings.img2img(source='TEXTURE', target='REPLACE')
    with disabled_in_the_middle(desk, output):
        names = {image.name for image in bpy.data.images}
        assert "wall.before" not in names
    current = settle()
    assert len(current.results) == 1
    node = bpy.data.materials["Wall"].node_tree.nodes["Image Texture"]
    assert node.image == current.results[0].datablock()
    assert node.image.drawthings.recipe


def test_disabled_and_another_file_opened(panel: Panel, desk: Desk, output: Path) -> None:
    desk.hold()
    bpy.ops.drawthings.txt2img()
    with disabled_in_the_middle(desk, output):
        bpy.ops.wm.read_homefile(use_factory_startup=True)
        names = {image.name for image in bpy.data.images}
    current = settle()
    assert {image.name for image in bpy.data.images} == names, "the other file never asked for it"
    assert str(next(output.glob("*.png"))) in "\n".join(notice.text for notice in current.notices)


def test_disabled_for_good(panel: Panel, desk: Desk, output: Path) -> None:
    """The worker finishes onto disk, though nobody comes to fetch it."""
    desk.hold()
    panel.batch_count = 2
    bpy.ops.drawthings.txt2img()
    with disabled_in_the_middle(desk, output):
        wait_for(lambda: len(list(output.glob("*.png"))) == 2)
    assert len(settle().results) == 2


# Jobs that Blender did not live to see the end of


def dead_process() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_lost_jobs_are_told_once(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    folder = desk.session.journal.directory
    folder.mkdir(parents=True, exist_ok=True)
    entry = {
        "title": "Texture · weathered copper",
        "prompt": "weathered copper",
        "started": "2026-08-01T10:00:00+00:00",
        "pictures": [str(tmp_path / "one.png")],
        "process": dead_process(),
        "ended": False,
    }
    (folder / "lost.json").write_text(json.dumps(entry))
    (folder / "damaged.json").write_text("{")
    desk.session.tell_of_lost_jobs()
    desk.settle()
    assert "Blender ended during “Texture · weathered copper”" in desk.told
    assert f"1 of its pictures are in {tmp_path}" in desk.told
    desk.session.notices.clear()
    desk.session.tell_of_lost_jobs()
    desk.settle()
    assert desk.told == ""


def test_all_lost_jobs_are_told_and_can_be_dismissed_at_once(
    panel: Panel, desk: Desk, tmp_path: Path
) -> None:
    folder = desk.session.journal.directory
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(57):
        entry = {
            "title": f"Texture {number}", "prompt": "x" * 100_000, "started": "2026-08-01T10:00:00+00:00",
            "pictures": [], "process": dead_process() if number == 0 else 2**22 + 1, "ended": False,
        }  # fmt: skip
        (folder / f"lost{number}.json").write_text(json.dumps(entry))
    desk.session.tell_of_lost_jobs()
    desk.settle()
    for number in range(57):
        assert f"“Texture {number}”" in desk.told
    assert "other jobs" not in desk.told
    assert len(desk.told) < 57 * 400
    bpy.ops.drawthings.dismiss()
    assert len(desk.session.notices) == 56
    bpy.ops.drawthings.dismiss(all=True)
    assert desk.told == ""


def test_lost_jobs_that_are_the_same_are_counted(panel: Panel, desk: Desk, tmp_path: Path) -> None:
    folder = desk.session.journal.directory
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(2500):
        title = "the same" if number < 300 else f"Texture {number}"
        entry = {
            "title": title, "prompt": "x", "started": "2026-08-01T10:00:00+00:00", "process": 2**22 + 1,
            "pictures": [f"/out/{number}.png"], "ended": False,
        }  # fmt: skip
        (folder / f"lost{number:04}.json").write_text(json.dumps(entry))
    desk.session.tell_of_lost_jobs()
    desk.settle()
    assert "Blender ended 300 times, each time during “the same” (x)" in desk.told
    assert "300 of their pictures are in /out" in desk.told
    assert f"during {2500 - 300 - 199} other jobs as well" in desk.told
    assert len(desk.session.notices) == 201


def test_running_job_is_not_told_as_lost(panel: Panel, desk: Desk) -> None:
    desk.hold()
    bpy.ops.drawthings.txt2img()
    desk.wait_until_running()
    wait_for(lambda: list(desk.session.journal.directory.glob("*.json")))
    assert desk.session.journal.take_lost() == ()
    desk.finish()
    assert not list(desk.session.journal.directory.glob("*.json"))
