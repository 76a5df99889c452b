# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a press would make of the grid in the panel: told before, from memory, for `draw`."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass

import bpy

from ..client.capabilities import Capabilities
from ..client.catalogue import Catalogue
from ..client.request import GenerationRequest, Operation
from ..errors import BridgeError, InvalidSettings
from ..imaging import fit
from ..jobs.timing import timings
from ..jobs.variations import Variations
from . import settings
from .actions import generate
from .actions.variations import axis
from .choices import offered
from .session import session


@dataclass(frozen=True)
class Plan:
    """The grid of one action."""

    seconds: float | None = None
    """What they take together; None where no such picture was made before."""
    error: BridgeError | None = None
    """Why it cannot be made."""


def count(grid: bpy.types.PropertyGroup) -> int:
    """How many pictures it has. Raises InvalidSettings."""
    return _variations(*_texts(grid)).size


def plans(scene: bpy.types.Scene, actions: Iterable[tuple[Operation, tuple[int, int]]]) -> list[Plan]:
    """Of pictures of sources of these sizes, (0, 0) where that is not known, or of new ones. The settings are
    read once for all of them."""
    status = session.get().status
    known = status.capabilities
    outline = settings.outline(scene, known.dialect if known is not None else None)
    if isinstance(outline, InvalidSettings):
        return [Plan(error=outline) for _action in actions]
    by_key = _Known(known, offered.catalogue, status.model)
    return [_plan(scene.drawthings, outline, by_key, *each) for each in actions]


def _plan(
    chosen: bpy.types.PropertyGroup,
    outline: GenerationRequest,
    known: _Known,
    operation: Operation,
    size: tuple[int, int],
) -> Plan:
    outline = settings.for_operation(operation, outline)
    if operation == "img2img" and chosen.use_source_size and all(size):
        fitted = fit.plan(*size, chosen.fit_mode)
        outline = outline.changed(width=fitted.fitted_width, height=fitted.fitted_height)
    try:
        requests = _requests(_Outline(outline), *_texts(chosen.grid), known)
    except InvalidSettings as error:
        return Plan(error=error.with_traceback(None))
    return Plan(_seconds(requests))


def _seconds(requests: tuple[GenerationRequest, ...]) -> float | None:
    try:
        url = settings.server().url
    except BridgeError:
        # The panel says what is the matter with the address.
        return None
    return session.get().estimates.of_all(url, timings(requests))


def _texts(grid: bpy.types.PropertyGroup) -> tuple[str, str, str, str]:
    return grid.columns, grid.column_values, grid.rows, grid.row_values


@functools.lru_cache(maxsize=8)
def _variations(columns: str, column_values: str, rows: str, row_values: str) -> Variations:
    return Variations.grid(axis(columns, column_values), axis(rows, row_values))


@dataclass(frozen=True, eq=False)
class _Known:
    """What is known of the server as a key: by identity, lists of thousands are not compared."""

    capabilities: Capabilities | None
    lists: Catalogue
    model: str
    """The one that is set there."""

    @property
    def _key(self) -> tuple[int, int, str]:
        return id(self.capabilities), id(self.lists), self.model

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other._key == self._key

    def __hash__(self) -> int:
        return hash(self._key)


@dataclass(frozen=True)
class _Outline:
    """The panel's settings as a key: what was written as a server's option may have no hash."""

    request: GenerationRequest

    def __hash__(self) -> int:
        return hash((self.request.operation, self.request.images, self.request.sampling))


@functools.lru_cache(maxsize=16)
def _requests(
    outline: _Outline,
    columns: str,
    column_values: str,
    rows: str,
    row_values: str,
    known: _Known,
) -> tuple[GenerationRequest, ...]:
    """Those of all its pictures, each checked. Raises InvalidSettings."""
    variations = _variations(columns, column_values, rows, row_values)
    generate.check_all(outline.request, variations, known.capabilities)
    return tuple(variations.request(outline.request, number) for number in range(variations.size))
