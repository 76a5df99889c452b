# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which models and LoRAs each server was found to have, kept between starts."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..client import bounds
from ..errors import StorageFailed
from .storage import stored_json, write_whole

#: Servers that are remembered, and files of each: those that were asked about longest ago go first.
KEPT_SERVERS = 20
KEPT_FILES = 2000
#: More than that is no file of ours.
_MAX_BYTES = 8 << 20


@dataclass
class FoundModels:
    """Safe to use from any thread."""

    path: Path | None = None
    """Where it is kept between starts; None keeps it in memory only."""
    _found: dict[str, dict[str, bool]] = field(default_factory=dict)
    """By the server's address: files and display names, and whether they are there."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, server: str) -> Mapping[str, bool]:
        """All that is known of one server."""
        return dict(self._found.get(server, {}))

    def learn(self, server: str, found: Mapping[str, bool]) -> None:
        """What the server said last counts."""
        with self._lock:
            known = {**self._found.pop(server, {}), **found}
            self._found[server] = dict(list(known.items())[-KEPT_FILES:])
            self._forget_oldest()

    def load(self) -> None:
        """Read what earlier starts found; a missing or damaged file is an empty one."""
        stored = _read(self.path)
        with self._lock:
            for server, files in self._found.items():
                # Behind those that nobody asked for as long.
                stored[server] = {**stored.pop(server, {}), **files}
            self._found = stored
            self._forget_oldest()

    def write(self) -> None:
        """Write the file, on the one thread that writes it; what another Blender wrote there stays. A full
        disk stops nothing."""
        if self.path is None:
            return
        self.load()
        with self._lock:
            data = json.dumps(self._found).encode()
        with contextlib.suppress(StorageFailed):
            write_whole(self.path, data)

    def _forget_oldest(self) -> None:
        while len(self._found) > KEPT_SERVERS:
            del self._found[next(iter(self._found))]


def _read(path: Path | None) -> dict[str, dict[str, bool]]:
    stored = stored_json(path, _MAX_BYTES) if path is not None else None
    if not isinstance(stored, dict):
        return {}
    return {
        server: {
            name: is_there
            for name, is_there in list(files.items())[-KEPT_FILES:]
            if bounds.is_name(name) and isinstance(is_there, bool)
        }
        for server, files in stored.items()
        if isinstance(files, dict)
    }
