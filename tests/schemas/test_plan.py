"""The Plan's format: what an older or newer one is told, and what a node says of itself."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import (
    FORMAT,
    ContainerComponent,
    ImporterComponent,
    ManagedMetadata,
    Plan,
    PlanArgument,
    PlanChannel,
    PlanExecutor,
    PlanGroup,
    PlanModule,
    PlanNode,
    PlanQuery,
    StandardComponent,
)
from tfxc.schemas.plan_file import PlanFormatError, load_plan
from tfxc.schemas.plan_places import paths, values
from tfxc.schemas.plan_values import (
    artifact_value,
    concatenation,
    container_input,
    container_output,
    has_references,
    known_prefix,
    path,
)
from tfxc.schemas.spec_values import spec_value
from tfxc.schemas.version import tfxc_version


def node(id: str, **fields: Any) -> PlanNode:
    return PlanNode(id=id, **{"component": ImporterComponent(), **fields})


FULL = Plan(
    name="example",
    compiled_by="9.8.7",
    tfx="1.16",
    pipeline_root="runs",
    metadata=ManagedMetadata(),
    groups=(PlanGroup(id="cities", label="cities"), PlanGroup(id="north", label="north", parent="cities")),
    nodes=(
        node("tune"),
        node(
            "trainer.rome",
            label="trainer[rome]",
            origin=("components", "trainer"),
            group="north",
            component=StandardComponent(
                type="Trainer",
                class_path="m:Trainer",
                executor=PlanExecutor(module=PlanModule(folder=0, import_name="own"), class_name="Own"),
            ),
            module=PlanModule(folder=1, import_name="model"),
            inputs={
                "examples": (PlanQuery(artifact_type="Examples", pipeline="other", properties={"span": 1}),),
                "hyperparameters": (
                    PlanChannel(node="tune", output="best", artifact_type="HyperParameters", optional=True),
                ),
            },
            arguments={"rate": PlanArgument(value=artifact_value("tune", "rate"), execution_property="rate")},
        ),
        node(
            "scorer",
            component=ContainerComponent(
                image="registry/scorer:1", command=("score", container_input("model", "uri"))
            ),
        ),
    ),
)


def test_a_plan_with_everything_goes_through_its_json() -> None:
    assert load_plan(FULL.to_json()) == FULL


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"format": "tfxc.plan/3"},
            f"the plan is of the format tfxc.plan/3, made by tfxc 9.8.7, and this is tfxc {tfxc_version()}, "
            f"which reads {FORMAT}: install tfxc 9.8.7 or newer where this runs, or compile the spec with "
            "this version.",
        ),
        (
            {"format": "tfxc.plan/3", "compiled_by": "\x1b[31m"},
            f"the plan is of the format tfxc.plan/3, made by a newer tfxc, and this is tfxc "
            f"{tfxc_version()}, which reads {FORMAT}: install a newer tfxc where this runs, or compile the "
            "spec with this version.",
        ),
        (
            {"format": "tfxc.plan/1"},
            f"the plan is of the format tfxc.plan/1, and this is tfxc {tfxc_version()}, which reads "
            f"{FORMAT}: compile the spec again with this version.",
        ),
        ({"format": "argo/2"}, f"the plan is no plan of tfxc: its format is 'argo/2', not {FORMAT}."),
        ({"format": 2}, "the plan is no plan of tfxc: it does not say its `format`."),
        (
            {"matrix": {}},
            "the plan is not one that this version of tfxc reads: matrix: Extra inputs are not permitted "
            f"(tfxc 9.8.7 made it, and this is tfxc {tfxc_version()}).",
        ),
    ],
)
def test_a_plan_of_another_version_is_told_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    document = {**json.loads(FULL.to_json()), **change}
    with pytest.raises(PlanFormatError) as raised:
        load_plan(json.dumps(document))
    assert str(raised.value) == sentence
    assert isinstance(raised.value, WrongUse)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000, "null", '"tfxc.plan/2"'])
def test_what_is_no_plan_is_told_by_its_name(text: str) -> None:
    with pytest.raises(PlanFormatError, match=r"^build/plan.json is n"):
        load_plan(text, "build/plan.json")


@pytest.mark.parametrize("id", ["", "a/b", "a[b]", "..", ".hidden", "Trainer", "a b", "a\n"])
def test_an_id_is_safe_as_a_file_name(id: str) -> None:
    with pytest.raises(ValidationError):
        node(id)


def test_a_node_is_by_default_its_component() -> None:
    assert (node("tune").label, node("tune").origin) == ("tune", ("components", "tune"))


def test_the_modules_of_a_node_are_its_components_and_its_own() -> None:
    assert [module.import_name for module in FULL.node("trainer.rome").modules()] == ["own", "model"]


def test_places_begin_with_the_origin() -> None:
    insides = (("examples", "properties", "span"), ("rate",))
    assert [(each.place, each.inside) for each in values(FULL) if each.node == "trainer.rome"] == [
        (("components", "trainer", *inside), inside) for inside in insides
    ]
    command = ("components", "scorer", "command")
    assert [each.place for each in values(FULL) if each.node == "scorer"] == [
        ("components", "scorer", "image"),
        (*command, 0),
        (*command, 1),
    ]
    assert [each.place for each in paths(FULL)] == [("pipeline_root",)]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (artifact_value("tune", "rate"), "{{ tune.rate.value }}"),
        (container_input("model", "uri"), "{{ inputs.model.uri }}"),
        (concatenation(["--out=", container_output("scores", "path")]), "--out={{ outputs.scores.path }}"),
        (path(concatenation(["a/", artifact_value("tune", "rate")])), "a/{{ tune.rate.value }}"),
    ],
)
def test_what_only_a_node_knows_is_shown_as_a_spec_writes_it(value: Any, shown: str) -> None:
    assert spec_value(value) == shown
    assert has_references(value)
    assert known_prefix(value) == shown.partition("{{")[0]
