# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from the database: pages of what was searched for, and what there is to choose from."""

from __future__ import annotations

import os
import sqlite3
import zlib
from pathlib import Path
from typing import Any

from ..picture_set import SetMember
from . import words
from .entry import Entry, Facets, Page
from .facts import told
from .query import ANY, MAX_LIMIT, Query, begin_of, end_of

_COLUMNS = """
    identity, path, created, operation, prompt, negative_prompt, model, server, width, height, seed, blend,
    set_id, set_index, set_size, set_columns, set_column, set_row, beside,
    is_favourite, is_missing, is_deleted
"""
_FACETS = 500


def search(one: sqlite3.Connection, query: Query, *, index: bool) -> Page:
    """What fits, the newest first; of the same moment always in the same order. `index`: there is one."""
    where, values = _conditions(one, query, index=index)
    (total,) = one.execute(f"SELECT count(*) FROM pictures WHERE {where}", values).fetchone()
    limit = min(max(query.limit, 0), MAX_LIMIT)
    if not limit or not total:
        return Page((), total)
    rows = one.execute(
        f"SELECT {_COLUMNS} FROM (SELECT * FROM pictures WHERE {where}"
        " ORDER BY created DESC, identity DESC LIMIT ? OFFSET ?) JOIN texts USING (id)"
        " ORDER BY created DESC, identity DESC",
        (*values, limit, min(max(query.offset, 0), 1 << 62)),
    )
    return Page(tuple(map(_entry, rows)), total)


def entry(one: sqlite3.Connection, identity: str) -> Entry | None:
    """The picture of this identity, whatever its state; None where there is none."""
    row = one.execute(
        f"SELECT {_COLUMNS} FROM pictures JOIN texts USING (id) WHERE identity = ?", (identity,)
    ).fetchone()
    return None if row is None else _entry(row)


def recipe(one: sqlite3.Connection, identity: str) -> str | None:
    """A picture's recipe as text."""
    row = one.execute(
        "SELECT recipe FROM pictures JOIN texts USING (id) WHERE identity = ?", (identity,)
    ).fetchone()
    return None if row is None else unpacked(row[0])


def unpacked(recipe: bytes) -> str:
    """Raises zlib.error, UnicodeDecodeError."""
    return zlib.decompress(recipe).decode()


def facets(one: sqlite3.Connection) -> Facets:
    """What there is."""

    def counted(column: str) -> tuple[tuple[str, int], ...]:
        rows = one.execute(
            f"SELECT {column}, count(*) FROM pictures WHERE NOT is_deleted AND {column} != ''"
            f" GROUP BY {column} ORDER BY 2 DESC, 1 LIMIT ?",
            (_FACETS,),
        )
        return tuple((str(name), int(count)) for name, count in rows)

    numbers = one.execute(
        "SELECT total(NOT is_deleted), total(is_favourite AND NOT is_deleted),"
        " total(is_missing AND NOT is_deleted), total(is_deleted AND NOT is_missing) FROM pictures"
    ).fetchone()
    count, favourites, missing, deleted = map(int, numbers)
    return Facets(
        models=counted("model"),
        blends=counted("blend"),
        operations=counted("operation"),
        count=count,
        favourites=favourites,
        missing=missing,
        deleted=deleted,
    )


def _conditions(one: sqlite3.Connection, query: Query, *, index: bool) -> tuple[str, list[object]]:
    where = ["is_deleted AND NOT is_missing" if query.deleted else "NOT is_deleted"]
    values: list[object] = []
    if query.favourites:
        where.append("is_favourite")
    if query.kind.upper() != ANY:
        where.append("operation = ?")
        values.append(_plain(query.kind).lower())
    for column, name in (("model", query.model), ("blend", query.blend)):
        name = _plain(name).strip()
        if name:
            where.append(_named(one, column, name))
            values.append(name)
    if query.since is not None:
        where.append("created >= ?")
        values.append(begin_of(query.since))
    if query.until is not None:
        where.append("created < ?")
        values.append(end_of(query.until))
    if query.set:
        where.append("set_id = ?")
        values.append(_plain(query.set))
    sought = words.sought(query.words)
    if sought and index:
        where.append("id IN (SELECT rowid FROM found WHERE found MATCH ?)")
        values.append(words.match(sought))
    elif sought:
        where.append(f"id IN (SELECT id FROM words WHERE {' AND '.join(['text LIKE ?'] * len(sought))})")
        values += map(words.like, sought)
    return " AND ".join(where), values


def _named(one: sqlite3.Connection, column: str, name: str) -> str:
    """The whole name, or a part of it where there is none of that name."""
    whole = one.execute(f"SELECT 1 FROM pictures WHERE {column} = ? LIMIT 1", (name,)).fetchone()
    return f"{column} = ?" if whole is not None else f"instr(lower({column}), lower(?))"


def _plain(text: str) -> str:
    """A text that SQLite takes."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _entry(row: tuple[Any, ...]) -> Entry:
    (
        identity, path, created, operation, prompt, negative_prompt, model, server, width, height, seed,
        blend, set_id, set_index, set_size, set_columns, set_column, set_row, beside,
        favourite, missing, deleted,
    ) = row  # fmt: skip
    member = None
    if set_id:
        member = SetMember(set_id, set_index, set_size, set_columns, set_column, set_row)
    return Entry(
        identity=identity,
        path=Path(os.fsdecode(path)),
        created=told(created),
        operation=operation,
        prompt=prompt,
        negative_prompt=negative_prompt,
        model=model,
        server=server,
        width=width,
        height=height,
        seed=seed,
        blend=blend,
        set=member,
        beside=beside,
        is_favourite=bool(favourite),
        is_missing=bool(missing),
        is_deleted=bool(deleted),
    )
