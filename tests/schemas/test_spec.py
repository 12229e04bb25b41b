"""The document's model, its parameters and the execution section."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from tfxc.schemas.execution import Execution
from tfxc.schemas.parameters import (
    Parameter,
    contradictions,
    parse_value,
    sample_value,
    why_unfit,
)
from tfxc.schemas.spec import METADATA_KINDS, Spec

SPEC: dict[str, Any] = {"version": 1, "name": "penguin", "components": {"gen": {"type": "X"}}}


def errors(model: type[BaseModel], value: Any) -> list[tuple[str, tuple[Any, ...]]]:
    """(type of error, path) of every error of a value."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        return [(line["type"], line["loc"]) for line in error.errors()]
    return []


def test_the_smallest_spec() -> None:
    spec = Spec.model_validate(SPEC)
    assert (spec.pipeline_root, spec.metadata, spec.beam_pipeline_args) == ("runs", None, [])


@pytest.mark.parametrize("name", ["a", "penguin", "penguin-2", "2", "a" * 63])
def test_good_names(name: str) -> None:
    assert errors(Spec, {**SPEC, "name": name}) == []


@pytest.mark.parametrize("name", ["", "Penguin", "a_b", "-a", "a-", "a" * 64, "a b", "ä", "a\n", 3, None])
def test_bad_names(name: Any) -> None:
    assert len(errors(Spec, {**SPEC, "name": name})) == 1


@pytest.mark.parametrize("component", ["a", "a1", "a_b", "a" * 63])
def test_good_component_ids(component: str) -> None:
    assert errors(Spec, {**SPEC, "components": {component: {}}}) == []


@pytest.mark.parametrize("component", ["", "A", "1a", "_a", "a-b", "a.b", "a" * 64, "a\n"])
def test_bad_component_ids_are_errors_at_the_key(component: str) -> None:
    ((_, path),) = errors(Spec, {**SPEC, "components": {component: {}}})
    assert path == ("components", component, "[key]")


@pytest.mark.parametrize("version", [0, 2, "1", 1.0, True])
def test_other_versions_are_errors(version: Any) -> None:
    assert [path for _, path in errors(Spec, {**SPEC, "version": version})] == [("version",)]


def test_unknown_keys_are_errors() -> None:
    assert errors(Spec, {**SPEC, "pipeline": {}}) == [("extra_forbidden", ("pipeline",))]


def test_there_is_at_least_one_component() -> None:
    assert errors(Spec, {**SPEC, "components": {}}) == [("too_short", ("components",))]


def test_kinds_of_metadata() -> None:
    assert METADATA_KINDS == ("sqlite", "mysql", "postgresql", "grpc")
    server = {"host": "h", "database": "d", "user": "u", "password": "p", "port": 3306}
    for kind in ("mysql", "postgresql"):
        assert errors(Spec, {**SPEC, "metadata": {kind: server}}) == []
    assert errors(Spec, {**SPEC, "metadata": {"grpc": {"host": "h", "port": 0}}}) == [
        ("greater_than_equal", ("metadata", "grpc", "port"))
    ]
    assert errors(Spec, {**SPEC, "metadata": {"sqlite": {"path": ""}}}) == [
        ("string_too_short", ("metadata", "sqlite", "path"))
    ]


@pytest.mark.parametrize("default", [[], {}, float("inf"), 10**400])
def test_a_default_is_a_scalar(default: Any) -> None:
    assert len(errors(Parameter, {"type": "int", "default": default})) == 1


def parameter(**fields: Any) -> Parameter:
    return Parameter.model_validate(fields)


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"type": "int"}, 3),
        ({"type": "float"}, 3),
        ({"type": "float"}, 0.5),
        ({"type": "str"}, ""),
        ({"type": "path"}, "data/x"),
        ({"type": "bool"}, False),
        ({"type": "int", "minimum": 0, "maximum": 0}, 0),
        ({"type": "str", "choices": ["a", "b"]}, "b"),
        ({"type": "str", "pattern": "a+"}, "aa"),
    ],
)
def test_values_that_a_parameter_takes(fields: dict[str, Any], value: Any) -> None:
    assert why_unfit(parameter(**fields), value) is None


@pytest.mark.parametrize(
    ("fields", "value"),
    [
        ({"type": "int"}, 3.0),
        ({"type": "int"}, True),
        ({"type": "int"}, "3"),
        ({"type": "float"}, True),
        ({"type": "str"}, 3),
        ({"type": "bool"}, 0),
        ({"type": "path"}, None),
        ({"type": "int", "minimum": 1}, 0),
        ({"type": "float", "maximum": 1}, 1.5),
        ({"type": "str", "choices": ["a", "b"]}, "c"),
        ({"type": "str", "pattern": "a+"}, "aab"),
        ({"type": "str", "pattern": "a+"}, "aa\n"),
        ({"type": "int"}, "x" * 5000),
        ({"type": "str"}, 10**4000),
    ],
)
def test_values_that_a_parameter_refuses(fields: dict[str, Any], value: Any) -> None:
    problem = why_unfit(parameter(**fields), value)
    assert problem is not None
    assert len(problem) < 200


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"type": "int", "default": 5, "minimum": 1, "maximum": 9}, []),
        ({"type": "int", "default": 0, "minimum": 1}, ["default"]),
        ({"type": "int", "default": "x"}, ["default"]),
        ({"type": "int", "minimum": 2, "maximum": 1}, ["maximum"]),
        ({"type": "str", "minimum": 1}, ["minimum"]),
        ({"type": "int", "pattern": "x"}, ["pattern"]),
        ({"type": "str", "pattern": "("}, ["pattern"]),
        ({"type": "str", "pattern": "(", "default": "x"}, ["pattern"]),
        ({"type": "int", "choices": [1, "x"]}, ["choices"]),
        ({"type": "str", "choices": ["a"], "default": "b"}, ["default"]),
        ({"type": "bool", "choices": [True]}, ["choices"]),
        ({"type": "int", "choices": [1, 5], "maximum": 3, "default": 1}, ["choices"]),
    ],
)
def test_declarations_that_contradict_themselves(fields: dict[str, Any], keys: list[str]) -> None:
    assert [key for key, _ in contradictions(parameter(**fields))] == keys


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "int", "minimum": 5},
        {"type": "int", "maximum": -5},
        {"type": "float", "minimum": 0.1, "maximum": 0.2},
        {"type": "str"},
        {"type": "path"},
        {"type": "bool"},
        {"type": "str", "choices": ["x"]},
        {"type": "int", "default": 7},
    ],
)
def test_a_sample_is_a_value_that_the_parameter_takes(fields: dict[str, Any]) -> None:
    assert why_unfit(parameter(**fields), sample_value(parameter(**fields))) is None


@pytest.mark.parametrize(
    ("type_name", "text", "value"),
    [
        ("int", "-3", -3),
        ("float", "1e-3", 0.001),
        ("float", "2", 2.0),
        ("bool", "TRUE", True),
        ("bool", "no", False),
        ("str", "3", "3"),
        ("str", "", ""),
        ("path", "gs://x", "gs://x"),
    ],
)
def test_texts_of_a_command_line(type_name: str, text: str, value: Any) -> None:
    parsed = parse_value(parameter(type=type_name), text)
    assert (parsed, type(parsed)) == (value, type(value))


@pytest.mark.parametrize(
    ("type_name", "text"),
    [("int", "3.0"), ("int", "1_000"), ("int", ""), ("int", "9" * 5000), ("float", "nan"), ("bool", "on")],
)
def test_texts_that_are_refused(type_name: str, text: str) -> None:
    with pytest.raises(ValueError, match="takes"):
        parse_value(parameter(type=type_name), text)


def test_execution() -> None:
    assert (
        errors(
            Execution,
            {
                "retries": 2,
                "retry_delay": "30s",
                "timeout": 3600,
                "resources": {"cpu": 0.5, "memory": "8Gi", "accelerator": {"type": "nvidia.com/gpu"}},
                "env": {"A": "1"},
            },
        )
        == []
    )


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"retries": -1}, ("retries",)),
        ({"retries": True}, ("retries",)),
        ({"retry_delay": []}, ("retry_delay",)),
        ({"timeout": float("inf")}, ("timeout",)),
        ({"resources": {"cpu": 0}}, ("resources", "cpu")),
        ({"resources": {"memory": 1.5}}, ("resources", "memory")),
        ({"resources": {"accelerator": {"type": "x", "count": 0}}}, ("resources", "accelerator", "count")),
        ({"trigger_strategy": "ALWAYS"}, ("trigger_strategy",)),
        ({"env": {"A": 1}}, ("env", "A")),
        ({"beam_pipeline_args": "--x"}, ("beam_pipeline_args",)),
    ],
)
def test_execution_errors_are_one_each(value: Any, path: tuple[str, ...]) -> None:
    assert [where for _, where in errors(Execution, value)] == [path]
