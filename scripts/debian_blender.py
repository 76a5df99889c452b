# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""Blenders that can open a window: the machine's own, and Debian's in folders of their own.

`find(name)` answers a `Blender` for `trixie` or `sid` (Debian's builds, 4.3 and 5.2, each in a
Debian system of its own inside the cache folder, made on first use: about 4 minutes and 1.9 GB), for
`path` (`$BLENDER`, else `blender` on PATH), or for the path of a program.

A program of such a Debian system runs in a mount namespace of its own: /proc, /dev and the folders
it needs are mounted there, seen by it alone, and are gone when it ends. Nothing is left mounted,
and nothing has to be mounted again after a restart. Both making and running one need root.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from environments import (
    REPOSITORY,
    SetupError,
    cache_folder,
    is_root,
    last_lines,
    locked,
    need_debian_packages,
    run_logged,
    working,
)

SUITES = ("trixie", "sid")

# Blender, the Python modules its own extension tool imports, software OpenGL, and a screen with
# hands and eyes. The fonts let a photograph show any prompt.
_PACKAGES = (
    "blender", "python3-requests", "python3-numpy", "python3-cattr", "python3-zstandard",
    "python3-certifi", "xvfb", "xauth", "libgl1-mesa-dri", "libegl1", "libegl-mesa0",
    "mesa-vulkan-drivers", "xdotool", "imagemagick", "fonts-dejavu", "fonts-noto-cjk",
)  # fmt: skip

_WINDOW_TOOLS = ("Xvfb", "xdotool", "import")
_READY = ".ready"


@dataclass(frozen=True)
class Blender:
    """A Blender program, and the system it runs in: `root` is None for the machine's own."""

    name: str
    executable: str
    root: Path | None = None

    def command(self, arguments: Sequence[str | Path], visible: Sequence[Path] = ()) -> list[str]:
        """The command line that runs `arguments` where this Blender lives.

        The repository, the folder for temporary files and the folders of `visible` have the same
        paths there as outside.
        """
        line = [str(argument) for argument in arguments]
        if self.root is None:
            return line
        return _inside(self.root, line, [REPOSITORY, Path(tempfile.gettempdir()), *visible])

    def blender(self, *arguments: str | Path, visible: Sequence[Path] = ()) -> list[str]:
        """The command line that runs Blender itself with `arguments`."""
        return self.command([self.executable, *arguments], visible)


def find(name: str) -> Blender:
    """The Blender called `name`; see the top of this file. Raises SetupError in one line."""
    if name in SUITES:
        return _debian(name)
    if name != "path":
        if not shutil.which(name):
            raise SetupError(f"There is no program {name}.")
        return _own(name)
    named = os.environ.get("BLENDER") or "blender"
    program = shutil.which(named)
    if not program:
        raise SetupError("No Blender was found: set $BLENDER, or put blender on PATH.")
    return _own(program)


def _own(program: str) -> Blender:
    missing = [tool for tool in _WINDOW_TOOLS if not shutil.which(tool)]
    if missing:
        need_debian_packages(("xvfb", "xdotool", "imagemagick"), "A window on a virtual screen")
        missing = [tool for tool in _WINDOW_TOOLS if not shutil.which(tool)]
    if missing:
        raise SetupError(f"A window on a virtual screen needs {', '.join(missing)}.")
    return Blender("path", str(Path(program).resolve()))


# -- Debian systems in a folder -----------------------------------------------------------------


def _debian(suite: str) -> Blender:
    if not sys.platform.startswith("linux") or not is_root():
        raise SetupError(
            f"Debian {suite}'s Blender needs root on Linux; run as root, or name a Blender of "
            "your own with --blender path ($BLENDER, or blender on PATH)."
        )
    folder = cache_folder() / f"debian-{suite}"
    blender = Blender(suite, "/usr/bin/blender", folder)
    stamp = hashlib.sha256(" ".join(sorted(_PACKAGES)).encode()).hexdigest()
    with locked(folder.name):
        ready = folder / _READY
        if ready.is_file() and ready.read_text() == stamp:
            return blender
        log = cache_folder() / f"{folder.name}.log"
        # A complete system from before this stamp existed is taken over after it has been tried.
        if ready.is_file() and _works(blender, log):
            ready.write_text(stamp)
            return blender
        with working(f"Making Debian {suite} with its Blender in {folder} (about 4 minutes)"):
            try:
                _make(suite, folder, log)
            except BaseException:
                _remove(folder)
                raise
            if not _works(blender, log):
                _remove(folder)
                raise SetupError(f"Debian {suite}'s Blender does not start: see {log}")
            ready.write_text(stamp)
    return blender


def _make(suite: str, folder: Path, log: Path) -> None:
    need_debian_packages(("debootstrap", "debian-archive-keyring"), "Making a Debian system")
    mirror = _mirror()
    _remove(folder)
    settings = _apt_settings()
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    for kind in ("http", "https"):
        proxy = settings.get(f"Acquire::{kind}::Proxy")
        if proxy:
            environment[f"{kind}_proxy"] = proxy
    debootstrap = ["debootstrap", "--variant=minbase", "--include=ca-certificates", suite]
    if run_logged([*debootstrap, folder, mirror], log, env=environment) != 0:
        raise SetupError(f"Debian {suite} could not be set up: {_reason(log)} (see {log})")
    lines = [f'{name} "{value}";\n' for name, value in settings.items()]
    (folder / "etc/apt/apt.conf.d/90machine").write_text("".join(lines))
    install = ["apt-get", "-q", "install", "-y", "--no-install-recommends", *_PACKAGES]
    if run_logged(_inside(folder, install, []), log, env=environment) != 0:
        raise SetupError(f"Debian {suite}'s Blender was not installed: {_reason(log)} (see {log})")
    subprocess.run(_inside(folder, ["apt-get", "clean"], []), check=False)


def _works(blender: Blender, log: Path) -> bool:
    """Whether the system is complete and its Blender starts."""
    needed = [blender.executable, *(f"/usr/bin/{tool}" for tool in _WINDOW_TOOLS)]
    if blender.root is None or not all(_exists_in(blender.root, path) for path in needed):
        return False
    return run_logged(blender.blender("--version"), log) == 0


def _exists_in(root: Path, path: str) -> bool:
    # Alternatives are absolute links, which point outside when they are followed from here.
    return os.path.lexists(root / path.lstrip("/"))


def _inside(root: Path, line: Sequence[str], visible: Sequence[Path]) -> list[str]:
    """`line` as a command that changes into the system at `root`, in its own mount namespace."""
    steps = [f"mount --rbind /{name} {shlex.quote(f'{root}/{name}')}" for name in ("proc", "dev")]
    folders = sorted({folder.resolve() for folder in visible}, key=lambda f: len(f.parts))
    shown: list[Path] = []
    for folder in folders:
        if any(folder.is_relative_to(other) for other in shown):
            continue
        shown.append(folder)
        inner = shlex.quote(f"{root}{folder}")
        steps += [f"mkdir -p {inner}", f"mount --bind {shlex.quote(str(folder))} {inner}"]
    steps.append('exec chroot "$0" "$@"')
    unshare = ["unshare", "--mount", "--propagation", "private"]
    return [*unshare, "sh", "-c", " && ".join(steps), str(root), *line]


def _remove(folder: Path) -> None:
    """Delete a Debian system, but never anything that somebody has mounted inside it."""
    if not folder.exists():
        return
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for place in sorted((m for m in mounted if m.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], check=False)
    # Twice safe: a mount that could not be undone is another file system.
    subprocess.run(["rm", "-rf", "--one-file-system", folder], check=False)


def _mirror() -> str:
    """The first address of Debian's packages in the machine's own apt sources."""
    sources = Path("/etc/apt")
    texts = sorted((sources / "sources.list.d").glob("*.sources"))
    for file in texts:
        for block in file.read_text(errors="replace").split("\n\n"):
            lines = [line for line in block.splitlines() if ":" in line and line[0] != "#"]
            fields = dict(line.split(":", 1) for line in lines)
            uris = fields.get("URIs", "").split()
            if uris and _is_debian(uris[0]):
                return uris[0]
    for file in [sources / "sources.list", *sorted((sources / "sources.list.d").glob("*.list"))]:
        for line in file.read_text(errors="replace").splitlines() if file.exists() else []:
            words = [word for word in line.split("]")[-1].split() if word != "deb"]
            if line.startswith("deb ") and words and _is_debian(words[0]):
                return words[0]
    raise SetupError("This machine's apt sources name no mirror of Debian's packages.")


def _is_debian(address: str) -> bool:
    return address.rstrip("/").endswith("/debian")


def _apt_settings() -> dict[str, str]:
    """How this machine's apt reaches its mirror: proxies and what it does not check."""
    answer = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=False)
    settings = {}
    for line in answer.stdout.splitlines():
        name, _, value = line.partition(" ")
        if name.startswith("Acquire::") and (
            name.lower().endswith("::proxy") or name.startswith("Acquire::Check-")
        ):
            settings[name] = value.strip().strip('";')
    return settings


def _reason(log: Path) -> str:
    lines = last_lines(log, 1).strip()
    return lines[:200] or "no reason was given"


if __name__ == "__main__":
    for wanted in sys.argv[1:] or SUITES:
        try:
            print(f"{wanted}: {find(wanted)}")
        except SetupError as problem:
            print(f"{wanted}: {problem}", file=sys.stderr)
