# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""blender [FILE.blend] --command drawthings SUBCOMMAND …

Exit status 0 only when all was done; 1 when something failed; 2 for a command line that cannot be meant.
`--json` prints one JSON object for machines instead of text. On standard error is what must be known before
it is sent, such as a password that goes over plain HTTP.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import bpy

from .blender import connection, settings
from .blender.actions import history, server_control
from .blender.session import session
from .client import bounds
from .client.features import Feature
from .client.table import Row
from .errors import BridgeError
from .jobs.history.entry import Entry
from .jobs.history.query import MAX_LIMIT, Query
from .messages import Message

NAME = "drawthings"
#: Characters of a prompt in a line.
_PROMPT = 80

_command: Any = None


def main(arguments: Sequence[str]) -> int:
    """Run one subcommand; the exit status."""
    parser = _parser()
    settings.say_anew()
    try:
        options = parser.parse_args(list(arguments))
    except SystemExit as end:
        # Blender goes on after a SystemExit: the status has to be given back.
        return int(end.code or 0)
    try:
        return int(options.run(options))
    except BridgeError as error:
        if options.json:
            print(json.dumps({"error": error.what, "advice": error.advice}, ensure_ascii=False))
        else:
            print(error, file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=" ".join(("blender", "--command", NAME)), description="Draw Things Bridge from the command line."
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    doctor = commands.add_parser(
        "doctor",
        help="ask the server who it is and what it can do",
        description="Ask the server who it is and what it can do. Status 0: it can make pictures.",
    )
    doctor.add_argument("--json", action="store_true", help="print JSON for machines")
    doctor.add_argument(
        "--server", metavar="URL", help="another server than that of the preferences, for this run"
    )
    doctor.set_defaults(run=_doctor)
    found = commands.add_parser(
        "history",
        help="look for pictures among all that were ever made",
        description="Look for pictures among all that were ever made, the newest first. "
        "Status 0: there is one.",
    )
    found.add_argument("words", nargs="*", help="what each begins a word of the prompt, or of a name")
    found.add_argument("--json", action="store_true", help="print JSON for machines")
    found.add_argument("--favourites", action="store_true", help="those alone")
    found.add_argument("--limit", type=_count, default=20, metavar="COUNT", help="so many at most (20)")
    found.set_defaults(run=_history)
    return parser


def _count(text: str) -> int:
    """Raises ValueError, which argparse tells."""
    count = int(text)
    if not 0 < count <= MAX_LIMIT:
        raise argparse.ArgumentTypeError(Message("1 to {most}", most=MAX_LIMIT))
    return count


def _history(options: argparse.Namespace) -> int:
    query = Query(words=" ".join(options.words), favourites=options.favourites, limit=options.limit)
    history.look()
    history.search(query)
    page = session.get().history.page
    if options.json:
        entries = [_entry(each) for each in page.entries]
        print(json.dumps({"count": page.total, "entries": entries}, ensure_ascii=False))
    else:
        for each in page.entries:
            print(f"{each.made:%Y-%m-%d %H:%M}  {each.path}  {bounds.one_line(each.prompt, _PROMPT)}")
        if page.total > len(page.entries):
            print(Message("{count} in all", count=page.total))
    return 0 if page.total else 1


def _entry(entry: Entry) -> dict[str, Any]:
    names = (field.name for field in dataclasses.fields(entry) if field.name not in ("path", "set"))
    found = {name: getattr(entry, name) for name in names}
    return found | {"path": str(entry.path), "set": entry.set and dataclasses.asdict(entry.set)}


def _doctor(options: argparse.Namespace) -> int:
    with _connected_to(options.server):
        return _examine(options)


@contextlib.contextmanager
def _connected_to(address: str | None) -> Iterator[None]:
    """For the block another server than that of the preferences, which are left as they are."""
    if address is None:
        yield
        return
    preferences = settings.preferences()
    before, dirty = preferences.server_url, bpy.context.preferences.is_dirty
    preferences.server_url = address
    try:
        yield
    finally:
        preferences.server_url = before
        bpy.context.preferences.is_dirty = dirty


def _examine(options: argparse.Namespace) -> int:
    server_control.check()
    status = session.get().status
    found = connection.capabilities()
    usable = found.offers(Feature.TEXT_TO_IMAGE) and found.offers(Feature.IMAGE_TO_IMAGE)
    if options.json:
        print(
            json.dumps(
                {
                    "server": settings.server().url,
                    "dialect": found.dialect.name,
                    "model": status.model,
                    "usable": usable,
                    "endpoints": [_row(row) for row in found.rows],
                },
                ensure_ascii=False,
            )
        )
    else:
        print(
            Message(
                "{server} speaks {dialect}, model: {model}",
                server=settings.server().url,
                dialect=found.dialect.name,
                model=status.model or "as set there",
            )
        )
        for row in found.rows:
            seconds = "" if row.seconds is None else f"{row.seconds:.3f} s"
            print(f"{row.state.name:<12} {seconds:>9}  {row.place:<42} {row.detail}")
    return 0 if usable else 1


def _row(row: Row) -> dict[str, Any]:
    method, _, path = row.place.partition(" ")
    return {
        "method": method,
        "path": path,
        "title": row.title,
        "state": row.state.name,
        "seconds": row.seconds,
        "detail": row.detail,
    }


def register() -> None:
    global _command
    _command = bpy.utils.register_cli_command(NAME, main)


def unregister() -> None:
    global _command
    if _command is not None:
        bpy.utils.unregister_cli_command(_command)
        _command = None
