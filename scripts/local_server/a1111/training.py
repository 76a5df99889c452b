# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Textual inversion and hypernetworks: the arguments are checked, the pictures are read and counted.

What is learnt are the colours of the pictures; an embedding brings them into what is painted with it. As in
the program training waits for nothing and nothing waits for it: it runs beside a picture, and what tells of
the one tells of the other. Steps are absolute, and an embedding that is overwritten stays in memory as it
was until the embeddings are refreshed.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..dialect import House
from ..picture import Pixels
from . import images
from . import pixels as px
from .errors import Failure, HttpError
from .progress import Progress
from .webui import Embedding, WebUi

TEMPLATES = (
    "hypernetwork.txt", "none.txt", "style.txt", "style_filewords.txt", "subject.txt",
    "subject_filewords.txt",
)  # fmt: skip
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp")

_TRAINING = (
    "learn_rate", "batch_size", "gradient_step", "data_root", "log_directory", "training_width",
    "training_height", "varsize", "steps", "clip_grad_mode", "clip_grad_value", "shuffle_tags",
    "tag_drop_out", "latent_sampling_method", "use_weight", "create_image_every",
)  # fmt: skip
_PREVIEW = (
    "preview_from_txt2img", "preview_prompt", "preview_negative_prompt", "preview_steps",
    "preview_sampler_name", "preview_cfg_scale", "preview_seed", "preview_width", "preview_height",
)  # fmt: skip
_EMBEDDING = (
    "id_task", "embedding_name", *_TRAINING, "save_embedding_every", "template_filename",
    "save_image_with_stored_embedding", *_PREVIEW,
)  # fmt: skip
_HYPERNETWORK = (
    "id_task", "hypernetwork_name", *_TRAINING, "save_hypernetwork_every", "template_filename", *_PREVIEW,
)  # fmt: skip


class Unfit(Exception):
    """The program's own check of an argument failed; told in the answer's `info`."""


@dataclass(frozen=True)
class _Signature:
    """A function of the program, by its arguments."""

    name: str
    required: tuple[str, ...]
    optional: Mapping[str, Any]

    def bind(self, sent: Mapping[str, Any]) -> dict[str, Any]:
        """All arguments. Raises Failure, with Python's words for a wrong call."""
        unknown = [name for name in sent if name not in self.required and name not in self.optional]
        if unknown:
            raise Failure("TypeError", f"{self.name}() got an unexpected keyword argument '{unknown[0]}'")
        missing = [repr(name) for name in self.required if name not in sent]
        if missing:
            listed = " and ".join(filter(None, [", ".join(missing[:-1]), missing[-1]]))
            plural = "s" if len(missing) > 1 else ""
            text = f"{self.name}() missing {len(missing)} required positional argument{plural}: {listed}"
            raise Failure("TypeError", text)
        return {**self.optional, **sent}


CREATE_EMBEDDING = _Signature(
    "create_embedding", ("name", "num_vectors_per_token", "overwrite_old"), {"init_text": "*"}
)
CREATE_HYPERNETWORK = _Signature(
    "create_hypernetwork",
    ("name", "enable_sizes", "overwrite_old"),
    {
        "layer_structure": None, "activation_func": None, "weight_init": None, "add_layer_norm": False,
        "use_dropout": False, "dropout_structure": None,
    },
)  # fmt: skip
TRAIN_EMBEDDING = _Signature("train_embedding", _EMBEDDING, {})
TRAIN_HYPERNETWORK = _Signature("train_hypernetwork", _HYPERNETWORK, {})


class Training:
    """The four routes. Its folder is made when it is first needed, and removed by `close`."""

    def __init__(
        self,
        house: House,
        progress: Progress,
        state: Callable[[], WebUi],
        set_state: Callable[[WebUi], object],
    ) -> None:
        self._house = house
        self._progress = progress
        self._state = state
        self._set_state = set_state
        self._folder: Path | None = None

    @property
    def folder(self) -> Path:
        """Where embeddings and hypernetworks are written."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="stand-in-models-"))
        return self._folder

    @property
    def templates(self) -> Path:
        """Where the prompt templates lie."""
        target = self.folder / "textual_inversion_templates"
        if not target.exists():
            target.mkdir()
            for name in TEMPLATES:
                (target / name).write_text("a picture of [filewords], by [name]", encoding="utf-8")
        return target

    def close(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def create_embedding(self, sent: Mapping[str, Any]) -> str:
        """The answer's `info`. Raises Failure."""
        values = CREATE_EMBEDDING.bind(sent)
        vectors = values["num_vectors_per_token"]
        if isinstance(vectors, bool) or not isinstance(vectors, int):
            raise Failure("TypeError", "zeros(): argument 'size' must be tuple of ints")
        name = _file_name(values["name"])
        path = self._path("embeddings", name)
        if path.exists() and not values["overwrite_old"]:
            return f"create embedding error: file {path} already exists"
        is_new = not path.exists()
        self._save(path, {"name": name, "vectors": vectors, "step": 0})
        if is_new:
            # The program looks whether its folder has changed, which another text in a file does not do.
            self.refresh_embeddings()
        return f"create embedding filename: {path}"

    def refresh_embeddings(self) -> None:
        """What is on disk is known from now on."""
        ui = self._state()
        for path in sorted((self.folder / "embeddings").glob("*.pt")):
            found = json.loads(path.read_text(encoding="utf-8"))
            mean, spread = (tuple(found.get(name, ())) for name in ("mean", "spread"))
            ui = ui.with_embedding(
                Embedding(found["name"], found["vectors"], found["step"], mean=mean, spread=spread)
            )
        self._set_state(ui)

    def create_hypernetwork(self, sent: Mapping[str, Any]) -> str:
        """The answer's `info`. Raises Failure."""
        values = CREATE_HYPERNETWORK.bind(sent)
        if values["layer_structure"] is None:
            raise Failure("TypeError", "'NoneType' object is not iterable")
        name = _file_name(values["name"])
        path = self._path("hypernetworks", name)
        if path.exists() and not values["overwrite_old"]:
            return f"create hypernetwork error: file {path} already exists"
        self._save(path, {"name": name, "step": 0, "layer_structure": values["layer_structure"]})
        ui = self._state()
        if name not in ui.hypernetworks:
            self._set_state(replace(ui, hypernetworks=(*ui.hypernetworks, name)))
        # The program's function returns nothing, and prints that.
        return "create hypernetwork filename: None"

    def train_embedding(self, sent: Mapping[str, Any]) -> str:
        """The answer's `info`, which also tells what went wrong."""
        return self._train(sent, TRAIN_EMBEDDING, "embedding")

    def train_hypernetwork(self, sent: Mapping[str, Any]) -> str:
        return self._train(sent, TRAIN_HYPERNETWORK, "hypernetwork")

    def _train(self, sent: Mapping[str, Any], signature: _Signature, kind: str) -> str:
        path: Path | str = ""
        error: str | None = None
        with self._progress.work(f"train_{kind}", self._state().options):
            try:
                path = self._run(signature.bind(sent), kind)
            except Failure as failure:
                error = failure.text
            except Unfit as unfit:
                error = str(unfit)
        return f"train {kind} complete: filename: {path} error: {error}"

    def _run(self, values: Mapping[str, Any], kind: str) -> Path:
        name = str(values[f"{kind}_name"] or "")
        _check(values, name, kind)
        path = self._path(f"{kind}s", name)
        if not path.exists():
            raise Unfit(f"{kind} {name} not found")
        steps, every = int(values["steps"]), int(values["create_image_every"])
        self._progress.count(steps)
        known = json.loads(path.read_text(encoding="utf-8"))
        embedding = self._state().embedding(name) if kind == "embedding" else None
        if embedding and not embedding.fits:
            raise Unfit(repr(name))
        done = (embedding.step if embedding else known["step"]) or 0
        if done >= steps:
            self._progress.textinfo = "Model has already been trained beyond specified max steps"
            return path
        last = _last_step(str(values["learn_rate"]), steps, done)
        self._progress.textinfo = f"Preparing dataset from {values['data_root']}..."
        pictures = _data_set(Path(values["data_root"]))
        self._write_settings(values, name, has_folder=every > 0 or values[f"save_{kind}_every"] > 0)
        size = (int(values["training_width"]), int(values["training_height"]))
        mean, spread = np.mean([px.statistics(one) for one in pictures], axis=0)
        done = self._steps(range(done + 1, last + 1), every, name, pictures, size)
        learnt = {"mean": [float(x) for x in mean], "spread": [float(x) for x in spread]}
        self._save(path, {**known, "step": done, "pictures": len(pictures), **learnt})
        if embedding:
            trained = replace(
                embedding, step=done, mean=tuple(learnt["mean"]), spread=tuple(learnt["spread"])
            )
            self._set_state(self._state().with_embedding(trained))
        return path

    def _write_settings(self, values: Mapping[str, Any], name: str, *, has_folder: bool) -> None:
        """Into the log's folder, which is made for copies and pictures alone (a fault). Raises Unfit."""
        if not self._state().option("save_training_settings_to_txt"):
            return
        now = time.strftime("%Y-%m-%d-%H-%M-%S")
        file = f"{values['log_directory']}/{now[:10]}/{name}/settings-{now}.json"
        if not has_folder:
            raise Unfit(f"[Errno 2] No such file or directory: {file!r}")

    def _steps(
        self, steps: range, every: int, name: str, pictures: list[Pixels], size: tuple[int, int]
    ) -> int:
        """So many steps were done before the end or an interruption."""
        progress, last = self._progress, steps[-1]
        for step in steps:
            self._house.turns.wait(
                lambda: self._house.faults().delay_per_step, until=lambda: progress.interrupted
            )
            if progress.interrupted:
                return step - 1
            progress.at_job(step)
            progress.textinfo = f"Training {name}: step {step} of {last}, {len(pictures)} images"
            if every and step % every == 0:
                goal = px.fitted(pictures[step % len(pictures)], *size, 1)
                progress.show(px.mixed(px.noise(*size, step), goal, step / last))
        return last

    def _path(self, folder: str, name: str) -> Path:
        target = self.folder / folder
        target.mkdir(exist_ok=True)
        return target / f"{_file_name(name)}.pt"

    def _save(self, path: Path, values: Mapping[str, Any]) -> None:
        path.write_text(json.dumps(values), encoding="utf-8")


def _file_name(name: Any) -> str:
    """As the program cleans a name: nothing but what a file's name may have."""
    return "".join(c for c in str(name) if c.isalnum() or c in "._- ").strip() or "embedding"


def _check(values: Mapping[str, Any], name: str, kind: str) -> None:
    """The program's own checks, in its order. Raises Unfit."""
    every = values.get(f"save_{kind}_every")
    root = values["data_root"]
    checks: tuple[tuple[Any, str], ...] = (
        (name, f"{kind} not selected"),
        (_is_rate(values["learn_rate"]), "Learning rate is empty or 0"),
        (type(values["batch_size"]) is int, "Batch size must be integer"),
        (_is_above(values["batch_size"], 0), "Batch size must be positive"),
        (type(values["gradient_step"]) is int, "Gradient accumulation step must be integer"),
        (_is_above(values["gradient_step"], 0), "Gradient accumulation step must be positive"),
        (root, "Dataset directory is empty"),
        (isinstance(root, str) and Path(root).is_dir(), "Dataset directory doesn't exist"),
        (isinstance(root, str) and root and any(Path(root).glob("*")), "Dataset directory is empty"),
        (values["template_filename"], "Prompt template file not selected"),
        (
            values["template_filename"] in TEMPLATES,
            f"Prompt template file {values['template_filename']} not found",
        ),
        (values["steps"], "Max steps is empty or 0"),
        (type(values["steps"]) is int, "Max steps must be integer"),
        (_is_above(values["steps"], 0), "Max steps must be positive"),
        (type(every) is int, f"Save {kind} must be integer"),
        (_is_above(every, -1), f"Save {kind} must be positive or 0"),
        (type(values["create_image_every"]) is int, "Create image must be integer"),
        (_is_above(values["create_image_every"], -1), "Create image must be positive or 0"),
        (values["log_directory"], "Log directory is empty"),
        (_is_above(values["training_width"], 7), "Width must be at least 8"),
        (_is_above(values["training_height"], 7), "Height must be at least 8"),
    )
    for is_good, words in checks:
        if not is_good:
            raise Unfit(words)


def _is_rate(value: Any) -> bool:
    """A number, or a schedule such as `0.005:100, 1e-3:1000`."""
    if isinstance(value, (int, float)):
        return value > 0
    return isinstance(value, str) and bool(re.match(r"\s*\d", value))


def _last_step(rates: str, steps: int, done: int) -> int:
    """Where a schedule of learning rates ends: also before all steps are done. Raises Unfit, with nothing to
    say, where that is behind."""
    ends = []
    for pair in rates.split(","):
        _rate, _, end = pair.partition(":")
        until = int(end) if end.strip() else -1
        if until == -1 or until > done:
            ends.append(steps if until == -1 else min(until, steps))
        if until == -1 or until > steps:
            break
    if not ends:
        raise Unfit
    return ends[-1]


def _is_above(value: Any, bound: int) -> bool:
    return isinstance(value, int) and value > bound


def _data_set(folder: Path) -> list[Pixels]:
    """Every picture that can be read. Raises Unfit."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in PICTURES:
            continue
        try:
            found.append(px.on_background(images.pixels_of(path.read_bytes())))
        except (HttpError, OSError):
            continue
    if not found:
        raise Unfit("No images found in the dataset directory.")
    return found
