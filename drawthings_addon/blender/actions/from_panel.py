# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the panel's buttons do: request, source, target and options are read from it, and submitted."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import bpy

from ...client import bounds
from ...client.dialect import MapKind
from ...client.request import GenerationRequest, Operation
from ...errors import BridgeError, InvalidSettings, TargetUnavailable
from ...messages import Message
from .. import canvas_settings, capture, map_settings, settings, subject
from ..capture import controlnet, looks, source_size
from ..capture.masks import OnlyHere
from ..capture.picture_sources import ImageSource, PictureSource, RenderSource, Size, ViewSource
from ..delivery import deliver, materials, preflight
from ..delivery import maps as wiring
from ..delivery.preflight import Place
from ..delivery.target import Reference, Target, TargetKind
from ..painting import begin as painting
from ..selection import Selection, no_image
from ..session import session
from ..subject import Texture, TextureNode
from . import generate

SourceKind = Literal["VIEWPORT", "RENDER", "IMAGE", "TEXTURE"]
_IN_TILES = "Refine (drawthings.refine) works an image over in tiles, at any size."
_CANNOT_BE_REPLACED = frozenset({"PROMPT", "VIEWPORT", "RENDER"})


def txt2img(
    selection: Selection, target: TargetKind = "IMAGE", pictures: generate.Pictures | None = None
) -> None:
    """Make pictures from the scene's prompt, as many as the panel says or as `pictures` are. Otherwise as
    `generate.submit`."""
    _require_replaceable("PROMPT", target)
    painting.finish()
    wanted, chosen = _output(selection, target, pictures)
    request = _guided(selection.scene, panel_request(selection.scene, "txt2img"))
    seamless = canvas_settings.seamless_wanted(selection.scene)
    made_of = map_settings.wanted(selection.scene)
    if made_of is not None:
        wanted = replace(wanted, wiring=wiring.wiring_of(selection.scene))
        if seamless is not None:
            made_of = replace(made_of, use_wrap=True)
    chosen = replace(chosen, seamless=seamless, maps=made_of)
    generate.submit(request, None, wanted, chosen)


def img2img(
    selection: Selection,
    source: SourceKind,
    target: TargetKind = "IMAGE",
    image: bpy.types.Image | None = None,
    tile: int = 0,
    *,
    node: str = "",
    node_group: str = "",
    pictures: generate.Pictures | None = None,
) -> None:
    """Restyle the viewport, a render, an image or the material's texture. As many as `txt2img`.

    The texture is that of the image node `node`, in the material's own tree or in the node group named;
    without a name the first of `subject.textures`. Otherwise as `generate.submit`.
    """
    scene = selection.scene
    _require_replaceable(source, target)
    # Who presses has painted: the mask is as it shall be, and what is below it is meant.
    painting.finish()
    request = panel_request(scene, "img2img")
    if source == 'TEXTURE':
        _restyle_textures(selection, request, target, tile, node, node_group, pictures)
        return
    if source == 'IMAGE' and image is None:
        raise no_image()
    wanted, chosen = _output(selection, target, pictures)
    meant: PictureSource
    if image is not None and source == 'IMAGE':
        meant = _image_source(selection, request, image, tile)
        wanted = replaced(wanted, meant) if target == 'REPLACE' else wanted
    else:
        request = _guided(scene, request)
        meant = (view_source if source == 'VIEWPORT' else render_source)(selection, request)
    generate.submit(request, meant, wanted, chosen)
    _say_size(selection, meant)


def _require_replaceable(source: SourceKind | Literal["PROMPT"], target: TargetKind) -> None:
    if target == 'REPLACE' and source in _CANNOT_BE_REPLACED:
        raise TargetUnavailable(
            "A {source} cannot be replaced.",
            "Send the result to an image or a material.",
            source=source.lower(),
        )


def add_generated_image(selection: Selection) -> bpy.types.Node:
    """Add an image node to the tree that is edited, selected, and make its picture. Raises BridgeError."""
    subject.require_tree(selection)
    # Checked before the tree is touched.
    generate.check(panel_request(selection.scene, "txt2img"), session.get().status.capabilities)
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


def _restyle_textures(
    selection: Selection,
    request: GenerationRequest,
    target: TargetKind,
    tile: int,
    node: str,
    node_group: str,
    pictures: generate.Pictures | None,
) -> None:
    textures = [subject.texture(selection, node, node_group)] if node else subject.restyled(selection)
    # Of several none is sent before it is known that all can take theirs.
    for texture in textures:
        preflight.require_texture_takes_result(texture, _kind(texture, target))
    for texture in textures:
        image, kind = texture.image, _kind(texture, target)
        assert image is not None
        meant = _image_source(selection, request, image, tile, texture)
        wanted, chosen = _texture_target(selection, kind, texture, pictures)
        if kind == 'REPLACE':
            wanted = replaced(wanted, meant)
        is_one_of_several = len(textures) > 1 or len(subject.textures(selection)) > 1
        what = f"“{bounds.one_line(meant.image.name, 30)}”" if is_one_of_several else "Texture"
        chosen = replace(chosen, title=Message("Restyle {what}", what=what))
        if len(textures) > 1 and chosen.only_here is not None:
            chosen = replace(chosen, only_here=replace(chosen.only_here, owner=_owner(selection, texture)))
        generate.submit(request, meant, wanted, chosen)
        _say_size(selection, meant)


def _kind(texture: Texture, target: TargetKind) -> TargetKind:
    """One tile goes to its place in its set: alone in the node it would be shown instead of all others."""
    image = texture.image
    is_tile = image is not None and image.source == 'TILED' and image.is_editable
    return 'REPLACE' if is_tile and target == 'MATERIAL' else target


def _owner(selection: Selection, texture: Texture) -> bpy.types.Object | None:
    """Of several objects the one whose faces show the texture."""
    material = texture.material if isinstance(texture, TextureNode) else None
    found = (each for each in subject.chosen_objects(selection) if each.active_material == material)
    return next(found, selection.active)


def _say_size(selection: Selection, source: PictureSource) -> None:
    """Of a source that is larger than models make well it is said once, and what there is instead: by the
    panel or a question before the press, and without a window here. After it is captured: asking for an
    image's size reads it, and one that nobody had read is sent as its file is."""
    if isinstance(source, ImageSource):
        key, size = source_size.key_of('IMAGE', source.image), source_size.of_image(source.image)
    else:
        kind: Literal['VIEWPORT', 'RENDER'] = 'VIEWPORT' if isinstance(source, ViewSource) else 'RENDER'
        key, size = source_size.key_of(kind), source_size.of(selection, kind)
    sentence = source_size.about(selection.scene, size, key)
    if not sentence:
        return
    source_size.note_said(key)
    if bpy.app.background:
        session.get().tell(sentence, _IN_TILES if isinstance(source, ImageSource) else "")


def panel_request(scene: bpy.types.Scene, operation: Operation) -> GenerationRequest:
    """The settings, as they are sent to the server as far as it is known. Raises InvalidSettings."""
    # Advanced settings alone depend on who answers.
    known = session.get().status.capabilities if scene.drawthings.advanced else None
    return settings.request(scene, operation, known.dialect if known is not None else None)


class Outlined:
    """The panel's settings as panels read them, once for each drawing."""

    def __init__(self, scene: bpy.types.Scene) -> None:
        self._scene = scene
        self._known = session.get().status.capabilities
        self._outline = settings.outline(scene, self._known.dialect if self._known is not None else None)
        self._checked: list[tuple[GenerationRequest, BridgeError | None]] = []

    def require(self, operation: Operation, *, is_guided: bool = True) -> None:
        """Raises InvalidSettings where a press would, as far as memory tells.

        `is_guided`: maps of the scene guide the picture, those that are switched on.
        """
        if isinstance(self._outline, InvalidSettings):
            raise self._outline.with_traceback(None)
        wanted = settings.for_operation(operation, self._outline)
        kinds = guiding_maps(self._scene) if is_guided else []
        if kinds:
            wanted = controlnet.with_known_controls(self._scene, wanted, kinds)
        # It is checked as a new picture whatever it is made from.
        plain = wanted.changed(operation="txt2img")
        if all(each != plain for each, _error in self._checked):
            self._checked.append((plain, self._check(plain)))
        error = next(error for each, error in self._checked if each == plain)
        if error is not None:
            raise error.with_traceback(None)

    def _check(self, wanted: GenerationRequest) -> BridgeError | None:
        try:
            generate.check(wanted, self._known)
        except BridgeError as error:
            return error
        return None


def _guided(scene: bpy.types.Scene, request: GenerationRequest) -> GenerationRequest:
    """With the maps of the scene that are switched on. Raises as `controlnet.with_controls`."""
    kinds = guiding_maps(scene)
    return controlnet.with_controls(scene, request, kinds) if kinds else request


def guiding_maps(scene: bpy.types.Scene) -> list[MapKind]:
    """The maps of the scene that are switched on."""
    switches = scene.drawthings.scene_controls
    return [kind for kind in controlnet.KINDS if getattr(switches, kind).use]


def _size(scene: bpy.types.Scene, wanted: GenerationRequest) -> Size | None:
    """What a source is worked on at; None: its own size."""
    return None if scene.drawthings.use_source_size else (wanted.images.width, wanted.images.height)


def view_source(selection: Selection, wanted: GenerationRequest) -> ViewSource:
    """The 3D View. Raises SourceUnavailable where there is none."""
    chosen = selection.scene.drawthings
    return ViewSource(
        capture.require_view(selection),
        camera=chosen.view_from == 'CAMERA',
        overlays=chosen.use_overlays,
        size=_size(selection.scene, wanted),
        fit_mode=chosen.fit_mode,
    )


def render_source(selection: Selection, wanted: GenerationRequest) -> RenderSource:
    """The scene's render."""
    scene = selection.scene
    chosen = scene.drawthings
    return RenderSource(
        scene, chosen.render_source, selection.editor, size=_size(scene, wanted), fit_mode=chosen.fit_mode
    )


def _image_source(
    selection: Selection,
    wanted: GenerationRequest,
    picture: bpy.types.Image,
    tile: int = 0,
    texture: Texture | None = None,
) -> ImageSource:
    """An image as the artist looks at it, or as a shader takes it that has it for its texture."""
    scene = selection.scene
    return ImageSource(
        picture,
        tile,
        looks.find(picture, selection) if texture is None else looks.of_texture(texture),
        is_texture=texture is not None,
        scene=scene,
        size=_size(scene, wanted),
        fit_mode=scene.drawthings.fit_mode,
    )


def seen_image(selection: Selection, picture: bpy.types.Image, tile: int = 0) -> ImageSource:
    """An image as the artist looks at it, whatever the panel says."""
    return ImageSource(picture, tile, looks.find(picture, selection), scene=selection.scene)


def _output(
    selection: Selection, kind: TargetKind, pictures: generate.Pictures | None
) -> tuple[Target, generate.Options]:
    """Where a new picture goes, and how. Raises TargetUnavailable."""
    chosen = selection.scene.drawthings
    places = preflight.require(selection) if kind == 'MATERIAL' else ()
    how = options(selection, places, pictures)
    if not places:
        return Target(kind='IMAGE' if kind == 'MATERIAL' else kind, show=chosen.use_show), how
    first, *others = [replace(_at(chosen, place), show=chosen.use_show) for place in places]
    return replace(first, others=tuple(others)), how


def _texture_target(
    selection: Selection, kind: TargetKind, texture: Texture, pictures: generate.Pictures | None
) -> tuple[Target, generate.Options]:
    """To a material: the image node that was sent takes the result; where none has what is painted on, it
    goes where a texture would. Raises TargetUnavailable."""
    if not isinstance(texture, TextureNode):
        return _output(selection, kind, pictures)
    show = selection.scene.drawthings.use_show
    if kind != 'MATERIAL':
        return Target(kind=kind, show=show), options(selection, pictures=pictures)
    target = Target(
        kind='MATERIAL',
        material=Reference.to_any(texture.material),
        node=texture.node.name,
        node_group=Reference.to_any(texture.group),
        show=show,
    )
    return target, options(selection, pictures=pictures)


def replaced(wanted: Target, source: ImageSource) -> Target:
    """The result takes the image's place. Raises TargetUnavailable."""
    return replace(wanted, image=deliver.to_replace(source.image), tile=source.tile_number)


def _at(chosen: bpy.types.PropertyGroup, place: Place) -> Target:
    return Target(
        kind='MATERIAL',
        object=Reference.to_any(place.owner),
        material=Reference.to_any(place.material),
        new_material=place.material is None and chosen.use_new_material,
        slot=place.owner.active_material_index
        if place.material is None and place.owner is not None
        else None,
        node=place.node,
        node_group=Reference.to_any(place.node_group),
        socket=chosen.socket,
        box=place.takes_box(chosen.mapping),
    )


def options(
    selection: Selection, places: Sequence[Place] = (), pictures: generate.Pictures | None = None
) -> generate.Options:
    """As the panel says, but for `pictures`; some of the `places` may need UV maps."""
    chosen = selection.scene.drawthings
    return generate.Options(
        Reference.to(selection.scene),
        pictures=pictures or generate.Pictures(chosen.batch_count),
        packed=chosen.use_pack,
        only_here=OnlyHere.of(selection.scene, selection.active),
        before_sending=functools.partial(preflight.give_maps, selection, places)
        if places
        else generate.nothing,
    )
