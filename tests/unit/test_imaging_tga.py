# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Uncompressed TGA as Pillow writes it, whole and by windows."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from campaign import FIXTURES_STAY, share
from drawthings_addon.errors import PictureInvalid
from drawthings_addon.imaging import tga
from drawthings_addon.jobs import sources
from drawthings_addon.jobs.source import Source, SourceName


def noise(width: int, height: int) -> NDArray[np.uint8]:
    return np.random.default_rng([width, height]).integers(0, 256, (height, width, 4), np.uint8)


def write(path: Path, pixels: NDArray[np.uint8], orientation: int = -1, name: str = "") -> None:
    """`orientation` 1: row 0 is the top one; -1: the bottom one, as Blender writes."""
    Image.fromarray(pixels).save(path, "TGA", orientation=orientation, id_section=name.encode())


@settings(max_examples=share(300), suppress_health_check=FIXTURES_STAY)
@given(
    st.data(), st.integers(1, 90), st.integers(1, 90), st.sampled_from([1, -1]), st.text("abc", max_size=9)
)
def test_the_whole_and_any_window(
    tmp_path: Path, data: st.DataObject, width: int, height: int, orientation: int, name: str
) -> None:
    pixels, path = noise(width, height), tmp_path / "a.tga"
    write(path, pixels, orientation, name)
    assert tga.size(path) == (width, height)
    np.testing.assert_array_equal(tga.read(path), pixels)
    left, right = data.draw(st.integers(0, width - 1)), data.draw(st.integers(1, width))
    top, bottom = data.draw(st.integers(0, height - 1)), data.draw(st.integers(1, height))
    window = (left, top, max(right, left + 1), max(bottom, top + 1))
    part = pixels[window[1] : window[3], window[0] : window[2]]
    np.testing.assert_array_equal(tga.read(path, window), part)


@pytest.mark.parametrize("length", [0, 17, 18, 18 + 5 * 4 * 4 - 1])
def test_what_is_cut_short_is_no_picture(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.tga"
    write(path, noise(5, 4))
    path.write_bytes(path.read_bytes()[:length])
    for read in (tga.size, tga.read):
        with pytest.raises(PictureInvalid, match=r"a\.tga"):
            read(path)


@pytest.mark.parametrize("mode", ["RGB", "L", "P"])
def test_other_kinds_are_refused(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.tga"
    Image.new(mode, (5, 4)).save(path, "TGA")
    with pytest.raises(PictureInvalid):
        tga.read(path)


def test_a_compressed_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tga"
    Image.new("RGBA", (50, 40)).save(path, "TGA", compression="tga_rle")
    with pytest.raises(PictureInvalid):
        tga.read(path)


@pytest.mark.parametrize("window", [(0, 0, 6, 4), (2, 1, 2, 3), (-1, 0, 3, 3), (0, 3, 3, 2)])
def test_a_window_lies_within_its_picture(tmp_path: Path, window: tuple[int, int, int, int]) -> None:
    path = tmp_path / "a.tga"
    write(path, noise(5, 4))
    with pytest.raises(ValueError):
        tga.read(path, window)
    with pytest.raises(ValueError):
        sources.windowed(Source(SourceName("OTHER", "a"), path=path), *window)


def test_a_window_is_read_without_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "a.tga"
    write(path, noise(2048, 2048))
    tracemalloc.start()
    try:
        window = tga.read(path, (100, 200, 164, 264))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert window.shape == (64, 64, 4)
    assert peak < 1 << 20


@pytest.mark.parametrize("kind", ["pixels", "png", "tga"])
def test_a_window_of_a_source(tmp_path: Path, kind: str) -> None:
    pixels, path = noise(50, 40), tmp_path / f"a.{kind}"
    if kind == "pixels":
        whole = Source(SourceName("OTHER", "a"), pixels=pixels[::-1])
    else:
        Image.fromarray(pixels).save(path)
        whole = Source(SourceName("OTHER", "a"), path=path)
    part = sources.windowed(whole, 5, 10, 45, 30)
    assert sources.source_size(whole) == (50, 40)
    assert sources.source_size(part) == (40, 20)
    np.testing.assert_array_equal(sources.to_display_bytes(part), pixels[10:30, 5:45])
    np.testing.assert_array_equal(sources.to_display_bytes(sources.displayed(part)), pixels[10:30, 5:45])


@pytest.mark.parametrize("place", [None, 0, 63, 64, 199])
def test_a_mask_in_a_file_is_painted_or_not(tmp_path: Path, place: int | None) -> None:
    path = tmp_path / "a.tga"
    pixels = np.zeros((200, 30, 4), np.uint8)
    pixels[..., 3] = 255
    if place is not None:
        pixels[place, 7, 1] = 255
    write(path, pixels)
    assert sources.is_painted(Source(SourceName("OTHER", "mask"), path=path)) is (place is not None)
    pixels[..., 3] = 0
    write(path, pixels)
    assert not sources.is_painted(Source(SourceName("OTHER", "mask"), path=path)), "transparency is black"


@pytest.mark.parametrize("top", [100, 1000, 1900])
def test_what_is_painted_is_soon_found_wherever_it_lies(
    tmp_path: Path, top: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for while Blender waits."""
    path = tmp_path / "a.tga"
    pixels = np.zeros((2048, 30, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[top : top + 130, 7, 1] = 255
    write(path, pixels)
    rows = []
    read = tga.read

    def counted(path: Path, window: tuple[int, int, int, int] | None = None) -> np.ndarray:
        found = read(path, window)
        rows.append(len(found))
        return found

    monkeypatch.setattr(tga, "read", counted)
    assert sources.is_painted(Source(SourceName("OTHER", "mask"), path=path))
    assert sum(rows) <= 2048 // 16


@pytest.mark.parametrize("is_in_a_file", [True, False])
def test_a_mask_is_read_from_the_top_wherever_it_is_looked_for_first(
    tmp_path: Path, *, is_in_a_file: bool
) -> None:
    path = tmp_path / "a.tga"
    rows = np.random.default_rng(0).integers(0, 256, (301, 1, 1), dtype=np.uint8)
    pixels = np.repeat(np.repeat(rows, 5, axis=1), 4, axis=2)
    pixels[..., 3] = 255
    write(path, pixels)
    name = SourceName("OTHER", "mask")
    mask = Source(name, path=path) if is_in_a_file else Source(name, pixels=pixels[::-1])
    assert np.array_equal(sources.grey(mask), pixels[..., 0])
