# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What operators on a result share: by which property it is meant, and that there has to be one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import bpy
from bpy.props import StringProperty

from ..blender.actions import results
from .reporting import allowed, obstacle

NO_RESULT = "There is no result yet"
#: A result that comes between the drawing of a button and the press of it must not be what is meant.
ABOUT_KEY = "File of the result that is meant; empty: the selected one"


class NeedsResult:
    """Nothing can be done before there is a result."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, obstacle(context) if results.selected() else NO_RESULT)


class OnResult(NeedsResult):
    """A result by its key, or the selected one."""

    if TYPE_CHECKING:
        result: str
    else:
        result: StringProperty(
            name="Result", description=ABOUT_KEY, options={'HIDDEN', 'SKIP_SAVE'}
        )  # fmt: skip
