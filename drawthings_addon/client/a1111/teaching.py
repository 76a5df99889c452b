# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What A1111's server needs to train, and how far it is (WebUI 1.10.1, modules/textual_inversion and
modules/hypernetworks)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...errors import RequestRefused
from .. import bounds
from ..http.address import Server
from ..http.untrusted_json import JSON
from ..training import Training
from .readers import as_text
from .types import Embeddings

#: What it says where all steps were done before.
BEYOND = "already been trained beyond"
_SHOWN_NAMES = 8


def require_files(server: Server, flags: Mapping[str, JSON], training: Training) -> None:
    """Raise RequestRefused, in the server's own words, for files without which it trains nothing, but creates
    what is to be trained all the same.

    Only where its folders are those of this computer can that be known.
    """
    text = as_text(flags.get("textual_inversion_templates_dir"))
    folder = Path(text) if text and server.is_loopback else None
    try:
        if folder is None or not folder.is_absolute() or not folder.is_dir():
            return
        templates = sorted(each.name for each in folder.rglob("*") if each.is_file())
        pictures = Path(training.data_root)
        words = "Dataset directory doesn't exist" if not pictures.is_dir() else ""
        if not words and not any(pictures.iterdir()):
            words = "Dataset directory is empty"
    except OSError:
        return
    if words:
        raise RequestRefused(
            "{server} cannot be taught with {folder}: {words}.",
            "Render the pictures, or choose the folder that has them.",
            detail=words,
            server=server.label,
            folder=training.data_root,
            words=words,
        )
    if templates and training.template not in templates:
        raise RequestRefused(
            "{server} cannot be taught: its prompt template file {template} is not found.",
            "Choose one of: {names}.",
            server=server.label,
            template=bounds.one_line(training.template, bounds.MAX_NAME),
            names=", ".join(templates[:_SHOWN_NAMES]),
        )


def steps_of(server: Server, told: Embeddings, name: str) -> int | None:
    """How many steps an embedding has learnt; None: the server has none of that name. Raises RequestRefused
    for one that does not fit the model that it has loaded."""
    for each in told.loaded:
        if each.name == name:
            return each.step or 0
    if any(each.name == name for each in told.skipped):
        raise RequestRefused(
            "{server} has “{name}” for another kind of model than the one that it has loaded.",
            "Load the model that it was made with, or choose another name.",
            server=server.label,
            name=name,
        )
    return None


def was_beyond(server: Server, training: Training) -> RequestRefused:
    """The error for a training that did nothing."""
    return RequestRefused(
        "{server} has taught “{name}” no step: it has learnt {steps} or more already.",
        "Its steps are counted from the first ever: ask for more of them.",
        server=server.label,
        name=training.name,
        steps=training.steps,
    )
