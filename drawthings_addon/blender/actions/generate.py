# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""txt2img and img2img as functions: what the operators do, for scripts to call with the same result."""

from __future__ import annotations

import contextlib
import functools
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import bpy

from ...client import bounds
from ...client.a1111 import payload as a1111_payload
from ...client.draw_things import payload
from ...client.request import GenerationRequest
from ...errors import BridgeError, SourceUnavailable, TargetUnavailable
from ...imaging import fit
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
from ..capture.picture_sources import (
    ImageSource,
    PictureSource,
    RenderSource,
    ViewSource,
    captured_size,
)
from ..delivery import materials
from ..delivery.target import ImageTile, Reference, Target, TargetKind
from ..selection import Selection
from ..session import session
from . import connection, panel

SourceKind = Literal["VIEWPORT", "RENDER", "IMAGE", "TEXTURE"]
_CANNOT_BE_REPLACED = frozenset({"VIEWPORT", "RENDER"})
_TITLES: dict[type, str] = {
    type(None): "Texture",
    ViewSource: "Restyle View",
    RenderSource: "Restyle Render",
    ImageSource: "Restyle Image",
    Source: "Restyle Image",
}


def _nothing() -> None:
    """Nothing has to be changed."""


@dataclass(frozen=True)
class Options:
    """How a job is made, whatever it is of."""

    scene: Reference
    """The scene whose maps guide the picture."""
    count: int = 1
    """Of pictures."""
    packed: bool = True
    """The pictures go into the .blend."""
    mask: bpy.types.Image | None = None
    """What of a source is made anew: white. A server that is known to take no masks gets none."""
    title: str = ""
    """For the panel; empty: by the source."""
    before_sending: Callable[[], None] = _nothing
    """What changes the scene for the result's sake, when all else is known to be in order."""


def submit(
    request: GenerationRequest,
    source: PictureSource | Source | None,
    target: Target,
    options: Options,
) -> None:
    """Have the server make pictures of a whole request: from the prompt alone, or from what the source is.

    Needs no context. With a window it returns at once; a fresh render runs as Blender's own job first. In
    background it waits. Raises BridgeError.
    """
    _check(request)
    settings.server()
    task = GenerateTask(
        request,
        directory=paths.output_directory(settings.preferences()),
        count=options.count,
        # Before anything is rendered, also where nothing would be made anew.
        mask=_mask(options.mask, source),
    )
    options = replace(options, mask=None, title=options.title or _TITLES[type(source)])
    _capture_and_queue(task, source, target, options)


def txt2img(selection: Selection, target: TargetKind = "IMAGE") -> None:
    """Make pictures from the scene's prompt, as the panel says. Otherwise as `submit`."""
    scene = selection.scene
    request = controlnet.with_guides(scene, panel.request(scene, "txt2img"))
    wanted, places = panel.target(selection, target)
    submit(request, None, wanted, options(selection, places, with_mask=False))


def img2img(
    selection: Selection,
    source: SourceKind,
    target: TargetKind = "IMAGE",
    image: bpy.types.Image | None = None,
    tile: int = 0,
    *,
    node: str = "",
    node_group: str = "",
) -> None:
    """Restyle the viewport, a render, an image or the material's texture, as the panel says.

    The texture is that of the image node `node`, in the material's own tree or in the node group named;
    without a name the first of `subject.textures`. Otherwise as `submit`.
    """
    scene = selection.scene
    if target == 'REPLACE' and source in _CANNOT_BE_REPLACED:
        raise TargetUnavailable(
            f"A {source.lower()} cannot be replaced.", "Send the result to an image or a material."
        )
    request = panel.request(scene, "img2img")
    if source in {'VIEWPORT', 'RENDER'}:
        wanted, places = panel.target(selection, target)
        request = controlnet.with_guides(scene, request)
        picture = (panel.view if source == 'VIEWPORT' else panel.render)(selection, request)
        submit(request, picture, wanted, options(selection, places))
    elif source == 'TEXTURE':
        _restyle_textures(selection, request, target, tile, node, node_group)
    elif image is None:
        raise SourceUnavailable("No image is chosen.", "Open one in the Image Editor.")
    else:
        meant = panel.image(selection, request, image, tile)
        wanted, places = panel.target(selection, target)
        if target == 'REPLACE':
            wanted = panel.replaced(wanted, meant)
        submit(request, meant, wanted, options(selection, places))


def _restyle_textures(
    selection: Selection,
    request: GenerationRequest,
    target: TargetKind,
    tile: int,
    node: str,
    node_group: str,
) -> None:
    textures = [subject.texture(selection, node, node_group)] if node else preflight.textures(selection)
    # Of several none is sent before it is known that all can take theirs.
    for texture in textures:
        if target == 'REPLACE':
            capture.editable_image(texture.node.image)
        elif target == 'MATERIAL':
            materials.require_editable(texture.owner)
    for texture in textures:
        meant = panel.image(selection, request, texture.node.image, tile, texture)
        if target == 'MATERIAL':
            wanted = panel.texture_target(selection.scene, texture)
        else:
            wanted, _places = panel.target(selection, target)
        if target == 'REPLACE':
            wanted = panel.replaced(wanted, meant)
        is_one_of_several = len(subject.textures(selection)) > 1
        what = f"“{bounds.one_line(meant.image.name, 30)}”" if is_one_of_several else "Texture"
        submit(request, meant, wanted, replace(options(selection), title=f"Restyle {what}"))


def add_generated_image(selection: Selection) -> bpy.types.Node:
    """Add an image node to the tree that is edited, selected, and make its picture. Raises BridgeError."""
    subject.require_tree(selection)
    # Checked before the tree is touched.
    _check(panel.request(selection.scene, "txt2img"))
    space = selection.editor
    assert space is not None
    tree = space.edit_tree
    material = subject.of(selection).material
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
        txt2img(selection, "MATERIAL")
    except BridgeError:
        tree.nodes.remove(node)
        tree.nodes.active = active
        for each in selected:
            each.select = True
        raise
    return node


def options(
    selection: Selection, places: Sequence[preflight.Place] = (), *, with_mask: bool = True
) -> Options:
    """As the panel says; some of the `places` may need UV maps."""
    chosen = selection.scene.drawthings
    return Options(
        Reference.to(selection.scene),
        count=chosen.batch_count,
        packed=chosen.use_pack,
        mask=chosen.inpaint.mask if with_mask else None,
        before_sending=functools.partial(preflight.give_maps, selection, places),
    )


def _capture_and_queue(
    task: GenerateTask, source: PictureSource | Source | None, target: Target, options: Options
) -> None:
    path = paths.snapshot_path(uuid.uuid4().hex)
    viewpoint = None
    with _discarded([task.mask]):
        captured = source.capture(path) if isinstance(source, PictureSource) else source
        if captured is None and isinstance(source, RenderSource):
            if not bpy.app.background:
                options.before_sending()
                _continue_after_render(task, source, target, options)
                return
            render_job.render_scene(source.scene)
            captured = replace(source, which='LAST').capture(path)
        with _discarded([captured]):
            if isinstance(source, ViewSource) and captured is not None and task.request.control_units:
                viewpoint = source.viewpoint(captured_size(captured))
            options.before_sending()
    if isinstance(source, ImageSource) and (
        target.kind == 'REPLACE' or (source.is_texture and target.kind == 'MATERIAL')
    ):
        _tell_what_is_lost(source.image)
    _queue(task, captured, target, options, viewpoint)


def _continue_after_render(
    task: GenerateTask, source: RenderSource, target: Target, options: Options
) -> None:
    reference = Reference.to(source.scene)
    options = replace(options, before_sending=_nothing)

    def go_on() -> None:
        scene = reference.resolve()
        if scene is not None:
            rendered = replace(source, scene=scene, which='LAST', editor=None)
            _capture_and_queue(task, rendered, target, options)

    session.get().after_render(source.scene, go_on)


def _queue(
    task: GenerateTask,
    source: Source | None,
    target: Target,
    options: Options,
    viewpoint: control_maps.Viewpoint | None,
) -> None:
    """Maps that guide the picture are rendered first, seen by the camera or from `viewpoint`."""
    with _discarded([source, task.mask]):
        request = task.request
        size = request.width, request.height
        if source is not None:
            size = captured_size(source)
            plan = fit.plan(*size, source.fit_mode)
            request = replace(request, width=plan.fitted_width, height=plan.fitted_height)
            _check(request)
        task = replace(task, request=request, source=source)
        title = f"{options.title} · {bounds.one_line(request.prompt, 40)}"
        job = Job(uuid.uuid4().hex, title, settings.server(), task)
    if not request.control_units:
        session.get().submit(job, target, packed=options.packed)
        return

    def steps() -> Generator[None, None, None]:
        # A moment later: undo or another file may have taken the scene meanwhile.
        with _discarded([source, task.mask]):
            present = options.scene.resolve()
            if present is None:
                raise SourceUnavailable("The scene whose maps guide the picture is gone.", "Press again.")
            images = yield from controlnet.render_maps(present, request, size, viewpoint)
        session.get().submit(
            replace(job, task=replace(task, control_images=images)), target, packed=options.packed
        )

    session.get().attend(controlnet.task(steps()))


def _tell_what_is_lost(image: bpy.types.Image) -> None:
    lost = preflight.what_is_lost(image)
    if lost:
        session.get().tell(lost, f"“{image.name}” itself is kept.")


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


def _mask(image: bpy.types.Image | None, source: PictureSource | Source | None) -> Source | None:
    """Raises SourceUnavailable."""
    if image is None or (connection.known() is not None and connection.dialect() != "A1111"):
        return None
    tile = 0
    if isinstance(source, ImageSource):
        tile = source.tile_number
    elif isinstance(source, Source) and isinstance(source.origin, ImageTile):
        tile = source.origin.tile
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
