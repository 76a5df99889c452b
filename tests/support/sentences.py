# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads how a module makes the sentences that an artist sees, without importing it.

A sentence is a template with values: the first two arguments of an error (what failed, what to do), and the
first of `Message`. A text counts as one of words when two of them follow each other.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

_WORDS = re.compile(r"[A-Za-z]{2,}[,;:.?”)]* +[A-Za-z“{(0-9]|[0-9}”)] +[a-z]{2,}|[a-z]{2,} …")
_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
#: What is said to developers, in the console.
_FOR_DEVELOPERS = frozenset(
    {"TypeError", "ValueError", "KeyError", "RuntimeError", "OSError", "NotImplementedError"}
)


@dataclass(frozen=True)
class Sentence:
    """One call that makes a sentence or two."""

    line: int
    templates: tuple[str, ...]
    values: frozenset[str]
    """The names that are given."""
    is_open: bool
    """Whether more may be given (`**values`), or a template is not known here."""


def errors(source: str) -> frozenset[str]:
    """The classes of a module that are errors by their bases: BridgeError and what is made from it."""
    found = {"BridgeError"}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id in found for base in node.bases
        ):
            found.add(node.name)
    return frozenset(found)


def made_on_the_spot(source: str) -> list[int]:
    """Lines where words and values are put together in another way: f-string, `%`, `format` or `+`."""
    tree = ast.parse(source)
    return sorted({node.lineno for node in _for_artists(tree) if _WORDS.search(_put_together(node))})


def _for_artists(node: ast.AST) -> Iterator[ast.AST]:
    """Every part of the code but what is said to developers."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            name = ast.unparse(child.func)
            if name in _FOR_DEVELOPERS or name.startswith("log."):
                continue
        yield child
        if not isinstance(child, ast.JoinedStr):
            yield from _for_artists(child)


def _put_together(node: ast.AST) -> str:
    """The text of a template that is filled in where it stands; of everything else none."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        ).strip()
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mod, ast.Add)):
        return " ".join(text for text in map(_text, (node.left, node.right)) if text)
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("format", "format_map")
    ):
        return _text(node.func.value)
    return ""


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def constants(source: str) -> dict[str, str]:
    """The texts that a module names."""
    return {
        target.id: _text(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and _text(node.value)
    }


def unambiguous(each: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The constants of several modules in one; a name that means more than one text is left out."""
    found: dict[str, set[str]] = {}
    for constants_of_one in each:
        for name, text in constants_of_one.items():
            found.setdefault(name, set()).add(text)
    return {name: next(iter(texts)) for name, texts in found.items() if len(texts) == 1}


def sentences(source: str, makers: Mapping[str, int], named: Mapping[str, str]) -> Iterator[Sentence]:
    """The calls that make sentences: `makers` says how many of their arguments are templates; `named` are the
    constants that may stand for one."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name not in makers:
            continue
        given = [list(_templates(each, named)) for each in node.args[: makers[name]]]
        yield Sentence(
            node.lineno,
            tuple(text for each in given for text in each if text is not None),
            frozenset(each.arg for each in node.keywords if each.arg),
            any(each.arg is None for each in node.keywords) or any(None in each for each in given),
        )


def _templates(node: ast.expr, named: Mapping[str, str]) -> Iterator[str | None]:
    """The texts that an argument can be; None for one that is not known."""
    if isinstance(node, ast.IfExp):
        yield from _templates(node.body, named)
        yield from _templates(node.orelse, named)
    elif isinstance(node, ast.BoolOp):
        for each in node.values:
            yield from _templates(each, named)
    elif isinstance(node, ast.Constant):
        yield _text(node)
    else:
        yield named.get(ast.unparse(node).rpartition(".")[2])


def ill_filled(sentence: Sentence, own: Collection[str] = ()) -> list[str]:
    """Placeholders without a value, "{name}", and values without a placeholder, "name"; `own` are the names
    that errors take for themselves, too."""
    if sentence.is_open:
        return []
    wanted = {name for text in sentence.templates for name in _PLACEHOLDER.findall(text)}
    missing = [f"{{{name}}}" for name in sorted(wanted - sentence.values)]
    return missing + sorted(sentence.values - wanted - set(own))
