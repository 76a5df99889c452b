# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How numbers are written for the artist."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """0:14, 12:05, 1:02:03."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def size(width: int, height: int) -> str:
    """1024 × 768."""
    return f"{width} × {height}"


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` characters; labels do not wrap by themselves before 5.3."""
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
