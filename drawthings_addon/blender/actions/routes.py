# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each button would send, where its picture would go, and why it cannot be pressed.

Panels show it at every redraw, so all of it is memory only. What stands in the way is found by the functions
that a press calls and that raise it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import bpy

from ...errors import BridgeError, SourceUnavailable
from ...messages import Message
from .. import capture, node_reading, subject
from ..capture import last_render, looks, masks, render_job, renders, source_size, views
from ..capture.views import View
from ..delivery import preflight
from ..delivery.preflight import Overview
from ..delivery.target import TargetKind
from ..selection import Selection, no_image
from . import from_panel

#: The same words at length and in brief, the longest first: the panel takes those that fit.
Wordings = tuple[str, ...]

_NEW_IMAGE: Wordings = ("New Image", "Image")


@dataclass(frozen=True)
class Route:
    """From what is sent to where its picture goes."""

    source: Wordings = ()
    """Empty: the prompt alone is sent."""
    destination: Wordings = ()
    obstacle: BridgeError | None = None
    """Why the button is grey."""
    is_empty: bool = False
    """There is nothing to send yet, which is no mistake of anybody's."""

    @property
    def reason(self) -> str:
        """The obstacle in words, for a tooltip; empty: there is none."""
        return str(self.obstacle) if self.obstacle is not None else ""

    def stopped_by(self, obstacle: BridgeError | None) -> Route:
        """The same, with an obstacle that lies in no place, where there is none in one."""
        return replace(self, obstacle=obstacle) if self.obstacle is None and obstacle is not None else self

    @property
    def wordings(self) -> Wordings:
        """The whole way: “View, 1262 × 866 → New Image”."""
        if not (self.source and self.destination):
            return self.source or self.destination
        ways = [
            f"{source} → {destination}"
            for source in self.source
            for destination in (self.destination[0], self.destination[-1])
        ]
        # Each once, and what is sent at length rather than where it goes.
        return tuple(dict.fromkeys(ways))


def texture(selection: Selection, found: Overview, target: TargetKind) -> Route:
    """A picture from the prompt."""
    if target != 'MATERIAL':
        return Route((), (_of_size("New Image", _chosen_size(selection.scene)), "New Image"))
    if not found.places:
        return Route((), ("New Image: no object is active", "New Image"))
    return Route((), _places(found), _stopped(found))


def view(selection: Selection, found: Overview, target: TargetKind) -> Route:
    """The 3D View."""
    scene = selection.scene
    is_camera = scene.drawthings.view_from == 'CAMERA'
    seen = capture.find_view(selection)
    if seen is None:
        return Route(("View",), _destination(found, target), _error(capture.require_view, selection))
    obstacle = (
        _error(views.require_drawable, seen, camera=is_camera)
        or _mask_missing(selection, of_image=False)
        or _reached(found, target)
    )
    size = _sent(scene, source_size.of(selection, 'VIEWPORT'))
    camera = scene.camera if is_camera else views.looks_through(seen)
    return Route(_view_words(seen, camera, size), _destination(found, target), obstacle)


def _view_words(seen: View, camera: bpy.types.Object | None, size: tuple[int, int]) -> Wordings:
    if camera is None:
        return _of_size("View", size), "View"
    through = Message("View through {camera}", camera=camera.name)
    return _of_size(through, size), _of_size("Camera", size), "Camera"


def render(selection: Selection, found: Overview, target: TargetKind) -> Route:
    """The last render, or a fresh one."""
    scene = selection.scene
    which = scene.drawthings.render_source
    last = last_render.of(scene) if which != 'FRESH' else None
    destination = _destination(found, target)
    if last is not None:
        size = _sent(scene, last.size)
        obstacle = (
            _error(render_job.require_idle)
            or _mask_missing(selection, of_image=False)
            or _reached(found, target)
        )
        return Route(_render_words(last, size), destination, obstacle)
    if which == 'LAST':
        error = renders.nothing_rendered()
        return Route(("Nothing was rendered yet",), (), error, is_empty=True)
    size = _sent(scene, source_size.of(selection, 'RENDER'))
    obstacle = (
        _error(render_job.require_renderable, scene, selection.view_layer)
        or _mask_missing(selection, of_image=False)
        or _reached(found, target)
    )
    return Route((_of_size("Render now", size), "Render now"), destination, obstacle)


def _render_words(last: last_render.LastRender, size: tuple[int, int]) -> Wordings:
    if last.ended is None:
        return _of_size("Last render", size), "Last render"
    at = time.strftime("%H:%M", time.localtime(last.ended))
    return (
        _of_size(Message("Last render, {time}", time=at), size),
        _of_size(Message("Render {time}", time=at), size),
        _of_size(Message("Last {time}", time=at), size),
        Message("Render {time}", time=at),
    )


def image(selection: Selection, found: Overview, target: TargetKind) -> Route:
    """The image that the Image Editor shows."""
    shown = selection.edited_image
    if shown is None:
        return Route(("No image is open here",), (), no_image(), is_empty=True)
    obstacle = _error(capture.require_pixels, shown)
    if obstacle is None and target == 'REPLACE':
        obstacle = _error(capture.editable_image, shown)
    obstacle = obstacle or _mask_missing(selection, of_image=True)
    return Route(
        _image_words(selection.scene, shown),
        _destination(found, target),
        obstacle or _reached(found, target),
    )


@node_reading.glance()
def textures(selection: Selection, found: Overview, target: TargetKind) -> Route:
    """The texture that is there."""
    try:
        sent = subject.restyled(selection, [each.owner for each in found.places if each.owner is not None])
    except SourceUnavailable as error:
        if node_reading.is_cut():
            # A press reads all of the tree.
            return Route(("Texture",), _destination(found, target))
        return Route(("No texture yet",), (), error, is_empty=True)
    for each in sent:
        obstacle = _error(_require_texture, each, target)
        if obstacle is not None:
            break
    obstacle = obstacle or _mask_missing(selection, of_image=True)
    destination = _destination(found, target)
    if target == 'MATERIAL' and isinstance(sent[0], subject.TextureNode):
        destination = ("In Its Node",)
    elif target == 'MATERIAL':
        obstacle = obstacle or _stopped(found)
    if len(sent) > 1:
        count: str = Message("{count} textures", count=len(sent))
        if found.is_cut or len(found.places) < found.place_count:
            count = Message("More than {count} textures", count=len(sent))
        return Route((count,), destination, obstacle)
    return Route(_image_words(selection.scene, sent[0].image), destination, obstacle)


def _require_texture(texture: subject.Texture, target: TargetKind) -> None:
    assert texture.image is not None
    capture.require_pixels(texture.image, looks.of_texture(texture))
    preflight.require_texture_takes_result(texture, target)


@dataclass(frozen=True)
class SettingsErrors:
    """What of the panel's settings no server would take, by what is pressed."""

    new: BridgeError | None
    """A picture of the prompt alone."""
    guided: BridgeError | None
    """A view or a render."""
    picture: BridgeError | None
    """An image, which no map of the scene guides."""

    @classmethod
    def of(cls, scene: bpy.types.Scene) -> SettingsErrors:
        """The settings are read once, and what is sent the same way is checked once."""
        outlined = from_panel.Outlined(scene)
        return cls(
            _error(outlined.require, "txt2img"),
            _error(outlined.require, "img2img"),
            _error(outlined.require, "img2img", is_guided=False),
        )


def _image_words(scene: bpy.types.Scene, shown: bpy.types.Image) -> Wordings:
    name = shown.name
    if shown.source == 'TILED' and shown.tiles.active is not None:
        name = Message("{image}, tile {tile}", image=name, tile=shown.tiles.active.number)
    size = source_size.of_loaded(shown)
    # Of a part of it the whole keeps its size.
    return _of_size(name, size if scene.drawthings.inpaint.use else _sent(scene, size)), name


def _mask_missing(selection: Selection, *, of_image: bool) -> BridgeError | None:
    """What Only Here lacks."""
    return masks.why_not(masks.OnlyHere.of(selection.scene, selection.active), of_image=of_image)


def _destination(found: Overview, target: TargetKind) -> Wordings:
    if target == 'REPLACE':
        return ("Replaced",)
    if target == 'IMAGE' or not found.places:
        return _NEW_IMAGE
    return _places(found)


def _places(found: Overview) -> Wordings:
    """Of several objects how many."""
    if found.place_count == 1:
        return found.places[0].wordings
    count: str = Message("{count} objects", count=found.place_count)
    if found.is_cut:
        count = Message("More than {count} objects", count=found.place_count)
    return f"{count} · {found.places[0].socket}", count


def _reached(found: Overview, target: TargetKind) -> BridgeError | None:
    return _stopped(found) if target == 'MATERIAL' else None


def _stopped(found: Overview) -> BridgeError | None:
    return found.stopped.obstacle if found.stopped is not None else None


def _chosen_size(scene: bpy.types.Scene) -> tuple[int, int]:
    chosen = scene.drawthings
    return chosen.width // 64 * 64, chosen.height // 64 * 64


def _sent(scene: bpy.types.Scene, size: tuple[int, int]) -> tuple[int, int]:
    """A source of this size is sent at this one."""
    return size if scene.drawthings.use_source_size else _chosen_size(scene)


def _of_size(what: str, size: tuple[int, int]) -> str:
    return f"{what}, {size[0]} × {size[1]}" if all(size) else what


def _error(require: Callable[..., Any], *arguments: Any, **options: Any) -> BridgeError | None:
    """What it raises."""
    try:
        require(*arguments, **options)
    except BridgeError as error:
        return error
    return None
