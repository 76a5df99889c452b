# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads how the modules of a package hang together, without importing any.

Modules are named from the package's own folder, "client.http.address"; a package has the name of its folder
("client.http"), and "" is the root. An import counts wherever it stands: in a function and under
TYPE_CHECKING, too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

#: One line of a package's map: the module, what it is for. Where there is prose beside it, it is indented.
_MAP_LINE = re.compile(r"^([a-z0-9_]+) +\S", re.MULTILINE)
_INDENTED_MAP_LINE = re.compile(r"^ {4}([a-z0-9_]+) +\S", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """One file of the package."""

    name: str
    is_package: bool
    tree: ast.Module

    @property
    def room(self) -> str:
        """The first part of its name: one file or folder of the root."""
        return self.name.partition(".")[0]


def read(root: Path) -> dict[str, Module]:
    """Every module below the folder, by its name."""
    found = {}
    for path in sorted(root.rglob("*.py")):
        parts = list(path.relative_to(root).with_suffix("").parts)
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found[name] = Module(name, is_package, ast.parse(path.read_text(encoding="utf-8")))
    return found


def imports(modules: Mapping[str, Module], root: str) -> dict[str, frozenset[str]]:
    """What each module imports of the same package, the root itself left out.

    `root` is the package's name, for imports that are not relative. What `from x import y` names is the
    module x.y where there is one, else x.
    """
    return {name: frozenset(_imports(module, modules, root)) - {"", name} for name, module in modules.items()}


def _imports(module: Module, modules: Mapping[str, Module], root: str) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                if each.name == root or each.name.startswith(f"{root}."):
                    yield each.name.removeprefix(root).removeprefix(".")
        elif isinstance(node, ast.ImportFrom):
            base = _base(module, node, root)
            if base is None:
                continue
            for each in node.names:
                whole = f"{base}.{each.name}".removeprefix(".")
                yield whole if whole in modules else base


def _base(module: Module, node: ast.ImportFrom, root: str) -> str | None:
    """The module that `from … import` names, or None where it is of another package."""
    named = node.module or ""
    if not node.level:
        if named == root or named.startswith(f"{root}."):
            return named.removeprefix(root).removeprefix(".")
        return None
    parts = module.name.split(".") if module.name else []
    up = node.level - (1 if module.is_package else 0)
    kept = parts[: len(parts) - up] if up else parts
    return ".".join([*kept, *filter(None, [named])])


def against_direction(graph: Mapping[str, Iterable[str]], ranks: Mapping[str, int]) -> list[str]:
    """Imports between rooms that do not point to a lower rank, as "from → to"."""
    found = []
    for name, targets in graph.items():
        here = name.partition(".")[0]
        for target in targets:
            there = target.partition(".")[0]
            if here and here != there and ranks[there] >= ranks[here]:
                found.append(f"{name} → {target}")
    return sorted(found)


def circles(graph: Mapping[str, Collection[str]]) -> list[list[str]]:
    """Modules that import each other, directly or through others: one sorted list for each circle."""
    reached = {name: _reached(graph, name) for name in graph}
    together = {
        tuple(sorted(other for other in seen if name in reached.get(other, ())))
        for name, seen in reached.items()
        if name in seen
    }
    return sorted(map(list, together))


def _reached(graph: Mapping[str, Collection[str]], start: str) -> frozenset[str]:
    seen: set[str] = set()
    waiting = list(graph[start])
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += graph.get(name, ())
    return frozenset(seen)


def wrong_in_map(modules: Mapping[str, Module], package: str) -> list[str]:
    """What the map in a package's docstring does not name, "+ module", or names although it is not there."""
    prefix = f"{package}." if package else ""
    there = {
        name.removeprefix(prefix)
        for name in modules
        if name.startswith(prefix) and name != package and "." not in name.removeprefix(prefix)
    }
    _, _, below = (ast.get_docstring(modules[package].tree) or "").partition("\n\n")
    named = _INDENTED_MAP_LINE.findall(below) or _MAP_LINE.findall(below)
    twice = {each for each in named if named.count(each) > 1}
    return sorted(
        [f"+ {each}" for each in there - set(named)]
        + [f"- {each}" for each in set(named) - there]
        + [f"twice {each}" for each in twice]
    )


def dialects(modules: Mapping[str, Module]) -> frozenset[str]:
    """The packages of the dialects: whatever lies in `client` beside `http`."""
    return frozenset(
        name
        for name, module in modules.items()
        if module.is_package and name.startswith("client.") and name.count(".") == 1 and name != "client.http"
    )


def paths(modules: Mapping[str, Module]) -> frozenset[str]:
    """The paths in the tables of endpoints, the modules called `endpoints`; the root alone is none."""
    return frozenset(
        text
        for name, module in modules.items()
        if name.rpartition(".")[2] == "endpoints"
        for text in texts(module.tree)
        if re.fullmatch(r"/[^\s]+", text)
    )


def knows_dialects(
    modules: Mapping[str, Module],
    graph: Mapping[str, Iterable[str]],
    names: Collection[str],
    endpoints: Collection[str],
) -> list[str]:
    """What modules outside of `client` know of one dialect: its package, its name, the paths of its API.

    `names` are the dialects' identifiers, `endpoints` the paths.
    """
    private = dialects(modules)
    found = set()
    for name, module in modules.items():
        if module.room == "client":
            continue
        for target in graph[name]:
            package = ".".join(target.split(".")[:2])
            if package in private or (target.startswith("client.") and target.endswith(".endpoints")):
                found.add(f"{name} → {target}")
        held = set(texts(module.tree))
        found |= {f"{name} names {each}" for each in names if each in held or each in _words(module.tree)}
        found |= {f"{name} holds {each}" for each in endpoints if any(each in text for text in held)}
    return sorted(found)


def texts(tree: ast.Module) -> Iterator[str]:
    """Every string in the code, and every constant part of an f-string; docstrings are none."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def _words(tree: ast.Module) -> frozenset[str]:
    """The names that the code uses: a dialect's may be a member of an enumeration."""
    return frozenset(
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(tree)
        if isinstance(node, (ast.Attribute, ast.Name))
    )
