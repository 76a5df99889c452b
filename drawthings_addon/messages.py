# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sentences for the artist, each a template and the values in it, so that it can be told in any language."""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")


class Message(str):
    """The text of a template with its values in it: `Message("Nothing listens at {address}.", address=…)`.

    It is text like any other, and remembers what it was made from: a value may be a Message, too. A brace
    that belongs to no value stays, and those in values are only text: strangers wrote many of them.
    """

    template: str
    values: Mapping[str, object]
    """Those that the template names."""

    def __new__(cls, template: str, /, **values: object) -> Message:
        named = {name: values[name] for name in _PLACEHOLDER.findall(template) if name in values}
        text = _PLACEHOLDER.sub(lambda found: str(named.get(found[1], found[0])), template)
        message = super().__new__(cls, text)
        message.template = template
        message.values = named
        return message
