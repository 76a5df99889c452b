# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be wrong with a server, each as a switch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal


@dataclass(frozen=True)
class Faults:
    """All off by default. `server.faults = Faults(delay=10)` sets them, `Faults()` heals."""

    delay: float = 0.0
    """Seconds that every picture takes longer; probes and GET are not slowed."""
    delay_per_step: float = 0.0
    """Seconds that every step of a picture takes longer."""
    hold_at_step: int = 0
    """A picture stands still when so many of its steps are done; only of the dialect A1111."""
    delay_get: float = 0.0
    """Seconds before a GET is answered: an app whose main thread is busy."""
    delay_load: float = 0.0
    """Seconds that loading a model takes; only of the dialect A1111."""
    out_of_memory: bool = False
    """Every picture fails while it is painted: the card is too small; only of the dialect A1111."""
    missing: tuple[str, ...] = ()
    """These paths answer 404, although `/openapi.json` tells of them; not of Draw Things."""
    refuse: str = ""
    """Refuse every otherwise good POST with 422 and this detail."""
    unknown_keys: tuple[str, ...] = ()
    """An older app: these keys are neither accepted nor reported."""

    scope: Literal["ALL", "GET", "POST"] = "ALL"
    """Which requests meet the switches from here to `dribble`."""
    credentials: str = ""
    """`name:password` that is wanted by HTTP Basic, as a proxy before the app would; else 401."""
    status: int = 0
    """Answer this status (404, 500, 503 …) with `text` as its body."""
    text: str = ""
    redirect: str = ""
    """Answer 302 to this address."""
    html: bool = False
    """Status 200 with a web page: another program listens here."""
    grpc: bool = False
    """HTTP/2 frames instead of an answer: the app's protocol is set to gRPC."""
    not_json: bool = False
    """Status 200 and `application/json`, but the text is not JSON."""
    truncated: bool = False
    """Close in the middle of the announced body."""
    reset: bool = False
    """Drop the connection without an answer: the app crashed."""
    flood: int = 0
    """Answer 200 with this many bytes of JSON that never becomes an answer."""
    dribble: float = 0.0
    """Seconds over which the answer trickles in, in twenty pieces."""

    empty: bool = False
    """Status 200 and an empty list: cancelled in the app, or no project is open."""
    no_images_key: bool = False
    """Status 200 and a JSON object without `images`."""
    extra_images: int = 0
    """So many pictures more than were asked for."""
    not_base64: bool = False
    """The list holds a string that is not base64."""
    not_a_picture: bool = False
    """The list holds base64 of something else."""
    broken_picture: bool = False
    """The list holds a PNG whose pixel data is damaged."""
    undecodable_picture: bool = False
    """The list holds a PNG whose pixel data was damaged before its checksum was made."""
    huge_picture: bool = False
    """The list holds a small file whose header promises 100 000 × 100 000 pixels."""
    wrong_size: bool = False
    """The list holds a picture of half the size that was asked for."""
    uneven: int = 0
    """Each picture comes so many levels of 255 brighter or darker, which of both its own bytes decide."""
    plain_picture: bool = False
    """The pictures carry no XMP: seed and configuration are not told."""

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Faults:
        """From field names and values; raises ValueError for what is no fault."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(values.keys() - known)
        if unknown:
            raise ValueError(f"no such fault: {', '.join(unknown)}")
        given: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        return cls(**given)

    def meets(self, method: str) -> bool:
        """Whether the switches on the connection apply to a request of this method."""
        return self.scope == "ALL" or self.scope == ("POST" if method == "POST" else "GET")
