# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The contact sheet of a set: where everything stands on it, and what its file tells."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import SourceUnavailable, StorageFailed
from drawthings_addon.imaging import contact_sheet, png
from drawthings_addon.imaging.alpha import over
from drawthings_addon.imaging.contact_sheet import Words
from drawthings_addon.imaging.lettering import Lettering, coverage, write
from drawthings_addon.jobs import contact_sheet as sheets
from drawthings_addon.jobs import metadata
from drawthings_addon.jobs.contact_sheet import Arrangement, Listed, Shown
from drawthings_addon.jobs.decoder import Decoder
from drawthings_addon.jobs.picture_set import SetMember
from drawthings_addon.jobs.recipe import Recipe


def triangles(*corners: Sequence[tuple[float, float]]) -> np.ndarray:
    return np.array(corners, np.float32)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    return triangles(
        ((left, top), (right, top), (right, bottom)), ((left, top), (right, bottom), (left, bottom))
    )


def line(width: float) -> Lettering:
    """Letters that fill their line from the foot to the top."""
    return Lettering(box(0.0, 0.0, width, 0.7), width)


def full(text: str, room: float, most: int) -> tuple[Lettering, ...]:
    """As if each text were longer than all the room that there is."""
    return (line(room),) * most if text else ()


def flat(value: int, width: int = 64, height: int = 64, channels: int = 3) -> np.ndarray:
    return np.full((height, width, channels), value, np.uint8)


# Letters


def test_what_is_covered_is_covered_once() -> None:
    covered = coverage(box(1.0, 1.0, 3.0, 2.0), 5, 4)
    assert covered.sum() == pytest.approx(2.0, abs=1e-5)
    assert np.allclose(covered[1, 1:3], 1.0, atol=1e-6)


def test_an_edge_covers_a_part_of_its_pixels() -> None:
    covered = coverage(box(0.25, 0.0, 1.5, 1.0), 3, 1)[0]
    assert covered == pytest.approx([0.75, 0.5, 0.0], abs=1e-6)
    # A quarter of the lines through a pixel lie in its upper quarter.
    assert coverage(box(0.0, 0.0, 1.0, 0.25), 1, 1)[0, 0] == pytest.approx(0.25)


def test_a_slope_covers_half() -> None:
    covered = coverage(triangles(((0, 0), (8, 8), (0, 8))), 8, 8)
    assert covered.sum() == pytest.approx(32.0, rel=0.01)
    assert np.allclose(covered.diagonal(), 0.5, atol=0.01)


def test_the_order_of_the_corners_is_nothing() -> None:
    corners = ((1.3, 0.2), (6.1, 3.7), (2.4, 7.9))
    wanted = coverage(triangles(corners), 8, 8)
    for order in itertools.permutations(corners):
        assert np.allclose(coverage(triangles(order), 8, 8), wanted, atol=1e-5)


def test_triangles_of_no_area_cover_nothing() -> None:
    assert not coverage(triangles(((1, 1), (1, 1), (1, 1)), ((0, 2), (4, 2), (2, 2))), 4, 4).any()
    assert not coverage(np.empty((0, 3, 2), np.float32), 4, 4).any()


@pytest.mark.parametrize(("x", "y"), [(-30, 10), (90, 10), (10, -40), (10, 99), (-3, 4), (62, 66)])
def test_what_does_not_fit_is_cut_off(x: int, y: int) -> None:
    picture = flat(0)
    write(picture, line(2.0), x, y, 10.0, (255, 255, 255))
    wanted = np.zeros((300, 300), bool)
    wanted[100 + y - 7 : 100 + y, 100 + x : 100 + x + 20] = True
    assert np.array_equal(picture[..., 0] == 255, wanted[100:164, 100:164])


# The sheet


@pytest.mark.parametrize(("columns", "rows"), [(1, 1), (4, 1), (10, 10), (10, 1), (1, 10), (8, 4)])
@pytest.mark.parametrize("shape", [(1.0, 1.0), (0.05, 1.0), (1.0, 0.05)])
def test_no_sheet_is_larger_than_blender_shows_in_one_piece(
    columns: int, rows: int, shape: tuple[float, float]
) -> None:
    edge = contact_sheet.edge(columns, rows)
    picture = flat(9, max(1, round(edge * shape[0])), max(1, round(edge * shape[1])))
    words = Words("t", "a", ("c",) * columns, ("r",) * rows, ("s",) * (columns * rows))
    sheet = contact_sheet.lay_out([picture] * (columns * rows), columns, words, full)
    assert max(sheet.width, sheet.height) <= contact_sheet.MAX_SIDE
    assert contact_sheet.draw(sheet).shape == (sheet.height, sheet.width, 3)


@pytest.mark.parametrize("columns", [1, 2, 3, 4])
def test_pictures_and_words_lie_beside_one_another(columns: int) -> None:
    pictures = [flat(90 + index, 300, 200 + index) for index in range(4)]
    rows = -(-4 // columns)
    words = Words("t", "a", ("c",) * columns, ("r",) * rows, ("s",) * 4)
    sheet = contact_sheet.lay_out(pictures, columns, words, full)
    covered = np.zeros((sheet.height, sheet.width), np.uint8)
    for x, y, width, height in sheet.places:
        covered[y : y + height, x : x + width] += 1
    for each in sheet.texts:
        top, right = each.y - round(0.7 * each.size), each.x + round(each.line.width * each.size)
        covered[top : each.y, each.x : right] += 1
        assert top >= 0
        assert right <= sheet.width
    assert covered.max() == 1
    drawn = contact_sheet.draw(sheet)
    for index, (x, y, _width, _height) in enumerate(sheet.places):
        assert (drawn[y + 5, x + 5] == 90 + index).all()


def test_a_missing_picture_leaves_its_place_empty() -> None:
    with_all = contact_sheet.lay_out([flat(200)] * 4, 4, Words(), full)
    without = contact_sheet.lay_out([flat(200), None, flat(200), None], 4, Words(), full)
    assert with_all.places == without.places
    drawn = contact_sheet.draw(without)
    x, y, width, height = without.places[1]
    place = drawn[y : y + height, x : x + width]
    assert (place == place[0, 0]).all()
    assert not (place[0, 0] == drawn[0, 0]).all()
    nothing = contact_sheet.lay_out([None], 1, Words(), full)
    assert contact_sheet.draw(nothing).shape[2] == 3


def test_what_is_transparent_shows_the_ground() -> None:
    picture = flat(255, channels=4)
    picture[..., 3] = 0
    sheet = contact_sheet.lay_out([picture], 1, Words(), full)
    drawn = contact_sheet.draw(sheet)
    assert (drawn == drawn[0, 0]).all()
    grey = np.full((2, 2, 2), 200, np.uint8)
    grey[..., 1] = 51
    assert (over(grey, flat(100, 2, 2)) == 120).all()
    assert over(flat(7, 2, 2, 1), flat(100, 2, 2)).tolist() == flat(7, 2, 2).tolist()


def test_a_strip_is_a_row_of_six_or_several() -> None:
    wanted = {1: 1, 4: 4, 6: 6, 7: 4, 8: 4, 12: 6, 36: 6, 37: 7, 100: 10}
    assert {count: contact_sheet.columns_of_strip(count) for count in wanted} == wanted


# Of a set


def recipe(seed: int = 77, prompt: str = "copper", **values: object) -> Recipe:
    request = GenerationRequest.of(prompt=prompt, seed=seed, width=64, height=64, model="z.ckpt", **values)
    return Recipe(request, "http://localhost:7860", created="2026-11-27T07:24:00+00:00")


def member(index: int, size: int = 4, **values: object) -> SetMember:
    return SetMember("ab" * 16, index, size, **values)  # type: ignore[arg-type]


def file(folder: Path, index: int, made: Recipe | None) -> Path:
    path = folder / f"{index}.png"
    path.write_bytes(png.encode(flat(40 * index), text=made.png_text() if made else {}))
    return path


def shown(listed: Sequence[Listed], edge: int = 256) -> list[Shown]:
    return [sheets.read(each, edge, Decoder()) for each in listed]


def test_a_strip_tells_its_seeds_and_a_grid_its_axes(tmp_path: Path) -> None:
    listed = [Listed(file(tmp_path, i, recipe(77 + i)), member(i)) for i in (0, 2, 3)]
    words = sheets.words(shown(listed), Arrangement.of(each.member for each in listed))
    assert words.captions == ("seed 77", "", "seed 79", "seed 80")
    assert words.title == "copper"
    assert words.about.startswith("z.ckpt · 64 × 64 · 2026-11-2")
    assert not words.columns
    grid = [
        Listed(
            file(tmp_path, i, recipe()),
            member(i, 6, columns=3, column=f"Guidance {i % 3}", row=f"S {i // 3}"),
        )
        for i in (0, 1, 5)
    ]
    words = sheets.words(shown(grid), Arrangement.of(each.member for each in grid))
    assert words.columns == ("Guidance 0", "Guidance 1", "Guidance 2")
    assert words.rows == ("S 0", "S 1")
    assert not words.captions
    assert "seed 77" in words.about


def test_what_differs_is_not_said_of_all() -> None:
    """The first picture's model or size is not that of a sheet of several."""
    made = [recipe(), replace(recipe(), request=recipe().request.changed(model="y.ckpt", width=128))]
    found = [Shown(member(i, 2, columns=2), each, None) for i, each in enumerate(made)]
    arrangement = Arrangement.of(each.member for each in found)
    about = sheets.words(found, arrangement).about
    assert ".ckpt" not in about and "×" not in about and about.startswith("seed 77 · 2026")
    assert "z.ckpt · 64 × 64" in sheets.words(found[:1], arrangement).about


def test_what_cannot_be_read_leaves_its_place_empty(tmp_path: Path) -> None:
    import os

    broken = tmp_path / "broken.png"
    broken.write_bytes(png.encode(flat(1))[:-30])
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    listed = [
        Listed(tmp_path / "gone.png", member(0)),
        Listed(broken, member(1), recipe(5)),
        Listed(pipe, member(2)),
        Listed(tmp_path / "not written yet.png", member(3), data=png.encode(flat(7))),
    ]
    found = shown(listed)
    assert [each.pixels is None for each in found] == [True, True, True, False]
    arrangement = Arrangement.of(each.member for each in listed)
    path, data = sheets.write(sheets.lay_out(found, arrangement, full), tmp_path / "out", found)
    assert path.read_bytes() == data
    assert png.decode(data).shape[2] == 3


def test_no_picture_is_kept_larger_than_it_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(png.encode(flat(3, 900, 300)))
    pixels = sheets.read(Listed(path, member(0)), 256, Decoder()).pixels
    assert pixels is not None
    assert pixels.shape[:2] == (85, 256)


def test_nobody_takes_a_sheet_for_a_picture_of_a_server(tmp_path: Path) -> None:
    listed = [Listed(file(tmp_path, i, recipe(77 + i)), member(i)) for i in range(4)]
    found = shown(listed)
    sheet = sheets.lay_out(found, Arrangement.of(each.member for each in listed), full)
    path, data = sheets.write(sheet, tmp_path, found)
    assert path.name == "copper-contact-sheet.png"
    assert metadata.read(data, GenerationRequest.of()) is None
    assert json.loads(png.read_text(data)[sheets.CHUNK])["set"] == "ab" * 16
    again, _data = sheets.write(sheet, tmp_path, found)
    assert again.name == "copper-contact-sheet-2.png"
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(StorageFailed):
        sheets.write(sheet, blocked, found)


@pytest.mark.parametrize(
    "members",
    [
        [],
        [member(-1)],
        [member(0, 101)],
        [member(0, 2**40)],
        [member(2**40)],
        [member(0, 33, columns=3)],
        [member(0, 40, columns=2**40)],
    ],
    ids=["none", "before the first", "too many", "a whole disk", "far out", "too high", "too wide"],
)
def test_a_set_that_no_sheet_holds_is_refused_in_words(members: list[SetMember]) -> None:
    with pytest.raises(SourceUnavailable):
        Arrangement.of(members)


def test_what_a_file_says_of_columns_is_not_trusted() -> None:
    assert Arrangement.of([member(0, 4, columns=-3)]) == Arrangement(4, 4)
