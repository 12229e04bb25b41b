"""Pipelines over real metadata servers: two at once into one; a lost one that comes back, or does not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.launcher.metadata_servers import MariaDb, MetadataServer, MlmdService, PostgreSql
from tfxc.schemas.plan import PlanNode, PlanQuery, ResolverComponent

pytestmark = pytest.mark.tfx

SERVERS = {"mysql": MariaDb, "postgresql": PostgreSql, "grpc": MlmdService}
DATASET = {"made": "Dataset"}
LATEST = "tfx.dsl.input_resolution.strategies.latest_artifact_strategy:LatestArtifactStrategy"


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[MetadataServer]:
    started = SERVERS[request.param]()
    started.start()
    yield started
    started.remove()


def states(results: dict[str, Any]) -> str:
    return " ".join(result.state for result in results.values())


def wide_plan(plans: Any, project: Path, **fields: Any) -> Any:
    """Five nodes beside each other, and one that finds the latest of what they made."""
    made = [plans.step(f"make_{index}", "Make", outputs=DATASET) for index in range(5)]
    latest = PlanNode(
        id="latest",
        component=ResolverComponent(strategy_class=LATEST),
        inputs={"source": (PlanQuery(artifact_type="Dataset"),)},
        outputs={"source": "Dataset"},
    )
    return plans.plan_of(project, *made, latest, **fields)


def test_two_pipelines_at_once_into_one_empty_database(
    launcher: Any, plans: Any, project: Path, server: MetadataServer
) -> None:
    """Both make MLMD's tables and types in the same moment, and all their nodes run beside each other."""
    metadata = server.metadata("shared")
    runs = [
        launcher.open(wide_plan(plans, project, name=name, metadata=metadata), project)
        for name in ("north", "south")
    ]
    started = [run.start(node.id) for run in runs for node in run.plan.nodes if node.id != "latest"]
    assert {launcher.finished(identifier).state for identifier in started} == {"succeeded"}
    assert {run.node("latest").state for run in runs} == {"succeeded"}
    again = launcher.open(runs[0].plan, project)
    assert states(again.all()) == "cached cached cached cached cached succeeded"


def sleeping(plans: Any, mark: Path, **fields: Any) -> Any:
    arguments = {"seconds": plans.value(3.0), "mark": plans.value(str(mark))}
    return plans.step("sleep", "Sleep", arguments=arguments, outputs=DATASET, **fields)


def kill_while_it_runs(run: Any, server: MetadataServer, mark: Path) -> int:
    node: int = run.start("sleep")
    while not mark.exists():
        time.sleep(0.05)
    server.kill()
    return node


def test_a_server_that_is_lost_in_the_middle_of_a_node_and_comes_back(
    launcher: Any, plans: Any, project: Path, server: MetadataServer
) -> None:
    mark = project / "started"
    plan = plans.plan_of(
        project,
        sleeping(plans, mark),
        plans.step(
            "look", "Look", inputs={"source": plans.channel("sleep.made", "Dataset")}, outputs=DATASET
        ),
        metadata=server.metadata("back"),
    )
    run = launcher.open(plan, project)
    node = kill_while_it_runs(run, server, mark)
    time.sleep(5)  # the node is over by now, and cannot write that it is
    server.start()
    ended = launcher.finished(node)
    assert (ended.state, ended.error) == ("succeeded", None)
    looked = run.node("look")
    assert (looked.state, looked.error) == ("succeeded", None)


def test_a_server_that_does_not_come_back_is_named(
    launcher: Any, plans: Any, project: Path, server: MetadataServer
) -> None:
    mark = project / "started"
    execution = plans.execution(env={"TFXC_METADATA_PATIENCE": "2"})
    plan = plans.plan_of(
        project, sleeping(plans, mark, execution=execution), metadata=server.metadata("gone")
    )
    run = launcher.open(plan, project)
    ended = launcher.finished(kill_while_it_runs(run, server, mark))
    try:
        assert ended.state == "failed"
        name = rf"the metadata (database|server) at 127\.0\.0\.1:{server.port}"
        assert re.match(f"{name} was lost and did not come back within 2 seconds: ", ended.error.message)
        refused = launcher.try_open(plan, project)
        assert re.match(f"{name} cannot be (opened|reached): ", refused.message)
    finally:
        server.start()
