# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A picture in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from ..client.features import Feature
from ..client.interface import Client
from ..imaging import png, scale
from ..messages import Message
from .sources import to_display_bytes
from .task import Keeps, Notice, PictureTask, TaskEvent, TaskIO, TextDone

#: Pixels of the longest side that is sent: describing models look at 384 to 448 (BLIP, DeepDanbooru).
MAX_EDGE = 1024


@dataclass(frozen=True)
class DescribeTask(PictureTask, stored_as="describe"):
    """`picture` as a prompt."""

    @property
    def needs(self) -> tuple[Feature, ...]:
        return (Feature.DESCRIBE,)

    @property
    def keeps(self) -> Keeps:
        return Keeps.NOTHING

    @property
    def timing_key(self) -> str:
        return "describe"

    def run(self, client: Client, io: TaskIO) -> Iterator[TaskEvent]:
        """One text."""
        small = scale.thumbnail(to_display_bytes(self.picture)[..., :3], MAX_EDGE)
        began = time.monotonic()
        with io.asking() as ended:
            text = client.describe(png.encode(small))
        seconds = time.monotonic() - began
        if not io.is_cancelled():
            ending = ended()
            if ending.how:
                yield Notice(Message("The description was {ending}.", ending=ending.early), "Ask again.")
            yield TextDone(text)
            io.answered(self.timing_key, ending.taught(seconds))
