# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""What takes too long for every run: campaigns whole, and what depends on timing hundreds of times.

    python3 scripts/campaigns.py                       # every campaign whole, with a new seed
    python3 scripts/campaigns.py --seed 4711           # as it was when that seed was printed
    python3 scripts/campaigns.py --only unit --blender 4.2 -- -k png
    python3 scripts/campaigns.py --window              # and those in windows
    python3 scripts/campaigns.py repeat                # 200 runs of the tests marked timing
    python3 scripts/campaigns.py repeat -n 20 --on 5.2 -- -k queue

scripts/test.py takes a seeded tenth of each campaign (tests/support/campaign.py), and runs what depends
on timing once. `repeat` runs it beside a busy core and beside itself, and in every second process whoever
may be late is late (tests/support/latecomers.py), so that what waits for the wrong thing shows. Logs are
in build/campaigns. The last line counts all tests. The exit status is 0 only when nothing failed and
something was run.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from environments import BLENDERS, REPOSITORY, TOOLS, SetupError, python
from suites import add_options, end, plan_of

RESULTS = REPOSITORY / "build" / "campaigns"

_CAMPAIGN_KINDS = ("unit", "blender", "window")
_CAMPAIGN_SECONDS = 2 * 60 * 60.0
# A process runs the tests so many times: to start it costs as much as one more run.
_ROUNDS = 10
# One round takes a quarter of a minute on an idle machine.
_ROUND_SECONDS = 5 * 60.0
_ENVIRONMENTS = {"tools": TOOLS, **BLENDERS}
_running: set[subprocess.Popen[bytes]] = set()


def main() -> int:
    """Run what was asked for; answer the exit status."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["repeat"]:
        return _repeat(_repeat_options(arguments[1:]))
    parser = argparse.ArgumentParser(
        description="Every campaign whole; “repeat” runs what depends on timing many times."
    )
    parser.add_argument("--seed", type=int, help="of an earlier run, else a new one")
    add_options(parser)
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1, 2**31)
    plan = plan_of(options, _CAMPAIGN_KINDS)
    plan.marked, plan.results, plan.seconds = "campaign", RESULTS, _CAMPAIGN_SECONDS
    plan.environment = {"DRAWTHINGS_CAMPAIGN": "whole", "DRAWTHINGS_SEED": str(seed)}
    plan.arguments = [f"--hypothesis-seed={seed}", "--durations=15", *plan.arguments]
    print(f"seed {seed}", flush=True)
    status = plan.run()
    if status:
        print(f"Again with the same cases: python3 scripts/campaigns.py --seed {seed}")
    return status


# -- What depends on timing ------------------------------------------------------------------------


def _repeat_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="campaigns.py repeat")
    parser.add_argument("-n", type=int, default=200, help="runs in each environment (200)")
    parser.add_argument("--at-once", type=int, default=6, help="processes at a time; they mostly wait (6)")
    parser.add_argument("--busy", type=int, default=1, help="cores that are kept busy (1)")
    parser.add_argument(
        "--on", nargs="+", choices=list(_ENVIRONMENTS), default=["tools", "5.2"], help="whose Python"
    )
    parser.add_argument("pytest", nargs="*", help="after --: arguments for pytest")
    return parser.parse_args(arguments)


def _repeat(options: argparse.Namespace) -> int:
    runs: Counter[str] = Counter()
    failures: Counter[str] = Counter()
    shutil.rmtree(RESULTS / "repeat", ignore_errors=True)
    (RESULTS / "repeat").mkdir(parents=True)
    with _busy_cores(options.busy), ThreadPoolExecutor(options.at_once) as pool:
        for name in options.on:
            try:
                interpreter = python(_ENVIRONMENTS[name])
            except SetupError as error:
                print(error, file=sys.stderr)
                failures[f"the environment {name}"] += 1
                continue
            once = partial(_run_once, name, interpreter, options.pytest)
            rounds = [min(_ROUNDS, options.n - done) for done in range(0, options.n, _ROUNDS)]
            done = 0
            try:
                for number, (ran, failed) in enumerate(pool.map(once, range(len(rounds)), rounds)):
                    runs.update(ran)
                    failures.update(failed)
                    for test in failed:
                        print(f"{name}, process {number}: {test}", flush=True)
                    done += rounds[number]
                    print(f"{name}: {done} of {options.n} runs, {failures.total()} failures", flush=True)
            except BaseException:
                # The pool waits for its threads, and these for processes that hear no Ctrl-C of their own.
                pool.shutdown(wait=False, cancel_futures=True)
                for process in tuple(_running):
                    end(process)
                raise
    _print_table(runs, failures)
    print(f"\n{runs.total() - failures.total()} passed, {failures.total()} failed, 0 skipped", flush=True)
    return 1 if failures or not runs else 0


def _run_once(
    name: str, interpreter: Path, arguments: list[str], number: int, rounds: int
) -> tuple[list[str], list[str]]:
    """The tests of one process that ran, and those of them that failed; logs of good ones are removed."""
    log, results = (RESULTS / "repeat" / f"{name}-{number:04}.{kind}" for kind in ("log", "xml"))
    command = [
        *(interpreter, "-P", "-m", "pytest", *_files(), "-m", "timing", "-p", "no:cacheprovider", "-v"),
        *(("--late", str(number)) if number % 2 else ()),
        # Where it hangs is in the log.
        *("-o", "faulthandler_timeout=180", f"--rounds={rounds}", f"--junitxml={results}", *arguments),
    ]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        _running.add(process)
        try:
            status = process.wait(_ROUND_SECONDS * rounds)
        except subprocess.TimeoutExpired:
            end(process)
            status = -1
        finally:
            _running.discard(process)
    ran, failed = _cases(results)
    if status not in (0, 1, 5):
        # It hung or crashed: the last test that was begun is the one.
        begun = re.findall(
            r"^(tests/\S+::.+?)(?: PASSED.*| SKIPPED.*)?$", log.read_text("utf-8", "replace"), re.M
        )
        last = begun[-1] if begun else "pytest"
        ran.append(last)
        failed.append(last)
    if not failed:
        log.unlink()
        results.unlink(missing_ok=True)
    return ran, failed


def _files() -> list[str]:
    """Where such tests are: to look at all the others takes longer than to run these."""
    paths = sorted((REPOSITORY / "tests" / "unit").glob("test_*.py"))
    return [f"tests/unit/{path.name}" for path in paths if "mark.timing" in path.read_text("utf-8")]


def _cases(results: Path) -> tuple[list[str], list[str]]:
    if not results.exists():
        return [], []
    ran, failed = [], []
    for case in ElementTree.parse(results).iter("testcase"):
        kinds = {child.tag for child in case}
        if "skipped" in kinds:
            continue
        test = f"{case.get('classname', '').removeprefix('tests.')}::{case.get('name')}"
        ran.append(test)
        if kinds & {"failure", "error"}:
            failed.append(test)
    return ran, failed


@contextmanager
def _busy_cores(count: int) -> Iterator[None]:
    """Keep so many cores busy, each with a process that is bound to it where that can be said."""
    spin = "import os, sys\n"
    if hasattr(os, "sched_setaffinity"):
        spin += "os.sched_setaffinity(0, [sorted(os.sched_getaffinity(0))[int(sys.argv[1])]])\n"
    spin += "while os.getppid() == int(sys.argv[2]): pass"
    processes = [
        subprocess.Popen([sys.executable, "-c", spin, str(core), str(os.getpid())])
        for core in range(min(count, os.cpu_count() or 1))
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _print_table(runs: Counter[str], failures: Counter[str]) -> None:
    width = max(map(len, [*runs, *failures, "test"]))
    print(f"\n{'test':{width}} {'runs':>6} {'failures':>9}")
    for test in sorted(runs | failures, key=lambda test: (-failures[test], test)):
        print(f"{test:{width}} {runs[test]:6} {failures[test]:9}")


if __name__ == "__main__":
    sys.exit(main())
