# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""An entry of the history, and what was found, in words."""

from __future__ import annotations

from dataclasses import replace

from ..client import bounds
from ..jobs.history.entry import Entry
from ..jobs.history.query import Query
from ..messages import Message

#: Characters of a prompt in a tooltip.
_PROMPT = 600
#: And of what was looked for, in a line.
_WORDS = 60
_KINDS = {
    "txt2img": "new picture",
    "img2img": "restyled",
    "extras": "enlarged",
    "maps": "map",
    "seamless": "made seamless",
}


def title(entry: Entry) -> str:
    """The prompt, else what there is instead of one."""
    # Linux allows a name that is no text.
    return entry.prompt or entry.path.name.encode("utf-8", "replace").decode()


def facts(entry: Entry) -> list[str]:
    """Size and seed; when and in which file; with what; each on a line of its own."""
    size = f"{entry.width} × {entry.height}"
    numbers = size if entry.operation in ("extras", "maps", "seamless") else Message(
        "{size} · seed {seed}", size=size, seed=entry.seed
    )  # fmt: skip
    when = f"{entry.made:%Y-%m-%d %H:%M}"
    kind = _KINDS.get(entry.operation, entry.operation)
    if entry.beside:
        kind = f"{kind} · {entry.beside}"
    lines = (
        entry.label,
        numbers,
        f"{when} · {entry.blend}" if entry.blend else when,
        f"{kind} · {entry.model}" if entry.model else kind,
    )
    return [line for line in lines if line]


def tooltip(entry: Entry) -> str:
    """Prompt and facts, and what a press does."""
    return "\n".join(
        (
            bounds.one_line(title(entry), _PROMPT).removesuffix("."),
            *facts(entry),
            "Press to see it large, press twice to bring it into the scene",
        )
    )


def count(total: int, query: Query) -> str:
    """1,204 pictures; where a search or a filter leaves some out, or what lies in Deleted is listed, it says
    so: the section in the sidebar has the filters out of sight."""
    if query.deleted:
        return Message("{count} in Deleted", count=f"{total:,}")
    pictures = "1 picture" if total == 1 else Message("{count} pictures", count=f"{total:,}")
    return Message("{pictures} found", pictures=pictures) if is_narrowed(query) else pictures


def is_narrowed(query: Query) -> bool:
    """Whether less is listed than everything that there is, or than all that was thrown away."""
    return replace(query, offset=0, deleted=False, limit=0) != Query(limit=0)


def state(total: int, query: Query, *, is_looking: bool) -> str:
    """How many there are, and whether more may come."""
    found = count(total, query)
    if is_looking:
        return Message("{pictures}, looking for more...", pictures=found)
    return found


def range_of(length: int, total: int, query: Query) -> str:
    """Which of them are seen: "21–40 of 1,204"."""
    if length >= total and not query.offset:
        return count(total, query)
    first, last = query.offset + 1, query.offset + length
    return Message("{first}–{last} of {total}", first=f"{first:,}", last=f"{last:,}",
                   total=count(total, query) if query.deleted else f"{total:,}")  # fmt: skip


def nothing_found(query: Query) -> str:
    """What was looked for in vain."""
    looked_for = bounds.one_line(query.words, _WORDS)
    if not looked_for:
        return "No picture fits these filters"
    return Message("Nothing found for “{words}”", words=looked_for)
