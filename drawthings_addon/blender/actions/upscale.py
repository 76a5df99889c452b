# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Enlarging and restoring pictures that are there: one, or all that are selected, as one job."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import bpy

from ...client.features import Feature
from ...client.upscaling import UpscaleSettings
from ...errors import InvalidSettings
from ...jobs.job import Job
from ...jobs.sources import source_size
from ...jobs.upscale import UpscaleTask
from .. import (
    connection,
    paths,
    settings,
    subject,
)
from ..capture.picture_sources import ImageSource
from ..delivery.target import ImageTarget, Target
from ..selection import Selection, no_image
from ..session import session
from . import from_panel, generate


def submit(
    wanted: UpscaleSettings,
    sources: Sequence[ImageSource],
    targets: Sequence[Target],
    *,
    packed: bool = True,
) -> None:
    """Have the server enlarge or restore images in one request, each to the target at its place.

    Needs no context. With a window it returns at once; in background it waits. Raises BridgeError.
    """
    if not sources:
        raise no_image()
    connection.require(Feature.UPSCALE if len(sources) == 1 else Feature.UPSCALE_SEVERAL)
    _check(wanted)
    server, directory = settings.server(), paths.output_directory(settings.preferences())
    job_id = uuid.uuid4().hex
    captured = [each.capture(paths.snapshot_path(f"{job_id}-{index}")) for index, each in enumerate(sources)]
    for source, target in zip(sources, targets, strict=True):
        is_replaced = target.image is not None and target.image.session_uid == source.image.session_uid
        if is_replaced:
            generate.tell_what_is_lost(source.image)
    task = UpscaleTask(tuple(captured), wanted, directory, *source_size(captured[0]))
    job = Job(job_id, _title([each.image for each in sources], wanted), server, task)
    session.get().submit(job, *targets, packed=packed)


def images(
    selection: Selection,
    wanted: UpscaleSettings,
    pictures: Sequence[bpy.types.Image],
    target: ImageTarget = 'IMAGE',
) -> None:
    """The same for images as the artist looks at them: each result becomes an image or takes its source's
    place. Of tiled ones it is the active tile."""
    chosen = selection.scene.drawthings
    sources = [from_panel.seen_image(selection, each) for each in pictures]
    plain = Target(kind=target, show=chosen.use_show and len(pictures) == 1)
    targets = [from_panel.replaced(plain, each) if target == 'REPLACE' else plain for each in sources]
    submit(wanted, sources, targets, packed=chosen.use_pack)


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


def adopt(scene: bpy.types.Scene, wanted: UpscaleSettings) -> None:
    """Set the panel to what a picture was enlarged with."""
    chosen = scene.drawthings.extras
    chosen.upscaler = "" if wanted.upscaler == "None" else wanted.upscaler
    chosen.scale = wanted.scale
    chosen.gfpgan_visibility = wanted.gfpgan_visibility
    chosen.codeformer_visibility = wanted.codeformer_visibility
    chosen.codeformer_weight = wanted.codeformer_weight


def selected_images(selection: Selection) -> tuple[bpy.types.Image, ...]:
    """In a Shader Editor the selected image nodes', else what feeds Base Color of the material shown;
    elsewhere what feeds Base Color of the selected objects' active materials, else the Image Editor's.
    Each image once; cheap enough for `poll`."""
    if subject.is_shader_editor(selection.editor):
        return _once(_of_selected_nodes(selection)) or _once(_of_shown_material(selection))
    return _once(_of_selected_objects(selection)) or _once((selection.edited_image,))


def _of_selected_nodes(selection: Selection) -> Iterable[bpy.types.Image | None]:
    tree = selection.editor.edit_tree if selection.editor is not None else None
    nodes = tree.nodes if tree is not None else ()
    return [node.image for node in nodes if node.select and node.type in {'TEX_IMAGE', 'TEX_ENVIRONMENT'}]


def _of_shown_material(selection: Selection) -> Iterable[bpy.types.Image | None]:
    return [found.image for found in subject.textures(selection)[:1]]


def _of_selected_objects(selection: Selection) -> Iterable[bpy.types.Image | None]:
    for owner in selection.selected():
        if owner.active_material is not None:
            found = subject.of_material(owner.active_material, selection.scene.render.engine)
            yield from (each.image for each in found[:1])


def _once(images: Iterable[bpy.types.Image | None]) -> tuple[bpy.types.Image, ...]:
    return tuple({image.session_uid: image for image in images if image is not None}.values())


def _check(wanted: UpscaleSettings) -> None:
    """Before the artist looks away. Raises InvalidSettings."""
    connection.dialect().check_upscale(wanted)
    if wanted.upscaler == "None" and not (wanted.gfpgan_visibility or wanted.codeformer_visibility):
        raise InvalidSettings(
            "No upscaler is chosen, and no face restorer is visible.", "Choose what is to be done."
        )


def _title(images: Sequence[bpy.types.Image], wanted: UpscaleSettings) -> str:
    what = "Restore" if wanted.upscaler == "None" else "Upscale"
    return f"{what} · {images[0].name if len(images) == 1 else f'{len(images)} Pictures'}"
