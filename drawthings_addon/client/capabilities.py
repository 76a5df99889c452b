# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one server can do, kept for the connection: features to ask for, and the table that tells of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..messages import Message
from .catalogue import Catalogue
from .compatibility import Incompatibility
from .dialect import Dialect
from .features import Feature
from .request import GenerationRequest
from .table import Row, RowState

#: Before the server has told its lists.
_UNTOLD = Catalogue()


@dataclass(frozen=True)
class Capabilities:
    """What a server was found to offer."""

    dialect: Dialect
    rows: tuple[Row, ...] = ()
    """In the order in which they are shown."""

    def offers(self, feature: Feature) -> bool:
        """Whether the server can do this: all of what that needs is there."""
        needed = [row for row in self.rows if feature in row.features]
        return bool(needed) and all(row.is_offered for row in needed)

    def has(self, place: str) -> bool:
        """Whether a row of the table is offered; a row that is none of the table's is not."""
        return any(row.is_offered for row in self.rows if row.place == place)

    def incompatibilities(
        self, request: GenerationRequest, lists: Catalogue = _UNTOLD
    ) -> tuple[Incompatibility, ...]:
        """Each setting of `request` that the server would pass over or replace; empty when everything fits.

        `lists` are the server's own, where these are known.
        """
        needed = Feature.IMAGE_TO_IMAGE if request.operation == "img2img" else Feature.TEXT_TO_IMAGE
        lacking = (
            ()
            if self.offers(needed)
            else (
                Incompatibility(None, Message("This server does not offer {feature}.", feature=needed.title)),
            )
        )
        return (*lacking, *self.dialect.incompatibilities(request, lists, self.offers))

    def without(self, place: str, detail: str = "It was asked for, and not there.") -> Capabilities:
        """The same, but for one row that proved wrong; `detail` is a sentence about it."""
        rows = tuple(
            replace(row, state=RowState.NOT_OFFERED, detail=detail) if row.place == place else row
            for row in self.rows
        )
        return replace(self, rows=rows)


def assumed(dialect: Dialect) -> Capabilities:
    """What a server of the dialect is known for before it was asked."""
    return Capabilities(dialect, dialect.rows)
