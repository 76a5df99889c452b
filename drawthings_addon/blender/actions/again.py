# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another picture like one that is there: from the same pixels, to the same place, with another seed.

The panel has no part in it. A result of this session has all that it was made from; of a picture out of a
file its datablock tells the source and the place, and the source is taken as it is now.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

import bpy

from ...client.http.address import THIS_COMPUTER
from ...client.parameters import SERVER_OPTIONS
from ...client.request import GenerationRequest
from ...errors import SourceUnavailable, TargetUnavailable
from ...imaging import fit
from ...imaging.fit import FitMode
from ...jobs.inpainting import Inpainting
from ...jobs.job import Job
from ...jobs.recipe import Recipe
from ...jobs.source import Source, SourceName
from ...jobs.sources import source_size
from ...jobs.task import LocalTask
from .. import connection, paths, settings
from ..capture.masks import OnlyHere
from ..capture.picture_sources import ImageSource
from ..delivery import deliver, images, provenance, versions
from ..delivery.result import Result
from ..delivery.target import ImageTile, Reference, Target
from ..selection import Selection
from ..session import session
from . import canvas, from_panel, generate, maps, refine, upscale


def of_result(result: Result) -> None:
    """Send a result's job again, for one picture.

    With a window it returns at once; in background it waits. Raises BridgeError before anything is sent, as
    where its place is gone.
    """
    made_by = result.picture.made_by
    current = session.get()
    if made_by is None or not current.kept.has(made_by):
        raise SourceUnavailable(
            "What this picture was made from is not kept any more.", "Restyle the source anew."
        )
    for feature in made_by.needs:
        connection.require(feature)
    if made_by.source is not None:
        _require_source(made_by.source)
    task = made_by.again(settings.random_seed(), paths.output_directory(settings.preferences()))
    server = THIS_COMPUTER if isinstance(task, LocalTask) else settings.server()
    job = Job(uuid.uuid4().hex, result.picture.title, server, task)
    current.submit(job, _place(result), packed=result.packed)


def of_image(selection: Selection, image: bpy.types.Image) -> None:
    """The same for a picture that is no result of this session; a view or a render as the panel says.

    Its recipe may be a stranger's: the server's options and the script in it are left out, and that is told.
    Raises BridgeError.
    """
    _again(selection, images.require_recipe(image), image)


def of_recipe(selection: Selection, made: Recipe) -> None:
    """The same for a picture that is not in the open file: what it was made from is known by name, and it
    becomes an image."""
    _again(selection, made, None)


def _again(selection: Selection, made: Recipe, image: bpy.types.Image | None) -> None:
    chosen = selection.scene.drawthings
    known = provenance.of(image) if image is not None else provenance.Provenance(Target())
    target = _first_present([known.target], image) if image is None else place_of(selection, image)
    target = replace(target, show=chosen.use_show)
    only_here = _only_here(made, known.mask)
    if made.extras is not None:
        source = from_panel.seen_image(selection, *_source_of(image, made))
        upscale.submit(made.extras, [source], [target], packed=chosen.use_pack)
        return
    if not made.is_of_request and made.maps is not None:
        maps.submit(from_panel.seen_image(selection, *_source_of(image, made)), made.maps, target)
        return
    request = harmless(made.request).changed(seed=settings.random_seed())
    if made.refining is not None:
        picture, _tile = _source_of(image, made)
        size = request.images.width, request.images.height
        refine.submit(selection, picture, request, made.refining, target, size)
        return
    if made.borders is not None:
        picture, _tile = _source_of(image, made)
        canvas.submit_larger(selection, picture, request, made.borders, target)
        return
    if made.seamless is not None and made.source is not None:
        picture, _tile = _source_of(image, made)
        canvas.submit_seamless(selection, picture, request, made.seamless, target)
        return
    options = replace(
        from_panel.options(selection),
        pictures=generate.Pictures(),
        only_here=only_here,
        seamless=made.seamless,
        maps=made.maps,
    )
    if request.operation == "txt2img":
        generate.submit(request, None, target, replace(options, title="Make Again"))
    elif made.source is not None and made.source.kind == "VIEW":
        generate.submit(request, from_panel.view_source(selection, request), target, options)
    elif made.source is not None and made.source.kind == "RENDER":
        generate.submit(request, from_panel.render_source(selection, request), target, options)
    else:
        source = replace(
            from_panel.seen_image(selection, *_source_of(image, made)), fit_mode=_fit_mode(image)
        )
        captured = _captured(source, request, is_part=only_here is not None)
        generate.submit(request, captured, target, replace(options, title="Make Again"))


def _only_here(made: Recipe, known: Reference | None) -> OnlyHere | None:
    """What of its source the picture was made anew of. Raises SourceUnavailable where that is gone."""
    how = made.inpainting
    if how is not None and how.mask == "ALPHA":
        return OnlyHere(how, 'ALPHA')
    if how is not None and how.mask == "COLOR":
        return OnlyHere(how, 'COLOR')
    if how is None and known is None:
        return None
    mask = known.resolve() if known is not None else None
    if not isinstance(mask, bpy.types.Image):
        raise SourceUnavailable(
            "The mask that told what of this picture was made anew is not in this file.",
            "Choose one in Only Here, and restyle the source.",
        )
    # Up to version 0.1.0 the server alone used it.
    return OnlyHere(how or Inpainting(fill=made.request.mask.fill), 'IMAGE', image=mask)


def _require_source(source: Source) -> None:
    """An image that the artist has deleted is not sent again. Raises SourceUnavailable."""
    origin = source.origin
    if isinstance(origin, ImageTile) and origin.image.is_in_this_file and origin.image.resolve() is None:
        raise _not_there(origin.image.name)


def place_of(selection: Selection, picture: Result | bpy.types.Image) -> Target:
    """Where a picture is, else where it was to go. Raises TargetUnavailable."""
    if isinstance(picture, Result):
        return _place(picture)
    target = _first_present([provenance.of(picture).target], picture)
    return replace(target, show=selection.scene.drawthings.use_show)


def _place(result: Result) -> Target:
    """Where the result is, else where it was to go. Raises TargetUnavailable."""
    image = result.datablock()
    found = [each for each in (result.landed, result.target) if each is not None and each.is_in_this_file]
    if not found and image is not None:
        # The file was loaded again since.
        show = result.target is not None and result.target.show
        found = [replace(provenance.of(image).target, show=show)]
    if not found:
        found = [result.target or Target()]
        if found[0].kind == 'IMAGE':
            found = [Target(show=found[0].show)]
    return _first_present(found, image)


def _first_present(found: list[Target], image: bpy.types.Image | None) -> Target:
    """The first of them that is there; of a picture that was taken back what it was meant for: the material
    or the node that was made for it is not seen any more. Raises TargetUnavailable."""
    first: TargetUnavailable | None = None
    meant = versions.meant(image) if image is not None else None
    for each in (meant, *found):
        if each is None:
            continue
        try:
            return replace(deliver.present(provenance.found_again(each, image)), show=found[0].show)
        except TargetUnavailable as error:
            first = first or error
    assert first is not None
    raise first


def _source_of(image: bpy.types.Image | None, made: Recipe) -> tuple[bpy.types.Image, int]:
    """The image that it was made from, and the tile of it. Raises SourceUnavailable."""
    name = made.source or SourceName("OTHER")
    origin = provenance.of(image).source if image is not None else None
    if origin is not None:
        known = origin.image.resolve()
        if known is None:
            raise _not_there(origin.image.name or name.name)
        return known, origin.tile
    # Up to version 0.1.0 the datablock knew nothing of it.
    if name.tile:
        tiled = _named(name)
        if tiled is not None and tiled.source == 'TILED':
            return tiled, name.tile
        # Up to then, too, another image could be called like a tile.
        found = _named(replace(name, name=", tile ".join((name.name, str(name.tile))), tile=0))
    else:
        found = _named(name)
    if found is None:
        raise _not_there(name.name)
    return found, 0


def _named(name: SourceName) -> bpy.types.Image | None:
    """The image of that name out of the file that it is linked from, or of this one."""
    found = [each for each in bpy.data.images if each.name == name.name]
    libraries = [bpy.path.basename(each.library.filepath) if each.library else "" for each in found]
    if name.library in libraries:
        return found[libraries.index(name.library)]
    # Up to version 0.1.0 nothing told of libraries.
    return found[0] if found and not name.library else None


def _not_there(name: str) -> SourceUnavailable:
    return SourceUnavailable(
        "The image “{name}” that this picture was made from is not in this file.", "Open it first.", name=name
    )


def _captured(source: ImageSource, request: GenerationRequest, *, is_part: bool) -> Source:
    """At the size that the picture was made at; where a part of it was, as it is."""
    if is_part:
        source = replace(source, keeps_floats=True, keeps_bytes=True)
        return source.capture(paths.snapshot_path(uuid.uuid4().hex))
    captured = source.capture(paths.snapshot_path(uuid.uuid4().hex))
    plan = fit.plan(*source_size(captured), captured.fit_mode)
    if (plan.fitted_width, plan.fitted_height) == (request.images.width, request.images.height):
        return captured
    return replace(captured, resize_to=(request.images.width, request.images.height))


def _fit_mode(image: bpy.types.Image | None) -> FitMode:
    """How its source was fitted; a file may tell anything."""
    if image is None:
        return "PAD"
    found: FitMode = image.drawthings.fit_mode
    return found if found in ("PAD", "CROP", "SCALE") else "PAD"


def harmless(request: GenerationRequest) -> GenerationRequest:
    """Without what a stranger could do to the server, and that is told."""
    found = request.with_options(SERVER_OPTIONS, ()).changed(script=None)
    if found != request:
        session.get().tell(
            "The server options and the script of this picture's recipe were left out: it comes from a file.",
            "Press Reuse Settings to look at them first.",
        )
    return found
