"""Both majors load the same DAG file, and see in it what the Plan says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import Plan

pytestmark = pytest.mark.airflow

SPECS = Path(__file__).resolve().parents[3] / "specs"


def test_every_spec_and_every_shape_of_a_dag_file(
    parser: Any, golden_plans: Mapping[str, Plan], compile_spec: Callable[..., Path], tmp_path: Path
) -> None:
    specs = sorted(SPECS.glob("*/pipeline.yaml"))
    assert len(specs) >= 4
    for spec in specs:
        compile_spec(spec, parser.dags / spec.parent.name)
    for name, plan in golden_plans.items():
        settings = {**plan.backends["airflow"], "dag_id": f"golden.{name}"}
        parser.add(plan.model_copy(update={"backends": {"airflow": settings}}), f"golden-{name}")

    found = parser.parse()

    assert found["errors"] == {}
    assert set(found["dags"]) == {spec.parent.name for spec in specs} | {
        f"golden.{name}" for name in golden_plans
    }
    assert_scheduled(
        found["dags"]["golden.scheduled"], doubling={"airflow2": True, "airflow3": 2.0}[parser.name]
    )
    assert_timetables(found["dags"])
    assert_grouped(found["dags"]["golden.grouped"])
    assert_hostile(found["dags"]["golden.hostile"], golden_plans["hostile"])


def assert_scheduled(dag: Mapping[str, Any], doubling: float) -> None:
    """Everything that the Plan and its settings ask for has arrived."""
    tasks = dag["tasks"]
    assert tasks["train"]["upstream"] == ["ingest"]
    assert (tasks["train"]["operator"], tasks["train"]["shown"]) == ("BashOperator", "Step")
    assert (tasks["train"]["retries"], tasks["train"]["retry_delay"]) == (3, 90)
    assert tasks["train"]["backoff"] is doubling or tasks["train"]["backoff"] == doubling
    assert tasks["train"]["timeout"] == 5400
    assert (tasks["train"]["pool"], tasks["train"]["pool_slots"]) == ("gpu", 2)
    assert tasks["train"]["priority_weight"] == 5
    assert (tasks["ingest"]["retries"], tasks["ingest"]["retry_delay"]) == (1, 30)
    assert not tasks["ingest"]["backoff"]
    assert tasks["ingest"]["doc_md"].startswith("Reads the rows of a day.\n\n```yaml\ningest:\n")
    assert tasks["ingest"]["owner"] == "ml team"
    assert tasks["ingest"]["trigger_rule"] == "all_success"
    assert tasks["audit"]["trigger_rule"] == "all_done"
    assert tasks["report"]["trigger_rule"] == "all_done"
    assert tasks["report"]["upstream"] == ["audit", "ingest", "push", "train"]
    assert tasks["failure-watcher"]["trigger_rule"] == "one_failed"
    assert tasks["failure-watcher"]["upstream"] == ["audit", "ingest", "push", "report", "train"]
    assert tasks["push"]["outlets"] == 1
    assert (dag["catchup"], dag["max_active_runs"], dag["tags"]) == (True, 3, ["tfx", "training"])
    assert (dag["timezone"], dag["start_date"]) == ("Europe/Berlin", "2025-12-31T23:00:00+00:00")
    assert dag["description"] == "Trains a model each working day."
    assert dag["doc_md"].startswith("Trains a model each working day.\n")
    assert dag["params"]["steps"] == {"type": "integer", "minimum": 0, "maximum": 9}
    assert dag["params"]["site"] == {"type": "string", "enum": ["a", "b"]}
    assert dag["params"]["code"] == {"type": "string", "pattern": "^(?:^[a-z][0-9]$)$"}
    assert dag["params"]["fast"] == {"type": "boolean"}
    assert dag["defaults"] == {
        "steps": 0,
        "rate": 0.5,
        "site": "a",
        "note": "",
        "code": "x1",
        "fast": False,
        "data": "data",
    }


def assert_grouped(dag: Mapping[str, Any]) -> None:
    """Tasks lie in their groups, keep their ids, and are shown by their labels."""
    tasks = dag["tasks"]
    assert {name: each["groups"] for name, each in tasks.items()} == {
        "ingest": [],
        "train.rome": ["train"],
        "train.oslo": ["cold", "train"],
        "push": [],
    }
    assert tasks["train.rome"]["display_name"] == "train[rome]"
    assert tasks["push"]["upstream"] == ["train.oslo", "train.rome"]


def assert_timetables(dags: Mapping[str, Any]) -> None:
    """Schedules by time have data intervals on both majors."""
    names = {name: dag["timetable"] for name, dag in dags.items()}
    assert names["golden.scheduled"] == "CronDataIntervalTimetable"
    assert names["golden.every_six_hours"] == "DeltaDataIntervalTimetable"
    assert names["golden.minimal"] == "NullTimetable"
    assert names["golden.on_assets"] in ("AssetTriggeredTimetable", "DatasetTriggeredTimetable")


def assert_hostile(dag: Mapping[str, Any], plan: Plan) -> None:
    """Strings that are code elsewhere have arrived as they are."""
    text = plan.description
    assert dag["description"] == text
    assert dag["defaults"] == {"text": text, "one": text}
    assert dag["params"]["one"]["enum"] == [text]
    assert dag["tasks"]["first"]["queue"] == text


def test_dags_are_not_looked_for_in_modules_and_artifacts(
    parser: Any, golden_plans: Mapping[str, Plan]
) -> None:
    bundle = parser.add(golden_plans["minimal"], "minimal")
    for folder in ("modules/0", "runs/trainer/model/1"):
        (bundle / folder).mkdir(parents=True)
        (bundle / folder / "broken.py").write_text("# airflow dag\nraise RuntimeError\n")
    found = parser.parse()
    assert (found["errors"], list(found["dags"])) == ({}, ["example"])


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [
        ("docker", "airflow.providers.docker.operators.docker", "apache-airflow-providers-docker"),
        (
            "kubernetes",
            "airflow.providers.cncf.kubernetes.operators.pod",
            "apache-airflow-providers-cncf-kubernetes",
        ),
        ("scheduled", "airflow.providers.smtp.notifications.smtp", "apache-airflow-providers-smtp"),
    ],
)
def test_a_missing_provider_is_named(
    parser: Any, golden_plans: Mapping[str, Plan], name: str, module: str, package: str
) -> None:
    parser.add(golden_plans[name], name)
    (error,) = parser.parse("--without", module)["errors"].values()
    assert f"this DAG needs {package}: install it where Airflow runs" in error
