# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that scripts, keymaps and .blend files hold stay: operators, their properties, settings, what can be
chosen.

`names_0_1_0.txt` was written by the code of 0.1.0: one name a line, what is inside of what behind spaces. A
name that is new is not in it; one that is gone makes this fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy

RECORDED = Path(__file__).parent.parent / "data" / "names_0_1_0.txt"
PACKAGE = "bl_ext.user_default.drawthings_addon"


#: Panels whose fields moved to where they act: no script can open one, and the fields have their names.
GONE = {
    "DRAWTHINGS_PT_prompt_options",
    *(
        f"DRAWTHINGS_PT_{editor}_{name}"
        for editor in ("view3d", "image", "shader")
        for name in ("source", "output", "scene_controls")
    ),
}


def names() -> set[str]:
    """All that the extension registers, in this Blender."""
    found = set()
    for name in dir(bpy.ops.drawthings):
        operator = getattr(bpy.ops.drawthings, name)
        found |= {
            f"bpy.ops.drawthings.{name}",
            *inside(operator.get_rna_type(), f"bpy.ops.drawthings.{name}"),
        }
    for owner in ("Scene", "Image", "WindowManager"):
        group = getattr(bpy.types, owner).bl_rna.properties["drawthings"].fixed_type
        found |= {f"{owner}.drawthings", *inside(group, f"{owner}.drawthings")}
    preferences = bpy.context.preferences.addons[PACKAGE].preferences
    found |= set(inside(preferences.bl_rna, "preferences"))
    drawn = (bpy.types.Panel, bpy.types.Menu, bpy.types.UIList, bpy.types.FileHandler)
    ours = [each for kind in drawn for each in kind.__subclasses__() if each.__module__.startswith(PACKAGE)]
    return found | {each.__name__ for each in ours if each.is_registered}


def inside(kind: bpy.types.Struct, path: str) -> Iterator[str]:
    """The properties, what each can be, and those of the groups in it."""
    for each in kind.properties:
        # What Blender itself gives to every group and operator.
        if each.identifier == "rna_type" or (each.identifier == "name" and not owned(kind, "name")):
            continue
        yield f"{path} {each.identifier}"
        if each.type == 'ENUM':
            yield from (f"{path} {each.identifier} {item.identifier}" for item in each.enum_items_static)
        elif each.type in ('POINTER', 'COLLECTION') and each.fixed_type.identifier.startswith("DRAWTHINGS_"):
            yield from inside(each.fixed_type, f"{path}.{each.identifier}")


def owned(kind: bpy.types.Struct, name: str) -> bool:
    """Whether the class itself declares it, and not the one that it is made from."""
    return kind.base is None or name not in kind.base.properties


def test_every_name_of_the_first_version_is_there() -> None:
    recorded = set(RECORDED.read_text().splitlines())
    assert len(recorded) > 400
    assert recorded - names() == GONE
