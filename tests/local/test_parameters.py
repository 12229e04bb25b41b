"""Parameters given on the command line and in files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.local.planning.parameters import given_parameters
from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import Plan, PlanParameter


@pytest.fixture
def typed_plan(make_plan: Callable[..., Plan], make_node: Callable[..., Any]) -> Plan:
    def parameter(name: str, kind: str, **limits: Any) -> PlanParameter:
        return PlanParameter(name=name, type=kind, required=True, **limits)

    return make_plan(
        make_node("a"),
        parameters=(
            parameter("steps", "int", minimum=0),
            parameter("rate", "float"),
            parameter("label", "str"),
            parameter("shuffle", "bool"),
            parameter("data", "path"),
            parameter("mode", "str", choices=("fast", "slow")),
        ),
    )


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("steps=500", 500),
        ("steps=0", 0),
        ("steps=-0", 0),
        ("rate=1e-3", 0.001),
        ("rate=2", 2.0),
        ("label=", ""),
        ("label=a=b = c", "a=b = c"),
        ("label=12", "12"),
        ('label=it\'s;x "q" $(id)\n', 'it\'s;x "q" $(id)\n'),
        ("shuffle=true", True),
        ("shuffle=False", False),
        ("data=", ""),
        ("data=/abs/x", "/abs/x"),
        ("data=gs://bucket/x", "gs://bucket/x"),
        ("mode=fast", "fast"),
    ],
)
def test_values_get_the_type_of_their_parameter(typed_plan: Plan, assignment: str, value: object) -> None:
    given = given_parameters(typed_plan, [assignment])
    assert list(given.values()) == [value]
    assert type(next(iter(given.values()))) is type(value)


def test_relative_paths_start_where_the_user_is(typed_plan: Plan, tmp_path: Path) -> None:
    assert given_parameters(typed_plan, ["data=x/y.csv"], folder=tmp_path) == {
        "data": str(tmp_path / "x/y.csv")
    }
    assert given_parameters(typed_plan, ["data=~/x"]) == {"data": str(Path.home() / "x")}


def test_the_last_assignment_wins(typed_plan: Plan) -> None:
    assert given_parameters(typed_plan, ["steps=1", "rate=1", "steps=2"]) == {"steps": 2, "rate": 1.0}


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        ("steps", "-P steps: write it as -P name=value."),
        ("=5", "there is no parameter ``"),
        ("stesp=5", "there is no parameter `stesp`; did you mean `steps`?"),
        ("zzz=5", "there are: steps, rate, label, shuffle, data, mode."),
        ("steps=1.5", "parameter `steps` must be a whole number, but it is '1.5'."),
        ("steps=", "parameter `steps` must be a whole number, but it is ''."),
        ("steps=-1", "parameter `steps` must be at least 0, but it is -1."),
        ("rate=nan", "parameter `rate` must be a number"),
        ("rate=fast", "parameter `rate` must be a number"),
        ("shuffle=yes", "parameter `shuffle` must be true or false, but it is 'yes'."),
        ("mode=quick", "parameter `mode` must be one of 'fast', 'slow', but it is 'quick'."),
    ],
)
def test_wrong_values_are_one_sentence(typed_plan: Plan, assignment: str, sentence: str) -> None:
    with pytest.raises(WrongUse) as failure:
        given_parameters(typed_plan, [assignment])
    assert sentence in str(failure.value)


def test_a_pipeline_without_parameters_says_so(make_plan: Callable[..., Plan]) -> None:
    with pytest.raises(WrongUse, match="there is no parameter `x`: this pipeline has none"):
        given_parameters(make_plan(parameters=()), ["x=1"])


def test_values_of_a_file(typed_plan: Plan, tmp_path: Path) -> None:
    values = {"steps": 7, "rate": 2, "data": "in", "label": "no"}
    given = given_parameters(typed_plan, ["rate=3"], values, tmp_path)
    assert given == {"steps": 7, "rate": 3.0, "data": str(tmp_path / "in"), "label": "no"}
