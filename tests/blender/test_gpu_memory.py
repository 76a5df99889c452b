# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The server's GPU freed while Blender renders."""

from __future__ import annotations

from collections.abc import Iterator

import bpy
import pytest

from stand_in import StandIn

Panel = bpy.types.PropertyGroup


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    with StandIn(engine="echo", dialect="A1111") as server:
        yield server


def orders(server: StandIn) -> list[str]:
    return [entry.path.rsplit("/", 1)[-1] for entry in server.journal if "load-checkpoint" in entry.path]


@pytest.mark.parametrize("elsewhere", ["", "http://127.0.0.1:9", "http://no address"])
def test_the_server_that_was_unloaded_is_loaded_again(
    panel: Panel, preferences: bpy.types.AddonPreferences, stand_in: StandIn, elsewhere: str
) -> None:
    """Whatever is entered as the server's address meanwhile."""
    bpy.ops.drawthings.check_server()
    panel.use_free_gpu = True
    scene = bpy.context.scene
    from bl_ext.user_default.drawthings_addon.blender import gpu_memory

    gpu_memory._render_begins(scene)
    assert orders(stand_in) == ["unload-checkpoint"]
    preferences.server_url = elsewhere or preferences.server_url
    gpu_memory._render_ends(scene)
    assert orders(stand_in) == ["unload-checkpoint", "reload-checkpoint"]
    gpu_memory._render_ends(scene)
    assert len(orders(stand_in)) == 2
