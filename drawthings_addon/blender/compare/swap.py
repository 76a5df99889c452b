# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A material's old textures in the places of its new ones, for as long as a key is held.

This alone changes data while it lasts. So it is put back before anything could keep it: before a file is
saved or loaded, before undo and redo, before a result is delivered or an undo step of ours is made
(`temporary`), when the extension is disabled. Blender saves nothing by itself while an operator runs that
waits for a key. A node that shows something else by then is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import bpy
from bpy.app.handlers import persistent

from .. import handlers, subject, temporary
from ..delivery import versions
from ..delivery.target import Reference
from ..selection import Selection
from . import before

NOTHING_BEFORE = "Nothing is known that was in this material before"


@dataclass(frozen=True)
class Texture:
    """An image node, and what it showed before. For the moment only: it holds datablocks."""

    node: bpy.types.ShaderNodeTexImage
    owner: bpy.types.Material | bpy.types.NodeTree
    before: bpy.types.Image | None
    """None: nothing was there, and the node is left out."""


@dataclass(frozen=True)
class _Held:
    owner: Reference
    node: str
    before: Reference | None
    now: Reference
    was_muted: bool

    def put_back(self) -> None:
        owner, now = self.owner.resolve(), self.now.resolve()
        tree = owner.node_tree if isinstance(owner, bpy.types.Material) else owner
        node = tree.nodes.get(self.node) if tree is not None else None
        if node is None or node.type != 'TEX_IMAGE':
            return
        if self.before is None:
            if node.image == now:
                node.mute = self.was_muted
        elif now is not None and node.image == self.before.resolve():
            node.image = now


_held: list[_Held] = []


def is_held() -> bool:
    """Old textures are shown."""
    return bool(_held)


def textures(selection: Selection) -> list[Texture]:
    """Those of the material that is meant of which it is known what was before: see `subject.of`. The
    selected image node alone, where it is one of them."""
    meant = subject.of(selection)
    if meant.selected is not None:
        found = _texture(meant.selected.node, meant.selected.owner)
        if found is not None:
            return [found]
    if meant.material is None or meant.material.node_tree is None:
        return []
    return list(_in_tree(meant.material.node_tree, meant.material, set()))


def of_image(image: bpy.types.Image) -> list[Texture]:
    """Those that show a picture where it was brought to, in any material."""
    found = (_texture(each.node, each.owner) for each in versions.shown_by(image))
    return [each for each in found if each is not None]


def why_not(selection: Selection) -> str:
    """Empty, or why there is nothing to compare."""
    meant = subject.of(selection)
    if meant.reason and meant.selected is None:
        return meant.reason
    return "" if textures(selection) else NOTHING_BEFORE


def hold(found: Iterable[Texture]) -> None:
    """Show what was before, until `release`."""
    release()
    for each in found:
        if each.node.image is None:
            continue
        _held.append(
            _Held(
                Reference.to(each.owner),
                each.node.name,
                Reference.to_any(each.before),
                Reference.to(each.node.image),
                each.node.mute,
            )
        )
        if each.before is None:
            each.node.mute = True
        else:
            each.node.image = each.before
    if _held:
        handlers.add(_HANDLERS)
        temporary.begins(release)


def release() -> None:
    """Put the new ones back; also where nothing is held."""
    if not _held:
        return
    handlers.remove(_HANDLERS)
    temporary.is_over(release)
    held = _held.copy()
    _held.clear()
    for each in held:
        each.put_back()


def _in_tree(
    tree: bpy.types.NodeTree, owner: bpy.types.Material | bpy.types.NodeTree, seen: set[int]
) -> Iterable[Texture]:
    for node in tree.nodes:
        if node.type == 'TEX_IMAGE':
            found = _texture(node, owner)
            if found is not None:
                yield found
        elif node.type == 'GROUP' and node.node_tree is not None:
            uid = node.node_tree.session_uid
            if uid not in seen:
                seen.add(uid)
                yield from _in_tree(node.node_tree, node.node_tree, seen)


def _texture(
    node: bpy.types.ShaderNodeTexImage, owner: bpy.types.Material | bpy.types.NodeTree
) -> Texture | None:
    found = before.of_node(node) if owner.is_editable else None
    return Texture(node, owner, found.image) if found is not None else None


@persistent
def _would_be_kept(*_unused: object) -> None:
    release()


_HANDLERS: tuple[handlers.Named, ...] = tuple(
    (name, _would_be_kept) for name in ("save_pre", "undo_pre", "redo_pre", "load_pre")
)
