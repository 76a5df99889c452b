# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What painting a mask changes of the artist's tools and editors, as it was, to be put back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import bpy

from .. import compat, painted, windows
from ..delivery import succession
from ..delivery.target import Reference

_WHITE, _BLACK = (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)
#: Of an image's user, what a change of the image sets anew.
_USER = ("frame_duration", "frame_start", "frame_offset", "use_cyclic", "use_auto_refresh")


@dataclass(frozen=True)
class Tools:
    """Brush colours, strength and canvas of one scene."""

    scene: Reference
    mode: str
    canvas: Reference | None
    use_unified_color: bool
    color: tuple[float, ...]
    secondary_color: tuple[float, ...]
    strength: float
    brush: int
    """The brush's `session_uid`; 0: there is none."""
    brush_strength: float
    brush_blend: str

    @classmethod
    def of(cls, scene: bpy.types.Scene) -> Tools:
        paint, unified = scene.tool_settings.image_paint, compat.unified_paint(scene)
        brush = paint.brush
        return cls(
            Reference.to(scene),
            paint.mode,
            Reference.to_any(paint.canvas),
            unified.use_unified_color,
            tuple(unified.color),
            tuple(unified.secondary_color),
            unified.strength,
            brush.session_uid if brush is not None else 0,
            brush.strength if brush is not None else 1.0,
            brush.blend if brush is not None else 'MIX',
        )

    @staticmethod
    def set(scene: bpy.types.Scene, canvas: bpy.types.Image | None) -> None:
        """White adds, black takes away, in full; on the mesh into the canvas."""
        paint, unified = scene.tool_settings.image_paint, compat.unified_paint(scene)
        unified.use_unified_color = True
        unified.color, unified.secondary_color = _WHITE, _BLACK
        unified.strength = 1.0
        if paint.brush is not None:
            _set_brush(paint.brush, 1.0, 'MIX')
        if canvas is not None:
            paint.mode = 'IMAGE'
            paint.canvas = canvas

    def put_back(self) -> None:
        scene = self.scene.resolve()
        if not isinstance(scene, bpy.types.Scene):
            return
        paint, unified = scene.tool_settings.image_paint, compat.unified_paint(scene)
        unified.color, unified.secondary_color = self.color, self.secondary_color
        unified.use_unified_color = self.use_unified_color
        unified.strength = self.strength
        brush = next((each for each in bpy.data.brushes if each.session_uid == self.brush), None)
        if brush is not None:
            _set_brush(brush, self.brush_strength, self.brush_blend)
        if paint.mode != self.mode:
            paint.mode = self.mode
        canvas = self.canvas.resolve() if self.canvas is not None else None
        if paint.canvas != canvas:
            paint.canvas = canvas


def _set_brush(brush: bpy.types.Brush, strength: float, blend: str) -> None:
    """What is set is marked as changed (4.3 to 5.2), whether it differs or not."""
    if brush.strength != strength:
        brush.strength = strength
    if brush.blend != blend:
        brush.blend = blend


@dataclass(frozen=True)
class Editor:
    """An Image Editor, seen or behind another editor."""

    space: int
    image: Reference | None
    mode: str
    user: tuple[Any, ...]

    @classmethod
    def of(cls, space: bpy.types.SpaceImageEditor) -> Editor:
        user = tuple(getattr(space.image_user, name) for name in _USER)
        return cls(space.as_pointer(), Reference.to_any(space.image), space.mode, user)

    def shows(self, mask: Reference) -> bool:
        return any(
            each.as_pointer() == self.space and each.image is not None
            and each.image.session_uid == mask.session_uid
            for each in editors()
        )  # fmt: skip

    def put_back(self, mask: Reference | None = None) -> None:
        """With a `mask` the mode as well, and the image only where it shows that: what else it shows was
        chosen since."""
        space = next((each for each in editors() if each.as_pointer() == self.space), None)
        if space is None:
            return
        if mask is not None and space.mode == 'PAINT' != self.mode:
            space.mode = self.mode
        if mask is not None and space.image is not None and space.image.session_uid != mask.session_uid:
            return
        image = self.image.resolve() if self.image is not None else None
        if isinstance(image, bpy.types.Image):
            image = succession.present(image) or image
        if space.image != image:
            space.image = image
            for name, value in zip(_USER, self.user, strict=True):
                setattr(space.image_user, name, value)


def editors() -> Iterator[bpy.types.SpaceImageEditor]:
    """Of all screens, whether they are seen or not."""
    for screen in bpy.data.screens:
        for area in screen.areas:
            yield from (space for space in area.spaces if space.type == 'IMAGE_EDITOR')


@contextlib.contextmanager
def shown_images() -> Iterator[None]:
    """Blender shows a canvas in all Image Editors when it is set (4.2 to 5.2): they show what they did."""
    found = [Editor.of(space) for space in editors()]
    try:
        yield
    finally:
        for each in found:
            each.put_back()


@dataclass(frozen=True)
class Mode:
    """The mode of an object."""

    owner: Reference
    mode: str

    @classmethod
    def of(cls, owner: bpy.types.Object) -> Mode:
        return cls(Reference.to(owner), owner.mode)

    def put_back(self) -> None:
        """Where it is still in Texture Paint; an artist who has left that has chosen another."""
        owner = self.owner.resolve()
        if isinstance(owner, bpy.types.Object) and owner.mode == 'TEXTURE_PAINT' != self.mode:
            set_mode(owner, self.mode)


def set_mode(owner: bpy.types.Object, mode: str) -> None:
    """Raises RuntimeError where Blender refuses."""
    window = next(
        (each for each in windows.manager().windows if each.view_layer.objects.active == owner),
        windows.first(),
    )
    with bpy.context.temp_override(window=window, object=owner, active_object=owner):
        bpy.ops.object.mode_set(mode=mode)


def lend_brush(of: Reference, editor: int) -> int:
    """A brush where Blender has none: from 4.3 on they come from files that some systems' packages leave out
    (Debian 13). For the Image Editor whose pointer it is, or for a 3D View. The brush's `session_uid`; 0:
    none was needed, or none can be had."""
    scene = of.resolve()
    if not isinstance(scene, bpy.types.Scene) or scene.tool_settings.image_paint.brush is not None:
        return 0
    for window in windows.manager().windows:
        for area in window.screen.areas:
            is_it = area.spaces.active.as_pointer() == editor if editor else area.type == 'VIEW_3D'
            if not is_it or window.scene != scene or bpy.app.version < (4, 3, 0):
                continue
            brush = bpy.data.brushes.new("Mask", mode='TEXTURE_PAINT')
            brush.asset_mark()
            region = next(each for each in area.regions if each.type == 'WINDOW')
            with (
                bpy.context.temp_override(window=window, area=area, region=region),
                contextlib.suppress(RuntimeError),
            ):
                bpy.ops.brush.asset_activate(
                    asset_library_type='LOCAL', relative_asset_identifier=f"Brush/{brush.name}"
                )
            return int(brush.session_uid)
    return 0


@dataclass(frozen=True)
class Kept:
    """All of it."""

    tools: Tools
    editor: Editor | None = None
    mode: Mode | None = None
    lent: int = 0
    """A brush that is there for the painting alone, by its `session_uid`."""
    shading: tuple[int, str] | None = None
    """A 3D View, as a pointer, and how it was shaded."""
    others: tuple[Editor, ...] = ()
    """The Image Editors, while a mesh is painted on: Blender shows the canvas in all of them whenever
    Texture Paint is entered."""

    def put_back_tools(self) -> None:
        """Those of the scene alone."""
        with shown_images():
            self.tools.put_back()

    def put_back(self, mask: Reference, *, with_mode: bool = True) -> None:
        """What shows the `mask` shows what it did. `with_mode`: the object's, which a file that is left takes
        with it."""
        if self.mode is not None and with_mode:
            self.mode.put_back()
        self.put_back_tools()
        if self.editor is not None:
            self.editor.put_back(mask)
        for each in self.others:
            if each.shows(mask):
                each.put_back()
        lent = next((each for each in bpy.data.brushes if each.session_uid == self.lent), None)
        if lent is not None:
            bpy.data.brushes.remove(lent)
        if self.shading is not None:
            pointer, kind = self.shading
            for space in views():
                if space.as_pointer() == pointer and space.shading.type == 'SOLID':
                    space.shading.type = kind


def views() -> Iterator[bpy.types.SpaceView3D]:
    """The 3D Views that are open."""
    return (area.spaces.active for area in windows.areas() if area.type == 'VIEW_3D')


def is_editor_painting(painting: painted.Painting) -> bool:
    """Whether the editor is still seen, in Paint mode, and shows the mask."""
    if not painting.space:
        return True
    seen = (area.spaces.active for area in windows.areas() if area.type == 'IMAGE_EDITOR')
    space = next((each for each in seen if each.as_pointer() == painting.space), None)
    if space is None or space.image is None or space.mode != 'PAINT':
        return False
    return bool(space.image.session_uid == painting.mask.session_uid)
