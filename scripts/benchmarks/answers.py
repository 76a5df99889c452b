# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What answers cost: peak memory, time, and for how long the interpreter is held at a stretch.

    python scripts/benchmarks/answers.py [--source FOLDER] [--rounds N] [CASE ...]

Honest ones that are large, and those of a server that wants to do harm. Each case runs in a process of its
own against a server in another; `--source` measures another checkout with the same cases. Memory counts from
what the process has before it asks. While the interpreter is held, Blender stands still: the longest of these
moments is the shortest found in the rounds, as another program may make it longer and nothing shorter.

Needs numpy and requests. The megabytes hold on any computer, the milliseconds only on this one.
"""

from __future__ import annotations

import argparse
import base64
import json
import socket
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from heartbeat import longest_hold

REPOSITORY = Path(__file__).resolve().parents[2]
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
#: An endless answer ends here, so that a client without a bound can be measured, too.
ENDLESS = 600 << 20
MIB = 1 << 20


# -- The server's side ---------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, lines: bytes, *, colour: int = 2, texts: bytes = b"") -> bytes:
    """A PNG of decompressed `lines`."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    pixels = zlib.compress(lines, 1)
    return b"".join(
        (b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), texts, chunk(b"IDAT", pixels), chunk(b"IEND", b""))
    )


def noise(side: int, channels: int = 3) -> bytes:
    """A picture in which nothing repeats: as many bytes as it has samples."""
    lines = np.random.default_rng(1).integers(0, 256, (side, 1 + side * channels), np.uint8)
    lines[:, 0] = 2
    return png(side, side, lines.tobytes(), colour=2 if channels == 3 else 6)


def small(texts: bytes = b"") -> bytes:
    return png(128, 128, bytes(128 * 385), texts=texts)


def answered(*pictures: bytes, **more: object) -> Iterator[bytes]:
    texts = [base64.b64encode(each).decode() for each in pictures]
    body = json.dumps({"images": texts, **more}).replace("/", "\\/").encode()
    yield OK + b"Content-Length: %d\r\n\r\n" % len(body) + body


def endless(start: bytes, again: bytes) -> Iterator[bytes]:
    yield start
    for _ in range(ENDLESS // len(again)):
        yield again


def huge_of_16_bits() -> bytes:
    lines = zlib.compressobj(9)
    row = bytes(1 + 16384 * 6)
    pixels = b"".join([*(lines.compress(row) for _ in range(8192)), lines.flush()])
    header = struct.pack(">IIBBBBB", 16384, 8192, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def many_texts() -> bytes:
    """3.3 MB that unpack to 3.2 GB, none of them longer than a text may be."""
    body = zlib.compress(bytes([65]) * (16 * MIB - 1), 9)
    return b"".join(chunk(b"zTXt", b"text %d\0\0" % number + body) for number in range(200))


def infotext(text: str) -> bytes:
    return chunk(b"tEXt", b"parameters\0" + text.encode("latin-1"))


def loras() -> Iterator[bytes]:
    tags = {f"a tag of number {number}": number for number in range(250)}
    entries = [
        {"name": f"style {n}", "alias": "x", "path": "p" * 80, "metadata": {"ss_tag_frequency": tags, "n": n}}
        for n in range(3000)
    ]
    body = json.dumps(entries).encode()
    yield OK + b"Content-Length: %d\r\n\r\n" % len(body) + body


NOTHING = OK + b"Content-Length: 2\r\n\r\n{}"
INFO = json.dumps({"all_seeds": [7], "infotexts": ["x" * 3000], "sd_model_name": "m"})
SERVERS: dict[str, Callable[[], Iterator[bytes]]] = {
    "honest: 1024 x 1024": lambda: answered(noise(1024)),
    "honest: 4096 x 4096": lambda: answered(noise(4096)),
    "honest: 4096 x 4096 with alpha": lambda: answered(noise(4096, 4)),
    "honest: 8192 x 8192": lambda: answered(noise(8192)),
    "honest: 4096 x 4096 of A1111": lambda: answered(noise(4096), parameters={}, info=INFO),
    "honest: 4096 x 4096 is sent": lambda: answered(small()),
    "honest: 3000 LoRAs": loras,
    "hostile: 16000 spaces in a text": lambda: answered(small(infotext("a\n" + " " * 16000 + "x"))),
    "hostile: 64000 quotes in a text": lambda: answered(small(infotext('a\n' + 'b:"\\",' * 11000))),
    "hostile: hash after 64000 spaces": lambda: answered(
        small(infotext("a\nSteps: 1, Seed: 2, Refiner: x" + " " * 60000 + "y"))
    ),
    "hostile: texts of 3.2 GB": lambda: answered(small(many_texts())),
    "hostile: data:;;;;": lambda: iter(
        [OK + b"Content-Length: 20000032\r\n\r\n", b'{"images":["data:image/png', b";" * 20_000_003, b'"]}']
    ),
    "hostile: 16384 x 8192 of 16 bits": lambda: answered(huge_of_16_bits()),
    "hostile: endless size of a chunk": lambda: endless(CHUNKED, b"0" * 65536),
    "hostile: endless trailer": lambda: endless(CHUNKED + b"2\r\n{}\r\n0\r\nA: ", b"a" * 65536),
    "hostile: endless trailers": lambda: endless(CHUNKED + b"2\r\n{}\r\n0\r\n", b"A: b\r\n" * 10000),
    "hostile: endless interim answers": lambda: endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
    "hostile: endless body": lambda: endless(OK + b"\r\n", b'["' + b"x" * 65534),
    "hostile: 3000 pictures": lambda: answered(*[small()] * 3000),
    "hostile: 400000 empty chunks": lambda: answered(small(chunk(b"abCd", b"") * 400_000)),
    "hostile: nested 900000 deep": lambda: iter(
        [OK + b"Content-Length: 1800000\r\n\r\n" + b"[" * 900_000 + b"]" * 900_000]
    ),
}  # fmt: skip


def serve(case: str, listener: socket.socket) -> None:
    data = list(SERVERS[case]()) if not case.startswith("hostile: endless") else None
    settings = json.dumps({"seed_mode": "Scale Alike", "guidance_scale": 4.5}).encode()
    while True:
        connection, _ = listener.accept()
        try:
            with connection:
                request = read(connection)
                if request.startswith(b"GET / "):
                    connection.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(settings) + settings)
                    continue
                for part in data if data is not None else SERVERS[case]():
                    connection.sendall(part)
        except OSError:
            continue


def read(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as stream:
        start = stream.readline()
        length = 0
        for line in iter(stream.readline, b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        stream.read(length)
    return start


# -- The client's side, in a process of its own --------------------------------------------------


def ask(case: str, url: str) -> str:
    """What the extension makes of the answer: the job's work from the request to the file on disk."""
    import tempfile

    from drawthings_addon.client.a1111.client import A1111Client
    from drawthings_addon.client.draw_things.client import DrawThingsClient
    from drawthings_addon.client.http.address import Server
    from drawthings_addon.client.request import GenerationRequest
    from drawthings_addon.errors import BridgeError
    from drawthings_addon.jobs import metadata
    from drawthings_addon.jobs.generate import GenerateTask
    from drawthings_addon.jobs.source import Source, SourceName
    from drawthings_addon.jobs.task import PictureDone, TaskIO

    size = {"4": 4096, "8": 8192}.get(case.removeprefix("honest: ")[:1], 128)
    request = GenerationRequest.of(prompt="moss", width=size, height=size)
    source = None
    if "sent" in case:
        source = Source(
            SourceName("OTHER", "image"), np.random.default_rng(1).integers(0, 256, (size, size, 4), np.uint8)
        )
        request = GenerationRequest.of(operation="img2img", prompt="moss", width=size, height=size)
    server = Server(url, read_timeout=120)
    client = (A1111Client if "A1111" in case or "LoRA" in case else DrawThingsClient)(server)
    told: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        task = GenerateTask(request, Path(folder), source=source)

        def emit(event: object) -> None:
            if isinstance(event, PictureDone):
                told.append(f"{event.picture.width} x {event.picture.height}")

        try:
            if " in a text" in case or "hash" in case:
                # As for "Settings from File": without a recipe of ours, which would count more.
                (image,) = client.generate(request).images
                told.append("read" if metadata.read(image.png, request) else "not read")
            elif "LoRA" in case:
                told.append(f"{len(client.loras())} LoRAs")
            else:
                for event in task.run(client, TaskIO("1", server)):
                    emit(event)
        except (BridgeError, MemoryError) as error:
            return f"{type(error).__name__}: {error}"
    return f"{len(told)} x {told[0]}" if told else "nothing"


def peak_kib(*, anew: bool = False) -> int:
    """The most memory that this process had, `anew` from now on. Linux only."""
    if anew:
        # The process begins with what its parent had (proc(5), clear_refs).
        Path("/proc/self/clear_refs").write_text("5")
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in each)
    return int(line.split()[1])


def measure(case: str, url: str) -> None:
    """One line of JSON for the parent."""
    import drawthings_addon.jobs.generate  # noqa: F401 - so that importing is not counted

    before = peak_kib(anew=True)
    outcome: list[str] = []
    began = time.perf_counter()
    held = longest_hold(lambda: outcome.append(ask(case, url)))
    seconds = time.perf_counter() - began
    peak = peak_kib() - before
    print(json.dumps({"outcome": outcome[0], "seconds": seconds, "peak": peak / 1024, "held": held}))


# -- The table -----------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--source", type=Path, default=REPOSITORY, help="the checkout to measure")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", nargs=2, metavar=("CASE", "URL"), help=argparse.SUPPRESS)
    parser.add_argument("cases", nargs="*", help="beginnings of names; all without")
    options = parser.parse_args()
    sys.path.insert(0, str(options.source.resolve()))
    if options.measure:
        measure(*options.measure)
        return
    print(f"{'':34}{'peak MiB':>9} {'seconds':>8} {'held ms':>8}  outcome")
    for case in SERVERS:
        if not options.cases or any(case.startswith(wanted) for wanted in options.cases):
            report(case, options.source, options.rounds if case.startswith("honest") else 1)


def report(case: str, source: Path, rounds: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(case, listener), daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        command = [sys.executable, __file__, "--source", str(source), "--measure", case, url]
        found = []
        for _ in range(rounds):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(f"{case:34}ended with status {done.returncode}: {done.stderr[-200:]}")
                return
            found.append(json.loads(done.stdout.splitlines()[-1]))
    best = min(found, key=lambda each: each["held"])
    print(
        f"{case:34}{best['peak']:9.0f} {best['seconds']:8.2f} {best['held'] * 1000:8.0f}"
        f"  {best['outcome'][:100]}",
        flush=True,
    )


if __name__ == "__main__":
    main()
