"""Whether a run on this machine goes on, has ended, or is gone without a word."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path
from typing import Literal

from tfxc.backends.metadata.run_folder import RunFolder

Life = Literal["ended", "held", "gone", "unknown"]
_TAIL_BYTES = 1 << 16


def life(run: RunFolder) -> Life:
    """Returns ``ended`` if the last event is the end of the run, ``held`` while a process has it, and
    ``gone`` if it was held on this machine and no more: killed, or switched off.

    ``unknown`` is a run of another machine, whose locks may not be seen here, and one whose folder
    cannot be read or locked.
    """
    try:
        if _has_ended(run.events):
            return "ended"
        if not _was_here(run):
            return "unknown"
        return "held" if _is_held(run.path / "lock") else "gone"
    except OSError:
        return "unknown"


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
    """Whether the run was last held on this machine."""
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
