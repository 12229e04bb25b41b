"""Real schedulers: what they run is what the spec says. The launcher is a stand-in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import Plan, PlanNode

pytestmark = pytest.mark.airflow

MakeNode = Callable[..., PlanNode]
MakePlan = Callable[..., Plan]


def calls(folder: Path, bundle: str, node: str) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]
    return [call for call in found if (call["bundle"], call["node"]) == (bundle, node)]


def test_a_schedule_a_timeout_and_an_exit_node(
    airflow: Any,
    make_node: MakeNode,
    make_plan: MakePlan,
    fake_python: Callable[[Path], Mapping[str, str]],
    tmp_path: Path,
) -> None:
    """One interval of the past is caught up; its slow node is stopped, and the run has failed.

    Its first node has succeeded and updated an asset, so the pipeline that waits for that has run.
    """
    airflow.environment = dict(fake_python(tmp_path))
    (tmp_path / "script.json").write_text(json.dumps({"scheduled": {"slow": ["sleep"]}}))
    settings = {
        "dag_id": "scheduled",
        "schedule": "@daily",
        "start_date": "2026-03-01",
        "end_date": "2026-03-01",
        "timezone": "Pacific/Auckland",
        "catchup": True,
        "pools": {"small": {"slots": 1}},
        "nodes": {"slow": {"pool": "small"}, "first": {"outlets": ["s3://bucket/rows"]}},
    }
    plan = make_plan(
        make_node("first"),
        make_node("slow", "first", execution={"timeout": 2}),
        make_node("after_slow", "slow"),
        make_node("farewell"),
        on_exit="farewell",
        airflow=settings,
    )
    bundle = airflow.add(plan, "scheduled")
    follows = {"dag_id": "follower", "assets": {"all": ["s3://bucket/rows"]}}
    airflow.add(make_plan(airflow=follows), "follower")
    code, output = airflow.call("airflow", "pools", "import", bundle / "pools.json")
    assert code == 0, output

    with airflow.scheduler():
        run = airflow.wait_for_run("scheduled", timeout=180)
        following = airflow.wait_for_run("follower", timeout=120)

    assert run.state == "failed"
    assert run.states() == {
        "first": "success",
        "slow": "failed",
        "after_slow": "upstream_failed",
        "farewell": "success",
        "failure-watcher": "failed",
    }
    assert following.states() == {"first": "success"}
    (call,) = calls(tmp_path, "follower", "first")
    assert call["environment"]["TFXC_RUN_ID"] == following.run_id
    (call,) = calls(tmp_path, "scheduled", "first")
    assert call["environment"]["TFXC_RUN_DATE"] == "2026-03-01"
    assert call["environment"]["TFXC_RUN_ID"] == run.run_id
    # The launcher is told to stop, so that it can say so to ML Metadata.
    assert [call["event"] for call in calls(tmp_path, "scheduled", "slow")] == ["started", "stopped"]
