"""What Airflow makes of how nodes end: skips, retries, failures. The launcher is a stand-in.

All the DAGs of this file run in one process for each major, because starting Airflow is what costs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import Plan, PlanNode
from tfxc.schemas.start import launcher_command

pytestmark = pytest.mark.airflow

MakeNode = Callable[..., PlanNode]
MakePlan = Callable[..., Plan]
COMPLETED = "ALL_UPSTREAM_NODES_COMPLETED"


@dataclass(frozen=True)
class Scenario:
    """A DAG, how its nodes end, and what the run is given."""

    plan: Plan
    script: Mapping[str, list[Any]] = field(default_factory=dict)
    conf: Mapping[str, Any] = field(default_factory=dict)
    date: str | None = None


@dataclass(frozen=True)
class Result:
    """How the run of a scenario ended, and how the launcher was called for it."""

    run: Any
    calls: Mapping[str, list[dict[str, Any]]]
    folder: Path


def eventful(node: MakeNode, plan: MakePlan) -> Plan:
    """Returns a Plan in which a lot can happen."""
    return plan(
        node("first"),
        node("optional", "first"),
        node("consumer", "optional"),
        node("shaky", "first", execution={"retries": 2, "retry_delay": 0.1}),
        node("after_shaky", "shaky"),
        node("audit", "shaky", execution={"trigger_strategy": COMPLETED}),
        node("farewell"),
        on_exit="farewell",
    )


def scenarios(node: MakeNode, plan: MakePlan, hostile: Plan) -> dict[str, Scenario]:
    """Returns the scenarios by the ids of their DAGs."""
    steps = ({"name": "steps", "type": "int", "required": False, "default": 3, "minimum": 1},)
    daily = {"schedule": "@daily", "start_date": "2026-01-01", "timezone": "Pacific/Auckland"}
    alarming = node("shaky", execution={"retries": 1, "trigger_strategy": COMPLETED})
    return {
        "lucky": Scenario(eventful(node, plan), {"optional": [99], "shaky": [1, 1, 0]}),
        "unlucky": Scenario(eventful(node, plan), {"shaky": [1]}),
        "hostile": Scenario(
            hostile.model_copy(update={"backends": {"airflow": {"env": {"TEXT": hostile.description}}}}),
            conf={"text": hostile.description * 2},
        ),
        "limited": Scenario(plan(parameters=steps), conf={"steps": 0}),
        "daily": Scenario(plan(airflow=daily), date="2026-03-01T11:00:00+00:00"),
        "alarming": Scenario(
            plan(alarming, airflow={"on_failure": {"callback": "team_alerts:tell"}}), {"shaky": [1]}
        ),
        "unset": Scenario(plan(airflow={"bash": {"python_environment": "PYTHON_OF_NOBODY"}})),
    }


@pytest.fixture(scope="module", params=["airflow2", "airflow3"])
def results(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    install_in: Callable[..., Any],
    fake_python: Callable[[Path], Mapping[str, str]],
    builders: tuple[MakeNode, MakePlan, Plan],
) -> Mapping[str, Result]:
    """Returns the results of all scenarios in one of the majors."""
    folder = tmp_path_factory.mktemp(request.param)
    airflow = install_in(request.param, folder)
    airflow.environment = {**fake_python(folder), "PYTHONPATH": str(folder)}
    (folder / "team_alerts.py").write_text(
        "from pathlib import Path\n"
        "def tell(context):\n"
        f"    with Path({str(folder / 'alerts')!r}).open('a') as file:\n"
        "        file.write(context['task_instance'].task_id + '\\n')\n"
    )
    cases = scenarios(*builders)
    for name, case in cases.items():
        settings = {**case.plan.backends["airflow"], "dag_id": name}
        airflow.add(case.plan.model_copy(update={"backends": {"airflow": settings}}), name)
    (folder / "script.json").write_text(json.dumps({name: case.script for name, case in cases.items()}))
    runs, output = airflow.run_all(
        [{"dag_id": name, "date": case.date, "conf": case.conf} for name, case in cases.items()]
    )
    (folder / "output").write_text(output)
    calls = [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]
    return {
        name: Result(
            run,
            {
                node.id: [call for call in calls if (call["bundle"], call["node"]) == (name, node.id)]
                for node in case.plan.nodes
            },
            folder,
        )
        for (name, case), run in zip(cases.items(), runs, strict=True)
    }


def test_what_runs_on_exit_is_told_how_the_others_ended(results: Mapping[str, Result]) -> None:
    for name, state in (("lucky", "succeeded"), ("unlucky", "failed")):
        (call,) = results[name].calls["farewell"]
        assert call["environment"]["TFXC_FINAL_STATE"] == state
        (first,) = results[name].calls["first"]
        assert "TFXC_FINAL_STATE" not in first["environment"]


def test_a_run_with_a_skip_and_a_retry_succeeds(results: Mapping[str, Result]) -> None:
    result = results["lucky"]
    assert result.run.state == "success"
    assert result.run.states() == {
        "first": "success",
        "optional": "skipped",
        "consumer": "skipped",
        "shaky": "success",
        "after_shaky": "success",
        "audit": "success",
        "farewell": "success",
        "failure-watcher": "skipped",
    }
    assert result.run.tasks["shaky"].tries == 3
    assert len(result.calls["shaky"]) == 3
    (call,) = result.calls["first"]
    assert call["arguments"][:4] == [*launcher_command("python")[1:], "run-node", "--plan"]
    assert call["arguments"][4].endswith("/dags/lucky")
    assert call["arguments"][5:7] == ["--node", "first"]
    assert call["environment"]["TFXC_RUN_ID"] == result.run.run_id


def test_a_failure_fails_the_run_but_not_what_runs_anyway(results: Mapping[str, Result]) -> None:
    run = results["unlucky"].run
    assert run.state == "failed"
    assert run.states() == {
        "first": "success",
        "optional": "success",
        "consumer": "success",
        "shaky": "failed",
        "after_shaky": "upstream_failed",
        "audit": "success",
        "farewell": "success",
        "failure-watcher": "failed",
    }
    assert run.tasks["shaky"].tries == 3


def test_values_reach_the_launcher_as_they_are(results: Mapping[str, Result], hostile_text: str) -> None:
    result = results["hostile"]
    assert result.run.state == "success"
    (call,) = result.calls["first"]
    assert call["environment"]["TEXT"] == hostile_text
    parameters = json.loads(call["environment"]["TFXC_PARAMETERS"])
    assert parameters == {"text": hostile_text * 2, "one": hostile_text}


def test_a_parameter_outside_its_limits_is_refused(results: Mapping[str, Result]) -> None:
    result = results["limited"]
    assert "0 is less than the minimum of 1" in result.run.output
    assert result.calls["first"] == []


def test_the_date_of_a_run_is_that_of_its_interval_in_the_time_zone(results: Mapping[str, Result]) -> None:
    (call,) = results["daily"].calls["first"]
    # At that moment the second of March began in Auckland, so the interval that is over is the first's.
    # It began on the 28th of February in UTC.
    assert call["environment"]["TFXC_RUN_DATE"] == "2026-03-01"


def test_a_callback_is_called_when_a_node_has_failed_for_good(results: Mapping[str, Result]) -> None:
    result = results["alarming"]
    assert result.run.state == "failed"
    assert (result.folder / "alerts").read_text() == "shaky\n"


def test_a_worker_without_the_environment_variable_says_what_to_set(results: Mapping[str, Result]) -> None:
    result = results["unset"]
    assert result.run.state == "failed"
    message = "PYTHON_OF_NOBODY: set it to the Python of an environment with tfxc[tfx]"
    assert message in (result.folder / "output").read_text()
