# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Words that are looked for: with full-text search and without it the same is found, whatever is typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.client.request import GenerationRequest, Lora
from drawthings_addon.jobs.history import facts, search, store, words
from drawthings_addon.jobs.history.database import Database
from drawthings_addon.jobs.history.query import Query
from drawthings_addon.jobs.picture_set import SetMember
from drawthings_addon.jobs.recipe import Recipe, now

#: What is hard: operators, wildcards and quotes, capitals, accents, scripts without spaces, joiners, symbols.
_HARD = "aAbBßÄäé*\"'%_-:^()+{}\\ \n\0ǅﬁ½İıσςΣ水墨城市ガラスかがไทยหมายहिन्दी한국🌵👩‍🚀️\u200d\ud800٣²"
_TEXT = st.text(st.sampled_from(_HARD), max_size=24) | st.text(max_size=12)


@pytest.fixture
def database() -> Iterator[Database]:
    found = Database.open(None)
    assert found.has_index, "every Blender's Python has FTS5"
    yield found
    found.close()


def fill(database: Database, *recipes: Recipe) -> None:
    with database.changing() as one:
        for recipe in recipes:
            about = facts.of_recipe(recipe.text)
            assert about is not None
            store.add_picture(one, about, Path("/a.png"), (1, 1), 0, index=True)


def recipe(prompt: str, **values: object) -> Recipe:
    return Recipe(GenerationRequest.of(prompt=prompt, **values), "http://localhost", created=now())


def found(database: Database, query: Query) -> list[str]:
    """The prompts that are found, the same in both ways."""
    with database.reading() as one:
        by_index, by_like = (search.search(one, query, index=index) for index in (True, False))
    assert by_index == by_like
    return [each.prompt for each in by_index.entries]


@settings(max_examples=share(1500))
@given(st.lists(_TEXT, min_size=1, max_size=6), _TEXT)
def test_both_ways_find_the_same(prompts: list[str], sought: str) -> None:
    plain = [each.encode(errors="replace").decode() for each in prompts]
    database = Database.open(None)
    try:
        fill(database, *map(recipe, plain))
        expected = [
            each
            for each in plain
            if all(f" {word}" in words.searchable(each) for word in words.sought(sought))
        ]
        assert found(database, Query(sought)) == expected[::-1]
        # The whole of a text is found by itself, and by any beginning of its last word.
        for each in plain:
            if len(each) < words.MAX_SOUGHT and len(words.sought(each)) < words.MAX_WORDS:
                assert each in found(database, Query(each))
    finally:
        database.close()


@pytest.mark.parametrize(
    ("prompt", "typed"),
    [
        ("Weathered copper, verdigris", "cop WEATH"),
        ("café crème", "cafe creme"),
        ("cafe creme", "Café Crème"),
        ("a fine line", "ﬁne"),
        ("Straße bei Nacht", "strasse"),
        ("ΟΔΟΣ", "οδος"),
        ("Ёлка", "елка"),
        ("水墨画の城市", "城市"),
        ("水墨画の城市", "墨画"),
        ("ガラスの城", "ガラス"),
        ("ガラスの城", "ｶﾞﾗｽ"),
        ("한국의 정원", "한국"),
        ("मंदिर हिन्दी", "हिन्दी"),
        ("สวนไทย", "ไทย"),
        ("a 🌵 in the sun", "🌵"),
        ("dream-shaper_8", "dream-sh"),
        ("dream shaper 8", "dream-shaper"),
        ('say "moss" AND NOT stone', '"moss" AND NOT'),
        ("100% cotton", "100%"),
        ("100% cotton", "*"),
        ("NEAR(moss stone)", "NEAR(moss"),
        ("text:moss", "text:moss"),
        ("a\u200db", "ab"),
    ],
)
def test_is_found(database: Database, prompt: str, typed: str) -> None:
    fill(database, recipe(prompt), recipe("entirely different"))
    assert prompt in found(database, Query(typed))


@pytest.mark.parametrize(
    ("prompt", "typed"),
    [
        ("moss", "mossy"),
        ("moss", "oss"),
        ("moss", "moss stone"),
        ("moss", "moss OR stone"),
        ("moss", "m%s"),
        ("moss", "m_ss"),
        ("カラス", "ガラス"),
        ("城の市", "城市"),
        ("shaper dream", "dream-shaper"),
        ("moss", '" OR 1=1 --'),
        ("moss", "x'; DROP TABLE pictures; --"),
    ],
)
def test_is_not_found(database: Database, prompt: str, typed: str) -> None:
    fill(database, recipe(prompt))
    assert found(database, Query(typed)) == []


def test_words_stand_in_more_than_the_prompt(database: Database) -> None:
    fill(
        database,
        recipe("first", model="z_image_turbo_q6p.ckpt"),
        recipe("second", loras=(Lora("add_detail_lora_f16.ckpt"),), styles=("Ink Wash",)),
        Recipe(
            GenerationRequest.of(prompt="third", negative_prompt="blurry"),
            "http://localhost",
            created=now(),
            blend="Old Garden.blend",
            set=SetMember("a" * 32, 0, 4, 2, "Strength 0.40", "Guidance 5"),
        ),
    )
    for typed, prompts in {
        "z_image": ["first"],
        "turbo": ["first"],
        "detail": ["second"],
        "ink": ["second"],
        "garden": ["third"],
        "strength 0.4": ["third"],
        "blurry": [],
    }.items():
        assert found(database, Query(typed)) == prompts, typed


def test_a_name_is_the_whole_one_or_a_part_of_one(database: Database) -> None:
    fill(
        database, *(recipe(name, model=name) for name in ("sd_v1.5", "sd_v1.5_inpaint", "Flux [dev]", "flux"))
    )
    assert found(database, Query(model="sd_v1.5")) == ["sd_v1.5"]
    assert found(database, Query(model="SD_V1.5")) == ["sd_v1.5_inpaint", "sd_v1.5"]
    assert found(database, Query(model="flux")) == ["flux"]
    assert found(database, Query(model="lux")) == ["flux", "Flux [dev]"]
    assert found(database, Query(model="%")) == []
    assert found(database, Query(model="\ud800")) == []


@pytest.mark.parametrize(
    "query",
    [
        Query("\ud800\0" * 100),
        Query("a " * 10_000),
        Query("x" * 1_000_000),
        Query(kind="\ud800"),
        Query(set="\0'"),
        Query(offset=-5, limit=-5),
        Query(offset=1 << 80, limit=1 << 80),
    ],
)
def test_what_nobody_types_does_no_harm(database: Database, query: Query) -> None:
    fill(database, recipe("moss"))
    found(database, query)
