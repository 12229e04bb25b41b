"""Many specs at once: forked processes, which have everything imported that checking needs.

A process that dies loses the spec that it was at and no other. When this process ends, however it does, those
that it started end too: they find that nobody reads what they write.
"""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Optional

from tfxc.compiler.validation.results import SpecResult

MANY = 8
"""Fewer specs than this are checked before processes have started."""

Check = Callable[[Path], SpecResult]
Lost = Callable[[Path, str], SpecResult]


def check_all(check: Check, lost: Lost, paths: Sequence[Path], jobs: Optional[int]) -> list[SpecResult]:
    """Returns the results of specs in the order of ``paths``.

    ``jobs`` is how many processes check them, None for as many as there are cores, if there are many specs.
    ``lost`` makes the result of a spec whose process died.
    """
    wanted = jobs if jobs is not None else (_cores() if len(paths) >= MANY else 1)
    first = [check(path) for path in paths[:1]]  # imports what checking needs, once for all
    rest = paths[1:]
    if min(wanted, len(rest)) < 2 or "fork" not in get_all_start_methods():
        if len(rest) >= MANY:
            gc.freeze()
            gc.enable()  # what one command leaves lying about would add up
        return first + [check(path) for path in rest]
    return first + _forked(check, lost, rest, min(wanted, len(rest)))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _forked(check: Check, lost: Lost, paths: Sequence[Path], jobs: int) -> list[SpecResult]:
    results: dict[int, SpecResult] = {}
    waiting = deque(range(len(paths)))
    at: dict[Connection, tuple[ForkProcess, int]] = {}

    def give(connection: Connection, process: ForkProcess) -> None:
        index = waiting.popleft()
        try:
            connection.send(paths[index])
            at[connection] = process, index
        except OSError:  # it died between two specs
            waiting.appendleft(index)

    started: list[ForkProcess] = []
    gc.freeze()  # the collector of a child would copy every page that it looks at
    try:
        while waiting or at:
            while waiting and len(at) < jobs:
                connection, process = _started(check)
                started.append(process)
                give(connection, process)
            ready = {id(each) for each in wait(list(at))}
            for connection in [each for each in at if id(each) in ready]:
                process, index = at.pop(connection)
                try:
                    results[index] = connection.recv()
                except (EOFError, OSError):
                    process.join()
                    results[index] = lost(paths[index], _ending(process.exitcode))
                    connection.close()
                    continue
                if waiting:
                    give(connection, process)
                else:
                    connection.close()
    finally:
        for process, _ in at.values():
            process.terminate()
        for process in started:
            process.join()  # those that have nothing more to do end by themselves
    return [results[index] for index in range(len(paths))]


def _started(check: Check) -> tuple[Connection, ForkProcess]:
    context = get_context("fork")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(check, theirs, ours), daemon=True)
    process.start()
    theirs.close()
    return ours, process


def _work(check: Check, connection: Connection, other_end: Connection) -> None:
    """Checks what it is given until there is no more, or nobody there."""
    other_end.close()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches every process: no traceback of each
    gc.enable()
    while True:
        try:
            path = connection.recv()
        except (EOFError, OSError):
            return
        result = check(path)
        try:
            connection.send(result)
        except OSError:
            return


def _ending(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return f"its process was ended by {signal.Signals(-exit_code).name}"
    return "its process ended"
