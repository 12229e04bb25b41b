"""Runs whose process has ended without a word: killed, out of memory, a machine that was switched off.

ML Metadata goes on saying that their nodes run, and half outputs stay, until that run id is taken up.
"""

from __future__ import annotations

import time

from tfxc.backends.metadata.liveness import life
from tfxc.backends.metadata.run_folder import RunFolder

_STILL = 60.0
"""Seconds without an event after which a run that nobody holds is over: its launcher ends by then."""


def dead_runs(folder: RunFolder) -> tuple[str, ...]:
    """Returns the ids of the runs beside this one that began on this machine, did not end, and are dead.

    A folder that cannot be read, or locked, is not known to be of a dead run.
    """
    return tuple(sorted(each.name for each in folder.path.parent.glob("*") if _is_dead(RunFolder(each))))


def _is_dead(run: RunFolder) -> bool:
    try:
        silent = time.time() - run.events.stat().st_mtime
    except OSError:
        return False
    return silent >= _STILL and life(run) == "gone"
