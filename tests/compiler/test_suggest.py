"""“Did you mean …?”"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.schemas.words.suggest import closest, edit_distance, enumeration, snake_case


@pytest.mark.parametrize(
    ("name", "candidates", "meant"),
    [
        ("exampels", ["examples", "schema"], "examples"),
        ("numSteps", ["num_steps"], "num_steps"),
        ("num-steps", ["num_steps"], "num_steps"),
        ("TRAINER", ["Trainer", "Tuner"], "Trainer"),
        ("HIGHER", ["LOWER_IS_BETTER", "HIGHER_IS_BETTER"], "HIGHER_IS_BETTER"),
        ("integer", ["int", "float"], "int"),
        ("a", ["b"], None),
        ("ab", ["xy"], None),
        ("anything", [], None),
        ("same", ["same"], None),
        ("tran", ["train", "trans"], "train"),
        ("exa", ["example_gen", "example_gen_2"], None),
    ],
)
def test_the_nearest_name(name: str, candidates: list[str], meant: str | None) -> None:
    assert closest(name, candidates) == meant


TEXTS = st.text("abc", max_size=6)


def plain_distance(left: str, right: str) -> int:
    """Optimal string alignment by its definition."""
    if not left or not right:
        return len(left) + len(right)
    best = min(
        plain_distance(left[1:], right) + 1,
        plain_distance(left, right[1:]) + 1,
        plain_distance(left[1:], right[1:]) + (left[0] != right[0]),
    )
    if left[:2] == right[1::-1][:2] and len(left) > 1 and len(right) > 1:
        best = min(best, plain_distance(left[2:], right[2:]) + 1)
    return best


@given(TEXTS, TEXTS, st.integers(0, 6))
def test_the_distance_is_that_of_the_definition(left: str, right: str, limit: int) -> None:
    distance = plain_distance(left, right)
    assert edit_distance(left, right, limit) == (distance if distance <= limit else None)


def test_names_are_listed_up_to_a_number() -> None:
    assert enumeration(["a", "b"]) == "`a`, `b`"
    assert enumeration(["a", "b", "c"], most=1) == "`a` and 2 more"


@pytest.mark.parametrize(
    ("name", "snake"), [("numSteps", "num_steps"), ("ExampleGen", "example_gen"), ("TFXModel", "tfx_model")]
)
def test_snake_case(name: str, snake: str) -> None:
    assert snake_case(name) == snake
