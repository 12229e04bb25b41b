"""Parameters, references and paths become plain values."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.backends.launcher.protocol.values import Values, node_variables, resolve, resolve_parameters
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import (
    Plan,
    PlanExecution,
    PlanNode,
    PlanParameter,
    SqliteMetadata,
    StandardComponent,
)


def plan_with(*parameters: PlanParameter, **execution: Any) -> Plan:
    node = PlanNode(
        id="node",
        component=StandardComponent(type="T", class_path="m:T"),
        execution=PlanExecution(**execution),
    )
    return Plan(
        name="p",
        parameters=parameters,
        pipeline_root="runs",
        metadata=SqliteMetadata(path="m"),
        nodes=(node,),
    )


def parameter(kind: str, **fields: Any) -> PlanParameter:
    settings: dict[str, Any] = {"name": "p", "type": kind, "required": "default" not in fields}
    return PlanParameter(**{**settings, **fields})


def values(**fields: Any) -> Values:
    settings: dict[str, Any] = {
        "parameters": {"steps": 0, "rate": 0.5, "name": "x", "flag": False},
        "run_id": "run-1",
        "run_date": "2026-01-31",
        "environment": {"TOKEN": "secret", "EMPTY": ""},
    }
    return Values(**{**settings, **fields})


@pytest.mark.parametrize(
    ("kind", "given_value", "expected"),
    [
        ("int", 0, 0),
        ("int", "007", 7),
        ("int", 5.0, 5),
        ("int", "-3", -3),
        ("float", 0, 0.0),
        ("float", "1e-3", 0.001),
        ("bool", False, False),
        ("bool", "True", True),
        ("str", "", ""),
        ("str", "5", "5"),
        ("path", "data", "data"),
    ],
)
def test_a_value_gets_the_parameters_type(kind: str, given_value: Any, expected: Any) -> None:
    (result,) = resolve_parameters(plan_with(parameter(kind)), {"p": given_value}).values()
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("kind", "given_value"),
    [
        ("int", True),
        ("int", 1.5),
        ("int", "1.5"),
        ("int", None),
        ("int", [1]),
        ("float", "nan"),
        ("float", "inf"),
        ("float", "much"),
        ("float", False),
        ("bool", 1),
        ("bool", "yes"),
        ("str", 5),
        ("path", 5),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, given_value: Any) -> None:
    with pytest.raises(WrongUse, match="parameter `p` must be"):
        resolve_parameters(plan_with(parameter(kind)), {"p": given_value})


@pytest.mark.parametrize(
    ("kind", "limits", "given_value", "message"),
    [
        ("int", {"minimum": 1}, 0, "parameter `p` must be at least 1, but it is 0."),
        ("float", {"maximum": 1}, 1.5, "parameter `p` must be at most 1, but it is 1.5."),
        ("str", {"choices": ("a", "b")}, "c", "parameter `p` must be one of 'a', 'b', but it is 'c'."),
        ("str", {"pattern": "[a-z]"}, "ab", "parameter `p` must match `[a-z]`, but it is 'ab'."),
        ("str", {"pattern": "^[a-z]+$"}, "A", "parameter `p` must match `^[a-z]+$`, but it is 'A'."),
    ],
)
def test_limits_hold(kind: str, limits: dict[str, Any], given_value: Any, message: str) -> None:
    with pytest.raises(WrongUse) as raised:
        resolve_parameters(plan_with(parameter(kind, **limits)), {"p": given_value})
    assert str(raised.value) == message


@pytest.mark.parametrize(("kind", "default"), [("int", 0), ("float", 0.0), ("bool", False), ("str", "")])
def test_a_falsy_default_counts(kind: str, default: Any) -> None:
    assert resolve_parameters(plan_with(parameter(kind, default=default)), {}) == {"p": default}


def test_a_limit_holds_for_the_default_too() -> None:
    with pytest.raises(WrongUse, match="at least 1"):
        resolve_parameters(plan_with(parameter("int", default=0, minimum=1)), {})


def test_missing_and_unknown_parameters_are_named() -> None:
    plan = plan_with(parameter("int", name="train_steps"))
    with pytest.raises(WrongUse, match=r"^parameter `train_steps` has no default: give it a value"):
        resolve_parameters(plan, {})
    with pytest.raises(WrongUse, match=r"^there is no parameter `train_step`; did you mean `train_steps`\?$"):
        resolve_parameters(plan, {"train_step": 5})
    with pytest.raises(WrongUse, match=r"^there is no parameter `x`: this pipeline has none\.$"):
        resolve_parameters(plan_with(), {"x": 5})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"$reference": "parameters.steps"}, 0),
        ({"$reference": "parameters.flag"}, False),
        ({"$reference": "run.id"}, "run-1"),
        ({"$reference": "env.EMPTY"}, ""),
        (
            {"$concatenate": ["a-", {"$reference": "parameters.flag"}, {"$reference": "run.date"}]},
            "a-false2026-01-31",
        ),
        ({"$mapping": {"$reference": "taken literally"}}, {"$reference": "taken literally"}),
        ({"$mapping": {"$key": {"$reference": "run.id"}}}, {"$key": "run-1"}),
        ({"a": [{"b": {"$reference": "parameters.rate"}}]}, {"a": [{"b": 0.5}]}),
        ({"$reference": "run.id", "other": 1}, {"$reference": "run.id", "other": 1}),
        (None, None),
        ([], []),
    ],
)
def test_symbolic_values(value: Any, expected: Any) -> None:
    result = resolve(value, values(), "node.argument")
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("path", "relative", "absolute"),
    [
        ("data", "data", "/base/data"),
        ("./data//x/", "data/x", "/base/data/x"),
        ("../data", "../data", "/data"),
        ("/data", "/data", "/data"),
        ("gs://bucket//a/", "gs://bucket//a/", "gs://bucket//a/"),
        ("hdfs://host/a", "hdfs://host/a", "hdfs://host/a"),
    ],
)
def test_relative_paths_start_at_the_folder(path: str, relative: str, absolute: str) -> None:
    assert resolve({"$path": path}, values(), "w") == relative
    assert resolve({"$path": path}, values(folder="/base"), "w") == absolute


def test_what_cannot_be_resolved_is_named() -> None:
    with pytest.raises(
        Failure, match=r"^node\.x\[1\]\.y needs the environment variable NO, which is not set"
    ):
        resolve([1, {"y": {"$reference": "env.NO"}}], values(), "node.x")
    with pytest.raises(Failure, match=r"refers to `parameters\.no`"):
        resolve({"$reference": "parameters.no"}, values(), "node.x")
    with pytest.raises(Failure, match=r"^node\.x must be a path, but it is 0\.$"):
        resolve({"$path": {"$reference": "parameters.steps"}}, values(), "node.x")


def test_a_nodes_variables_are_text() -> None:
    plan = plan_with(env={"A": {"$reference": "parameters.flag"}, "B": 5, "C": {"$reference": "env.TOKEN"}})
    assert node_variables(plan, "node", values()) == {"A": "false", "B": "5", "C": "secret"}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: key[:1] != "$"), inner),
    max_leaves=30,
)


@given(json_values)
def test_values_without_symbols_stay_as_they_are(value: Any) -> None:
    assert resolve(value, values(), "w") == value


@given(st.integers())
def test_every_whole_number_survives_as_text(number: int) -> None:
    assert resolve_parameters(plan_with(parameter("int")), {"p": str(number)}) == {"p": number}
