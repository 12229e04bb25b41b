"""The graph of a pipeline's nodes: their order, their cycles, and a networkx view of a Plan."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from tfxc.schemas.plan import Plan

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


def find_cycles(nodes: Sequence[str], upstream: Upstream) -> list[tuple[str, ...]]:
    """Returns cycles that share no node, such that without their nodes the graph has none.

    Each is as short as any through its first node, which is the one that stands first in `nodes`.
    Each node of a cycle is upstream of the next, and the last one of the first. The same graph
    always gives the same cycles, in the order of their first nodes.
    """
    position = {node: index for index, node in enumerate(nodes)}
    cycles: list[tuple[str, ...]] = []
    remaining = _held_back(nodes, upstream)
    while remaining:
        downstream = _downstream(remaining, upstream)
        cycle = next(filter(None, (_shortest_cycle(node, downstream) for node in remaining)))
        start = min(range(len(cycle)), key=lambda index: position[cycle[index]])
        cycles.append(cycle[start:] + cycle[:start])
        gone = set(cycle)
        remaining = _held_back([node for node in remaining if node not in gone], upstream)
    return sorted(cycles, key=lambda cycle: position[cycle[0]])


def to_networkx(plan: Plan) -> nx.DiGraph[str]:
    """Returns a Plan's nodes as a networkx graph with an edge from each node to what waits for it.

    Nodes are added in the Plan's order, so that algorithms over them are deterministic. Importing
    networkx takes 0.3 CPU-seconds, which is why only this function does.
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph(name=plan.name)
    graph.add_nodes_from(node.id for node in plan.nodes)
    graph.add_edges_from((producer, node.id) for node in plan.nodes for producer in node.upstream)
    return graph


def _held_back(nodes: Sequence[str], upstream: Upstream) -> list[str]:
    """Returns the nodes that lie on a cycle, or on a path from one cycle to another."""
    behind = set(topological_order(nodes, upstream))
    blocked = [node for node in nodes if node not in behind]
    before = set(topological_order(blocked, _downstream(blocked, upstream)))
    return [node for node in blocked if node not in before]


def _downstream(nodes: Collection[str], upstream: Upstream) -> dict[str, list[str]]:
    downstream: dict[str, list[str]] = {node: [] for node in nodes}
    for node in nodes:
        for producer in dict.fromkeys(upstream.get(node, ())):
            if producer in downstream:
                downstream[producer].append(node)
    return downstream


def _shortest_cycle(first: str, downstream: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    """Returns a shortest cycle through `first`, found breadth first, or None if it lies on none."""
    came_from: dict[str, str] = {}
    frontier = [first]
    while frontier:
        following = []
        for node in frontier:
            for consumer in downstream[node]:
                if consumer == first:
                    path = [node]
                    while path[-1] != first:
                        path.append(came_from[path[-1]])
                    return tuple(reversed(path))
                if consumer not in came_from:
                    came_from[consumer] = node
                    following.append(consumer)
        frontier = following
    return None
