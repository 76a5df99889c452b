# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a picture costs beyond the server's own time: our operators against a script of ten lines.

    python scripts/benchmarks/overhead.py [--blender 5.2 4.2] [--sides 1024 2048] [--rounds 15] [--profile]
                                          [--dialect DRAW_THINGS A1111] [--cases txt2img painted file]

Needs numpy and Pillow, as in the environment of the tools, and makes that of each Blender.
The server is in another process and has its answers ready: a look at its own clock is printed, and taken off
both. Both sides take turns in one Blender, each ends when the first pixel of its image was read, and rests
until nothing of it goes on. The ratio of the medians is printed, that of the fastest, and that of the times
that the processors worked. `--profile` also prints when each part of a job was at work, and on which thread.

txt2img   the answer becomes a packed image
painted   img2img of an image with a stroke on it that no file has: RGBA, so that it is encoded
file      img2img of an image as its file has it: a clean RGB PNG

The pictures are like photographs: waves, soft blotches and grain; the answers as libpng packs them, with a
filter for each row.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import functools
import importlib
import io
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve()
SCRIPTS = HERE.parents[1]
sys.path.insert(0, str(SCRIPTS))

CASES = ("txt2img", "painted", "file")
DIALECTS = ("DRAW_THINGS", "A1111")
PACKAGE = "bl_ext.user_default.drawthings_addon"
#: Rounds before those that count: modules, connections and the server are known then.
_WARM_UP = 2
#: What --profile times, by module and name within it.
_PARTS = (
    ("operators.reporting", "undo_pushed"),
    ("blender.actions.from_panel", "txt2img"),
    ("blender.actions.from_panel", "img2img"),
    ("blender.capture.pictures", "image"),
    ("blender.session.session", "Session.submit"),
    ("blender.session.session", "Session._deliver"),
    ("blender.session.session", "Session._end"),
    ("blender.delivery.images", "new_from_picture"),
    ("blender.undo", "push"),
    ("client.connections", "Connections.verified"),
    ("client.http.transport", "Transport.get"),
    ("client.http.transport", "Transport.post"),
    ("client.http.transport", "_read"),
    ("client.http.untrusted_json", "to_json"),
    ("client.answer", "read_images"),
    ("client.a1111.answers", "read_generation"),
    ("client.http.untrusted_json", "base64_bytes"),
    ("imaging.png", "verify_with_text"),
    ("imaging.png", "decode"),
    ("imaging.png", "encode"),
    ("jobs.sources", "prepare"),
    ("jobs.results", "keep"),
    ("jobs.results", "_with_recipe"),
    ("jobs.generate", "_tell_coming"),
    ("jobs.helper", "Begun.run"),
    ("jobs.mailbox", "Mailbox.put"),
    ("blender.session.results", "Results.decode"),
    ("jobs.thumbnails", "thumbnail_of"),
    ("jobs.storage", "_write"),
    ("jobs.storage", "write_new"),
    ("jobs.storage", "write_whole"),
    ("jobs.storage", "_sync"),
    ("jobs.storage", "_sync_directory"),
    ("jobs.kept", "KeptSources._write"),
    ("jobs.journal", "Journal.record"),
    ("jobs.journal", "Journal.keep"),
    ("jobs.journal", "Journal.close"),
)


# -- The server's side ---------------------------------------------------------------------------


def photograph(side: int, seed: int = 1) -> Any:
    """(side, side, 3) uint8: waves, soft blotches and fine grain, as hard to compress as a photograph."""
    import numpy as np

    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side]
    waves = np.stack([127 + 80 * np.sin(x / 37 + c) + 40 * np.cos(y / 23 + x / 91 * c) for c in range(3)], 2)
    coarse = rng.integers(0, 76, (side // 8 + 1, side // 8 + 1, 3)).astype(np.float32)
    soft = np.kron(coarse, np.ones((8, 8, 1), np.float32))[:side, :side]
    for _ in range(2):
        soft = (np.roll(soft, 4, 0) + soft + np.roll(soft, -4, 0)) / 3
        soft = (np.roll(soft, 4, 1) + soft + np.roll(soft, -4, 1)) / 3
    return (waves + soft - 38 + rng.normal(0, 2, waves.shape)).clip(0, 255).astype(np.uint8)


def png(pixels: Any) -> bytes:
    """As libpng packs it, with a filter for each row."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


class InstantServer:
    """Answers POST with a picture that is ready, and GET as the local server did when it was asked first."""

    def __init__(self, dialect: str, side: int) -> None:
        from local_server import StandIn

        self._known = StandIn("echo", dialect=dialect)
        self._gets: dict[bytes, bytes] = {}
        text = base64.b64encode(png(photograph(side, 2))).decode()
        answer: dict[str, Any] = {"images": [text]}
        if dialect == "A1111":
            told = {"seed": 7, "all_seeds": [7], "all_prompts": ["moss"], "infotexts": ["moss\nSteps: 1"]}
            answer |= {"parameters": {}, "info": json.dumps(told)}
        body = json.dumps(answer)
        # Swift escapes slashes.
        self._picture = _whole((body.replace("/", "\\/") if dialect == "DRAW_THINGS" else body).encode())
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._seconds = [0.0, 0]
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            connection, _ = self._listening.accept()
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                head = b""
                while b"\r\n\r\n" not in head:
                    piece = connection.recv(1 << 16)
                    if not piece:
                        return
                    head += piece
                head, _, body = head.partition(b"\r\n\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
                left = int(fields.get(b"content-length", b"0")) - len(body)
                room = memoryview(bytearray(1 << 20))
                while left > 0:
                    left -= connection.recv_into(room)
                began = time.perf_counter()
                answer = self._answer(head)
                self._seconds[0] += time.perf_counter() - began
                self._seconds[1] += 1
                connection.sendall(answer)
                if fields.get(b"connection") == b"close":
                    return

    def _answer(self, head: bytes) -> bytes:
        method, path, _ = head.split(b" ", 2)
        if path == b"/seconds":
            seconds, self._seconds = self._seconds, [0.0, 0]
            return _whole(json.dumps(seconds).encode())
        if method == b"POST":
            return self._picture
        if path not in self._gets:
            with socket.create_connection(("127.0.0.1", self._known.port)) as known:
                known.sendall(b"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" % path)
                self._gets[path] = b"".join(iter(lambda: known.recv(1 << 16), b""))
        return self._gets[path]


def _whole(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
    return head + body


# -- Inside of Blender ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Spent:
    """What one picture took, in seconds."""

    wall: float
    cpu: float
    """Of all threads of the process."""


def measure_inside(url: str, dialect: str, side: int, case: str, rounds: int, *, profiled: bool) -> None:
    """Both sides in turn; prints one line of JSON."""
    from build import link_source

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "temporary").mkdir()
        tempfile.tempdir = str(folder / "temporary")
        os.environ["BLENDER_USER_RESOURCES"] = str(folder / "user")
        link_source(folder / "user")
        import bpy

        # isort: split
        # Blender's own modules can be imported once `bpy` is.
        import addon_utils

        addon_utils.enable(PACKAGE, default_set=True)
        try:
            sides = Sides(url, dialect, side, case, folder)
            taken: dict[str, list[Spent]] = {"script": [], "operator": []}
            timeline = Timeline()
            for number in range(_WARM_UP + rounds):
                if profiled and number == _WARM_UP + rounds - 1:
                    timeline.listen()
                # Each is the first every other time.
                row = ("script", "operator") if number % 2 else ("operator", "script")
                for one in row:
                    spent = sides.timed(sides.by_script if one == "script" else sides.by_operator, timeline)
                    if number >= _WARM_UP:
                        taken[one].append(spent)
            found = {
                name: {"wall": [each.wall for each in all_of], "cpu": [each.cpu for each in all_of]}
                for name, all_of in taken.items()
            }
            print(
                json.dumps({"taken": found, "timeline": timeline.text(), "version": bpy.app.version_string})
            )
        finally:
            addon_utils.disable(PACKAGE, default_set=True)


class Sides:
    """What is compared; each returns the image that it made."""

    def __init__(self, url: str, dialect: str, side: int, case: str, folder: Path) -> None:
        import bpy

        self.url, self.side, self.case = url, side, case
        self.folder = folder
        preferences = bpy.context.preferences.addons[PACKAGE].preferences
        preferences.server_url = url
        preferences.output_directory = str(folder / "pictures")
        panel = bpy.context.scene.drawthings
        panel.prompt = "moss"
        panel.width = panel.height = side
        if dialect == "A1111":
            panel.sampler = "Euler"
        if case != "txt2img":
            self.source = self._source()

    def _source(self) -> Any:
        import bpy
        import numpy as np

        pixels = photograph(self.side)
        if self.case == "painted":
            pixels = np.dstack((pixels, np.full((self.side, self.side), 255, np.uint8)))
        path = self.folder / "source.png"
        path.write_bytes(png(pixels))
        image = bpy.data.images.load(str(path))
        if self.case == "painted":
            # A whole row: the image has changed since it was read.
            values = np.empty(self.side * self.side * 4, np.float32)
            image.pixels.foreach_get(values)
            values[: 4 * self.side] = 1.0
            image.pixels.foreach_set(values)
        assert image.pixels[0] >= 0
        return image

    def by_script(self) -> Any:
        """The ten lines."""
        import bpy
        import requests

        order = {"prompt": "moss", "width": self.side, "height": self.side, "steps": 1}
        route = "txt2img"
        if self.case != "txt2img":
            sent = self.folder / "sent.png"
            # Blender 4.2 always writes a copy.
            as_copy = {"save_copy": True} if bpy.app.version >= (4, 3) else {}
            self.source.save(filepath=str(sent), **as_copy)
            order["init_images"] = [base64.b64encode(sent.read_bytes()).decode()]
            route = "img2img"
        answer = requests.post(f"{self.url}/sdapi/v1/{route}", json=order, timeout=600)
        data = base64.b64decode(answer.json()["images"][0])
        with tempfile.NamedTemporaryFile(suffix=".png", delete=False) as file:
            file.write(data)
        image = bpy.data.images.load(file.name)
        image.pixels[0]
        image.pack()
        return image

    def by_operator(self) -> Any:
        """What the extension does, which tells the image that it made."""
        import bpy

        if self.case == "txt2img":
            bpy.ops.drawthings.txt2img(target='IMAGE')
        else:
            bpy.ops.drawthings.img2img(source='IMAGE', image=self.source.name, target='IMAGE')
        image = _session().results[0].datablock()
        image.pixels[0]
        return image

    def timed(self, work: Callable[[], Any], timeline: Timeline) -> Spent:
        import bpy

        with timeline.of_operator(work == self.by_operator):
            cpu, began = time.process_time(), time.perf_counter()
            image = work()
            spent = Spent(time.perf_counter() - began, 0.0)
        while not _session().jobs.is_idle:
            _session().step()
            time.sleep(0.001)
        spent = Spent(spent.wall, time.process_time() - cpu)
        assert tuple(image.size) == (self.side, self.side)
        assert image.packed_file is not None
        bpy.data.images.remove(image)
        return spent


def _session() -> Any:
    return importlib.import_module(f"{PACKAGE}.blender.session.session").get()


class Timeline:
    """When each part of a job began, and how long it took."""

    def __init__(self) -> None:
        self._calls: list[tuple[float, float, float, str, str]] = []
        self._is_listening = self._is_on = False
        self._began = self._took = 0.0

    def listen(self) -> None:
        """From now on the parts of an operator's job are timed."""
        self._is_listening = True
        for module_name, name in _PARTS:
            with contextlib.suppress(ImportError, AttributeError):
                module = importlib.import_module(f"{PACKAGE}.{module_name}")
                holder: Any = module
                *outer, last = name.split(".")
                for each in outer:
                    holder = getattr(holder, each)
                original = getattr(holder, last)
                timed = self._timed(original, f"{module_name.rpartition('.')[2]}.{name}")
                setattr(holder, last, timed)
                # Where it was imported by name.
                for other in [each for key, each in sys.modules.items() if key.startswith(PACKAGE)]:
                    if not outer and getattr(other, last, None) is original:
                        setattr(other, last, timed)

    def _timed(self, original: Callable[..., Any], label: str) -> Callable[..., Any]:
        @functools.wraps(original)
        def timed(*args: Any, **kwargs: Any) -> Any:
            cpu, began = time.thread_time(), time.perf_counter()
            try:
                return original(*args, **kwargs)
            finally:
                if self._is_on:
                    took = time.perf_counter() - began
                    thread = threading.current_thread().name.removeprefix("drawthings-")
                    self._calls.append((began, took, time.thread_time() - cpu, thread, label))

        return timed

    @contextlib.contextmanager
    def of_operator(self, is_operator: bool) -> Iterator[None]:
        self._is_on = self._is_listening and is_operator
        if self._is_on:
            self._began = time.perf_counter()
        yield
        if self._is_on:
            self._took = time.perf_counter() - self._began

    def text(self) -> str:
        if not self._is_listening:
            return ""
        lines = [f"    {'began':>8}{'took':>8}{'cpu':>8}   thread      part                      (ms)"]
        for began, took, cpu, thread, label in sorted(self._calls):
            numbers = "".join(f"{number * 1e3:8.1f}" for number in (began - self._began, took, cpu))
            lines.append(f"    {numbers}   {thread:12}{label}")
        lines.append(f"    {self._took * 1e3:8.1f}   the first pixel was read")
        return "\n".join(lines)


# -- The table -----------------------------------------------------------------------------------


def main() -> int:
    if sys.argv[1:2] == ["--serve"]:
        server = InstantServer(sys.argv[2], int(sys.argv[3]))
        print(server.url, flush=True)
        threading.Thread(target=server.serve, daemon=True).start()
        sys.stdin.read()
        return 0
    if sys.argv[1:2] == ["--inside"]:
        url, dialect, side, case, rounds, profiled = sys.argv[2:]
        measure_inside(url, dialect, int(side), case, int(rounds), profiled=profiled == "True")
        return 0
    parser = argparse.ArgumentParser(description="What a picture costs beyond the server's own time.")
    parser.add_argument("--blender", nargs="+", default=["5.2", "4.2"])
    parser.add_argument("--sides", nargs="+", type=int, default=[1024, 2048])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--dialect", nargs="+", choices=DIALECTS, default=["DRAW_THINGS"])
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    print(f"{'':36}{'script':>9}{'operator':>9}{'ratio':>8}{'fastest':>9}{'cpu':>8}{'server':>8}   ms")
    for blender in options.blender:
        for dialect in options.dialect:
            for case in options.cases:
                for side in options.sides:
                    report(blender, dialect, case, side, options.rounds, profiled=options.profile)
    return 0


def report(blender: str, dialect: str, case: str, side: int, rounds: int, *, profiled: bool) -> None:
    """Measure one row, and print it."""
    import urllib.request

    from environments import BLENDERS, python

    serving = [sys.executable, str(HERE), "--serve", dialect, str(side)]
    with subprocess.Popen(serving, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        inside = [url, dialect, str(side), case, str(rounds), str(profiled)]
        command = [str(python(BLENDERS[blender])), str(HERE), "--inside", *inside]
        ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        with urllib.request.urlopen(f"{url}/seconds", timeout=10) as answer:
            seconds, count = json.load(answer)
        server.stdin.close()
    found = json.loads(ended.stdout.splitlines()[-1])
    script, operator = (found["taken"][name] for name in ("script", "operator"))
    own = seconds / count
    middle, least, cpu = (
        [how(each[what]) - (own if what == "wall" else 0.0) for each in (script, operator)]
        for how, what in ((statistics.median, "wall"), (min, "wall"), (statistics.median, "cpu"))
    )
    print(
        f"{blender:5}{dialect.lower():13}{case:9}{side:5} ²  "
        f"{middle[0] * 1e3:9.1f}{middle[1] * 1e3:9.1f}{middle[1] / middle[0]:8.2f}{least[1] / least[0]:9.2f}"
        f"{cpu[1] / cpu[0]:8.2f}{own * 1e3:8.2f}",
        flush=True,
    )
    if profiled:
        print(found["timeline"], flush=True)


if __name__ == "__main__":
    sys.exit(main())
