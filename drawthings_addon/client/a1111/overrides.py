# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings of the server that a request changes for itself alone.

WebUI 1.10.1 puts back only those that its own config holds, and holds one only once it was set: of a server
whose settings were never saved a VAE or CLIP skip of one request stays for everybody's. So a request sends
what differs, and what it sends the server is made to hold first: told, once, the value that it has. While a
job runs `GET /options` tells what that one has changed for itself, which proves nothing of what will be set
when our turn comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import RequestRefused
from ...messages import Message
from .. import checks
from ..http.address import Server
from ..http.untrusted_json import JSON
from ..names import nearest
from . import files
from .payload import AUTOMATIC, OPTION_ROWS

MODEL, VAE = "sd_model_checkpoint", "sd_vae"
#: Set, these wait their turn behind a running picture, as the request itself will (initialize_util.py).
IN_TURN = frozenset(
    {VAE, "sd_vae_overrides_per_model_preferences", "cross_attention_optimization", "fp8_storage"}
    | {"cache_fp16_weight"}
)
#: A server that tells this one tells all of them; smaller ones tell a few and take more.
_OF_ALL = "CLIP_stop_at_last_layers"


@dataclass(frozen=True)
class Look:
    """What a server is at."""

    is_busy: bool = False
    """Any job runs there, whoever ordered it."""
    began: int | None = None
    """When the latest began, as a number that rises; 0: none has since the server started; None: it does not
    tell."""


@dataclass(eq=False)
class KnownConfig:
    """What is known of the config of one server, by all of its clients; each change is one step, as they are
    on several threads."""

    held: frozenset[str] = frozenset()
    """What it holds, so that it is put back."""
    at_rest: Mapping[str, JSON] = field(default_factory=dict)
    """Values that were told while nothing ran."""
    latest: int = 0
    """When the latest job that was seen there began, in the server's own numbers."""

    def meet(self, look: Look) -> None:
        """The server was looked at. Its jobs begin one after another: one that goes back has started anew,
        and what it held may not be what it had on disk."""
        if look.began is None:
            return
        if look.began < self.latest:
            self.forget()
        self.latest = look.began

    def hold(self, names: Iterable[str]) -> None:
        """It holds these by now. The job that they are for will have begun when the server is looked at
        again."""
        self.held, self.latest = self.held | set(names), max(self.latest, 1)

    def forget(self) -> None:
        """It may be another by now, as after a restart."""
        self.held, self.at_rest, self.latest = frozenset(), {}, 0


@dataclass(frozen=True)
class Settled:
    """What of a request's overrides is sent."""

    sent: Mapping[str, Any]
    to_hold: Mapping[str, Any]
    """What the server does not hold yet, with the values that it has now."""
    not_held: frozenset[str]
    """What it cannot be made to hold: as long as it has no value."""
    is_at_rest: bool
    """Nothing ran there: what it has now is not what a job has changed for itself."""


def settle(
    wanted: Mapping[str, Any],
    told: Mapping[str, JSON],
    known: KnownConfig,
    server: Server,
    look: Callable[[], Look],
) -> Settled:
    """What of `wanted` is to be sent to a server that has `told` its settings; `look` asks what it is at,
    where that counts. Raises RequestRefused for a setting that it does not have."""
    if _OF_ALL in told:
        # Without the option it is automatic there anyway.
        wanted = {name: value for name, value in wanted.items() if name in told or value != AUTOMATIC}
        for name in wanted:
            if name not in told:
                raise _no_such(name, told, server)
    same = frozenset(
        name for name, value in wanted.items() if name in told and _is_set(name, value, told[name])
    )
    as_set = same
    is_new = any(name not in known.at_rest or known.at_rest[name] != told[name] for name in as_set)
    # What stays as it is needs nothing to be put back. A model that is told is held, and to tell it anew
    # could load it.
    changed = (wanted.keys() & told.keys()) - same - {MODEL}
    seen = Look()
    if is_new or changed:
        seen = look()
        known.meet(seen)
        if is_new and seen.is_busy:
            as_set = frozenset()
        elif is_new:
            known.at_rest = {**known.at_rest, **{name: told[name] for name in as_set}}
    changed -= known.held
    to_hold = {name: _plain(told[name]) for name in wanted if name in changed and _is_plain(told[name])}
    return Settled(
        sent={name: value for name, value in wanted.items() if name not in as_set},
        to_hold=to_hold,
        not_held=frozenset(changed - to_hold.keys()),
        is_at_rest=not seen.is_busy,
    )


def _is_set(name: str, wanted: Any, told: JSON) -> bool:
    """Whether the server's value is the wanted one, compared as the server would."""
    if isinstance(wanted, str) and isinstance(told, str):
        if name == MODEL:
            return files.is_model(wanted, told)
        return wanted == told
    if isinstance(wanted, bool) or isinstance(told, bool):
        return wanted is told
    # Whole numbers are told as 1.0.
    return bool(wanted == told)


def _is_plain(value: JSON) -> bool:
    return isinstance(value, (str, int, float, bool))


def _plain(value: JSON) -> JSON:
    """A whole number is one: some of these count layers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _no_such(name: str, told: Mapping[str, JSON], server: Server) -> RequestRefused:
    row = OPTION_ROWS.get(name)
    if row is not None:
        return RequestRefused(
            "{server} has no option “{name}”, which {parameter} stands for.",
            "Leave {parameter} open for this server.",
            server=server.label,
            name=name,
            parameter=row.parameter.label,
        )
    near = nearest(name, told)
    advice = "Remove it from Server Options, or write it as the server does: {near}."
    return RequestRefused(
        "{server} has no option “{name}”.",
        advice if near else "Remove it from Server Options.",
        server=server.label,
        name=checks.shown(name),
        near=", ".join(near),
    )


def may_stay(names: Iterable[str], server: Server) -> Message:
    """What is said where the server could not be told to hold these."""
    labels = {name: row.parameter.label for name, row in OPTION_ROWS.items()}
    return Message(
        "{server} may keep {names} of this picture for everybody: it did not take what it needs to put them "
        "back.",
        server=server.label,
        names=", ".join(labels.get(name, checks.shown(name)) for name in names),
    )
