# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether this artist ever had a picture from the extension: until then the panel greets."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from ...errors import StorageFailed
from ...jobs.storage import write_whole

_NAME = "first_picture"
#: Either tells of a picture; how long they take was kept before there was a file for the first one.
_TELLING = (_NAME, "estimates.json")


@dataclass(eq=False)
class FirstPicture:
    """Remembered in the extension's own folder."""

    directory: Path
    was_made: bool | None = None
    """None: nobody has looked yet."""

    def is_on_disk(self) -> bool:
        """Look, on the disk's thread. A folder that cannot be read tells of none."""
        with contextlib.suppress(OSError):
            return any((self.directory / name).exists() for name in _TELLING)
        return False

    def found(self, is_on_disk: bool) -> None:
        """What was found there; a picture that came meanwhile counts, too."""
        self.was_made = self.was_made or is_on_disk

    def remember(self) -> None:
        """For later starts, with a window on the disk's thread. A full disk stops nothing."""
        if not self.is_on_disk():
            with contextlib.suppress(StorageFailed):
                write_whole(self.directory / _NAME, b"")
