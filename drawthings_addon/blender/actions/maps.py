# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The maps of a picture: height, normals and what else a material takes, made here."""

from __future__ import annotations

import dataclasses
import uuid

import bpy

from ...client.features import Feature
from ...client.http.address import THIS_COMPUTER
from ...errors import BridgeError, SourceUnavailable
from ...imaging.maps import MapSettings
from ...jobs.job import Job
from ...jobs.maps import MapsTask, ServerMapsTask
from ...jobs.sources import source_size
from ...messages import Message
from .. import capture, connection, map_settings, paths, settings
from ..capture.picture_sources import ImageSource
from ..delivery import maps as wiring
from ..delivery.target import ImageTarget, Target
from ..selection import Selection
from ..session import session
from . import from_panel, generate


def submit(source: ImageSource, wanted: MapSettings, target: Target, *, packed: bool = True) -> None:
    """Have the maps of an image made, to the target: they become images, take the places of earlier ones, or
    are wired into a material.

    Needs no context, and no server nor network unless one is to estimate depth or normals. With a window it
    returns at once; in background it waits. Raises BridgeError.
    """
    image = source.image
    _require(image, wanted)
    server = settings.server() if wanted.server_maps else THIS_COMPUTER
    directory = paths.output_directory(settings.preferences())
    job_id = uuid.uuid4().hex
    captured = dataclasses.replace(source, keeps_floats=True).capture(paths.snapshot_path(job_id))
    kind = ServerMapsTask if wanted.server_maps else MapsTask
    with generate.discarded_on_error(captured):
        task = kind(captured, wanted, directory, *source_size(captured))
    job = Job(job_id, Message("Maps · {image}", image=image.name), server, task)
    session.get().submit(job, target, packed=packed)


def of_image(
    selection: Selection,
    image: bpy.types.Image,
    target: ImageTarget = 'IMAGE',
    wanted: MapSettings | None = None,
) -> None:
    """The same for an image as the artist looks at it, with the panel's settings unless others are `wanted`:
    into the active material where the panel says so."""
    wanted = wanted or map_settings.of(selection.scene, image)
    place = dataclasses.replace(_place(selection, wanted), replaces_maps=target == 'REPLACE')
    source = from_panel.seen_image(selection, image)
    submit(source, wanted, place, packed=selection.scene.drawthings.use_pack)


def why_not(selection: Selection, image: bpy.types.Image) -> str:
    """Empty, or why no maps of the image can be made so: for panels. Memory only."""
    try:
        wanted = map_settings.of(selection.scene, image)
        _require(image, wanted)
        _place(selection, wanted)
    except BridgeError as error:
        return str(error)
    return ""


def _place(selection: Selection, wanted: MapSettings) -> Target:
    """Raises TargetUnavailable."""
    is_wired = selection.scene.drawthings.maps.use_material
    return wiring.target(selection, wanted) if is_wired else Target(show=False)


def _require(image: bpy.types.Image, wanted: MapSettings) -> None:
    """What memory tells is there. Raises BridgeError."""
    wanted.require_any()
    if image.source == 'TILED':
        raise SourceUnavailable(
            "“{image}” has UDIM tiles, and maps are made of one picture.",
            "Save the tiles, open one of their files as an image of its own, and make its maps.",
            image=image.name,
        )
    capture.require_pixels(image)
    if wanted.server_maps:
        connection.require(Feature.DETECT_MAPS)
