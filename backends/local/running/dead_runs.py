"""Runs whose process has ended without a word: killed, out of memory, a machine that was switched off.

ML Metadata goes on saying that their nodes run, and half outputs stay, until that run id is taken up.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from pathlib import Path

from tfxc.backends.local.running.run_folder import RunFolder

_STILL = 60.0
"""Seconds without an event after which a run that nobody holds is over: its launcher ends by then."""
_TAIL_BYTES = 1 << 16


def dead_runs(folder: RunFolder) -> tuple[str, ...]:
    """Returns the ids of the runs beside this one that began on this machine, did not end, and are dead.

    A folder that cannot be read, or locked, is not known to be of a dead run.
    """
    return tuple(sorted(each.name for each in folder.path.parent.glob("*") if _is_dead(RunFolder(each))))


def _is_dead(run: RunFolder) -> bool:
    try:
        if time.time() - run.events.stat().st_mtime < _STILL or _has_ended(run.events):
            return False
        return _was_here(run) and not _is_held(run.path / "lock")
    except OSError:
        return False


def _has_ended(events: Path) -> bool:
    """Whether the last event is the end of the run."""
    with events.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
        lines = file.read().splitlines()
    try:
        last = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return False
    return isinstance(last, dict) and last.get("event") == "run_finished"


def _was_here(run: RunFolder) -> bool:
    """Whether the run was last held on this machine: locks of another may not be seen."""
    return (run.path / "lock").read_text(encoding="utf-8", errors="replace").strip() == socket.gethostname()


def _is_held(lock: Path) -> bool:
    """Whether a process runs this run."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
