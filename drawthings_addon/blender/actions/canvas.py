# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture's canvas: made to repeat without a seam, or made larger than it is."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace

import bpy

from ...client.http.address import THIS_COMPUTER, Server
from ...client.request import GenerationRequest
from ...errors import BridgeError, InvalidSettings, SourceUnavailable
from ...jobs import windows
from ...jobs.canvas import MAX_SIDE, Borders, Seamless
from ...jobs.job import Job
from ...jobs.outpaint import OutpaintTask
from ...jobs.outpaint import layout_of as outpaint_layout
from ...jobs.seamless import BlendSeamsTask, SeamlessTask
from ...jobs.seamless import layout_of as seamless_layout
from ...jobs.sources import source_size
from ...jobs.task import Task
from ...jobs.windows import Layout
from ...messages import Message
from .. import canvas_settings, capture, paths, settings
from ..capture.picture_sources import ImageSource
from ..delivery import images
from ..delivery.target import ImageTarget, Target
from ..selection import Selection
from ..session import session
from . import from_panel, generate

#: What is made of a picture that nobody tells the making of.
_UNKNOWN = GenerationRequest.of(operation="seamless")


def make_seamless(
    selection: Selection,
    image: bpy.types.Image,
    wanted: Seamless | None = None,
    target: ImageTarget = 'IMAGE',
) -> None:
    """Have an image, as the artist looks at it, made to repeat: by this computer, which asks no server, or by
    the server with the panel's prompt. Without `wanted` as the panel says.

    With a window it returns at once; in background it waits. Raises BridgeError.
    """
    scene = selection.scene
    wanted = wanted or canvas_settings.seamless(scene)
    wanted = replace(wanted, work_megapixels=canvas_settings.work_megapixels(scene))
    is_painted = wanted.method == 'SERVER'
    request = _request(scene, scene.drawthings.seamless.strength) if is_painted else _made_with(image)
    submit_seamless(selection, image, request, wanted, _target(selection, image, target))


def submit_seamless(
    selection: Selection,
    image: bpy.types.Image,
    request: GenerationRequest,
    wanted: Seamless,
    target: Target,
) -> None:
    """The same of a whole request, whatever the panel says: the server's, or how the image was made."""
    is_painted = wanted.method == 'SERVER'
    server = settings.server() if is_painted else THIS_COMPUTER
    directory = paths.output_directory(settings.preferences())
    job_id = uuid.uuid4().hex
    captured = _source(selection, image).capture(paths.snapshot_path(job_id))
    with generate.discarded_on_error(captured):
        task: Task = BlendSeamsTask(captured, wanted.axes, directory, request)
        if is_painted:
            size = source_size(captured)
            _require_side(image, size)
            painted = SeamlessTask(
                captured, *size, request, directory, wanted.axes, work_megapixels=wanted.work_megapixels
            )
            _check(painted.request, painted.layout, server)
            task = painted
    _submit(selection, job_id, Message("Seamless · {image}", image=image.name), server, task, image, target)


def outpaint(
    selection: Selection, image: bpy.types.Image, borders: Borders, target: ImageTarget = 'IMAGE'
) -> None:
    """Have the server paint around an image, as the artist looks at it, with the panel's prompt. The image's
    own pixels stay as they are.

    With a window it returns at once; in background it waits. Raises BridgeError.
    """
    scene = selection.scene
    _require_grows(image)
    request = _request(scene, scene.drawthings.outpaint.strength)
    if all(image.size):
        # Told before anything is read.
        borders.size(*image.size)
    submit_larger(selection, image, request, borders, _target(selection, image, target))


def submit_larger(
    selection: Selection,
    image: bpy.types.Image,
    request: GenerationRequest,
    borders: Borders,
    target: Target,
) -> None:
    """The same of a whole request, whatever the panel says."""
    _require_grows(image)
    server = settings.server()
    directory = paths.output_directory(settings.preferences())
    job_id = uuid.uuid4().hex
    captured = _source(selection, image).capture(paths.snapshot_path(job_id))
    with generate.discarded_on_error(captured):
        size = source_size(captured)
        borders.size(*size)
        megapixels = canvas_settings.work_megapixels(selection.scene)
        task = OutpaintTask(captured, *size, request, directory, borders, work_megapixels=megapixels)
        _check(task.request, task.layout, server)
    _submit(selection, job_id, Message("Outpaint · {image}", image=image.name), server, task, image, target)


@dataclass(frozen=True)
class Plan:
    """What a press would do, told before."""

    old: tuple[int, int] = (0, 0)
    """Width and height; 0 where they are not known before the image is loaded."""
    new: tuple[int, int] = (0, 0)
    parts: int = 0
    """Requests to the server."""
    sent: tuple[int, int] = (0, 0)
    """Width and height of each."""
    error: BridgeError | None = None
    """Why it cannot be pressed."""


def outpaint_plan(scene: bpy.types.Scene, image: bpy.types.Image) -> Plan:
    """As far as memory tells: for panels."""
    borders, target = canvas_settings.borders(scene), scene.drawthings.outpaint.target
    try:
        _require(image, target)
        _require_grows(image)
        width, height = old = tuple(image.size)
        new = borders.size(width, height)
    except BridgeError as error:
        return Plan(error=error)
    if not all(old):
        return Plan()
    layout = outpaint_layout(borders, width, height, canvas_settings.work_megapixels(scene))
    return Plan((width, height), new, len(layout.windows), layout.sent(layout.windows[0]))


def seamless_plan(scene: bpy.types.Scene, image: bpy.types.Image) -> Plan:
    """As far as memory tells: for panels."""
    how = canvas_settings.seamless(scene)
    try:
        _require(image, scene.drawthings.seamless.target)
    except BridgeError as error:
        return Plan(error=error)
    width, height = tuple(image.size)
    if how.method == 'BLEND' or not (width and height):
        return Plan((width, height), (width, height))
    try:
        _require_side(image, (width, height))
    except BridgeError as error:
        return Plan(error=error)
    layout = seamless_layout(how, width, height)
    return Plan((width, height), (width, height), len(layout.windows), layout.sent(layout.windows[0]))


def _require(image: bpy.types.Image, target: ImageTarget) -> None:
    capture.require_pixels(image)
    if target == 'REPLACE':
        capture.editable_image(image)


def _require_side(image: bpy.types.Image, size: tuple[int, int]) -> None:
    if max(size) > MAX_SIDE:
        raise InvalidSettings(
            "“{image}” has {width} × {height} pixels, and the server paints over seams of {most} at most.",
            "Choose Blend, which needs no server.",
            image=image.name,
            width=size[0],
            height=size[1],
            most=MAX_SIDE,
        )


def _require_grows(image: bpy.types.Image) -> None:
    if image.source == 'TILED':
        raise SourceUnavailable(
            "“{image}” has UDIM tiles, and a tile cannot grow beyond its place.",
            "Save the tiles, open one of their files as an image of its own, and make that larger.",
            image=image.name,
        )


def _request(scene: bpy.types.Scene, strength: float) -> GenerationRequest:
    return from_panel.panel_request(scene, "img2img").changed(strength=settings.as_shown(strength))


def _made_with(image: bpy.types.Image) -> GenerationRequest:
    """How the picture was made that is laid over itself: its prompt stays with it."""
    known = images.readable_recipe(image)
    return known.request if known is not None and known.is_of_request else _UNKNOWN


def _source(selection: Selection, image: bpy.types.Image) -> ImageSource:
    return replace(from_panel.seen_image(selection, image), keeps_floats=True, keeps_bytes=True)


def _target(selection: Selection, image: bpy.types.Image, target: ImageTarget) -> Target:
    plain = Target(kind=target, show=selection.scene.drawthings.use_show)
    if target == 'IMAGE':
        return plain
    return from_panel.replaced(plain, from_panel.seen_image(selection, image))


def _check(request: GenerationRequest, layout: Layout, server: Server) -> None:
    known = session.get().servers.of(server.url).capabilities
    for width, height in dict.fromkeys(map(layout.sent, layout.windows)):
        generate.check(windows.window_request(request, width, height), known)


def _submit(
    selection: Selection,
    job_id: str,
    title: str,
    server: Server,
    task: Task,
    image: bpy.types.Image,
    target: Target,
) -> None:
    source = task.source
    if target.kind == 'REPLACE' and source is not None and not source.keeps_floats:
        generate.tell_what_is_lost(image)
    session.get().submit(Job(job_id, title, server, task), target, packed=selection.scene.drawthings.use_pack)
