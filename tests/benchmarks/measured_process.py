"""Runs a command and measures it: wall time, CPU time and memory, of all processes that work for it.

Linux only: what works is read from /proc.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

SAMPLING_INTERVAL = 1.0
"""Seconds between two looks at all processes, which takes some of the machine that is measured."""
SETTLES_WITHIN = 0.5
"""Seconds that a process which has let go of the command may still take to end, and to be waited for."""
ADDING_SHARE = 0.02
"""How much of the time may go into adding up shared pages, which holds up the processes that have them."""
PROC = Path("/proc")


@dataclass(frozen=True)
class Usage:
    """What a command took. Times are in seconds (`started` since the epoch), memory in bytes.

    `cpu` is user and system time of the process, of every descendant that was waited for, and of what works
    for the command without being its descendant, as far as it did so meanwhile.
    `peak_parents` is the largest resident set of the process itself and of its descendants that had
    children, `peak_leaf` of those that had none (0 if there were none), `peak_total` the most that all
    had at once, shared pages counted once. What lived for less than `SAMPLING_INTERVAL` may be missing.
    """

    exit_code: int
    started: float
    wall: float
    cpu: float
    peak_parents: int
    peak_leaf: int
    peak_total: int


def run_measured(command: Sequence[str], log: Path, environment: Mapping[str, str], mark: str = "") -> Usage:
    """Runs a command to its end, its output appended to `log`, and returns what it took.

    `mark` is a text in `environment` that no other process has, or "": by it processes are found that work
    for the command but are no descendants of it, such as a launcher that stays for the next run.
    """
    marked = _Marked(mark) if mark else None
    with log.open("ab") as stream:
        cpu_before = marked.cpu() if marked else {}
        started, before = time.time(), time.monotonic()
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, env=dict(environment))
        sampler = _Sampler(process.pid, marked)
        sampler.start()
        try:
            _, status, resources = os.wait4(process.pid, 0)
        except BaseException:
            process.terminate()
            process.wait()
            raise
        finally:
            sampler.stop()
        wall = time.monotonic() - before
        if marked:
            time.sleep(SETTLES_WITHIN)
        cpu_after = marked.cpu() if marked else {}
    process.returncode = os.waitstatus_to_exitcode(status)
    return Usage(
        exit_code=process.returncode,
        started=started,
        wall=wall,
        cpu=resources.ru_utime
        + resources.ru_stime
        + sum(cpu - cpu_before.get(pid, 0.0) for pid, cpu in cpu_after.items()),
        peak_parents=max((sampler.peaks[pid] for pid in sampler.parents if pid in sampler.peaks), default=0),
        peak_leaf=max((peak for pid, peak in sampler.peaks.items() if pid not in sampler.parents), default=0),
        peak_total=sampler.peak_total,
    )


class _Marked:
    """The processes that were started with a certain text in their environment or their command line."""

    def __init__(self, text: str) -> None:
        self._text = os.fsencode(text)

    def pids(self) -> set[int]:
        """Returns those that live."""
        return {int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit() and self._has(entry)}

    def cpu(self) -> dict[int, float]:
        """Returns the seconds of each, with those of its children that it has waited for."""
        return {pid: _cpu(PROC / str(pid)) for pid in self.pids()}

    def _has(self, entry: Path) -> bool:
        try:
            return any(self._text in (entry / name).read_bytes() for name in ("environ", "cmdline"))
        except OSError:
            return False


class _Sampler(threading.Thread):
    """Watches a process and its descendants, and those that are marked, until `stop`."""

    def __init__(self, root: int, marked: Optional[_Marked]) -> None:
        super().__init__(daemon=True)
        self._marked = marked
        self.family = {root}
        self.parents = {root}
        self.peaks: dict[int, int] = {}
        self.peak_total = 0
        self._stopped = threading.Event()

    def run(self) -> None:
        add_up_at = 0.0
        while True:
            if self._stopped.wait(SAMPLING_INTERVAL):
                return
            self._find_descendants()
            for pid in self.family:
                self.peaks[pid] = max(self.peaks.get(pid, 0), _kibibytes(pid, "status", "VmHWM:"))
            began = time.monotonic()
            if began >= add_up_at:
                total = sum(_kibibytes(pid, "smaps_rollup", "Pss:") for pid in self.family)
                self.peak_total = max(self.peak_total, total)
                ended = time.monotonic()
                add_up_at = ended + (ended - began) / ADDING_SHARE

    def stop(self) -> None:
        self._stopped.set()
        self.join()

    def _find_descendants(self) -> None:
        if self._marked is not None:
            self.family |= self._marked.pids()
        parent_of = {int(entry.name): _parent(entry) for entry in PROC.iterdir() if entry.name.isdigit()}
        found = True
        while found:
            children = {pid for pid, parent in parent_of.items() if parent in self.family} - self.family
            self.family |= children
            found = bool(children)
        self.family &= parent_of.keys()
        self.parents |= {parent_of[pid] for pid in self.family} & self.family


def _parent(entry: Path) -> int:
    """Returns the parent's pid, 0 for a process that has just gone."""
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _cpu(entry: Path) -> float:
    """Returns the seconds of a process and of its children that it has waited for; 0 if it has gone."""
    try:
        fields = (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # utime, stime, cutime and cstime: the 14th and those after it, of which two stand before the bracket.
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def _kibibytes(pid: int, file: str, key: str) -> int:
    """Returns a number of kibibytes from a process's status, in bytes; 0 for a process that has gone."""
    try:
        for line in (PROC / str(pid) / file).read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return 0
