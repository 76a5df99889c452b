# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Maps of a material: how their images are called and read, and where in a material each belongs."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator

import bpy

from ...errors import TargetUnavailable
from ...imaging.maps import WORDS, MapSettings, TextureMap
from ...jobs.recipe import Recipe
from .. import compat, subject, windows
from ..selection import Selection
from . import images, materials
from .target import Reference, Relief, Target, Wiring

#: The inputs of the Principled BSDF that have no other choice.
_INTO: dict[TextureMap, str] = {"ROUGHNESS": "Roughness", "ALBEDO": "Base Color"}
_RELIEF: dict[Relief, tuple[TextureMap, str]] = {
    'NORMAL': ("NORMAL", "Normal"),
    'BUMP': ("HEIGHT", materials.BUMP),
    'DISPLACEMENT': ("HEIGHT", materials.DISPLACEMENT),
}


def present(image: bpy.types.Image, recipe: Recipe, of: str) -> None:
    """Have the image of a map read as what it is, and be called so: "wall height". `of` is what the picture
    is called that it was made of."""
    kind = recipe.map
    if not kind:
        return
    source = bpy.data.images.get(of)
    if source is not None and source.drawthings.map:
        # A map that is made of another is one of the same picture.
        of = of.removesuffix(f" {WORDS[source.drawthings.map]}")
    image.drawthings.map = kind
    image.name = images.name_ending(of, f" {WORDS[kind]}")
    images.set_color_space(image, 'sRGB' if kind == "ALBEDO" else 'Non-Color')


def wiring_of(scene: bpy.types.Scene) -> Wiring:
    """How the panel says that maps are wired in."""
    chosen = scene.drawthings.maps
    return Wiring(chosen.relief, chosen.use_base_color, chosen.use_replace_links)


def target(selection: Selection, wanted: MapSettings) -> Target:
    """The active material, or the one that the editor shows. Raises TargetUnavailable where none of the maps
    could be wired in."""
    meant = subject.of(selection)
    if meant.material is None:
        raise TargetUnavailable(
            meant.reason or "There is no active material to wire the maps into.",
            meant.advice or "Select an object with a material, or switch Into Material off.",
        )
    wiring = wiring_of(selection.scene)
    engine = selection.scene.render.engine
    for _kind, socket in sockets(wanted.maps, wanted, wiring):
        materials.require_takes_texture(meant.material, socket, engine)
    return Target(kind='MATERIAL', material=Reference.to(meant.material), show=False, wiring=wiring)


def sockets(
    made: Collection[TextureMap], settings: MapSettings, wiring: Wiring
) -> Iterator[tuple[TextureMap, str]]:
    """Which of the maps belongs where. Where the one for the relief was not made, or is a normal map for
    DirectX that this Blender does not read, the other one is it."""
    for kind, socket in _INTO.items():
        if kind in made and (kind != "ALBEDO" or wiring.base_color):
            yield kind, socket
    is_read = settings.normal_format == 'OPENGL' or compat.reads_directx_normals()
    usable = [each for each in made if each != "NORMAL" or is_read]
    for relief in (wiring.relief, 'NORMAL', 'BUMP'):
        kind, socket = _RELIEF[relief]
        if kind in usable:
            yield kind, socket
            return


def place(kind: TextureMap, socket: str, wiring: Wiring, material: bpy.types.Material) -> Target:
    """The input of the material for a map. Raises TargetUnavailable where something else is linked there, and
    is to stay: an earlier map is not."""
    found = materials.linked(material, socket, windows.first().scene.render.engine)
    is_asked = wiring.replaces_links or kind == "ALBEDO"
    if found is not None and not is_asked and not any(each.drawthings.map for each in found):
        raise TargetUnavailable(
            "{input} of “{material}” is linked already, and stays as it is.",
            "Switch Replace Links on to wire the map in all the same.",
            input=socket,
            material=material.name,
        )
    return Target(kind='MATERIAL', material=Reference.to(material), socket=socket, show=False)


def of_picture(image: bpy.types.Image) -> dict[TextureMap, bpy.types.Image]:
    """The maps that came with a picture, itself among them where it is one. Looks through the file's images:
    not for `draw`."""
    found: dict[TextureMap, bpy.types.Image] = {}
    recipe = images.readable_recipe(image)
    if recipe is None or recipe.maps is None:
        return found
    main = dataclasses.replace(recipe, beside="").text
    for each in bpy.data.images:
        own = images.readable_recipe(each) if each.drawthings.map and each.library is None else None
        if own is not None and own.map and dataclasses.replace(own, beside="").text == main:
            found[own.map] = each
    return found


def earlier(image: bpy.types.Image, recipe: Recipe) -> bpy.types.Image | None:
    """The same map of the same picture that was made before, and has its place; of several the one that is
    used, the newest. None: there is none."""
    found = []
    for each in bpy.data.images:
        notes = each.drawthings
        if each == image or notes.map != recipe.map or notes.is_replaced or not each.is_editable:
            continue
        own = images.readable_recipe(each)
        if own is not None and own.source == recipe.source:
            found.append(each)
    return max(found, key=lambda each: (each.users > each.use_fake_user, each.session_uid), default=None)


def about(troubles: Collection[TargetUnavailable]) -> str:
    """What is told of maps that were not wired in; empty for none."""
    return " ".join(dict.fromkeys(str(each) for each in troubles))
