"""One node in a process of its own, watched over by this one.

The watcher outlives a node that the system kills, and tells MLMD.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Optional

from tfxc.backends.launcher.processes import outcome, warm
from tfxc.backends.launcher.processes.children import Child, Ended
from tfxc.backends.launcher.processes.supervisor import Supervisor
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import ContainerPhase, NodeResult, RunContext
from tfxc.backends.launcher.protocol.summaries import RunSummary
from tfxc.schemas.failures import Failure

STOP_GRACE = 10.0
"""Seconds that a node gets to stop by itself."""


def run_single(
    context: RunContext,
    node: str,
    threads: Optional[int],
    timeout: Optional[float],
    phase: Optional[ContainerPhase] = None,
) -> tuple[NodeResult, Optional[RunSummary]]:
    """Imports TFX, runs one node in a child, and returns how it ended and what it found out.

    Of a container that somebody else starts only its ``phase`` is run. SIGTERM and SIGINT stop the node.
    The summary is None if the node did not end well. Raises Failure if TFX cannot be imported.
    """
    try:
        warm.import_tfx_silently()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with an environment
        raise Failure(warm.cannot_import(error)) from None
    from tfxc.backends.launcher.processes import work

    child, ended = _watch(lambda: work.answer_single(context, node, threads, phase), timeout)
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
    endings: list[Ended] = []
    with Supervisor([signal.SIGTERM, signal.SIGINT]) as supervisor:
        child = supervisor.start(work, None, lambda _, ended: endings.append(ended), timeout=timeout)
        while not endings:
            if supervisor.turn():
                supervisor.stop(child, "cancelled", STOP_GRACE)
    return child, endings[0]
