# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in's A1111 dialect while it works: progress, previews, interrupt, skip, the one lock."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import requests

from local_server import Faults, StandIn, WebUi
from local_server.a1111.progress import Progress
from local_server.dialect import House
from local_server.engine import make
from local_server.picture import Pixels
from local_server.turns import Turns
from tests.unit.a1111_talk import ask, flat, generate, get, pixels, post

pytestmark = [pytest.mark.timing, pytest.mark.once]

STOPPED = 3600.0
"""Seconds a step: the job stands still until the test lets it go on."""


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn("pattern", dialect="A1111") as running:
        yield running


class Background:
    """A POST whose answer is waited for at the end."""

    def __init__(self, server: StandIn, path: str = "txt2img", **body: Any) -> None:
        sent = {"prompt": "x", "steps": 20, "width": 64, "height": 64, "seed": 5, **body}
        self.answers: list[requests.Response] = []
        self._thread = threading.Thread(target=lambda: self.answers.append(ask(server, "POST", path, sent)))
        self._thread.start()

    def wait(self) -> tuple[list[Pixels], dict[str, Any]]:
        self._thread.join(60)
        response = self.answers[0]
        assert response.status_code == 200, response.text[:300]
        answer = response.json()
        return [pixels(image) for image in answer["images"]], json.loads(answer.get("info", "{}"))


def at_step(server: StandIn, step: int, job: int = 0) -> dict[str, Any]:
    """`/progress` where the job stands still: in that pass, when so many of its steps are done."""
    server.faults = Faults(hold_at_step=step)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer: dict[str, Any] = get(server, "progress")
        if (answer["state"]["job_no"], answer["state"]["sampling_step"]) == (job, step):
            return answer
    raise AssertionError(f"the job never came to step {step} of pass {job}: {answer['state']}")


def test_idle(server: StandIn) -> None:
    answer = get(server, "progress")
    assert (answer["progress"], answer["eta_relative"], answer["current_image"]) == (0, 0, None)
    assert answer["state"]["job_count"] == 0
    assert set(answer["state"]) == {
        "skipped", "interrupted", "stopping_generation", "job", "job_count", "job_timestamp", "job_no",
        "sampling_step", "sampling_steps",
    }  # fmt: skip


def test_steps_rise_and_previews_come_closer_to_the_result(server: StandIn) -> None:
    post(server, "options", {"show_progress_every_n_steps": 1})
    server.faults = Faults(delay_per_step=0.02)
    job = Background(server)
    reached, fractions = [], []
    while not job.answers:
        answer = get(server, "progress")
        state = answer["state"]
        if state["job_count"] < 1:
            continue
        reached.append((state["job_no"], state["sampling_step"]))
        fractions.append(answer["progress"])
    (picture,), _ = job.wait()
    assert reached == sorted(reached)
    assert fractions == sorted(fractions)
    assert get(server, "progress")["state"]["sampling_steps"] == 20

    server.faults = Faults(hold_at_step=1)
    job = Background(server)
    answers = [at_step(server, step) for step in (1, 2, 7, 12, 19)]
    server.faults = Faults()
    job.wait()
    assert [answer["progress"] for answer in answers] == pytest.approx([0.06, 0.11, 0.36, 0.61, 0.96])
    previews = [pixels(answer["current_image"]) for answer in answers]
    distances = [np.abs(picture[::2, ::2].astype(float) - one).mean() for one in previews]
    assert distances == sorted(distances, reverse=True)
    assert len(set(distances)) == 5


def test_after_its_last_step_a_pass_is_counted_and_the_next_begins_at_none() -> None:
    """As the program does also when no other follows: steps alone do not rise, passes and steps do."""
    turns, faults = Turns(), Faults()
    house = House(make("echo"), turns, lambda: faults, lambda _seconds: None)
    progress = Progress(house)
    black, white = flat((0, 0, 0)), flat((255, 255, 255))

    def told() -> tuple[int, int, int, float, bool]:
        answer = progress.answer(False, lambda _picture: "picture")
        state = answer["state"]
        numbers = state["job_count"], state["job_no"], state["sampling_step"]
        return (*numbers, answer["progress"], answer["current_image"] is not None)

    with progress.work("txt2img", {}):
        assert told() == (-1, 0, 0, 0.01, False)
        progress.count(1)
        assert told() == (1, 0, 0, 0.01, False)
        progress.sample(lambda: [white], [black], 20)
        assert told() == (1, 0, 20, 1.0, True)
        progress.next_job()
        assert told() == (1, 1, 0, 1.0, False)
    assert told() == (0, 1, 0, 0.0, False)


def test_a_preview_that_comes_too_late_is_not_shown() -> None:
    """Two ask at once: the first one's preview is of an earlier step, and ready after the second one's."""
    turns = Turns()
    house = House(make("echo"), turns, Faults, lambda _seconds: None)
    progress = Progress(house)
    painting, go_on = threading.Event(), threading.Event()

    def slow() -> Pixels:
        painting.set()
        assert go_on.wait(30)
        return flat((1, 1, 1))

    shown: list[Pixels] = []
    with progress.work("txt2img", {"show_progress_every_n_steps": 1}):
        progress.count(1)
        progress.sampling_step, progress._half_done = 1, slow
        first = threading.Thread(target=progress.answer, args=(False, lambda _picture: ""))
        first.start()
        assert painting.wait(30)
        progress.sampling_step, progress._half_done = 2, lambda: flat((2, 2, 2))
        progress.answer(False, lambda picture: str(shown.append(picture)))
        go_on.set()
        first.join(30)
        progress.answer(False, lambda picture: str(shown.append(picture)))
    assert [int(picture[0, 0, 0]) for picture in shown] == [2, 2]


def test_fraction_and_job_numbers(server: StandIn) -> None:
    server.faults = Faults(hold_at_step=1)
    job = Background(server, n_iter=2, enable_hr=True, denoising_strength=0.5)
    for number in range(4):
        state = at_step(server, 1, number)["state"]
        assert state["job_count"] == 4, "two passes for each of two pictures"
        assert state["job"] == "scripts_txt2img"
        assert at_step(server, 2, number)["progress"] > 0.01 + number / 4
    server.faults = Faults()
    assert len(job.wait()[0]) == 2


def test_a_preview_comes_every_so_many_steps_and_can_be_left_out(server: StandIn) -> None:
    server.faults = Faults(hold_at_step=3)
    job = Background(server)
    assert at_step(server, 3)["current_image"] is None, "ten by default"
    assert at_step(server, 9)["current_image"] is None
    assert at_step(server, 10)["current_image"]
    assert get(server, "progress?skip_current_image=true")["current_image"] is None
    assert get(server, "progress")["current_image"], "kept between the steps"
    server.faults = Faults()
    job.wait()
    post(server, "options", {"live_previews_enable": False})
    server.faults = Faults(hold_at_step=12)
    job = Background(server)
    assert at_step(server, 12)["current_image"] is None
    server.faults = Faults()
    job.wait()


@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("jpg", b"\xff\xd8"), ("webp", b"RIFF")])
def test_a_preview_comes_in_the_format_of_pictures(server: StandIn, form: str, start: bytes) -> None:
    post(server, "options", {"samples_format": form, "live_previews_image_format": "png"})
    server.faults = Faults(hold_at_step=10)
    job = Background(server)
    assert base64.b64decode(at_step(server, 10)["current_image"]).startswith(start)
    server.faults = Faults()
    while not job.answers:
        time.sleep(0.01)
    assert base64.b64decode(job.answers[0].json()["images"][0]).startswith(start)


def test_lists_answer_while_a_picture_is_made(server: StandIn) -> None:
    server.faults = Faults(delay_per_step=STOPPED)
    job = Background(server)
    assert server.wait_until_running()
    for path in ("samplers", "sd-models", "options", "memory", "progress", "/openapi.json", "/docs"):
        assert ask(server, "GET", path).status_code == 200
    assert post(server, "options", {"CLIP_stop_at_last_layers": 2}) is None
    server.faults = Faults()
    job.wait()


def test_one_generates_and_the_others_wait(server: StandIn) -> None:
    server.faults = Faults(delay_per_step=STOPPED)
    first = Background(server)
    assert server.wait_until_running()
    second = Background(server)
    refresh = threading.Thread(target=lambda: post(server, "refresh-checkpoints"))
    refresh.start()
    assert server.wait_until(lambda: server.waiting == 2)
    assert server.running == 1
    server.faults = Faults()
    assert np.array_equal(first.wait()[0], second.wait()[0])
    refresh.join(30)
    assert not refresh.is_alive()


def test_interrupt_gives_the_half_done_picture_at_once(server: StandIn) -> None:
    (whole,), _ = generate(server, seed=5, steps=20)
    server.faults = Faults(hold_at_step=2)
    job = Background(server, n_iter=3)
    at_step(server, 2)
    assert post(server, "interrupt") == {}
    pictures, info = job.wait()
    assert len(pictures) == 1
    assert info["all_seeds"] == [5, 6, 7]
    assert not np.array_equal(pictures[0], whole)
    assert pictures[0].shape == whole.shape
    assert server.wait_until_idle()
    state = get(server, "progress")["state"]
    assert (state["interrupted"], state["job_count"]) == (True, 0)


def test_interrupt_does_not_wait_for_the_engine() -> None:
    paints, go_on = threading.Event(), threading.Event()

    def slow() -> list[Pixels]:
        paints.set()
        assert go_on.wait(60)
        return [flat((0, 0, 0))]

    progress = Progress(House(make("echo"), Turns(), Faults, lambda _seconds: None))
    made: list[Pixels] = []
    with progress.work("img2img", {}):
        progress.count(1)
        job = threading.Thread(target=lambda: made.extend(progress.sample(slow, [flat((9, 9, 9))], 20)))
        job.start()
        # Interrupted between its start and its first picture, a job has none.
        assert paints.wait(60)
        progress.interrupt()
        job.join(60)
    assert not go_on.is_set()
    go_on.set()
    (picture,) = made
    assert (picture == 9).all(), "the source, as nothing was painted yet"


def test_on_a_card_an_unload_is_the_end_of_a_running_job() -> None:
    with StandIn("pattern", dialect="A1111", app_state=WebUi(has_cuda=True)) as server:
        server.faults = Faults(hold_at_step=2)
        job = Background(server)
        at_step(server, 2)
        assert post(server, "unload-checkpoint") == {}
        server.faults = Faults()
        while not job.answers:
            time.sleep(0.01)
        told = job.answers[0].json()
        assert (job.answers[0].status_code, told["error"]) == (500, "RuntimeError")
        assert generate(server)[0], "the next one loads it again"


def test_skip_goes_on_with_the_next(server: StandIn) -> None:
    (second_alone,), _ = generate(server, seed=6, steps=20)
    server.faults = Faults(hold_at_step=2)
    job = Background(server, n_iter=2)
    at_step(server, 2)
    assert post(server, "skip") is None
    at_step(server, 2, 1)
    server.faults = Faults()
    pictures, _ = job.wait()
    assert len(pictures) == 2
    assert np.array_equal(pictures[1], second_alone)


def test_neither_does_harm_when_nothing_runs(server: StandIn) -> None:
    before = generate(server)[0][0]
    post(server, "interrupt")
    post(server, "skip")
    assert get(server, "progress")["state"]["interrupted"] is True
    assert np.array_equal(generate(server)[0][0], before)
    assert get(server, "progress")["state"]["interrupted"] is False


def test_closing_lets_go_of_a_running_job(server: StandIn) -> None:
    server.faults = Faults(delay_per_step=STOPPED)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            ask(server, "POST", "txt2img", {"prompt": "x", "width": 64, "height": 64})
        except requests.ConnectionError as error:
            failed.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    assert server.wait_until_running()
    server.close()
    thread.join(30)
    assert failed


def test_a_picture_that_fails_is_a_500_and_the_next_job_runs(server: StandIn) -> None:
    server.faults = Faults(out_of_memory=True)
    response = ask(server, "POST", "txt2img", {"prompt": "x", "steps": 1})
    assert (response.status_code, response.json()["error"]) == (500, "OutOfMemoryError")
    server.faults = Faults()
    assert generate(server)[0]
    assert get(server, "progress")["state"]["job_count"] == 0


def task(server: StandIn, name: str) -> tuple[bool, bool, bool]:
    """Whether it is worked on, waits, or is done."""
    told = ask(server, "POST", "/internal/progress", {"id_task": name, "live_preview": False}).json()
    return told["active"], told["queued"], told["completed"]


def test_whose_turn_it_is_is_told_by_name(server: StandIn) -> None:
    at_first = task(server, "task(a)")
    server.faults = Faults(hold_at_step=2)
    first = Background(server, force_task_id="task(a)")
    at_step(server, 2)
    second = Background(server, force_task_id="task(b)")
    server.wait_until(lambda: server.waiting == 1)
    meanwhile = task(server, "task(a)"), task(server, "task(b)")
    post(server, "interrupt")
    first.wait()
    at_step(server, 2)
    then = task(server, "task(a)"), task(server, "task(b)")
    server.faults = Faults()
    second.wait()
    assert at_first == (False, False, False)
    assert meanwhile == ((True, False, False), (False, True, False))
    assert then == ((False, False, True), (True, False, False))
    assert task(server, "task(b)") == (False, False, True)


def test_without_the_page_nothing_tells_of_one_request() -> None:
    with StandIn("echo", dialect="A1111", nowebui=True) as server:
        assert ask(server, "POST", "/internal/progress", {"id_task": "x"}).status_code == 404
        assert "/internal/progress" not in get(server, "/openapi.json")["paths"]
