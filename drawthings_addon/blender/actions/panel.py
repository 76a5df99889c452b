# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panel says of sources and targets, as `generate.submit` takes them."""

from __future__ import annotations

from dataclasses import replace

import bpy

from ...client.request import GenerationRequest, Operation
from .. import capture, preflight, settings
from ..capture import looks
from ..capture.picture_sources import ImageSource, RenderSource, Size, ViewSource
from ..delivery import deliver, materials
from ..delivery.target import Reference, Target, TargetKind
from ..preflight import Place
from ..selection import Selection
from ..subject import TextureNode
from . import connection


def request(scene: bpy.types.Scene, operation: Operation) -> GenerationRequest:
    """The settings, as they are sent to the server as far as it is known. Raises InvalidSettings."""
    return settings.request(scene, operation, connection.dialect() if connection.known() else None)


def size(scene: bpy.types.Scene, wanted: GenerationRequest) -> Size | None:
    """What a source is worked on at; None: its own size."""
    return None if scene.drawthings.use_source_size else (wanted.width, wanted.height)


def view(selection: Selection, wanted: GenerationRequest) -> ViewSource:
    """The 3D View. Raises SourceUnavailable where there is none."""
    chosen = selection.scene.drawthings
    return ViewSource(
        capture.require_view(selection),
        camera=chosen.view_from == 'CAMERA',
        overlays=chosen.use_overlays,
        size=size(selection.scene, wanted),
        fit_mode=chosen.fit_mode,
    )


def render(selection: Selection, wanted: GenerationRequest) -> RenderSource:
    """The scene's render."""
    scene = selection.scene
    chosen = scene.drawthings
    return RenderSource(
        scene, chosen.render_source, selection.editor, size=size(scene, wanted), fit_mode=chosen.fit_mode
    )


def image(
    selection: Selection,
    wanted: GenerationRequest,
    picture: bpy.types.Image,
    tile: int = 0,
    texture: TextureNode | None = None,
) -> ImageSource:
    """An image as the artist looks at it, or as a shader takes it that has it for its texture."""
    scene = selection.scene
    return ImageSource(
        picture,
        tile,
        looks.find(picture, selection) if texture is None else looks.of_node(texture.node),
        is_texture=texture is not None,
        scene=scene,
        size=size(scene, wanted),
        fit_mode=scene.drawthings.fit_mode,
    )


def seen(selection: Selection, picture: bpy.types.Image, tile: int = 0) -> ImageSource:
    """An image as the artist looks at it, whatever the panel says."""
    return ImageSource(picture, tile, looks.find(picture, selection), scene=selection.scene)


def target(selection: Selection, kind: TargetKind) -> tuple[Target, tuple[Place, ...]]:
    """Where a new picture goes, and the places that this is made of, some of which may need
    `preflight.give_maps`. Raises TargetUnavailable."""
    chosen = selection.scene.drawthings
    places = preflight.require(selection) if kind == 'MATERIAL' else ()
    if not places:
        return Target(kind='IMAGE' if kind == 'MATERIAL' else kind, show=chosen.use_show), ()
    first, *others = [replace(_at(chosen, place), show=chosen.use_show) for place in places]
    return replace(first, others=tuple(others)), places


def texture_target(scene: bpy.types.Scene, texture: TextureNode) -> Target:
    """The image node that was sent takes the result. Raises TargetUnavailable."""
    materials.require_editable(texture.owner)
    return Target(
        kind='MATERIAL',
        material=Reference.to_any(texture.material),
        node=texture.node.name,
        node_group=Reference.to_any(texture.group),
        show=scene.drawthings.use_show,
    )


def replaced(wanted: Target, source: ImageSource) -> Target:
    """The result takes the image's place. Raises TargetUnavailable."""
    return replace(wanted, image=deliver.to_replace(source.image), tile=source.tile_number)


def _at(chosen: bpy.types.PropertyGroup, place: Place) -> Target:
    return Target(
        kind='MATERIAL',
        object=Reference.to_any(place.owner),
        material=Reference.to_any(place.material),
        new_material=place.material is None and chosen.use_new_material,
        node=place.node,
        node_group=Reference.to_any(place.node_group),
        socket=chosen.socket,
        box=place.takes_box(chosen.mapping),
    )
