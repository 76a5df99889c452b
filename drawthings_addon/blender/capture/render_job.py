# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fresh render without a frozen window."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import bpy

from ...errors import OrderCancelled, SourceUnavailable
from .. import breaking, compat, reports
from . import unavailable

#: Objects of a scene without a camera that a panel looks at; of more nobody tells.
_LOOKED_AT = 1000
#: The session_uids of the scenes whose render is awaited, each with what is called then.
_waiting: list[tuple[int, Callable[[bool], None]]] = []


def render_scene(scene: bpy.types.Scene) -> None:
    """Render the scene's frame and wait for it: for background mode. Raises SourceUnavailable, and what
    `render_at_once` raises."""
    try:
        render_at_once(scene)
    except RuntimeError as error:
        raise _could_not_render(scene, error) from error


def render_at_once(scene: bpy.types.Scene, *, write_still: bool = False, animation: bool = False) -> None:
    """Blender's operator, which ends with the render. Raises RuntimeError, in background OrderCancelled at
    Ctrl+C, after which a render is not whole."""
    if not bpy.app.background:
        bpy.ops.render.render(animation=animation, write_still=write_still, scene=scene.name)
        return
    with breaking.heeded(by_blender=True) as pressed:
        result = bpy.ops.render.render(animation=animation, write_still=write_still, scene=scene.name)
    if pressed.is_wanted or 'CANCELLED' in result:
        raise OrderCancelled("The render was cancelled.")


def require_renderable(scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer) -> None:
    """Raises SourceUnavailable where `start_render` would, as far as memory tells. For panels, too."""
    require_idle()
    if scene.camera is not None or _may_need_no_camera(scene):
        return
    # With a window Blender takes the first camera that it finds (4.3 and 5.2).
    first = list(itertools.islice(view_layer.objects, _LOOKED_AT))
    if len(first) < _LOOKED_AT and all(each.type != 'CAMERA' for each in first):
        raise SourceUnavailable(unavailable.NO_CAMERA, unavailable.ADD_CAMERA)


def require_idle() -> None:
    """Raises SourceUnavailable while Blender renders, or is about to for us: meanwhile it takes no other
    render, and its Render Result holds no picture that can be written. For panels, too."""
    if is_waiting() or bpy.app.is_job_running('RENDER'):
        raise SourceUnavailable(unavailable.RENDERING, unavailable.WAIT)


def _may_need_no_camera(scene: bpy.types.Scene) -> bool:
    """Whether the picture may come of strips or of a compositor, whose own scenes have cameras."""
    render = scene.render
    return (render.use_sequencer and compat.has_strips(scene)) or (
        render.use_compositing and compat.composites(scene)
    )


def start_render(scene: bpy.types.Scene, on_end: Callable[[bool], None]) -> None:
    """Start Blender's own render job, and call `on_end(finished)` when this scene's render is over.

    The artist's render display is left as it is set. Raises SourceUnavailable when a render runs already.
    """
    if bpy.app.is_job_running('RENDER'):
        raise SourceUnavailable(unavailable.RENDERING, unavailable.WAIT)
    _connect()
    _waiting.append((scene.session_uid, on_end))
    try:
        result = _invoke(scene)
    except RuntimeError as error:
        # Else the artist's next render would be taken for this one.
        forget()
        raise _could_not_render(scene, error) from error
    if 'CANCELLED' in result:
        forget()
        raise SourceUnavailable(unavailable.NOT_STARTED, unavailable.RENDER_BY_HAND)


def is_waiting() -> bool:
    """A render that we started has not ended."""
    return bool(_waiting)


def forget() -> None:
    """Wait for no render any more."""
    _waiting.clear()
    for handlers, handler in _handlers():
        if handler in handlers:
            handlers.remove(handler)


def _could_not_render(scene: bpy.types.Scene, error: RuntimeError) -> SourceUnavailable:
    why = reports.words(error).rstrip(".")
    # Asked only now: what a sequencer or a compositor makes needs no camera.
    if reports.says(error, "Cannot render, no camera") or _names_alone(error, scene):
        return SourceUnavailable(unavailable.NO_CAMERA, unavailable.ADD_CAMERA)
    # Of a scene that a strip or a node of this one shows.
    if reports.says(error, 'No camera found in scene "%s"'):
        return SourceUnavailable("{why}.", "Add one there (Add → Camera), then press again.", why=why)
    return SourceUnavailable("Blender could not render: {why}.", unavailable.RENDER_BY_HAND, why=why)


def _names_alone(error: RuntimeError, scene: bpy.types.Scene) -> bool:
    """Whether Blender's report is that this very scene lacks a camera, as it says with a window."""
    message = 'No camera found in scene "%s"'
    translated = bpy.app.translations.pgettext_rpt(message)
    return reports.words(error) in {each.replace("%s", scene.name) for each in (message, translated)}


def _invoke(scene: bpy.types.Scene) -> set[str]:
    return set(bpy.ops.render.render('INVOKE_DEFAULT', scene=scene.name))


def _connect() -> None:
    for handlers, handler in _handlers():
        if handler not in handlers:
            handlers.append(handler)


def _handlers() -> list[tuple[list[Callable[..., None]], Callable[..., None]]]:
    return [(bpy.app.handlers.render_complete, _complete), (bpy.app.handlers.render_cancel, _cancelled)]


def _complete(scene: bpy.types.Scene, *_unused: object) -> None:
    _ended(scene, finished=True)


def _cancelled(scene: bpy.types.Scene, *_unused: object) -> None:
    _ended(scene, finished=False)


def _ended(scene: bpy.types.Scene, *, finished: bool) -> None:
    # Handlers run inside Blender's job system: the result is fetched by the pump, a moment later.
    uid = scene.session_uid
    calls = [call for awaited, call in _waiting if awaited == uid]
    others = [(awaited, call) for awaited, call in _waiting if awaited != uid]
    if others:
        _waiting[:] = others
    else:
        forget()
    for call in calls:
        call(finished)
