# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the server was asked and what it answered, without pixels."""

from __future__ import annotations

import re
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
    answer: Any = None
    """The JSON of the answer, with every picture replaced by its length; of A1111 itself only."""
    effective: Mapping[str, Any] = field(default_factory=dict)
    """All parameters as they took effect, those inherited from the app included; only if accepted."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    images: int = 0
    seconds: float = 0.0
    query: str = ""
    """What followed the question mark."""

    @property
    def accepted(self) -> bool:
        return self.status == 200

    @property
    def is_generation(self) -> bool:
        return self.method == "POST" and self.path.endswith(("/txt2img", "/img2img"))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class Journal:
    """The entries in order; safe to read while the server works."""

    def __init__(self) -> None:
        self.keeps_pictures = False
        """Bodies and answers are kept as they are, instead of with every picture's length."""
        self._entries: list[Entry] = []
        self._lock = threading.Lock()
        self._number = 0

    def record(self, **values: Any) -> Entry:
        """Number and keep what happened."""
        with self._lock:
            self._number += 1
            number = self._number
        return self.keep(Entry(number=number, **values))

    def keep(self, entry: Entry) -> Entry:
        """Every entry comes through here, also of a server in another process."""
        with self._lock:
            self._entries.append(entry)
        return entry

    def told(self, body: Any) -> Any:
        """A body as an entry has it."""
        return body if self.keeps_pictures else without_pictures(body)

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


_PICTURE = re.compile(r"(?:data:image/[^,]*,)?[A-Za-z0-9+/]{256,}={0,2}")


def without_pictures(body: Any) -> Any:
    """A copy of a body in which pictures, and whatever else is in `init_images`, tell only their length."""
    if isinstance(body, dict):
        return {
            name: _lengths(value) if name == "init_images" else without_pictures(value)
            for name, value in body.items()
        }
    if isinstance(body, list):
        return [without_pictures(item) for item in body]
    if isinstance(body, str) and len(body) > 256 and _PICTURE.fullmatch(body):
        return _length(body)
    return body


def _lengths(value: Any) -> Any:
    if isinstance(value, list):
        return [_length(item) if isinstance(item, str) else item for item in value]
    return value


def _length(text: str) -> str:
    return f"<{len(text)} characters>"
