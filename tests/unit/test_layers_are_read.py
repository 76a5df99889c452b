# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What reads the layers finds what it is for, in small trees that break each rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import layers

RANKS = {"errors": 0, "client": 1, "jobs": 2, "ui": 3, "cli": 3}

Plant = Callable[[dict[str, str]], dict[str, layers.Module]]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    """A package "house" of modules by their paths without ".py"; folders get an empty `__init__`."""

    def planted(sources: dict[str, str]) -> dict[str, layers.Module]:
        for name, source in sources.items():
            path = tmp_path / "house" / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        for folder in (tmp_path / "house", *filter(Path.is_dir, (tmp_path / "house").rglob("*"))):
            (folder / "__init__.py").touch()
        return layers.read(tmp_path / "house")

    return planted


def graph_of(modules: dict[str, layers.Module]) -> dict[str, frozenset[str]]:
    return layers.imports(modules, "house")


@pytest.mark.parametrize(
    "line",
    [
        "from ..jobs import queue",
        "from ..jobs.queue import Queue",
        "from house.jobs import queue",
        "from house.jobs.queue import Queue",
        "import house.jobs.queue",
        "import sys, house.jobs.queue as q",
        "def later():\n    from ..jobs import queue",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..jobs.queue import Queue",
        "class A:\n    try:\n        from ..jobs import queue\n    except ImportError:\n        pass",
    ],
)
def test_an_import_is_found_wherever_and_however_it_is_written(plant: Plant, line: str) -> None:
    modules = plant({"client/http": line, "jobs/queue": "class Queue: ..."})
    assert graph_of(modules)["client.http"] == {"jobs.queue"}
    assert layers.against_direction(graph_of(modules), RANKS) == ["client.http → jobs.queue"]


def test_imports_of_a_package_and_from_one(plant: Plant) -> None:
    modules = plant(
        {
            "client/http/address": "from . import transport\nfrom ..request import R\nfrom ... import errors",
            "client/http/transport": "from .address import Server\nimport json\nfrom json import loads",
            "client/request": "from . import http",
            "errors": "",
        }
    )
    graph = graph_of(modules)
    assert graph["client.http.address"] == {"client.http.transport", "client.request", "errors"}
    assert graph["client.http.transport"] == {"client.http.address"}
    assert graph["client.request"] == {"client.http"}


def test_the_root_may_be_imported_and_imports_whatever_it_likes(plant: Plant) -> None:
    modules = plant(
        {
            "__init__": "def register():\n    from . import cli, ui",
            "cli": "from . import __package__ as base",
            "ui/panels": "from .. import __package__ as base",
        }
    )
    assert layers.against_direction(graph_of(modules), RANKS) == []
    assert layers.circles(graph_of(modules)) == []


def test_the_way_down_is_free_and_the_way_beside_is_not(plant: Plant) -> None:
    modules = plant(
        {
            "errors": "",
            "client/http": "from ..errors import BridgeError",
            "ui/panels": "from ..client import http\nfrom . import words",
            "ui/words": "",
            "cli": "from .ui import words",
        }
    )
    assert layers.against_direction(graph_of(modules), RANKS) == ["cli → ui.words"]


def test_circles_of_two_and_of_three(plant: Plant) -> None:
    modules = plant(
        {
            "client/a": "def late():\n    from .b import x",
            "client/b": "from . import a",
            "jobs/a": "from . import b",
            "jobs/b": "from .c import x",
            "jobs/c": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from . import a",
            "jobs/d": "from . import a",
        }
    )
    assert layers.circles(graph_of(modules)) == [["client.a", "client.b"], ["jobs.a", "jobs.b", "jobs.c"]]


MAP = '''"""What it does.

{}"""'''


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("a  first\nb  second\n", []),
        ("a  first\n", ["+ b"]),
        ("a  first\nb  second\ngone  third\n", ["- gone"]),
        ("a  first\na  again\nb  second\n", ["twice a"]),
        ("", ["+ a", "+ b"]),
        # Beside prose the map is indented, and prose names nothing.
        (
            "Each\nword of prose counts for nothing:\n\n    a  first\n    b  second\n       that goes on\n",
            [],
        ),
        ("Each\nword of prose counts for nothing:\n\n    a  first\n", ["+ b"]),
    ],
)
def test_a_map_is_held_against_the_folder(plant: Plant, written: str, wrong: list[str]) -> None:
    modules = plant({"jobs/__init__": MAP.format(written), "jobs/a": "", "jobs/b/c": ""})
    assert layers.wrong_in_map(modules, "jobs") == wrong


def knows(modules: dict[str, layers.Module]) -> list[str]:
    return layers.knows_dialects(modules, graph_of(modules), ("APP", "WEB"), layers.paths(modules))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("from ..client.web import client", " → client.web.client"),
        ("def late():\n    from ..client.web.client import Client", " → client.web.client"),
        ("from ..client import web", " → client.web"),
        ("from ..client.endpoints import TXT2IMG", " → client.endpoints"),
        ("is_web = dialect == 'WEB'", " names WEB"),
        ("match dialect:\n    case 'WEB':\n        pass", " names WEB"),
        ("title = {'WEB': 'Web'}[dialect]", " names WEB"),
        ("is_web = dialect in ('APP',)", " names APP"),
        ("is_web = dialect is Dialects.WEB", " names WEB"),
        ("ask('/api/v1/txt2img')", " holds /api/v1/txt2img"),
        ("ask(f'{server}/api/v1/txt2img?x={y}')", " holds /api/v1/txt2img"),
    ],
)
def test_what_knows_a_dialect_is_found(plant: Plant, line: str, what: str) -> None:
    modules = plant(
        {
            "client/web/client": "NAME = 'WEB'",
            "client/http/transport": "",
            "client/endpoints": "ROOT = '/'\nTXT2IMG = '/api/v1/txt2img'",
            "ui/panels": line,
        }
    )
    assert knows(modules) == [f"ui.panels{what}"]


def test_what_knows_none_is_left_alone(plant: Plant) -> None:
    modules = plant(
        {
            "client/web/client": "from .. import endpoints\nif dialect == 'WEB': ask('/api/v1/txt2img')",
            "client/web/endpoints": "TXT2IMG = '/api/v1/txt2img'",
            "client/http/address": "",
            "client/request": "",
            "ui/panels": '"""WEB has /api/v1/txt2img."""\nfrom ..client import http, request',
        }
    )
    assert knows(modules) == []


def test_a_later_dialect_is_one_too(plant: Plant) -> None:
    modules = plant(
        {"client/third/client": "", "client/http/address": "", "ui/panels": "from ..client.third import x"}
    )
    assert layers.dialects(modules) == {"client.third"}
    assert knows(modules) == ["ui.panels → client.third"]
