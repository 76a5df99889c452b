# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an image is looked at: by which editor or node, and so at which frame, layer, pass and view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import bpy

from .. import windows
from ..selection import Selection
from ..subject import Texture, TextureNode

_IMAGE_NODES = frozenset({'TEX_IMAGE', 'TEX_ENVIRONMENT'})


@dataclass(frozen=True)
class Look:
    """One way to look at an image."""

    user: bpy.types.ImageUser | None = None
    """Says which frame, layer, pass and view."""
    editor: bpy.types.SpaceImageEditor | None = None
    """The Image Editor that shows it; None: a node does, or nobody."""
    is_texture: bool = False
    """Its colours as a shader takes them: without the view transform that an editor may show it with."""

    def frame(self, scene_frame: int) -> int:
        """The number of the frame that is seen: of a sequence's file, or of a movie from 1."""
        user = self.user
        if user is None:
            return scene_frame
        if not user.use_auto_refresh and user.frame_current:
            # It stays at the frame that it was when it was told to.
            return user.frame_current
        return user.frame_offset + _within(
            scene_frame - user.frame_start + 1, user.frame_duration, cyclic=user.use_cyclic
        )

    @property
    def is_of_one_layer(self) -> bool:
        """Whether another layer or pass is shown than the first, which an image's own pixels are of."""
        return self.user is not None and bool(self.user.multilayer_layer or self.user.multilayer_pass)

    @property
    def view(self) -> int:
        """Which of several views (stereoscopy) is shown, from 0; of two that are shown as one the first."""
        if (
            self.editor is None
            or self.user is None
            or (self.editor.show_stereo_3d and self.editor.image.is_stereo_3d)
        ):
            return 0
        return self.user.multilayer_view


#: As a script looks that knows the image alone.
NOBODY = Look()


def find(image: bpy.types.Image, selection: Selection) -> Look:
    """How the artist looks at the image: in this editor, in another one that is open, or in the active
    object's material."""
    return next(_found(image, selection), NOBODY)


def in_editor(image: bpy.types.Image, first: bpy.types.Space | None = None) -> Look:
    """How an Image Editor shows the image, the editor `first` before all others."""
    return next(_in_editors(image, first), NOBODY)


def of_node(node: bpy.types.ShaderNodeTexImage | bpy.types.ShaderNodeTexEnvironment) -> Look:
    """What a shader takes of a node's image."""
    return Look(node.image_user, is_texture=True)


def of_texture(texture: Texture) -> Look:
    """What a shader takes of a texture's image, whether a node has it or it is only painted on."""
    return of_node(texture.node) if isinstance(texture, TextureNode) else Look(is_texture=True)


def _found(image: bpy.types.Image, selection: Selection) -> Iterator[Look]:
    space = selection.editor
    if space is not None and space.type == 'NODE_EDITOR' and space.edit_tree is not None:
        yield from _in_tree(space.edit_tree, image)
    yield from _in_editors(image, space)
    material = selection.active.active_material if selection.active is not None else None
    if material is not None and material.node_tree is not None:
        yield from _in_tree(material.node_tree, image)


def _in_editors(image: bpy.types.Image, first: bpy.types.Space | None) -> Iterator[Look]:
    areas = sorted(windows.areas(), key=lambda area: area.width * area.height, reverse=True)
    for space in (first, *(area.spaces.active for area in areas)):
        if space is not None and space.type == 'IMAGE_EDITOR' and space.image == image:
            yield Look(space.image_user, space)


def _in_tree(tree: bpy.types.NodeTree, image: bpy.types.Image) -> Iterator[Look]:
    nodes = [node for node in tree.nodes if node.type in _IMAGE_NODES and node.image == image]
    for node in sorted(nodes, key=lambda each: not each.select):
        yield of_node(node)


def _within(frame: int, duration: int, *, cyclic: bool) -> int:
    """As Blender counts (4.2 to 5.2): 0 before the first frame, then the last; or in a circle."""
    if not duration:
        return 0
    if cyclic:
        return (frame - 1) % duration + 1
    return min(max(frame, 0), duration)
