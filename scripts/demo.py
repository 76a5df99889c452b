#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole extension at work in a few minutes, from nothing but Python 3.11.

    python3 scripts/demo.py
    python3 scripts/demo.py --readme        # and the contact sheet of the README into docs/

It makes its environment, builds the zip, has a real Blender install it, starts the local stand-in for
Draw Things, and then does with a still life what an artist would do: a prompt becomes a texture, a
texture is reworked in place, the render and the viewport come back restyled; moss grows on a picture only
where a mask is, the picture is made to tile, and gets maps. In the folder out/ it leaves contact_sheet.png,
demo.blend, and every picture.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from environments import BLENDERS, REPOSITORY, TOOLS, SetupError, is_possible, last_lines, python

if TYPE_CHECKING:
    from PIL import Image
    from rich.progress import Progress, TaskID

MARK = "DRAWTHINGS_DEMO_ENVIRONMENT"
"""Set while running inside the own environment, so that a broken one cannot start itself for ever."""

STEPS = {
    "build": "Build the zip",
    "server": "Start the local server",
    "install": "Install the zip in Blender",
    "scene": "Set up a still life",
    "before": "Render it",
    "texture": "A prompt becomes a texture",
    "rework": "A texture is reworked in place",
    "after": "Render it again",
    "restyle": "The render comes back restyled",
    "view": "The viewport comes back restyled",
    "here": "A part of a picture is made anew",
    "seamless": "The picture is made to tile",
    "maps": "It gets maps",
    "save": "Save demo.blend",
    "sheet": "Lay out the contact sheet",
}
_MEASURED = {"before", "after"}
"""Steps that tell how far they are; of the others only the time is known."""
_README_WIDTH = 1300
_README_ROWS = {"only_here": 3, "seamless": 2, "maps": 1}
"""Of the contact sheet, counted from its end."""
_README_ROW_WIDTH = 1200
_SERVER_SECONDS = 60.0
_BLENDER_SECONDS = 20 * 60.0


class DemoError(Exception):
    """Why the demo cannot go on, in one sentence."""


def main() -> int:
    """Make the environments, run the demo, tell where the pictures are."""
    options = _options()
    try:
        if not os.environ.get(MARK):
            return _in_own_environment()
        version = options.blender or newest_blender()
        blender = python(BLENDERS[version])
        sheet = run(version, blender, options.out.resolve())
        if options.readme:
            save_for_the_readme(sheet)
    except (DemoError, SetupError) as error:
        # What follows the first line is the end of a log.
        print(f"The demo stopped: {str(error).splitlines()[0]}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("The demo was stopped.", file=sys.stderr)
        return 130
    print(f"\nLook at {sheet}\nOpen    {sheet.with_name('demo.blend')}")
    return 0


def newest_blender() -> str:
    """The newest Blender that this machine has the Python for: also the one that builds the zip.

    5.2 needs Python 3.13, and is the only one that draws the viewport without a window.
    """
    for version in reversed(BLENDERS):
        if is_possible(BLENDERS[version]):
            return version
    raise DemoError("Python 3.11 with its venv module was not found; install python3.11-venv.")


def run(version: str, blender: Path, out: Path) -> Path:
    """The demo with everything in place; answers the contact sheet's path. Raises DemoError."""
    from build import BuildError, build
    from demo_sheet import make_sheet

    started = time.monotonic()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DemoError(f"{out} cannot be made: {error.strerror}.") from error
    log = out / "demo.log"
    log.write_text("")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drawthings-demo-")))
        board = stack.enter_context(Board.open())
        with board.step("build"):
            try:
                zip_path = build()
            except BuildError as error:
                raise DemoError(" ".join(str(error).split())) from error
        with board.step("server"):
            url = stack.enter_context(local_server(out / "server.log"))
        report = run_blender(blender, zip_path, url, out, folder, log, board)
        made = pictures_made(url)
        for job in report["jobs"].values():
            job["seconds"] = made.get(job["prompt"], job["seconds"])
        with board.step("sheet"):
            sheet = make_sheet(report, out / "contact_sheet.png")
    for name, reason in report["skipped"].items():
        print(f"Left out: {STEPS[name]}. {reason}")
    print(
        f"Blender {report['blender']} and the stand-in server made {len(made)} pictures; "
        f"the demo took {time.monotonic() - started:.0f} s."
    )
    return sheet


def save_for_the_readme(sheet: Path) -> None:
    """The contact sheet into docs/, smaller, and of its last rows the pictures alone."""
    from PIL import Image

    from demo_sheet import pictures_of_row

    picture = Image.open(sheet)
    _save(picture, _README_WIDTH, "contact_sheet")
    for name, from_end in _README_ROWS.items():
        _save(picture.crop(pictures_of_row(picture.height, from_end)), _README_ROW_WIDTH, name)


def _save(picture: Image.Image, width: int, name: str) -> None:
    from PIL import Image

    size = (width, round(picture.height * width / picture.width))
    picture.resize(size, Image.Resampling.LANCZOS).save(
        REPOSITORY / "docs" / f"{name}.jpg", quality=80, optimize=True, progressive=True
    )


# -- Processes ------------------------------------------------------------------------------------


@contextmanager
def local_server(log: Path, *options: str) -> Iterator[str]:
    """The stand-in with its neural engine, on a free port, as a process of its own; its address."""
    program = str(REPOSITORY / "scripts" / "local_server")
    command = [sys.executable, program, "--port", "0", "--control", *options]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    try:
        deadline = time.monotonic() + _SERVER_SECONDS
        while not (match := re.search(r"listens on (http://\S+)", log.read_text(errors="replace"))):
            if process.poll() is not None:
                raise DemoError(f"The local server did not start: {last_lines(log, 1)}")
            if time.monotonic() > deadline:
                raise DemoError(f"The local server was not ready within a minute: see {log}.")
            time.sleep(0.1)
        yield match[1]
    finally:
        end(process)


def run_blender(
    interpreter: Path, zip_path: Path, url: str, out: Path, folder: Path, log: Path, board: Board
) -> dict[str, Any]:
    """Run scripts/demo_blender.py to its end; answer its report. Raises DemoError."""
    program = REPOSITORY / "scripts" / "demo_blender.py"
    command = [
        str(interpreter), "-u", str(program), "--zip", str(zip_path), "--server", url, "--out", str(out),
    ]  # fmt: skip
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(folder), "PYTHONIOENCODING": "utf-8"}
    # Software OpenGL where there is no display: Mesa then asks for no X server.
    if sys.platform.startswith("linux"):
        environment.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        encoding="utf-8",
        errors="replace",
    )
    alarm = threading.Timer(_BLENDER_SECONDS, process.kill)
    alarm.start()
    try:
        report = follow(process, log, board)
    finally:
        alarm.cancel()
        end(process)
    if report is None:
        raise DemoError(f"Blender ended without finishing: see {log}.")
    return report


def follow(process: subprocess.Popen[str], log: Path, board: Board) -> dict[str, Any] | None:
    """Show the news that Blender tells; answer its report, or None when there was none."""
    report = None
    assert process.stdout is not None
    with log.open("a", encoding="utf-8") as output:
        for line in process.stdout:
            if not line.startswith("@demo "):
                output.write(line)
                continue
            news = json.loads(line.removeprefix("@demo "))
            if "begin" in news:
                board.begin(news["begin"])
            elif "progress" in news:
                board.progress(news["progress"])
            elif "end" in news:
                board.end(news["end"])
            elif "skip" in news:
                board.skip(news["skip"])
            elif "failed" in news:
                raise DemoError(news["failed"])
            elif "report" in news:
                report = news["report"]
    process.wait()
    return report


def pictures_made(url: str) -> dict[str, float]:
    """The prompts of the pictures that the server made, with the seconds that it says each took."""
    with urllib.request.urlopen(f"{url}/__stand_in__/journal", timeout=10) as answer:
        entries = [entry for entry in json.load(answer) if entry["images"]]
    return {entry["body"]["prompt"]: entry["seconds"] for entry in entries}


def end(process: subprocess.Popen[Any]) -> None:
    """End a process that was started here, and wait until it is gone."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()


# -- Progress -------------------------------------------------------------------------------------


@dataclass
class Board:
    """One bar for each step; without a terminal one line for each."""

    bars: Progress | None
    tasks: dict[str, TaskID] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    current: str = ""

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Board]:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        console = Console()
        if not console.is_terminal:
            yield cls(None)
            return
        columns = (
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=console) as bars:
            yield cls(bars)

    def begin(self, name: str) -> None:
        self.current = name
        self.started[name] = time.monotonic()
        if self.bars is not None:
            total = 1.0 if name in _MEASURED else None
            self.tasks[name] = self.bars.add_task(STEPS[name], total=total)

    def progress(self, fraction: float) -> None:
        if self.bars is not None and self.current in self.tasks:
            self.bars.update(self.tasks[self.current], completed=fraction)

    def end(self, name: str) -> None:
        if self.bars is not None:
            self.bars.update(self.tasks[name], total=1.0, completed=1.0)
            return
        print(f"{STEPS[name]:34} {time.monotonic() - self.started[name]:6.1f} s", flush=True)

    def skip(self, name: str) -> None:
        if self.bars is not None:
            self.bars.update(self.tasks[name], description=f"{STEPS[name]}: left out", total=1.0)
            self.bars.stop_task(self.tasks[name])

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self.begin(name)
        yield
        self.end(name)


# -- Start ----------------------------------------------------------------------------------------


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="The whole extension at work, with a contact sheet.")
    parser.add_argument(
        "--out", type=Path, default=REPOSITORY / "out", help="folder for the results (default: out/)"
    )
    parser.add_argument(
        "--blender", choices=list(BLENDERS), help="which Blender (default: the newest that can be had here)"
    )
    parser.add_argument("--readme", action="store_true", help="renew the contact sheet of the README")
    return parser.parse_args()


def _in_own_environment() -> int:
    """Run this command again with the Python that has rich, Pillow and the neural engine."""
    interpreter = python(TOOLS)
    command = [str(interpreter), __file__, *sys.argv[1:]]
    environment = {**os.environ, MARK: "1"}
    if sys.platform != "win32":
        sys.stdout.flush()
        os.execve(command[0], command, environment)
    return subprocess.call(command, env=environment)


if __name__ == "__main__":
    sys.exit(main())
