# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real Blender window on a virtual screen, for tests and for photographs.

    with BlenderWindow("trixie", zip=build()) as window:
        window.show_sidebar('VIEW_3D', "Draw Things")
        window.click(1500, 200)
        window.type("weathered copper")
        window.wait_until("bpy.context.scene.drawthings.prompt")
        window.photograph(Path("out/panel.png"))

As a command it opens a window, runs a script in it, and photographs it:

    python3 scripts/window.py --blender trixie --photograph out/window.png --script FILE.py
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from debian_blender import SUITES, Blender, find
from environments import REPOSITORY, SetupError, cache_folder

_BRIDGE = Path(__file__).with_name("window_bridge.py")

# Blender's first frames compile shaders, which takes up to 8 s on software OpenGL where none are kept.
_STARTING_SECONDS = 120.0
_SETTLING_SECONDS = 30.0

# Where buttons are looked for: shares of a region's width, off the edges that rows of two, three and
# four buttons have; and pixels from row to row, fewer than the lowest button has. Each costs a drawing of the
# region where another button is under the pointer then.
_COLUMNS = (0.28, 0.68, 0.83, 0.45, 0.58)
_ROW = 18
_ATTEMPTS = 3


class WindowError(Exception):
    """The window did not do what was asked of it; the end of Blender's log is in the text."""


class CodeFailed(WindowError):
    """Code that ran inside Blender raised; its traceback is the text."""


class WaitedTooLong(WindowError):
    """Something that was waited for did not happen."""


class BlenderEnded(WindowError):
    """Blender is no longer running."""


@dataclass(frozen=True)
class Rectangle:
    """A part of the screen in pixels; `left` and `top` count from the upper left corner."""

    left: int
    top: int
    width: int
    height: int

    @property
    def centre(self) -> tuple[int, int]:
        """The middle, as `click` takes it."""
        return self.left + self.width // 2, self.top + self.height // 2


class BlenderWindow:
    """A running Blender with a window of `size` on a screen of its own; a context manager.

    `blender` is a name as in debian_blender.find: `trixie`, `sid`, `path`, or a program's path.
    `zip` is an extension that is installed and enabled first, by Blender's own installer.
    `file` is a .blend to open; `script` a Python file that runs at the start; `environment` is
    added to Blender's; the folders of `visible` can be reached by it under the same path as here
    (the repository and the folder for temporary files always can). `user` is a folder for the user's
    files that outlives this window, so that the next one can start where it ended.

    `folder` is the temporary folder of this Blender; the user's files are in `folder / "user"` where
    no other folder is named.
    """

    def __init__(
        self,
        blender: str = "trixie",
        *,
        size: tuple[int, int] = (1600, 900),
        zip: Path | None = None,
        file: Path | None = None,
        script: Path | None = None,
        environment: Mapping[str, str] | None = None,
        visible: Sequence[Path] = (),
        ui_scale: float = 1.0,
        user: Path | None = None,
    ) -> None:
        self.program: Blender = find(blender)
        self.size = size
        self._visible = list(visible)
        self._zip, self._file, self._script = zip, file, script
        self._added = {**(environment or {}), "DRAWTHINGS_UI_SCALE": str(ui_scale)}
        self._screen: subprocess.Popen[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._quitting = False
        self._last_log = ""
        self._named_user = user
        self.folder = Path()

    # -- Start and end ---------------------------------------------------------------------------

    def __enter__(self) -> BlenderWindow:
        self.folder = Path(tempfile.mkdtemp(prefix="drawthings-window-"))
        try:
            for name in ("home", "run"):
                (self.folder / name).mkdir(mode=0o700)
            self.user.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._environment = self._make_environment()
            self._open_screen()
            self._install()
            self._start()
            self._settle()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _make_environment(self) -> dict[str, str]:
        system = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        own = self.program.root is None
        return {
            "PATH": os.environ.get("PATH", system) if own else system,
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder),
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
            "BLENDER_USER_RESOURCES": str(self.user),
            "DRAWTHINGS_BRIDGE": str(self._socket),
            "LIBGL_ALWAYS_SOFTWARE": "1",
            "MESA_SHADER_CACHE_DIR": str(self._shader_cache),
            **self._added,
        }

    @property
    def user(self) -> Path:
        """The folder with the user's files of this Blender."""
        return self._named_user or self.folder / "user"

    @property
    def _shader_cache(self) -> Path:
        """Where shaders stay from window to window: compiling them is most of what the first frames cost."""
        # As the program sees it: a Debian system has its own.
        return cache_folder() / "shaders" if self.program.root is None else Path("/var/cache/shaders")

    @property
    def _socket(self) -> Path:
        return self.folder / "bridge"

    def _open_screen(self) -> None:
        width, height = self.size
        screen = ["-displayfd", "1", "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
        log = (self.folder / "screen.log").open("wb")
        with log:
            self._screen = subprocess.Popen(
                self.program.command(["Xvfb", *screen], self._visible),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )
        assert self._screen.stdout is not None
        ready, _, _ = select.select([self._screen.stdout], [], [], 30)
        number = self._screen.stdout.readline().strip() if ready else b""
        if not number:
            problem = (self.folder / "screen.log").read_text(errors="replace")[-400:]
            raise WindowError(f"The virtual screen did not open. {problem}")
        self._environment["DISPLAY"] = f":{number.decode()}"

    def _install(self) -> None:
        if self._zip is None:
            return
        copy = self.folder / self._zip.name
        shutil.copyfile(self._zip, copy)
        install = ["--command", "extension", "install-file", "-r", "user_default", "-e"]
        answer = subprocess.run(
            self.program.blender(*install, copy, visible=self._visible),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self._environment,
            timeout=_STARTING_SECONDS,
            check=False,
        )
        if answer.returncode != 0:
            raise WindowError(f"{copy.name} was not installed:\n{answer.stdout}{answer.stderr}")

    def _start(self) -> None:
        width, height = self.size
        arguments: list[str | Path] = ["--window-geometry", "0", "0", str(width), str(height)]
        if self._file is not None:
            arguments.append(self._file)
        arguments += ["--python", _BRIDGE]
        if self._script is not None:
            arguments += ["--python", self._script]
        with (self.folder / "blender.log").open("wb") as log:
            self._process = subprocess.Popen(
                self.program.blender(*arguments, visible=self._visible),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        deadline = time.monotonic() + _STARTING_SECONDS
        while not self._socket.exists():
            self._check_running()
            if time.monotonic() > deadline:
                raise self._error(WaitedTooLong, "Blender did not start in time.")
            time.sleep(0.05)
        self.run("None", timeout=_STARTING_SECONDS)

    def _settle(self) -> None:
        """Draw until drawing is no longer slow: then the shaders are compiled."""
        deadline = time.monotonic() + _SETTLING_SECONDS
        quick = 0
        while quick < 3 and time.monotonic() < deadline:
            start = time.perf_counter()
            self.redraw()
            quick = quick + 1 if time.perf_counter() - start < 0.5 else 0

    def close(self) -> None:
        """End everything that was started and delete the temporary folder."""
        if self._process is not None and self.running:
            with contextlib.suppress(WindowError):
                self.quit(timeout=20)
        for process in (self._process, self._screen):
            if process is not None:
                _end(process)
        self._last_log = self.log
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    def quit(self, timeout: float = 30.0) -> int:
        """Leave Blender as File ▸ Quit does, without saving; answer the exit status.

        Raises WaitedTooLong when Blender hangs while it quits.
        """
        self._quitting = True
        with contextlib.suppress(BlenderEnded):
            self.run("with override():\n    bpy.ops.wm.quit_blender()", timeout=timeout)
        return self.wait_for_exit(timeout)

    def wait_for_exit(self, timeout: float = 30.0) -> int:
        """Wait until Blender has ended, after something that makes it quit."""
        assert self._process is not None
        self._quitting = True
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise self._error(WaitedTooLong, "Blender did not end.") from None

    def kill(self) -> None:
        """End Blender as a crash or a power cut would, and wait until it is gone."""
        assert self._process is not None
        self._quitting = True
        self._process.kill()
        self._process.wait(30)

    @property
    def exit_status(self) -> int | None:
        """What Blender ended with, negative for a signal; None while it runs."""
        return None if self._process is None else self._process.poll()

    @property
    def running(self) -> bool:
        """Whether Blender is there."""
        return self._process is not None and self._process.poll() is None

    @property
    def crashed(self) -> bool:
        """Whether Blender ended by a signal, with a failure, or without having been asked to."""
        if self._process is None or self.running:
            return False
        return self._process.returncode != 0 or not self._quitting

    @property
    def log(self) -> str:
        """Everything that Blender wrote to its standard output and error so far."""
        path = self.folder / "blender.log"
        if not path.exists():
            return self._last_log
        return path.read_text(errors="replace")

    @property
    def tracebacks(self) -> str:
        """The log from its first Python traceback on; empty when there is none."""
        _, mark, after = self.log.partition("Traceback (most recent call last)")
        return mark + after

    # -- Python inside Blender -------------------------------------------------------------------

    def run(self, code: str, timeout: float = 60.0) -> Any:
        """Run `code` on Blender's main thread; answer its last expression, by way of JSON.

        `bpy` is there, and `area(kind)`, `region(kind, name)`, `override(kind)`, `redraw()` and
        `unfold_panels(prefix)` of window_bridge.py; names that the code defines stay for the next
        code. Raises CodeFailed with the traceback, BlenderEnded, or WaitedTooLong when the main thread
        stands still.
        """
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        try:
            with connection, connection.makefile("rwb") as stream:
                connection.connect(str(self._socket))
                stream.write(json.dumps({"code": code}).encode() + b"\n")
                stream.flush()
                line = stream.readline()
        except TimeoutError:
            raise self._error(WaitedTooLong, f"No answer in {timeout:g} s to: {code}") from None
        except OSError:
            line = b""
        if not line:
            assert self._process is not None
            # The connection goes before the process does: its exit status is worth the wait.
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
            raise self._error(BlenderEnded, f"Blender ended during: {code}")
        answer = json.loads(line)
        if "error" in answer:
            raise CodeFailed(answer["error"])
        return answer["value"]

    def wait_until(self, expression: str, timeout: float = 30.0, interval: float = 0.1) -> Any:
        """Evaluate `expression` in Blender again and again until it is true; answer its value."""
        deadline = time.monotonic() + timeout
        while True:
            value = self.run(expression)
            if value:
                return value
            if time.monotonic() > deadline:
                text = f"Not true after {timeout:g} s: {expression} (it is {value!r})"
                raise self._error(WaitedTooLong, text)
            time.sleep(interval)

    def redraw(self) -> None:
        """Draw all editors again, and wait until that is done."""
        self.run("redraw()")
        # The next code runs in the next turn of the main loop: after the drawing of this one.
        self.run("None")

    # -- Hands and eyes --------------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Type `text` on the keyboard; what a US keyboard lacks is pasted from the clipboard."""
        if text.isascii():
            self._xdotool("type", "--delay", "20", "--", text)
        else:
            self.run(f"bpy.context.window_manager.clipboard = {text!r}")
            self.key("ctrl+v")
        self.run("None")

    def key(self, *keys: str) -> None:
        """Press keys one after the other, named as by X: "ctrl+z", "Return", "Escape", "F3"."""
        self._xdotool("key", "--delay", "40", "--", *keys)
        self.run("None")

    def hold(self, key: str) -> None:
        """Press a key and do not let it go, until `let_go`."""
        self._xdotool("keydown", "--", key)
        self.run("None")

    def let_go(self, key: str) -> None:
        """Let a key go that is held."""
        self._xdotool("keyup", "--", key)
        self.run("None")

    def move(self, x: int, y: int) -> None:
        """Move the pointer there; `x` and `y` count from the upper left corner in pixels."""
        # Blender learns where the pointer is from movement, so the last step is a small one.
        there = ("mousemove", str(x), str(y))
        self._xdotool(*there, "mousemove_relative", "--", "1", "0", *there)
        self.run("None")

    def click(self, x: int, y: int, button: int = 1, times: int = 1) -> None:
        """Click there; button 1 is the left one, 3 the right one, 4 and 5 turn the wheel.

        A double click (`times=2`) is what starts editing a text field.
        """
        self.move(x, y)
        self._xdotool("click", "--repeat", str(times), "--delay", "60", str(button))
        self.run("None")

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Press the left button at `start` and let it go at `end`."""
        self.move(*start)
        self._xdotool("mousedown", "1")
        middle = ((start[0] + end[0]) // 2, (start[1] + end[1]) // 2)
        self.move(*middle)
        self.move(*end)
        self._xdotool("mouseup", "1")
        self.run("None")

    def photograph(self, path: Path, part: Rectangle | None = None, *, colours: int = 0) -> Path:
        """Write what the screen shows, or a part of it, to `path` as PNG; answer the path.

        `colours` limits how many there are, which makes a small file.
        """
        self.redraw()
        picture = self.folder / "photograph.png"
        crop = []
        if part is not None:
            crop = ["-crop", f"{part.width}x{part.height}+{part.left}+{part.top}", "+repage"]
        fewer = ["+dither", "-colors", str(colours)] if colours else []
        self._tool("import", "-window", "root", "-depth", "8", *crop, *fewer, f"png:{picture}")
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(picture, path)
        return path

    def rectangle(self, kind: str, region: str = 'WINDOW') -> Rectangle:
        """Where the region of an editor is on the screen ('UI' is its sidebar)."""
        code = f"r = region({kind!r}, {region!r}); (r.x, r.y, r.width, r.height)"
        left, bottom, width, height = self.run(code)
        return Rectangle(left, self.size[1] - bottom - height, width, height)

    def show_editor(self, kind: str) -> None:
        """Turn the largest editor into `kind` (an area's ui_type: 'IMAGE_EDITOR', 'ShaderNodeTree')."""
        self.run(
            "largest = max(bpy.context.window_manager.windows[0].screen.areas,"
            " key=lambda a: a.width * a.height)\n"
            f"largest.ui_type = {kind!r}"
        )
        self.redraw()

    def show_sidebar(self, kind: str, tab: str) -> Rectangle:
        """Open the sidebar of the editor `kind` at `tab`; answer where it is."""
        self.run(f"area({kind!r}).spaces.active.show_region_ui = True")
        # The sidebar knows its tabs once it has been drawn.
        self.redraw()
        self.wait_until(f"region({kind!r}, 'UI').width > 1", timeout=10)
        self.redraw()
        self.run(f"region({kind!r}, 'UI').active_panel_category = {tab!r}")
        self.redraw()
        return self.rectangle(kind, 'UI')

    def find_button(
        self, kind: str, does: str, region: str = 'UI', columns: Sequence[float] = _COLUMNS
    ) -> tuple[int, int]:
        """Where in a region of the editor `kind` the first button is whose Python contains `does`.

        "drawthings.txt2img(" finds an operator's button, "drawthings.prompt" a property's field. The
        pointer is moved over the region from the top on, in each of the columns (shares of its width), and
        Blender is asked what lies under it; the middle of the button's height is answered. Raises
        WaitedTooLong when there is none.
        """
        for attempt in range(_ATTEMPTS):
            found = self._look_for_button(kind, does, region, columns, is_slow=attempt == _ATTEMPTS - 1)
            if found is not None:
                return found
        raise self._error(WaitedTooLong, f"No button does {does} in {region} of {kind}.")

    def _look_for_button(
        self, kind: str, does: str, region: str, columns: Sequence[float], *, is_slow: bool
    ) -> tuple[int, int] | None:
        """None: there is none, or a busy Blender did not follow the pointer, or moved its rows meanwhile.

        `is_slow`: it is given the time of a whole redraw at each place.
        """
        part = self.rectangle(kind, region)
        # A busy Blender still has the button for the one under the pointer that was there before.
        self.move(0, 0)
        self.redraw()
        rows = range(part.top + _ROW // 2, part.top + part.height, _ROW)
        for share in columns:
            x = part.left + int(part.width * share)

            def is_there(y: int, x: int = x) -> bool:
                self.move(x, y)
                if is_slow:
                    self.redraw()
                return does in self.run(f"button_under_pointer({kind!r}, {region!r})")

            first = next(filter(is_there, rows), None)
            if first is not None:
                last = first
                while last + _ROW in rows and is_there(last + _ROW):
                    last += _ROW
                half = _ROW // 2
                middle = (first - half * is_there(first - half) + last + half * is_there(last + half)) // 2
                self.redraw()
                return (x, middle) if is_there(middle) else None
        return None

    def press_button(
        self, kind: str, does: str, region: str = 'UI', columns: Sequence[float] = _COLUMNS
    ) -> None:
        """Click the button that `find_button` finds."""
        self.click(*self.find_button(kind, does, region, columns))

    # -- Helpers ---------------------------------------------------------------------------------

    def _xdotool(self, *arguments: str) -> None:
        self._tool("xdotool", *arguments)

    def _tool(self, *line: str) -> None:
        answer = subprocess.run(
            self.program.command(line, self._visible),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=self._environment,
            timeout=120,
            check=False,
        )
        if answer.returncode != 0:
            self._check_running()
            raise self._error(WindowError, f"{' '.join(line)} failed: {answer.stderr.strip()}")

    def _check_running(self) -> None:
        if not self.running:
            raise self._error(BlenderEnded, "Blender is not running.")

    def _error(self, kind: Callable[[str], WindowError], text: str) -> WindowError:
        end = "\n".join(self.log.splitlines()[-40:])
        status = "" if self.exit_status is None else f" (exit status {self.exit_status})"
        return kind(f"{text}{status}\n{end}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End `process` and what it started: kindly, then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            break
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
    if process.stdout is not None:
        process.stdout.close()


@contextlib.contextmanager
def _told_in_one_line() -> Iterator[None]:
    try:
        yield
    except (SetupError, WindowError) as error:
        sys.exit(str(error))


def main() -> None:
    """Open a window, run a script in it, photograph it."""
    parser = argparse.ArgumentParser(description="Photograph a real Blender window.")
    parser.add_argument("--blender", default="trixie", help=f"{', '.join(SUITES)}, path, or a program's path")
    parser.add_argument("--photograph", type=Path, default=REPOSITORY / "out" / "window.png")
    parser.add_argument("--script", type=Path, help="Python to run in the window, with its helpers")
    parser.add_argument("--zip", type=Path, help="an extension to install first")
    parser.add_argument("--file", type=Path, help="a .blend to open")
    parser.add_argument("--size", default="1600x900", help="WIDTHxHEIGHT in pixels")
    options = parser.parse_args()
    width, height = (int(number) for number in options.size.split("x"))
    folders = [path.resolve().parent for path in (options.file,) if path]
    with (
        _told_in_one_line(),
        BlenderWindow(
            options.blender,
            size=(width, height),
            zip=options.zip,
            file=options.file.resolve() if options.file else None,
            visible=folders,
        ) as window,
    ):
        if options.script:
            window.run(options.script.read_text(), timeout=600)
        print(window.photograph(options.photograph))
        window.quit()
        if window.crashed or window.tracebacks:
            sys.exit(window.log)


if __name__ == "__main__":
    main()
