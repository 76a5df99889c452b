# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""By which names a server of A1111's API finds a model, VAE or LoRA (WebUI 1.10.1).

A model is listed by its title, `folder/name.safetensors [0123456789]`, whose hash is there only once it was
used; the server takes it with or without the hash, without suffix, with `_` for each slash, and by either
hash, but never by another folder. LoRAs go by the stem of their file or by an alias, VAEs by file alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..catalogue import Choice

_SUFFIX = re.compile(r"\.(safetensors|ckpt|pt|pth|bin)$", re.IGNORECASE)
_HASH = re.compile(r" ?\[([0-9a-f]{6,64})\]$", re.IGNORECASE)


def without_hash(name: str) -> str:
    """`name [0123456789]` without its hash."""
    return _HASH.sub("", name.strip())


def without_suffix(name: str) -> str:
    """A file's name without that of its format, in its folder."""
    return _SUFFIX.sub("", name.strip())


def has_suffix(name: str) -> bool:
    """Whether it is the name of a file and not its stem."""
    return bool(_SUFFIX.search(name.strip()))


def is_path_or_hashed(name: str) -> bool:
    """Whether a LoRA or VAE cannot be called so: they have no folder and no hash there."""
    return bool(re.search(r"[/\\]", name) or _HASH.search(name.strip()))


def stem(name: str) -> str:
    """The file alone, without folder, suffix and hash."""
    return without_suffix(re.split(r"[/\\]", without_hash(name))[-1])


def model_names(title: str) -> tuple[str, ...]:
    """Other names that the server takes for the model of this title, but for those that a model of another
    folder could have, too."""
    file = without_hash(title)
    found = _HASH.search(title)
    names = [file, re.sub(r"[/\\]", "_", without_suffix(file))]
    return tuple(dict.fromkeys([*names, *((found[1],) if found else ())]))


def is_model(asked: str, title: str) -> bool:
    """Whether `asked` is surely the model of this title, as the server looks it up."""
    ours, theirs = _HASH.search(asked.strip()), _HASH.search(title)
    if ours and theirs and ours[1].casefold() != theirs[1].casefold():
        return False
    return asked.strip() == title or without_hash(asked) in model_names(title)


def find_file(asked: str, choices: Sequence[Choice]) -> Choice | None:
    """The entry that a file's name means, be it with hash, folder or suffix where the list has none, or
    without where it has. None: the list does not hold it."""
    asked = asked.strip()
    for choice in choices:
        if asked in (choice.value, choice.label, *choice.aliases):
            return choice
    named = [
        (each, [name for name in (each.value, each.label, *each.aliases, *model_names(each.value)) if name])
        for each in choices
    ]
    for plain in (without_hash, lambda name: without_suffix(without_hash(name)), stem):
        key = plain(asked).casefold()
        for choice, names in named:
            if key and key in (plain(name).casefold() for name in names):
                return choice
    return None
