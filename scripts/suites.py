# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The suites that this machine can have, and running them: for scripts/test.py and scripts/campaigns.py.

A suite is a process of its own; its log and its results are in a folder of build/.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import build
import debian_blender
from environments import (
    BLENDERS,
    REPOSITORY,
    SHIPPED,
    TOOLS,
    SetupError,
    Shipped,
    is_possible,
    is_root,
    last_lines,
    python,
)

KINDS = ("lint", "types", "unit", "blender", "package", "window")

# Suites that keep a processor busy, and those that mostly wait, beside them and by themselves: there are two
# processors on the machines that run this, and the pure suites use less than half of one.
_BUSY_AT_ONCE, _WAITING_BESIDE, _WAITING_ALONE = 2, 1, 2
_LINES_OF_A_FAILURE = 150


@dataclass(frozen=True)
class Suite:
    """One process: its name in the table, its command, and what its environment has in addition."""

    name: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    is_pytest: bool = True
    may_be_empty: bool = False
    """What was asked of pytest may leave nothing of this suite."""
    results: Path = REPOSITORY / "build" / "test"
    """The folder of its log and its results."""
    seconds: float = 15 * 60
    """A suite that takes longer hangs."""
    waits: bool = False
    """It waits most of the time, for a server's steps or a time-out, and leaves the processor to others."""

    @property
    def file_stem(self) -> str:
        """The name of this suite's files."""
        return self.name.replace(", ", "-").replace(" ", "-").lower()


@dataclass(frozen=True)
class Outcome:
    """A line of the table."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    note: str = ""
    counts_tests: bool = True


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which suites are run."""
    parser.add_argument("--only", nargs="+", choices=KINDS, help="only these")
    parser.add_argument(
        "--blender", nargs="+", choices=list(BLENDERS), help="only these versions of the bpy module"
    )
    parser.add_argument(
        "--window",
        nargs="*",
        metavar="NAME",
        help="open windows too: trixie and sid (the default for root), path, or a program's path",
    )
    parser.add_argument("pytest", nargs="*", help="after --: arguments for pytest")


def plan_of(options: argparse.Namespace, kinds: Sequence[str] = KINDS) -> Plan:
    """What the options ask for, of these kinds."""
    windows = options.window
    if windows is None and "window" in (options.only or ()):
        windows = []
    if windows == []:
        windows = list(debian_blender.SUITES) if is_root() else ["path"]
    wanted = set(options.only or kinds) - ({"window"} if windows is None else set())
    return Plan(wanted, options.blender or list(BLENDERS), windows or [], options.pytest)


# -- What is run ---------------------------------------------------------------------------------


@dataclass
class Plan:
    """Which suites there are on this machine; what is missing goes straight to the outcomes."""

    kinds: set[str]
    versions: list[str]
    windows: list[str]
    arguments: list[str]
    """For pytest."""
    marked: str = ""
    """Only tests that bear this marker; a suite may then have none."""
    environment: dict[str, str] = field(default_factory=dict)
    """What every suite's environment has in addition."""
    results: Path = REPOSITORY / "build" / "test"
    seconds: float = 15 * 60
    outcomes: list[Outcome] = field(default_factory=list)
    interpreters: dict[str, Path] = field(default_factory=dict)

    def run(self) -> int:
        """Run all of it; answer the exit status."""
        self.results.mkdir(parents=True, exist_ok=True)
        outcomes = self.outcomes
        try:
            zip_path = _build(outcomes) if self.kinds & {"package", "window"} else None
            windows: list[str] = []
            waiting = _WAITING_BESIDE if self.kinds & {"blender", "window"} else _WAITING_ALONE
            outcomes += _run_all(self.suites(zip_path, windows), waiting)
            for suite in self.window_suites(zip_path, windows, "alone"):
                outcomes.append(_run(suite))
        except SetupError as error:
            outcomes.append(_report(Outcome("environments", failed=1, note=str(error))))
        return _conclude(outcomes, expects_tests=bool(self.kinds - {"lint", "types"}))

    def suites(self, zip_path: Path | None, windows: list[str]) -> Iterator[Suite]:
        """All that may run beside others, the longest first, so that none is left to end alone; `windows` is
        given the names of those that can be opened. The environments are made on the way."""
        yield from self._of_the_tools()
        windows += self._windows_here() if zip_path is not None else []
        yield from self.window_suites(zip_path, windows, "not alone")
        yield from self._of_blenders()
        if zip_path is not None:
            yield from self._package_suites(zip_path)

    def _of_the_tools(self) -> Iterator[Suite]:
        tools = str(python(TOOLS))
        if "lint" in self.kinds:
            yield Suite("lint", (tools, "-m", "ruff", "check", "."), is_pytest=False)
            formatted = ("drawthings_addon", "scripts", "tests")
            yield Suite("format", (tools, "-m", "ruff", "format", "--check", *formatted), is_pytest=False)
        if "types" in self.kinds:
            yield Suite("types", (tools, "-m", "mypy"), is_pytest=False)
        if "unit" in self.kinds:
            yield self._pytest("unit", Path(tools), "unit", waits=True)

    def _of_blenders(self) -> Iterator[Suite]:
        met: list[Shipped] = []
        for version in self.versions if self.kinds & {"unit", "blender", "package"} else ():
            interpreter = self._interpreter(version)
            if interpreter is None:
                continue
            # The pure layers meet the libraries of each Blender too, but for what is marked `once`. Two
            # Blenders of the same Python and the same libraries are one.
            if "unit" in self.kinds and SHIPPED[version] not in met:
                met.append(SHIPPED[version])
                yield self._pytest(f"unit, {version}", interpreter, "unit", marked="not once", waits=True)
            if "blender" in self.kinds:
                yield self._pytest(f"blender, {version}", interpreter, "blender")

    def _package_suites(self, zip_path: Path) -> Iterator[Suite]:
        """The zip in each Blender that `_of_blenders` has found."""
        for version, interpreter in self.interpreters.items() if "package" in self.kinds else ():
            added = {"DRAWTHINGS_ZIP": str(zip_path)}
            yield self._pytest(f"package, {version}", interpreter, "package", added)

    def _windows_here(self) -> list[str]:
        """The windows that can be opened; a Blender that cannot be had is told in one line."""
        found = []
        for name in self.windows if "window" in self.kinds else ():
            try:
                debian_blender.find(name)
            except SetupError as error:
                # sid moves with time: its packages may not fit together on a given day.
                failed = 0 if name == "sid" else 1
                self._tell(Outcome(_window_label(name), failed=failed, note=f"not here: {error}"))
                continue
            found.append(name)
        return found

    def window_suites(self, zip_path: Path | None, windows: Iterable[str], marked: str) -> Iterator[Suite]:
        """The zip in each window: what is marked `alone` measures time, and wants nothing beside it."""
        for name in windows:
            label = f"{_window_label(name)}{', alone' if marked == 'alone' else ''}"
            added = {"DRAWTHINGS_ZIP": str(zip_path), "DRAWTHINGS_WINDOW": name}
            yield self._pytest(label, python(TOOLS), "window", added, marked)

    def _interpreter(self, version: str) -> Path | None:
        environment = BLENDERS[version]
        if not is_possible(environment):
            number = _dotted(environment.version)
            self._tell(Outcome(f"Blender {version}", note=f"not here: Python {number} was not found"))
            return None
        try:
            self.interpreters[version] = python(environment)
        except SetupError as error:
            self._tell(Outcome(f"Blender {version}", failed=1, note=str(error)))
        return self.interpreters.get(version)

    def _pytest(
        self,
        name: str,
        interpreter: Path,
        folder: str,
        added: dict[str, str] | None = None,
        marked: str = "",
        *,
        waits: bool = False,
    ) -> Suite:
        # -P keeps the repository out of sys.path: only the unit suite imports the source directly.
        command = (str(interpreter), "-P", "-m", "pytest", f"tests/{folder}", "-p", "no:cacheprovider")
        markers = " and ".join(each for each in (self.marked, marked) if each)
        # Whose Python the servers of A1111's API run in, wherever the tests do.
        tools = {"DRAWTHINGS_TOOLS": str(python(TOOLS))}
        return Suite(
            name,
            (*command, *(("-m", markers) if markers else ()), *self.arguments),
            tools | self.environment | (added or {}),
            may_be_empty=bool(self.arguments or self.marked),
            results=self.results,
            seconds=self.seconds,
            waits=waits,
        )

    def _tell(self, outcome: Outcome) -> None:
        self.outcomes.append(_report(outcome))


def _window_label(name: str) -> str:
    return f"window, {Path(name).name}"


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _build(outcomes: list[Outcome]) -> Path | None:
    start = time.monotonic()
    try:
        path = build.build()
    except build.BuildError as error:
        outcomes.append(_report(Outcome("build", failed=1, note=str(error))))
        return None
    seconds = time.monotonic() - start
    outcomes.append(_report(Outcome("build", 1, seconds=seconds, counts_tests=False)))
    return path


# -- How it is run -------------------------------------------------------------------------------


def _run_all(suites: Iterable[Suite], waiting_at_once: int) -> list[Outcome]:
    with ThreadPoolExecutor(_BUSY_AT_ONCE) as busy, ThreadPoolExecutor(waiting_at_once) as waiting:
        # Submitted one by one: the first suites run while later environments are still made.
        running = [(waiting if suite.waits else busy).submit(_run, suite) for suite in suites]
        return [each.result() for each in running]


def _run(suite: Suite) -> Outcome:
    log = suite.results / f"{suite.file_stem}.log"
    results = suite.results / f"{suite.file_stem}.xml"
    results.unlink(missing_ok=True)
    command = [*suite.command]
    if suite.is_pytest:
        command.append(f"--junitxml={results}")
    print(f"{suite.name} …", flush=True)
    start = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            env={**os.environ, **suite.environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status = process.wait(suite.seconds)
            note = ""
        except subprocess.TimeoutExpired:
            status, note = end(process), f"stopped after {suite.seconds / 60:.0f} minutes"
        except BaseException:
            end(process)
            raise
    outcome = _outcome(suite, status, note, results, time.monotonic() - start)
    if outcome.failed:
        print(f"\n{last_lines(log, _LINES_OF_A_FAILURE)}\n", flush=True)
    return _report(outcome)


def end(process: subprocess.Popen[bytes]) -> int:
    """End a process that leads a session of its own, and what is in that session."""
    # An interrupt lets pytest close its windows, which are in sessions of their own.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        os.killpg(process.pid, number)
        try:
            return process.wait(60)
        except subprocess.TimeoutExpired:
            continue
    return process.wait()


def _outcome(suite: Suite, status: int, note: str, results: Path, seconds: float) -> Outcome:
    if not suite.is_pytest:
        failed = int(status != 0)
        return Outcome(suite.name, 1 - failed, failed, seconds=seconds, note=note, counts_tests=False)
    total, failed, skipped = _counts(results)
    if status == 5:
        note = "no test was found"
    elif status < 0:
        note = note or f"ended by {signal.Signals(-status).name}"
    elif status not in (0, 1):
        note = note or f"pytest ended with status {status}"
    is_empty = status == 5 and suite.may_be_empty
    if status != 0 and failed == 0 and not is_empty:
        # A crash at exit, or nothing collected: the counted tests do not tell of it.
        failed, total = 1, total + 1
    return Outcome(suite.name, total - failed - skipped, failed, skipped, seconds, note)


def _counts(results: Path) -> tuple[int, int, int]:
    """The tests, the failures with the errors, and the skipped ones of a file of JUnit's kind."""
    if not results.exists():
        return 0, 0, 0
    total = failed = skipped = 0
    for case in ElementTree.parse(results).iter("testcase"):
        kinds = {child.tag for child in case}
        total += 1
        failed += bool(kinds & {"failure", "error"})
        skipped += "skipped" in kinds and not kinds & {"failure", "error"}
    return total, failed, skipped


# -- What is said --------------------------------------------------------------------------------


def _report(outcome: Outcome) -> Outcome:
    print(_line(outcome), flush=True)
    return outcome


def _line(outcome: Outcome) -> str:
    counts = f"{outcome.passed:7} {outcome.failed:7} {outcome.skipped:7} {outcome.seconds:8.1f}"
    return f"{outcome.name:22}{counts}  {outcome.note}".rstrip()


def _conclude(outcomes: list[Outcome], *, expects_tests: bool) -> int:
    passed = sum(each.passed for each in outcomes)
    failed = sum(each.failed for each in outcomes)
    skipped = sum(each.skipped for each in outcomes)
    ran = sum(each.passed + each.failed for each in outcomes if each.counts_tests)
    print(f"\n{'':22}{'passed':>7} {'failed':>7} {'skipped':>7} {'seconds':>8}")
    for each in outcomes:
        print(_line(each))
    if expects_tests and ran == 0:
        print("No test was run.")
    print(f"\n{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed or (expects_tests and ran == 0) else 0
