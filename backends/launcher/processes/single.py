"""One node in a process of its own, watched over by this one.

The watcher outlives a node that the system kills, and tells MLMD.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import Optional

from tfxc.backends.launcher.processes import children, outcome, warm
from tfxc.backends.launcher.processes.children import Child, Ended
from tfxc.backends.launcher.protocol.messages import LaunchError, NodeResult, RunContext, RunSummary
from tfxc.schemas.failures import Failure

STOP_GRACE = 10.0
"""Seconds that a node gets to stop by itself."""


def run_single(
    context: RunContext, node: str, threads: Optional[int], timeout: Optional[float]
) -> tuple[NodeResult, Optional[RunSummary]]:
    """Imports TFX, runs one node in a child, and returns how it ended and what it found out.

    SIGTERM and SIGINT stop the node. The summary is None if the node did not end well. Raises
    Failure if TFX cannot be imported.
    """
    try:
        warm.import_tfx_silently()
    except ImportError as error:
        raise Failure(warm.cannot_import(error)) from None
    from tfxc.backends.launcher.processes import work

    child, ended = _watch(lambda: work.answer_single(context, node, threads), timeout)
    seconds = time.monotonic() - child.started
    result, settled = outcome.node_result(node, ended, child.stopped, timeout, seconds)
    if not settled and ended.answer[:1] != b"-":
        reason = result.error.message if result.error is not None else "stopped"
        _watch(lambda: work.answer_single_settle(context, node, reason), STOP_GRACE)
    if result.state not in ("succeeded", "cached"):
        return result, None
    _, told = _watch(lambda: work.answer_single_summary(context, node), None)
    answer = outcome.answer_of(told)
    summary = None if isinstance(answer, LaunchError) else RunSummary.model_validate_json(answer)
    return result, summary


def _watch(work: Callable[[], bytes], timeout: Optional[float]) -> tuple[Child, Ended]:
    """Forks a child and waits for its end, passing on signals and keeping the time limit."""
    wake_read, wake_write = os.pipe()
    for descriptor in (wake_read, wake_write):
        os.set_blocking(descriptor, False)
    child = children.fork(work, None, (wake_read, wake_write), time.monotonic())
    if timeout is not None:
        child.deadline = child.started + timeout

    def stop(_number: int, _frame: Optional[FrameType]) -> None:
        child.stopped = child.stopped or "cancelled"
        child.kill_at = child.kill_at or time.monotonic() + STOP_GRACE
        children.terminate(child)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    before[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    try:
        while True:
            ended = children.reap(child)
            if ended is not None:
                return child, ended
            _wait(child, wake_read)
    finally:
        signal.set_wakeup_fd(-1)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(wake_read)
        os.close(wake_write)


def _wait(child: Child, wake: int) -> None:
    """Waits until the child has written something, a signal came or a time limit is over."""
    moments = [moment for moment in (child.deadline, child.kill_at) if moment is not None]
    patience = max(0.0, min(moments) - time.monotonic()) if moments else None
    watched = [wake] if child.answer_done else [wake, child.answer_fd]
    readable, _, _ = select.select(watched, [], [], patience)
    if wake in readable:
        os.read(wake, 4096)
    if child.answer_fd in readable:
        child.answer_done = children.read_answer(child)
    now = time.monotonic()
    if child.deadline is not None and now >= child.deadline:
        child.deadline = None
        child.stopped = child.stopped or "timed_out"
        child.kill_at = now + STOP_GRACE
        children.terminate(child)
    if child.kill_at is not None and now >= child.kill_at:
        child.kill_at = None
        children.kill(child)
