# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a picture further: the panels, menus and editors in which it is made a usable texture."""

from __future__ import annotations

import time
from collections.abc import Callable

from .states import Part, State, escape, menu, popover
from .studio import NOBODY, Studio

PAVING = "worn flagstones"


def _start(*panels: str) -> Callable[[Studio], None]:
    """A fresh file with a paved cube whose texture is open in the Image Editor, and these panels unfolded:
    what is open is kept with a panel that was drawn."""

    def reach(studio: Studio) -> None:
        studio.run("with override(): bpy.ops.wm.read_homefile(use_factory_startup=True)")
        names = tuple(f"DRAWTHINGS_PT_{name}" for name in panels)
        if names:
            studio.run(f"unfold_panels({names!r})")
        studio.connect("draw_things")
        studio.set(width=512, height=512, use_random_seed=False, seed=7)
        studio.make(PAVING, "txt2img(target='MATERIAL')")
        _show_image(studio)

    return reach


def _show_image(studio: Studio) -> None:
    studio.show_editor('IMAGE_EDITOR')
    studio.run(
        "area('IMAGE_EDITOR').spaces.active.image ="
        " next(each for each in bpy.data.images if each.drawthings.recipe)"
    )
    studio.sidebar('IMAGE_EDITOR')
    studio.run("with override('IMAGE_EDITOR'): bpy.ops.image.view_all(fit_view=True)")


def _show_view3d(studio: Studio) -> None:
    studio.show_editor('VIEW_3D')
    studio.run("area('VIEW_3D').spaces.active.shading.type = 'SOLID'")
    studio.run("area('VIEW_3D').spaces.active.shading.color_type = 'TEXTURE'")
    studio.sidebar('VIEW_3D')


def _show_shader(studio: Studio) -> None:
    studio.show_editor('ShaderNodeTree')
    studio.sidebar('ShaderNodeTree')
    studio.run("with override('ShaderNodeTree'): bpy.ops.node.view_all()")
    time.sleep(1.0)


def _alone(*names: str) -> Callable[[Studio], None]:
    """Without the head and the recipe, which would push the panels below the edge."""

    def reach(studio: Studio) -> None:
        _start(*names)(studio)
        studio.run(
            "heads = [bpy.types.DRAWTHINGS_PT_image, bpy.types.DRAWTHINGS_PT_image_recipe,"
            " bpy.types.DRAWTHINGS_PT_view3d, bpy.types.DRAWTHINGS_PT_shader]\n"
            "for each in heads: bpy.utils.unregister_class(each)"
        )
        studio.sidebar('IMAGE_EDITOR')

    return reach


def _heads_again(studio: Studio) -> None:
    studio.run("for each in heads: bpy.utils.register_class(each)")


def _stroke(editor: str) -> Callable[[Studio], None]:
    """Begin to paint the mask, and draw one stroke."""

    def reach(studio: Studio) -> None:
        where = 'IMAGE' if editor == 'IMAGE_EDITOR' else 'MESH'
        studio.call(f"paint_mask(where={where!r})", editor)
        time.sleep(0.5)
        across, down = studio.window.rectangle(editor).centre
        studio.window.drag((across - 50, down - 40), (across + 60, down + 30))
        studio.step_aside(editor)
        time.sleep(0.5)

    return reach


def _finish(studio: Studio) -> None:
    studio.run("with override(): bpy.ops.drawthings.finish_mask()")


def _source(kind: str) -> Callable[[Studio], None]:
    def reach(studio: Studio) -> None:
        studio.run(f"bpy.context.scene.drawthings.inpaint.mask_source = {kind!r}")
        studio.run("bpy.context.scene.drawthings.inpaint.use = True")

    return reach


def _width(pixels: int) -> Callable[[Studio], None]:
    def reach(studio: Studio) -> None:
        studio.set_width(pixels, 'IMAGE_EDITOR')

    return reach


def _repeated(studio: Studio) -> None:
    """Three times three of the picture."""
    _show_image(studio)
    studio.run("with override('IMAGE_EDITOR'): bpy.ops.drawthings.show_repeated()")
    time.sleep(0.5)


def _all_switched_on(studio: Studio) -> None:
    """What Texture can do besides."""
    studio.run(
        "chosen = bpy.context.scene.drawthings\n"
        "chosen.seamless.use = chosen.maps.use = True\n"
        "chosen.inpaint.use = True"
    )
    _show_view3d(studio)


def _all_off(studio: Studio) -> None:
    escape(studio)
    studio.run("chosen.seamless.use = chosen.maps.use = chosen.inpaint.use = False")


def _grown(studio: Studio) -> None:
    """Borders are set, and a server that has an upscaler answers."""
    studio.run("bpy.context.scene.drawthings.outpaint.left = 256")
    _reach(studio, studio.servers["a1111"])


def _on_a1111(studio: Studio) -> None:
    """It takes masks itself."""
    _source('ATTRIBUTE')(studio)
    _reach(studio, studio.servers["a1111"])


def _reach(studio: Studio, server: str) -> None:
    studio.run(f"preferences().server_url = {server!r}")
    studio.run("with override(): bpy.ops.drawthings.check_server()")
    studio.settle()


def _nobody(studio: Studio) -> None:
    """No server, and no prompt."""
    _reach(studio, NOBODY)
    studio.set(prompt="")


def _nothing(_studio: Studio) -> None:
    """As the state before left it."""


_EDITOR = 'IMAGE_EDITOR'

SHEETS: dict[str, tuple[State, ...]] = {
    "bench": (
        State("Image Editor, folded", _start(), editor=_EDITOR),
        State("Image Editor, window", _nothing, Part.WINDOW),
        State("Image menu", menu("IMAGE_MT_image", _EDITOR), Part.CHANGE, leave=escape, editor=_EDITOR),
        State(
            "Picture menu", menu("DRAWTHINGS_MT_picture", _EDITOR), Part.CHANGE, leave=escape, editor=_EDITOR
        ),
        State("A mask is painted", _stroke(_EDITOR), Part.WINDOW),
        State("A mask is painted, panel", _nothing, leave=_finish, editor=_EDITOR),
        State("Only Here is in force", _nothing, Part.WINDOW),
        State(
            "Texture",
            popover("DRAWTHINGS_PT_texture_options", _EDITOR),
            Part.CHANGE,
            leave=escape,
            editor=_EDITOR,
        ),
        State("Three by three", _repeated, Part.WINDOW, leave=_repeated),
        State("3D View", _all_switched_on),
        State("Texture, 3D View", popover("DRAWTHINGS_PT_texture_options"), Part.CHANGE, leave=_all_off),
        State("A mask is painted on the mesh", _stroke('VIEW_3D'), Part.WINDOW, leave=_finish),
        State("Shader Editor", _show_shader, editor='ShaderNodeTree'),
    ),
    "bench_panels": (
        State("Maps", _alone("picture", "image_maps", "shader_maps"), editor=_EDITOR),
        State("Maps, 200 pixels", _width(200), editor=_EDITOR),
        State("Maps, wide", _width(420), editor=_EDITOR),
        State("Maps, Shader Editor", _show_shader, editor='ShaderNodeTree', leave=_heads_again),
        State("Only Here", _alone("image_inpaint", "image_server_mask"), editor=_EDITOR),
        State("Mask: color", _source('COLOR'), editor=_EDITOR),
        State("Mask: attribute, A1111", _on_a1111, editor=_EDITOR),
        State("Only Here, 200 pixels", _width(200), editor=_EDITOR, leave=_heads_again),
        State("Canvas", _alone("picture", "outpaint", "seamless", "refine"), editor=_EDITOR),
        State("Canvas, larger", _grown, editor=_EDITOR),
        State("Canvas, 200 pixels", _width(200), editor=_EDITOR),
        State("No server, no prompt", _nobody, editor=_EDITOR, leave=_heads_again),
    ),
}
