"""A Plan as a networkx graph: what is below and above, how high, and which edges are worth writing."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.schemas.plan import (
    COMPLETED,
    SUCCEEDED,
    ImporterComponent,
    Plan,
    PlanChannel,
    PlanExecution,
    PlanNode,
    SqliteMetadata,
)
from tfxc.schemas.plan_graph import (
    essential_upstream,
    heights,
    nodes_above,
    nodes_below,
    plan_graph,
)


def node(name: str, *upstream: str, reads: str = "", completed: bool = False) -> PlanNode:
    channels = tuple(PlanChannel(node=each, output="o", artifact_type="Model") for each in reads.split())
    return PlanNode(
        id=name,
        component=ImporterComponent(),
        upstream=upstream,
        inputs={"i": channels} if channels else {},
        execution=PlanExecution(trigger_strategy=COMPLETED if completed else SUCCEEDED),
    )


def plan(*nodes: PlanNode, on_exit: str | None = None) -> Plan:
    return Plan(
        name="p", pipeline_root="runs", metadata=SqliteMetadata(path="m"), nodes=nodes, on_exit=on_exit
    )


DIAMOND = plan(
    node("b"), node("a", "b", reads="b"), node("d"), node("c", "a", "d", "b", reads="a"), node("e", "b")
)


def test_nodes_are_in_the_plans_order_and_edges_say_whether_they_read() -> None:
    graph = plan_graph(DIAMOND)
    assert list(graph) == ["b", "a", "d", "c", "e"]
    assert nx.ancestors(graph, "c") == {"a", "b", "d"}
    assert {edge for edge in graph.edges if graph.edges[edge]["reads"]} == {("b", "a"), ("a", "c")}


def test_below_above_and_heights() -> None:
    assert nodes_below(DIAMOND, ["a"]) == {"a", "c"}
    assert nodes_above(DIAMOND, ["a", "e"]) == {"a", "b", "e"}
    assert heights(DIAMOND, "abcde") == {"b": 3, "a": 2, "d": 2, "c": 1, "e": 1}
    assert heights(DIAMOND, "bce") == {"b": 2, "c": 1, "e": 1}


@pytest.mark.parametrize(
    ("last", "essential"),
    [
        (node("c", "a", "b"), ("b",)),
        (node("c", "a", "b", reads="a"), ("a", "b")),
        (node("c", "a", "b", completed=True), ("a", "b")),
    ],
)
def test_what_only_waits_takes_the_longer_way(last: PlanNode, essential: tuple[str, ...]) -> None:
    made = plan(node("a"), node("b", "a"), last)
    assert essential_upstream(made) == {"a": (), "b": ("a",), "c": essential}


def test_a_node_that_takes_any_outcome_hides_what_became_of_those_before_it() -> None:
    made = plan(node("a"), node("b", "a", completed=True), node("c", "a", "b"))
    assert essential_upstream(made)["c"] == ("a", "b")


def test_what_runs_on_exit_keeps_all_that_it_has() -> None:
    made = plan(node("a"), node("b", "a"), node("c", "a", "b"), on_exit="c")
    assert essential_upstream(made)["c"] == ("a", "b")


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    names = [f"n{index}" for index in range(draw(st.integers(1, 9)))]
    nodes = []
    for index, name in enumerate(names):
        upstream = draw(st.lists(st.sampled_from(names[:index]), unique=True)) if index else []
        reads = [each for each in upstream if draw(st.booleans())]
        nodes.append(node(name, *upstream, reads=" ".join(reads), completed=draw(st.booleans())))
    return plan(*nodes)


def _outcomes(made: Plan, upstream: dict[str, tuple[str, ...]], fails: set[str]) -> dict[str, str]:
    """Returns what becomes of each node: the rules of a run, over edges."""
    became: dict[str, str] = {}
    for each in made.nodes:
        needs = each.execution.trigger_strategy == SUCCEEDED
        stopped = needs and any(became[before] != "succeeded" for before in upstream[each.id])
        became[each.id] = "not run" if stopped else "failed" if each.id in fails else "succeeded"
    return became


@given(plans(), st.sets(st.integers(0, 8).map(lambda index: f"n{index}")))
def test_fewer_edges_mean_the_same(made: Plan, fails: set[str]) -> None:
    all_edges = {each.id: each.upstream for each in made.nodes}
    essential = dict(essential_upstream(made))
    assert _outcomes(made, essential, fails) == _outcomes(made, all_edges, fails)
    full, fewer = (
        nx.DiGraph([(before, after) for after, each in edges.items() for before in each])
        for edges in (all_edges, essential)
    )
    assert nx.transitive_closure(full).edges == nx.transitive_closure(fewer).edges
