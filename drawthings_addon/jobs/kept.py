# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What pictures were made from, as files, so that each can be made again from the same pixels.

Nothing of it stays in memory. A file is there as long as a job or a result needs it, unless there are too
many of them, and no longer than the process.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from .serial_executor import SerialExecutor
from .source import Source
from .sources import as_kept, kept_suffix, write_kept
from .storage import OwnFolder
from .task import Task

AnyTask = TypeVar("AnyTask", bound=Task)

#: Bytes of all files: then those of the oldest results go first.
MAX_BYTES = 2 << 30


@dataclass(eq=False)
class _File:
    """One source."""

    jobs: int = 0
    """How many jobs need it, which wait, run, or can be tried again."""
    results: int = 0
    size: int = 0
    is_written: threading.Event = field(default_factory=threading.Event)


class KeptSources:
    """Writes, counts and removes the files. Safe to use from any thread; `wait` alone waits for a disk."""

    def __init__(self, parent: Path, *, max_bytes: int = MAX_BYTES) -> None:
        """`parent` is a folder for the folders of several processes; made when the first file is written."""
        self._folder = OwnFolder(parent)
        self._max_bytes = max_bytes
        self._files: dict[Path, _File] = {}
        self._lock = threading.Lock()
        self.disk = SerialExecutor("drawthings-disk")

    def limit(self, max_bytes: int) -> None:
        """From the next file on keep no more than this."""
        self._max_bytes = max_bytes

    def keep(self, task: AnyTask) -> AnyTask:
        """The task with files in the place of its pixels, soon to be written; needed until `done`."""
        return task.with_sources(self._keep)

    def begin(self, task: Task) -> None:
        """A task that was made from kept files needs them until `done`."""
        self._count(task, jobs=1)

    def done(self, task: Task) -> None:
        """A task needs its files no longer."""
        self._count(task, jobs=-1)

    def hold(self, task: Task) -> None:
        """A result that `task` would make again needs its files until `let_go`."""
        self._count(task, results=1)

    def let_go(self, task: Task) -> None:
        """Such a result is forgotten."""
        self._count(task, results=-1)

    def owns(self, source: Source) -> bool:
        """The source is a file of this folder, which its job does not remove."""
        return source.path is not None and source.path.parent == self._folder.path

    def has(self, task: Task) -> bool:
        """Everything that the task is made from is still kept."""
        with self._lock:
            return all(source.path in self._files for source in task.sources)

    def wait(self, source: Source) -> None:
        """Wait until the source's file is written, or never will be."""
        if source.path is None:
            return
        with self._lock:
            file = self._files.get(source.path)
        if file is not None:
            file.is_written.wait()

    def close(self) -> None:
        """Remove all of it: nothing will be made again."""
        with self._lock:
            for file in self._files.values():
                file.is_written.set()
            self._files.clear()
        self._folder.remove()

    def _keep(self, source: Source) -> Source:
        if self.owns(source):
            kept = replace(source, pixels=None)
        else:
            path = self._folder.path / f"{uuid.uuid4().hex}{kept_suffix(source)}"
            kept = as_kept(source, path)
            with self._lock:
                self._files[path] = _File()
            if not self.disk.add(lambda: self._write(path, source), keeps=False):
                # As where the disk is full.
                self._forget(path)
        self._count_file(kept, jobs=1)
        return kept

    def _write(self, path: Path, source: Source) -> None:
        with self._lock:
            file = self._files.get(path)
        if file is None:
            return
        try:
            self._folder.make()
            write_kept(source, path)
            size = path.stat().st_size
        except (OSError, MemoryError):
            # The picture itself is worth more than that it can be made again.
            self._forget(path)
        else:
            file.size = size
        finally:
            file.is_written.set()
        self._make_room()

    def _make_room(self) -> None:
        with self._lock:
            surplus = sum(file.size for file in self._files.values()) - self._max_bytes
            oldest = []
            for path, file in self._files.items():
                if surplus <= 0:
                    break
                if not file.jobs:
                    oldest.append(path)
                    surplus -= file.size
        for path in oldest:
            self._forget(path)

    def _forget(self, path: Path) -> None:
        with self._lock:
            file = self._files.pop(path, None)
        if file is not None:
            # Whoever waits for it would wait for ever.
            file.is_written.set()
        self.disk.add(lambda: _unlink(path))

    def _count(self, task: Task, *, jobs: int = 0, results: int = 0) -> None:
        for source in task.sources:
            self._count_file(source, jobs, results)

    def _count_file(self, source: Source, jobs: int = 0, results: int = 0) -> None:
        if source.path is None:
            return
        with self._lock:
            file = self._files.get(source.path)
            if file is None:
                return
            file.jobs += jobs
            file.results += results
            is_needed = file.jobs > 0 or file.results > 0
        if not is_needed:
            self._forget(source.path)


def _unlink(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)
