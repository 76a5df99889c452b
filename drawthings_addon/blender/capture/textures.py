# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image node that a texture job is about."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from ...errors import SourceUnavailable
from .. import materials


@dataclass(frozen=True)
class TextureNode:
    """An image node and the material it belongs to."""

    material: bpy.types.Material
    node: bpy.types.ShaderNodeTexImage


def selected_texture_node(context: bpy.types.Context) -> TextureNode | None:
    """The selected image node, when the artist is in a material's own tree in a Shader Editor."""
    space = context.space_data
    if space is None or space.type != 'NODE_EDITOR' or not isinstance(space.id, bpy.types.Material):
        return None
    material = space.id
    node = materials.selected_image_node(material.node_tree)
    # Inside a node group another tree is edited, whose nodes the material does not know by name.
    return TextureNode(material, node) if node is not None and space.edit_tree == material.node_tree else None


def active_texture(context: bpy.types.Context) -> TextureNode:
    """The image node that a texture job is about.

    In a Shader Editor the selected image node; else the one that feeds Base Color of the active
    object's active material. Raises SourceUnavailable.
    """
    selected = selected_texture_node(context)
    if selected is not None and selected.node.image is not None:
        return selected
    active = context.object
    material = active.active_material if active is not None else None
    if material is None:
        raise SourceUnavailable("There is no active material.", "Select an object with a textured material.")
    node = materials.texture_node(material)
    if node is None or node.image is None:
        raise SourceUnavailable(
            f"No image feeds Base Color of “{material.name}”.",
            "Select an image node, or make a texture first.",
        )
    return TextureNode(material, node)
