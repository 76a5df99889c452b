# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of pictures: a strip of seeds, a grid of two settings; what each picture is asked with and tells."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.client.a1111.dialect import A1111
from drawthings_addon.client.answer import Answer
from drawthings_addon.client.dialect import Dialect
from drawthings_addon.client.draw_things.dialect import DRAW_THINGS
from drawthings_addon.client.http.address import Server
from drawthings_addon.client.request import GenerationRequest
from drawthings_addon.errors import InvalidSettings, RequestRefused
from drawthings_addon.jobs.estimates import Estimates
from drawthings_addon.jobs.generate import GenerateTask
from drawthings_addon.jobs.job import Job, JobState, JobStatus, ProgressChanged
from drawthings_addon.jobs.task import Notice, Picture, PictureDone, TaskIO
from drawthings_addon.jobs.task_json import NotATask, read_task, write_task
from drawthings_addon.jobs.variations import MAX_SIDE, STYLES, WORDS, Axis, Idle, Variations, idle_with
from tests.unit.jobs_fakes import EchoClient, changed, make_job, run_task

REQUEST = GenerationRequest.of(prompt="a copper jar", seed=7, steps=20, width=128, height=128)


def task(variations: Variations, request: GenerationRequest = REQUEST) -> GenerateTask:
    return GenerateTask(request, Path("/pictures"), count=variations.owed, variations=variations)


def requests(of: GenerateTask) -> list[GenerationRequest]:
    return [of.request_of(number) for number in range(of.count)]


def grid(columns: tuple[str, str] | None = None, rows: tuple[str, str] | None = None) -> Variations:
    return Variations.grid(Axis.parse(*columns) if columns else None, Axis.parse(*rows) if rows else None)


def test_a_strip_has_seeds_one_apart() -> None:
    strip = task(Variations.strip(4), REQUEST.changed(seed=2**32 - 2))
    assert [each.sampling.seed for each in requests(strip)] == [2**32 - 2, 2**32 - 1, 0, 1]
    assert strip.variations is not None
    members = [strip.variations.member(number) for number in range(4)]
    assert [(each.index, each.size, each.columns) for each in members] == [(n, 4, 0) for n in range(4)]
    assert len({each.id for each in members}) == 1


@pytest.mark.parametrize("made", [1, 2, 3])
def test_what_is_owed_of_a_set_goes_on_where_it_was(made: int) -> None:
    for variations in Variations.strip(4), grid(("strength", "0.2, 0.4"), ("steps", "10, 30")):
        whole = task(variations)
        rest = whole.remaining(made)
        assert requests(rest) == requests(whole)[made:]
        assert whole.variations is not None and rest.variations is not None
        assert [rest.variations.member(number) for number in range(rest.count)] == [
            whole.variations.member(number) for number in range(made, 4)
        ]
        assert requests(rest.remaining(0)) == requests(rest)


def test_a_grid_compares() -> None:
    """Row by row, with one seed in all of it, each labelled."""
    whole = grid(("strength", "0.3, 0.55, 0.125"), ("guidance_scale", "3, 7"))
    found = requests(task(whole))
    assert [(each.sampling.strength, each.sampling.guidance_scale) for each in found] == [
        (0.3, 3.0), (0.55, 3.0), (0.125, 3.0), (0.3, 7.0), (0.55, 7.0), (0.125, 7.0),
    ]  # fmt: skip
    assert {each.sampling.seed for each in found} == {7}
    members = [whole.member(number) for number in range(6)]
    assert [(each.index, each.size, each.columns) for each in members] == [(n, 6, 3) for n in range(6)]
    assert [each.column for each in members[:3]] == ["Strength 0.30", "Strength 0.55", "Strength 0.125"]
    assert [each.row for each in members] == ["Guidance 3.0"] * 3 + ["Guidance 7.0"] * 3


def test_one_axis_is_a_row_or_a_column() -> None:
    row, column = grid(("steps", "10,20,30")), grid(None, ("steps", "10,20,30"))
    assert [(m.columns, m.column, m.row) for m in (row.member(1), column.member(1))] == [
        (3, "Steps 20", ""),
        (1, "", "Steps 20"),
    ]
    assert [each.sampling.steps for each in requests(task(column))] == [10, 20, 30]


def test_a_model_is_loaded_once_for_each_value() -> None:
    by_column = grid(("model", "one.ckpt, two.ckpt"), ("steps", "10, 20, 30"))
    models = [each.models.model for each in requests(task(by_column))]
    assert models == ["one.ckpt"] * 3 + ["two.ckpt"] * 3
    assert [by_column.member(number).index for number in range(6)] == [0, 2, 4, 1, 3, 5]
    assert by_column.member(1).column == "one.ckpt" and by_column.member(1).row == "Steps 20"
    rest = task(by_column).remaining(2)
    assert [each.models.model for each in requests(rest)] == models[2:]
    assert rest.variations is not None and rest.variations.member(0).index == 4


def test_seeds_are_an_axis_too() -> None:
    seeds = grid(("seed", "-1, 5, 4294967295"))
    assert [each.sampling.seed for each in requests(task(seeds))] == [2**32 - 1, 5]
    assert [seeds.member(number).column for number in range(2)] == ["Seed -1", "Seed 5"]
    assert requests(task(grid(("seed", "3,4"))).remaining(1))[0].sampling.seed == 4


@pytest.mark.parametrize(
    ("prompt", "values", "found"),
    [
        ("a copper jar", "copper, gold, red clay", ["a copper jar", "a gold jar", "a red clay jar"]),
        ("a (copper:1.2) jar", "copper, gold", ["a (copper:1.2) jar", "a (gold:1.2) jar"]),
        ("a cat in a catalogue", "cat, dog", ["a cat in a catalogue", "a dog in a catalogue"]),
        ("two cats", "cat, dog", ["two cats", "two dogs"]),
        ("a jar,", "night, noon", ["a jar, night", "a jar, noon"]),
        ("a jar", '"wet, dark", \\1', ["a jar, wet, dark", "a jar, \\1"]),
        ("a copper jar", 'copper, ""', ["a copper jar", "a  jar"]),
        ("a.b", "a.b, c", ["a.b", "c"]),
    ],
)
def test_words_take_the_place_of_the_first_or_are_added(prompt: str, values: str, found: list[str]) -> None:
    variations = grid((WORDS, values))
    asked = requests(task(variations, REQUEST.changed(prompt=prompt)))
    assert [each.conditioning.prompt for each in asked] == found


def test_words_of_the_negative_prompt() -> None:
    asked = requests(task(grid((WORDS, "rust, moss")), REQUEST.changed(negative_prompt="rust, dust")))
    assert [each.conditioning.prompt for each in asked] == ["a copper jar"] * 2
    assert [each.conditioning.negative_prompt for each in asked] == ["rust, dust", "moss, dust"]


def test_styles_are_added_to_those_that_are_chosen() -> None:
    variations = grid((STYLES, 'Film, "", Ink'))
    asked = requests(task(variations, REQUEST.changed(styles=("Base",))))
    assert [each.conditioning.styles for each in asked] == [("Base", "Film"), ("Base",), ("Base", "Ink")]
    assert [variations.member(number).column for number in range(3)] == ["Film", "No Style", "Ink"]


@pytest.mark.parametrize(
    ("of", "text", "about"),
    [
        ("nonsense", "1, 2", "no axis"),
        ("prompt", "1, 2", "no axis"),
        ("strength", "", "no values"),
        ("strength", " , ,", "no values"),
        ("strength", "0.4, 1.5", "0 to 1"),
        ("strength", "0.4, much", "numbers"),
        ("strength", "nan", "0 to 1"),
        ("steps", "20.5", "whole numbers"),
        ("steps", "0, 20", "1 to 150"),
        ("resolution_dependent_shift", "on, maybe", "on or off"),
        ("steps", ",".join(map(str, range(1, MAX_SIDE + 2))), "too many"),
        (WORDS, '"open', "quotation mark"),
        ("model", "x" * 300, "that long"),
    ],
)
def test_values_that_are_none_are_told_of(of: str, text: str, about: str) -> None:
    with pytest.raises(InvalidSettings) as told:
        Axis.parse(of, text)
    assert about in str(told.value)


def test_grids_that_are_none_are_told_of() -> None:
    many = ",".join(map(str, range(1, MAX_SIDE + 1)))
    for columns, rows in (
        (("steps", many), ("guidance_scale", many)),
        (("steps", "1,2"), ("steps", "3,4")),
        (("steps", "1"), ("guidance_scale", "3")),
        (("steps", "1, 1"), None),
    ):
        with pytest.raises(InvalidSettings):
            grid(columns, rows)


@settings(max_examples=share(300))
@given(
    st.text(alphabet='0123456789., "\'\\\n-nae+', max_size=40), st.sampled_from(("strength", "steps", WORDS))
)
def test_whatever_is_written_is_an_axis_or_told_of(text: str, of: str) -> None:
    try:
        axis = Axis.parse(of, text)
    except InvalidSettings:
        return
    for index in range(len(axis.values)):
        axis.applied_to(REQUEST, index)
        assert axis.label(index)


def test_the_journal_keeps_a_set(tmp_path: Path) -> None:
    for variations in (
        Variations.strip(3),
        grid(("strength", "0.2, 0.4"), (WORDS, "copper, gold")).after(1),
    ):
        whole = task(variations)
        stored = json.loads(json.dumps(write_task(whole)))
        assert read_task(stored, tmp_path) == whole


def test_older_entries_of_the_journal_open(tmp_path: Path) -> None:
    stored = write_task(GenerateTask(REQUEST, tmp_path, count=3))
    del stored["values"]["variations"]
    found = read_task(stored, tmp_path)
    assert isinstance(found, GenerateTask) and found.variations is None and found.count == 3


@pytest.mark.parametrize(
    "change",
    [
        {"size": 9}, {"made": 7}, {"made": -1}, {"columns": {"of": "prompt", "values": ["1", "2"]}},
        {"columns": {"of": "strength", "values": ["much", "0.4"]}},
        {"columns": {"of": "steps", "values": []}},
        {"columns": {"of": "steps", "values": ["1"] * 9}},
    ],
)  # fmt: skip
def test_entries_that_somebody_changed_are_none(tmp_path: Path, change: dict[str, Any]) -> None:
    stored = json.loads(json.dumps(write_task(task(grid(("strength", "0.2, 0.4"), ("steps", "10, 20"))))))
    stored["values"]["variations"] |= change
    with pytest.raises(NotATask):
        read_task(stored, tmp_path)


def test_what_makes_one_of_a_grid_again() -> None:
    whole = task(grid(("strength", "0.2, 0.4"), ("steps", "10, 20")))
    one = whole.of_picture(2)
    assert one is not None and (one.count, one.variations) == (1, None)
    assert one.request == whole.request_of(2)
    again = whole.again(99, Path("/elsewhere"))
    assert (again.count, again.variations, again.request.sampling.seed) == (1, None, 99)


def test_time_is_counted_in_steps_where_they_differ() -> None:
    job = Job("one", "Grid", Server("http://127.0.0.1:7860"), task(grid(("steps", "10, 20, 50, 20"))))
    assert job.task.timings[0][1:] == (10.0,) and job.picture_count == 3
    estimates, server = Estimates(), job.server.url
    assert estimates.of_all(server, job.task.timings) is None
    estimates.learn(server, job.task.timings[1][0], 4.0)
    assert estimates.of_all(server, job.task.timings) == pytest.approx(16.0)
    estimates.learn(server, job.task.timings[2][0], 20.0)
    assert estimates.of_all(server, job.task.timings) == pytest.approx(4.0 + 20.0 + 10 * 0.3)
    progress = ProgressChanged(job, 0.5, 10, 20, None)
    status = JobStatus(job, JobState.RUNNING, parts_done=1, progress=progress)
    assert status.fraction == pytest.approx((10 + 10) / 80)


# What comes of it


class Several(EchoClient):
    """Answers with so many pictures each time."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def generate(self, request: GenerationRequest) -> Answer:
        one = super().generate(request)
        return Answer(one.images * self._count)


def made(client: EchoClient, directory: Path, count: int, variations: Variations | None) -> list[Picture]:
    job = make_job("localhost", directory, count=count)
    events = run_task(changed(job, variations=variations), client)
    return [event.picture for event in events if isinstance(event, PictureDone)]


def test_recipes_tell_the_set_and_what_was_asked(tmp_path: Path) -> None:
    client = EchoClient()
    pictures = made(client, tmp_path, 4, grid(("steps", "1, 2"), (WORDS, "moss, rust")))
    assert [each.recipe.set and each.recipe.set.index for each in pictures] == [0, 1, 2, 3]
    assert [each.recipe.request.sampling.steps for each in pictures] == [1, 2, 1, 2]
    assert [each.path.name for each in pictures] == [
        "moss-7.png",
        "moss-7-2.png",
        "rust-7.png",
        "rust-7-2.png",
    ]
    assert [each.conditioning.prompt for each in client.requests] == ["moss", "moss", "rust", "rust"]


def test_pictures_that_come_together_are_a_set(tmp_path: Path) -> None:
    """As with the app's batch size: none of them takes another's place."""
    pictures = made(Several(3), tmp_path, 1, None)
    found = [each.recipe.set for each in pictures]
    assert [(one.index, one.size) for one in found if one] == [(0, 3), (1, 3), (2, 3)]
    assert len({one.id for one in found if one}) == 1
    (alone,) = made(EchoClient(), tmp_path, 1, None)
    assert alone.recipe.set is None


def test_a_strip_of_answers_with_several_pictures(tmp_path: Path) -> None:
    pictures = made(Several(2), tmp_path, 3, Variations.strip(3))
    found = [each.recipe.set for each in pictures]
    assert [(one.index, one.size) for one in found if one] == [(number, 6) for number in range(6)]
    # In a grid each stands in its cell.
    found = [each.recipe.set for each in made(Several(2), tmp_path, 2, grid(("steps", "1, 2")))]
    assert [(one.index, one.size) for one in found if one] == [(0, 2), (0, 2), (1, 2), (1, 2)]


@pytest.mark.parametrize(
    ("variations", "reason"),
    [
        (grid((STYLES, "Film, Ink")), "does not know styles"),
        (grid(("use_tiling", "off, on")), "does not know tiling"),
        (grid(("steps", "1, 2"), ("vae", '"", x')), "does not know a VAE"),
        (grid(("sampler", "Euler A Trailing, Nonsense")), "Nonsense"),
        (grid(("strength", "0.2, 0.4")), "new picture has none"),
    ],
)
def test_what_a_server_does_not_know_is_told_before_anything_is_made(
    tmp_path: Path, variations: Variations, reason: str
) -> None:
    """Also where nobody had asked it who it is."""
    client = EchoClient()
    with pytest.raises(InvalidSettings, match=reason):
        made(client, tmp_path, variations.size, variations)
    assert client.requests == []


def test_what_another_server_knows_is_an_axis_there() -> None:
    for of, text in ((STYLES, "Film, Ink"), ("use_tiling", "off, on"), ("vae", "a, b")):
        grid((of, text)).require_effect(REQUEST, lambda one: idle_with(A1111, one))
    with pytest.raises(InvalidSettings, match="shift"):
        grid(("shift", "1, 2")).require_effect(REQUEST, lambda one: idle_with(A1111, one))
    grid(("shift", "1, 2")).require_effect(REQUEST, lambda one: idle_with(DRAW_THINGS, one))


def test_what_only_some_values_switch_off_is_compared() -> None:
    whole = grid(("shift", "1, 2"), ("resolution_dependent_shift", "on, off"))

    def told(one: GenerationRequest) -> list[Idle]:
        return [Idle("shift", "It follows the size.")] if one.sampling.resolution_dependent_shift else []

    whole.require_effect(REQUEST, told)
    with pytest.raises(InvalidSettings, match="follows the size"):
        grid(("shift", "1, 2")).require_effect(REQUEST, told)


class Choosy(EchoClient):
    """Refuses what has one of these prompts."""

    def __init__(self, *prompts: str) -> None:
        super().__init__()
        self._prompts = prompts

    def generate(self, request: GenerationRequest) -> Answer:
        if request.conditioning.prompt in self._prompts:
            self.requests.append(request)
            raise RequestRefused("The server does not like {prompt}.", prompt=request.conditioning.prompt)
        return super().generate(request)


@pytest.mark.parametrize("disliked", [("moss",), ("rust",), ("clay",), ("moss", "rust"), ("rust", "clay")])
def test_a_picture_of_a_grid_that_is_refused_is_in_no_others_way(
    tmp_path: Path, disliked: tuple[str, ...]
) -> None:
    words = ("moss", "rust", "clay")
    answered: list[str] = []
    job = changed(make_job("localhost", tmp_path, count=3), variations=grid((WORDS, ", ".join(words))))
    io = TaskIO(job.id, job.server, answered=lambda key, _seconds: answered.append(key))
    events = list(job.task.run(Choosy(*disliked), io))
    found = [each.picture.recipe for each in events if isinstance(each, PictureDone)]
    liked = [each for each in words if each not in disliked]
    assert [each.request.conditioning.prompt for each in found] == liked
    assert [each.set.index for each in found if each.set] == [words.index(each) for each in liked]
    notices = [each.text for each in events if isinstance(each, Notice)]
    assert notices == [f"{each}: The server does not like {each}." for each in disliked]
    assert len(answered) == 3


def test_a_grid_that_is_refused_throughout_fails(tmp_path: Path) -> None:
    """With nothing made, so that all of it is tried again."""
    answered: list[str] = []
    client = Choosy("moss", "rust")
    job = changed(make_job("localhost", tmp_path, count=2), variations=grid((WORDS, "moss, rust")))
    io = TaskIO(job.id, job.server, answered=lambda key, _seconds: answered.append(key))
    events = []
    with pytest.raises(RequestRefused):
        for event in job.task.run(client, io):
            events.append(event)
    assert len(client.requests) == 2 and answered == [] and events == [], "the error alone tells it"


def test_a_word_that_is_nothing_leaves_the_prompt_as_it_is() -> None:
    axis = Axis.parse(WORDS, '"", snow')
    base = REQUEST.changed(prompt="a jar, ")
    assert axis.applied_to(base, 0) == base
    assert axis.label(0) == "As It Is"
    taken_out = Axis.parse(WORDS, 'copper, ""')
    assert taken_out.label(1) == "without “copper”"


@pytest.mark.parametrize("text", ["0,5", "0.3; 0.5"])
def test_decimals_of_other_countries_are_told_of(text: str) -> None:
    with pytest.raises(InvalidSettings) as error:
        Axis.parse("strength", text)
    assert "with a point, such as 0.5" in error.value.advice
    with pytest.raises(InvalidSettings) as error:
        Axis.parse("steps", "10; 20")
    assert "point" not in error.value.advice


@pytest.mark.parametrize("dialect", [A1111, DRAW_THINGS])
def test_where_a_refiner_begins_makes_no_difference_without_one(dialect: Dialect) -> None:
    of_refiner = grid(("refiner_start", "0.5, 0.7"))
    with pytest.raises(InvalidSettings, match="no effect while Refiner"):
        of_refiner.require_effect(REQUEST, lambda one: idle_with(dialect, one))
    of_refiner.require_effect(REQUEST.changed(refiner_model="refiner"), lambda one: idle_with(dialect, one))
