# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a press to the first stroke on a mask, and back: also where the artist leaves by another way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
from bpy.app.handlers import persistent

from ...errors import SourceUnavailable
from .. import handlers, mask_image, painted, windows
from ..delivery.target import Reference
from ..painted import Painting
from . import kept, mesh_veil, overlay
from .kept import Kept

#: Seconds between two looks at whether the artist still paints.
_LOOK = 0.2


@dataclass(frozen=True)
class _Begun:
    painting: Painting
    before: Kept


_begun: _Begun | None = None
#: The one that ended last: undo may bring the artist back into the midst of it.
_ended: _Begun | None = None


def in_editor(scene: bpy.types.Scene, picture: bpy.types.Image, space: bpy.types.Space | None) -> None:
    """Paint the scene's mask over a picture in an Image Editor; None: in background, where a script paints.
    Raises SourceUnavailable, TargetUnavailable."""
    finish()
    mask = _mask(scene, picture)
    editor = kept.Editor.of(space) if space is not None else None
    pointer = space.as_pointer() if space is not None else 0
    if space is not None:
        space.image = mask
        space.mode = 'PAINT'
    # Brushes are there only now.
    before = Kept(kept.Tools.of(scene), editor)
    kept.Tools.set(scene, None)
    _begin(Painting('IMAGE', Reference.to(mask), Reference.to(picture), space=pointer), before)


def on_mesh(
    scene: bpy.types.Scene,
    picture: bpy.types.Image,
    owner: bpy.types.Object,
    space: bpy.types.Space | None,
) -> None:
    """Paint the scene's mask on a mesh. Raises SourceUnavailable, TargetUnavailable."""
    finish()
    require_mesh(owner)
    mask = _mask(scene, picture)
    mode = kept.Mode.of(owner)
    others = tuple(kept.Editor.of(each) for each in kept.editors() if each.image != mask)
    shading = None
    with kept.shown_images():
        if owner.mode != 'TEXTURE_PAINT':
            try:
                kept.set_mode(owner, 'TEXTURE_PAINT')
            except RuntimeError as error:
                raise SourceUnavailable(
                    "“{name}” cannot be painted on here.", "Select a mesh of this file.", name=owner.name
                ) from error
        tools = kept.Tools.of(scene)
        kept.Tools.set(scene, mask)
    if picture.source == 'TILED' and space is not None and space.shading.type not in {'SOLID', 'WIREFRAME'}:
        # Blender's own drawing of the canvas, which Solid alone has, is all that shows each tile's mask.
        shading = space.as_pointer(), space.shading.type
        space.shading.type = 'SOLID'
    _begin(
        Painting('MESH', Reference.to(mask), Reference.to(picture), Reference.to(owner)),
        Kept(tools, mode=mode, shading=shading, others=others),
    )


def require_mesh(owner: bpy.types.Object | None) -> bpy.types.Object:
    """Raises SourceUnavailable where nothing can be painted on it."""
    if owner is None or owner.type != 'MESH':
        raise SourceUnavailable("There is no active mesh to paint on.", "Select one.")
    if owner.data.uv_layers.active is None:
        raise SourceUnavailable(
            "“{name}” has no UV map: nothing tells where a stroke lies in the picture.",
            "Unwrap it first.",
            name=owner.name,
        )
    return owner


def finish() -> None:
    """The mask is painted: put everything back, and have the file hold the mask. Also where nobody paints."""
    global _begun, _ended
    if _begun is None:
        return
    begun, _begun = _begun, None
    _stop()
    _ended = begun
    begun.before.put_back(begun.painting.mask)
    _mark(begun.before, is_painted=False)
    mask = begun.painting.mask.resolve()
    if isinstance(mask, bpy.types.Image):
        mask_image.keep(mask)
        mask_image.measure(mask)
    windows.redraw_sidebars()


def forget() -> None:
    """The same, and undo brings nothing of it back."""
    global _ended
    finish()
    _ended = None
    handlers.remove(_HANDLERS)
    if bpy.app.timers.is_registered(_follow_step):
        bpy.app.timers.unregister(_follow_step)


def is_valid() -> bool:
    """Whether the artist still paints."""
    painting = painted.now()
    if painting is None or not isinstance(painting.mask.resolve(), bpy.types.Image):
        return False
    if painting.seen() is None:
        return False
    if painting.where == 'IMAGE':
        return kept.is_editor_painting(painting)
    owner = painting.owner.resolve() if painting.owner is not None else None
    # Tab leads to Edit Mode, and back.
    if not isinstance(owner, bpy.types.Object) or owner.mode not in {'TEXTURE_PAINT', 'EDIT'}:
        return False
    scene = _begun.before.tools.scene.resolve() if _begun is not None else None
    if not isinstance(scene, bpy.types.Scene):
        return False
    paint = scene.tool_settings.image_paint
    is_canvas = paint.canvas is not None and paint.canvas.session_uid == painting.mask.session_uid
    return bool(paint.mode == 'IMAGE' and is_canvas)


def _mask(scene: bpy.types.Scene, picture: bpy.types.Image) -> bpy.types.Image:
    inpaint = scene.drawthings.inpaint
    if inpaint.mask is not None and inpaint.mask != picture:
        mask_image.require_paintable(inpaint.mask)
    mask = mask_image.ensure(scene, picture)
    inpaint.mask_source = 'PAINT'
    inpaint.use = True
    return mask


def _begin(painting: Painting, before: Kept) -> None:
    global _begun
    _begun = _Begun(painting, before)
    _mark(before, is_painted=True)
    painted.set_now(painting)
    if painting.where == 'IMAGE':
        overlay.show()
    else:
        mesh_veil.show()
    handlers.remove(_HANDLERS)
    handlers.add(_HANDLERS)
    if not bpy.app.background and not bpy.app.timers.is_registered(look):
        bpy.app.timers.register(look, first_interval=_LOOK)
    windows.redraw_sidebars()


def _stop() -> None:
    painted.set_now(None)
    overlay.hide()
    mesh_veil.hide()
    if bpy.app.timers.is_registered(look):
        bpy.app.timers.unregister(look)


def look() -> float | None:
    """Whether the artist still paints: puts everything back where not. For a timer."""
    global _begun
    if _begun is None:
        return None
    if not _begun.before.lent:
        # Not at once: an editor whose tools were not drawn yet crashes (4.3).
        lent = kept.lend_brush(_begun.before.tools.scene, _begun.painting.space)
        _begun = replace(_begun, before=replace(_begun.before, lent=lent))
    if windows.hands_full() or is_valid():
        return _LOOK
    finish()
    return None


@persistent
def _file_goes(*_unused: object) -> None:
    """The next file's editors may be the present ones; its objects are others."""
    global _begun, _ended
    if _begun is not None:
        begun, _begun = _begun, None
        _stop()
        begun.before.put_back(begun.painting.mask, with_mode=False)
    _ended = None
    handlers.remove(_HANDLERS)


@persistent
def _file_is_saved(*_unused: object) -> None:
    """The file has the artist's own tools."""
    if _begun is not None:
        _begun.before.put_back_tools()
        _mark(_begun.before, is_painted=False)


@persistent
def _file_was_saved(*_unused: object) -> None:
    if _begun is None:
        return
    painting, scene = _begun.painting, _begun.before.tools.scene.resolve()
    mask = painting.mask.resolve()
    if isinstance(scene, bpy.types.Scene) and isinstance(mask, bpy.types.Image):
        with kept.shown_images():
            kept.Tools.set(scene, mask if painting.where == 'MESH' else None)
        _mark(_begun.before, is_painted=True)


@persistent
def _step_undone(*_unused: object) -> None:
    """Blender enters modes after its handlers (5.2)."""
    if bpy.app.background:
        _follow_step()
    elif not bpy.app.timers.is_registered(_follow_step):
        bpy.app.timers.register(_follow_step, first_interval=0.0)


def _follow_step() -> None:
    """Undo and redo bring modes back, and tools they leave as they are."""
    global _begun, _ended
    if _begun is not None and not is_valid():
        finish()
    elif _begun is None and _ended is not None and _is_in_the_midst(_ended):
        ended, _ended = _ended, None
        scene, mask = ended.before.tools.scene.resolve(), ended.painting.mask.resolve()
        assert isinstance(scene, bpy.types.Scene) and isinstance(mask, bpy.types.Image)
        with kept.shown_images():
            kept.Tools.set(scene, mask)
        _begin(ended.painting, ended.before)


def _is_in_the_midst(ended: _Begun) -> bool:
    """Whether the file is as it was while a mesh was painted on."""
    scene, mask = ended.before.tools.scene.resolve(), ended.painting.mask.resolve()
    owner = ended.painting.owner.resolve() if ended.painting.owner is not None else None
    return (
        isinstance(scene, bpy.types.Scene)
        and isinstance(mask, bpy.types.Image)
        and isinstance(owner, bpy.types.Object)
        and owner.mode == 'TEXTURE_PAINT'
        and scene.drawthings.inpaint.is_painted
    )


def _mark(before: Kept, *, is_painted: bool) -> None:
    scene = before.tools.scene.resolve()
    if isinstance(scene, bpy.types.Scene) and scene.drawthings.inpaint.is_painted != is_painted:
        scene.drawthings.inpaint.is_painted = is_painted


_HANDLERS: tuple[handlers.Named, ...] = (
    ("load_pre", _file_goes),
    ("save_pre", _file_is_saved),
    ("save_post", _file_was_saved),
    ("undo_post", _step_undone),
    ("redo_post", _step_undone),
)
