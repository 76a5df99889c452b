# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw Things' own words in a refusal (the `detail` of a 422), from its published source, August 2026.

Titles of parameters in them are in the app's language, so only what is not translated is looked for: key
names, values in quotes, brackets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_UNRECOGNIZED = re.compile(r"Unrecognized keys?\b")
#: Any language: words, a colon, and nothing but a list after it.
_WORDS_AND_A_COLON = re.compile(r"[^\[\](){}\"]*")
_NOT_DOWNLOADED = re.compile(r"Missing files for model")
_UNKNOWN_MODEL = re.compile(r"Unrecognized model name")
_MISSING_FILE = "Missing file:"
_NO_MODEL = re.compile(r"Missing 'model' parameter")
_NO_PROMPT = re.compile(r"Missing prompt")
_TWO_SPELLINGS = re.compile(r"More than one key for")

_STRING = json.JSONDecoder()

_ADVICE = (
    (_NO_MODEL, "Choose a model in Draw Things, or enter one in the settings."),
    (
        _UNKNOWN_MODEL,
        "Enter the model's file name or its exact name as Draw Things shows it, or leave the field "
        "empty to use the model that is set in the app.",
    ),
    (
        _NOT_DOWNLOADED,
        "Open the model in Draw Things so that it downloads the missing files, or choose another.",
    ),
    (
        re.compile(_MISSING_FILE),
        "Download that file in Draw Things, or choose another LoRA, upscaler or face restoration.",
    ),
    (
        re.compile(r"\(options:"),
        "Choose one of the values that it lists: the lists differ between versions.",
    ),
    (re.compile(r"init_images"), "Choose another picture size."),
    (_TWO_SPELLINGS, "Take that parameter out of the advanced settings."),
)


def unrecognized_keys(detail: str) -> tuple[str, ...]:
    """The keys that a refusal calls unknown; empty when it is about something else."""
    if _UNRECOGNIZED.search(detail) or _is_only_a_list(detail):
        return _list_in(detail)
    return ()


def _is_only_a_list(detail: str) -> bool:
    words, bracket, rest = detail.partition("[")
    inner, end, after = rest.partition("]")
    return bool(
        bracket
        and end
        and words.rstrip().endswith((":", "："))
        and _WORDS_AND_A_COLON.fullmatch(words)
        and "[" not in inner
        and after.strip() in ("", ".")
    )


def options(detail: str) -> tuple[str, ...]:
    """The values that a refusal lists for a parameter; empty when it lists none."""
    return tuple(value for value in _list_in(detail) if value)


def choices_of(key: str, detail: str) -> tuple[str, ...]:
    """The values that the app has for `key`, where a refusal of its value lists them; else empty."""
    words, found, _ = detail.partition("(options:")
    return options(detail) if found and re.search(rf"\b{key}\b", words) else ()


def is_about_files_or_prompt(detail: str) -> bool:
    """Whether every check up to the files of LoRAs and upscalers was passed."""
    return bool(_NOT_DOWNLOADED.search(detail) or _NO_PROMPT.search(detail))


def lacks_prompt(detail: str) -> bool:
    """The very last check: everything else is there."""
    return bool(_NO_PROMPT.search(detail))


def lacks_downloads(detail: str) -> bool:
    """The model is known, but its files are not there."""
    return bool(_NOT_DOWNLOADED.search(detail))


def is_unknown_model(detail: str) -> bool:
    """No model has that file or display name."""
    return bool(_UNKNOWN_MODEL.search(detail))


def missing_file(detail: str) -> str:
    """The LoRA, upscaler or face restoration file that is not there; empty when it is not about that."""
    return detail.partition(_MISSING_FILE)[2].partition("(in CLI")[0].strip()


def advice(detail: str) -> str:
    """What to do about a refusal."""
    for pattern, words in _ADVICE:
        if pattern.search(detail):
            return words
    return "Change the setting that the app names."


def _list_in(detail: str) -> tuple[str, ...]:
    """The strings of the first JSON list in the text, also when it was cut off."""
    start = detail.find("[")
    if start < 0:
        return ()
    text = detail[start : detail.rfind("]") + 1] or detail[start:]
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        values = list(_quoted(detail[start:]))
    return tuple(value for value in values if isinstance(value, str))


def _quoted(text: str) -> Iterator[str]:
    """The whole strings of a list that was cut off."""
    at = text.find('"')
    while at >= 0:
        try:
            value, at = _STRING.raw_decode(text, at)
        except ValueError:
            return
        yield value
        at = text.find('"', at)
