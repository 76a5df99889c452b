# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the connected server can do, in an artist's words; the table of what is asked for where lies below."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ..blender.session import session
from ..client.capabilities import Capabilities
from ..client.compatibility import Setting
from ..client.features import Feature
from ..client.table import Row, RowState
from ..messages import Message
from . import words


@dataclass(frozen=True)
class Ability:
    """One thing that an artist may want of a server."""

    words: str
    feature: Feature | None = None
    """What the server has to offer, where its dialect knows such a thing."""
    setting: Setting = ""
    """What its requests have to take."""

    def state(self, found: Capabilities) -> RowState:
        """Whether the server can, as far as is known."""
        if self.setting == "scene_controls" and found.dialect.derived_maps:
            return RowState.OFFERED
        if self.setting and self.setting not in found.dialect.takes:
            return RowState.NOT_OFFERED
        needed = [row.state for row in found.rows if self.feature in row.features]
        if not needed:
            return RowState.OFFERED if self.setting else RowState.NOT_OFFERED
        return max(needed, key=_FROM_BEST.index)


_FROM_BEST = (
    RowState.OFFERED, RowState.UNKNOWN, RowState.FAILED, RowState.REFUSED, RowState.NOT_OFFERED
)  # fmt: skip
GROUPS: tuple[tuple[str, tuple[Ability, ...]], ...] = (
    (
        "Pictures",
        (
            Ability("Make Pictures", Feature.TEXT_TO_IMAGE),
            Ability("Restyle", Feature.IMAGE_TO_IMAGE),
            Ability("Only Here", Feature.IMAGE_TO_IMAGE),
            Ability("Upscale", Feature.UPSCALE),
            Ability("Describe", Feature.DESCRIBE),
            Ability("Depth and Normals", Feature.DETECT_MAPS),
            Ability("Teach a Style", Feature.TRAIN_EMBEDDING),
        ),
    ),
    (
        "While It Works",
        (
            Ability("True Progress", Feature.PROGRESS),
            Ability("Stop", Feature.INTERRUPT),
            Ability("Skip", Feature.SKIP),
        ),
    ),
    (
        "Guided By",
        (
            Ability("LoRAs", Feature.LORAS, "loras"),
            Ability("Scene Maps", Feature.CONTROL_MAPS, "scene_controls"),
            Ability("Prompt Styles", Feature.STYLES, "styles"),
            Ability("Scripts", Feature.SCRIPTS, "script"),
        ),
    ),
    (
        "The Server Itself",
        (
            Ability("Free GPU", Feature.FREE_MEMORY),
            Ability("Load a Model", Feature.LOAD_MODEL),
            Ability("Restart", Feature.RESTART),
        ),
    ),
)
_ICONS = {
    RowState.OFFERED: 'CHECKMARK',
    RowState.UNKNOWN: 'QUESTION',
    RowState.NOT_OFFERED: 'X',
    RowState.REFUSED: 'LOCKED',
    RowState.FAILED: 'ERROR',
}
#: What is offered says so by its time.
_STATE_WORDS = {
    RowState.UNKNOWN: "not known",
    RowState.NOT_OFFERED: "not offered",
    RowState.REFUSED: "refused",
    RowState.FAILED: "failed",
}


def draw(layout: bpy.types.UILayout, context: bpy.types.Context, *, wide: bool) -> None:
    """Each ability with a tick where the server has it; nothing before it was asked. `wide`: as in the
    preferences, where there is room for three beside the title of their group, and for the table."""
    found = session.get().status.capabilities
    if found is None:
        return
    header, body = layout.panel("drawthings_abilities", default_closed=not wide)
    header.label(text="What This Server Can Do")
    if body is None:
        return
    body.use_property_split = False
    for title, abilities in GROUPS:
        if wide:
            _draw_group(words.beside(body, title), abilities, found, columns=3)
        else:
            words.label(body, title)
            _draw_group(body, abilities, found, columns=1 if words.is_narrow(context) else 2)
    if wide:
        _draw_table(body, found.rows)


def _draw_group(
    layout: bpy.types.UILayout, abilities: tuple[Ability, ...], found: Capabilities, *, columns: int
) -> None:
    grid = layout.grid_flow(row_major=True, columns=columns, even_columns=True, align=True)
    for each in abilities:
        state = each.state(found)
        part = grid.row()
        part.active = state in (RowState.OFFERED, RowState.UNKNOWN)
        words.label(part, each.words, icon=_ICONS[state])
    for _empty in range(-len(abilities) % columns):
        # Of three columns Blender makes two where four are to be in them.
        grid.row().label(text="")


def _draw_table(layout: bpy.types.UILayout, rows: tuple[Row, ...]) -> None:
    """What is asked for where, and how long that took: for who wants to know."""
    header, body = layout.panel("drawthings_endpoints", default_closed=True)
    header.label(text="Endpoints")
    if body is None:
        return
    column = body.column(align=True)
    for each in rows:
        row = column.row(align=True)
        row.active = each.state is not RowState.NOT_OFFERED
        name = row.split(factor=words.LABEL_PART)
        words.label(name, each.title, icon=_ICONS[each.state])
        path = name.split(factor=0.7)
        words.label(path, each.place)
        took = path.row()
        took.alignment = 'RIGHT'
        seconds = (
            "" if each.seconds is None else Message("{seconds} ms", seconds=f"{each.seconds * 1000:.0f}")
        )
        words.label(took, " · ".join(filter(None, [_STATE_WORDS.get(each.state, ""), seconds])))
