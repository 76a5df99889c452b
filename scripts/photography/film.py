# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pictures of the README: a window, its panels, and a short film of a texture that comes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from environments import REPOSITORY
from window import Rectangle

from . import states
from .studio import COPPER, Studio

DOCS = REPOSITORY / "docs"

_FILM_WIDTH = 1100
_STEPS = 20
_HELD = (3, 7, 11, 15, 19)
"""Steps at which the server stands still for a photograph."""
_PREVIEW_SECONDS = 2.5
"""Until the preview of a step is there."""
_POINTER = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))
"""The outline of a pointer: a photograph of the screen has none."""


@dataclass(frozen=True)
class Frame:
    """One picture of the film, and how long it stays."""

    picture: Image.Image
    milliseconds: int


_LOOK = """
with override('VIEW_3D'):
    bpy.ops.screen.screen_full_area()
view = area('VIEW_3D').spaces.active
view.shading.type = 'MATERIAL'
view.shading.use_scene_lights = view.shading.use_scene_world = True
view.overlay.show_floor = view.overlay.show_axis_x = view.overlay.show_axis_y = False
view.overlay.show_cursor = False
# Each sample takes a processor a second.
bpy.context.scene.eevee.taa_samples = 3
"""
_FRAME = "with override('VIEW_3D'): bpy.ops.view3d.view_center_camera()"


def renew_the_readme(studio: Studio) -> None:
    """Save docs/texture.webp, docs/window.jpg and the pictures of the panels."""
    studio.window.run(_LOOK, timeout=300)
    studio.sidebar()
    studio.run(_FRAME)
    _save_film(list(_film(studio)), DOCS / "texture.webp")
    states.prepare_results(studio)
    _save(studio, 'VIEW_3D', "window.jpg")
    states.lay_over_view(studio)
    states.draw_line('VIEW_3D')(studio)
    _save(studio, 'VIEW_3D', "panel_view3d.jpg", is_aside=False)
    studio.window.key("Escape")
    studio.call("overlay()")
    states.show_image_editor(studio)
    _save(studio, 'IMAGE_EDITOR', "panel_image_editor.jpg")
    states.show_shader_editor(studio)
    _save(studio, 'ShaderNodeTree', "panel_shader_editor.jpg")


def _film(studio: Studio) -> Iterator[Frame]:
    """From an empty prompt to the texture on the jar."""
    studio.connect("a1111")
    studio.select("Jar")
    studio.set(prompt="", steps=_STEPS)
    studio.sidebar()
    aside = studio.window.rectangle('VIEW_3D').centre
    yield _frame(studio, 900, aside)
    field = studio.window.find_button('VIEW_3D', "drawthings.prompt")
    words = COPPER.split()
    for count in range(1, len(words) + 1):
        studio.set(prompt=" ".join(words[:count]))
        yield _frame(studio, 220, field)
    button = studio.window.find_button('VIEW_3D', "drawthings.txt2img(")
    studio.window.move(*button)
    yield _frame(studio, 700, button)
    studio.faults("a1111", hold_at_step=_HELD[0])
    studio.window.click(*button)
    for step in _HELD:
        studio.faults("a1111", hold_at_step=step)
        studio.wait_for_step(step)
        time.sleep(_PREVIEW_SECONDS)
        yield _frame(studio, 350, button)
    studio.faults("a1111")
    studio.window.wait_until("session().results", timeout=120)
    studio.settle()
    studio.step_aside()
    yield _frame(studio, 3500, aside)


def _frame(studio: Studio, milliseconds: int, pointer: tuple[int, int]) -> Frame:
    part = _view(studio)
    path = studio.window.photograph(studio.path("frame"), part)
    with Image.open(path) as photograph:
        picture = photograph.convert("RGB")
    path.unlink()
    outline = [(pointer[0] - part.left + x, pointer[1] - part.top + y) for x, y in _POINTER]
    ImageDraw.Draw(picture).polygon(outline, fill="white", outline="black")
    size = (_FILM_WIDTH, round(picture.height * _FILM_WIDTH / picture.width))
    return Frame(picture.resize(size, Image.Resampling.LANCZOS), milliseconds)


def _save_film(frames: list[Frame], path: Path) -> None:
    first, *others = frames
    first.picture.save(
        path,
        save_all=True,
        append_images=[frame.picture for frame in others],
        duration=[frame.milliseconds for frame in frames],
        loop=0,
        quality=80,
        method=6,
    )
    print(path)


def _view(studio: Studio, kind: str = 'VIEW_3D') -> Rectangle:
    """An editor with its sidebar, without the editors around it."""
    left, bottom, width, height = studio.run(f"a = area({kind!r}); (a.x, a.y, a.width, a.height)")
    return Rectangle(left, studio.window.size[1] - bottom - height, width, height)


def _save(studio: Studio, kind: str, name: str, *, is_aside: bool = True) -> None:
    """An editor as it is now, with the pointer aside."""
    if is_aside:
        studio.step_aside(kind)
    path = studio.window.photograph(studio.path("still"), _view(studio, kind))
    with Image.open(path) as photograph:
        photograph.convert("RGB").save(DOCS / name, quality=88, subsampling=0, optimize=True)
    path.unlink()
    print(DOCS / name)
