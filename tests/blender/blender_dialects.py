# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dialects of the extension that runs in this Blender, by their names."""

from __future__ import annotations

from typing import Any


def dialect_named(name: str) -> Any:
    """The one of this name."""
    from bl_ext.user_default.drawthings_addon.client import connect

    return {each.dialect.name: each.dialect for each in connect.CLIENTS}[name]


def assumed(name: str) -> Any:
    """What a server of that dialect offers before it was asked."""
    from bl_ext.user_default.drawthings_addon.client import capabilities

    return capabilities.assumed(dialect_named(name))
