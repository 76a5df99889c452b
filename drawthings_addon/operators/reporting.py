# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an operator tells the artist what went wrong."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import bpy

from ..client import bounds
from ..errors import BridgeError, OrderCancelled

#: Characters of a report: what failed, with a server's words, and what to do.
_LONGEST = 2000
#: Characters of a reason in a tooltip.
_LONGEST_REASON = 300


def reported(execute: Callable[..., Any]) -> Callable[..., set[str]]:
    """An `execute` whose BridgeErrors become reports, and whose return value is FINISHED; CANCELLED where a
    job was cancelled that it waited for.

    Blender turns the report into a RuntimeError with its text where a script called the operator.
    """

    @functools.wraps(execute)
    def reporting(self: bpy.types.Operator, context: bpy.types.Context) -> set[str]:
        try:
            execute(self, context)
        except OrderCancelled as outcome:
            self.report({'WARNING'}, bounds.one_line(str(outcome), _LONGEST))
            return {'CANCELLED'}
        except BridgeError as error:
            self.report({'ERROR'}, bounds.one_line(str(error), _LONGEST))
            return {'CANCELLED'}
        return {'FINISHED'}

    return reporting


def obstacle(context: bpy.types.Context) -> str:
    """Why this very button cannot work, as the panel or menu says that drew it; empty elsewhere: Blender
    gives `poll` none of a button's properties."""
    return str(getattr(context, "drawthings_obstacle", "") or "")


def is_told(context: bpy.types.Context) -> bool:
    """Whether the panel or menu that drew this very button has said why it cannot work, or that it can."""
    return bool(getattr(context, "drawthings_button", ""))


def allowed(cls: type[bpy.types.Operator], reason: str) -> bool:
    """A `poll` result: False, with the reason in the tooltip, unless the reason is empty."""
    if reason:
        # Blender's own reasons end without a full stop.
        cls.poll_message_set(bounds.one_line(reason, _LONGEST_REASON).removesuffix("."))
    return not reason


class UnlessStopped:
    """An operator that can be pressed unless what drew this very button says why not."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return allowed(cls, obstacle(context))
