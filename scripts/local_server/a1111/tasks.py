# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which request of which name waits, is worked on or is done: what the page asks `/internal/progress` for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from ..turns import Turns

KEPT = 16
"""Names of tasks that are done."""


class Tasks:
    """By the `force_task_id` of txt2img and img2img, else by a name of the server's own; no other request has
    one. Changed under the lock of the turns."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns
        self._pending: list[str] = []
        self._current: str | None = None
        self._finished: list[str] = []

    def queue(self, name: str | None, kind: str) -> str:
        """A request has come, and waits for the lock."""
        with self._turns.changed:
            name = name or f"task({kind}-{uuid.uuid4().hex[:15].upper()})"
            self._pending.append(name)
            return name

    def start(self, name: str) -> None:
        with self._turns.changed:
            self._current = name
            if name in self._pending:
                self._pending.remove(name)

    def finish(self, name: str) -> None:
        """Only where nothing was thrown: else the program goes on telling that the task is worked on."""
        with self._turns.changed:
            if self._current == name:
                self._current = None
            self._finished = [*self._finished, name][-KEPT:]

    def answer(self, name: str | None, progress: Mapping[str, Any]) -> dict[str, Any]:
        """The body of `/internal/progress`; `progress` is that of `/progress`."""
        with self._turns.changed:
            is_active = name == self._current
            is_queued = name in self._pending
            told: dict[str, Any] = {
                "active": is_active, "queued": is_queued, "completed": name in self._finished,
                "progress": None, "eta": None, "live_preview": None, "id_live_preview": -1, "textinfo": None,
            }  # fmt: skip
            if is_queued:
                place = self._pending.index(str(name)) + 1
                return told | {"textinfo": f"In queue: {place}/{len(self._pending)}"}
            if not is_active:
                return told | {"textinfo": "Waiting..."}
        state = progress["state"]
        share = 0.0
        if state["job_count"] > 0:
            share += state["job_no"] / state["job_count"]
            if state["sampling_steps"] > 0:
                share += state["sampling_step"] / state["sampling_steps"] / state["job_count"]
        return told | {
            "progress": min(share, 1.0),
            "eta": progress["eta_relative"] if share > 0 else None,
            "textinfo": progress["textinfo"],
        }
