"""Containers in a spec: what they become in the Plan, and what people are shown of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from tfxc.backends import load_backend
from tfxc.backends.local.backend import container_findings
from tfxc.compiler.draw.view import graph_view
from tfxc.compiler.driver import check
from tfxc.schemas.plan import ContainerComponent, Plan, PlanChannel

SPEC = """
version: 1
name: scoring
parameters:
  limit: {type: float, default: 0.5}
  tag: {type: str, default: "1.2"}
components:
  found: {type: Importer, source_uri: data, artifact_type: Model}
  scorer:
    type: Container
    image: "registry/scorer:{{ parameters.tag }}"
    inputs: {model: Model}
    outputs: {scores: Dataset, best: Float}
    parameters: {limit: "{{ parameters.limit }}", times: 3, loud: true}
    command: [score, "{{ inputs.model.uri }}", "--to={{ outputs.scores.uri }}/x", "plain"]
    args: ["{{ inputs.limit.value }}", "{{ parameters.limit }}", "{{ outputs.best.uri }}"]
    working_directory: /app
    model: found.result
    depends_on: [found]
    execution: {env: {STAGE: "{{ env.STAGE }}"}, resources: {memory: 2Gi}}
  reader:
    type: Container
    image: registry/reader@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    inputs: {best: Float}
    args: ["{{ inputs.best.value }}"]
    best: scorer.best
    when: scorer.best.value > 0.5
"""


def plan_of(folder: Path, text: str = SPEC) -> Plan:
    file = folder / "pipeline.yaml"
    file.write_text(text, encoding="utf-8")
    checked = check(file)
    assert not checked.has_errors, checked.diagnostics
    assert checked.plan is not None
    return checked.plan


def container(plan: Plan, node: str) -> ContainerComponent:
    component = plan.node(node).component
    assert isinstance(component, ContainerComponent)
    return component


def test_a_container_is_lowered_to_its_plan(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    scorer = plan.node("scorer")
    assert container(plan, "scorer") == ContainerComponent(
        image={"$concatenate": ["registry/scorer:", {"$reference": "parameters.tag"}]},
        command=(
            "score",
            {"$concatenate": [{"$input": "model.uri"}]},
            {"$concatenate": ["--to=", {"$output": "scores.uri"}, "/x"]},
            "plain",
        ),
        args=(
            {"$concatenate": [{"$input": "limit.value"}]},
            {"$concatenate": [{"$reference": "parameters.limit"}]},
            {"$concatenate": [{"$output": "best.uri"}]},
        ),
        working_directory="/app",
    )
    assert scorer.inputs == {"model": (PlanChannel(node="found", output="result", artifact_type="Model"),)}
    assert scorer.outputs == {"scores": "Dataset", "best": "Float"}
    assert {name: each.value for name, each in scorer.arguments.items()} == {
        "limit": {"$reference": "parameters.limit"},
        "times": 3,
        "loud": True,
    }
    assert {each.execution_property for each in scorer.arguments.values()} == {"limit", "times", "loud"}
    assert plan.node("reader").upstream == ("scorer",)
    assert Plan.model_validate_json(plan.to_json()) == plan


def test_the_values_of_a_matrix_are_texts_in_a_command(tmp_path: Path) -> None:
    text = """
version: 1
name: cities
components:
  scorer:
    type: Container
    matrix: {city: [rome, berlin], depth: [2]}
    image: "registry/{{ matrix.city }}:1"
    outputs: {scores: Dataset}
    parameters: {depth: "{{ matrix.depth }}"}
    command: [score, "{{ matrix.depth }}", "{{ inputs.depth.value }}"]
    args: ["{{ matrix.city }}/{{ outputs.scores.uri }}"]
"""
    plan = plan_of(tmp_path, text)
    assert [container(plan, node.id).image for node in plan.nodes] == ["registry/rome:1", "registry/berlin:1"]
    first = container(plan, plan.nodes[0].id)
    assert first.command[1] == "2"
    assert first.args[0] == {"$concatenate": ["rome/", {"$output": "scores.uri"}]}
    assert plan.nodes[0].arguments["depth"].value == 2


def test_drawings_and_documents_show_the_image(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    types = {node.id: node.type for node in graph_view(plan).nodes}
    assert types["scorer"] == "Container registry/scorer:{{ parameters.tag }}"
    assert types["found"] == "Importer"
    files: Any = load_backend("airflow").emit(plan, {}).files
    documents = json.loads(next(text for path, text in files.items() if path.name == "docs.json"))
    assert "| `scorer` | Container registry/scorer:{{ parameters.tag }} |" in documents["pipeline"]


def test_documents_show_a_container_as_a_spec_has_it(tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    files: Any = load_backend("airflow").emit(plan, {}).files
    documents = json.loads(next(text for path, text in files.items() if path.name == "docs.json"))
    shown = [text.split("```")[1].removeprefix("yaml") for text in documents["nodes"].values()]
    components = {name: value for text in shown for name, value in yaml.safe_load(text).items()}
    given = yaml.safe_load(SPEC)
    assert components["reader"] == given["components"]["reader"]
    for key in ("image", "inputs", "outputs", "parameters", "command", "args", "working_directory", "model"):
        assert components["scorer"][key] == given["components"]["scorer"][key], key


def test_a_run_without_its_containers_needs_none(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    plan = plan_of(tmp_path)
    assert container_findings(plan, ("found",)) == []
    found = container_findings(plan, None)
    assert [(each.code, each.path) for each in found] == [
        ("B101", ("components", "scorer", "type")),
        ("B101", ("components", "reader", "type")),
    ]
    assert found[0].message == (
        "`scorer` runs in a container, which nothing here can start: there is no `docker` and no `podman` on "
        "PATH"
    )
    assert len(container_findings(plan, ("found", "reader"))) == 1
