"""One node, and what becomes of it: values, failures, inputs that are missing, conditions."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import PlanParameter
from tfxc.schemas.plan_conditions import ArtifactOperand, Comparison, Truth, ValueOperand

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}
FAILED, COMPLETE, CACHED = 4, 3, 5


def states(folder: Path) -> list[int]:
    """Returns the last known state of every execution in the project's MLMD, oldest first."""
    with sqlite3.connect(folder / "runs/metadata.sqlite") as database:
        return [row[0] for row in database.execute("SELECT last_known_state FROM Execution ORDER BY id")]


def output(result: Any, name: str) -> str:
    (artifact,) = result.artifacts
    return (Path(artifact.uri) / name).read_text()


def test_a_node_runs_and_tells_what_it_put_out(launcher: Any, plans: Any, project: Path) -> None:
    run = launcher.open(plans.plan_of(project, plans.step("make", "Make", outputs=DATASET)), project)
    result = run.node("make")
    assert result.state == "succeeded"
    assert result.execution_id == 1
    assert result.peak_memory > 50_000_000
    (artifact,) = result.artifacts
    assert (artifact.output, artifact.artifact_type, artifact.properties["length"]) == ("made", "Dataset", 4)
    assert re.fullmatch(re.escape(f"{project}/runs/make/made/1-") + "[0-9a-f]{12}", artifact.uri)
    assert states(project) == [COMPLETE]


def test_falsy_values_and_types_survive(launcher: Any, plans: Any, project: Path) -> None:
    parameters = (
        PlanParameter(name="whole", type="int", required=False, default=7),
        PlanParameter(name="number", type="float", required=False, default=0),
        PlanParameter(name="text", type="str", required=False, default=""),
        PlanParameter(name="flag", type="bool", required=True),
    )
    arguments = {each.name: plans.value({"$reference": f"parameters.{each.name}"}) for each in parameters}
    plan = plans.plan_of(
        project, plans.step("show", "Show", outputs=DATASET, arguments=arguments), parameters=parameters
    )
    run = launcher.open(plan, project, parameters={"whole": 0, "flag": False})
    assert output(run.node("show"), "shown") == "(0, 0.0, '', False)"


def test_a_wrong_parameter_is_told_when_the_run_is_opened(launcher: Any, plans: Any, project: Path) -> None:
    parameter = PlanParameter(name="steps", type="int", required=False, default=5, minimum=1)
    plan = plans.plan_of(project, plans.step("make", "Make", outputs=DATASET), parameters=(parameter,))
    error = launcher.try_open(plan, project, parameters={"steps": 0})
    assert error.message == "parameter `steps` must be at least 1, but it is 0."


def test_the_node_sees_no_arguments_but_its_environment_and_folder(
    launcher: Any, plans: Any, project: Path
) -> None:
    node = plans.step(
        "look",
        "Environment",
        outputs=DATASET,
        execution=plans.execution(env={"EXAMPLE": {"$concatenate": ["run ", {"$reference": "run.date"}]}}),
    )
    result = launcher.open(plans.plan_of(project, node), project).node("look")
    assert output(result, "arguments") == "[]"
    assert output(result, "folder") == str(project)
    assert output(result, "variable") == "run 2026-01-31"


def test_a_failure_is_one_sentence_with_the_users_own_frames(
    launcher: Any, plans: Any, project: Path
) -> None:
    run = launcher.open(plans.plan_of(project, plans.step("fail", "Fail", outputs=DATASET)), project)
    result = run.node("fail")
    line = next(
        number
        for number, text in enumerate((project / "steps.py").read_text().splitlines(), start=1)
        if "not 42" in text
    )
    assert result.state == "failed"
    assert result.error.message == f"`fail` failed: the answer is not 42 (steps.py, line {line})."
    assert result.error.exception == "ValueError"
    assert result.error.traceback == (
        f'  File "steps.py", line {line}, in Fail\n    raise ValueError("the answer is not 42\\nbut 41")\n'
    )
    assert "Traceback (most recent call last)" in run.log("fail").read_text()
    assert states(project) == [FAILED]
    assert not list((project / "runs/fail/made").iterdir())


def test_frames_of_a_copied_module_name_the_project_file(launcher: Any, plans: Any, project: Path) -> None:
    plan = plans.plan_of(project, plans.step("fail", "Fail", outputs=DATASET))
    copies = project / "runs" / "copies"
    (copies / "0").mkdir(parents=True)
    (project / "steps.py").rename(copies / "0" / "steps.py")
    run = launcher.open(plan, project, modules_folder=str(copies))
    assert run.node("fail").error.traceback.startswith('  File "steps.py", line ')


def test_sys_exit_in_a_component_fails_the_node_only(launcher: Any, plans: Any, project: Path) -> None:
    run = launcher.open(plans.plan_of(project, plans.step("quit", "Exit", outputs=DATASET)), project)
    result = run.node("quit")
    assert (result.state, states(project)) == ("failed", [FAILED])
    assert result.error.message.startswith(
        "`quit` failed: its code ended the process with exit code 3 (steps.py,"
    )


def test_an_input_that_is_not_there_fails_the_node_and_is_named(
    launcher: Any, plans: Any, project: Path
) -> None:
    plan = plans.plan_of(
        project,
        plans.step("fail", "Fail", outputs=DATASET),
        plans.step(
            "copy",
            "Copy",
            inputs={"source": plans.channel("fail.made", "Dataset")},
            outputs=DATASET,
            upstream=("fail",),
        ),
    )
    results = launcher.open(plan, project).all()
    assert [result.state for result in results.values()] == ["failed", "failed"]
    assert results["copy"].error.message == (
        "`copy` cannot start: its input `source` is `fail.made`, but `fail` failed."
    )
    assert states(project) == [FAILED, FAILED]


def length_is(number: int) -> Comparison:
    return Comparison(
        operator="==",
        left=ValueOperand(value=number),
        right=ArtifactOperand(
            node="make", output="made", artifact_type="Dataset", field="custom_property", name="length"
        ),
    )


def test_a_condition_decides_at_run_time(launcher: Any, plans: Any, project: Path) -> None:
    source = {"source": plans.channel("make.made", "Dataset")}
    plan = plans.plan_of(
        project,
        plans.step("make", "Make", outputs=DATASET),
        plans.step("yes", "Copy", inputs=source, outputs=DATASET, when=length_is(4), upstream=("make",)),
        plans.step("no", "Copy", inputs=source, outputs=DATASET, when=length_is(5), upstream=("make",)),
    )
    results = launcher.open(plan, project).all()
    assert {node: result.state for node, result in results.items()} == {
        "make": "succeeded",
        "yes": "succeeded",
        "no": "skipped",
    }


def test_a_condition_that_is_known_is_decided_before_the_run(
    launcher: Any, plans: Any, project: Path
) -> None:
    parameter = PlanParameter(name="wanted", type="bool", required=False, default=False)
    node = plans.step("make", "Make", outputs=DATASET, when=Truth(truth={"$reference": "parameters.wanted"}))
    plan = plans.plan_of(project, node, parameters=(parameter,))
    assert launcher.open(plan, project).node("make").state == "skipped"
    assert launcher.open(plan, project, parameters={"wanted": True}).node("make").state == "succeeded"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (signal.SIGKILL, "its process was killed by signal 9 (perhaps out of memory)."),
        (signal.SIGSEGV, "its process was killed by signal 11 (a crash in native code)."),
    ],
)
def test_a_killed_process_fails_its_node_and_a_retry_starts_afresh(
    launcher: Any, plans: Any, project: Path, number: int, words: str
) -> None:
    arguments = {"number": plans.value(int(number)), "mark": plans.value(str(project / "mark"))}
    run = launcher.open(
        plans.plan_of(project, plans.step("die", "Die", arguments=arguments, outputs=DATASET)), project
    )
    result = run.node("die")
    assert (result.state, result.error.message) == ("failed", f"`die`: {words}")
    assert states(project) == [FAILED]
    assert not list((project / "runs/die/made").iterdir())

    again = run.node("die")
    assert (again.state, again.execution_id) == ("succeeded", 2)
    assert states(project) == [FAILED, COMPLETE]


def test_a_failed_node_can_be_tried_again_in_the_same_run(launcher: Any, plans: Any, project: Path) -> None:
    node = plans.step("fail", "Fail", arguments={"until": plans.value("now")}, outputs=DATASET)
    run = launcher.open(plans.plan_of(project, node), project)
    assert run.node("fail").state == "failed"
    (project / "now").write_text("")
    result = run.node("fail")
    assert (result.state, output(result, "half")) == ("succeeded", "half done")
    assert states(project) == [FAILED, COMPLETE]


def test_what_succeeded_in_a_run_is_not_run_again_in_it(launcher: Any, plans: Any, project: Path) -> None:
    node = plans.step("make", "Make", outputs=DATASET, execution=plans.execution(cache=False))
    run = launcher.open(plans.plan_of(project, node), project)
    assert [run.node("make").state, run.node("make").state] == ["succeeded", "cached"]
    assert states(project) == [COMPLETE]


def test_a_node_over_its_timeout_is_stopped_and_marked(launcher: Any, plans: Any, project: Path) -> None:
    node = plans.step("sleep", "Sleep", arguments={"seconds": plans.value(600.0)}, outputs=DATASET)
    run = launcher.open(plans.plan_of(project, node), project)
    began = time.monotonic()
    result = run.node("sleep", timeout=2.0)
    assert time.monotonic() - began < 20
    assert result.state == "timed_out"
    assert result.error.message == "`sleep` was stopped after its timeout of 2 s."
    assert states(project) == [FAILED]
    assert not list((project / "runs/sleep/made").iterdir())


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 60
    while not path.exists() or not path.read_text():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.05)
    return path.read_text()


def test_a_cancelled_node_is_marked_failed(launcher: Any, plans: Any, project: Path) -> None:
    arguments = {"seconds": plans.value(600.0), "mark": plans.value(str(project / "mark"))}
    node = plans.step("sleep", "Sleep", arguments=arguments, outputs=DATASET)
    run = launcher.open(plans.plan_of(project, node), project)
    identifier = run.start("sleep")
    wait_for(project / "mark")
    launcher.cancel(identifier)
    result = launcher.finished(identifier)
    assert (result.state, result.error.message) == ("cancelled", "`sleep` was stopped.")
    assert states(project) == [FAILED]


def test_a_node_that_does_not_stop_is_killed_after_the_grace_time(
    launcher: Any, plans: Any, project: Path
) -> None:
    node = plans.step(
        "stubborn", "Stubborn", arguments={"mark": plans.value(str(project / "mark"))}, outputs=DATASET
    )
    run = launcher.open(plans.plan_of(project, node), project)
    identifier = run.start("stubborn")
    process = int(wait_for(project / "mark"))
    launcher.cancel(identifier, grace=0.5)
    assert launcher.finished(identifier).state == "cancelled"
    assert states(project) == [FAILED]
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


@pytest.mark.parametrize("number", [0, int(signal.SIGKILL)])
def test_temporary_files_are_removed_however_a_node_ends(
    launcher: Any, plans: Any, project: Path, number: int
) -> None:
    arguments = {"number": plans.value(number), "mark": plans.value(str(project / "mark"))}
    node = plans.step("litter", "Litter", arguments=arguments, outputs=DATASET)
    result = launcher.open(plans.plan_of(project, node), project).node("litter")
    assert result.state == ("failed" if number else "succeeded")
    litter = Path((project / "mark").read_text())
    assert not litter.exists()
    assert not litter.parent.exists()


def test_nodes_run_side_by_side(launcher: Any, plans: Any, project: Path) -> None:
    plan = plans.plan_of(project, *(plans.step(f"make-{each}", "Make", outputs=DATASET) for each in range(6)))
    run = launcher.open(plan, project)
    identifiers = [run.start(node.id) for node in plan.nodes]
    assert {launcher.finished(identifier).state for identifier in identifiers} == {"succeeded"}
    assert states(project) == [COMPLETE] * 6
