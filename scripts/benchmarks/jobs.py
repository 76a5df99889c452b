# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a job costs beyond the server's own time: an img2img job against a bare POST of the same body.

    python scripts/benchmarks/jobs.py [SIDE]

Needs numpy and requests. The stand-in echoes, in a process of its own. The ratio holds on any computer,
the milliseconds only on this one.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import numpy as np
import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from drawthings_addon.client import budget
from drawthings_addon.client.answer import read_images
from drawthings_addon.client.draw_things import payload
from drawthings_addon.client.draw_things.client import DrawThingsClient
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.http.untrusted_json import to_json
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.imaging import png, scale
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.generate import GenerateTask
from drawthings_addon.jobs.job import Job, JobEnded, JobState
from drawthings_addon.jobs.journal import Journal
from drawthings_addon.jobs.queue import JobQueue
from drawthings_addon.jobs.results import THUMBNAIL_EDGE
from drawthings_addon.jobs.source import Source, SourceName
from drawthings_addon.jobs.sources import prepare
from drawthings_addon.jobs.storage import write_new

ROUNDS = 7
ECHO = """
import sys
sys.path.insert(0, sys.argv[1])
from local_server import StandIn
with StandIn("echo") as server:
    print(server.url, flush=True)
    sys.stdin.read()
"""


def picture(side: int) -> np.ndarray:
    """Waves, soft blotches and fine noise: about as hard to compress as a photograph."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[0:side, 0:side]
    waves = np.stack([127 + 80 * np.sin(x / 37 + c) + 40 * np.cos(y / 23 + x / 91 * c) for c in range(3)], 2)
    blotches = rng.integers(0, 255, (side // 4, side // 4, 3), dtype=np.uint8)
    soft = scale.resize(blotches, side, side) * 0.3 - 38
    return (waves + soft + rng.normal(0, 3, waves.shape)).clip(0, 255).astype(np.uint8)


def seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def run_job(jobs: JobQueue, job: Job) -> None:
    jobs.submit(job)
    while True:
        for event in iter(jobs.mailbox.next_event, None):
            if isinstance(event, JobEnded):
                assert event.state is JobState.DONE, event.error
                return
        time.sleep(0.0005)


def main() -> None:
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    command = [sys.executable, "-c", ECHO, str(Path(__file__).resolve().parents[1])]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as echo,
    ):
        assert echo.stdin is not None
        assert echo.stdout is not None
        compare(Server(echo.stdout.readline().strip()), Path(folder), side)
        echo.stdin.close()


def compare(server: Server, folder: Path, side: int) -> None:
    # A transparent corner, so that size, colours and alpha all take their way out and back.
    pixels = np.dstack((picture(side), np.full((side, side), 255, np.uint8)))
    pixels[: side // 8, : side // 8, 3] = 0
    source = Source(SourceName("OTHER", "image"), pixels=pixels)
    prepared = prepare(source)
    request = GenerationRequest.of(
        operation="img2img", prompt="moss", width=prepared.width, height=prepared.height, steps=1
    )
    complete = request.changed(init_image=prepared.image)
    body = to_json(payload.build(complete))
    room = budget.of_generation(complete)
    answer = b""

    def post() -> None:
        nonlocal answer
        headers = {"Content-Type": "application/json"}
        response = requests.post(f"{server.url}/sdapi/v1/img2img", data=body, headers=headers, timeout=600)
        response.raise_for_status()
        answer = response.content

    jobs = JobQueue(
        DrawThingsClient,
        journal=Journal(folder / "journal"),
        estimates=Estimates(folder / "estimates.json"),
    )

    def job() -> None:
        run_job(
            jobs, Job(uuid.uuid4().hex, "Benchmark", server, GenerateTask(request, folder / "out", source))
        )

    post()
    job()
    bare, whole = [], []
    for _ in range(ROUNDS):
        bare.append(seconds(post))
        whole.append(seconds(job))
    (image,) = read_images(server, answer, room).images
    back = prepared.steps.back(png.decode(image.png))
    encoded = png.encode(back)
    parts = {
        "prepare the source": lambda: prepare(source),
        "build the request": lambda: to_json(payload.build(complete)),
        "verify the answer": lambda: read_images(server, answer, room),
        "decode and put back": lambda: prepared.steps.back(png.decode(image.png)),
        "encode the result": lambda: png.encode(back),
        "write it": lambda: write_new(folder / "out", "part", ".png", encoded),
        "make a thumbnail": lambda: scale.thumbnail(back, THUMBNAIL_EDGE),
    }
    print(f"img2img, {side} × {side} RGBA, {len(body) / 2**20:.1f} MiB sent; medians of {ROUNDS}")
    report("bare POST", statistics.median(bare))
    report("job", statistics.median(whole))
    ratio = statistics.median(one / other for one, other in zip(whole, bare, strict=True))
    print(f"  {'ratio':22}{ratio:8.2f}")
    for name, call in parts.items():
        report(name, statistics.median(seconds(call) for _ in range(3)))


def report(name: str, time_taken: float) -> None:
    print(f"  {name:22}{time_taken * 1000:8.1f} ms")


if __name__ == "__main__":
    main()
