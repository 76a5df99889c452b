# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The prompts that were pressed, the latest first, kept between starts until they are cleared."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import StorageFailed
from .storage import stored_json, write_whole

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
    _added: tuple[Prompt, ...] = ()
    """Of these what was never written."""
    _is_cleared: bool = False
    """What is on disk was cleared, and is there still."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

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
            self._added = _bounded((prompt, *self._added))
        return True

    def clear(self) -> None:
        """Forget all of them, also those that are read later."""
        with self._lock:
            self._prompts = self._added = ()
            self._is_cleared = True

    def load(self) -> None:
        """Read what earlier starts kept, behind what is new; a missing or damaged file is an empty one."""
        stored = _read(self.path) or ()
        with self._lock:
            if not self._is_cleared:
                self._prompts = _bounded((*self._prompts, *stored))

    def write(self) -> None:
        """Write what is new before what the file holds, on the one thread that writes it: another Blender may
        have written there, or cleared it, since it was read. Raises StorageFailed; the next call writes all.
        """
        if self.path is None:
            return
        stored = _read(self.path)
        with self._lock:
            added, is_cleared = self._added, self._is_cleared
            self._added, self._is_cleared = (), False
            before = () if is_cleared else self._prompts if stored is None else stored
            kept = self._prompts = _bounded((*added, *before))
        try:
            write_whole(
                self.path, json.dumps([[each.prompt, each.negative_prompt] for each in kept]).encode()
            )
        except StorageFailed:
            with self._lock:
                if not self._is_cleared:
                    self._added = _bounded((*self._added, *added))
                    self._is_cleared = is_cleared
            raise


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


def _read(path: Path | None) -> tuple[Prompt, ...] | None:
    """The usable ones among what a file holds; None where it is missing or damaged."""
    stored = stored_json(path, _MAX_BYTES) if path is not None else None
    if not isinstance(stored, list):
        return None
    return tuple(
        Prompt(*each)
        for each in stored
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
