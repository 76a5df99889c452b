# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Arguments of scripts, of which some are wanted as the place of a choice in its list.

A dropdown of the server's page may hand its script the place of what was chosen (gradio's `type="index"`).
`/script-info` tells the texts all the same, and nothing of that (modules/scripts.py of WebUI 1.10.1: label,
value, minimum, maximum, step, choices); with a text X/Y/Z plot fails, and outpainting takes the first. What
tells: a default that is a number beside choices that are texts; the names that WebUI's own scripts, and those
that were made from them, give to such arguments; and a script that fails at once because it took a text for a
number. One that fails later may have painted, which nobody pays twice for.

The panel keeps the texts: the same choice stands in another place in text to image, in image to image and
on another server.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from ...errors import RequestRefused, ServerError, ServerFailed
from .. import checks
from ..capabilities import Capabilities
from ..catalogue import ScriptArgument, or_none
from ..http.address import Server
from ..http.endpoints import Endpoint
from ..http.transport import Reply
from . import endpoints
from .settings import Settings

#: Arguments of any script, by their labels: X/Y/Z plot's, and Poor man's outpainting's.
_LABELS = frozenset({"x type", "y type", "z type", "masked content"})
#: Of single scripts that many have.
_LABELS_OF: Mapping[str, frozenset[str]] = {
    "ultimate sd upscale": frozenset({"target size type", "upscaler", "type"}),
}
#: Python's words for a text where a number was wanted.
_TEXT_FOR_A_NUMBER = re.compile(
    r"indices must be integers|not supported between instances of|unsupported operand type|"
    r"can only concatenate str|cannot be interpreted as an integer|must be (?:a )?(?:real number|int)|"
    r"invalid literal for int|could not convert string to float|not all arguments converted"
)
_SHOWN_CHOICES = 8
#: Seconds within which a script fails that has painted nothing.
AT_ONCE = 10.0


@dataclass(eq=False)
class KnownScripts:
    """What a server's scripts have taught, for all of its clients; replaced as a whole."""

    by_place: frozenset[str] = frozenset()
    """Those whose choices are all wanted by their places."""


def is_by_place(script: str, argument: ScriptArgument) -> bool:
    """Whether a choice of this argument is surely wanted as its place."""
    value = argument.value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bool(argument.choices) and str(value) not in argument.choices
    label = argument.label.strip().casefold()
    return bool(argument.choices) and (
        label in _LABELS or label in _LABELS_OF.get(script.strip().casefold(), frozenset())
    )


def place(value: Any, argument: ScriptArgument) -> int | None:
    """Where a choice stands in the server's list, counted from 0; None for what is none of them."""
    if not isinstance(value, str):
        return None
    plain = [choice.strip().casefold() for choice in argument.choices]
    if value in argument.choices:
        found = argument.choices.index(value)
    elif value.strip().casefold() in plain:
        found = plain.index(value.strip().casefold())
    else:
        return None
    return argument.places[found] if argument.places else found


def as_wanted(
    script: str,
    values: Sequence[Any],
    arguments: Sequence[ScriptArgument],
    server: Server,
    *,
    all_by_place: bool = False,
) -> list[Any]:
    """The values of a script's arguments as it takes them: a text as a text, also one that reads as a number
    in the panel's field. Raises RequestRefused for a text that is none of the choices of an argument that is
    wanted by its place."""
    sent = list(values)
    for index, (value, argument) in enumerate(zip(values, arguments, strict=False)):
        is_sure = is_by_place(script, argument)
        text = value if isinstance(value, str) else _as_text(value, argument)
        if text is None:
            continue
        found = place(text, argument) if is_sure or all_by_place else None
        if found is not None:
            sent[index] = found
        elif is_sure:
            raise _no_such_choice(script, text, argument, server)
        else:
            sent[index] = text
    return sent


def _as_text(value: Any, argument: ScriptArgument) -> str | None:
    """What the panel took for a number or the like, where the script wants the text; None: it does not. A
    number that can be a place in the list is one."""
    if value is None or not isinstance(argument.value, str):
        return None
    text = json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
    if not argument.choices:
        return text
    last = max(argument.places, default=len(argument.choices) - 1)
    is_place = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= last
    return text if text in argument.choices and not is_place else None


def _no_such_choice(script: str, value: str, argument: ScriptArgument, server: Server) -> RequestRefused:
    known = [checks.shown(choice) for choice in argument.choices[:_SHOWN_CHOICES] if choice]
    if len(argument.choices) > _SHOWN_CHOICES:
        known.append("…")
    return RequestRefused(
        "“{value}” is none of the choices that {script} has at {server} for “{argument}”.",
        "Write one of them, or its number, counted from 0: {known}.",
        value=checks.shown(value),
        script=checks.shown(script),
        server=server.label,
        argument=checks.shown(argument.label),
        known=", ".join(known),
    )


class Scripts(Settings):
    """A client, as far as it has the server run scripts."""

    def __init__(self, server: Server, capabilities: Capabilities | None = None) -> None:
        super().__init__(server, capabilities)
        self._scripts = KnownScripts()

    def sibling(self, server: Server) -> Self:
        one = super().sibling(server)
        one._scripts = self._scripts
        return one

    def _generate(self, endpoint: Endpoint, body: Mapping[str, Any], limit: int) -> Reply:
        """POST a request for pictures, the arguments of its script as that takes them, which costs one
        exchange more."""
        script, values = body.get("script_name"), body.get("script_args")
        if not script or not values:
            return self._make(endpoint, body, limit=limit)
        arguments = self._arguments_of(script, is_img2img=endpoint is endpoints.IMG2IMG)
        key = script.casefold()
        sent, by_place = (
            as_wanted(script, values, arguments, self.server, all_by_place=is_all)
            for is_all in (key in self._scripts.by_place, True)
        )
        began = time.monotonic()
        try:
            return self._make(endpoint, {**body, "script_args": sent}, limit=limit)
        except ServerFailed as failure:
            is_late = time.monotonic() - began > AT_ONCE
            if sent == by_place or is_late or not _took_a_text_for_a_number(failure, sent):
                raise
            try:
                reply = self._make(endpoint, {**body, "script_args": by_place}, limit=limit)
            except ServerFailed:
                raise failure from None
        self._scripts.by_place |= {key}
        return reply

    def _arguments_of(self, script: str, *, is_img2img: bool) -> tuple[ScriptArgument, ...]:
        found = or_none(self.script_info) if self._has(endpoints.SCRIPT_INFO) else None
        for each in found or ():
            is_same = each.name.casefold() == script.casefold()
            if is_same and each.is_img2img == is_img2img and not each.is_always_on:
                return each.args
        return ()


def _took_a_text_for_a_number(failure: ServerError, sent: Sequence[Any]) -> bool:
    words = str(failure.what.values.get("words", ""))
    # A dictionary's own complaint is the key that it lacks.
    lacks_key = any(isinstance(value, str) and words.strip(" .") == repr(value) for value in sent)
    return lacks_key or bool(_TEXT_FOR_A_NUMBER.search(words))
