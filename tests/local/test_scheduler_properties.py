"""The scheduler's guarantees G1 to G12 on random graphs, outcomes and orders of events."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from tfxc.backends.local.planning.scheduler import (
    Cancel,
    Decision,
    Outcome,
    Scheduler,
    Settle,
    Start,
    State,
)
from tfxc.backends.local.planning.tasks import Limits, Task
from tfxc.backends.reports.states import FAILED, FINAL, GOOD


@dataclass(frozen=True)
class Case:
    """A graph, the outcome of each attempt of each node, limits, and whether the run is stopped."""

    tasks: tuple[Task, ...]
    outcomes: dict[str, tuple[Outcome, ...]]
    limits: Limits
    stop_after: int | None = None
    stop_twice: bool = False


@dataclass
class Trace:
    """What happened in a simulated run."""

    starts: list[tuple[float, Start]] = field(default_factory=list)
    settles: list[Settle] = field(default_factory=list)
    cancels: list[str] = field(default_factory=list)
    ends: dict[tuple[str, int], float] = field(default_factory=dict)
    decisions: list[list[Decision]] = field(default_factory=list)
    stopped_at: int | None = None
    final: dict[str, State] = field(default_factory=dict)


@st.composite
def cases(draw: st.DrawFn, *, stops: bool = False) -> Case:
    size = draw(st.integers(1, 12))
    tasks = []
    for position in range(size):
        upstream = draw(st.sets(st.integers(0, position - 1), max_size=3)) if position else set()
        tasks.append(
            Task(
                f"n{position}",
                tuple(f"n{index}" for index in sorted(upstream)),
                any_outcome=draw(st.booleans()) and draw(st.booleans()),
                retries=draw(st.integers(0, 2)),
                retry_delay=draw(st.sampled_from([0.0, 1.0, 30.0])),
                exponential_backoff=draw(st.booleans()),
                cores=draw(st.sampled_from([None, None, 1, 2, 9])),
                memory=draw(st.sampled_from([0, 0, 3, 7, 100])),
                accelerator=draw(st.integers(0, 4)) == 0,
                light=draw(st.booleans()),
                height=draw(st.integers(1, 5)),
            )
        )
    if draw(st.booleans()):
        tasks.insert(draw(st.integers(0, size)), Task("exit", on_exit=True, retries=draw(st.integers(0, 1))))
    outcome = st.sampled_from(["succeeded", "succeeded", "cached", "failed", "failed", "skipped"])
    outcomes = {t.node: tuple(draw(st.lists(outcome, min_size=3, max_size=3))) for t in tasks}
    limits = Limits(draw(st.integers(1, 4)), draw(st.integers(1, 6)), 10)
    stop_after = draw(st.integers(0, size)) if stops else None
    return Case(tuple(tasks), outcomes, limits, stop_after, stops and draw(st.booleans()))  # type: ignore[arg-type]


def simulate(case: Case, seed: int) -> Trace:
    """Runs a case to its end; `seed` decides in which order running nodes end."""
    chance = random.Random(seed)
    scheduler = Scheduler(case.tasks, case.limits)
    trace, now, running, ended = Trace(), 0.0, list[Start](), 0
    while not scheduler.over:
        if case.stop_after is not None and ended >= case.stop_after and trace.stopped_at is None:
            trace.stopped_at = len(trace.starts)
            scheduler.stop()
            if case.stop_twice:
                scheduler.stop(on_exit=False)
        decisions = scheduler.decide(now)
        trace.decisions.append(decisions)
        for decision in decisions:
            if isinstance(decision, Start):
                trace.starts.append((now, decision))
                running.append(decision)
            elif isinstance(decision, Settle):
                trace.settles.append(decision)
            else:
                assert isinstance(decision, Cancel)
                trace.cancels.append(decision.node)
        check_limits(case, running)
        if running:
            start = running.pop(chance.randrange(len(running)))
            now += chance.random()
            outcome = case.outcomes[start.node][start.attempt - 1]
            if start.node in trace.cancels:
                outcome = "cancelled"
            trace.ends[start.node, start.attempt] = now
            scheduler.finish(start.node, outcome, now)
            ended += 1
        elif not scheduler.over:
            wake = scheduler.next_wake(now)
            assert wake is not None, "a deadlock (G4)"
            assert wake > now
            now = wake
    assert scheduler.decide(now) == []
    trace.final = scheduler.states
    return trace


def check_limits(case: Case, running: list[Start]) -> None:
    """G2 and G12."""
    tasks = {task.node: task for task in case.tasks}
    used = [tasks[start.node] for start in running]
    assert sum(min(task.cores or 1, case.limits.jobs) for task in used) <= case.limits.jobs
    assert sum(min(task.memory, case.limits.memory) for task in used) <= case.limits.memory
    assert sum(task.accelerator for task in used) <= 1
    for start in running:
        cap = tasks[start.node].cores or case.limits.cores
        assert 1 <= start.threads <= min(cap, case.limits.cores)


@given(cases(), st.integers(0, 2**32))
def test_nodes_start_only_when_those_above_are_over(case: Case, seed: int) -> None:
    trace = simulate(case, seed)
    last_end: dict[str, float] = {}
    for (node, _), end in trace.ends.items():
        last_end[node] = max(end, last_end.get(node, 0.0))
    for at, start in trace.starts:
        task = next(task for task in case.tasks if task.node == start.node)
        for upstream in task.upstream:
            assert last_end.get(upstream, 0.0) <= at
            assert trace.final[upstream] in FINAL
            if not task.any_outcome:
                assert trace.final[upstream] in GOOD  # G1


@given(cases(), st.integers(0, 2**32))
def test_every_node_ends_once(case: Case, seed: int) -> None:
    trace = simulate(case, seed)
    assert set(trace.final) == {task.node for task in case.tasks}
    settled = [settle.node for settle in trace.settles]
    assert len(settled) == len(set(settled))
    assert not set(settled) & {start.node for _, start in trace.starts}  # G3
    assert set(settled) | {start.node for _, start in trace.starts} == set(trace.final)


@given(cases(), st.integers(0, 2**32))
def test_attempts_and_delays(case: Case, seed: int) -> None:
    trace = simulate(case, seed)
    tasks = {task.node: task for task in case.tasks}
    for at, start in trace.starts:
        assert start.attempt <= tasks[start.node].retries + 1
        if start.attempt > 1:
            assert case.outcomes[start.node][start.attempt - 2] == "failed"
            wait = tasks[start.node].wait_before(start.attempt - 1)
            assert at >= trace.ends[start.node, start.attempt - 1] + wait  # G5


@given(cases(), st.integers(0, 2**32), st.integers(0, 2**32))
def test_final_states_do_not_depend_on_timing(case: Case, one: int, other: int) -> None:
    first, second = simulate(case, one), simulate(case, other)
    assert first.final == second.final
    assert sorted(map(str, first.settles)) == sorted(map(str, second.settles))  # G6
    alone = replace(case, limits=Limits(1, 1, 0))
    assert simulate(alone, one).final == first.final


@given(cases(), st.integers(0, 2**32))
def test_what_is_not_run_or_skipped_follows_from_above(case: Case, seed: int) -> None:
    trace = simulate(case, seed)
    for task in case.tasks:
        if task.on_exit or task.any_outcome:
            assert trace.final[task.node] != "not_run"  # G7, G8
            continue
        above = {trace.final[upstream] for upstream in task.upstream}
        if above & FAILED:
            assert trace.final[task.node] == "not_run"
        elif "skipped" in above:
            assert trace.final[task.node] == "skipped"
        else:
            assert any(start.node == task.node for _, start in trace.starts)


@given(cases(), st.integers(0, 2**32))
def test_the_exit_node_is_last(case: Case, seed: int) -> None:
    trace = simulate(case, seed)
    if any(task.on_exit for task in case.tasks):
        first = next(index for index, (_, start) in enumerate(trace.starts) if start.node == "exit")
        assert all(start.node == "exit" for _, start in trace.starts[first:])
        assert all(
            node == "exit" or end <= trace.starts[first][0] for (node, _), end in trace.ends.items()
        )  # G8


@given(cases(stops=True), st.integers(0, 2**32))
def test_stopping(case: Case, seed: int) -> None:
    trace = simulate(case, seed)
    assert len(trace.cancels) == len(set(trace.cancels))
    if trace.stopped_at is not None:
        late = [start.node for _, start in trace.starts[trace.stopped_at :]]
        assert set(late) <= ({"exit"} if not case.stop_twice else set())  # G9


@given(cases(stops=True), st.integers(0, 2**32))
def test_the_same_calls_give_the_same_decisions(case: Case, seed: int) -> None:
    assert simulate(case, seed).decisions == simulate(case, seed).decisions  # G10


@settings(max_examples=50)
@given(cases(), st.integers(0, 2**32))
def test_no_ready_node_is_overtaken(case: Case, seed: int) -> None:
    """G11: of the nodes without upstream, those that start first are a prefix of the priority order."""
    order = {task.node: position for position, task in enumerate(case.tasks)}
    sources = [task for task in case.tasks if not task.upstream and not task.on_exit]
    sources.sort(key=lambda task: (-task.height, order[task.node]))
    first = [d.node for d in Scheduler(case.tasks, case.limits).decide(0.0) if isinstance(d, Start)]
    assert first == [task.node for task in sources[: len(first)]]
    assert first
