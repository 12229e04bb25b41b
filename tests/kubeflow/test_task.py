"""What a task makes of the executor input, and what it gives back to KFP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.kubeflow.conformance import proto_reader
from tfxc.backends.kubeflow.emit.artifacts import kfp_artifacts
from tfxc.backends.kubeflow.storage import KFP_ENDPOINT, local_path, readable, s3_environment
from tfxc.backends.kubeflow.task import command
from tfxc.backends.kubeflow.task.executor_input import TaskUseError, read_executor_input
from tfxc.backends.kubeflow.task.launch import Launched
from tfxc.backends.kubeflow.task.outputs import write_outputs
from tfxc.backends.launcher.protocol.messages import Artifact, NodeResult
from tfxc.backends.launcher.protocol.summaries import (
    AnomalySummary,
    EvaluationSummary,
    FeatureStatistics,
    Metric,
    PushSummary,
    RunSummary,
    StatisticsSummary,
)
from tfxc.schemas.plan import Plan, PlanNode

MakeNode = Callable[..., PlanNode]
MakePlan = Callable[..., Plan]
TODAY = date(2026, 1, 31)
RUN = {"tfxc-run-id": "run-7"}
USES_DATE = {"arguments": {"day": {"value": {"$reference": "run.date"}}}}


def given(values: Mapping[str, Any], **outputs: Any) -> str:
    return json.dumps({"inputs": {"parameterValues": {**RUN, **values}}, "outputs": outputs})


def test_parameters_get_their_types_back(make_plan: MakePlan) -> None:
    kinds = {"n": "int", "x": "float", "b": "bool", "s": "str", "p": "path", "absent": "str"}
    plan = make_plan(
        parameters=[{"name": name, "type": kind, "required": True} for name, kind in kinds.items()]
    )
    text = given(
        {"n": 3.0, "x": 1, "b": False, "s": "", "p": "minio://bucket/data", "other": 1, "absent": None}
    )
    found = read_executor_input(text, plan, TODAY)
    assert found.parameters == {"n": 3, "x": 1, "b": False, "s": "", "p": "s3://bucket/data"}
    assert isinstance(found.parameters["n"], int)
    assert found.run_id == "run-7"


@pytest.mark.parametrize("run_id", [None, "", "{{$.pipeline_job_uuid}}"])
def test_without_a_run_id_nothing_runs(make_plan: MakePlan, run_id: Any) -> None:
    with pytest.raises(TaskUseError, match=r"2\.5"):
        read_executor_input(given({"tfxc-run-id": run_id}), make_plan(), TODAY)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"tfxc-run-date": "2026-02-03T23:59:59Z"}, "2026-02-03"),
        ({"tfxc-run-date": "2026-02-03T23:59:59Z", "run_date": "2025-12-24"}, "2025-12-24"),
        ({"tfxc-run-date": "{{$.pipeline_job_schedule_time_utc}}", "run_date": "2025-12-24"}, "2025-12-24"),
    ],
)
def test_the_date_of_the_run(
    make_node: MakeNode, make_plan: MakePlan, values: Mapping[str, Any], expected: str
) -> None:
    plan = make_plan(make_node("first", **USES_DATE))
    assert read_executor_input(given(values), plan, TODAY).run_date == expected


@pytest.mark.parametrize("value", [None, "{{$.pipeline_job_schedule_time_utc}}", "yesterday"])
def test_a_date_that_is_needed_and_not_there(make_node: MakeNode, make_plan: MakePlan, value: Any) -> None:
    plan = make_plan(make_node("first", **USES_DATE))
    with pytest.raises(TaskUseError, match="run_date"):
        read_executor_input(given({"tfxc-run-date": value}), plan, TODAY)


def test_a_date_that_nothing_needs(make_plan: MakePlan) -> None:
    assert read_executor_input(given({}), make_plan(), TODAY).run_date == "2026-01-31"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"inputs": []}'])
def test_an_executor_input_that_is_none(make_plan: MakePlan, text: str) -> None:
    with pytest.raises(TaskUseError):
        read_executor_input(text, make_plan(), TODAY)


@pytest.mark.parametrize(
    ("state", "wrong_use", "code", "writes"),
    [
        ("succeeded", False, 0, True),
        ("cached", False, 0, True),
        ("skipped", False, 0, True),
        ("failed", False, 1, False),
        ("timed_out", False, 1, False),
        ("cancelled", False, 1, False),
        ("failed", True, 2, False),
    ],
)
def test_how_a_node_ended_is_the_exit_code(
    make_plan: MakePlan,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    wrong_use: bool,
    code: int,
    writes: bool,
) -> None:
    result = NodeResult.model_validate({"node": "first", "state": state, "seconds": 1.0})
    written: list[Launched] = []
    monkeypatch.setattr(command, "launch", lambda *_: Launched(result, RunSummary(), wrong_use))
    monkeypatch.setattr(command, "write_outputs", lambda node, task, launched: written.append(launched))
    (tmp_path / "plan.json").write_text(make_plan().to_json())
    arguments = ["--bundle", str(tmp_path), "--node", "first", "--executor-input", given({})]
    assert (command.main(arguments), bool(written)) == (code, writes)


def test_wrong_use_is_said_in_a_sentence(
    make_plan: MakePlan, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--bundle", str(tmp_path), "--node", "first", "--executor-input", given({})]
    assert command.main(arguments) == 2
    (tmp_path / "plan.json").write_text("{}")
    assert command.main(arguments) == 2
    (tmp_path / "plan.json").write_text(make_plan().to_json())
    assert command.main([*arguments, "--plan", "0" * 16]) == 2
    assert command.main([*arguments, "--node", "none"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 4
    assert all(line.startswith("tfxc: ") and line.endswith(".") for line in said)


LAUNCHED = Launched(
    NodeResult(
        node="all",
        state="succeeded",
        seconds=1.5,
        artifacts=(
            Artifact(
                output="model", artifact_type="Model", id=3, uri="/mnt/runs/model/3", properties={"p": 1}
            ),
            Artifact(output="evaluation", artifact_type="ModelEvaluation", id=4, uri="s3://b/evaluation/4"),
        ),
    ),
    RunSummary(
        evaluations=(
            EvaluationSummary(
                node="all",
                blessed=False,
                metrics=(
                    Metric(slice="Overall", name="accuracy", value=0.5),
                    Metric(slice="island:<b>Dream</b>", name="accuracy", value=0.25),
                    Metric(slice="Overall", name="note", value="text"),
                ),
                failures=("accuracy 0.5 is below 0.9",),
            ),
            EvaluationSummary(node="other", blessed=True, metrics=()),
        ),
        anomalies=(
            AnomalySummary(
                node="all", split="eval", feature="<x>", severity="ERROR", description="new | value"
            ),
        ),
        statistics=(
            StatisticsSummary(
                node="all",
                output="statistics",
                split="train",
                examples=10,
                features=(
                    FeatureStatistics(name="mass", type="FLOAT", count=9, missing=1, mean=4.5, zeros=0),
                    FeatureStatistics(name="sex", type="STRING", count=9, missing=1, top=(("<male>", 5.0),)),
                ),
            ),
        ),
        pushes=(PushSummary(node="all", pushed=False, reason="not blessed"),),
    ),
)


@pytest.fixture
def everything(make_node: MakeNode) -> PlanNode:
    return make_node(
        "all",
        outputs={
            "model": "Model",
            "evaluation": "ModelEvaluation",
            "anomalies": "ExampleAnomalies",
            "statistics": "ExampleStatistics",
        },
    )


@pytest.fixture
def written(everything: PlanNode, make_plan: MakePlan, tmp_path: Path) -> Callable[[Launched], Path]:
    """Returns a function that writes the outputs of `all`, and returns their folder."""

    def write(launched: Launched) -> Path:
        places = {
            artifact.key: {
                "artifacts": [
                    {"uri": f"minio://root/{artifact.key}", "customPath": str(tmp_path / artifact.key)}
                ]
            }
            for artifact in kfp_artifacts(everything)
        }
        text = given(
            {},
            parameters={"tfxc-state": {"outputFile": str(tmp_path / "deep" / "state")}},
            artifacts={**places, "executor-logs": {"artifacts": [{"uri": "minio://root/logs"}]}},
            outputFile=str(tmp_path / "deep" / "output.json"),
        )
        write_outputs(everything, read_executor_input(text, make_plan(everything), TODAY), launched)
        return tmp_path

    return write


def test_outputs_are_what_kfp_reads(written: Callable[[Launched], Path]) -> None:
    folder = written(LAUNCHED)
    assert (folder / "deep" / "state").read_text() == "succeeded"
    document = json.loads((folder / "deep" / "output.json").read_text())
    assert list(proto_reader.misfits(proto_reader.EXECUTOR_OUTPUT, document, "")) == []
    assert document["parameterValues"] == {"tfxc-state": "succeeded"}
    artifacts = {key: entry["artifacts"][0] for key, entry in document["artifacts"].items()}
    assert artifacts["evaluation"]["metadata"] == {"accuracy": 0.5}
    assert artifacts["model"]["metadata"] == {
        "tfx_type": "Model",
        "tfx_uri": "/mnt/runs/model/3",
        "tfx_id": 3,
        "p": 1,
    }


def test_only_uris_that_kfp_leaves_alone_replace_its_own(written: Callable[[Launched], Path]) -> None:
    document = json.loads((written(LAUNCHED) / "deep" / "output.json").read_text())
    uris = {key: entry["artifacts"][0]["uri"] for key, entry in document["artifacts"].items()}
    assert uris["model"] == "/mnt/runs/model/3"
    assert uris["evaluation"] == "minio://root/evaluation"


def test_pages_show_what_was_found_and_nothing_is_markup(written: Callable[[Launched], Path]) -> None:
    folder = written(LAUNCHED)
    evaluation = (folder / "evaluation-report").read_text()
    assert "accuracy 0.5 is below 0.9" in evaluation
    assert "&lt;b&gt;Dream&lt;/b&gt;" in evaluation
    assert "&lt;x&gt;" in (folder / "anomalies-report").read_text()
    statistics = (folder / "statistics-report").read_text()
    assert '</span>train <span class="faint">10 examples</span>' in statistics
    assert 'title="&lt;male&gt;"' in statistics
    assert "since the artifact cannot be read: " in statistics
    for page in folder.glob("*-report"):
        text = page.read_text()
        assert text.startswith("<!doctype html>")
        assert "default-src &#39;none&#39;" in text
    summary = (folder / "tfxc-summary").read_text()
    assert "**the model is not blessed**" in summary
    assert "pushed nothing: not blessed" in summary


def test_a_skipped_node_writes_everything_too(written: Callable[[Launched], Path]) -> None:
    folder = written(Launched(NodeResult(node="all", state="skipped", seconds=0.1), RunSummary()))
    assert (folder / "deep" / "state").read_text() == "skipped"
    assert "skipped" in (folder / "tfxc-summary").read_text()
    assert "skipped" in (folder / "statistics-report").read_text()


def test_object_stores_by_the_names_that_tensorflow_knows() -> None:
    value = {"a": ["minio://b/x", "s3://b/x", "see minio://b"], "b": 1}
    assert readable(value) == {"a": ["s3://b/x", "s3://b/x", "see minio://b"], "b": 1}


@pytest.mark.parametrize(
    ("environment", "minio", "added"),
    [
        ({}, False, {}),
        (
            {},
            True,
            {
                "AWS_ENDPOINT_URL": KFP_ENDPOINT,
                "S3_ENDPOINT": KFP_ENDPOINT,
                "AWS_REGION": "us-east-1",
                "AWS_DEFAULT_REGION": "us-east-1",
            },
        ),
        (
            {"S3_ENDPOINT": "http://store:9000", "AWS_REGION": "eu-1"},
            True,
            {"AWS_ENDPOINT_URL": "http://store:9000", "AWS_DEFAULT_REGION": "eu-1"},
        ),
        (
            {"AWS_ENDPOINT_URL": "https://store", "AWS_REGION": "a", "AWS_DEFAULT_REGION": "b"},
            False,
            {"S3_ENDPOINT": "https://store"},
        ),
    ],
)
def test_both_libraries_get_the_same_endpoint(
    environment: Mapping[str, str], minio: bool, added: Mapping[str, str]
) -> None:
    assert s3_environment(environment, minio) == added


@pytest.mark.parametrize(
    ("uri", "path"),
    [("gs://b/k", "/gcs/b/k"), ("s3://b/k", "/s3/b/k"), ("minio://b/k", "/minio/b/k"), ("/a", "/a")],
)
def test_where_kfp_has_an_object(uri: str, path: str) -> None:
    assert local_path(uri) == path
