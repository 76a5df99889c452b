# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""By which names a server of A1111's API finds a model, VAE or LoRA (WebUI 1.10.1).

A model is listed by its title, `folder/name.safetensors [0123456789]`, whose hash is there only once it was
used; the server takes it with or without the hash, without suffix, with `_` for each slash, and by either
hash, but never by another folder. LoRAs go by the stem of their file or by an alias, VAEs by file alone.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable

from ..catalogue import Catalogue, Choice
from ..names import find

_SUFFIXES = frozenset({"safetensors", "sft", "ckpt", "pt", "pth", "bin", "gguf"})
#: Of a model, as older versions of the WebUI told it; the server takes it, and lists it no more.
_OLD_HASH = re.compile(r"[0-9a-f]{8}")
_HASH = re.compile(r" ?\[([0-9a-f]{6,64})\]$", re.IGNORECASE)


def without_hash(name: str) -> str:
    """`name [0123456789]` without its hash."""
    name = name.strip()
    return _HASH.sub("", name) if name.endswith("]") else name


def without_suffix(name: str) -> str:
    """A file's name without that of its format, in its folder."""
    name = name.strip()
    return name.rpartition(".")[0] if has_suffix(name) else name


def has_suffix(name: str) -> bool:
    """Whether it is the name of a file and not its stem."""
    return name.strip().rpartition(".")[2].lower() in _SUFFIXES and "." in name


def is_path_or_hashed(name: str) -> bool:
    """Whether a LoRA or VAE cannot be called so: they have no folder and no hash there."""
    return "/" in name or "\\" in name or without_hash(name) != name.strip()


def stem(name: str) -> str:
    """The file alone, without folder, suffix and hash."""
    return without_suffix(without_hash(name).replace("\\", "/").rpartition("/")[2])


def model_names(title: str) -> tuple[str, ...]:
    """Other names that the server takes for the model of this title, but for those that a model of another
    folder could have, too."""
    file = without_hash(title)
    found = _HASH.search(title)
    names = [file, re.sub(r"[/\\]", "_", without_suffix(file))]
    return tuple(dict.fromkeys([*names, *((found[1],) if found else ())]))


def is_model(asked: str, title: str) -> bool:
    """Whether `asked` is surely the model of this title, as the server looks it up."""
    if has_another_hash(asked, title):
        return False
    return asked.strip() == title or without_hash(asked) in model_names(title)


def find_file(asked: str, choices: tuple[Choice, ...]) -> Choice | None:
    """The entry that a file's name means, be it with hash, folder or suffix where the list has none, or
    without where it has. None: the list does not hold it.

    Panels ask whenever they are drawn: of one and the same list it is known from then on.
    """
    names = _names_of(_Same(choices))
    asked = asked.strip()
    if (found := names.exact.get(asked)) is not None:
        return found
    for plain, by_name in zip(_PLAIN, names.plain, strict=True):
        if (key := plain(asked).casefold()) and (found := by_name.get(key)) is not None:
            is_another = plain is stem and has_another_hash(asked, found.value)
            return None if is_another else found
    return None


def has_another_hash(name: str, other: str) -> bool:
    """Both tell a hash, and not the same one."""
    ours, theirs = _HASH.search(name.strip()), _HASH.search(other)
    return bool(ours and theirs and ours[1].casefold() != theirs[1].casefold())


#: Names that are of no file and no list.
_OPEN = frozenset({"", "Automatic", "None"})
_LISTS_OF_FILES = frozenset({"models", "vaes", "loras", "control_models"})


def lacks(lists: Catalogue, name: str, *where: str) -> bool:
    """Whether a server that has told these of its lists has nothing of that name in them, as it looks for it
    or is sent it: a file by any of its names, a style letter for letter, all else in any spelling. A list
    that it has not told proves nothing."""
    if name.strip() in _OPEN or not all(map(lists.knows, where)):
        return False
    choices = lists.together(*where)
    if where == ("models",) and _OLD_HASH.fullmatch(name.strip()):
        return False
    if _LISTS_OF_FILES.issuperset(where):
        return find_file(name, choices) is None
    if where == ("styles",):
        return all(name != choice.value for choice in choices)
    return find(name, choices) is None


#: How names are compared, the most exact first.
_PLAIN: tuple[Callable[[str], str], ...] = (
    without_hash,
    lambda name: without_suffix(without_hash(name)),
    stem,
)


class _Same:
    """A list, as itself and not by its entries."""

    def __init__(self, choices: tuple[Choice, ...]) -> None:
        self.choices = choices

    def __hash__(self) -> int:
        return id(self.choices)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.choices is self.choices


class _Names:
    """The entries of a list by their names; of several with one name that which is listed by it, as the
    server does, else the first."""

    def __init__(self, choices: tuple[Choice, ...]) -> None:
        self._choices = choices
        self.exact: dict[str, Choice] = {choice.value: choice for choice in choices if choice.value}
        for choice in choices:
            for name in (choice.label, *choice.aliases):
                if name:
                    self.exact.setdefault(name, choice)

    @functools.cached_property
    def plain(self) -> tuple[dict[str, Choice], ...]:
        """As each of _PLAIN has them, without regard to case. Files of one name in several folders have none
        of their own without these: which of them is meant, nobody can tell."""
        found: tuple[dict[str, Choice], ...] = tuple({} for _ in _PLAIN)
        for plain, by_name in zip(_PLAIN, found, strict=True):
            for choice in self._choices:
                by_name.setdefault(plain(choice.value).casefold(), choice)
            for choice in self._choices:
                for name in (choice.label, *(choice.aliases or model_names(choice.value))):
                    by_name.setdefault(plain(name).casefold(), choice)
        stems = Counter(stem(choice.value).casefold() for choice in self._choices)
        for name in (name for name, count in stems.items() if count > 1):
            for plain, by_name in zip(_PLAIN[1:], found[1:], strict=True):
                if plain is stem or (name in by_name and plain(by_name[name].value).casefold() != name):
                    by_name.pop(name, None)
        return found


@functools.lru_cache(maxsize=16)
def _names_of(listed: _Same) -> _Names:
    return _Names(listed.choices)
