"""Which nodes `--from`, `--to` and `--only` select."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tfxc.backends.local.planning.selection import select_nodes
from tfxc.backends.local.planning.tasks import tasks_of
from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import Plan


@pytest.fixture
def diamond(make_plan: Callable[..., Plan], make_node: Callable[..., Any]) -> Plan:
    return make_plan(
        make_node("gen"),
        make_node("left", "gen"),
        make_node("right", "gen"),
        make_node("join", "left", "right"),
        make_node("end"),
        on_exit="end",
    )


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, None),
        ({"from_nodes": ["left"]}, ("left", "join", "end")),
        ({"to_nodes": ["left"]}, ("gen", "left", "end")),
        ({"from_nodes": ["gen"], "to_nodes": ["right"]}, ("gen", "right", "end")),
        ({"from_nodes": ["left", "right"]}, ("left", "right", "join", "end")),
        ({"only": ["join", "gen"]}, ("gen", "join")),
        ({"only": ["end"]}, ("end",)),
    ],
)
def test_selections(diamond: Plan, options: dict[str, Any], expected: tuple[str, ...] | None) -> None:
    assert select_nodes(diamond, **options) == expected


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"from_nodes": ["jion"]}, "--from: there is no node `jion`; did you mean `join`?"),
        ({"to_nodes": ["zzz"]}, "--to: there is no node `zzz`; there are: gen, left, right, join, end."),
        ({"only": ["Left"]}, "--only: there is no node `Left`; did you mean `left`?"),
        ({"only": ["left"], "to_nodes": ["join"]}, "--only names all the nodes to run"),
        (
            {"from_nodes": ["left"], "to_nodes": ["right"]},
            "there is no node between --from left and --to right",
        ),
    ],
)
def test_selections_that_make_no_sense(diamond: Plan, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(WrongUse) as failure:
        select_nodes(diamond, **options)
    assert sentence in str(failure.value)


def test_tasks_keep_only_edges_between_selected_nodes(diamond: Plan) -> None:
    tasks = {task.node: task for task in tasks_of(diamond, ("left", "join"))}
    assert tasks["left"].upstream == ()
    assert tasks["join"].upstream == ("left",)


def test_tasks_know_the_longest_path_below_them(diamond: Plan) -> None:
    assert {task.node: task.height for task in tasks_of(diamond)} == {
        "gen": 3,
        "left": 2,
        "right": 2,
        "join": 1,
        "end": 1,
    }
    assert [task.node for task in tasks_of(diamond) if task.on_exit] == ["end"]
