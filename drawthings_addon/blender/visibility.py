# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a 3D View shows the textures of materials, and having it show them."""

from __future__ import annotations

import bpy

from . import windows
from .delivery.result import Result

#: As Blender calls them.
_NAMES = {'WIREFRAME': "Wireframe", 'SOLID': "Solid", 'RENDERED': "Rendered"}
_WORKBENCH = 'BLENDER_WORKBENCH'


def hidden_in(window: bpy.types.Window | None) -> str:
    """The name of the shading in which a texture cannot be seen; empty where a 3D View of the window shows
    it, or where there is none."""
    views = _views(window)
    if not views or any(_shows(space, window) for space in views):
        return ""
    return _NAMES[views[0].shading.type]


def is_drawn(result: Result, window: bpy.types.Window | None) -> bool:
    """Whether the object that a result has become a texture of is in the window's scene and not hidden there;
    of a material that was given no object nobody knows. Cheap enough for `draw`."""
    reference = result.landed.object if result.landed is not None else None
    owner = reference.resolve() if reference is not None else None
    if not isinstance(owner, bpy.types.Object) or window is None:
        return True
    return bool(owner.visible_get(view_layer=window.view_layer))


def show(window: bpy.types.Window | None) -> None:
    """Have the window's largest 3D View show textures: in Material Preview, and where the render engine has
    none in Solid."""
    for space in _views(window)[:1]:
        try:
            space.shading.type = 'MATERIAL'
        except TypeError:
            space.shading.type = 'SOLID'
            space.shading.color_type = 'TEXTURE'


def show_texture(result: Result) -> None:
    """Have a result seen that has just become a texture, where the first window has a 3D View and none of its
    shows it."""
    is_texture = result.landed is not None and result.landed.kind == 'MATERIAL'
    if is_texture and hidden_in(windows.first()) and is_drawn(result, windows.first()):
        show(windows.first())


def _views(window: bpy.types.Window | None) -> list[bpy.types.SpaceView3D]:
    """The largest first."""
    if window is None:
        return []
    areas = [area for area in window.screen.areas if area.type == 'VIEW_3D']
    areas.sort(key=lambda area: area.width * area.height, reverse=True)
    return [area.spaces.active for area in areas]


def _shows(space: bpy.types.SpaceView3D, window: bpy.types.Window) -> bool:
    shading = space.shading
    if shading.type == 'RENDERED' and window.scene.render.engine == _WORKBENCH:
        # It draws as Solid does, with the scene's own choice of colours.
        return window.scene.display.shading.color_type == 'TEXTURE'
    if shading.type in {'MATERIAL', 'RENDERED'}:
        return True
    if shading.type == 'WIREFRAME':
        return False
    active = window.view_layer.objects.active
    # There Blender shows the texture that is painted on.
    is_painted = active is not None and active.mode == 'TEXTURE_PAINT'
    return is_painted or shading.color_type == 'TEXTURE'
