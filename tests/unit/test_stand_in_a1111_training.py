# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stand-in's A1111 dialect: create and train, as kindly and as unkindly as the program."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from local_server import Faults, StandIn, picture
from local_server.a1111.training import TRAIN_EMBEDDING, TRAIN_HYPERNETWORK
from tests.unit.a1111_talk import ask, failed, generate, get, painting, post

pytestmark = pytest.mark.once

STOPPED = 3600.0
CREATED = {"name": "my-red", "num_vectors_per_token": 1, "overwrite_old": False}


@pytest.fixture
def server() -> Iterator[StandIn]:
    with StandIn("echo", dialect="A1111") as running:
        yield running


def training(kind: str, folder: Path, **values: Any) -> dict[str, Any]:
    names = TRAIN_EMBEDDING if kind == "embedding" else TRAIN_HYPERNETWORK
    body: dict[str, Any] = dict.fromkeys(names.required, 0)
    body |= {
        f"{kind}_name": "my-red", "learn_rate": 0.005, "batch_size": 1, "gradient_step": 1,
        "data_root": str(folder), "log_directory": "log", "training_width": 64, "training_height": 64,
        "steps": 10, "template_filename": "style.txt", "id_task": "task", f"save_{kind}_every": 10,
    }  # fmt: skip
    return body | values


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    for number in range(3):
        image = painting(seed=number)
        image[..., 1:] //= 8
        (tmp_path / f"{number}.png").write_bytes(picture.encode(image))
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "broken.png").write_bytes(b"no picture either")
    return tmp_path


def test_the_number_of_arguments(server: StandIn) -> None:
    assert len(TRAIN_EMBEDDING.required) == 30
    assert len(TRAIN_HYPERNETWORK.required) == 29
    answer = failed(server, "create/embedding", {"name": "x", "overwrite_old": False})
    assert (answer["error"], answer["errors"]) == (
        "TypeError",
        "create_embedding() missing 1 required positional argument: 'num_vectors_per_token'",
    )
    extra_one = {"name": "x", "num_vectors_per_token": 1, "overwrite_old": False, "nope": 1}
    assert "unexpected keyword argument 'nope'" in failed(server, "create/embedding", extra_one)["errors"]
    words = post(server, "train/embedding", {})["info"]
    assert words.startswith("train embedding complete: filename:  error: train_embedding() missing 30")


def test_an_embedding_is_created_once(server: StandIn) -> None:
    body = {"name": "my-red", "num_vectors_per_token": 3, "overwrite_old": False}
    words = post(server, "create/embedding", body)["info"]
    path = Path(words.removeprefix("create embedding filename: "))
    assert json.loads(path.read_text())["vectors"] == 3
    assert get(server, "embeddings")["loaded"]["my-red"]["vectors"] == 3
    assert post(server, "create/embedding", body)["info"] == (
        f"create embedding error: file {path} already exists"
    )
    assert "filename" in post(server, "create/embedding", {**body, "overwrite_old": True})["info"]
    assert get(server, "cmd-flags")["embeddings_dir"] == str(path.parent)
    server.close()
    assert not path.exists()


def test_a_name_cannot_leave_the_folder(server: StandIn) -> None:
    body = {"name": "../../out/side", "num_vectors_per_token": 1, "overwrite_old": True}
    words = post(server, "create/embedding", body)["info"]
    assert Path(words.removeprefix("create embedding filename: ")).name == "....outside.pt"


def test_a_hypernetwork_needs_its_layers(server: StandIn) -> None:
    body = {"name": "net", "enable_sizes": ["768"], "overwrite_old": False}
    assert failed(server, "create/hypernetwork", body)["error"] == "TypeError"
    body["layer_structure"] = [1, 2, 1]
    assert post(server, "create/hypernetwork", body)["info"] == "create hypernetwork filename: None"
    assert "net" in [item["name"] for item in get(server, "hypernetworks")]
    assert "already exists" in post(server, "create/hypernetwork", body)["info"]


def test_what_was_trained_shows_in_pictures(server: StandIn, data_set: Path) -> None:
    created = {"name": "my-red", "num_vectors_per_token": 1, "overwrite_old": False}
    post(server, "create/embedding", created)
    words = post(server, "train/embedding", training("embedding", data_set))["info"]
    assert words.startswith("train embedding complete: filename: ")
    assert words.endswith(" error: None")
    path = Path(words.removeprefix("train embedding complete: filename: ").removesuffix(" error: None"))
    assert json.loads(path.read_text())["pictures"] == 3, "neither the text nor the broken one"
    assert get(server, "embeddings")["loaded"]["my-red"]["step"] == 10
    (plain,), _ = generate(server, prompt="a fox", seed=8)
    (red,), _ = generate(server, prompt="a fox, my-red", seed=8)
    assert red[..., 0].mean() > red[..., 1].mean() + 40
    assert not np.array_equal(plain, red)


def test_a_hypernetwork_is_trained(server: StandIn, data_set: Path) -> None:
    created = {"name": "my-red", "enable_sizes": ["768"], "overwrite_old": False, "layer_structure": [1, 1]}
    post(server, "create/hypernetwork", created)
    words = post(server, "train/hypernetwork", training("hypernetwork", data_set))["info"]
    assert words.endswith(" error: None")


@pytest.mark.timing
def test_training_tells_its_progress_and_can_be_interrupted(server: StandIn, data_set: Path) -> None:
    post(server, "create/embedding", CREATED)
    body = training("embedding", data_set, steps=1000, create_image_every=2)
    server.faults = Faults(delay_per_step=0.02)
    done: list[Any] = []
    thread = threading.Thread(target=lambda: done.append(post(server, "train/embedding", body)))
    thread.start()
    fractions, previews = [], set()
    while len(previews) < 2:
        answer = get(server, "progress")
        if answer["state"]["job_count"] == 1000:
            assert answer["state"]["job"] == "train_embedding"
            fractions.append(answer["progress"])
        if answer["current_image"]:
            previews.add(answer["current_image"])
    assert "3 images" in answer["textinfo"]
    assert fractions == sorted(fractions)
    server.faults = Faults(delay_per_step=3600)
    post(server, "interrupt")
    thread.join(30)
    assert done[0]["info"].endswith(" error: None")
    assert 0 < get(server, "embeddings")["loaded"]["my-red"]["step"] < 1000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"embedding_name": ""}, "embedding not selected"),
        ({"embedding_name": "nope"}, "embedding nope not found"),
        ({"learn_rate": 0}, "Learning rate is empty or 0"),
        ({"batch_size": "1"}, "Batch size must be integer"),
        ({"gradient_step": 0}, "Gradient accumulation step must be positive"),
        ({"data_root": ""}, "Dataset directory is empty"),
        ({"data_root": "/no/such/folder"}, "Dataset directory doesn't exist"),
        ({"template_filename": ""}, "Prompt template file not selected"),
        ({"template_filename": "nope.txt"}, "Prompt template file nope.txt not found"),
        ({"steps": 0}, "Max steps is empty or 0"),
        ({"log_directory": ""}, "Log directory is empty"),
    ],
)
def test_what_training_refuses_it_tells_with_200(
    server: StandIn, data_set: Path, change: dict[str, Any], words: str
) -> None:
    post(server, "create/embedding", CREATED)
    info = post(server, "train/embedding", training("embedding", data_set, **change))["info"]
    assert info == f"train embedding complete: filename:  error: {words}"


def test_a_folder_without_pictures(server: StandIn, tmp_path: Path) -> None:
    post(server, "create/embedding", CREATED)
    body = training("embedding", tmp_path)
    assert post(server, "train/embedding", body)["info"].endswith("error: Dataset directory is empty")
    (tmp_path / "a.txt").write_text("x")
    assert "No images found" in post(server, "train/embedding", body)["info"]


@pytest.mark.parametrize("kind", ["embedding", "hypernetwork"])
def test_without_copies_and_pictures_there_is_no_log_folder(
    server: StandIn, data_set: Path, kind: str
) -> None:
    post(server, "create/embedding", CREATED)
    post(
        server, "create/hypernetwork",
        {"name": "my-red", "enable_sizes": [], "overwrite_old": False, "layer_structure": [1, 1]},
    )  # fmt: skip
    body = training(kind, data_set) | {f"save_{kind}_every": 0}
    words = post(server, f"train/{kind}", body)["info"]
    assert "error: [Errno 2] No such file or directory: 'log/" in words
    assert post(server, f"train/{kind}", {**body, "create_image_every": 5})["info"].endswith("error: None")


def step(server: StandIn) -> int:
    found = get(server, "embeddings")["loaded"]["my-red"]["step"]
    assert isinstance(found, int)
    return found


def test_steps_are_absolute(server: StandIn, data_set: Path) -> None:
    post(server, "create/embedding", CREATED)
    post(server, "train/embedding", training("embedding", data_set))
    server.faults = Faults(delay_per_step=STOPPED)
    words = post(server, "train/embedding", training("embedding", data_set))["info"]
    assert words.endswith("error: None"), "at once, and nothing was done"
    server.faults = Faults()
    post(server, "train/embedding", training("embedding", data_set, steps=15))
    assert step(server) == 15


@pytest.mark.parametrize(
    ("rates", "reached"), [("0.005:4", 4), ("0.005:4, 0.001", 10), ("0.005:4, 0.001:7", 7), ("0.005:-1", 10)]
)
def test_it_ends_with_its_schedule(server: StandIn, data_set: Path, rates: str, reached: int) -> None:
    post(server, "create/embedding", CREATED)
    words = post(server, "train/embedding", training("embedding", data_set, learn_rate=rates))["info"]
    assert words.endswith("error: None"), "it says that all went well"
    assert step(server) == reached
    behind = training("embedding", data_set, learn_rate="0.005:2", steps=20)
    assert post(server, "train/embedding", behind)["info"].endswith("error: "), "and why it says to nobody"


def test_one_that_does_not_fit_the_model_cannot_be_trained(server: StandIn, data_set: Path) -> None:
    post(server, "create/embedding", CREATED)
    unfit = tuple(replace(each, fits=False) for each in server.app_state.embeddings)
    server.app_state = replace(server.app_state, embeddings=unfit)
    words = post(server, "train/embedding", training("embedding", data_set))["info"]
    assert words.endswith("error: 'my-red'")


def test_its_templates_are_where_it_says(server: StandIn) -> None:
    folder = Path(get(server, "cmd-flags")["textual_inversion_templates_dir"])
    assert "style_filewords.txt" in {each.name for each in folder.iterdir()}


def test_one_that_is_overwritten_stays_in_memory_until_a_refresh(server: StandIn, data_set: Path) -> None:
    post(server, "create/embedding", CREATED)
    post(server, "train/embedding", training("embedding", data_set))
    post(server, "create/embedding", {**CREATED, "overwrite_old": True})
    assert step(server) == 10
    post(server, "refresh-embeddings")
    assert step(server) == 0


@pytest.mark.timing
def test_it_runs_beside_a_picture_and_an_interrupt_stops_both(server: StandIn, data_set: Path) -> None:
    post(server, "create/embedding", CREATED)
    server.faults = Faults(delay_per_step=STOPPED)
    answers: dict[str, Any] = {}

    def order(path: str, body: Any) -> threading.Thread:
        thread = threading.Thread(target=lambda: answers.update({path: post(server, path, body)}))
        thread.start()
        return thread

    picture_ = order("txt2img", {"prompt": "x", "steps": 20, "width": 64, "height": 64, "n_iter": 2})
    assert server.wait_until_running()
    taught = order("train/embedding", training("embedding", data_set))
    assert server.wait_until(lambda: server.running == 2)
    assert server.waiting == 0
    assert server.wait_until(lambda: get(server, "progress")["state"]["job"] == "train_embedding")
    post(server, "interrupt")
    for thread in (picture_, taught):
        thread.join(30)
    assert len(answers["txt2img"]["images"]) == 1
    assert answers["train/embedding"]["info"].endswith("error: None")
    assert step(server) == 0


@pytest.mark.timing
def test_after_it_a_picture_beside_it_is_told_no_more(server: StandIn, data_set: Path) -> None:
    post(server, "create/embedding", CREATED)
    server.faults = Faults(delay_per_step=STOPPED)
    thread = threading.Thread(
        target=post, args=(server, "txt2img", {"prompt": "x", "steps": 20, "width": 64, "height": 64})
    )
    thread.start()
    assert server.wait_until_running()
    assert ask(server, "POST", "train/embedding", {}).ok
    assert server.running == 1
    state = get(server, "progress")["state"]
    assert (state["job"], state["job_count"]) == ("", 0)
    server.faults = Faults()
    thread.join(30)
