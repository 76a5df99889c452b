# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Shader Editor in background, where Blender never draws one and so never finds what it shows."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import bpy


@contextlib.contextmanager
def shader_editor(
    tree: bpy.types.NodeTree | None = None,
    *group_nodes: bpy.types.Node,
    pin: bool = False,
    shader_type: str = 'OBJECT',
) -> Iterator[bpy.types.SpaceNodeEditor]:
    """The context is that of a Shader Editor that shows `tree`, pinned or not, with group nodes opened."""
    area = max(bpy.context.screen.areas, key=lambda each: each.width * each.height)
    before = area.type
    area.type = 'NODE_EDITOR'
    area.ui_type = 'ShaderNodeTree'
    space = area.spaces.active
    space.shader_type = shader_type
    space.pin = pin
    if tree is not None:
        space.node_tree = tree
    for node in group_nodes:
        space.path.append(node.node_tree, node=node)
    region = next(each for each in area.regions if each.type == 'WINDOW')
    try:
        with bpy.context.temp_override(window=bpy.context.window, area=area, region=region):
            yield space
    finally:
        space.pin = False
        space.shader_type = 'OBJECT'
        area.type = before
