"""Where the standby launcher of this user and environment is found: its socket, lock and log.

Nothing here imports TFX: a task that finds a standby launcher must cost next to nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import site
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tfxc.backends.launcher.processes.fresh import needs_fresh_interpreter

_LONGEST_SOCKET_PATH = 100
"""A little below what the operating systems allow (104 to 108 bytes)."""


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

    Another Python, other installed packages, or other variables that libraries read when they are
    imported, make another place. The folder is made if need be, for this user alone. Raises
    InsecureFolderError, or OSError if it cannot be made.
    """
    folder = _private_folder()
    key = _fingerprint()
    return Place(folder / f"{key}.sock", folder / f"{key}.lock", folder / f"{key}.log")


def _private_folder() -> Path:
    """Returns a folder that only this user can enter."""
    name = f"tfxc-{os.getuid()}"
    bases = (os.environ.get("XDG_RUNTIME_DIR"), tempfile.gettempdir(), "/tmp")  # noqa: S108 - checked below
    for base in bases:
        if base and len(os.fsencode(Path(base, name))) + 40 < _LONGEST_SOCKET_PATH and Path(base).is_dir():
            folder = Path(base, name)
            break
    else:
        raise InsecureFolderError("there is no folder for its socket")
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise InsecureFolderError(f"{folder} is not a folder of this user alone")
    return folder


def _fingerprint() -> str:
    """Returns a short name for what a standby launcher has imported, and how."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if name == "TFXC_STANDBY_IDLE" or needs_fresh_interpreter([name])
    }
    parts = [sys.executable, sys.version, variables, _ages()]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _ages() -> list[tuple[str, int]]:
    """Returns when packages were last installed or removed, and when the launcher last changed."""
    here = Path(__file__).parents[1]
    places = [*map(Path, site.getsitepackages()), *sorted(here.rglob("*.py"))]
    return [(str(place), place.stat().st_mtime_ns) for place in places if place.exists()]
