"""The order of a pipeline's nodes, and its cycles."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.pipeline.graph import find_cycles, topological_order

GRAPHS = st.integers(1, 9).flatmap(
    lambda size: st.lists(st.lists(st.integers(0, size - 1), max_size=4), min_size=size, max_size=size).map(
        lambda rows: {f"n{index}": [f"n{producer}" for producer in row] for index, row in enumerate(rows)}
    )
)


def test_nodes_without_an_edge_keep_their_order() -> None:
    assert topological_order(["b", "a", "c"], {}) == ("b", "a", "c")


def test_a_node_comes_as_soon_as_it_is_ready_and_first_in_the_spec() -> None:
    upstream = {"a": ["z"], "b": ["a"], "c": []}
    assert topological_order(["a", "b", "c", "z"], upstream) == ("c", "z", "a", "b")


def test_unknown_upstream_nodes_are_ignored() -> None:
    assert topological_order(["a"], {"a": ["nowhere"]}) == ("a",)


def test_what_a_cycle_holds_back_is_left_out() -> None:
    upstream = {"a": [], "b": ["c"], "c": ["b"], "d": ["c"]}
    assert topological_order(["a", "b", "c", "d"], upstream) == ("a",)


@given(GRAPHS)
def test_the_order_respects_every_edge(upstream: dict[str, list[str]]) -> None:
    order = topological_order(list(upstream), upstream)
    for index, node in enumerate(order):
        assert set(upstream[node]) <= set(order[:index])


def test_a_cycle_starts_at_the_first_node_and_follows_the_edges() -> None:
    upstream = {"c": ["b"], "a": ["c"], "b": ["a"]}
    assert find_cycles(["a", "b", "c"], upstream) == [("a", "b", "c")]


def test_a_node_that_waits_for_itself_is_a_cycle() -> None:
    assert find_cycles(["a"], {"a": ["a"]}) == [("a",)]


def test_separate_cycles_are_each_reported() -> None:
    upstream = {"a": ["b"], "b": ["a"], "c": ["b", "d"], "d": ["c"]}
    assert find_cycles(["a", "b", "c", "d"], upstream) == [("a", "b"), ("c", "d")]


@given(GRAPHS)
def test_cycles_are_real_and_without_their_nodes_there_is_none(upstream: dict[str, list[str]]) -> None:
    nodes = list(upstream)
    cycles = find_cycles(nodes, upstream)
    for cycle in cycles:
        for node, following in zip(cycle, cycle[1:] + cycle[:1], strict=True):
            assert node in upstream[following]
        assert cycle[0] == min(cycle, key=nodes.index)
    gone = {node for cycle in cycles for node in cycle}
    left = [node for node in nodes if node not in gone]
    assert len(topological_order(left, upstream)) == len(left)
    assert bool(cycles) == (len(topological_order(nodes, upstream)) < len(nodes))


@given(GRAPHS, st.integers())
def test_the_order_of_edges_changes_nothing(upstream: dict[str, list[str]], seed: int) -> None:
    shuffled = {node: random.Random(seed).sample(row, len(row)) for node, row in upstream.items()}
    assert topological_order(list(upstream), upstream) == topological_order(list(upstream), shuffled)


def test_a_long_chain_needs_no_recursion() -> None:
    nodes = [f"n{index}" for index in range(20_000)]
    chain = {node: [producer] for node, producer in zip(nodes[1:], nodes, strict=False)}
    assert topological_order(nodes, chain) == tuple(nodes)
    assert len(find_cycles(nodes, {**chain, nodes[0]: [nodes[-1]]})[0]) == 20_000
