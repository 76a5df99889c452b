# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How numbers are written for the artist."""

from __future__ import annotations

import textwrap

import bpy


def duration(seconds: float) -> str:
    """0:14, 12:05, 1:02:03."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def about(seconds: float, estimate: float | None) -> str:
    """Elapsed time beside what it took before: "0:14 of about 0:22"."""
    elapsed = duration(seconds)
    if estimate is None:
        return elapsed
    if seconds > estimate + 1.0:
        return f"{elapsed}, longer than usual"
    return f"{elapsed} of about {duration(max(estimate, 1.0))}"


def line_length(width: int, ui_scale: float) -> int:
    """Characters of Blender's interface font that fit on a line of a box in a sidebar, `width` in pixels."""
    return max(20, int((width / ui_scale - 80) / 6.3))


def sidebar_line(context: bpy.types.Context) -> int:
    """Characters that fit on a line of the sidebar that is being drawn."""
    return line_length(context.region.width, context.preferences.system.ui_scale)


def size(width: int, height: int) -> str:
    """1024 × 768."""
    return f"{width} × {height}"


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters; labels do not wrap by themselves before 5.3."""
    return textwrap.wrap(text, width, break_on_hyphens=False)
