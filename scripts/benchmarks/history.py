# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the history costs with many pictures in it.

    python scripts/benchmarks/history.py [PICTURES] [FILES]

Needs numpy. The database is filled with recipes of PICTURES (20,000) that have no files; then FILES (2,000)
small PNG files are looked at. The times hold on this computer only; what they are measured against is the
last column.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from drawthings_addon.client.request import GenerationRequest, Lora
from drawthings_addon.imaging import png
from drawthings_addon.jobs.history import facts, store
from drawthings_addon.jobs.history.database import Database
from drawthings_addon.jobs.history.history import History, Made
from drawthings_addon.jobs.history.query import Query
from drawthings_addon.jobs.history.scan import FileState
from drawthings_addon.jobs.history.thread import HistoryThread
from drawthings_addon.jobs.mailbox import Mailbox
from drawthings_addon.jobs.picture_set import SetMember
from drawthings_addon.jobs.recipe import Recipe

SUBJECTS = [
    "copper",
    "moss",
    "slate",
    "walnut",
    "concrete",
    "velvet",
    "rust",
    "glass",
    "sand",
    "ivory",
    "basalt",
    "canvas",
    "水墨画",
    "城市",
    "ceramic",
]
ADJECTIVES = [
    "weathered",
    "polished",
    "cracked",
    "golden",
    "soft",
    "brushed",
    "ancient",
    "wet",
    "frosted",
    "woven",
    "glazed",
    "charred",
]
LIGHTS = [
    "overcast",
    "noon",
    "studio",
    "rim",
    "backlit",
    "candle",
    "neon",
    "dusk",
    "dawn",
    "volumetric",
    "ambient",
    "harsh",
]
STYLES = "photorealistic, 8k, highly detailed, sharp focus, physically based, tileable, seamless texture"
MODELS = [
    f"{name}_{bits}.ckpt"
    for name in ("z_image_turbo", "flux_1_dev", "sdxl", "qwen")
    for bits in ("q6p", "q8p")
]
BLENDS = [f"scene_{number:03}.blend" for number in range(60)]
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def recipes(count: int) -> Iterator[Recipe]:
    """As an artist makes them: prompts of some sixty words, sets of four, two years."""
    chance = random.Random(1)
    for number in range(count):
        prompt = ", ".join(
            f"{chance.choice(ADJECTIVES)} {chance.choice(SUBJECTS)} in {chance.choice(LIGHTS)} light"
            for _ in range(chance.randrange(3, 12))
        )
        request = GenerationRequest.of(
            prompt=f"{prompt}, {STYLES}",
            negative_prompt="blurry, low quality, watermark, jpeg artefacts, text",
            model=chance.choice(MODELS),
            seed=number,
            width=1024,
            height=1024,
            operation=chance.choice(("txt2img", "img2img")),
            loras=(Lora("add_detail_lora_f16.ckpt", 0.6),) if number % 3 else (),
        )
        yield Recipe(
            request=request,
            server="http://127.0.0.1:7860",
            created=(FIRST + timedelta(minutes=number * 50)).isoformat(timespec="microseconds"),
            set=SetMember(f"{number // 4:032x}", number % 4, 4) if number % 2 else None,
            blend=chance.choice(BLENDS),
            seconds=12.5,
        )


def fill(path: Path, count: int) -> None:
    database = Database.open(path)
    with database.changing() as one:
        folder = store.add_folder(one, path.parent / "nowhere")
        for number, recipe in enumerate(recipes(count)):
            about = facts.of_recipe(recipe.text)
            assert about is not None
            name = f"{number}.png"
            row = store.add_picture(one, about, path.parent / name, (1024, 1024), 0, index=database.has_index)
            store.set_file(one, folder, name, FileState(1, 1), row)
        store.set_number(one, "whole", 1)
    database.close()


def milliseconds(call: Callable[[], object]) -> tuple[float, float]:
    """Of the clock, and of this process alone, which a busy computer makes no longer."""
    began, worked = time.perf_counter(), time.process_time()
    call()
    return (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000


def ask(thread: HistoryThread, question: Callable[[History], Any]) -> Any:
    """As Blender's main thread does."""
    mailbox, answers = Mailbox(), list[Any]()
    thread.ask(question, lambda result, error: answers.append((result, error)), mailbox, takes_long=True)
    while not answers:
        mailbox.wait(0.01)
        answer = mailbox.next_answer()
        if answer is not None:
            answer()
    result, error = answers[0]
    if error is not None:
        raise error
    return result


@contextlib.contextmanager
def gaps() -> Iterator[list[float]]:
    """How long another thread waited for each of its turns, in milliseconds, as Blender's would."""
    found, is_over = list[float](), threading.Event()

    def beat() -> None:
        while not is_over.is_set():
            began, slept = time.perf_counter(), 0.002
            time.sleep(slept)
            found.append((time.perf_counter() - began - slept) * 1000)

    thread = threading.Thread(target=beat)
    thread.start()
    yield found
    is_over.set()
    thread.join()


QUERIES = {
    "everything": Query(),
    "everything, a late page": Query(offset=15_000),
    "one word": Query("copper"),
    "three words": Query("golden moss dusk"),
    "a word of all pictures": Query("photorealistic"),
    "one letter": Query("s"),
    "two letters": Query("s t"),
    "four letters": Query("a b c d"),
    "the begin of a word": Query("weath"),
    "a word of none": Query("zebra"),
    "Chinese": Query("水墨"),
    "a model": Query(model="flux_1_dev_q8p.ckpt"),
    "a part of a model": Query(model="FLUX"),
    "a .blend and a word": Query("moss", blend="scene_007.blend"),
    "a kind": Query(kind="IMG2IMG"),
    "a month": Query(since=date(2025, 6, 1), until=date(2025, 6, 30)),
    "favourites": Query(favourites=True),
    "thrown away": Query(deleted=True),
    "a set": Query(set=f"{77:032x}"),
    "a letter, a model, a year": Query("s", model="sdxl", since=date(2025, 1, 1), until=date(2025, 12, 31)),
}


def row(what: str, times: list[tuple[float, float]], bound: str) -> None:
    clock, worked = zip(*times, strict=True)
    numbers = (statistics.median(clock), max(clock), statistics.median(worked), max(worked))
    print(f"{what:34}" + "".join(f"{number:9.2f}" for number in numbers) + f"   {bound}", flush=True)


def main() -> None:
    pictures = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    files = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        seconds = milliseconds(lambda: fill(folder / "history.db", pictures))[0] / 1000
        size = (folder / "history.db").stat().st_size / 2**20
        print(f"{pictures:,} pictures, {size:.0f} MiB, filled in {seconds:.1f} s")
        print(f"{'milliseconds':34}{'median':>9}{'worst':>9}{'working':>9}{'worst':>9}")
        opened = []
        for _ in range(7):
            history = History(folder)
            opened.append(milliseconds(lambda history=history: history.search(Query())))  # type: ignore[misc]
            history.close()
        row("open and show the newest", opened, "< 1000")
        history = History(folder)
        assert history.search(Query()).total == pictures
        for name, query in QUERIES.items():
            row(
                f"search: {name}",
                [milliseconds(lambda q=query: history.search(q)) for _ in range(15)],
                "< 50",
            )  # type: ignore[misc]
        row("what there is to choose from", [milliseconds(history.facets) for _ in range(7)], "< 50")
        database = history._catalogue._open()
        database.has_index = False
        for name in ("one word", "one letter", "three words", "a word of none"):
            query = QUERIES[name]
            row(f"LIKE: {name}", [milliseconds(lambda q=query: history.search(q)) for _ in range(7)], "")  # type: ignore[misc]
        database.has_index = True
        row("the whole file checked", [milliseconds(database.check) for _ in range(3)], "")
        out = folder / "out"
        out.mkdir()
        pixels = np.zeros((64, 64, 3), np.uint8)
        made = []
        for number, recipe in enumerate(recipes(files)):
            recipe = replace(recipe, server="http://localhost")
            path = out / f"{number}.png"
            path.write_bytes(png.encode(pixels, text=recipe.png_text()))
            made.append(Made(path, recipe.text, 64, 64))
        half = files // 2
        row("add", [milliseconds(lambda one=one: history.add(one)) for one in made[:half]], "< 5")  # type: ignore[misc]
        look, _worked = milliseconds(lambda: history.look([out]))
        each = look / (files - half)
        print(f"{f'look at {files - half} new files':34}{look:9.0f}   {each:.2f} each")
        row("look, nothing has changed", [milliseconds(lambda: history.look([out])) for _ in range(7)], "")
        history.close()
        (folder / "history.db").unlink()
        thread = HistoryThread(folder)
        with gaps() as waited:
            look, _worked = milliseconds(lambda: ask(thread, lambda history: history.look([out])))
        print(f"{f'rebuild from {files} files':34}{look:9.0f}   {look / files:.2f} each")
        print(f"{'others waited for the interpreter':34}{'':9}{max(waited):9.2f}   < 50")
        before = time.process_time()
        time.sleep(5)
        print(f"{'idle for 5 s, all threads':34}{(time.process_time() - before) * 1000:9.2f}")
        assert ask(thread, lambda history: history.search(Query())).total == files
        thread.let_go()
        thread.finish()


if __name__ == "__main__":
    main()
