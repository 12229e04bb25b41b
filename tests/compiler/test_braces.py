"""Braces in every field of every model: validating and lowering agree on what a text with them is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from tfxc.backends import backend_names, load_backend
from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.models.markers import input_fields, keys_of
from tfxc.compiler.models.value_types import (
    AlternativesValue,
    ChannelValue,
    ChoiceValue,
    ListValue,
    MappingValue,
    ModelValue,
    ScalarValue,
    ValueType,
    read_field,
)
from tfxc.compiler.source.files import Overlay
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.execution import Execution
from tfxc.schemas.parameters import Parameter
from tfxc.schemas.plan import Plan
from tfxc.schemas.spec import Metadata, Spec

BRACED = (
    "{{ '{{' }} x() }}",
    "{{ '{{' }}",
    "{{ '{{ parameters.size }}' }}",
    "{{ 'Model' }}",
    "{{ '30s' }}",
    "{{ '' }}",
    "}}",
    "{{",
    "{{ parameters.size }}",
    "a {{ run.id }}",
    "{{ env.HOME }}",
    "{ parameters.size }}",
)
ESCAPED_AND_REFERENCE = (BRACED[0], "{{ parameters.size }}")
DEEPEST = 3
HERE = Path("/braces")
"""Where the specs seem to lie. Nothing of them is on the disk: there are thousands."""
MODULE = (
    "def run_fn(args): ...\ndef tuner_fn(args): ...\ndef preprocessing_fn(inputs): ...\n"
    "def stats_options_updater_fn(kind, options): ...\n"
    "from tfx.components.statistics_gen.executor import Executor\nclass Reader(Executor): ...\n"
)
INNER = "version: 1\nname: inner\ncomponents: {source: {type: CsvExampleGen, input_base: data}}\n"
Document = dict[str, Any]
ENOUGH: dict[str, Document] = {
    "ModelRegistryPusher": {
        "registry": {"mlflow": {"tracking_uri": "http://mlflow:5000"}},
        "model_name": "penguin",
    },
    "BestModel": {"metric": "auc", "direction": "maximize"},
    "Pipeline": {"spec": "inner.yaml"},
    "Alert": {"webhook": {"url": "http://alerts"}},
    "PipelineTrigger": {"airflow": {"url": "http://airflow", "dag_id": "train"}},
    "InfraValidator": {"serving_spec": {"tensorflow_serving": {"tags": ["latest"]}, "local_docker": {}}},
    "FileBasedExampleGen": {"executor": "my_steps.py:Reader"},
    "QueryBasedExampleGen": {"executor": "my_steps.py:Reader"},
    "TfGraphDataViewProvider": {"create_decoder_func": "run_fn", "module_file": "my_steps.py"},
    "Resolver": {"strategy_class": "LatestArtifactStrategy", "k": {"artifact_type": "Model"}},
}
"""type → arguments that it needs beside those that are required by themselves"""


def places(value: ValueType, depth: int = 0) -> Iterator[tuple[Any, ...]]:
    """Yields the paths to all that can be written in a value: keys, 0 for an item, "k" for a free key."""
    if depth in (0, DEEPEST) or not isinstance(value, (ModelValue, ListValue, MappingValue)):
        yield ()
    if depth >= DEEPEST:
        return
    if isinstance(value, ModelValue):
        yield from model_places(value.model, depth + 1)
    elif isinstance(value, ListValue):
        yield from ((0, *rest) for rest in places(value.item, depth + 1))
    elif isinstance(value, MappingValue):
        yield from (("k", *rest) for rest in places(value.item, depth + 1))
    elif isinstance(value, AlternativesValue):
        for alternative in value.alternatives:
            yield from places(alternative, depth)
    elif isinstance(value, ChannelValue):
        yield (0,)
        yield ("artifact_type",)


def model_places(model: type[BaseModel], depth: int = 0) -> Iterator[tuple[Any, ...]]:
    for key, info in keys_of(model).items():
        yield from ((key, *rest) for rest in places(read_field(info), depth))


def planted(path: tuple[Any, ...], text: str, around: Any = None) -> Any:
    """Returns a value with a text at a path, in what is already around it."""
    if not path:
        return text
    if isinstance(path[0], int):
        return [planted(path[1:], text)]
    inside = around if isinstance(around, dict) else {}
    return {**inside, path[0]: planted(path[1:], text, inside.get(path[0]))}


def sample(value: ValueType) -> Any:
    if isinstance(value, ScalarValue):
        if value.types[0] == "string":
            return {"path": "data", "Python file": "my_steps.py", "artifact type": "Model"}.get(
                value.words, "x"
            )
        return {"integer": 1, "number": 1.5, "boolean": True}[value.types[0]]
    if isinstance(value, ChoiceValue):
        return value.values[0]
    if isinstance(value, ListValue):
        return [sample(value.item)]
    if isinstance(value, AlternativesValue):
        return sample(value.alternatives[0])
    return required(value.model) if isinstance(value, ModelValue) else {}


def required(model: type[BaseModel]) -> Document:
    """Returns the least that a model takes."""
    keys = [key for key, info in keys_of(model).items() if info.is_required()]
    if issubclass(model, Component):
        keys += [group[0] for group in (*model.exactly_one, *model.at_least_one)]
    return {key: sample(read_field(keys_of(model)[key])) for key in keys}


def document(**sections: Any) -> Document:
    return {
        "version": 1,
        "name": "braces",
        "parameters": {"size": {"type": "str", "default": "big"}},
        "components": {"source": {"type": "CsvExampleGen", "input_base": "data"}},
        **sections,
    }


def with_component(type_name: str) -> Document:
    """Returns a document with a component of a type, its channels from Importers."""
    model = component_model(type_name)
    node = {**required(model), **ENOUGH.get(type_name, {}), "type": type_name}
    components: Document = {"node": node}
    for name, field in input_fields(model).items():
        if name in node or field.required:
            components[name] = {
                "type": "Importer",
                "source_uri": "x",
                "artifact_type": field.artifact_type,
                "properties": {"split_names": '["train", "eval"]'}
                if field.artifact_type == "Examples"
                else {},
            }
            node[name] = f"{name}.result"
    return document(components=components)


def checked(content: Document, **beside: str) -> CheckedSpec:
    file = HERE / "pipeline.yaml"
    texts = {"my_steps.py": MODULE, "inner.yaml": INNER, **beside}
    # What is JSON is YAML, and much faster written.
    return check(file, files=Overlay({file: json.dumps(content), **{HERE / n: t for n, t in texts.items()}}))


def assert_agreement(content: Document, **beside: str) -> None:
    spec = checked(content, **beside)
    assert (spec.plan is None) == spec.has_errors
    if spec.plan is not None:
        assert Plan.model_validate_json(spec.plan.to_json()) == spec.plan


@cache
def first_with() -> dict[tuple[str, str], str]:
    """Returns an argument's key and type → the first component with it; others have the same key of the same
    type."""
    first: dict[tuple[str, str], str] = {}
    for name in component_types():
        for key, info in keys_of(component_model(name)).items():
            first.setdefault((key, repr(read_field(info))), name)
    return first


def texts_of(rest: tuple[Any, ...], is_first: bool) -> tuple[str, ...]:
    """Returns what is planted in an argument (nothing is left of the path) or in a part of it."""
    if is_first:
        return BRACED[:1] if rest else BRACED
    return () if rest else ESCAPED_AND_REFERENCE


@pytest.mark.parametrize("type_name", component_types())
def test_components(type_name: str) -> None:
    base = with_component(type_name)
    for key, info in keys_of(component_model(type_name)).items():
        if key in COMMON_KEYS - {"type"}:
            continue
        value = read_field(info)
        is_first = first_with()[key, repr(value)] == type_name
        for rest in dict.fromkeys(places(value)):
            for text in texts_of(rest, is_first):
                node = planted((key, *rest), text, base["components"]["node"])
                assert_agreement({**base, "components": {**base["components"], "node": node}})


@pytest.mark.parametrize("path", [("type",), ("when",), ("description",), ("depends_on", 0), ("execution",)])
def test_keys_of_every_component(path: tuple[Any, ...]) -> None:
    inner = [path] if path != ("execution",) else [("execution", *rest) for rest in model_places(Execution)]
    for each in inner:
        for text in BRACED:
            node = planted(each, text, {"type": "CsvExampleGen", "input_base": "data"})
            assert_agreement(document(components={"source": node}))


def test_sections() -> None:
    sections = [
        path for path in model_places(Spec) if path[0] not in ("components", "parameters", "backends")
    ]
    sections += [("metadata", *path) for path in model_places(Metadata)]
    sections += [("parameters", "size", *path) for path in model_places(Parameter)]
    for path in dict.fromkeys(sections):
        for text in BRACED:
            assert_agreement(planted(path, text, document()))


@pytest.mark.parametrize("backend", backend_names())
def test_settings_of_backends(backend: str) -> None:
    for path in dict.fromkeys(model_places(load_backend(backend).settings)):
        for text in BRACED[:1] if len(path) > 1 else BRACED[:2]:
            assert_agreement(document(backends={backend: planted(path, text)}))


def test_arguments_of_ones_own_component() -> None:
    source = (
        "from tfx.v1.dsl.components import Parameter, component\n\n\n"
        "@component\ndef Own(number: Parameter[int] = 1, text: Parameter[str] = '') -> None: ...\n"
    )
    for key in ("type", "number", "text", "other"):
        for text in BRACED:
            node = {"type": "own.py:Own", key: text}
            assert_agreement(document(components={"own": node}), **{"own.py": source})


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("execution", "resources", "memory"), "{{ '8Gi' }}"),
        (("execution", "timeout"), "{{ '30s' }}"),
        (("execution", "retry_delay"), "{{ '{{' }}"),
        (("execution", "trigger_strategy"), "{{ 'ALL_UPSTREAM_NODES_SUCCEEDED' }}"),
        (("execution", "retries"), "{{ '1' }}"),
        (("input_base",), "{{ '' }}"),
        (("input_config",), "{{ '{{' }}"),
    ],
)
def test_what_is_wrong_with_escaped_braces_is_said_of_the_field(path: tuple[Any, ...], text: str) -> None:
    node = planted(path, text, {"type": "CsvExampleGen", "input_base": "data"})
    spec = checked(document(components={"source": node}))
    assert [each.code for each in spec.diagnostics if each.is_error], spec.diagnostics
    assert not any("references in it" in each.message for each in spec.diagnostics)


def test_a_text_that_is_escaped_is_validated_as_what_it_stands_for() -> None:
    node = {"type": "CsvExampleGen", "input_base": "{{ 'da' }}ta", "input_config": {"splits": [
        {"name": "{{ 'train' }}", "pattern": "{{ '{{' }}*"}]}}  # fmt: skip
    spec = checked(document(components={"source": node}))
    assert spec.plan is not None
    (source,) = spec.plan.nodes
    assert source.arguments["input_base"].value == {"$path": "data"}
    assert source.arguments["input_config"].value == {"splits": [{"name": "train", "pattern": "{{*"}]}


def test_the_documents_that_texts_are_planted_in_are_valid() -> None:
    wrong = {
        name: [each.message for each in spec.diagnostics if each.is_error]
        for name in component_types()
        if (spec := checked(with_component(name))).has_errors
    }
    assert wrong == {}
