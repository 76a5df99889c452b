# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enlarging and restoring pictures that are there: one, or all that are selected, as one job."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

import bpy

from ...client import endpoints
from ...client.a1111 import bodies
from ...client.a1111.types import UpscaleSettings
from ...errors import InvalidSettings, SourceUnavailable
from ...imaging import png
from ...jobs.job import Job
from ...jobs.source import Source
from ...jobs.upscale import UpscaleTask
from .. import (
    capture,
    paths,
    preflight,
    settings,
    subject,
)
from ..delivery import deliver
from ..delivery.target import ImageTile, Reference, Target
from ..session import session
from . import connection

ExtrasTarget = Literal['IMAGE', 'REPLACE']


def upscale(
    context: bpy.types.Context,
    images: Sequence[bpy.types.Image],
    extras: UpscaleSettings,
    target: ExtrasTarget = 'IMAGE',
    *,
    to: Target | None = None,
    tile: int = 0,
) -> None:
    """Have the server enlarge or restore `images`, in one request; each result becomes an image or takes
    its source's place, or goes `to` another. Of tiled ones it is the `tile` with that UDIM number, else the
    active one.

    With a window it returns at once; in background it waits. Raises BridgeError.
    """
    if not images:
        raise SourceUnavailable("No image is chosen.", "Open one in the Image Editor.")
    endpoint = endpoints.EXTRA_SINGLE if len(images) == 1 else endpoints.EXTRA_BATCH
    connection.require(endpoint)
    _check(extras)
    server, chosen = settings.server(), context.scene.drawthings
    directory = paths.output_directory(settings.preferences())
    job_id = uuid.uuid4().hex
    sources, targets = [], []
    for index, image in enumerate(images):
        aim, number = _aim(image, target, tile, show=chosen.use_show and len(images) == 1)
        source = capture.image(image, paths.snapshot_path(f"{job_id}-{index}"), tile=number)
        sources.append(replace(source, origin=ImageTile(Reference.to(image), number)))
        targets.append(to or aim)
        lost = preflight.what_is_lost(image) if target == 'REPLACE' else ""
        if lost:
            session.get().tell(lost, f"“{image.name}” itself is kept.")
    width, height = _size(sources[0])
    job = Job(
        id=job_id,
        title=_title(images, extras),
        server=server,
        task=UpscaleTask(tuple(sources), extras, directory, width, height),
    )
    session.get().submit(job, *targets, packed=chosen.use_pack)


def settings_of(scene: bpy.types.Scene) -> UpscaleSettings:
    """What the panel shows."""
    chosen = scene.drawthings.extras
    # Rounded to what the panel shows: Blender's 32 bits give 0.1 back as 0.10000000149011612.
    return UpscaleSettings(
        upscaler=chosen.upscaler.strip() or "None",
        scale=round(chosen.scale, 6),
        gfpgan_visibility=round(chosen.gfpgan_visibility, 6),
        codeformer_visibility=round(chosen.codeformer_visibility, 6),
        codeformer_weight=round(chosen.codeformer_weight, 6),
    )


def adopt(scene: bpy.types.Scene, extras: UpscaleSettings) -> None:
    """Set the panel to what a picture was enlarged with."""
    chosen = scene.drawthings.extras
    chosen.upscaler = "" if extras.upscaler == "None" else extras.upscaler
    chosen.scale = extras.scale
    chosen.gfpgan_visibility = extras.gfpgan_visibility
    chosen.codeformer_visibility = extras.codeformer_visibility
    chosen.codeformer_weight = extras.codeformer_weight


def selected_images(context: bpy.types.Context) -> tuple[bpy.types.Image, ...]:
    """In a Shader Editor the selected image nodes', else what feeds Base Color of the material shown;
    elsewhere what feeds Base Color of the selected objects' active materials, else the Image Editor's.
    Each image once; cheap enough for `poll`."""
    if subject.is_shader_editor(context.space_data):
        return _once(_of_selected_nodes(context)) or _once(_of_shown_material(context))
    return _once(_of_selected_objects(context)) or _once(_edited(context))


def edited_image(context: bpy.types.Context) -> bpy.types.Image | None:
    """The Image Editor's image."""
    return next(iter(_edited(context)), None)


def _of_selected_nodes(context: bpy.types.Context) -> Iterable[bpy.types.Image | None]:
    tree = context.space_data.edit_tree
    nodes = tree.nodes if tree is not None else ()
    return [node.image for node in nodes if node.select and node.type in {'TEX_IMAGE', 'TEX_ENVIRONMENT'}]


def _of_shown_material(context: bpy.types.Context) -> Iterable[bpy.types.Image | None]:
    return [found.node.image for found in subject.textures(context)[:1]]


def _of_selected_objects(context: bpy.types.Context) -> Iterable[bpy.types.Image | None]:
    for owner in context.selected_objects:
        if owner.active_material is not None:
            found = subject.of_material(owner.active_material, context.scene.render.engine)
            yield from (each.node.image for each in found[:1])


def _edited(context: bpy.types.Context) -> Iterable[bpy.types.Image | None]:
    space = context.space_data
    return (space.image,) if space is not None and space.type == 'IMAGE_EDITOR' and space.image else ()


def _once(images: Iterable[bpy.types.Image | None]) -> tuple[bpy.types.Image, ...]:
    return tuple({image.session_uid: image for image in images if image is not None}.values())


def _check(extras: UpscaleSettings) -> None:
    """Before the artist looks away. Raises InvalidSettings."""
    bodies.extras(extras)
    if extras.upscaler == "None" and not (extras.gfpgan_visibility or extras.codeformer_visibility):
        raise InvalidSettings(
            "No upscaler is chosen, and no face restorer is visible.", "Choose what is to be done."
        )


def _aim(image: bpy.types.Image, target: ExtrasTarget, tile: int, *, show: bool) -> tuple[Target, int]:
    """Where the result goes, and which UDIM tile of the image is sent, 0 for none."""
    if image.source != 'TILED':
        tile = 0
    elif not tile:
        tile = image.tiles.active.number if image.tiles.active else image.tiles[0].number
    aim = Target(kind=target, show=show)
    if target == 'REPLACE':
        aim = replace(aim, image=deliver.to_replace(image), tile=tile)
    return aim, tile


def _size(source: Source) -> tuple[int, int]:
    if source.pixels is not None:
        return source.pixels.shape[1], source.pixels.shape[0]
    assert source.path is not None
    with source.path.open("rb") as stream:
        header = png.header(stream.read(64))
    return header.width, header.height


def _title(images: Sequence[bpy.types.Image], extras: UpscaleSettings) -> str:
    what = "Restore" if extras.upscaler == "None" else "Upscale"
    return f"{what} · {images[0].name if len(images) == 1 else f'{len(images)} Pictures'}"
