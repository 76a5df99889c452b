# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a press that is about a material or a texture means: what the editor shows, else the active object.

All of it is cheap enough for `poll` and `draw`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import bpy

from ..errors import SourceUnavailable, TargetUnavailable
from ..messages import Message
from . import compat, node_reading, painted
from .selection import Selection

_NO_MATERIAL = "This editor shows no material."
_ANOTHER_OBJECT = "Select an object with a material."
_NO_TEXTURE = {
    bpy.types.World: ("World", "Switch the editor from World to Object."),
    bpy.types.Light: ("light", _ANOTHER_OBJECT),
    bpy.types.FreestyleLineStyle: ("line style", "Switch the editor from Line Style to Object."),
}


@dataclass(frozen=True)
class TextureNode:
    """An image node, and the tree that it is in: a material's own, or a node group."""

    node: bpy.types.ShaderNodeTexImage
    material: bpy.types.Material | None = None
    group: bpy.types.ShaderNodeTree | None = None
    """Set where the node is inside of a node group."""
    inside: tuple[bpy.types.Node, ...] = ()
    """The group nodes that lead to it from the material's own tree, where they are not open."""

    @property
    def image(self) -> bpy.types.Image | None:
        """The texture itself."""
        return self.node.image

    @property
    def owner(self) -> bpy.types.Material | bpy.types.NodeTree:
        """The datablock that is changed when the node takes another image."""
        return self.group or self.material


@dataclass(frozen=True)
class Canvas:
    """An image that is painted on, and that no node of the object's material shows."""

    image: bpy.types.Image


Texture = TextureNode | Canvas


@dataclass(frozen=True)
class Subject:
    """The material that is meant, or the reason why none is."""

    material: bpy.types.Material | None = None
    """None: the object has none yet, or a node group is shown alone."""
    owner: bpy.types.Object | None = None
    """The object that has the material, or gets one."""
    group: bpy.types.ShaderNodeTree | None = None
    """The node group that is open in the Shader Editor."""
    selected: TextureNode | None = None
    """The image node that is selected in the Shader Editor."""
    reason: str = ""
    """Why no texture can go there: a sentence. Empty: one can."""
    advice: str = ""

    def require(self) -> Subject:
        """Itself. Raises TargetUnavailable."""
        if self.reason:
            raise TargetUnavailable(self.reason, self.advice)
        return self


def of(selection: Selection) -> Subject:
    """What the editor shows, else the active object and its active material."""
    return shown(selection) or _of_object(selection.active)


def shown(selection: Selection) -> Subject | None:
    """What a Shader Editor shows, pinned or not, and what is selected there; a material that is pinned in the
    Properties; None in other editors."""
    space = selection.editor
    if is_shader_editor(space):
        return _in_shader_editor(selection, space)
    if space is not None and space.type == 'PROPERTIES' and isinstance(space.pin_id, bpy.types.Material):
        return _of_material(selection, space.pin_id)
    return None


def is_shader_editor(space: bpy.types.Space | None) -> bool:
    """Whether nodes of materials, Worlds, lights or line styles are edited there."""
    return space is not None and space.type == 'NODE_EDITOR' and space.tree_type == 'ShaderNodeTree'


def require_tree(selection: Selection) -> None:
    """Raises TargetUnavailable unless a Shader Editor shows a material's nodes or a node group."""
    reason = why_no_tree(selection)
    if reason:
        raise TargetUnavailable(reason, "Open a material in the Shader Editor.")


def why_no_tree(selection: Selection) -> str:
    """Empty, or why no image node can be added here."""
    space = selection.editor
    if space is None or not is_shader_editor(space):
        return "Open a material in the Shader Editor first."
    shown = _shown(selection, space)
    if isinstance(shown, bpy.types.Material | bpy.types.NodeTree) and space.edit_tree is not None:
        return ""
    return of(selection).reason or _NO_MATERIAL


def why_not_here(selection: Selection) -> str:
    """Empty, or why a Shader Editor shows nothing that takes a texture. In other editors there are other
    buttons as well, and objects without a material get one."""
    return of(selection).reason if is_shader_editor(selection.editor) else ""


def why_no_texture_here(selection: Selection) -> str:
    """Empty, or why a Shader Editor shows no texture to restyle, as above."""
    if not is_shader_editor(selection.editor):
        return ""
    with node_reading.glance():
        return why_no_texture(selection)


def texture(selection: Selection, node: str = "", group: str = "") -> Texture:
    """What Restyle Texture is about: the image node named, else the first of `textures`.

    `node` is in the material's own tree, or in the node group named. Raises SourceUnavailable.
    """
    if node:
        return _named(selection, node, group)
    found = textures(selection)
    if found:
        return found[0]
    meant = of(selection)
    if _is_painting(selection):
        raise SourceUnavailable(
            "Nothing is painted on: the brush has no image.", "Add one under Texture Slots, then press again."
        )
    if meant.reason or meant.material is None:
        raise SourceUnavailable(
            meant.reason or "There is no active material.",
            meant.advice or "Select an object with a textured material.",
        )
    raise SourceUnavailable(
        "No image feeds Base Color of “{material}”.",
        "Select an image node, or make a texture first.",
        material=meant.material.name,
    )


def why_no_texture(selection: Selection) -> str:
    """Empty, or why there is no texture to restyle; also where a glance at a large tree found none."""
    try:
        texture(selection)
    except SourceUnavailable as error:
        return "" if node_reading.is_cut() else error.what
    return ""


def textures(selection: Selection) -> Sequence[Texture]:
    """What Restyle Texture may be about, what is meant first.

    In Texture Paint the image that is painted on. Else the selected image node alone, when it has an image;
    else the image nodes that feed Base Color of the material, unless a node group is open, of which only the
    selected node can be meant.
    """
    if _is_painting(selection):
        painted = _painted(selection)
        return [painted] if painted is not None else []
    meant = of(selection)
    if meant.selected is not None and meant.selected.node.image is not None:
        return [meant.selected]
    if meant.material is None or meant.group is not None or meant.reason:
        return []
    return of_material(meant.material, selection.scene.render.engine)


def candidates(selection: Selection) -> list[TextureNode]:
    """What may be chosen for Restyle Texture: as `textures`, whatever is selected; in an open node group its
    own image nodes; in Texture Paint nothing, as its canvas is chosen there."""
    if _is_painting(selection):
        return []
    meant = of(selection)
    if meant.group is not None:
        nodes = [each for each in meant.group.nodes if each.type == 'TEX_IMAGE' and each.image is not None]
        return [TextureNode(each, meant.material, meant.group) for each in nodes]
    if meant.material is None or meant.reason:
        return []
    return of_material(meant.material, selection.scene.render.engine)


def restyled(selection: Selection, looked_at: Sequence[bpy.types.Object] | None = None) -> list[Texture]:
    """The image nodes that Restyle Texture is about: that of the subject, or one of each selected object
    (`Scene.drawthings.texture_objects`), each image once. Of several objects panels read no more node trees
    than those of the objects `looked_at`. Raises SourceUnavailable."""
    chosen = selection.scene.drawthings
    found: dict[int, Texture] = {}
    several = chosen.texture_objects == 'SELECTED' and shown(selection) is None
    if several and not _is_painting(selection):
        owners = chosen_objects(selection) if looked_at is None else looked_at
        # Thousands of objects may share one material.
        materials = {each.session_uid: each for owner in owners if (each := owner.active_material)}
        for material in materials.values():
            for each in of_material(material, selection.scene.render.engine)[:1]:
                found.setdefault(each.node.image.session_uid, each)
    return list(found.values()) or [texture(selection)]


def _is_painting(selection: Selection) -> bool:
    """Whether the artist is in Texture Paint, in an editor that does not show a material of its own."""
    active = selection.active
    return active is not None and active.mode == 'TEXTURE_PAINT' and shown(selection) is None


def _painted(selection: Selection) -> Texture | None:
    """What a stroke would change: the canvas, or the image of the material's paint slot."""
    active = selection.active
    assert active is not None
    material, brush = active.active_material, selection.scene.tool_settings.image_paint
    image = brush.canvas
    if brush.mode == 'MATERIAL':
        slots = material.texture_paint_images if material is not None else ()
        image = slots[material.paint_active_slot] if material.paint_active_slot < len(slots) else None
    image = painted.meant(image)
    if image is None:
        return None
    if material is not None and material.node_tree is not None:
        fitting = of_material(material, selection.scene.render.engine)
        own = (TextureNode(each, material) for each in material.node_tree.nodes if each.type == 'TEX_IMAGE')
        for each in itertools.chain(fitting, own):
            if each.image == image:
                return each
    return Canvas(image)


def chosen_objects(selection: Selection, limit: int | None = None) -> Iterator[bpy.types.Object]:
    """Whose materials are meant: all selected objects (`Scene.drawthings.texture_objects`), the active one
    first, else that one alone."""
    active = selection.active
    if selection.scene.drawthings.texture_objects == 'SELECTED':
        selected = selection.selected()[:limit]
        if active in selected:
            yield active
        yield from (each for each in selected if each != active)
        if selected:
            return
    if active is not None:
        yield active


def owners(selection: Selection) -> frozenset[int]:
    """What a press means, by `session_uid`s: objects with all their materials, or what the editor shows."""
    meant = shown(selection)
    if meant is not None:
        found: list[bpy.types.ID | None] = [meant.material, meant.group]
    else:
        found = [*chosen_objects(selection)]
        found += [slot.material for each in chosen_objects(selection) for slot in each.material_slots]
    return frozenset(each.session_uid for each in found if each is not None)


def choose(selection: Selection, node: str, group: str = "") -> None:
    """Select one of the `candidates` in the Shader Editor, as by a click on it; a node group that it is in is
    opened. Raises SourceUnavailable."""
    found = next(
        (
            each
            for each in candidates(selection)
            if each.node.name == node and (each.group.name if each.group is not None else "") == group
        ),
        None,
    )
    space = selection.editor
    if found is None or space is None or not is_shader_editor(space):
        raise SourceUnavailable("There is no image node “{node}” to choose here.", "Click one.", node=node)
    for each in found.inside:
        space.path.append(each.node_tree, node=each)
    nodes = found.node.id_data.nodes
    for each in nodes:
        each.select = each == found.node
    nodes.active = found.node


def of_material(material: bpy.types.Material, engine: str) -> list[TextureNode]:
    """The image nodes with an image that feed the material's Base Color, the one that is meant first; where
    there are none, those of its Emission Color, which is all that shows of a picture that shines."""
    if material.node_tree is None or not compat.uses_nodes(material):
        return []
    for socket in ("Base Color", "Emission Color"):
        found = node_reading.images(material.node_tree, socket, engine)
        textures = [
            TextureNode(each.node, material, each.tree if each.inside else None, each.inside)
            for each in found
            if each.node.image is not None
        ]
        if textures:
            return textures
    return []


def _named(selection: Selection, node: str, group: str) -> TextureNode:
    material = of(selection).material
    tree = bpy.data.node_groups.get(group) if group else material and material.node_tree
    found = tree.nodes.get(node) if tree is not None else None
    if found is None or found.type != 'TEX_IMAGE' or found.image is None:
        missing = "“{owner}” has no image node “{node}” with an image."
        if group:
            missing = "The node group “{owner}” has no image node “{node}” with an image."
        elif material is None:
            missing = "No material has an image node “{node}” with an image."
        owner = group or (material.name if material is not None else "")
        raise SourceUnavailable(missing, "Choose another.", owner=owner, node=node)
    return TextureNode(found, material, tree if group else None)


def _of_object(owner: bpy.types.Object | None) -> Subject:
    if owner is None:
        return Subject(reason="There is no active object.", advice="Select one.")
    return Subject(owner.active_material, owner)


def _of_material(selection: Selection, material: bpy.types.Material) -> Subject:
    """A material that the editor shows; the active object belongs to it only where it has it."""
    owner = selection.active
    if owner is not None and all(slot.material != material for slot in owner.material_slots):
        owner = None
    return Subject(material, owner)


def _in_shader_editor(selection: Selection, space: bpy.types.SpaceNodeEditor) -> Subject:
    shown = _shown(selection, space)
    for kind, (what, advice) in _NO_TEXTURE.items():
        if isinstance(shown, kind):
            return Subject(
                reason=Message("“{name}” is a {kind}, which takes no texture.", name=shown.name, kind=what),
                advice=advice,
            )
    root = space.node_tree
    if isinstance(shown, bpy.types.Material):
        meant = _of_material(selection, shown)
        tree = shown.node_tree
    elif isinstance(shown, bpy.types.NodeTree):
        meant, tree = Subject(group=shown), shown
    elif shown is not None:
        meant, tree = _of_object(shown), None
    else:
        return Subject(reason=_NO_MATERIAL, advice=_ANOTHER_OBJECT)
    if tree is None:
        return meant
    edited = space.edit_tree if root == tree and space.edit_tree is not None else tree
    return _with_selection(meant, edited, edited if edited != tree else meant.group)


def _with_selection(meant: Subject, edited: bpy.types.NodeTree, group: bpy.types.NodeTree | None) -> Subject:
    selected = selected_image_node(edited)
    reason = advice = ""
    if group is not None and selected is None:
        reason = Message(
            "The node group “{group}” is open, and none of its image nodes is the one selected.",
            group=group.name,
        )
        advice = "Select the one that is meant, or leave the group (Tab)."
    return Subject(
        meant.material,
        meant.owner,
        group,
        TextureNode(selected, meant.material, group) if selected is not None else None,
        reason,
        advice,
    )


def selected_image_node(tree: bpy.types.NodeTree) -> bpy.types.ShaderNodeTexImage | None:
    """The image node that is selected; of several the active one, or none."""
    found = [each for each in tree.nodes if each.select and each.type == 'TEX_IMAGE']
    if tree.nodes.active in found:
        return tree.nodes.active
    return found[0] if len(found) == 1 else None


def _shown(selection: Selection, space: bpy.types.SpaceNodeEditor) -> bpy.types.ID | None:
    """The datablock whose nodes a Shader Editor shows: a material, World, light, line style or node group;
    an object that has no material yet; None for nothing.

    Blender sets `space.id` when it draws the editor; a tree that a script put there has none (4.2 to 5.2).
    """
    if space.node_tree is not None and (space.pin or space.id is None):
        return space.id or _owner(space.node_tree)
    if space.shader_type == 'WORLD':
        return selection.scene.world
    if space.shader_type == 'LINESTYLE':
        return space.id if isinstance(space.id, bpy.types.FreestyleLineStyle) else None
    owner = selection.active
    if owner is None or owner.type == 'LIGHT':
        return owner.data if owner is not None else None
    return owner.active_material or owner


def _owner(tree: bpy.types.NodeTree) -> bpy.types.ID:
    """The datablock that a tree is embedded in; a node group itself."""
    if not tree.is_embedded_data:
        return tree
    data = bpy.data
    for collection in (data.materials, data.worlds, data.lights, data.linestyles):
        for each in collection:
            if each.node_tree == tree:
                return each
    return tree
