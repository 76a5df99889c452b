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
        """Whether the server can do this, as far as is known: nothing of what that needs is known to be
        missing."""
        needed = [row for row in self.rows if feature in row.features]
        return bool(needed) and all(row.may_be_used for row in needed)

    def has(self, place: str) -> bool:
        """Whether a row of the table is offered; a row that is none of the table's is not."""
        return any(row.is_offered for row in self.rows if row.place == place)

    def may_be_used(self, place: str) -> bool:
        """Whether a row of the table is offered, or nobody knows."""
        return any(row.may_be_used for row in self.rows if row.place == place)

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

    def settled(self, place: str, *, is_there: bool) -> Capabilities:
        """The same, but for one row that its first use settled; itself where that says nothing new."""
        row = next((row for row in self.rows if row.place == place), None)
        if row is None or (
            row.state is not RowState.UNKNOWN if is_there else row.state is RowState.NOT_OFFERED
        ):
            return self
        if not is_there:
            return self.without(place)
        used = replace(row, state=RowState.OFFERED, detail="It was asked for, and is there.")
        return replace(self, rows=tuple(used if each is row else each for each in self.rows))

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
