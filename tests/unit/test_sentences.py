# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an artist reads is a template with values, so that it can be told in any language, and stands in one
place."""

from __future__ import annotations

import collections
from pathlib import Path

import pytest

import sentences

PACKAGE = Path(__file__).resolve().parents[2] / "drawthings_addon"
SOURCES = {
    path.relative_to(PACKAGE).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}

#: What is no sentence for an artist although it has words, and why.
NOT_FOR_ARTISTS = {
    "imaging/fit": "is kept in recipes: a datum, which is not told in another language",
    "imaging/region": "is kept in recipes, too",
    "jobs/history/database": "SQL",
    "jobs/history/search": "SQL",
    "jobs/recipe": "A1111's text about a picture, which other programs read",
}

#: The names that errors keep for themselves (errors.py).
OWN = ("data", "detail", "endpoint", "is_essential", "keys", "status")

ERRORS = frozenset().union(*map(sentences.errors, SOURCES.values()))
MAKERS = {**dict.fromkeys(ERRORS, 2), "Message": 1, "invalid": 1}
#: Those of one name and several texts are left out.
CONSTANTS = sentences.unambiguous(map(sentences.constants, SOURCES.values()))


@pytest.mark.parametrize("module", [name for name in SOURCES if name not in NOT_FOR_ARTISTS])
def test_no_sentence_is_put_together_on_the_spot(module: str) -> None:
    assert sentences.made_on_the_spot(SOURCES[module]) == []


@pytest.mark.parametrize("module", NOT_FOR_ARTISTS)
def test_what_is_left_out_has_to_be(module: str) -> None:
    assert sentences.made_on_the_spot(SOURCES[module])


@pytest.mark.parametrize("module", SOURCES)
def test_every_placeholder_has_its_value_and_every_value_its_placeholder(module: str) -> None:
    wrong = {
        (each.line, name)
        for each in sentences.sentences(SOURCES[module], MAKERS, CONSTANTS)
        for name in sentences.ill_filled(each, OWN)
    }
    assert wrong == set()


def test_a_text_stands_in_one_place() -> None:
    places = collections.defaultdict(list)
    for module, source in SOURCES.items():
        for each in sentences.sentences(source, MAKERS, {}):
            for text in each.templates:
                if len(text.split()) > 3:
                    places[text].append(f"{module}:{each.line}")
    assert {text: where for text, where in places.items() if len(where) > 1} == {}


# The reader itself

ERROR = "class Gone(BridgeError): ...\nclass Lost(Gone): ...\nclass Other(Exception): ...\n"


@pytest.mark.parametrize(
    "line",
    [
        'raise Gone(f"The file {path} is gone.")',
        'notice = f"{count} of {total}"',
        'raise Gone("The file %s is gone." % path)',
        'raise Gone("The file {} is gone.".format(path))',
        'told = "The file is gone: " + path',
        'told = path + " is gone, too"',
        'label = f"Looking for {name}" if name else ""',
        'words.append(f"and {more} more")',
    ],
)
def test_what_is_put_together_is_found(line: str) -> None:
    assert sentences.made_on_the_spot(f"x = 1\n{line}") == [2]


@pytest.mark.parametrize(
    "line",
    [
        'raise Gone("The file {path} is gone.", path=path)',
        'name = f"{stem}.before"',
        'path = folder + "/" + name',
        'url = f"{origin}/sdapi/v1/txt2img"',
        'raise TypeError(f"no reference to a {kind}")',
        'log.warning(f"the file {path} is gone")',
        'text = " · ".join([f"{first}: {second}"])',
        'number = f"{seconds:.1f}"',
    ],
)
def test_what_is_no_sentence_is_not(line: str) -> None:
    assert sentences.made_on_the_spot(line) == []


def test_errors_are_known_by_their_bases() -> None:
    assert sentences.errors(ERROR) == {"BridgeError", "Gone", "Lost"}


def test_a_constant_of_two_texts_stands_for_none() -> None:
    assert sentences.unambiguous([{"A": "x", "B": "y"}, {"A": "z", "C": "y"}]) == {"B": "y", "C": "y"}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('Gone("{name} is gone.", "Find {name}.", name=name)', []),
        ('Gone("{name} is gone.", "Find {file}.", name=name)', ["{file}"]),
        ('Gone("It is gone.", "Find it.", name=name)', ["name"]),
        ('Gone("{name} is gone." if name else "It is gone.", name=name)', []),
        ('Gone("{name} is gone." if name else "It is gone.")', ["{name}"]),
        ('Gone(WHAT, name=name)', ["{file}", "name"]),
        ('Gone(words.WHAT, file=name)', []),
        ('Gone(what, name=name)', []),
        ('Gone("{name} is gone.", **values)', []),
        ('Gone("It is gone.", status=404)', []),
        ('Gone("Status {status}.")', ["{status}"]),
        ('errors.Gone("{name} is gone.")', ["{name}"]),
    ],
)
def test_placeholders_and_values_are_compared(line: str, wrong: list[str]) -> None:
    source = f'WHAT = "The file {{file}} is gone."\n{line}'
    (found,) = sentences.sentences(source, {"Gone": 2}, sentences.constants(source))
    assert sentences.ill_filled(found, ("status",)) == wrong
