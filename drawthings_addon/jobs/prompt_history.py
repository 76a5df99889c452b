# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prompts that were pressed, the latest first, kept between starts until they are cleared."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import StorageFailed
from .storage import write_whole

#: How many are kept, and the characters of all of them together: the oldest go first.
KEPT_PROMPTS = 50
KEPT_CHARACTERS = 200_000
#: More than that is no file of ours: a character takes six bytes at the most.
_MAX_BYTES = 4 << 20


@dataclass(frozen=True)
class Prompt:
    """What a press was made with."""

    prompt: str
    negative_prompt: str = ""

    @property
    def length(self) -> int:
        return len(self.prompt) + len(self.negative_prompt)


@dataclass
class PromptHistory:
    """Prompts of the artist, who alone may read them: nothing of it leaves the computer. Safe to use from any
    thread."""

    path: Path | None = None
    """Where they are kept between starts; None keeps them in memory only."""
    _prompts: tuple[Prompt, ...] = ()
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_cleared: bool = False
    """What is on disk was cleared before it was read."""

    @property
    def latest(self) -> tuple[Prompt, ...]:
        """All that are kept, the latest first. Memory only, and for `draw`."""
        return self._prompts

    def add(self, prompt: Prompt) -> bool:
        """Make this one the latest; whether that changes anything. One without words is none."""
        if not prompt.prompt.strip() or self._prompts[:1] == (prompt,):
            return False
        with self._lock:
            self._prompts = _bounded((prompt, *self._prompts))
        return True

    def clear(self) -> None:
        """Forget all of them, also those that are read later."""
        with self._lock:
            self._prompts = ()
            self._is_cleared = True

    def load(self) -> None:
        """Read what earlier starts kept, behind what is new; a missing or damaged file is an empty one."""
        stored = _read(self.path)
        with self._lock:
            if not self._is_cleared:
                self._prompts = _bounded((*self._prompts, *stored))

    def write(self) -> None:
        """Write the file, on the one thread that writes it. A full disk stops nothing."""
        if self.path is None:
            return
        kept = [[each.prompt, each.negative_prompt] for each in self._prompts]
        with contextlib.suppress(StorageFailed):
            write_whole(self.path, json.dumps(kept).encode())


def _bounded(prompts: tuple[Prompt, ...]) -> tuple[Prompt, ...]:
    """Each once, where it stands first; as many of them as are kept."""
    kept: list[Prompt] = []
    left = KEPT_CHARACTERS
    for each in dict.fromkeys(prompts):
        left -= each.length
        if left < 0 or len(kept) == KEPT_PROMPTS:
            break
        kept.append(each)
    return tuple(kept)


def _read(path: Path | None) -> tuple[Prompt, ...]:
    """The usable ones among what a file holds."""
    if path is None:
        return ()
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
        stored = json.loads(data) if len(data) <= _MAX_BYTES else []
    except (OSError, ValueError, RecursionError):
        return ()
    entries = stored if isinstance(stored, list) else []
    return tuple(
        Prompt(*each)
        for each in entries
        if isinstance(each, list)
        and len(each) == 2
        and all(isinstance(text, str) and _is_text(text) for text in each)
        and each[0].strip()
    )


def _is_text(text: str) -> bool:
    """Whether Blender takes it: half of a surrogate pair is in no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
