#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Photographs of every panel in every editor, in the states that an artist meets, on contact sheets.

    python3 scripts/photographs.py                      # Debian's 5.2, into out/photographs/sid
    python3 scripts/photographs.py --blender trixie sid
    python3 scripts/photographs.py --sheets running results
    python3 scripts/photographs.py --readme             # the pictures and the film of the README, into docs/

The scene is the demo's, the servers the local stand-in with its neural engine. What could not be
photographed is on its sheet in red, and the command fails.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from environments import REPOSITORY, TOOLS, SetupError, python

if TYPE_CHECKING:
    from photography.sheets import Card
    from photography.states import State
    from photography.studio import Studio

OUT = REPOSITORY / "out" / "photographs"
SIZE = (1500, 1000)
LARGE_SIZE = (2000, 2000)
"""For twice the size of everything: as much is in it."""
README_SIZE = (1280, 920)
MARK = "DRAWTHINGS_PHOTOGRAPHS_ENVIRONMENT"
"""Set while running inside the own environment, so that a broken one cannot start itself for ever."""

_SERVERS = {"draw_things": (), "a1111": ("--dialect", "a1111")}
"""By the name of the dialect: the options of the local server."""
_VARIATIONS = (("dark", None), ("light", None), ("dark", 200), ("dark", 560))
"""Theme and width of the sidebar in pixels; None is the usual one."""


def main() -> int:
    """Photograph; answer the exit status."""
    options = _options()
    if not os.environ.get(MARK):
        return _in_own_environment()
    from build import BuildError, build
    from demo import DemoError, local_server
    from window import WindowError

    try:
        zip_path = build()
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            servers = {
                name: stack.enter_context(local_server(folder / name, *arguments))
                for name, arguments in _SERVERS.items()
            }
            if options.readme:
                from photography.film import renew_the_readme

                with _studio(options.blender[-1], zip_path, servers, size=README_SIZE) as studio:
                    renew_the_readme(studio)
                return 0
            problems = sum(
                _photograph(blender, zip_path, servers, options.sheets) for blender in options.blender
            )
        return 1 if problems else 0
    except (BuildError, DemoError, SetupError, WindowError) as error:
        print(error, file=sys.stderr)
        return 1


def _photograph(blender: str, zip_path: Path, servers: dict[str, str], names: Sequence[str]) -> int:
    """The sheets of one Blender, all where none is named; answers how many photographs are missing."""
    from photography import bench, states
    from photography.sheets import make_sheet

    sheets = {**states.SHEETS, **bench.SHEETS}
    varied: list[Card] = []
    problems = 0
    with _studio(blender, zip_path, servers) as studio:
        for name, states_of_sheet in sheets.items():
            if names and name not in names:
                continue
            cards = list(_photograph_states(studio, states_of_sheet, varied))
            problems += sum(card.path is None for card in cards)
            print(make_sheet(f"{name}, Blender {blender}", cards, OUT / blender / f"sheet_{name}.png"))
    if varied:
        with _studio(blender, zip_path, servers, size=LARGE_SIZE, scale=2.0) as studio:
            for state in (each for name in names or sheets for each in sheets[name] if each.is_varied):
                varied.append(_take(studio, state, f"{state.name}, twice the size"))
        problems += sum(card.path is None for card in varied)
        print(make_sheet(f"variations, Blender {blender}", varied, OUT / blender / "sheet_variations.png"))
    if not names or "history" in names:
        cards = _photograph_history(blender, zip_path, servers)
        problems += sum(card.path is None for card in cards)
        print(make_sheet(f"history, Blender {blender}", cards, OUT / blender / "sheet_history.png"))
    return problems


def _photograph_states(studio: Studio, states: Sequence[State], varied: list[Card]) -> Iterator[Card]:
    """One state after the other; what is photographed in other themes and widths is added to `varied`."""
    for state in states:
        yield _take(studio, state, state.name)
        if state.is_varied:
            varied += _vary(studio, state)
        if state.leave is not None:
            with _told():
                state.leave(studio)


def _photograph_history(blender: str, zip_path: Path, servers: dict[str, str]) -> list[Card]:
    """What one Blender made, seen in the next one of the same user."""
    from photography.states import AFTER_RESTART, BEFORE_RESTART, prepare_history

    with tempfile.TemporaryDirectory() as user:
        with _studio(blender, zip_path, servers, user=Path(user)) as studio:
            cards = list(_photograph_states(studio, BEFORE_RESTART, []))
            prepare_history(studio)
        with _studio(blender, zip_path, servers, user=Path(user)) as studio:
            return [*cards, *_photograph_states(studio, AFTER_RESTART, [])]


@contextmanager
def _studio(
    blender: str,
    zip_path: Path,
    servers: dict[str, str],
    *,
    size: tuple[int, int] = SIZE,
    scale: float = 1.0,
    user: Path | None = None,
) -> Iterator[Studio]:
    from photography.studio import Studio
    from window import BlenderWindow

    with BlenderWindow(blender, zip=zip_path, size=size, ui_scale=scale, user=user) as window:
        yield Studio(window, servers, OUT / blender)
        window.quit()
        if window.tracebacks:
            print(window.tracebacks, file=sys.stderr)


def _take(studio: Studio, state: State, name: str) -> Card:
    """One photograph, or a card that tells what was in the way."""
    from photography.sheets import Card
    from photography.states import Part

    file = _file_name(name)
    try:
        before = studio.photograph_window("before") if state.part is Part.CHANGE else None
        state.reach(studio)
        if before is not None:
            path = studio.photograph_change(file, before, state.editor)
        elif state.part is Part.WINDOW:
            path = studio.photograph_window(file)
        elif state.part is Part.STATUS_BAR:
            path = studio.photograph_status_bar(file)
        else:
            studio.step_aside(state.editor)
            path = studio.photograph_sidebar(file, state.editor)
        return Card(name, path)
    except Exception as error:
        traceback.print_exc()
        return Card(name, None, str(error).strip() or type(error).__name__)


def _vary(studio: Studio, state: State) -> Iterator[Card]:
    """The same in other themes and widths, nothing else changed."""
    for theme, width in _VARIATIONS:
        name = f"{state.name}, {theme}, {width or studio.width}"
        yield _take(studio, replace(state, reach=partial(_set_up, theme, width)), name)
    with _told():
        _set_up("dark", None, studio)


def _set_up(theme: str, width: int | None, studio: Studio) -> None:
    studio.theme(theme)
    studio.set_width(width or studio.width)


@contextmanager
def _told() -> Iterator[None]:
    """What goes wrong on the way back is told, and the next state is tried all the same."""
    try:
        yield
    except Exception:
        traceback.print_exc()


def _file_name(name: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in name.lower())


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Photographs of every panel in every editor.")
    parser.add_argument(
        "--blender", nargs="+", default=["sid"], help="trixie, sid, path, or a program's path"
    )
    parser.add_argument("--sheets", nargs="+", default=(), help="only these")
    parser.add_argument("--readme", action="store_true", help="renew the pictures of the README instead")
    return parser.parse_args()


def _in_own_environment() -> int:
    """Run this command again with the Python that has Pillow and the neural engine."""
    environment = {**os.environ, MARK: "1"}
    return subprocess.call([str(python(TOOLS)), __file__, *sys.argv[1:]], env=environment)


if __name__ == "__main__":
    sys.exit(main())
