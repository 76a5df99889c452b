# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every difference between Blender versions, each with the version at which its branch can go."""

from __future__ import annotations

from typing import Any

import bpy

from ..messages import Message


def uses_nodes(material: bpy.types.Material) -> bool:
    """Whether its nodes are what shows. Goes with 4.5: from 5.0 on every material has a node tree."""
    return bpy.app.version >= (5, 0, 0) or material.use_nodes


def new_material(name: str) -> bpy.types.Material:
    """A material with Blender's first nodes. The second line goes with 4.5, as above."""
    material = bpy.data.materials.new(name)
    if not uses_nodes(material):
        material.use_nodes = True
    return material


def ensure_material_nodes(material: bpy.types.Material) -> None:
    """Give a material its node tree; the first one looks as the material did without nodes. Goes with 4.5:
    from 5.0 on every material has one.

    What EEVEE shows of a material without nodes is a Principled BSDF with these four values (4.2 to 4.5);
    its alpha shows in Solid shading alone, which looks at no nodes.
    """
    if uses_nodes(material):
        return
    is_first = material.node_tree is None
    material.use_nodes = True
    shader = next((node for node in material.node_tree.nodes if node.type == 'BSDF_PRINCIPLED'), None)
    if not is_first or shader is None:
        return
    shader.inputs["Base Color"].default_value = (*material.diffuse_color[:3], 1.0)
    shader.inputs["Metallic"].default_value = material.metallic
    shader.inputs["Roughness"].default_value = material.roughness
    shader.inputs["Specular IOR Level"].default_value = material.specular_intensity


def mend_edge_selection(mesh: bpy.types.Mesh) -> None:
    """Remove what is no selection. Goes with 5.0: its `edges.add`, and so `from_pydata`, makes pairs of
    integers of it, and Blender dies when it is set (seen on 5.0.1)."""
    selection = mesh.attributes.get(".select_edge")
    if selection is not None and selection.data_type != 'BOOLEAN':
        mesh.attributes.remove(selection)


def set_image_format(settings: bpy.types.ImageFormatSettings, file_format: str) -> None:
    """Choose a file format. The first branch goes with 4.5: 5.0 sorts formats into media types."""
    if hasattr(settings, "media_type"):
        settings.media_type = 'IMAGE'
    settings.file_format = file_format


def set_multilayer_format(settings: bpy.types.ImageFormatSettings) -> None:
    """All layers and passes as one uncompressed 32-bit OpenEXR part.

    Media types as above; 5.0 also splits passes into parts unless told not to.
    """
    if hasattr(settings, "media_type"):
        settings.media_type = 'MULTI_LAYER_IMAGE'
    settings.file_format = 'OPEN_EXR_MULTILAYER'
    settings.color_depth = '32'
    settings.exr_codec = 'NONE'
    if hasattr(settings, "use_exr_interleave"):
        settings.use_exr_interleave = True


def save_image_copy(image: bpy.types.Image, filepath: str) -> None:
    """Write an image elsewhere without changing its path. Raises RuntimeError.

    Up to 4.2 a given path means a copy, though one after which it counts as saved; from 4.3 on that has to be
    said.
    """
    if "save_copy" in bpy.types.Image.bl_rna.functions["save"].parameters:
        image.save(filepath=filepath, save_copy=True)
        return
    was_dirty = image.is_dirty
    image.save(filepath=filepath)
    if was_dirty:
        # The first tile's is enough for all.
        image.pixels[0] = image.pixels[0]


def works_in_rec709() -> bool:
    """Whether linear colours have the primaries of Rec.709: from 5.0 on a file may have others."""
    colorspace = getattr(bpy.data, "colorspace", None)
    return colorspace is None or colorspace.working_space == 'Linear Rec.709'


def has_strips(scene: bpy.types.Scene) -> bool:
    """Whether the sequencer has something to render. The second name goes with 4.3: strips were called
    sequences."""
    editor = scene.sequence_editor
    if editor is None:
        return False
    return len(editor.strips if hasattr(editor, "strips") else editor.sequences) > 0


def has_text_box(layout: bpy.types.UILayout) -> bool:
    """Multi-line text boxes came with 5.2."""
    return hasattr(layout, "textbox")


def blend_relative() -> set[str]:
    """The option of a path property that takes “//”. Since 4.5 Blender marks such a path red without it; 4.2
    to 4.4 do not know it."""
    return {'PATH_SUPPORTS_BLEND_RELATIVE'} if bpy.app.version >= (4, 5, 0) else set()


def can_draw_offscreen() -> str:
    """Empty, or why the viewport cannot be drawn here.

    Without a window there is no GPU context before 5.2, which can make one (`gpu.init`).
    """
    if not bpy.app.background:
        return ""
    import gpu

    if not hasattr(gpu, "init"):
        return "This Blender has no graphics without a window (Blender 5.2 does)."
    try:
        gpu.init()
    except Exception as error:
        # SystemError or RuntimeError, by platform: no display driver at all.
        return Message("This computer offers no graphics without a window ({error}).", error=error)
    return ""


def draws_viewport_itself(engine: str) -> bool:
    """Whether Blender draws the engine's Rendered shading: EEVEE was called EEVEE_NEXT from 4.2 to 4.5."""
    return engine.startswith("BLENDER_")


def draws_arrows_without_frames() -> bool:
    """Whether a popover's button without a frame has its arrow: seen in 5.2, and not in 4.3. Where it has one
    in a version between, a second one lies on it."""
    return bpy.app.version >= (5, 0, 0)


def workbench_keeps_edges() -> bool:
    """Whether Workbench's first drawing has edges of the one before, which had other overlays.

    Of a cube, some 600 pixels were wrong by up to 73 of 255 in 5.2, and none in a second drawing; none
    at all in 4.3. 5.0 and 5.1 could not be looked at.
    """
    return bpy.app.version >= (5, 0, 0)


def render_job_crashes() -> bool:
    """Whether Blender's render job must not be given a scene that no window shows.

    Debian's 4.3 on software OpenGL died of it (GLXBadContext) in nearly every run of 24 renders, 5.2 in
    none. Other drivers could not be looked at.
    """
    if bpy.app.background or bpy.app.version >= (5, 0, 0):
        return False
    import gpu

    return "llvmpipe" in gpu.platform.renderer_get().casefold()


def composites(scene: bpy.types.Scene) -> bool:
    """Whether a render of the scene goes through a compositor; its nodes are a group since 5.0."""
    if bpy.app.version >= (5, 0, 0):
        return scene.compositing_node_group is not None
    return scene.use_nodes and scene.node_tree is not None


def modal_operators(window: bpy.types.Window) -> list[Any]:
    """What the artist is in the middle of: a stroke, a transform."""
    return list(window.modal_operators)


def unified_paint(scene: bpy.types.Scene) -> bpy.types.UnifiedPaintSettings:
    """Colours and strength of all brushes of Texture Paint. The second branch goes with 4.5: 5.0 has them for
    each mode."""
    settings = scene.tool_settings
    if hasattr(settings.image_paint, "unified_paint_settings"):
        return settings.image_paint.unified_paint_settings
    return settings.unified_paint_settings


def normal_convention(node: bpy.types.Node) -> str:
    """Which way green is for a Normal Map node: OPENGL or DIRECTX; until 5.0 it reads OPENGL alone."""
    return str(getattr(node, "convention", 'OPENGL'))


def set_normal_convention(node: bpy.types.Node, convention: str) -> None:
    """Have it read the normal map so, where it can."""
    if hasattr(node, "convention"):
        node.convention = convention


def reads_directx_normals() -> bool:
    """Whether a Normal Map node can."""
    return "convention" in bpy.types.ShaderNodeNormalMap.bl_rna.properties
