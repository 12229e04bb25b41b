"""What a Plan can ask of the launcher beside components: executors of one's own, artifacts' values, artifacts
of one producer, of another pipeline, with certain properties. And what it refuses, each in a sentence."""

from __future__ import annotations

import textwrap
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import (
    ManagedMetadata,
    PlanArgument,
    PlanExecutor,
    PlanModule,
    PlanNode,
    PlanQuery,
    ResolverComponent,
    StandardComponent,
)
from tfxc.schemas.plan_values import artifact_value, concatenation

pytestmark = pytest.mark.tfx

LATEST = "tfx.dsl.input_resolution.strategies.latest_artifact_strategy:LatestArtifactStrategy"

STEPS = """
import pathlib
from typing import Dict, List
from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, OutputDict, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.dsl.components.base.base_executor import BaseExecutor
from tfx.types.experimental.simple_artifacts import Dataset
from tfx.types.standard_artifacts import Examples


@component
def Tune() -> OutputDict(rate=float, word=str, ready=bool, rates=List[float]):
    return {"rate": 0.25, "word": "slow", "ready": True, "rates": [1.5, 2.5]}


@component
def Train(
    made: OutputArtifact[Dataset],
    rate: Parameter[float] = 0.0,
    text: Parameter[str] = "",
    flag: Parameter[bool] = False,
    rates: Parameter[List[float]] = None,
    weights: Parameter[Dict[str, float]] = None,
):
    (pathlib.Path(made.uri) / "given").write_text(repr((rate, text, flag, rates, weights)))


@component
def Span(number: Parameter[int], made: OutputArtifact[Examples]):
    made.set_int_custom_property("span", number)
    (pathlib.Path(made.uri) / "span").write_text(str(number))


@component
def Window() -> OutputDict(spans=Dict[str, Dict[str, int]]):
    return {"spans": {"static_range": {"start_span_number": 2, "end_span_number": 3}}}


@component
def Make(word: Parameter[str], made: OutputArtifact[Dataset]):
    made.set_string_custom_property("word", word)
    made.set_int_custom_property("length", len(word))
    (pathlib.Path(made.uri) / "word").write_text(word)


class Own(BaseExecutor):
    def Do(self, input_dict, output_dict, exec_properties):
        file = pathlib.Path(output_dict["schema"][0].uri, "schema.pbtxt")
        file.write_text("# mine: " + exec_properties["schema_file"])
"""


@pytest.fixture
def steps(project: Path) -> Path:
    (project / "steps.py").write_text(textwrap.dedent(STEPS), encoding="utf-8")
    return project


def contents(folder: Path) -> list[str]:
    return [path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()]


def tuned(plans: Any, folder: Path, **arguments: Any) -> Any:
    return plans.plan_of(
        folder,
        plans.step(
            "tune",
            "Tune",
            outputs={"rate": "Float", "word": "String", "ready": "Boolean", "rates": "JsonValue"},
        ),
        plans.step(
            "train",
            "Train",
            arguments={name: PlanArgument(value=value) for name, value in arguments.items()},
            outputs={"made": "Dataset"},
            upstream=("tune",),
        ),
    )


def test_values_of_artifacts_are_arguments(launcher: Any, plans: Any, steps: Path) -> None:
    values = {name: artifact_value("tune", name) for name in ("rate", "word", "ready", "rates")}
    joined = concatenation([values["word"], " at ", values["rate"], " in ", {"$reference": "run.id"}])
    plan = tuned(
        plans,
        steps,
        rate=values["rate"],
        text=joined,
        flag=values["ready"],
        rates=values["rates"],
        weights={"first": values["rate"]},
    )
    results = launcher.open(plan, steps, run_id="a run").all()
    assert [result.state for result in results.values()] == ["succeeded", "succeeded"], results["train"].error
    assert contents(steps / "runs/train/made") == [
        "(0.25, 'slow at 0.25 in a run', True, [1.5, 2.5], {'first': 0.25})"
    ]
    # The values are part of the cache key, wherever they stand.
    again = launcher.open(plan, steps, run_id="a run again")
    assert again.node("tune").state == "cached"
    assert again.node("train").state == "succeeded"
    same = tuned(plans, steps, weights={"first": values["rate"]})
    assert [launcher.open(same, steps).all()["train"].state for _ in range(2)] == ["succeeded", "cached"]


def test_true_in_a_text_is_as_in_every_text(launcher: Any, plans: Any, steps: Path) -> None:
    text = concatenation(["it is ", artifact_value("tune", "ready")])
    launcher.open(tuned(plans, steps, text=text), steps).all()
    assert contents(steps / "runs/train/made") == ["(0.0, 'it is true', False, None, None)"]


def test_a_value_that_is_not_there_is_named(launcher: Any, plans: Any, steps: Path) -> None:
    plan = tuned(plans, steps, rate=artifact_value("tune", "rate"))
    result = launcher.open(plan, steps).node("train")
    assert result.error.message == (
        "`train` cannot start: it takes `tune.rate.value`, but `tune` did not run."
    )
    plan = tuned(plans, steps, weights={"first": artifact_value("tune", "word")})
    result = launcher.open(plan, steps).all()["train"]
    assert result.state == "failed"
    assert result.error.message.startswith("`train` cannot be built: TypeError: ")
    plan = tuned(plans, steps, rate=artifact_value("tune", "nothing"))
    error = launcher.try_open(plan, steps)
    assert error.message == "train.rate reads `tune.nothing`, which is no output."


def test_spans_are_chosen_by_what_a_node_says(launcher: Any, plans: Any, steps: Path) -> None:
    plan = plans.plan_of(
        steps,
        plans.step(
            "first", "Span", arguments={"number": PlanArgument(value=3)}, outputs={"made": "Examples"}
        ),
        plans.step(
            "second", "Span", arguments={"number": PlanArgument(value=4)}, outputs={"made": "Examples"}
        ),
        plans.step("window", "Window", outputs={"spans": "JsonValue"}),
        PlanNode(
            id="latest",
            component=ResolverComponent(
                strategy_class="tfx.dsl.input_resolution.strategies.span_range_strategy:SpanRangeStrategy",
                config={"range_config": artifact_value("window", "spans")},
            ),
            inputs={"examples": (PlanQuery(artifact_type="Examples"),)},
            outputs={"examples": "Examples"},
            upstream=("first", "second", "window"),
        ),
    )
    assert found(launcher.open(plan, steps).all()["latest"]) == ["first"]


def test_an_executor_of_ones_own_runs_in_the_place_of_tfxs(launcher: Any, plans: Any, steps: Path) -> None:
    (steps / "schema.pbtxt").write_text("")
    component = StandardComponent(
        type="ImportSchemaGen",
        class_path="tfx.components.schema_gen.import_schema_gen.component:ImportSchemaGen",
        executor=PlanExecutor(module=PlanModule(folder=0, import_name="steps"), class_name="Own"),
    )
    plan = plans.plan_of(
        steps,
        PlanNode(
            id="schema_gen",
            component=component,
            arguments={"schema_file": PlanArgument(value={"$path": "schema.pbtxt"})},
            outputs={"schema": "Schema"},
        ),
    )
    result = launcher.open(plan, steps).node("schema_gen")
    assert result.state == "succeeded", result.error
    assert contents(steps / "runs/schema_gen/schema") == ["# mine: schema.pbtxt"]
    assert launcher.open(plan, steps).node("schema_gen").state == "cached"
    (steps / "steps.py").write_text((steps / "steps.py").read_text().replace("mine", "new"))
    edited = plans.plan_of(steps, *plan.nodes)
    assert launcher.open(edited, steps).node("schema_gen").state == "succeeded"


def test_what_is_no_executor_is_refused(launcher: Any, plans: Any, steps: Path) -> None:
    component = StandardComponent(
        type="SchemaGen",
        class_path="tfx.components.schema_gen.import_schema_gen.component:ImportSchemaGen",
        executor=PlanExecutor(module=PlanModule(folder=0, import_name="steps"), class_name="Make"),
    )
    arguments = {"schema_file": PlanArgument(value="s")}
    plan = plans.plan_of(steps, PlanNode(id="schema_gen", component=component, arguments=arguments))
    error = launcher.try_open(plan, steps)
    assert error.message == (
        "`schema_gen` cannot be built: `steps.Make` is no executor: derive it from BaseExecutor."
    )


def make(plans: Any, node: str, word: Any = None) -> PlanNode:
    arguments = {"word": PlanArgument(value=word or node)}
    made: PlanNode = plans.step(node, "Make", arguments=arguments, outputs={"made": "Dataset"})
    return made


def resolver(upstream: tuple[str, ...] = (), **query: Any) -> PlanNode:
    return PlanNode(
        id="latest",
        component=ResolverComponent(strategy_class=LATEST),
        inputs={"made": (PlanQuery(artifact_type="Dataset", **query),)},
        outputs={"made": "Dataset"},
        upstream=upstream,
    )


def found(result: Any) -> list[str]:
    """Returns the nodes that made what a Resolver found."""
    assert result.state == "succeeded", result.error
    return [artifact.uri.split("/")[-3] for artifact in result.artifacts]


def test_a_query_takes_what_one_producer_made(launcher: Any, plans: Any, steps: Path) -> None:
    latest = resolver(("first", "second"), producer="first", output="made")
    plan = plans.plan_of(steps, make(plans, "first"), make(plans, "second"), latest)
    assert found(launcher.open(plan, steps).all()["latest"]) == ["first"]


def test_a_query_takes_what_has_certain_properties(launcher: Any, plans: Any, steps: Path) -> None:
    nodes = [make(plans, word) for word in ("short", "longer", "longest")]
    names = tuple(node.id for node in nodes)
    plan = plans.plan_of(
        steps,
        *nodes,
        resolver(names, custom_properties={"length": 6, "word": {"$reference": "run.id"}}),
    )
    assert found(launcher.open(plan, steps, run_id="longer").all()["latest"]) == ["longer"]
    assert found(launcher.open(plan, steps, run_id="short").node("latest")) == []
    for none in ({"custom_properties": {"colour": "red"}}, {"properties": {"length": 6}}):
        plan = plans.plan_of(steps, resolver(**none))
        assert found(launcher.open(plan, steps).node("latest")) == []


def test_a_query_takes_what_another_pipeline_made(launcher: Any, plans: Any, steps: Path) -> None:
    other = plans.plan_of(steps, make(plans, "first"), make(plans, "second"), name="other")
    launcher.open(other, steps).all()
    for query, nodes in (
        ({}, []),
        ({"pipeline": "other"}, ["second"]),
        ({"pipeline": "other", "producer": "first", "output": "made"}, ["first"]),
        ({"pipeline": "other", "custom_properties": {"word": "first"}}, ["first"]),
        ({"pipeline": "nobody"}, []),
    ):
        plan = plans.plan_of(steps, resolver(**query))
        assert found(launcher.open(plan, steps).node("latest")) == nodes, query


def test_a_plan_for_another_line_of_tfx_is_not_run(launcher: Any, plans: Any, steps: Path) -> None:
    arguments = {"word": PlanArgument(value="a")}
    node = plans.step("make", "Make", arguments=arguments, outputs={"made": "Dataset"})
    here = ".".join(version("tfx").split(".")[:2])
    assert launcher.open(plans.plan_of(steps, node, tfx=here), steps).node("make").state == "succeeded"
    for other in ("1.1", "9.9"):
        error = launcher.try_open(plans.plan_of(steps, node, tfx=other), steps)
        assert error.message.startswith(
            f"this pipeline was compiled for TFX {other}, and here is TFX {here}."
        )


def test_what_the_launcher_cannot_do_is_a_sentence(launcher: Any, plans: Any, steps: Path) -> None:
    def refused(node: PlanNode, **fields: Any) -> str:
        return str(launcher.try_open(plans.plan_of(steps, node, **fields), steps).message)

    assert refused(resolver(), metadata=ManagedMetadata()) == (
        "the pipeline's metadata is managed by an orchestrator that does not run here."
    )
