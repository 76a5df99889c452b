# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The maps of a picture: height, normals and what else a material takes, made here."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Literal

import bpy

from ...client.features import Feature
from ...client.http.address import THIS_COMPUTER
from ...errors import SourceUnavailable
from ...imaging.maps import MapSettings
from ...jobs.job import Job
from ...jobs.maps import MapsTask, ServerMapsTask
from ...jobs.sources import source_size
from ...messages import Message
from .. import connection, map_settings, paths, settings
from ..capture.picture_sources import ImageSource
from ..delivery import maps as wiring
from ..delivery.target import Target
from ..selection import Selection
from ..session import session
from . import from_panel

MapsTarget = Literal['IMAGE', 'REPLACE']


def submit(source: ImageSource, wanted: MapSettings, target: Target, *, packed: bool = True) -> None:
    """Have the maps of an image made, to the target: they become images, take the places of earlier ones, or
    are wired into a material.

    Needs no context, and no server nor network unless one is to estimate depth or normals. With a window it
    returns at once; in background it waits. Raises BridgeError.
    """
    wanted.require_any()
    server = THIS_COMPUTER
    if wanted.server_maps:
        connection.require(Feature.DETECT_MAPS)
        server = settings.server()
    image = source.image
    if image.source == 'TILED':
        raise SourceUnavailable(
            "“{image}” has UDIM tiles, and maps are made of one picture.",
            "Save the tiles, open one of their files as an image of its own, and make its maps.",
            image=image.name,
        )
    job_id = uuid.uuid4().hex
    captured = dataclasses.replace(source, keeps_floats=True).capture(paths.snapshot_path(job_id))
    directory = paths.output_directory(settings.preferences())
    kind = ServerMapsTask if wanted.server_maps else MapsTask
    task = kind(captured, wanted, directory, *source_size(captured))
    job = Job(job_id, Message("Maps · {image}", image=image.name), server, task)
    session.get().submit(job, target, packed=packed)


def of_image(
    selection: Selection,
    image: bpy.types.Image,
    target: MapsTarget = 'IMAGE',
    wanted: MapSettings | None = None,
) -> None:
    """The same for an image as the artist looks at it, with the panel's settings unless others are `wanted`:
    into the active material where the panel says so."""
    chosen = selection.scene.drawthings.maps
    source = from_panel.seen_image(selection, image)
    wanted = wanted or map_settings.of(selection.scene, image)
    place = wiring.target(selection, wanted) if chosen.use_material else Target(show=False)
    place = dataclasses.replace(place, replaces_maps=target == 'REPLACE')
    submit(source, wanted, place, packed=selection.scene.drawthings.use_pack)
