# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the pixels of a picture are read elsewhere, for a panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...jobs import thumbnail
from ...jobs.queue import JobQueue

#: Gives the picture with its longest side at most so many pixels; called on another thread.
Read: TypeAlias = Callable[[int], NDArray[np.uint8]]


@dataclass(frozen=True)
class FromBlender:
    """Of a picture that Blender alone holds: its bytes are copied first, on the main thread."""

    copy: Callable[[], Read]


def of_file(path: Path, jobs: JobQueue) -> Read:
    """Of a picture's file, be it written yet or not."""
    return lambda edge: thumbnail.of_file(path, jobs.unwritten_data(path), edge, jobs.decoder)


def ready(read: Read | FromBlender) -> Read:
    """What can be called on another thread. Main thread, and no panel's `draw`."""
    return read.copy() if isinstance(read, FromBlender) else read
