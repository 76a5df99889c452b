# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The "Draw Things" tab of the 3D View, the Image Editor and the Shader Editor.

The three tabs share their sections; only the head differs, by what can be restyled there.
"""

from __future__ import annotations

import bpy

from ..blender import connection, node_reading
from ..blender import in_force as force
from ..blender.delivery import images
from ..blender.session import session
from ..client.compatibility import Setting
from ..client.features import Feature
from . import (
    actions,
    amounts,
    display,
    greeting,
    hindrance,
    history,
    in_force,
    inpaint,
    prompt,
    recipe,
    results,
    server,
)
from . import settings_sections as folded


class _Tab:
    layout: bpy.types.UILayout
    bl_region_type = 'UI'
    bl_category = "Draw Things"


class _Head(_Tab):
    bl_label = "Draw Things"
    bl_order = 0
    first_action = ""
    """The label of the button that a newcomer tries."""

    def draw_actions(self, layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
        """The buttons of this editor."""
        raise NotImplementedError

    def draw_header_preset(self, _context: bpy.types.Context) -> None:
        server.draw_dot(self.layout, session.get())

    def draw(self, context: bpy.types.Context) -> None:
        # Blender takes no decorated function.
        with node_reading.glance():
            self._draw(context)

    def _draw(self, context: bpy.types.Context) -> None:
        layout = self.layout
        current = session.get()
        prompt.draw(layout, context)
        in_force.draw_in_force(layout, context)
        self.draw_actions(layout, context)
        amounts.draw(layout, context)
        hindrance.draw(layout, context, greeted=greeting.greets(current))
        in_force.draw_incompatibilities(layout, context)
        display.draw(layout, context, current, self.first_action)
        results.draw(layout, context, current)
        display.draw_lines(layout, context, current)


class DRAWTHINGS_PT_view3d(_Head, bpy.types.Panel):
    bl_space_type = 'VIEW_3D'
    first_action = "Texture"

    def draw_actions(self, layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
        actions.draw_view3d(layout, context)


class DRAWTHINGS_PT_image(_Head, bpy.types.Panel):
    bl_space_type = 'IMAGE_EDITOR'
    first_action = "New Picture"

    def draw_actions(self, layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
        actions.draw_image(layout, context)


class DRAWTHINGS_PT_image_recipe(_Tab, bpy.types.Panel):
    bl_label = "Recipe"
    bl_space_type = 'IMAGE_EDITOR'
    bl_order = 2

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return images.has_recipe(context.space_data.image)

    def draw(self, context: bpy.types.Context) -> None:
        recipe.draw(self.layout, context, context.space_data.image)


class DRAWTHINGS_PT_shader(_Head, bpy.types.Panel):
    bl_space_type = 'NODE_EDITOR'
    first_action = "Texture"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return context.space_data.tree_type == 'ShaderNodeTree'

    def draw_actions(self, layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
        actions.draw_shader(layout, context)


class _Folded(_Tab):
    bl_options = {'DEFAULT_CLOSED'}


class _History(_Folded):
    bl_label = "History"
    bl_order = 9

    def draw(self, context: bpy.types.Context) -> None:
        history.draw(self.layout, context)


class _Settings(_Folded):
    bl_label = "Settings"
    bl_order = 10

    def draw(self, context: bpy.types.Context) -> None:
        folded.draw_settings(self.layout, context)


class _ForSome(_Folded):
    """Shown where a request may hold what it sets, and the server offers `needs`; also while what is set
    would go to a server that does not say so, or may be one."""

    setting: Setting
    needs: Feature | None = None

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return cls.may_be_set(context)

    @classmethod
    def may_be_set(cls, context: bpy.types.Context) -> bool:
        """The same, also where a panel shows more than that."""
        if connection.takes(cls.setting) and (cls.needs is None or connection.offers(cls.needs)):
            return True
        return connection.may_take(cls.setting) and force.has(context.scene, cls.setting)


class _Sampling(_Folded):
    bl_label = "Sampling"
    bl_order = 11

    def draw(self, context: bpy.types.Context) -> None:
        folded.draw_sampling(self.layout, context)


class _Loras(_Folded):
    bl_label = "LoRAs"
    bl_order = 12

    def draw(self, context: bpy.types.Context) -> None:
        folded.draw_loras(self.layout, context.scene.drawthings)


class _Controls(_ForSome):
    bl_label = "Controls"
    bl_order = 13
    setting = "controls"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return folded.has_maps() or cls.may_be_set(context)

    def draw(self, context: bpy.types.Context) -> None:
        folded.draw_controls(self.layout, context, listed=self.may_be_set(context))


class _Hires(_ForSome):
    bl_label = "Hires Fix"
    bl_order = 14
    setting = "hires"

    def draw_header(self, context: bpy.types.Context) -> None:
        self.layout.prop(context.scene.drawthings.hires, "use", text="")

    def draw(self, context: bpy.types.Context) -> None:
        folded.draw_hires(self.layout, context.scene.drawthings)


class _Inpaint(_Folded):
    bl_label = "Only Here"
    bl_order = 1

    def draw_header(self, context: bpy.types.Context) -> None:
        self.layout.prop(context.scene.drawthings.inpaint, "use", text="")

    def draw(self, context: bpy.types.Context) -> None:
        inpaint.draw(self.layout, context)


class _ServerMask(_Folded):
    bl_label = "Mask of the Server"
    bl_order = 0

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        return connection.takes("mask")

    def draw(self, context: bpy.types.Context) -> None:
        inpaint.draw_server_mask(self.layout, context)


class _Styles(_ForSome):
    bl_label = "Prompt Styles"
    bl_order = 16
    setting = "styles"
    needs = Feature.STYLES

    def draw(self, context: bpy.types.Context) -> None:
        folded.draw_styles(self.layout, context.scene.drawthings)


class _Script(_ForSome):
    bl_label = "Script"
    bl_order = 17
    setting = "script"
    needs = Feature.SCRIPTS

    def draw(self, context: bpy.types.Context) -> None:
        folded.draw_script(self.layout, context.scene.drawthings)


class _ServerOptions(_ForSome):
    bl_label = "Server Options"
    bl_order = 18
    setting = "server_options"

    def draw(self, context: bpy.types.Context) -> None:
        folded.draw_server_options(self.layout, context.scene.drawthings)


class _Advanced(_ForSome):
    bl_label = "Advanced"
    bl_order = 19
    setting = "advanced"

    def draw(self, context: bpy.types.Context) -> None:
        folded.draw_advanced(self.layout, context)


class _Server(_Folded):
    bl_label = "Server"
    bl_order = 40

    def draw(self, context: bpy.types.Context) -> None:
        server.draw_server(self.layout, context)


_INSIDE_SETTINGS = {
    "more": _Sampling,
    "loras": _Loras,
    "controls": _Controls,
    "hires": _Hires,
    "styles": _Styles,
    "script": _Script,
    "server_options": _ServerOptions,
    "advanced": _Advanced,
}
_BESIDE_SETTINGS = {"inpaint": _Inpaint, "history": _History, "server": _Server}
_EDITORS = {"view3d": 'VIEW_3D', "image": 'IMAGE_EDITOR', "shader": 'NODE_EDITOR'}


def _folded_panels() -> list[type[bpy.types.Panel]]:
    """The folded panels, once for each editor: Blender ties a panel to one."""
    made = []
    for editor, space in _EDITORS.items():
        head = f"DRAWTHINGS_PT_{editor}"
        settings_name = f"{head}_settings"
        made.append(_panel(settings_name, _Settings, space))
        made += [
            _panel(f"{head}_{name}", mixin, space, settings_name) for name, mixin in _INSIDE_SETTINGS.items()
        ]
        made += [_panel(f"{head}_{name}", mixin, space) for name, mixin in _BESIDE_SETTINGS.items()]
        made.append(_panel(f"{head}_server_mask", _ServerMask, space, f"{head}_inpaint"))
    return made


def _panel(name: str, mixin: type, space: str, parent: str = "") -> type[bpy.types.Panel]:
    body = {"bl_space_type": space}
    if parent:
        body["bl_parent_id"] = parent
    elif space == 'NODE_EDITOR':
        # The compositor's and geometry nodes' editors are of the same type. Panels inside follow theirs.
        body["poll"] = DRAWTHINGS_PT_shader.__dict__["poll"]
    return type(name, (mixin, bpy.types.Panel), body)


register, unregister = bpy.utils.register_classes_factory(
    (
        DRAWTHINGS_PT_view3d,
        DRAWTHINGS_PT_image,
        DRAWTHINGS_PT_image_recipe,
        DRAWTHINGS_PT_shader,
        *_folded_panels(),
    )
)
