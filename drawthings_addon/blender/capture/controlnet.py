# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""ControlNet from the scene: which maps guide a picture, and rendering them before its job goes off.

Where the server takes maps they are rendered from the scene itself. Where it derives them by itself the same
switches name controls whose hint comes of the picture that is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence

import bpy

from ...client.dialect import MapKind
from ...client.features import Feature
from ...client.request import Control, GenerationRequest
from ...errors import InvalidSettings
from ...jobs.source import Source, SourceName
from .. import connection
from ..actions import server_control
from ..choices import offered
from . import control_maps

KINDS: tuple[MapKind, ...] = ("depth", "normal", "line")
#: What the names of fitting models hold, the best first.
_WORDS: dict[MapKind, tuple[str, ...]] = {
    "depth": ("depth",),
    "normal": ("normal",),
    "line": ("lineart", "line", "softedge", "canny", "scribble"),
}


def with_controls(
    scene: bpy.types.Scene, request: GenerationRequest, kinds: Sequence[MapKind]
) -> GenerationRequest:
    """The request with these maps, at least one; those that bring a picture still without it.

    In background a server that nobody has asked yet is asked. Raises InvalidSettings when no model fits a
    map or the server is not known, ServerError when it does not answer.
    """
    if connection.known() is None and bpy.app.background:
        server_control.check()
    return with_known_controls(scene, request, kinds)


def with_known_controls(
    scene: bpy.types.Scene, request: GenerationRequest, kinds: Sequence[MapKind]
) -> GenerationRequest:
    """The same, and asks nobody. Raises InvalidSettings. For panels, too."""
    if connection.known() is None:
        raise InvalidSettings(
            "The server was not asked yet whether maps of the scene can guide a picture.",
            "Press Test Connection, then try again.",
        )
    derived = connection.dialect().derived_maps
    if not derived:
        if not connection.offers(Feature.CONTROL_MAPS):
            # What does not fit is said on the panel, and the rest is sent.
            return request
        _depth_range(scene)
        return request.changed(controls=request.controls + tuple(_unit(scene, kind) for kind in kinds))
    if request.operation != "img2img":
        return request
    controls = tuple(_control(scene, kind) for kind in kinds if kind in derived)
    return request.changed(controls=request.controls + controls)


def render_maps(
    scene: bpy.types.Scene,
    request: GenerationRequest,
    size: tuple[int, int],
    viewpoint: control_maps.Viewpoint | None,
) -> Generator[None, None, tuple[Source | None, ...]]:
    """Step by step, the pictures of the request's control units. Raises SourceUnavailable."""
    kinds = control_maps.ALL_KINDS & {unit.source for unit in request.map_controls}
    made = yield from control_maps.capture_steps(scene, size, kinds, _depth_range(scene), viewpoint=viewpoint)
    return tuple(
        Source(
            SourceName("MAP", unit.source.lower()),
            pixels=getattr(made, unit.source.lower()),
            keep_alpha=False,
        )
        for unit in request.map_controls
    )


def task(steps: Generator[None, None, None]) -> Callable[[], bool]:
    """A task for `Session.attend` that goes through `steps`."""

    def step() -> bool:
        try:
            next(steps)
        except StopIteration:
            return False
        return True

    return step


def _unit(scene: bpy.types.Scene, kind: MapKind) -> Control:
    control = getattr(scene.drawthings.scene_controls, kind)
    return Control(
        model=control.model.strip() or _fitting_model(kind),
        weight=control.weight,
        guidance_start=control.guidance_start,
        guidance_end=control.guidance_end,
        source=kind.upper(),
    )


def _fitting_model(kind: MapKind) -> str:
    names = [choice.value for choice in offered.catalogue.control_models]
    for word in _WORDS[kind]:
        for name in names:
            if word in name.casefold():
                return name
    raise InvalidSettings(
        "The server has no ControlNet model for a {kind} map.",
        "Choose one under Settings → Controls, or switch the map off.",
        kind=kind,
    )


def _control(scene: bpy.types.Scene, kind: MapKind) -> Control:
    control = getattr(scene.drawthings.scene_controls, kind)
    file = control.model.strip()
    if not file:
        raise InvalidSettings(
            "{program} needs the name of a control file for {kind}.",
            "Choose one that is downloaded in the app under Settings → Controls.",
            program=connection.dialect().label,
            kind=kind,
        )
    return Control(
        file,
        weight=control.weight,
        guidance_start=control.guidance_start,
        guidance_end=control.guidance_end,
    )


def _depth_range(scene: bpy.types.Scene) -> control_maps.DepthRange | None:
    controls = scene.drawthings.scene_controls
    if not (controls.use_depth_range and controls.depth.use):
        return None
    if controls.depth_far <= controls.depth_near:
        raise InvalidSettings("Far is not beyond Near.", "Correct the depth range under Settings → Controls.")
    return control_maps.DepthRange(controls.depth_near, controls.depth_far)
