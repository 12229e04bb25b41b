"""Conditions mean what CEL says they mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tfxc.backends.kubeflow.conformance.cel import CelError, parse_condition

VALUES = {"s": "a", "n": 3, "f": 0.5, "b": True, "it's": "x"}

CONDITIONS = [
    ("inputs.parameter_values['s'] == 'a'", True),
    ('inputs.parameter_values["s"] != "a"', False),
    ("inputs.parameter_values['n'] >= 3 && inputs.parameter_values['f'] < 1.0", True),
    ("inputs.parameter_values['n'] > 3 || !(inputs.parameter_values['s'] == 'b')", True),
    ("!inputs.parameter_values['b']", False),
    ("inputs.parameter_values['b'] == true", True),
    ("int(inputs.parameter_values['n']) == 3", True),
    ("inputs.parameter_values['s'] < 'b'", True),
    ("false && inputs.parameter_values['b']", False),
    ("(true || false) && !false", True),
]
MISTAKES = [
    "",
    "inputs.parameter_values['s'] = 'a'",
    "inputs.parameter_values[s] == 'a'",
    "inputs.artifacts['s'] == 'a'",
    "'a' == 'a' 'b'",
    "(true",
    "true &&",
    "outputs.x == 1",
    "'unclosed",
    "true; false",
]


@pytest.mark.parametrize(("text", "holds"), CONDITIONS)
def test_conditions_hold_or_not(text: str, holds: bool) -> None:
    assert parse_condition(text).holds(VALUES) is holds


@pytest.mark.parametrize("text", MISTAKES)
def test_mistakes_are_found_before_the_run(text: str) -> None:
    with pytest.raises(CelError):
        parse_condition(text)


@pytest.mark.parametrize(
    "text", ["inputs.parameter_values['s'] == 1", "inputs.parameter_values['none']", "'a'"]
)
def test_what_has_no_truth_value_is_an_error(text: str) -> None:
    with pytest.raises(CelError):
        parse_condition(text).holds(VALUES)


def test_a_condition_names_the_parameters_that_it_reads() -> None:
    condition = parse_condition(
        "inputs.parameter_values['a'].string_value == 'x' || inputs.parameter_values['it\\'s'] == 'y'"
    )
    assert condition.parameters == {"a", "it's"}


@pytest.mark.kubeflow
def test_an_implementation_of_cel_agrees(in_kfp: Callable[..., Any]) -> None:
    answers = in_kfp("cel.py", {"values": VALUES, "conditions": [text for text, _ in CONDITIONS]})
    assert answers == [holds for _, holds in CONDITIONS]
