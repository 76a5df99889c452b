# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Blender itself says when one of its operators or functions fails."""

from __future__ import annotations

import bpy


def lines(error: RuntimeError) -> list[str]:
    """Blender's reports, without the kind of each before it."""
    found = (line.strip().removeprefix("Error:").strip() for line in str(error).splitlines())
    return [line for line in found if line]


def words(error: RuntimeError) -> str:
    """Blender's reports in one line."""
    return " ".join(lines(error))


def says(error: RuntimeError, message: str) -> bool:
    """Whether one of Blender's reports is `message`, which is given in English, as Blender has it, with `%s`
    where anything may stand; also where the artist works in another language."""
    told = words(error)
    translated = bpy.app.translations.pgettext_rpt(message)
    return any(all(part in told for part in each.split("%s")) for each in (message, translated))
