"""Where the standby launcher of this user and environment is found: its socket, lock and log.

Nothing here imports TFX: who finds a standby launcher must pay next to nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import resource
import site
import stat
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tfxc.backends.launcher.protocol.import_variables import needs_fresh_interpreter

_LONGEST_SOCKET_PATH = 100
"""A little below what the operating systems allow (104 to 108 bytes)."""
_READ_AT_START = ("LANG", "LC_", "CUDA_", "NVIDIA_", "TFX_")
"""Beside what libraries read: what Python reads when it starts, and what names a run's accelerators."""
_OF_THE_USER = ("HOME", "LOGNAME", "PATH", "SHELL", "USER")
_LIMITS = ("RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE")
_NAMESPACES = ("mnt", "net", "pid", "user")


class InsecureFolderError(Exception):
    """The folder for the socket belongs to somebody else, or others may write to it."""


@dataclass(frozen=True)
class Place:
    """The files of one standby launcher."""

    socket: Path
    lock: Path
    log: Path


def find_place() -> Place:
    """Returns the place of the standby launcher that a node of this process could run in.

    Another Python, other installed packages, other limits or another container, or other variables that
    libraries read when they are imported, make another place. The folder is made if need be, for this
    user alone. Raises InsecureFolderError, or OSError if it cannot be made.
    """
    folder = private_folder()
    key = _fingerprint()
    return Place(folder / f"{key}.sock", folder / f"{key}.lock", folder / f"{key}.log")


def places() -> Iterator[Place]:
    """Yields the places of all standby launchers that this user may have, dead ones too."""
    for folder in dict.fromkeys(_folders()):
        with contextlib.suppress(OSError, InsecureFolderError):
            _require_private(folder)
            for found in sorted(folder.glob("*.sock")):
                yield Place(found, found.with_suffix(".lock"), found.with_suffix(".log"))


def import_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the variables that decide what a standby launcher is like once it has imported TFX."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(_READ_AT_START) or needs_fresh_interpreter([name])
    }


def start_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the environment that a standby launcher is started with: nothing of one run alone."""
    own = {name: environment[name] for name in _OF_THE_USER if name in environment}
    return {**own, **import_variables(environment)}


def ages() -> list[tuple[str, int]]:
    """Returns when packages were last installed or removed, and when tfxc's own code last changed."""
    tfxc = Path(__file__).parents[3]
    sites = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    code = [each for part in ("schemas", "backends/launcher") for each in sorted((tfxc / part).rglob("*.py"))]
    found = []
    for place in (*map(Path, sites), *code):
        with contextlib.suppress(OSError):
            found.append((str(place), place.stat().st_mtime_ns))
    return found


def private_folder() -> Path:
    """Returns a folder that only this user can enter."""
    for folder in _folders():
        if len(os.fsencode(folder)) + 40 < _LONGEST_SOCKET_PATH and folder.parent.is_dir():
            break
    else:
        raise InsecureFolderError("there is no folder for its socket")
    folder.mkdir(mode=0o700, exist_ok=True)
    _require_private(folder)
    return folder


def _folders() -> Iterator[Path]:
    """Yields the folders that may hold the sockets, the best first.

    The temporary folder comes last: where each run has one of its own they would share nothing.
    """
    for base in (os.environ.get("XDG_RUNTIME_DIR"), "/tmp", tempfile.gettempdir()):  # noqa: S108 - checked
        if base:
            yield Path(base, f"tfxc-{os.getuid()}")


def _require_private(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise InsecureFolderError(f"{folder} is not a folder of this user alone")


def _fingerprint() -> str:
    """Returns a short name for what a standby launcher has imported, how, and within which limits."""
    limits = [resource.getrlimit(getattr(resource, name)) for name in _LIMITS]
    parts = [
        *(sys.executable, sys.version, import_variables(os.environ), ages(), limits, _confines()),
        *(os.nice(0), sorted(os.getgroups()), os.getegid()),
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _confines() -> list[str]:
    """Returns the container and control group of this process, where the system has such."""
    found = []
    for name in _NAMESPACES:
        with contextlib.suppress(OSError):
            found.append(str(Path(f"/proc/self/ns/{name}").readlink()))
    with contextlib.suppress(OSError):
        found.append(Path("/proc/self/cgroup").read_text(encoding="utf-8", errors="replace"))
    return found
