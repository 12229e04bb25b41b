"""Pipelines over real metadata servers: two at once into one; a lost one that comes back, or does not."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.launcher.metadata_servers import MariaDb, MetadataServer, MlmdService, PostgreSql
from tfxc.backends.launcher.protocol.connection import connection
from tfxc.backends.launcher.protocol.messages import DryRunRequest
from tfxc.backends.launcher.protocol.values import Values
from tfxc.backends.metadata.store import read_store
from tfxc.schemas.plan import ImporterComponent, PlanArgument, PlanNode, PlanQuery, ResolverComponent

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


def test_a_dry_run_agrees_with_the_run_and_writes_nothing(
    launcher: Any, plans: Any, project: Path, tmp_path_factory: pytest.TempPathFactory, server: MetadataServer
) -> None:
    """What it says of each node is what the run then does, with nothing else in the server than before."""
    (project / "words").mkdir()
    (project / "words" / "a").write_text("b")
    dataset = {"source": plans.channel("words.result", "Dataset")}
    words = PlanNode(
        id="words",
        component=ImporterComponent(),
        arguments={
            "source_uri": plans.value("words"),
            "artifact_type": PlanArgument(kind="artifact_type", value="Dataset"),
        },
        outputs={"result": "Dataset"},
    )

    def plan_with(text: str) -> Any:
        return plans.plan_of(
            project,
            plans.step("make", "Make", outputs=DATASET, arguments={"text": plans.value(text)}),
            words,
            plans.step("copy", "Look", inputs=dataset, outputs=DATASET, upstream=("words",)),
            name="dry",
            metadata=stored,
        )

    stored = server.metadata("dry")
    place = connection(stored, Values(parameters={}, run_id="", run_date="", environment={}))
    first = plan_with("first")
    assert dry(launcher, first, project, tmp_path_factory) == {node.id: "runs" for node in first.nodes}
    assert read_store(place).executions == () or isinstance(server, MlmdService)
    assert states(launcher.open(first, project).all()) == "succeeded succeeded succeeded"
    for plan, expected in ((first, "cached cached cached"), (plan_with("other"), "runs cached cached")):
        before = read_store(place)
        told = dry(launcher, plan, project, tmp_path_factory)
        assert read_store(place) == before
        assert " ".join(told.values()) == expected
        run = states(launcher.open(plan, project).all())
        assert run == expected.replace("runs", "succeeded")


def dry(launcher: Any, plan: Any, project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Returns what a dry run says of each node, as if those before it were cached."""
    run = launcher.open(plan, project, dry_run_folder=str(tmp_path_factory.mktemp("dry")))
    told = {}
    for node in plan.nodes:
        request = DryRunRequest(id=launcher.client.new_id(), run_id=run.context.run_id, node=node.id)
        launcher.client.request(request)
        told[node.id] = launcher.reply(request.id).result.state
    return told


def a_hundred(plans: Any, project: Path, **fields: Any) -> Any:
    return plans.plan_of(
        project,
        *(plans.step(f"make_{index}", "Make", outputs=DATASET) for index in range(100)),
        name="a-hundred",
        **fields,
    )


def none_is_lost(launcher: Any, plan: Any, project: Path) -> None:
    """Runs all nodes of a Plan at once, and looks for them in the store."""
    run = launcher.open(plan, project)
    started = [run.start(node.id) for node in plan.nodes]
    results = [launcher.finished(identifier) for identifier in started]
    assert [each.error for each in results if each.state != "succeeded"] == []
    values = Values(parameters={}, run_id="", run_date="", environment={}, folder=str(project))
    stored = read_store(connection(plan.metadata, values))
    # A gRPC server has one store, in which the pipelines of other tests are, too.
    states = {each.id: each.state for each in stored.executions if each.pipeline == plan.name}
    assert len(states) == len(plan.nodes)
    assert set(states.values()) == {"succeeded"}
    ids = {each.artifact_id for each in stored.events if each.execution_id in states}
    assert len({each.uri for each in stored.artifacts if each.id in ids}) == len(plan.nodes)


def test_a_hundred_nodes_at_once_into_a_file(launcher: Any, plans: Any, project: Path) -> None:
    none_is_lost(launcher, a_hundred(plans, project), project)


def test_a_hundred_nodes_at_once_into_a_server(
    launcher: Any, plans: Any, project: Path, server: MetadataServer
) -> None:
    none_is_lost(launcher, a_hundred(plans, project, metadata=server.metadata("hundred")), project)


def test_a_server_that_takes_no_more_connections_is_named(launcher: Any, plans: Any, project: Path) -> None:
    server = MariaDb()
    server.start()
    held: list[socket.socket] = []
    try:
        plan = plans.plan_of(
            project, plans.step("make", "Make", outputs=DATASET), metadata=server.metadata("full")
        )
        server.ask("SET GLOBAL max_connections = 10; SET GLOBAL connect_timeout = 600")
        held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(12)]
        refused = launcher.try_open(plan, project)
        message = getattr(refused, "message", None) or refused.node("make").error.message
        assert message == (
            f"the metadata database at 127.0.0.1:{server.port} takes no more connections: raise its "
            "`max_connections`, or run fewer nodes at once (`tfxc run --jobs`, Airflow's `max_active_tasks`)."
        )
    finally:
        for each in held:
            each.close()
        server.remove()


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
