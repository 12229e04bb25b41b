"""A Plan as the directed acyclic graph that it is, in networkx.

Importing networkx costs 0.15 CPU-seconds, which is why only the functions do it: `tfxc validate` does
not need them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from tfxc.schemas.conditions import channels
from tfxc.schemas.plan import SUCCEEDED, Plan, PlanChannel, PlanNode
from tfxc.schemas.plan_places import artifact_values

if TYPE_CHECKING:
    import networkx as nx


def plan_graph(plan: Plan) -> nx.DiGraph[str]:
    """Returns the nodes with an edge from each to what waits for it.

    Nodes are in the Plan's order, which is topological, so that algorithms over them are deterministic.
    The attribute ``reads`` of an edge says whether the node reads outputs there, in its inputs, arguments or
    condition, or waits only.
    """
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph(name=plan.name)
    graph.add_nodes_from(node.id for node in plan.nodes)
    for node in plan.nodes:
        read = nodes_read(node)
        for producer in node.upstream:
            graph.add_edge(producer, node.id, reads=producer in read)
    return graph


def nodes_read(node: PlanNode) -> frozenset[str]:
    """Returns the nodes whose outputs a node reads, in its inputs, its arguments or its condition."""
    sources = (source for listed in node.inputs.values() for source in listed)
    read = {source.node for source in sources if isinstance(source, PlanChannel)}
    read.update(producer for producer, _ in artifact_values(node))
    if node.when is not None:
        read.update(producer for producer, _ in channels(node.when))
    return frozenset(read)


def nodes_below(plan: Plan, starts: Iterable[str]) -> frozenset[str]:
    """Returns nodes and all that wait for them, at any distance."""
    import networkx as nx

    graph = plan_graph(plan)
    return frozenset(starts).union(*(nx.descendants(graph, start) for start in starts))


def nodes_above(plan: Plan, ends: Iterable[str]) -> frozenset[str]:
    """Returns nodes and all that they wait for, at any distance."""
    import networkx as nx

    graph = plan_graph(plan)
    return frozenset(ends).union(*(nx.ancestors(graph, end) for end in ends))


def heights(plan: Plan, chosen: Iterable[str]) -> dict[str, int]:
    """Returns for each chosen node the number of nodes on the longest path of chosen ones from it."""
    import networkx as nx

    graph = plan_graph(plan).subgraph(chosen)
    found: dict[str, int] = {}
    for node in reversed(list(nx.topological_sort(graph))):
        found[node] = 1 + max((found[below] for below in graph.successors(node)), default=0)
    return found


def essential_upstream(plan: Plan) -> Mapping[str, tuple[str, ...]]:
    """Returns what each node must be told to wait for: the transitive reduction of the waiting edges.

    Edges along which a node reads outputs stay. One that only waits goes where a longer way means the
    same: every node on it, and the one at its end, needs the success of those before it. Where a node
    runs whatever became of the others, a node behind it does not learn what became of them.
    """
    import networkx as nx

    graph = plan_graph(plan)
    needs_success = {
        node.id
        for node in plan.nodes
        if node.execution.trigger_strategy == SUCCEEDED and node.id != plan.on_exit
    }
    passes_on: nx.DiGraph[str] = nx.DiGraph()
    passes_on.add_nodes_from(graph)
    passes_on.add_edges_from(edge for edge in graph.edges if edge[1] in needs_success)
    reduced = nx.transitive_reduction(passes_on)
    return {
        node.id: tuple(
            producer
            for producer in node.upstream
            if node.id not in needs_success
            or graph.edges[producer, node.id]["reads"]
            or reduced.has_edge(producer, node.id)
        )
        for node in plan.nodes
    }
