"""The scheduler's decisions on small graphs; G1 to G12 are the guarantees in its docstring."""

from __future__ import annotations

import pytest

from tfxc.backends.local.planning.scheduler import Cancel, Decision, Scheduler, Settle, Start
from tfxc.backends.local.planning.tasks import LONGEST_BACKOFF, Limits, Task

ROOMY = Limits(jobs=8, cores=8, memory=2**40)


def chain(*nodes: str) -> list[Task]:
    tasks = []
    for position, node in enumerate(nodes):
        upstream = (nodes[position - 1],) if position else ()
        tasks.append(Task(node, upstream, height=len(nodes) - position))
    return tasks


def started(decisions: list[Decision]) -> list[str]:
    return [decision.node for decision in decisions if isinstance(decision, Start)]


def settled(decisions: list[Decision]) -> dict[str, tuple[str, str]]:
    return {d.node: (d.state, d.reason) for d in decisions if isinstance(d, Settle)}


def test_a_chain_runs_one_after_the_other() -> None:
    scheduler = Scheduler(chain("a", "b", "c"), ROOMY)
    for node in "abc":
        assert started(scheduler.decide(0)) == [node]
        assert scheduler.decide(0) == []  # waits (G1)
        scheduler.finish(node, "succeeded", 1)
    assert scheduler.over
    assert scheduler.states == dict.fromkeys("abc", "succeeded")


def test_independent_branches_finish_after_a_failure() -> None:
    tasks = [Task("source"), Task("bad", ("source",)), Task("good", ("source",)), Task("after", ("bad",))]
    scheduler = Scheduler(tasks, ROOMY)
    scheduler.decide(0)
    scheduler.finish("source", "cached", 0)
    assert started(scheduler.decide(0)) == ["bad", "good"]
    scheduler.finish("bad", "failed", 1)
    assert settled(scheduler.decide(1)) == {"after": ("not_run", "`bad` failed")}
    assert not scheduler.over
    scheduler.finish("good", "succeeded", 2)
    assert scheduler.over
    assert scheduler.states["good"] == "succeeded"


def test_the_reason_names_where_it_began() -> None:
    scheduler = Scheduler(chain("trainer", "evaluator", "pusher"), ROOMY)
    scheduler.decide(0)
    scheduler.finish("trainer", "failed", 0)
    assert settled(scheduler.decide(0)) == {
        "evaluator": ("not_run", "`trainer` failed"),
        "pusher": ("not_run", "`trainer` failed"),
    }  # G7


def test_what_reads_from_a_skipped_node_is_skipped() -> None:
    scheduler = Scheduler(chain("trainer", "pusher", "announcer", "archiver"), ROOMY)
    scheduler.decide(0)
    scheduler.finish("trainer", "succeeded", 0)
    scheduler.decide(0)
    scheduler.finish("pusher", "skipped", 0)
    assert settled(scheduler.decide(0)) == {
        "announcer": ("skipped", "`pusher` was skipped"),
        "archiver": ("skipped", "`pusher` was skipped"),
    }


@pytest.mark.parametrize("first", ["bad", "no"])
def test_a_failure_outweighs_a_skip_whichever_ends_first(first: str) -> None:
    tasks = [Task("bad"), Task("no"), Task("end", ("no", "bad"))]
    scheduler = Scheduler(tasks, ROOMY)
    scheduler.decide(0)
    outcomes = {"bad": "failed", "no": "skipped"}
    for node in [first, *({"bad", "no"} - {first})]:
        assert settled(scheduler.decide(0)) == {}
        scheduler.finish(node, outcomes[node], 0)  # type: ignore[arg-type]
    assert settled(scheduler.decide(0)) == {"end": ("not_run", "`bad` failed")}  # G6, G7


def test_a_node_that_takes_any_outcome_starts_after_failures_and_skips() -> None:
    tasks = [Task("bad"), Task("below", ("bad",)), Task("report", ("bad", "below"), any_outcome=True)]
    scheduler = Scheduler(tasks, ROOMY)
    scheduler.decide(0)
    scheduler.finish("bad", "failed", 0)
    assert started(scheduler.decide(0)) == ["report"]
    assert scheduler.states["below"] == "not_run"


def test_a_failed_attempt_is_tried_again_after_its_delay() -> None:
    scheduler = Scheduler([Task("a", retries=2, retry_delay=30)], ROOMY)
    assert scheduler.decide(0) == [Start("a", 1, 8)]
    assert scheduler.finish("a", "failed", 10) == "retrying"
    assert scheduler.next_wake(10) == 40
    assert scheduler.decide(39.9) == []
    assert scheduler.decide(40) == [Start("a", 2, 8)]
    scheduler.finish("a", "failed", 50)
    assert scheduler.decide(80) == [Start("a", 3, 8)]
    assert scheduler.finish("a", "failed", 90) == "failed"  # G5
    assert scheduler.over
    assert scheduler.next_wake(90) is None


def test_exponential_backoff_doubles_up_to_an_hour() -> None:
    task = Task("a", retries=100, retry_delay=10, exponential_backoff=True)
    assert [task.wait_before(retry) for retry in (1, 2, 3, 4)] == [10, 20, 40, 80]
    assert task.wait_before(100) == LONGEST_BACKOFF
    longer = Task("a", retry_delay=7200, exponential_backoff=True)
    assert longer.wait_before(3) == 7200
    assert Task("a", retry_delay=7).wait_before(9) == 7


def test_a_retry_that_waits_holds_no_place() -> None:
    limits = Limits(jobs=1, cores=1, memory=0)
    scheduler = Scheduler([Task("a", retries=1, retry_delay=100), Task("b")], limits)
    assert started(scheduler.decide(0)) == ["a"]
    scheduler.finish("a", "failed", 0)
    assert started(scheduler.decide(0)) == ["b"]
    scheduler.finish("b", "succeeded", 1)
    assert scheduler.decide(1) == []
    assert started(scheduler.decide(100)) == ["a"]


@pytest.mark.parametrize("outcome", ["succeeded", "cached", "skipped", "cancelled"])
def test_only_failures_are_tried_again(outcome: str) -> None:
    scheduler = Scheduler([Task("a", retries=5)], ROOMY)
    scheduler.decide(0)
    assert scheduler.finish("a", outcome, 0) == outcome  # type: ignore[arg-type]


def test_a_caller_can_give_up_the_remaining_attempts() -> None:
    scheduler = Scheduler([Task("a", retries=5)], ROOMY)
    scheduler.decide(0)
    assert scheduler.finish("a", "failed", 0, retry=False) == "failed"


@pytest.mark.parametrize("fate", ["succeeded", "failed", "skipped"])
def test_the_exit_node_runs_last_whatever_became_of_the_others(fate: str) -> None:
    tasks = [Task("clean_up", on_exit=True), Task("a"), Task("b", ("a",))]
    scheduler = Scheduler(tasks, ROOMY)
    assert started(scheduler.decide(0)) == ["a"]
    scheduler.finish("a", fate, 0)  # type: ignore[arg-type]
    if fate == "succeeded":
        assert started(scheduler.decide(0)) == ["b"]
        scheduler.finish("b", "succeeded", 0)
    assert started(scheduler.decide(0)) == ["clean_up"]  # G8
    scheduler.finish("clean_up", "succeeded", 0)
    assert scheduler.over


def test_stopping_cancels_what_runs_and_runs_the_exit_node() -> None:
    tasks = [Task("a"), Task("b"), Task("c", ("a",)), Task("end", on_exit=True)]
    scheduler = Scheduler(tasks, Limits(jobs=1, cores=1, memory=0))
    assert started(scheduler.decide(0)) == ["a"]
    scheduler.stop()
    assert scheduler.decide(0) == [
        Cancel("a"),
        Settle("b", "not_run", "the run was stopped"),
        Settle("c", "not_run", "the run was stopped"),
    ]
    scheduler.stop()
    assert scheduler.decide(0) == []  # cancelled once (G9)
    scheduler.finish("a", "cancelled", 1)
    assert started(scheduler.decide(1)) == ["end"]


def test_stopping_twice_gives_up_the_exit_node_too() -> None:
    scheduler = Scheduler([Task("a"), Task("end", on_exit=True)], ROOMY)
    scheduler.decide(0)
    scheduler.stop()
    scheduler.decide(0)
    scheduler.stop(on_exit=False)
    assert settled(scheduler.decide(0)) == {"end": ("not_run", "the run was stopped")}
    scheduler.finish("a", "cancelled", 1)
    assert scheduler.over


def test_stopping_for_good_cancels_an_exit_node_that_runs() -> None:
    scheduler = Scheduler([Task("a"), Task("end", on_exit=True)], ROOMY)
    scheduler.decide(0)
    scheduler.stop()
    scheduler.decide(0)
    scheduler.finish("a", "cancelled", 1)
    assert started(scheduler.decide(1)) == ["end"]
    scheduler.stop()
    assert scheduler.decide(1) == []
    scheduler.stop(on_exit=False)
    assert scheduler.decide(1) == [Cancel("end")]


def test_a_node_that_waits_for_a_retry_has_failed_when_the_run_is_stopped() -> None:
    scheduler = Scheduler([Task("a", retries=1, retry_delay=60)], ROOMY)
    scheduler.decide(0)
    scheduler.finish("a", "failed", 0)
    scheduler.stop()
    assert settled(scheduler.decide(0)) == {"a": ("failed", "not tried again: the run was stopped")}
    assert scheduler.over


def test_jobs_limits_how_many_run_side_by_side() -> None:
    scheduler = Scheduler([Task(name) for name in "abcde"], Limits(jobs=2, cores=8, memory=0))
    assert started(scheduler.decide(0)) == ["a", "b"]
    scheduler.finish("a", "succeeded", 0)
    assert started(scheduler.decide(0)) == ["c"]


def test_a_node_takes_as_many_places_as_it_asks_for_cores() -> None:
    tasks = [Task("wide", cores=3), Task("a"), Task("b")]
    scheduler = Scheduler(tasks, Limits(jobs=4, cores=4, memory=0))
    assert started(scheduler.decide(0)) == ["wide", "a"]  # G2


def test_a_node_too_large_for_the_machine_runs_alone() -> None:
    tasks = [Task("a"), Task("huge", cores=64, memory=10**12), Task("b")]
    scheduler = Scheduler(tasks, Limits(jobs=2, cores=2, memory=10**9))
    assert started(scheduler.decide(0)) == ["a"]
    scheduler.finish("a", "succeeded", 0)
    assert scheduler.decide(0) == [Start("huge", 1, 2)]
    scheduler.finish("huge", "succeeded", 0)
    assert started(scheduler.decide(0)) == ["b"]


def test_memory_is_shared_out() -> None:
    tasks = [Task("a", memory=6), Task("b", memory=6), Task("c", memory=4), Task("free")]
    scheduler = Scheduler(tasks, Limits(jobs=8, cores=8, memory=10))
    assert started(scheduler.decide(0)) == ["a"]  # `c` would fit, but may not overtake `b` (G11)
    scheduler.finish("a", "succeeded", 0)
    assert started(scheduler.decide(0)) == ["b", "c", "free"]


def test_accelerators_serve_one_node_at_a_time() -> None:
    tasks = [Task("a", accelerator=True), Task("b"), Task("c", accelerator=True)]
    scheduler = Scheduler(tasks, ROOMY)
    assert started(scheduler.decide(0)) == ["a", "b"]
    scheduler.finish("a", "succeeded", 0)
    assert started(scheduler.decide(0)) == ["c"]


def test_the_node_with_the_longest_path_below_it_starts_first() -> None:
    tasks = [Task("short", height=1), Task("long", height=5), Task("middle", height=3)]
    scheduler = Scheduler(tasks, Limits(jobs=2, cores=2, memory=0))
    assert started(scheduler.decide(0)) == ["long", "middle"]


def test_nodes_that_run_side_by_side_share_the_cores() -> None:
    scheduler = Scheduler([Task("a"), Task("b"), Task("c")], Limits(jobs=2, cores=8, memory=0))
    assert scheduler.decide(0) == [Start("a", 1, 4), Start("b", 1, 4)]
    scheduler.finish("a", "succeeded", 0)
    scheduler.finish("b", "succeeded", 0)
    assert scheduler.decide(0) == [Start("c", 1, 8)]  # G12


def test_light_nodes_do_not_take_threads_from_others() -> None:
    scheduler = Scheduler([Task("heavy"), Task("light", light=True)], ROOMY)
    assert scheduler.decide(0) == [Start("heavy", 1, 8), Start("light", 1, 8)]


def test_cores_asked_for_cap_the_threads() -> None:
    scheduler = Scheduler([Task("a", cores=2), Task("b", cores=100)], Limits(jobs=200, cores=8, memory=0))
    assert scheduler.decide(0) == [Start("a", 1, 2), Start("b", 1, 8)]


def test_nodes_finished_before_a_resume_are_not_run_again() -> None:
    scheduler = Scheduler(chain("a", "b", "c"), ROOMY, finished=["a"])
    assert scheduler.states["a"] == "cached"
    assert started(scheduler.decide(0)) == ["b"]


def test_a_run_whose_nodes_are_all_finished_is_over() -> None:
    scheduler = Scheduler(chain("a", "b"), ROOMY, finished=["a", "b"])
    assert scheduler.over
    assert scheduler.decide(0) == []


@pytest.mark.parametrize(
    ("tasks", "sentence"),
    [
        ([Task("a", ("b",)), Task("b")], "a stands before b"),
        ([Task("a"), Task("a")], "two nodes called a"),
        ([Task("x", on_exit=True), Task("a", ("x",))], "a needs the on-exit node x"),
        ([Task("x", on_exit=True), Task("y", on_exit=True)], "more than one on-exit node: x, y"),
    ],
)
def test_impossible_graphs_are_refused(tasks: list[Task], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Scheduler(tasks, ROOMY)


def test_a_node_that_was_not_started_cannot_end() -> None:
    scheduler = Scheduler([Task("a")], ROOMY)
    with pytest.raises(ValueError, match="a is waiting"):
        scheduler.finish("a", "succeeded", 0)
