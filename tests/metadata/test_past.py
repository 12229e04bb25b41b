"""What is read of the past: runs, their states, and who made and read an artifact."""

from __future__ import annotations

import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.property_names import ERROR
from tfxc.backends.local.running.dead_runs import dead_runs
from tfxc.backends.metadata.folder_runs import GONE
from tfxc.backends.metadata.past import Past, read_past
from tfxc.backends.metadata.store import mark_artifacts
from tfxc.backends.metadata.values import Revision, Use
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import GrpcMetadata, Plan, SqliteMetadata


def past(store: Any, plan: Plan) -> Past:
    return read_past(plan, store.folder)


def first_run(store: Any, run_id: str = "one") -> tuple[int, int]:
    """Puts a run of both nodes, and returns its examples and its model."""
    examples = store.artifact("Examples", f"runs/example_gen/examples/{run_id}")
    model = store.artifact("Model", f"runs/trainer/model/{run_id}")
    store.execution(run_id, "example_gen", "CsvExampleGen", outputs={"examples": [examples]}, span=3)
    store.execution(run_id, "trainer", "Trainer", inputs={"examples": [examples]}, outputs={"model": [model]})
    return examples, model


def test_before_the_first_run_there_is_nothing_and_nothing_is_made(tmp_path: Path, two_nodes: Plan) -> None:
    found = read_past(two_nodes, tmp_path)
    assert found.runs == ()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(WrongUse, match="there are no runs of birds yet"):
        found.run("latest")


def test_a_run_that_only_the_store_knows(store: Any, two_nodes: Plan) -> None:
    examples, model = first_run(store)
    (run,) = past(store, two_nodes).runs
    assert (run.id, run.state, run.parameters, run.folder) == ("one", "succeeded", None, None)
    assert run.tfx_version == "1.16.0"
    assert [(node.node, node.type, node.state) for node in run.nodes] == [
        ("example_gen", "CsvExampleGen", "succeeded"),
        ("trainer", "Trainer", "succeeded"),
    ]
    assert run.nodes[0].arguments["span"] == 3
    (read,) = run.nodes[1].inputs["examples"]
    assert read.id == examples
    assert read.uri == str(store.folder / "runs/example_gen/examples/one")
    assert read.maker == Use(1, "birds", "one", "example_gen", "examples")
    assert [use.node for use in read.consumers] == ["trainer"]
    assert run.nodes[1].outputs["model"][0].id == model


@pytest.mark.parametrize(
    ("state", "of_run"),
    [("failed", "failed"), ("cancelled", "cancelled"), ("running", "running"), ("cached", "succeeded")],
)
def test_the_last_attempt_of_a_node_decides(store: Any, two_nodes: Plan, state: str, of_run: str) -> None:
    examples, model = first_run(store, "earlier")
    store.execution("one", "example_gen", "CsvExampleGen", "cached", outputs={"examples": [examples]})
    store.execution("one", "trainer", "Trainer", "failed")
    said = {ERROR: "trainer ran out of data"}
    store.execution("one", "trainer", "Trainer", state, outputs={"model": [model]}, **said)
    run = past(store, two_nodes).run("one")
    assert run.node("trainer").reason == (said[ERROR] if state in ("failed", "cancelled") else "")
    assert ERROR not in run.node("trainer").arguments
    assert (run.state, run.node("trainer").state) == (of_run, state)
    assert run.node("trainer").execution_ids == (4, 5)
    assert run.node("example_gen").cached
    assert (run.ended is None) == (state == "running")


def test_a_run_without_all_its_nodes_is_unfinished(store: Any, two_nodes: Plan) -> None:
    store.execution("one", "example_gen", "CsvExampleGen")
    assert past(store, two_nodes).run("one").state == "unfinished"


def test_a_node_below_a_condition_need_not_have_run(store: Any, two_nodes: Plan) -> None:
    conditional = two_nodes.nodes[1].model_copy(update={"when": {"truth": True}})
    plan = two_nodes.model_copy(update={"nodes": (two_nodes.nodes[0], conditional)})
    store.execution("one", "example_gen", "CsvExampleGen")
    assert past(store, plan).run("one").state == "succeeded"


def test_what_is_taken_over_or_resolved_has_its_maker_still(store: Any, with_resolver: Plan) -> None:
    examples, model = first_run(store)
    store.execution("two", "latest", "Resolver", outputs={"model": [model]})
    store.execution("two", "example_gen", "CsvExampleGen", "cached", outputs={"examples": [examples]})
    artifacts = past(store, with_resolver).history.artifacts
    makers = [artifact.maker for artifact in artifacts.values()]
    assert [maker and maker.run_id for maker in makers] == ["one", "one"]
    assert artifacts[examples].reusers == (Use(4, "birds", "two", "example_gen", "examples", cached=True),)
    assert [use.node for use in artifacts[model].reusers] == ["latest"]


def test_runs_of_other_pipelines_in_the_store_are_left_out(store: Any, two_nodes: Plan) -> None:
    first_run(store, "shared")
    store.pipeline = "fish"
    store.execution("shared", "example_gen", "CsvExampleGen", "failed")
    store.execution("other", "example_gen", "CsvExampleGen", "failed")
    (run,) = past(store, two_nodes).runs
    assert (run.id, run.state, len(run.nodes)) == ("shared", "succeeded", 2)


STARTED = {"event": "node_started", "node": "example_gen", "log": "/elsewhere/logs/example_gen.1.log"}
FINISHED = {"event": "node_finished", "node": "example_gen", "state": "succeeded", "execution_id": 1}
CONDITION = "its condition is false"
SKIPPED = {"event": "node_finished", "node": "trainer", "state": "skipped", "reason": CONDITION}
END = {"event": "run_finished", "state": "succeeded"}


def test_the_folder_of_a_run_knows_more_than_the_store(store: Any, two_nodes: Plan) -> None:
    store.execution("one", "example_gen", "CsvExampleGen")
    revision = {"commit": "abc", "dirty": True}
    folder = store.run_folder(
        "one",
        [STARTED, FINISHED, SKIPPED, END],
        parameters={"steps": 3},
        tfxc_version="0.1",
        revision=revision,
    )
    run = past(store, two_nodes).run("one")
    assert (run.state, run.parameters, run.seconds) == ("succeeded", {"steps": 3}, 4.0)
    assert (run.tfxc_version, run.revision) == ("0.1", Revision("abc", True))
    assert run.plan_path == str(folder.plan)
    example_gen, trainer = run.nodes
    assert (example_gen.seconds, example_gen.log) == (1.0, str(folder.logs / "example_gen.1.log"))
    assert (trainer.state, trainer.reason, trainer.log) == ("skipped", CONDITION, None)


def test_a_run_that_a_process_holds_goes_on(store: Any, two_nodes: Plan) -> None:
    store.execution("one", "example_gen", "CsvExampleGen", "running")
    store.run_folder("one", [STARTED, {"event": "node_retrying", "node": "trainer"}], hold=True)
    run = past(store, two_nodes).run("one")
    assert (run.state, run.ended, [node.state for node in run.nodes]) == (
        "running",
        None,
        ["running", "waiting"],
    )


def test_a_run_that_nobody_holds_has_failed_whatever_the_store_says(store: Any, two_nodes: Plan) -> None:
    store.execution("one", "example_gen", "CsvExampleGen", "running")
    folder = store.run_folder("one", [STARTED, {"event": "node_retrying", "node": "trainer"}])
    run = past(store, two_nodes).run("one")
    assert (run.state, run.error) == ("failed", GONE)
    assert [(node.state, node.reason) for node in run.nodes] == [("failed", GONE), ("not_run", GONE)]
    assert dead_runs(folder) == ()  # it may be ending just now: its outputs are left alone for a minute


def test_a_run_of_which_the_store_knows_nothing_is_listed(store: Any, two_nodes: Plan) -> None:
    store.run_folder("one", [{"event": "run_finished", "state": "failed", "reason": "no TFX"}])
    (run,) = past(store, two_nodes).runs
    assert (run.id, run.state, run.error, run.in_store) == ("one", "failed", "no TFX", False)


def test_a_resumed_run_keeps_what_its_first_part_finished(store: Any, two_nodes: Plan) -> None:
    again = {"event": "node_finished", "node": "example_gen", "state": "cached", "reason": "earlier"}
    resumed = {"event": "run_resumed", "pipeline": "birds", "nodes": ["example_gen"]}
    failed = {"event": "run_finished", "state": "failed"}
    store.run_folder("one", [STARTED, FINISHED, failed, resumed, again, END])
    run = past(store, two_nodes).run("one")
    assert (run.state, run.node("example_gen").state) == ("succeeded", "succeeded")


def test_folders_that_are_no_runs_are_passed_over(store: Any, two_nodes: Plan) -> None:
    first_run(store)
    runs = store.folder / "runs" / ".tfxc"
    (runs / "empty").mkdir(parents=True)
    (runs / ".gitignore").write_text("*\n")
    broken = store.run_folder("broken", [END])
    broken.events.write_bytes(b"\xff\n{")
    store.run_folder("bad", [END]).record.write_text("[]")
    assert [run.id for run in past(store, two_nodes).runs] == ["one"]


def test_runs_are_found_by_a_beginning_and_the_latest_by_its_time(store: Any, two_nodes: Plan) -> None:
    for run_id in ("b-1", "a-2", "a-3"):
        first_run(store, run_id)
    found = past(store, two_nodes)
    assert [found.run(name).id for name in ("latest", "b", "a-2")] == ["a-3", "b-1", "a-2"]
    with pytest.raises(WrongUse, match=r"`a` is the beginning of 2 run ids: a-2, a-3"):
        found.run("a")
    with pytest.raises(WrongUse, match=r"there is no run `c` of birds.*the latest is a-3"):
        found.run("c")


def test_looking_leaves_a_read_only_store_as_it_is(store: Any, two_nodes: Plan) -> None:
    first_run(store)
    before = store.path.read_bytes()
    store.path.chmod(stat.S_IRUSR)
    assert len(past(store, two_nodes).runs) == 1
    assert store.path.read_bytes() == before


def test_what_is_marked_deleted_says_so(store: Any, two_nodes: Plan) -> None:
    examples, model = first_run(store)
    found = past(store, two_nodes)
    mark_artifacts(found.connection, [model], "DELETED")
    artifacts = past(store, two_nodes).history.artifacts
    assert (artifacts[examples].state, artifacts[model].state) == ("live", "deleted")
    assert artifacts[model].custom_properties == found.history.artifacts[model].custom_properties


@pytest.mark.parametrize("content", [b"", b"not a database, surely not one at all, no" * 40])
def test_a_file_that_is_no_database_is_one_sentence(tmp_path: Path, two_nodes: Plan, content: bytes) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "metadata.sqlite").write_bytes(content)
    with pytest.raises(Failure) as failed:
        read_past(two_nodes, tmp_path)
    assert "metadata.sqlite" in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_server_that_is_not_there_is_one_sentence(tmp_path: Path, two_nodes: Plan) -> None:
    plan = two_nodes.model_copy(update={"metadata": GrpcMetadata(host="127.0.0.1", port=1)})
    with pytest.raises(Failure, match=r"the metadata store at 127.0.0.1:1 cannot be read"):
        read_past(plan, tmp_path)


def test_without_ml_metadata_it_says_what_to_install(
    store: Any, two_nodes: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ml_metadata", None)
    with pytest.raises(Failure, match=r"needs ml-metadata, which is not installed here: install it with"):
        past(store, two_nodes)


def test_places_that_depend_on_a_variable(store: Any, two_nodes: Plan) -> None:
    first_run(store)
    path = {"$concatenate": [{"$reference": "env.STORE"}, "/metadata.sqlite"]}
    plan = two_nodes.model_copy(update={"metadata": SqliteMetadata(path=path)})
    environment = {"STORE": str(store.path.parent)}
    assert len(read_past(plan, store.folder, environment=environment).runs) == 1
    with pytest.raises(Failure, match="STORE, which is not set"):
        read_past(plan, store.folder, environment={})


def test_runs_before_the_latest_are_counted_back(store: Any, two_nodes: Plan) -> None:
    for run_id in ("one", "two", "three"):
        first_run(store, run_id)
    found = past(store, two_nodes)
    assert [found.run(f"latest{steps}").id for steps in ("", "~0", "~1", "~2")] == [
        "three",
        "three",
        "two",
        "one",
    ]
    with pytest.raises(WrongUse, match="`latest~3` is no run of birds, which has 3 runs"):
        found.run("latest~3")
    with pytest.raises(WrongUse, match="there is no run `latest~x` of birds"):
        found.run("latest~x")
