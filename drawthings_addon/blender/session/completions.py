# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens when all jobs of a group are done, by names: these outlive undo, file loading and Blender
itself, as no function does."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ...jobs.job import GroupDone

Completion = Callable[[GroupDone], None]

log = logging.getLogger(__name__)

_known: dict[str, Completion] = {}


def register(name: str, call: Completion) -> None:
    """From now on a group with this completion ends with `call(done)`, on the main thread.

    It finds what it needs in `done.group.values`, and by names or references: the file may be another. It may
    raise BridgeError, which is told.
    """
    _known[name] = call


def unregister(name: str) -> None:
    """Nothing happens after such a group any more."""
    _known.pop(name, None)


def carry_out(done: GroupDone) -> None:
    """What is to happen now that all of a group is done. Raises BridgeError."""
    name = done.group.completion
    if not name:
        return
    call = _known.get(name)
    if call is None:
        log.warning("Nothing is known that is called “%s”", name)
        return
    call(done)
