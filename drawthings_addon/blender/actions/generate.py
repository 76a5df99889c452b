# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""txt2img and img2img as functions: what the operators do, for scripts to call with the same result."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Generator, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import bpy

from ...client import bounds
from ...client.a1111 import payload as a1111_payload
from ...client.draw_things import payload
from ...client.request import GenerationRequest, Operation
from ...errors import BridgeError, SourceUnavailable, TargetUnavailable
from ...imaging import fit, png
from ...jobs.generate import GenerateTask
from ...jobs.job import Job
from ...jobs.source import Source
from .. import (
    capture,
    paths,
    preflight,
    settings,
    subject,
)
from ..capture import control_maps, controlnet, render_job
from ..delivery import deliver, materials
from ..delivery.target import ImageTile, Reference, Target, TargetKind
from ..session import session
from . import connection

SourceKind = Literal["VIEWPORT", "RENDER", "IMAGE", "TEXTURE"]
_CANNOT_BE_REPLACED = frozenset({"VIEWPORT", "RENDER"})


def txt2img(context: bpy.types.Context, target: TargetKind = "IMAGE") -> None:
    """Make pictures from the scene's prompt.

    With a window it returns at once. In background it waits. Raises BridgeError.
    """
    request = _checked_request(context.scene, "txt2img")
    request = controlnet.with_guides(context.scene, request)
    aim, places = _new_target(context, target)
    preflight.give_maps(context, places)
    _submit(context.scene, _title("Texture", request), request, None, aim)


def img2img(
    context: bpy.types.Context,
    source: SourceKind,
    target: TargetKind = "IMAGE",
    image: bpy.types.Image | None = None,
    tile: int = 0,
    *,
    node: str = "",
    node_group: str = "",
) -> None:
    """Restyle the viewport, a render, an image or the material's texture.

    The texture is that of the image node `node`, in the material's own tree or in the node group named;
    without a name the first of `subject.textures`.

    With a window it returns at once; a fresh render runs as Blender's own job first. In background it
    waits. Raises BridgeError.
    """
    scene = context.scene
    if target == 'REPLACE' and source in _CANNOT_BE_REPLACED:
        raise TargetUnavailable(
            f"A {source.lower()} cannot be replaced.", "Send the result to an image or a material."
        )
    request = _checked_request(scene, "img2img")
    if source == 'RENDER':
        _restyle_render(context, request, target)
    elif source == 'VIEWPORT':
        _restyle_view(context, request, target)
    elif source == 'TEXTURE':
        textures = [subject.texture(context, node, node_group)] if node else preflight.textures(context)
        for texture in textures:
            _require_takes_result(texture, target)
        for texture in textures:
            _restyle_image(context, request, target, texture.node.image, tile, texture)
    elif image is None:
        raise SourceUnavailable("No image is chosen.", "Open one in the Image Editor.")
    else:
        _restyle_image(context, request, target, image, tile)


def add_generated_image(context: bpy.types.Context) -> bpy.types.Node:
    """Add an image node to the tree that is edited, selected, and make its picture. Raises BridgeError."""
    subject.require_tree(context)
    # Checked before the tree is touched.
    _checked_request(context.scene, "txt2img")
    space = context.space_data
    tree = space.edit_tree
    material = subject.of(context).material
    owner = material if material is not None and material.node_tree == tree else tree
    materials.require_editable(owner)
    materials.require_keeps_nodes(owner)
    active, selected = tree.nodes.active, [each for each in tree.nodes if each.select]
    for each in selected:
        each.select = False
    node = tree.nodes.new('ShaderNodeTexImage')
    node.location = space.cursor_location
    tree.nodes.active = node
    try:
        txt2img(context, "MATERIAL")
    except BridgeError:
        tree.nodes.remove(node)
        tree.nodes.active = active
        for each in selected:
            each.select = True
        raise
    return node


def order(
    context: bpy.types.Context,
    request: GenerationRequest,
    source: Source | Literal["viewport", "render"] | None,
    target: Target,
    *,
    mask: bpy.types.Image | None = None,
) -> None:
    """One picture of a whole request, whatever the panel says; a view or a render is taken as the panel says.

    With a window it returns at once, as `img2img` does. Raises BridgeError.
    """
    scene = context.scene
    _check(request)
    origin = source.origin if isinstance(source, Source) else None
    painted = _as_mask(mask, origin.tile if isinstance(origin, ImageTile) else 0)
    if source == "viewport":
        _send_view(context, request, target, painted, count=1)
    elif source == "render":
        _send_render(context, request, target, painted, count=1)
    else:
        _submit(scene, _title("Again", request), request, source, target, mask=painted, count=1)


def _restyle_view(context: bpy.types.Context, request: GenerationRequest, target: TargetKind) -> None:
    aim, places = _new_target(context, target)
    request = controlnet.with_guides(context.scene, request)
    _send_view(context, request, aim, _mask(context.scene), places=places)


def _send_view(
    context: bpy.types.Context,
    request: GenerationRequest,
    aim: Target,
    mask: Source | None,
    *,
    places: tuple[preflight.Place, ...] = (),
    count: int = 0,
) -> None:
    scene = context.scene
    chosen = scene.drawthings
    with _discarded([mask]):
        snapshot = capture.viewport(
            context,
            size=None if chosen.use_source_size else (request.width, request.height),
            overlays=chosen.use_overlays,
            camera=chosen.view_from == 'CAMERA',
            fit_mode=chosen.fit_mode,
        )
        viewpoint = (
            _viewpoint(context, snapshot) if request.control_units and chosen.view_from == 'VIEW' else None
        )
        preflight.give_maps(context, places)
    title = _title("Restyle View", request)
    _submit(scene, title, request, snapshot, aim, mask=mask, viewpoint=viewpoint, count=count)


def _restyle_image(
    context: bpy.types.Context,
    request: GenerationRequest,
    target: TargetKind,
    image: bpy.types.Image,
    tile: int,
    texture: subject.TextureNode | None = None,
) -> None:
    scene = context.scene
    if image.source == 'TILED' and not tile:
        tile = image.tiles.active.number if image.tiles.active else image.tiles[0].number
    places: tuple[preflight.Place, ...] = ()
    if target == 'MATERIAL' and texture is not None:
        aim = _to_node(scene.drawthings, texture)
    else:
        aim, places = _new_target(context, target)
    if target == 'REPLACE':
        aim = replace(aim, image=deliver.to_replace(image), tile=tile)
    mask = _mask(scene, tile)
    job_id = uuid.uuid4().hex
    with _discarded([mask]):
        snapshot = capture.image(
            image,
            paths.snapshot_path(job_id),
            tile=tile,
            fit_mode=scene.drawthings.fit_mode,
            look=capture.of_node(texture.node) if texture is not None else None,
        )
        snapshot = replace(snapshot, origin=ImageTile(Reference.to(image), tile))
        preflight.give_maps(context, places)
    if aim.kind == 'REPLACE' or (texture is not None and aim.kind == 'MATERIAL'):
        _tell_what_is_lost(image)
    what = "Restyle Image"
    if texture is not None:
        is_one_of_several = len(subject.textures(context)) > 1
        what = f"Restyle “{bounds.one_line(image.name, 30)}”" if is_one_of_several else "Restyle Texture"
    title = _title(what, request)
    _submit(scene, title, request, _resized(scene, request, snapshot), aim, job_id, mask=mask)


def _require_takes_result(texture: subject.TextureNode, target: TargetKind) -> None:
    """Of several textures none is sent before it is known that all can take theirs. Raises
    TargetUnavailable."""
    if target == 'REPLACE':
        capture.editable_image(texture.node.image)
    elif target == 'MATERIAL':
        materials.require_editable(texture.owner)


def _tell_what_is_lost(image: bpy.types.Image) -> None:
    lost = preflight.what_is_lost(image)
    if lost:
        session.get().tell(lost, f"“{image.name}” itself is kept.")


def _restyle_render(context: bpy.types.Context, request: GenerationRequest, target: TargetKind) -> None:
    aim, places = _new_target(context, target)
    mask = _mask(context.scene)
    _send_render(context, controlnet.with_guides(context.scene, request), aim, mask, places=places)


def _send_render(
    context: bpy.types.Context,
    request: GenerationRequest,
    aim: Target,
    mask: Source | None,
    *,
    places: tuple[preflight.Place, ...] = (),
    count: int = 0,
) -> None:
    scene = context.scene
    job_id = uuid.uuid4().hex
    title = _title("Restyle Render", request)

    def send(scene: bpy.types.Scene, *, is_later: bool = False) -> None:
        snapshot = capture.render(scene, paths.snapshot_path(job_id), fit_mode=scene.drawthings.fit_mode)
        if not is_later:
            with _discarded([snapshot]):
                preflight.give_maps(context, places)
        snapshot = _resized(scene, request, snapshot)
        _submit(scene, title, request, snapshot, aim, job_id, mask=mask, count=count)

    wanted = scene.drawthings.render_source
    if wanted != 'FRESH':
        try:
            send(scene)
            return
        except SourceUnavailable:
            if wanted == 'LAST':
                raise
    if bpy.app.background:
        render_job.render_scene(scene)
        send(scene)
        return
    reference = Reference.to(scene)

    def send_later() -> None:
        rendered = reference.resolve()
        if rendered is not None:
            send(rendered, is_later=True)

    preflight.give_maps(context, places)
    session.get().after_render(scene, send_later)


def _new_target(context: bpy.types.Context, kind: TargetKind) -> tuple[Target, tuple[preflight.Place, ...]]:
    """A target from the Output settings and what is selected, as both are now, and its places, some of which
    may need `preflight.give_maps`. Raises TargetUnavailable."""
    chosen = context.scene.drawthings
    places = preflight.require(context) if kind == 'MATERIAL' else ()
    if not places:
        return Target(kind='IMAGE' if kind == 'MATERIAL' else kind, show=chosen.use_show), ()
    first, *others = [_to_place(chosen, place) for place in places]
    return replace(first, others=tuple(others)), places


def _to_place(chosen: bpy.types.PropertyGroup, place: preflight.Place) -> Target:
    return Target(
        kind='MATERIAL',
        object=Reference.to_any(place.owner),
        material=Reference.to_any(place.material),
        new_material=place.material is None and chosen.use_new_material,
        node=place.node,
        node_group=Reference.to_any(place.node_group),
        socket=chosen.socket,
        box=place.takes_box(chosen.mapping),
        show=chosen.use_show,
    )


def _to_node(chosen: bpy.types.PropertyGroup, texture: subject.TextureNode) -> Target:
    """The node that was sent takes the result. Raises TargetUnavailable."""
    materials.require_editable(texture.owner)
    return Target(
        kind='MATERIAL',
        material=Reference.to_any(texture.material),
        node=texture.node.name,
        node_group=Reference.to_any(texture.group),
        show=chosen.use_show,
    )


def _submit(
    scene: bpy.types.Scene,
    title: str,
    request: GenerationRequest,
    source: Source | None,
    target: Target,
    job_id: str = "",
    *,
    mask: Source | None = None,
    viewpoint: control_maps.Viewpoint | None = None,
    count: int = 0,
) -> None:
    """Queue the job of so many pictures, or as many as the panel says; maps that guide it are rendered first,
    seen by the camera or by `viewpoint`."""
    chosen = scene.drawthings
    sources = [source, mask]
    with _discarded(sources):
        size = request.width, request.height
        if source is not None:
            size = source_size(source)
            plan = fit.plan(*size, source.fit_mode)
            request = replace(request, width=plan.fitted_width, height=plan.fitted_height)
        _check(request)
        task = GenerateTask(
            request,
            directory=paths.output_directory(settings.preferences()),
            source=source,
            count=count or chosen.batch_count,
            mask=mask,
        )
        job = Job(job_id or uuid.uuid4().hex, title, settings.server(), task)
    packed = chosen.use_pack
    if not request.control_units:
        session.get().submit(job, target, packed=packed)
        return

    reference = Reference.to(scene)

    def steps() -> Generator[None, None, None]:
        # A moment later: undo or another file may have taken the scene meanwhile.
        with _discarded(sources):
            present = reference.resolve()
            if present is None:
                raise SourceUnavailable("The scene whose maps guide the picture is gone.", "Press again.")
            images = yield from controlnet.render_maps(present, request, size, viewpoint)
        session.get().submit(replace(job, task=replace(task, control_images=images)), target, packed=packed)

    session.get().attend(controlnet.task(steps()))


@contextlib.contextmanager
def _discarded(sources: Sequence[Source | None]) -> Iterator[None]:
    """An error here removes the files that Blender wrote for a job; once it is queued, the queue does."""
    try:
        yield
    except BaseException:
        for source in sources:
            if source is not None and source.path is not None:
                source.path.unlink(missing_ok=True)
        raise


def _viewpoint(context: bpy.types.Context, snapshot: Source) -> control_maps.Viewpoint:
    width, height = source_size(snapshot)
    return control_maps.Viewpoint(*capture.view_matrices(context, width, height, camera=False))


def _mask(scene: bpy.types.Scene, tile: int = 0) -> Source | None:
    """What of a source is made anew, unless the server is known to take no masks.

    Raises SourceUnavailable, before anything is rendered or sent, also where nothing would be made anew.
    """
    return _as_mask(scene.drawthings.inpaint.mask, tile)


def _as_mask(image: bpy.types.Image | None, tile: int = 0) -> Source | None:
    if image is None or (connection.known() is not None and connection.dialect() != "A1111"):
        return None
    found = capture.mask(image, paths.snapshot_path(uuid.uuid4().hex), tile=tile)
    return replace(found, origin=ImageTile(Reference.to(image), tile if image.source == 'TILED' else 0))


def _check(request: GenerationRequest) -> None:
    """Everything but the pictures is checked before the artist looks away. Raises InvalidSettings.

    Names that one dialect takes and the other does not are left to the job where nobody has asked the server
    yet: it finds out which one that speaks.
    """
    plain = replace(request, operation="txt2img", control_units=())
    if connection.known() is None:
        plain = replace(plain, sampler=GenerationRequest.sampler, loras=())
    build = a1111_payload.build if connection.dialect() == "A1111" else payload.build
    build(plain)


def _checked_request(scene: bpy.types.Scene, operation: Operation) -> GenerationRequest:
    """The panel's settings; all but the picture is checked before anything is rendered or captured."""
    request = settings.request(scene, operation, connection.dialect() if connection.known() else None)
    _check(request)
    settings.server()
    paths.output_directory(settings.preferences())
    return request


def _resized(scene: bpy.types.Scene, request: GenerationRequest, source: Source) -> Source:
    if scene.drawthings.use_source_size:
        return source
    return replace(source, resize_to=(request.width, request.height))


def source_size(source: Source) -> tuple[int, int]:
    """Width and height that a source is worked on at, before it is fitted."""
    if source.resize_to is not None:
        return source.resize_to
    if source.pixels is not None:
        return source.pixels.shape[1], source.pixels.shape[0]
    assert source.path is not None
    with source.path.open("rb") as stream:
        header = png.header(stream.read(64))
    return header.width, header.height


def _title(what: str, request: GenerationRequest) -> str:
    return f"{what} · {bounds.one_line(request.prompt, 40)}"
