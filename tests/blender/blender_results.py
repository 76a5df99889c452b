# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the session has by now, as tests look at it."""

from __future__ import annotations

import dataclasses

import bpy
from bl_ext.user_default.drawthings_addon.blender.session import session
from bl_ext.user_default.drawthings_addon.jobs.picture_set import SetMember

#: The set that `in_a_set` makes.
SET = "0123456789abcdef" * 2


def newest() -> bpy.types.Image:
    """The datablock of the newest result."""
    image = session.get().results[0].datablock()
    assert image is not None
    return image


def told() -> str:
    """The notices in the panel."""
    return "\n".join(f"{each.text} {each.advice}" for each in session.get().notices)


def in_a_set(columns: int = 0) -> list[str]:
    """What came becomes a set, as if one press had made it; the files, the first made first."""
    found = session.get().results
    for index, result in enumerate(found):
        member = SetMember(SET, len(found) - 1 - index, len(found), columns, "", "")
        recipe = dataclasses.replace(result.recipe, set=member)
        found[index] = dataclasses.replace(result, picture=dataclasses.replace(result.picture, recipe=recipe))
    return [each.key for each in reversed(found)]
