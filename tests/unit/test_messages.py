# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""A sentence keeps its template and its values, and is safe against what strangers write."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as some

from drawthings_addon.errors import (
    BridgeError,
    FeatureMissing,
    KeysUnrecognized,
    PictureInvalid,
    RequestRefused,
    ServerFailed,
    ServerUnreachable,
)
from drawthings_addon.messages import Message


def test_a_message_is_its_text() -> None:
    message = Message("{count} of {of} pictures are in {folder}.", count=1, of=2, folder="//out")
    assert message == "1 of 2 pictures are in //out."
    assert isinstance(message, str)
    assert json.dumps({"told": message}) == '{"told": "1 of 2 pictures are in //out."}'


def test_it_keeps_what_it_was_made_from() -> None:
    message = Message("Nothing listens at {address}.", address="127.0.0.1:7860", unnamed=1)
    assert message.template == "Nothing listens at {address}."
    assert dict(message.values) == {"address": "127.0.0.1:7860"}
    for same in (copy.copy(message), copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert same == message
        assert (same.template, dict(same.values)) == (message.template, dict(message.values))


def test_a_value_may_be_a_message() -> None:
    reason = Message("The file {path} is gone.", path="{folder}")
    message = Message("{reason} Ask {folder}.", reason=reason, folder="somebody")
    assert message == "The file {folder} is gone. Ask somebody."
    assert message.values["reason"] is reason


@given(some.text(), some.text())
def test_braces_of_strangers_are_only_text(first: str, second: str) -> None:
    assert Message("“{first}” and “{second}”", first=first, second=second) == f"“{first}” and “{second}”"
    assert Message(first) == first


@pytest.mark.parametrize("text", ["{", "}", "{}", "{0}", "{x!r}", "{x.__class__}", "{x:>9}", "{y}", "%(x)s"])
def test_what_is_no_placeholder_stays(text: str) -> None:
    assert Message(text, x="Z") == text


def test_an_error_shares_its_values_among_both_sentences() -> None:
    error = BridgeError(
        "{name} has {count} characters.", "Take no more than {most}.", name="Prompt", count=9, most=5
    )
    assert (error.what, error.advice) == ("Prompt has 9 characters.", "Take no more than 5.")
    assert str(error) == "Prompt has 9 characters. Take no more than 5."
    assert error.what.template == "{name} has {count} characters."
    assert dict(error.advice.values) == {"most": 5}


def test_the_advice_of_the_class_stands_in() -> None:
    error = ServerUnreachable("Nothing listens at {server}.", server="here")
    assert error.advice == ServerUnreachable.default_advice
    assert str(error).startswith("Nothing listens at here. Open Draw Things")


def test_another_errors_sentences_are_handed_on_whole() -> None:
    first = BridgeError("“{name}” is gone.", "Find “{name}”.", name="{count}")
    second = PictureInvalid(first.what, first.advice, count=3)
    assert (second.what, second.advice) == ("“{count}” is gone.", "Find “{count}”.")
    assert second.what.template == "“{name}” is gone."


def test_what_an_error_carries_can_be_told() -> None:
    failed = ServerFailed("{server} failed with status {status}.", server="x", status=500)
    assert (failed.what, failed.status) == ("x failed with status 500.", 500)
    refused = RequestRefused("{server} refused: {detail}", server="x", detail="{server}")
    assert (refused.what, refused.detail) == ("x refused: {server}", "{server}")
    missing = FeatureMissing("{server} lacks {place}.", server="x", place="GET /")
    assert (missing.what, missing.place) == ("x lacks GET /.", "GET /")
    unknown = KeysUnrecognized("{server} knows no {first}.", server="x", first="a", keys=["a"], detail="d")
    assert (unknown.what, unknown.keys, unknown.detail) == ("x knows no a.", ("a",), "d")
