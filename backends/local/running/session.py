"""Carries out what the scheduler decides: starts nodes, hears how they ended, stops them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tfxc.backends.launcher.protocol.client import LauncherUnavailable
from tfxc.backends.launcher.protocol.conversation import Conversation
from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import (
    CancelRequest,
    ErrorReply,
    FinalState,
    FinishedReply,
    NodeRequest,
    NodeResult,
    Reply,
)
from tfxc.backends.local.planning.scheduler import STOPPED, Cancel, Outcome, Scheduler, Settle, Start
from tfxc.backends.metadata.events import Kind
from tfxc.backends.metadata.run_folder import RunFolder
from tfxc.backends.reports.states import FAILED

CONDITION_FALSE = "its condition is false"
GRACE = 10.0
"""Seconds that a node gets to end by itself after the first signal."""
READ_SKIPPED = "what it reads from was skipped"


class Emit(Protocol):
    """Writes an event of the run."""

    def __call__(self, event: Kind, **fields: Any) -> None: ...


@dataclass(frozen=True)
class Attempt:
    """An attempt that was started."""

    node: str
    number: int
    request: int
    started: float


@dataclass(frozen=True)
class Policy:
    """What the session must know of a node beside the scheduler's tasks."""

    timeout: float | None
    attempts: int
    conditional: bool
    on_exit: bool = False


@dataclass
class Session:
    """Runs the nodes of one opened run."""

    conversation: Conversation
    scheduler: Scheduler
    policies: Mapping[str, Policy]
    folder: RunFolder
    emit: Emit
    run_id: str
    explain: Callable[[LaunchError], LaunchError] = lambda error: error
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        self._running: dict[int, Attempt] = {}
        self._failures: dict[str, LaunchError] = {}
        self._stops = 0

    def run(self) -> None:
        """Returns when every node is over.

        One signal stops the run as the scheduler does, a second one kills what still runs. Raises
        LauncherUnavailable if the launcher has ended by itself, or at a third signal.
        """
        wake = self._carry_out()
        while not self.scheduler.over:
            for reply in self.conversation.wait(wake):
                self._hear(reply)
            self._obey_signals()
            wake = self._carry_out()

    def _carry_out(self) -> float | None:
        """Does what is to be done now, and returns when there is more to do even if nothing happens."""
        now = self.clock()
        decisions = self.scheduler.decide(now)
        for decision in decisions:  # first what cannot fail, so that none of it is lost
            if isinstance(decision, Settle):
                self._settled(decision)
        for decision in decisions:
            if isinstance(decision, Start):
                self._start(decision)
            elif isinstance(decision, Cancel):
                self._cancel(decision.node)
        return self.scheduler.next_wake(now)

    def _start(self, start: Start) -> None:
        log = self.folder.next_log(start.node)
        request = self.conversation.next_id()
        self._running[request] = Attempt(start.node, start.attempt, request, self.clock())
        policy = self.policies[start.node]
        self.emit(
            "node_started",
            node=start.node,
            attempt=start.attempt,
            attempts=policy.attempts,
            threads=start.threads,
            log=str(log),
        )
        self.conversation.send(
            NodeRequest(
                id=request,
                run_id=self.run_id,
                node=start.node,
                log=str(log),
                threads=start.threads,
                timeout=policy.timeout,
                final_state=self._final_state() if policy.on_exit else None,
            )
        )

    def _final_state(self) -> FinalState:
        """Returns how the nodes before the on-exit node ended, which all have."""
        failed = any(state in FAILED for state in self.scheduler.states.values())
        return "failed" if failed else "succeeded"

    def _settled(self, settle: Settle) -> None:
        error = self._failures.get(settle.node) if settle.state == "failed" else None
        self.emit("node_finished", node=settle.node, state=settle.state, reason=settle.reason, error=error)

    def _cancel(self, node: str) -> None:
        grace = GRACE if self._stops < 2 else 0.0
        for attempt in self._running.values():
            if attempt.node == node:
                request = self.conversation.next_id()
                self.conversation.send(CancelRequest(id=request, target=attempt.request, grace=grace))

    def _obey_signals(self) -> None:
        for _ in range(self.conversation.new_interrupts()):
            self._stops += 1
            self.emit("run_stopping", reason="" if self._stops == 1 else "at once")
            self.scheduler.stop(on_exit=self._stops == 1)
            if self._stops == 2:
                for attempt in self._running.values():
                    self._cancel(attempt.node)
            elif self._stops > 2:
                raise LauncherUnavailable(STOPPED)

    def _hear(self, reply: Reply) -> None:
        attempt = self._running.get(reply.id)
        if attempt is None:
            return
        if isinstance(reply, FinishedReply):
            self._finished(attempt, reply.result)
        elif isinstance(reply, ErrorReply):
            seconds = self.clock() - attempt.started
            self._finished(
                attempt, NodeResult(node=attempt.node, state="failed", seconds=seconds, error=reply.error)
            )

    def _finished(self, attempt: Attempt, result: NodeResult, retry: bool = True) -> None:
        del self._running[attempt.request]
        if result.error is not None:
            result = result.model_copy(update={"error": self.explain(result.error)})
        outcome = self._outcome(result)
        now = self.clock()
        state = self.scheduler.finish(attempt.node, outcome, now, retry=retry)
        if outcome == "failed" and result.error is not None:
            self._failures[attempt.node] = result.error
        self.emit(
            "node_retrying" if state == "retrying" else "node_finished",
            node=attempt.node,
            attempt=attempt.number,
            attempts=self.policies[attempt.node].attempts,
            state=state,
            reason=self._reason(result, outcome),
            seconds=round(result.seconds, 3),
            wait=round(self.scheduler.due(attempt.node) - now, 3) if state == "retrying" else None,
            peak_memory=result.peak_memory,
            execution_id=result.execution_id,
            artifacts=result.artifacts,
            error=result.error if outcome in ("failed", "cancelled") else None,
        )

    def _outcome(self, result: NodeResult) -> Outcome:
        if result.state == "timed_out" or (result.state == "cancelled" and not self._stops):
            return "failed"  # nobody here asked for it: a stranger's kill is a failure like any other
        return result.state

    def _reason(self, result: NodeResult, outcome: Outcome) -> str:
        if outcome == "cancelled":
            return STOPPED
        if outcome == "skipped":
            return CONDITION_FALSE if self.policies[result.node].conditional else READ_SKIPPED
        return result.error.message if outcome == "failed" and result.error is not None else ""

    def give_up(self, why: str) -> None:
        """Settles every node without the launcher: what ran has failed, what waited is not run."""
        now = self.clock()
        started = {attempt.node: attempt for attempt in self._running.values()}
        for node, state in self.scheduler.states.items():
            if state == "running":
                attempt = started.get(node) or Attempt(node, self.scheduler.attempts(node), 0, now)
                self._running[attempt.request] = attempt
                result = NodeResult(
                    node=node,
                    state="cancelled" if self._stops else "failed",
                    seconds=now - attempt.started,
                    error=LaunchError(message=f"`{node}` did not end by itself: {why}."),
                )
                self._finished(attempt, result, retry=False)
        self.scheduler.stop(on_exit=False, reason=why)
        for decision in self.scheduler.decide(now):
            if isinstance(decision, Settle):
                self._settled(decision)
