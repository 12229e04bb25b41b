"""Decides which node runs when. Pure: no clock, no files, no processes, no TFX.

The caller tells the scheduler what happened (`Scheduler.finish`, `Scheduler.stop`) and asks what to
do (`Scheduler.decide`). What it guarantees, whatever the graph and the outcomes:

G1   A node starts only when all its upstream nodes are over; with ALL_UPSTREAM_NODES_SUCCEEDED (the
     default) only when each of them succeeded or was cached.
G2   The nodes that run at a time take at most ``limits.jobs`` places and ``limits.memory`` bytes, and
     at most one of them uses accelerators. A node takes as many places as it asks for cores (one, if
     it asks for none), but never more than there are: a node too large for the limits runs alone.
G3   Every node ends in exactly one final state, and never leaves it.
G4   There is no deadlock: until the run is over something runs, or is started by the next `decide`,
     or `next_wake` says when a retry is due.
G5   A node is tried at most ``retries`` + 1 times. Only a failed attempt is tried again, and not
     before ``retry_delay`` seconds have passed (doubled for each further retry, up to an hour, with
     exponential backoff).
G6   The final states follow from the outcomes of the attempts alone: in which order nodes happened
     to end changes nothing (unless the run is stopped).
G7   A node that needs success is not run if a node above it failed or was itself not run, else it is
     skipped if a node above it was skipped. The reason names the node where this began.
G8   The on-exit node starts once, after all others are over, whatever became of them.
G9   After `stop` no node starts but the on-exit node, and each running node is cancelled once; after
     `stop` with ``on_exit`` False the on-exit node does not start either.
G10  The same calls give the same decisions.
G11  No ready node is overtaken: one starts only if every ready node that stands before it starts too.
     First come the nodes with the longest path below them, then those earlier in the Plan.
G12  Each node gets at least one thread and at most the cores of the machine. Nodes with thread pools
     that start when k of them run in all get their k-th part of the cores each, rounded up; a node
     that asks for cores gets no more than those.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Union

from tfxc.backends.local.planning.tasks import Limits, Task
from tfxc.backends.reports.states import FAILED, FINAL

State = Literal[
    "waiting", "running", "retrying", "succeeded", "cached", "skipped", "failed", "cancelled", "not_run"
]
Outcome = Literal["succeeded", "cached", "skipped", "failed", "cancelled"]
"""How one attempt ended; an attempt that took too long has failed."""

STOPPED = "the run was stopped"


@dataclass(frozen=True)
class Start:
    """Start this attempt (from 1) of the node, with thread pools of at most ``threads``."""

    node: str
    attempt: int
    threads: int


@dataclass(frozen=True)
class Cancel:
    """Stop the running attempt of the node."""

    node: str


@dataclass(frozen=True)
class Settle:
    """The node is over without having been started (again)."""

    node: str
    state: State
    reason: str


Decision = Union[Start, Cancel, Settle]


@dataclass
class _Status:
    state: State = "waiting"
    attempts: int = 0
    due: float = 0.0
    cause: str = ""
    cancelling: bool = False


class Scheduler:
    """The states of one run's nodes, and the decisions that follow from them.

    ``tasks`` are in topological order. ``finished`` holds nodes that an earlier part of the same run
    has finished well: they are cached from the start. Times are seconds of any clock that only goes
    forward. Raises ValueError for tasks that no order can satisfy, and for calls that contradict
    what the scheduler decided.
    """

    def __init__(self, tasks: Sequence[Task], limits: Limits, finished: Iterable[str] = ()) -> None:
        _require_order(tasks)
        self._tasks: Mapping[str, Task] = {task.node: task for task in tasks}
        self._limits = limits
        self._places = max(1, limits.jobs)
        self._status = {task.node: _Status() for task in tasks}
        self._decisions: list[Decision] = []
        self._stopped = False
        done = set(finished)
        for node, status in self._status.items():
            if node in done:
                status.state = "cached"

    @property
    def over(self) -> bool:
        """Whether every node is in a final state."""
        return all(status.state in FINAL for status in self._status.values())

    @property
    def states(self) -> dict[str, State]:
        """The state of every node, in the Plan's order."""
        return {node: status.state for node, status in self._status.items()}

    def attempts(self, node: str) -> int:
        """Returns how many attempts of the node have been started."""
        return self._status[node].attempts

    def due(self, node: str) -> float:
        """Returns when the next attempt of a node that waits for a retry is due."""
        return self._status[node].due

    def next_wake(self, now: float) -> float | None:
        """Returns the time after ``now`` at which the next retry is due, or None if none is.

        A retry that was due at ``now`` and not started by `decide` waits for a place, not for time.
        """
        times = (s.due for s in self._status.values() if s.state == "retrying" and s.due > now)
        return min(times, default=None)

    def decide(self, now: float) -> list[Decision]:
        """Returns what to do at this time; the caller does it. An empty list means: wait."""
        self._settle_blocked()
        self._start_ready(now)
        decisions, self._decisions = self._decisions, []
        return decisions

    def finish(self, node: str, outcome: Outcome, now: float, *, retry: bool = True) -> State:
        """Notes how a started attempt ended and returns the node's state after it.

        ``retry`` False gives up the node's remaining attempts.
        """
        task, status = self._tasks[node], self._status[node]
        if status.state != "running":
            raise ValueError(f"{node} is {status.state}, so no attempt of it can end")
        if outcome == "failed" and retry and not self._stopped and status.attempts <= task.retries:
            status.state, status.due = "retrying", now + task.wait_before(status.attempts)
        else:
            status.state, status.cause = outcome, node
        return status.state

    def stop(self, *, on_exit: bool = True, reason: str = STOPPED) -> None:
        """Ends the run early: what runs is cancelled, what waits is not run (see G9)."""
        for node, status in self._status.items():
            is_exit = self._tasks[node].on_exit
            if status.state == "running" and not (
                status.cancelling or (is_exit and on_exit and self._stopped)
            ):
                status.cancelling = True
                self._decisions.append(Cancel(node))
            elif status.state == "retrying":
                self._settle(node, "failed", node, f"not tried again: {reason}")
            elif status.state == "waiting" and not (is_exit and on_exit):
                self._settle(node, "not_run", node, reason)
        self._stopped = True

    def _settle_blocked(self) -> None:
        for node, task in self._tasks.items():  # in topological order, so one pass reaches all
            if self._status[node].state != "waiting" or task.on_exit or task.any_outcome:
                continue
            above = [self._status[upstream] for upstream in task.upstream]
            if not all(status.state in FINAL for status in above):
                continue
            skipped = [status.cause for status in above if status.state == "skipped"]
            failed = [status.cause for status in above if status.state in FAILED]
            if failed:
                fate = "was cancelled" if self._status[failed[0]].state == "cancelled" else "failed"
                self._settle(node, "not_run", failed[0], f"`{failed[0]}` {fate}")
            elif skipped and not (task.without_skipped and len(skipped) < len(above)):
                self._settle(node, "skipped", skipped[0], f"`{skipped[0]}` was skipped")

    def _settle(self, node: str, state: State, cause: str, reason: str) -> None:
        self._status[node].state, self._status[node].cause = state, cause
        self._decisions.append(Settle(node, state, reason))

    def _is_ready(self, node: str, now: float) -> bool:
        task, status = self._tasks[node], self._status[node]
        if status.state == "retrying":
            return status.due <= now
        if status.state != "waiting":
            return False
        if task.on_exit:
            return all(s.state in FINAL for other, s in self._status.items() if other != node)
        return all(self._status[upstream].state in FINAL for upstream in task.upstream)

    def _start_ready(self, now: float) -> None:
        order = {node: position for position, node in enumerate(self._tasks)}
        ready = [task for node, task in self._tasks.items() if self._is_ready(node, now)]
        ready.sort(key=lambda task: (-task.height, order[task.node]))
        running = [self._tasks[node] for node, s in self._status.items() if s.state == "running"]
        starting: list[Task] = []
        for task in ready:
            if not self._fits(task, [*running, *starting]):
                break
            starting.append(task)
        sharing = sum(1 for task in (*running, *starting) if not task.light)
        for task in starting:
            status = self._status[task.node]
            status.state, status.attempts = "running", status.attempts + 1
            self._decisions.append(Start(task.node, status.attempts, self._threads(task, sharing)))

    def _fits(self, task: Task, running: Sequence[Task]) -> bool:
        places = sum(self._places_of(other) for other in running) + self._places_of(task)
        memory = sum(self._memory_of(other) for other in running) + self._memory_of(task)
        return (
            places <= self._places
            and memory <= self._limits.memory
            and not (task.accelerator and any(other.accelerator for other in running))
        )

    def _places_of(self, task: Task) -> int:
        return min(task.cores or 1, self._places)

    def _memory_of(self, task: Task) -> int:
        return min(task.memory, self._limits.memory)

    def _threads(self, task: Task, sharing: int) -> int:
        cores = max(1, self._limits.cores)
        share = math.ceil(cores / max(1, sharing))
        return min(cores, task.cores if task.cores is not None else share)


def _require_order(tasks: Sequence[Task]) -> None:
    seen: set[str] = set()
    exits = {task.node for task in tasks if task.on_exit}
    for task in tasks:
        if task.node in seen:
            raise ValueError(f"there are two nodes called {task.node}")
        if not task.on_exit and (late := [name for name in task.upstream if name not in seen]):
            raise ValueError(f"{task.node} stands before {late[0]}, which it needs")
        if not task.on_exit and (waits := exits.intersection(task.upstream)):
            raise ValueError(f"{task.node} needs the on-exit node {min(waits)}, which runs last")
        seen.add(task.node)
    if len(exits) > 1:
        raise ValueError(f"there is more than one on-exit node: {', '.join(sorted(exits))}")
