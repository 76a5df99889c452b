# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read from the database: pages of what was searched for, and what there is to choose from."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any
from zlib import crc32, decompress
from zlib import error as ZlibError  # noqa: N812

from ..picture_set import SetMember
from . import facts, store, words
from .database import Damaged
from .entry import Entry, Facets, Page
from .query import ANY, MAX_LIMIT, Query, begin_of, end_of

#: What a picture's checksum is of; see `store.add_picture`.
_TOLD = """width, height, seed, server, set_index, set_size, set_columns, set_column, set_row, beside, prompt,
    negative_prompt"""
_COLUMNS = f"""
    identity, path, created, operation, model, blend, set_id, is_favourite, is_missing, is_deleted, path_sum,
    sum, {_TOLD}
"""
_FACETS = 500
_NAMES = 500
#: Milliseconds that a picture's number may lie behind its time, where many were made in the same moment.
_LATE = 600_000
#: Tables in which words are looked for. The order is told: SQLite would ask the index for each picture again.
_INDEXED = "found CROSS JOIN pictures ON pictures.id = found.rowid"
_WORDS = "words CROSS JOIN pictures ON pictures.id = words.id"
_ALL, _ONE_BY_ONE = "pictures", "pictures NOT INDEXED"
#: What the newest are first by.
_FIRST = {_ALL: "pictures.id", _ONE_BY_ONE: "pictures.id", _INDEXED: "found.rowid", _WORDS: "words.id"}


def search(one: sqlite3.Connection, query: Query, *, index: bool) -> Page:
    """What fits, the newest first; of the same moment always in the same order. `index`: there is one."""
    source, where, values = _conditions(one, query, index=index)
    (total,) = one.execute(f"SELECT count(*) FROM {source} WHERE {where}", values).fetchone()
    limit = min(max(query.limit, 0), MAX_LIMIT)
    if not limit or not total:
        return Page((), total)
    is_narrow = query.model or query.blend or query.set or query.favourites or query.deleted
    if source == _ALL and not is_narrow:
        # Else SQLite sorts all of them by way of an index.
        source = _ONE_BY_ONE
    rows = one.execute(
        f"SELECT {_COLUMNS} FROM (SELECT pictures.id AS found FROM {source} WHERE {where}"
        f" ORDER BY {_FIRST[source]} DESC LIMIT ? OFFSET ?)"
        " CROSS JOIN pictures ON pictures.id = found CROSS JOIN texts ON texts.id = found"
        " ORDER BY found DESC",
        (*values, limit, min(max(query.offset, 0), 1 << 62)),
    )
    return Page(tuple(_entry(row) for row in rows), total)


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


def unpacked(recipe: object) -> str:
    """Raises Damaged."""
    try:
        assert isinstance(recipe, bytes)
        return decompress(recipe).decode()
    except (ZlibError, UnicodeDecodeError, AssertionError) as error:
        raise Damaged(str(error)) from error


def facets(one: sqlite3.Connection) -> Facets:
    """What there is."""

    def counted(column: str) -> tuple[tuple[str, int], ...]:
        rows = one.execute(
            f"SELECT {column}, count(*) FROM pictures WHERE is_deleted = 0 AND {column} != ''"
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


def _conditions(one: sqlite3.Connection, query: Query, *, index: bool) -> tuple[str, str, list[object]]:
    """The tables, what has to be true of their rows, and its values."""
    source, where, values = _ALL, [], list[object]()
    sought = words.sought(query.words)
    if sought and index:
        source = _INDEXED
        where.append("found MATCH ?")
        values.append(words.match(sought))
    elif sought:
        source = _WORDS
        where += ["text LIKE ?"] * len(sought)
        values += map(words.like, sought)
    where.append("is_deleted = 1 AND is_missing = 0" if query.deleted else "is_deleted = 0")
    if query.favourites:
        where.append("is_favourite = 1")
    if query.kind.upper() != ANY:
        where.append("operation = ?")
        values.append(_plain(query.kind).lower())
    for column, name in (("model", query.model), ("blend", query.blend)):
        name = _plain(name).strip()
        if name:
            names = _names(one, column, name)
            where.append(f"{column} IN ({', '.join('?' * len(names))})")
            values += names
    if query.since is not None:
        where.append("created >= ? AND pictures.id >= ?")
        values += [begin_of(query.since), begin_of(query.since) // 1000]
    if query.until is not None:
        where.append("created < ? AND pictures.id < ?")
        values += [end_of(query.until), end_of(query.until) // 1000 + _LATE]
    if query.set:
        where.append("set_id = ?")
        values.append(_plain(query.set))
    return source, " AND ".join(where), values


def _names(one: sqlite3.Connection, column: str, name: str) -> list[str]:
    """The names that are meant: that one, or where there is none of that name those that it is a part of."""
    rows = one.execute(
        f"SELECT {column} FROM pictures WHERE is_deleted = 0 GROUP BY 1 UNION "
        f"SELECT {column} FROM pictures WHERE is_deleted = 1 GROUP BY 1"
    )
    known = [str(found) for (found,) in rows]
    part = name.casefold()
    return [name] if name in known else [each for each in known if part in each.casefold()][:_NAMES]


def _plain(text: str) -> str:
    """A text that SQLite takes."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _entry(row: tuple[Any, ...]) -> Entry:
    """Raises Damaged for a row that is another than was written."""
    identity, path, created, operation, model, blend, set_id, favourite, missing, deleted, *rest = row
    path_sum, sum_, *told = rest
    is_path = isinstance(path, bytes) and crc32(path) == path_sum
    if not (is_path and isinstance(created, int) and store.checksum(tuple(told)) == sum_):
        raise Damaged("a row is another than was written")
    width, height, seed, server, index, size, columns, column, row_label, beside, prompt, negative = told
    return Entry(
        identity=identity,
        path=Path(os.fsdecode(path)),
        created=facts.told(created),
        operation=operation,
        prompt=prompt,
        negative_prompt=negative,
        model=model,
        server=server,
        width=width,
        height=height,
        seed=seed,
        blend=blend,
        set=SetMember(set_id, index, size, columns, column, row_label) if set_id else None,
        beside=beside,
        is_favourite=bool(favourite),
        is_missing=bool(missing),
        is_deleted=bool(deleted),
    )
