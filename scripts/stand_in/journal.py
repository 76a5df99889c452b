# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server was asked and what it answered, without pixels."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One request and its answer. Recorded just before the answer is sent."""

    number: int
    method: str
    path: str
    status: int
    """0 when the connection was dropped without an answer."""
    detail: str = ""
    """The server's words when it refused."""
    body: Any = None
    """The JSON that was sent, with every picture replaced by its length; None when there was none."""
    effective: Mapping[str, Any] = field(default_factory=dict)
    """All parameters as they took effect, those inherited from the app included; only if accepted."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    images: int = 0
    seconds: float = 0.0

    @property
    def accepted(self) -> bool:
        return self.status == 200

    @property
    def is_generation(self) -> bool:
        return self.method == "POST" and self.path.startswith("/sdapi/")

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Journal:
    """The entries in order; safe to read while the server works."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._lock = threading.Lock()
        self._number = 0

    def record(self, **values: Any) -> Entry:
        with self._lock:
            self._number += 1
            entry = Entry(number=self._number, **values)
            self._entries.append(entry)
            return entry

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def __iter__(self) -> Iterator[Entry]:
        with self._lock:
            return iter(tuple(self._entries))

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    @property
    def refused(self) -> tuple[Entry, ...]:
        """Everything that was not answered with 200."""
        return tuple(entry for entry in self if not entry.accepted)

    @property
    def generations(self) -> tuple[Entry, ...]:
        """The requests that made pictures."""
        return tuple(entry for entry in self if entry.accepted and entry.is_generation)


def without_pictures(body: Any) -> Any:
    """A copy of a request body in which `init_images` tell only their length."""
    if not isinstance(body, dict):
        return body
    copy = dict(body)
    if isinstance(copy.get("init_images"), list):
        copy["init_images"] = [
            f"<{len(item)} characters>" if isinstance(item, str) else item for item in copy["init_images"]
        ]
    return copy
