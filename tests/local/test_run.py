"""Runs with a scripted launcher: folders, events, reports, exit codes, signals."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.messages import (
    CancelRequest,
    NodeRequest,
    NodeResult,
    OpenRequest,
    SummaryRequest,
)
from tfxc.backends.launcher.protocol.summaries import PushSummary, RunSummary
from tfxc.backends.local.running.interrupts import Interrupts
from tfxc.backends.local.running.machine import Machine
from tfxc.backends.local.running.prepare import RunRequest, prepare_run, require_date
from tfxc.backends.local.running.run import RunOutcome, execute_run
from tfxc.backends.local.screen.progress import SilentProgress
from tfxc.backends.metadata.events import read_events
from tfxc.backends.reports.run_report import RunReport
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import Plan

NOW = datetime(2026, 11, 23, 17, 55, 30, tzinfo=timezone.utc)


class Bench:
    """Runs Plans in a temporary folder."""

    def __init__(self, folder: Path, make_launcher: Callable[..., Any]) -> None:
        self.folder = folder
        self.make_launcher = make_launcher
        self.launcher: Any = None
        self.log = folder / "server.log"
        self.log.write_text("the server's log\n", encoding="utf-8")

    def prepare(self, plan: Plan, **request: Any) -> Any:
        modules = {PurePosixPath("modules/0/penguin.py"): b"x = 1\n"}
        values: dict[str, Any] = {"parameters": {}, "modules": modules, "base_folder": self.folder}
        return prepare_run(RunRequest(plan=plan, **{**values, **request}), NOW)

    def run(self, plan: Plan, script: Any = None, launcher: Any = None, **request: Any) -> RunOutcome:
        self.launcher = launcher or self.make_launcher(script)
        prepared = self.prepare(plan, **request)
        with Interrupts() as interrupts:
            return execute_run(
                prepared, self.launcher, SilentProgress(), Machine(2, 10**9), interrupts, self.log
            )


@pytest.fixture
def bench(tmp_path: Path, make_launcher: Callable[..., Any]) -> Bench:
    return Bench(tmp_path, make_launcher)


def states(outcome: RunOutcome) -> dict[str, str]:
    return {each.node: each.state for each in outcome.report.nodes}


def test_a_run_leaves_its_plan_modules_logs_events_and_summary(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = make_plan(make_node("a"), make_node("b", "a"))
    outcome = bench.run(plan, {"b": ["cached"]}, parameters={"steps": 7})
    assert outcome.exit_code == 0
    assert states(outcome) == {"a": "succeeded", "b": "cached"}
    folder = Path(outcome.report.folder)
    assert folder.parent == bench.folder / "runs" / ".tfxc"
    assert folder.name.startswith("20261123-175530-")
    assert Plan.model_validate_json((folder / "plan.json").read_text()) == plan
    assert (folder / "modules/0/penguin.py").read_bytes() == b"x = 1\n"
    assert (folder / "logs/a.1.log").read_text() == "this is a\n"
    assert (folder / "launcher.log").read_text() == "the server's log\n"
    kinds = [event.event for event in read_events(folder / "events.jsonl")]
    assert kinds == [
        "run_started",
        "tfx_imported",
        "pipeline_opened",
        "node_started",
        "node_finished",
        "node_started",
        "node_finished",
        "run_finished",
    ]
    assert RunReport.model_validate_json((folder / "summary.json").read_text()) == outcome.report


def test_the_launcher_is_told_all_it_needs(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    outcome = bench.run(
        make_plan(make_node("a", timeout=3.5), make_node("b")),
        run_date="2026-01-31",
        parameters={"steps": 7},
        nodes=("a",),
        cache=False,
    )
    (opened,) = bench.launcher.of_kind(OpenRequest)
    context = opened.context
    folder = Path(outcome.report.folder)
    assert context.plan == str(folder / "plan.json")
    assert context.modules_folder == str(folder / "modules")
    assert context.base_folder == str(bench.folder)
    assert context.run_id == folder.name == outcome.report.run_id
    assert (context.run_date, context.parameters) == ("2026-01-31", {"steps": 7})
    assert (context.nodes, context.cache) == (("a",), False)
    (asked,) = bench.launcher.of_kind(NodeRequest)
    assert (asked.node, asked.timeout, asked.threads) == ("a", 3.5, 2)
    assert states(outcome) == {"a": "succeeded"}


def test_the_report_has_what_the_run_found_out(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    push = PushSummary(node="a", pushed=False, reason="the model is not blessed")
    launcher = bench.make_launcher(summary=RunSummary(pushes=(push,), notes=("a note.",)))
    report = bench.run(make_plan(make_node("a")), launcher=launcher).report
    assert report.pushes == (push,)
    assert report.notes == ("a note.",)
    assert report.launcher.import_seconds == 1.5
    assert report.launcher.peak_memory == 500
    assert report.nodes[0].peak_memory == 1000
    assert report.nodes[0].seconds == 1.25
    assert report.parameters == {"steps": 5}


def test_a_failing_node_fails_the_run_and_independent_branches_finish(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = make_plan(
        make_node("bad"), make_node("below", "bad"), make_node("other"), make_node("end", "other")
    )
    outcome = bench.run(plan, {"bad": ["failed"]})
    assert outcome.exit_code == 1
    assert outcome.report.state == "failed"
    assert states(outcome) == {"bad": "failed", "below": "not_run", "other": "succeeded", "end": "succeeded"}
    bad, below, *_ = outcome.report.nodes
    assert bad.error is not None
    assert bad.error.message == "`bad` failed: it is broken"
    assert bad.log is not None
    assert below.reason == "`bad` failed"


def test_skipped_nodes_are_no_failure(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    outcome = bench.run(make_plan(make_node("a"), make_node("b", "a")), {"a": ["skipped"]})
    assert outcome.exit_code == 0
    assert states(outcome) == {"a": "skipped", "b": "skipped"}
    assert outcome.report.nodes[1].reason == "`a` was skipped"


def test_retries_are_counted_and_each_attempt_has_its_log(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    outcome = bench.run(
        make_plan(make_node("a", retries=2, retry_delay=0.05)), {"a": ["failed", "timed_out", "succeeded"]}
    )
    assert outcome.exit_code == 0
    (report,) = outcome.report.nodes
    assert report.attempts == 3
    assert report.seconds == pytest.approx(3.75)
    assert report.error is None
    assert sorted(path.name for path in Path(outcome.report.folder, "logs").iterdir()) == [
        "a.1.log",
        "a.2.log",
        "a.3.log",
    ]
    retries = [
        e for e in read_events(Path(outcome.report.folder, "events.jsonl")) if e.event == "node_retrying"
    ]
    assert [event.attempt for event in retries] == [1, 2]


def test_a_pipeline_that_cannot_be_opened_runs_nothing(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    launcher = bench.make_launcher(open_error="runs/metadata.sqlite is not a SQLite file.")
    outcome = bench.run(make_plan(make_node("a"), make_node("b", "a")), launcher=launcher)
    assert outcome.exit_code == 1
    assert outcome.report.error == "runs/metadata.sqlite is not a SQLite file."
    assert states(outcome) == {"a": "not_run", "b": "not_run"}
    assert launcher.started == []
    assert launcher.of_kind(SummaryRequest) == []


def test_ctrl_c_once_cancels_what_runs_and_runs_the_exit_node(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    launcher = bench.make_launcher({"b": ["hangs"]})

    def interrupt(request: NodeRequest) -> None:
        if request.node == "b":
            os.kill(os.getpid(), signal.SIGINT)

    launcher.on_start = interrupt
    plan = make_plan(
        make_node("a"), make_node("b", "a"), make_node("c", "b"), make_node("end"), on_exit="end"
    )
    outcome = bench.run(plan, launcher=launcher)
    assert outcome.exit_code == 130
    assert outcome.report.state == "cancelled"
    assert states(outcome) == {"a": "succeeded", "b": "cancelled", "c": "not_run", "end": "succeeded"}
    (cancel,) = launcher.of_kind(CancelRequest)
    assert cancel.grace == 10


@pytest.mark.parametrize(
    ("how", "told"), [("succeeded", "succeeded"), ("failed", "failed"), ("skipped", "succeeded")]
)
def test_the_exit_node_is_told_how_the_others_ended(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any], how: str, told: str
) -> None:
    launcher = bench.make_launcher({"a": [how]})
    bench.run(make_plan(make_node("a"), make_node("end"), on_exit="end"), launcher=launcher)
    assert [each.final_state for each in launcher.of_kind(NodeRequest)] == [None, told]


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_every_stop_signal_counts(
    bench: Bench,
    make_plan: Callable[..., Plan],
    make_node: Callable[..., Any],
    number: signal.Signals,
    code: int,
) -> None:
    launcher = bench.make_launcher({"a": ["hangs"]})
    launcher.on_start = lambda request: os.kill(os.getpid(), number)
    assert bench.run(make_plan(make_node("a")), launcher=launcher).exit_code == code


def test_ctrl_c_twice_kills_at_once(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    launcher = bench.make_launcher({"a": ["hangs"]})

    def twice(request: NodeRequest) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    launcher.on_start = twice
    outcome = bench.run(make_plan(make_node("a"), make_node("end"), on_exit="end"), launcher=launcher)
    assert outcome.exit_code == 130
    assert states(outcome) == {"a": "cancelled", "end": "not_run"}
    assert launcher.of_kind(CancelRequest)[-1].grace == 0


def test_ctrl_c_three_times_gives_up_on_the_launcher(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    launcher = bench.make_launcher({"a": ["hangs"]})
    launcher._cancel = lambda request: os.kill(os.getpid(), signal.SIGINT)
    launcher.on_start = lambda request: os.kill(os.getpid(), signal.SIGINT)
    outcome = bench.run(make_plan(make_node("a"), make_node("b", "a")), launcher=launcher)
    assert outcome.exit_code == 130
    assert states(outcome) == {"a": "cancelled", "b": "not_run"}


def test_ctrl_c_before_the_first_node(
    bench: Bench,
    make_plan: Callable[..., Plan],
    make_node: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tfxc.backends.local.running.run.OPEN_GRACE", 0.2)
    launcher = bench.make_launcher()
    plain = launcher.request

    def request(message: Any) -> None:
        if isinstance(message, OpenRequest):
            os.kill(os.getpid(), signal.SIGINT)
        else:
            plain(message)

    launcher.request = request
    outcome = bench.run(make_plan(make_node("a")), launcher=launcher)
    assert outcome.exit_code == 130
    assert states(outcome) == {"a": "not_run"}


def test_a_launcher_that_dies_fails_what_ran_and_keeps_what_was_finished(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    launcher = bench.make_launcher()
    launcher.dies_at, launcher.log = "b", bench.log
    plan = make_plan(make_node("a"), make_node("b", "a", retries=5), make_node("c", "b"))
    outcome = bench.run(plan, launcher=launcher)
    assert outcome.exit_code == 1
    assert states(outcome) == {"a": "succeeded", "b": "failed", "c": "not_run"}
    folder = Path(outcome.report.folder)
    assert outcome.report.error == f"the launcher was killed by signal 9; its log: {folder / 'launcher.log'}"


def test_a_stranger_that_kills_a_node_makes_it_fail(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    killed = NodeResult(node="a", state="cancelled", seconds=1)
    outcome = bench.run(make_plan(make_node("a", retries=1)), {"a": [killed, "succeeded"]})
    assert outcome.exit_code == 0
    assert outcome.report.nodes[0].attempts == 2


def test_resuming_runs_only_what_is_left(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = make_plan(make_node("a"), make_node("b", "a"), make_node("c", "b"))
    first = bench.run(plan, {"b": ["failed"]}, run_id="mine", parameters={"steps": 9}, run_date="2026-01-31")
    assert states(first) == {"a": "succeeded", "b": "failed", "c": "not_run"}
    second = bench.run(plan, run_id="mine")
    assert bench.launcher.started == ["b", "c"]
    assert states(second) == {"a": "cached", "b": "succeeded", "c": "succeeded"}
    assert second.report.parameters == {"steps": 9}
    assert second.report.run_date == "2026-01-31"
    logs = Path(second.report.folder, "logs")
    assert sorted(path.name for path in logs.iterdir()) == ["a.1.log", "b.1.log", "b.2.log", "c.1.log"]
    third = bench.run(plan, run_id="mine")
    assert bench.launcher.started == []
    assert third.exit_code == 0


def test_resuming_with_other_values_is_refused(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = make_plan(make_node("a"))
    bench.run(plan, run_id="mine", run_date="2026-01-31")
    with pytest.raises(WrongUse, match="run mine began with steps=5, not 6: start a new run"):
        bench.prepare(plan, run_id="mine", parameters={"steps": 6})
    with pytest.raises(WrongUse, match="run mine began with the date 2026-01-31, not 2026-02-01"):
        bench.prepare(plan, run_id="mine", run_date="2026-02-01")
    bench.prepare(plan, run_id="mine", parameters={"steps": 5}).release()


def test_resuming_refuses_a_finished_node_that_has_changed(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    bench.run(make_plan(make_node("a"), make_node("b")), {"b": ["failed"]}, run_id="mine")
    changed = make_plan(make_node("a", kind="SchemaGen"), make_node("b"))
    with pytest.raises(WrongUse, match="`a` has changed since run mine finished it"):
        bench.prepare(changed, run_id="mine")
    bench.prepare(make_plan(make_node("a", retries=3), make_node("b", kind="SchemaGen")), run_id="mine")


def test_one_run_cannot_be_run_twice_at_once(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = make_plan(make_node("a"))
    bench.prepare(plan, run_id="mine")
    with pytest.raises(Failure, match="run mine is being run by another process"):
        bench.prepare(plan, run_id="mine")


def test_run_ids_are_new_each_time(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = make_plan(make_node("a"))
    assert len({bench.prepare(plan).folder.path for _ in range(5)}) == 5


@pytest.mark.parametrize("run_id", ["", "../up", "a/b", ".hidden", "x" * 101, "a b", "-o"])
def test_run_ids_that_cannot_be_folders_are_refused(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any], run_id: str
) -> None:
    with pytest.raises(WrongUse, match="cannot be a run id"):
        bench.prepare(make_plan(make_node("a")), run_id=run_id)


def test_a_pipeline_root_elsewhere_keeps_the_run_beside_the_spec(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = make_plan(make_node("a"), pipeline_root={"$path": "gs://bucket/penguin"})
    assert bench.prepare(plan).folder.path.parent == bench.folder / ".tfxc"


def test_a_pipeline_root_that_cannot_be_written_is_one_sentence(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    (bench.folder / "file").write_text("not a folder")
    plan = make_plan(make_node("a"), pipeline_root={"$path": "file/runs"})
    with pytest.raises(Failure) as failure:
        bench.prepare(plan)
    assert str(failure.value).startswith("the run cannot be recorded under the pipeline root, ")
    assert str(bench.folder / "file") in str(failure.value)
    assert "not a directory; nothing was run." in str(failure.value)


def test_a_disk_that_fills_up_does_not_stop_the_run(
    bench: Bench,
    make_plan: Callable[..., Plan],
    make_node: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    launcher = bench.make_launcher()
    real_open, real_mkstemp = Path.open, tempfile.mkstemp

    def full(path: Path, *args: Any, **keywords: Any) -> Any:
        if path.name == "events.jsonl":
            raise OSError(28, "No space left on device", str(path))
        return real_open(path, *args, **keywords)

    def full_beside(*args: Any, **keywords: Any) -> Any:
        if "summary.json" in keywords.get("prefix", ""):
            raise OSError(28, "No space left on device")
        return real_mkstemp(*args, **keywords)

    def fill(request: Any) -> None:
        monkeypatch.setattr(Path, "open", full)
        monkeypatch.setattr(tempfile, "mkstemp", full_beside)

    launcher.on_start = fill
    outcome = bench.run(make_plan(make_node("a"), make_node("b", "a")), launcher=launcher)
    assert outcome.exit_code == 0
    assert states(outcome) == {"a": "succeeded", "b": "succeeded"}
    folder = Path(outcome.report.folder)
    assert outcome.report.notes == (
        f"events are missing in {folder / 'events.jsonl'}: no space left on device.",
        f"the summary could not be written to {folder / 'summary.json'}: no space left on device.",
    )


def test_settings_of_the_spec_limit_the_jobs(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    plan = make_plan(make_node("a"), make_node("b"), backends={"local": {"jobs": 1}})
    bench.run(plan)
    assert [request.threads for request in bench.launcher.of_kind(NodeRequest)] == [2, 2]
    bench.run(plan, jobs=2)
    assert [request.threads for request in bench.launcher.of_kind(NodeRequest)] == [1, 1]


@pytest.mark.parametrize(
    "text", ["2026-01-31", "2026-01-31T06:00", "2026-01-31T06:00:00+01:00", "2026-01-31T06:00:00Z"]
)
def test_run_dates(text: str) -> None:
    assert require_date(text) == text


@pytest.mark.parametrize("text", ["yesterday", "31.1.2026", "2026-13-01", ""])
def test_run_dates_that_are_none(text: str) -> None:
    with pytest.raises(WrongUse, match="--run-date"):
        require_date(text)


def test_the_summary_is_stable_json(
    bench: Bench, make_plan: Callable[..., Plan], make_node: Callable[..., Any]
) -> None:
    report = json.loads(bench.run(make_plan(make_node("a"))).report.to_json())
    assert list(report) == [
        "format",
        "pipeline",
        "run_id",
        "run_date",
        "state",
        "error",
        "seconds",
        "folder",
        "parameters",
        "nodes",
        "evaluations",
        "anomalies",
        "models",
        "pushes",
        "statistics",
        "alerts",
        "triggers",
        "notes",
        "launcher",
    ]
    assert report["format"] == "tfxc.run/1"
