"""The order of a pipeline's nodes, and their cycles: before there is a Plan, which has none."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

Upstream = Mapping[str, Iterable[str]]
"""node → the nodes that must be over before it starts"""


def topological_order(nodes: Sequence[str], upstream: Upstream) -> tuple[str, ...]:
    """Returns the nodes with each one behind its upstream nodes, ties in the given order.

    Of the nodes that are ready, the one that stands first in `nodes` always comes next. Upstream
    nodes that are not in `nodes` are ignored. Nodes in a cycle, and those behind one, are left out.
    """
    position = {node: index for index, node in enumerate(nodes)}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for node in nodes:
        sorter.add(node, *(producer for producer in upstream.get(node, ()) if producer in position))
    with suppress(CycleError):  # the sorter still hands out every node that no cycle holds back
        sorter.prepare()
    ready = [position[node] for node in sorter.get_ready()]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        node = nodes[heapq.heappop(ready)]
        order.append(node)
        sorter.done(node)
        for freed in sorter.get_ready():
            heapq.heappush(ready, position[freed])
    return tuple(order)


def reachable(start: str, edges: Upstream) -> frozenset[str]:
    """Returns a node and all that edges lead to from it, at any distance."""
    found: set[str] = set()
    open_nodes = [start]
    while open_nodes:
        node = open_nodes.pop()
        if node not in found:
            found.add(node)
            open_nodes += edges.get(node, ())
    return frozenset(found)


def downstream(upstream: Upstream) -> Mapping[str, Sequence[str]]:
    """Returns the same edges the other way: node → the nodes that wait for it, if there are any."""
    waiting: dict[str, list[str]] = {}
    for consumer, producers in upstream.items():
        for producer in producers:
            waiting.setdefault(producer, []).append(consumer)
    return waiting


def find_cycles(nodes: Sequence[str], upstream: Upstream) -> list[tuple[str, ...]]:
    """Returns cycles that share no node, such that without their nodes the graph has none.

    Each is as short as any through the first node in `nodes` that lies on one. Each node of a cycle is
    upstream of the next, and the last one of the first. The same graph always gives the same cycles,
    in the order of their first nodes. Only where there is a cycle does this import networkx.
    """
    if len(topological_order(nodes, upstream)) == len(nodes):
        return []
    import networkx as nx

    position = {node: index for index, node in enumerate(nodes)}
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(nodes)
    for node in nodes:
        graph.add_edges_from((producer, node) for producer in upstream.get(node, ()) if producer in position)
    cycles: list[tuple[str, ...]] = []
    while knots := [
        node for knot in nx.strongly_connected_components(graph) for node in _knotted(graph, knot)
    ]:
        cycle = _shortest_cycle(graph, min(knots, key=position.__getitem__))
        start = min(range(len(cycle)), key=lambda index: position[cycle[index]])
        cycles.append((*cycle[start:], *cycle[:start]))
        graph.remove_nodes_from(cycle)
    return sorted(cycles, key=lambda cycle: position[cycle[0]])


def _knotted(graph: nx.DiGraph[str], component: set[str]) -> set[str]:
    """Returns the nodes of a strongly connected component if they lie on a cycle."""
    alone = len(component) == 1 and not any(graph.has_edge(node, node) for node in component)
    return set() if alone else component


def _shortest_cycle(graph: nx.DiGraph[str], first: str) -> list[str]:
    """Returns a shortest cycle through a node that lies on one."""
    import networkx as nx

    lengths = nx.single_source_shortest_path_length(graph, first)
    last = min((node for node in graph.predecessors(first) if node in lengths), key=lengths.__getitem__)
    return list(nx.shortest_path(graph, first, last))
