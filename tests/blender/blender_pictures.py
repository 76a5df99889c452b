# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pictures for tests, and reading them back by other ways than the extension's own."""

from __future__ import annotations

import io
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt
from PIL import Image

Bytes = npt.NDArray[np.uint8]
"""(H, W, 4), row 0 at the top."""


def render_quickly(scene: bpy.types.Scene) -> None:
    """Cycles with one sample and no denoiser: what every build of Blender renders at once."""
    scene.render.engine = 'CYCLES'
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False


def noise(width: int, height: int, *, seed: int = 0, channels: int = 4) -> Bytes:
    """Every value there is, transparent pixels with colours under them among them.

    It repeats, so that large ones are quickly packed.
    """
    block = np.random.default_rng(seed).integers(0, 256, (89, 97, channels), dtype=np.uint8)
    pixels = np.tile(block, (height // 89 + 1, width // 97 + 1, 1))[:height, :width].copy()
    if channels == 4:
        pixels[: height // 3, :, 3] = 0
        pixels[-(height // 4) :, :, 3] = 255
    return pixels


def png(pixels: Bytes) -> bytes:
    """PNG bytes, by another encoder than the extension's."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return stream.getvalue()


def read_png(data: bytes | Path) -> Bytes:
    """(H, W, 4) of a PNG, by another decoder than the extension's."""
    source = io.BytesIO(data) if isinstance(data, bytes) else data
    with Image.open(source) as picture:
        return np.asarray(picture.convert("RGBA"))


def text_of(path: Path) -> dict[str, str]:
    """The text chunks of a PNG."""
    with Image.open(path) as picture:
        picture.load()
        return dict(picture.text)


def generated(name: str, pixels: Bytes) -> bpy.types.Image:
    """An image that was painted and never saved."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height, alpha=True)
    paint(image, pixels)
    return image


def packed(name: str, pixels: Bytes) -> bpy.types.Image:
    """An image whose file is inside the .blend."""
    data = png(pixels)
    image = bpy.data.images.new(name, 1, 1)
    image.pack(data=data, data_len=len(data))
    image.source = 'FILE'
    return image


def on_disk(path: Path, pixels: Bytes) -> bpy.types.Image:
    """An image loaded from a file."""
    path.write_bytes(png(pixels))
    return bpy.data.images.load(str(path))


def tiled(folder: Path, tiles: dict[int, Bytes], name: str = "wall") -> bpy.types.Image:
    """A tiled image loaded from files."""
    for number, pixels in tiles.items():
        (folder / f"{name}.{number}.png").write_bytes(png(pixels))
    image = bpy.data.images.load(str(folder / f"{name}.{min(tiles)}.png"))
    image.name = name
    image.source = 'TILED'
    image.filepath = str(folder / f"{name}.<UDIM>.png")
    present = {tile.number for tile in image.tiles}
    for number in tiles:
        if number not in present:
            image.tiles.new(tile_number=number)
    return image


def paint(image: bpy.types.Image, pixels: Bytes) -> None:
    """What a brush does: new pixels that are in no file."""
    image.pixels.foreach_set((pixels[::-1].astype(np.float32) / 255.0).ravel())
    image.update()


def floats_of(image: bpy.types.Image) -> npt.NDArray[np.float32]:
    """(H, W, C) as Blender has them, row 0 at the top."""
    width, height = image.size
    values = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(height, width, image.channels)[::-1]


def bytes_of(image: bpy.types.Image) -> Bytes:
    """(H, W, 4) of a byte image."""
    assert not image.is_float
    return np.rint(floats_of(image) * 255.0).astype(np.uint8)


def tiles_of(image: bpy.types.Image) -> dict[int, Bytes]:
    """The tiles of a packed tiled image, from its packed files."""
    found = {}
    for each in image.packed_files:
        number = int(Path(each.filepath.replace("\\", "/")).name.split(".")[-2])
        found[number] = read_png(each.packed_file.data)
    return found


def display_bytes(linear: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Scene-linear values as 0 to 255 sRGB, not rounded: IEC 61966-2-1, written anew."""
    values = np.clip(linear.astype(np.float64), 0.0, 1.0)
    return 255.0 * np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)


def textured(image: bpy.types.Image) -> bpy.types.Material:
    """The active object's material, its Base Color fed by the image."""
    owner = bpy.context.object
    material = bpy.data.materials.new("Wall")
    if bpy.app.version < (5, 0, 0):
        material.use_nodes = True
    node = material.node_tree.nodes.new('ShaderNodeTexImage')
    node.image = image
    shader = material.node_tree.nodes["Principled BSDF"]
    material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])
    owner.active_material = material
    return material
