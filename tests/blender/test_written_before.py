# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures and .blend files that 0.1.0 wrote are read as that version read them itself.

`tests/data/written_by_0_1_0` holds both, and in `read.json` what that version had in its properties after it
had opened each; its README says how they came about. Compared by registered names alone: what is new beside
them is no difference.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import bpy
import pytest

FOLDER = Path(__file__).parent.parent / "data" / "written_by_0_1_0"
PICTURES = sorted(path.name for path in FOLDER.glob("*.png"))
Panel = bpy.types.PropertyGroup


#: What an unset name meant, which Draw Things gets for it as ever; now it is empty, and other servers get
#: nothing.
LEFT_OPEN = {"sampler": "UniPC Trailing", "seed_mode": "Scale Alike"}


def values(group: Panel) -> dict[str, Any]:
    """All that a group holds, by the names of its properties."""
    found: dict[str, Any] = {}
    for each in group.bl_rna.properties:
        name, value = each.identifier, getattr(group, each.identifier)
        if name == "rna_type":
            continue
        if each.type == 'COLLECTION':
            found[name] = [values(entry) for entry in value]
        elif isinstance(value, bpy.types.PropertyGroup):
            found[name] = values(value)
        elif each.type == 'POINTER':
            found[name] = value.name if value else None
        else:
            found[name] = round(value, 6) if isinstance(value, float) else value
    return found


def in_the_file() -> dict[str, Any]:
    """What a .blend holds of the extension."""
    return {
        "scenes": {scene.name: values(scene.drawthings) for scene in bpy.data.scenes},
        "images": {image.name: values(image.drawthings) for image in bpy.data.images},
    }


def held(found: Any, recorded: Any, path: str = "") -> list[str]:
    """Where what is found is not what was recorded."""
    if isinstance(recorded, dict):
        return [
            line
            for name, value in recorded.items()
            for line in held(found.get(name, "nothing of that name"), value, f"{path} {name}")
        ]
    if isinstance(recorded, list) and len(recorded) == len(found):
        pairs = zip(found, recorded, strict=True)
        return [line for number, pair in enumerate(pairs) for line in held(*pair, f"{path} {number}")]
    is_left_open = found == "" and recorded == LEFT_OPEN.get(path.rpartition(" ")[2])
    return [] if found == recorded or is_left_open else [f"{path}: {found!r}, and was {recorded!r}"]


def opened() -> list[str]:
    """The file is open; the names of its images that tell how they were made."""
    bpy.ops.wm.open_mainfile(filepath=str(FOLDER / "settings.blend"), load_ui=False)
    return [image.name for image in bpy.data.images if image.drawthings.recipe]


def after_reusing(image: str) -> dict[str, Any]:
    scene = bpy.data.scenes.new("New")
    with bpy.context.temp_override(scene=scene):
        assert bpy.ops.drawthings.reuse_recipe(image=image, use_server_options=True) == {'FINISHED'}
    return values(scene.drawthings)


@pytest.fixture(scope="module")
def recorded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "read.json").read_text())
    return found


def after_reading(panel: Panel, picture: str) -> dict[str, Any]:
    assert bpy.ops.drawthings.read_settings(filepath=str(FOLDER / picture), use_server_options=True) == {
        'FINISHED'
    }
    return values(panel)


@pytest.mark.parametrize("picture", PICTURES)
def test_a_picture_gives_its_settings(panel: Panel, recorded: dict[str, Any], picture: str) -> None:
    assert held(after_reading(panel, picture), recorded["pictures"][picture]) == []


def test_a_file_opens_with_all_that_it_held(recorded: dict[str, Any]) -> None:
    from bl_ext.user_default.drawthings_addon.blender import settings

    made = opened()
    assert set(recorded["file"]["scenes"]) == {"Scene", "Filled"}
    assert held(in_the_file(), recorded["file"]) == []
    for name, scene in recorded["file"]["scenes"].items():
        sent = settings.own_fields(bpy.data.scenes[name].drawthings).filled("DRAW_THINGS").sampling
        assert (sent.sampler, sent.seed_mode) == (scene["sampler"], scene["seed_mode"])
    assert len(made) == 6
    for image in made:
        assert held(after_reusing(image), recorded["reused"][image]) == [], image
