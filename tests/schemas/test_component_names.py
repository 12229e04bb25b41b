"""Only the models of the components know what a component is: nothing else asks for one by its name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tfxc.compiler.python.parse import nodes_of
from tfxc.schemas.components import component_model, component_types

ROOT = Path(__file__).parent.parent.parent
SOURCES = [
    path
    for layer in ("schemas", "backends", "compiler")
    for path in sorted((ROOT / layer).rglob("*.py"))
    if path.parent != ROOT / "schemas" / "components"
]
OTHER_CLASS_NAMES = {
    "AvroExampleGen": "FileBasedExampleGen",
    "ParquetExampleGen": "FileBasedExampleGen",
    "CloudAITrainer": "Trainer",
    "CloudAITuner": "Tuner",
    "CloudAIPusher": "Pusher",
    "CloudAIBulkInferrer": "CloudAIBulkInferrerComponent",
    "BigQueryMLPusher": "Pusher",
    "Container": "create_container_component",
}
"""types that TFX spells in another way: with an executor, with the module as the difference, or a function"""
KINDS_OF_THE_PLAN = {"schemas/plan_components.py": {"Resolver", "Importer", "Container"}}
"""Nodes that TFX runs without an executor of Python; the Plan has a model of its own for each."""
OTHER_WORDS = {
    "backends/reports/html/run_sections.py": {"Pipeline"},
    "backends/reports/past/comparison.py": {"Pipeline"},
    "backends/launcher/importing/python_file.py": {"Pipeline"},
}
"""Headings that are words of English, too, and TFX's class of that name."""
WRITERS_OF_SPECS = {
    "compiler/start/render.py": {"ImportExampleGen", "CsvExampleGen"},
    "compiler/importing/components.py": {"Resolver", "Importer", "Container", "Pipeline"},
    "compiler/importing/kubeflow/nodes.py": {"Container"},
}
"""What is written into a new spec has to be named."""
WRITERS_OF_PROGRAMS = {"compiler/ejecting/nodes.py": {"Resolver", "Importer"}}
"""TFX's classes for the kinds of nodes of the Plan."""
ALLOWED = {**KINDS_OF_THE_PLAN, **OTHER_WORDS, **WRITERS_OF_SPECS, **WRITERS_OF_PROGRAMS}
MIRRORS_OF_TFX = {"schemas/standard_component_specs.py"}
"""Tables of TFX's own classes, for those that build on them."""


def _names_in(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8")
    names = {name for name in component_types() if name in text}
    for node in nodes_of(ast.parse(text)) if names else ():
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names:
            yield node.lineno, node.value


def test_no_component_is_asked_for_by_its_name() -> None:
    asked = [
        f"{name}:{line} asks for {component}"
        for path in SOURCES
        if (name := path.relative_to(ROOT).as_posix()) not in MIRRORS_OF_TFX
        for line, component in _names_in(path)
        if component not in ALLOWED.get(name, set())
    ]
    assert asked == []


@pytest.mark.parametrize("name", component_types())
def test_every_component_has_a_stage_and_a_class(name: str) -> None:
    model = component_model(name)
    assert model.stage.value
    assert model.class_path.rpartition(":")[2] == OTHER_CLASS_NAMES.get(name, name)


def test_the_stages_stand_in_their_order() -> None:
    stages = [component_model(name).stage for name in component_types()]
    order = list(type(stages[0]))
    assert [order.index(stage) for stage in stages] == sorted(order.index(stage) for stage in stages)
