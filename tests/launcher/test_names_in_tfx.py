"""Names of nodes that mean something elsewhere: the pipeline's own, and words of TFX and of Python."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import Plan, PlanNode, PlanQuery, ResolverComponent
from tfxc.schemas.plan_conditions import ArtifactOperand, Comparison, ValueOperand

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}


def four_nodes(plans: Any, project: Path, name: str) -> Plan:
    """A node, one that reads it and waits on a condition on it, a Resolver, and one behind that."""
    length = ArtifactOperand(
        node="first", output="made", artifact_type="Dataset", field="custom_property", name="length"
    )
    plan: Plan = plans.plan_of(
        project,
        plans.step("first", "Make", outputs=DATASET),
        plans.step(
            "second",
            "Copy",
            inputs={"source": plans.channel("first.made", "Dataset")},
            outputs=DATASET,
            upstream=("first",),
            when=Comparison(operator="==", left=length, right=ValueOperand(value=4)),
        ),
        PlanNode(
            id="third",
            component=ResolverComponent(
                strategy_class="tfx.dsl.input_resolution.strategies.latest_artifact_strategy:"
                "LatestArtifactStrategy"
            ),
            inputs={"made": (PlanQuery(artifact_type="Dataset"),)},
            outputs=DATASET,
            upstream=("second",),
        ),
        plans.step(
            "fourth",
            "Copy",
            inputs={"source": plans.channel("third.made", "Dataset")},
            outputs=DATASET,
            upstream=("third",),
        ),
        name=name,
    )
    return plan


def renamed(value: Any, old: str, new: str) -> Any:
    """Returns JSON values with a pipeline's name, alone or before a node's, replaced."""
    if isinstance(value, dict):
        return {key: renamed(inner, old, new) for key, inner in value.items()}
    if isinstance(value, list):
        return [renamed(inner, old, new) for inner in value]
    if isinstance(value, str) and (value == old or value.startswith(f"{old}.")):
        return new + value.removeprefix(old)
    return value


@pytest.mark.parametrize("node", ["first", "second", "third", "fourth"])
def test_the_ir_of_a_pipeline_named_like_a_node_is_that_of_any_other(
    launcher: Any, plans: Any, project: Path, node: str
) -> None:
    other = launcher.open(four_nodes(plans, project, "other-name"), project)
    same = launcher.open(four_nodes(plans, project, node), project)
    ir = same.ir()
    assert ir["pipeline_info"]["id"] == node
    expected = renamed(other.ir(), "other-name", node)
    assert ir == renamed(expected, other.context.run_id, same.context.run_id)


def test_a_pipeline_named_like_a_node_runs_and_is_cached(launcher: Any, plans: Any, project: Path) -> None:
    plan = four_nodes(plans, project, "second")
    first = launcher.open(plan, project).all()
    assert {result.state for result in first.values()} == {"succeeded"}
    again = launcher.open(plan, project).all()
    assert [again[node].state for node in ("first", "second")] == ["cached", "cached"]
    with sqlite3.connect(project / "runs" / "metadata.sqlite") as store:
        contexts = set(
            store.execute("SELECT Type.name, Context.name FROM Context JOIN Type ON Type.id = type_id")
        )
    assert ("pipeline", "second") in contexts
    assert ("node", "second.second") in contexts
    assert not [name for _, name in contexts if "PIPELINE" in name]


def test_names_of_tfx_are_those_of_the_ir_and_of_the_store_and_nowhere_else(
    launcher: Any, plans: Any, project: Path
) -> None:
    plan = four_nodes(plans, project, "numbers")
    named = tuple(node.model_copy(update={"tfx_id": f"{node.id.title()}.of.tfx"}) for node in plan.nodes)
    plan = plan.model_copy(update={"tfx_name": "Numbers of TFX", "nodes": named})
    opened = launcher.open(plan, project)
    ir = opened.ir()
    assert ir["pipeline_info"]["id"] == "Numbers of TFX"
    assert [entry["pipeline_node"]["node_info"]["id"] for entry in ir["nodes"]] == [
        "First.of.tfx",
        "Second.of.tfx",
        "Third.of.tfx",
        "Fourth.of.tfx",
    ]
    states = {node: result.state for node, result in opened.all().items()}
    assert states == dict.fromkeys(("first", "second", "third", "fourth"), "succeeded")
    again = {node: result.state for node, result in launcher.open(plan, project).all().items()}
    assert (again["first"], again["second"]) == ("cached", "cached")
    with sqlite3.connect(project / "runs" / "metadata.sqlite") as store:
        contexts = {name for (name,) in store.execute("SELECT name FROM Context")}
    assert {"Numbers of TFX", "Numbers of TFX.First.of.tfx"} <= contexts
    assert not [name for name in contexts if name.startswith("numbers")]
    assert (project / "runs" / "First.of.tfx").is_dir()


def test_nodes_may_have_names_that_mean_something_to_tfx_and_python(
    launcher: Any, plans: Any, project: Path
) -> None:
    names = (
        *("pipeline", "pipeline_run", "node", "begin", "example_begin", "example_end", "cond_1"),
        *("channel", "context", "artifact", "execution", "subpipeline", "inputs", "outputs", "root"),
        *("class", "def", "import", "lambda", "none", "true", "null", "self", "print", "tfx", "tfxc"),
    )
    steps = [plans.step(name, "Make", outputs=DATASET) for name in names]
    ir = launcher.open(plans.plan_of(project, *steps), project).ir()
    built = [entry["pipeline_node"]["node_info"]["id"] for entry in ir["nodes"]]
    assert sorted(built) == sorted(names)
