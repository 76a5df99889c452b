# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole files or none, under names that any system takes, and never over another file."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from campaign import share
from drawthings_addon.errors import StorageFailed
from drawthings_addon.jobs import locks, storage
from drawthings_addon.jobs.storage import (
    MAX_STEM_BYTES,
    PART,
    file_stem,
    new_folder,
    sweep,
    write_new,
    write_whole,
)

REPOSITORY = Path(__file__).resolve().parents[2]
WINDOWS_NAMES = {"con", "prn", "aux", "nul"} | {
    f"{port}{n}" for port in ("com", "lpt") for n in "0123456789¹²³"
}

as_root = pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write everywhere")


# Names


@settings(max_examples=share(1000))
@given(st.text())
@example("../../etc/passwd")
@example("C:\\Windows\\system32")
@example("CON")
@example("com¹")
@example("…")
@example(" . ")
@example("🎨🎨🎨")
@example("\ud800 half a pair")
@example("e\u0301" * 200)
@example("a\0b")
@example("x" * 100_000)
@example("a" + "\u0315\u0300" * 100_000)
@example("~root")
@example("-rf")
def test_any_prompt_becomes_a_name_inside_the_folder(prompt: str) -> None:
    stem = file_stem(prompt)
    assert 1 <= len(stem.encode()) <= MAX_STEM_BYTES
    assert stem.lower() not in WINDOWS_NAMES
    assert all(character.isalnum() or character in "-_" or character.isidentifier() for character in stem)
    assert stem[0] not in "-_." and stem[-1] not in "-_."
    path = Path("folder") / f"{stem}-1.png"
    assert path.parent == Path("folder")
    assert os.path.normpath(path) == str(path)


def test_a_name_keeps_the_words_of_any_language() -> None:
    assert file_stem("weathered copper, verdigris in the creases") == (
        "weathered-copper-verdigris-in-the-creases"
    )
    assert file_stem("Möös & 苔") == "Möös-苔"
    assert file_stem("?!", fallback="txt2img") == "txt2img"


@settings(max_examples=share(1000))
@given(st.text(min_size=1, max_size=30))
def test_any_name_can_be_written(tmp_path_factory: pytest.TempPathFactory, prompt: str) -> None:
    folder = tmp_path_factory.mktemp("names")
    path = write_new(folder, file_stem(prompt), ".png", b"data")
    assert path.parent == folder
    assert path.read_bytes() == b"data"


# Writing


def test_the_file_is_whole_and_alone(tmp_path: Path) -> None:
    path = write_new(tmp_path / "made" / "on the way", "moss", ".png", b"data")
    assert path == tmp_path / "made" / "on the way" / "moss.png"
    assert path.read_bytes() == b"data"
    assert list(path.parent.iterdir()) == [path]


def test_an_existing_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "moss.png").write_bytes(b"the artist's")
    (tmp_path / "moss-2.png").mkdir()
    (tmp_path / "moss-3.png").symlink_to(tmp_path / "nowhere")
    path = write_new(tmp_path, "moss", ".png", b"ours")
    assert path.name == "moss-4.png"
    assert (tmp_path / "moss.png").read_bytes() == b"the artist's"
    assert not (tmp_path / "nowhere").exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "moss-2.png",
        "moss-3.png",
        "moss-4.png",
        "moss.png",
    ]


def test_the_name_is_told_before_the_bytes_are_written(tmp_path: Path) -> None:
    """And is another's all the same, who takes it meanwhile."""
    (tmp_path / "moss.png").write_bytes(b"the artist's")
    told: list[Path] = []

    def coming(path: Path) -> None:
        told.append(path)
        assert [each.stat().st_size for each in tmp_path.glob(".part-*")] == [0]

    assert write_new(tmp_path, "moss", ".png", b"ours", coming=coming) == tmp_path / "moss-2.png"
    path = write_new(tmp_path, "moss", ".png", b"ours", coming=lambda path: path.touch())
    assert path == tmp_path / "moss-4.png"
    assert (tmp_path / "moss-3.png").read_bytes() == b""
    assert told == [tmp_path / "moss-2.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="others have no such call")
@pytest.mark.parametrize("taken", [0, 3, errno.EOPNOTSUPP * -1, errno.ENOSPC * -1])
def test_what_one_call_does_not_write_is_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taken: int
) -> None:
    """A file system that does not know how, or only takes a part."""

    def pwritev(handle: int, parts: list[bytes], offset: int, _flags: int) -> int:
        if taken < 0:
            raise OSError(-taken, os.strerror(-taken))
        return os.pwrite(handle, parts[0][:taken], offset)

    monkeypatch.setattr(os, "pwritev", pwritev)
    assert write_new(tmp_path, "moss", ".png", b"data").read_bytes() == b"data"


def test_a_relative_folder_gives_an_absolute_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write_new(Path("out"), "moss", ".png", b"data")
    assert path == tmp_path / "out" / "moss.png"


def test_files_have_the_rights_of_the_artists_other_files(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.touch()
    path = write_new(tmp_path, "moss", ".png", b"data")
    assert path.stat().st_mode == ordinary.stat().st_mode


@pytest.mark.timing
@pytest.mark.campaign
def test_threads_that_write_the_same_name_do_not_meet(tmp_path: Path) -> None:
    paths: list[Path] = []

    def write(number: int) -> None:
        for _ in range(share(50)):
            paths.append(write_new(tmp_path, "moss", ".png", bytes([number]) * 1000))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(paths)) == 6 * share(50)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in paths}
    contents = [path.read_bytes() for path in paths]
    assert sorted(contents) == sorted(bytes([number]) * 1000 for number in range(6) for _ in range(share(50)))


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from drawthings_addon.jobs.storage import write_new
for _ in range(int(sys.argv[4])):
    write_new(Path(sys.argv[2]), "moss", ".png", sys.argv[3].encode() * 5000)
"""


@pytest.mark.timing
@pytest.mark.campaign
def test_two_processes_that_write_the_same_name_do_not_meet(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(REPOSITORY), str(tmp_path)]
    writers = [subprocess.Popen([*command, mark, str(share(400))]) for mark in "ab"]
    assert [writer.wait(600) for writer in writers] == [0, 0]
    contents = [path.read_bytes() for path in tmp_path.iterdir()]
    assert sorted(contents) == [b"a" * 5000] * share(400) + [b"b" * 5000] * share(400)


@pytest.mark.parametrize("refusal", [errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK])
def test_a_file_system_without_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(refusal, os.strerror(refusal))

    monkeypatch.setattr(os, "link", no_links)
    first = write_new(tmp_path, "moss", ".png", b"one")
    second = write_new(tmp_path, "moss", ".png", b"two")
    assert (first.name, first.read_bytes()) == ("moss.png", b"one")
    assert (second.name, second.read_bytes()) == ("moss-2.png", b"two")
    assert len(list(tmp_path.iterdir())) == 2


def test_without_hard_links_a_failed_move_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", fails)
    monkeypatch.setattr(os, "rename", fails)
    with pytest.raises(StorageFailed):
        write_new(tmp_path, "moss", ".png", b"one")
    assert list(tmp_path.iterdir()) == []


#: A process that writes and says so, also as on a file system without hard links or without locks.
ENDLESS_WRITER = """
import errno, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from drawthings_addon.jobs import locks, storage

def refuse(*_, **__):
    raise OSError(errno.EPERM, "no such thing here")

if "no links" in sys.argv:
    os.link = refuse
if "no locks" in sys.argv:
    locks._take = refuse
if "stands still" in sys.argv:
    os.fsync = lambda *_: (print("there", flush=True), sys.stdin.read())
if "stands still at the name" in sys.argv:
    os.rename = lambda *_: (print("there", flush=True), sys.stdin.read())
while True:
    storage.write_new(Path(sys.argv[2]), "moss", ".png", b"x" * 5000)
    print("there", flush=True)
"""


@contextmanager
def writer(folder: Path, *how: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", ENDLESS_WRITER, str(REPOSITORY), str(folder), *how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"there\n"
            yield process
        finally:
            process.kill()


@pytest.mark.timing
@pytest.mark.campaign
@pytest.mark.parametrize("how", ["", "no links", "no locks"])
def test_killed_at_any_moment_it_leaves_no_half_file_under_its_name(tmp_path: Path, how: str) -> None:
    random = Random(how)
    for _ in range(share(60)):
        with writer(tmp_path, how):
            time.sleep(random.random() / 50)
    names = {path: path.stat().st_size for path in tmp_path.iterdir() if not path.name.startswith(PART)}
    assert names
    assert set(names.values()) == {5000}
    if how != "no locks":
        sweep(tmp_path)
        assert not list(tmp_path.glob(f"{PART}*"))


@pytest.mark.parametrize("how", ["stands still", "stands still, no links"])
def test_what_a_killed_writer_leaves_is_swept_and_what_a_living_one_has_is_not(
    tmp_path: Path, how: str
) -> None:
    with writer(tmp_path, *how.split(", ")) as process:
        before = set(tmp_path.iterdir())
        assert before
        sweep(tmp_path)
        write_new(tmp_path / ".", "grass", ".png", b"data")
        assert before < set(tmp_path.iterdir()), "it still writes there"
    process.wait()
    sweep(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["grass.png"]


def test_the_first_picture_in_a_folder_sweeps_it(tmp_path: Path) -> None:
    left = tmp_path / f"{PART}{'0' * 32}"
    left.write_bytes(b"half a picture")
    write_new(tmp_path, "moss", ".png", b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["moss.png"]


def test_without_links_a_name_that_was_held_by_a_killed_process_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writer(tmp_path, "stands still at the name", "no links") as process:
        pass
    process.wait()
    assert len(list(tmp_path.iterdir())) == 2, "the data, and what holds the name"

    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no such thing here")

    monkeypatch.setattr(os, "link", no_links)
    assert write_new(tmp_path, "moss", ".png", b"data").name == "moss.png"


def test_where_there_are_no_locks_only_what_is_old_is_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_handle: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(locks, "_take", no_locks)
    old, new = (tmp_path / f"{PART}{digit * 32}" for digit in "ab")
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (time.time() - 4000,) * 2)
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [new]
    assert write_new(tmp_path, "moss", ".png", b"data").read_bytes() == b"data"


def test_a_folder_is_there_when_it_is_full_and_not_before(tmp_path: Path) -> None:
    (tmp_path / "tiles").mkdir()
    with new_folder(tmp_path / "tiles") as made:
        (made.part / "tile.1001.png").write_bytes(b"data")
        assert not (tmp_path / "tiles-2").exists()
    assert made.path == tmp_path / "tiles-2"
    assert [path.name for path in made.path.iterdir()] == ["tile.1001.png"]
    with pytest.raises(OSError, match="full"), new_folder(tmp_path / "more") as made:
        (made.part / "tile.1001.png").write_bytes(b"da")
        raise OSError(errno.ENOSPC, "full")
    assert {path.name for path in tmp_path.iterdir()} == {"tiles", "tiles-2"}


def test_a_folder_that_is_being_filled_is_left_alone_whatever_its_clock(tmp_path: Path) -> None:
    with new_folder(tmp_path / "tiles") as made:
        (made.part / "tile.png").touch()
        os.utime(made.part, (0, 0))
        sweep(tmp_path)
        assert (made.part / "tile.png").exists()
    assert [path.name for path in (tmp_path / "tiles").iterdir()] == ["tile.png"]


def test_of_three_that_want_one_name_none_writes_over_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has lost a name before it could lock it leaves its holder to whoever has it by now."""
    path = tmp_path / "moss.png"
    with monkeypatch.context() as lost:
        lost.setattr(storage, "_is_ours", lambda _stream: False)
        with pytest.raises(FileExistsError), storage._reserved(path):
            pass
    (holder,) = tmp_path.iterdir()
    assert holder.name.startswith(PART)
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_left_behind_is_swept_when_it_is_old(tmp_path: Path) -> None:
    old, new = (tmp_path / f"{PART}{digit * 32}" for digit in "ab")
    for folder in (old, new):
        folder.mkdir()
        (folder / "tile.png").touch()
    os.utime(old, (time.time() - 4000,) * 2)
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [new]


def test_nothing_else_is_swept(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"the artist's")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / ".part-x").write_bytes(b"another program's")
    (folder / f"{PART}{'a' * 32}.png").write_bytes(b"another program's")
    (folder / f"{PART}{'b' * 32}").mkdir()
    (folder / f"{PART}{'c' * 32}").symlink_to(elsewhere)
    os.mkfifo(folder / f"{PART}{'d' * 32}")
    before = set(folder.iterdir())
    sweep(folder)
    sweep(tmp_path / "nowhere")
    sweep(elsewhere)
    assert set(folder.iterdir()) == before
    assert elsewhere.read_bytes() == b"the artist's"


# Disks that do not do as they are told


@pytest.fixture
def no_space(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)


@pytest.mark.usefixtures("no_space")
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageFailed, match="No space left on device") as caught:
        write_new(tmp_path, "moss", ".png", b"data")
    assert str(tmp_path) in caught.value.what
    assert caught.value.advice
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_space")
def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "estimates.json"
    path.write_bytes(b"old")
    with pytest.raises(StorageFailed):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_really_full_device() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    # /dev is no folder to write to, for root neither when it is full: a file instead of a folder.
    with pytest.raises(StorageFailed):
        write_new(Path("/dev/full"), "moss", ".png", b"data")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, MemoryError])
def test_an_interrupted_write_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    def interrupted(_handle: int) -> None:
        raise stop

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(stop):
        write_new(tmp_path, "moss", ".png", b"data")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
def test_a_file_system_that_cannot_sync_is_good_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def cannot(_handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", cannot)
    assert write_new(tmp_path, "moss", ".png", b"data").read_bytes() == b"data"


def test_every_byte_is_synced_before_the_name_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync
    seen: list[tuple[int, list[str]]] = []

    def watched(handle: int) -> None:
        seen.append((os.fstat(handle).st_size, [path.name for path in tmp_path.glob("*.png")]))
        sync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    write_new(tmp_path, "moss", ".png", b"data" * 1000)
    assert seen[0] == (4000, [])


@as_root
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageFailed, match="cannot be written to"):
            write_new(tmp_path, "moss", ".png", b"data")
    finally:
        tmp_path.chmod(0o700)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"data")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(StorageFailed) as caught:
            write_new(folder, "moss", ".png", b"data")
        assert str(folder) in caught.value.what


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "x" * 5000])
def test_a_folder_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(StorageFailed) as caught:
        write_new(tmp_path / name, "moss", ".png", b"data")
    # What is told can be shown.
    if name != "x" * 5000:
        caught.value.what.encode()


@pytest.mark.timing
@pytest.mark.campaign
def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "estimates.json"
    contents = [bytes([number % 256]) * 20_000 for number in range(share(300))]
    write_whole(path, contents[0])
    stop = threading.Event()
    seen: list[bytes] = []

    def read() -> None:
        while not stop.is_set():
            seen.append(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for each in contents:
        write_whole(path, each)
    stop.set()
    reader.join()
    assert set(seen) <= set(contents)
    assert list(tmp_path.iterdir()) == [path]
