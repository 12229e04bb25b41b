"""What a drawing of a pipeline shows: a Plan's nodes with their types, and what flows between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from tfxc.schemas.components.pipeline import Pipeline
from tfxc.schemas.conditions import channels, condition_text
from tfxc.schemas.plan import Plan, PlanChannel, PlanGroup, PlanNode
from tfxc.schemas.plan_components import shown_type
from tfxc.schemas.plan_graph import plan_graph
from tfxc.schemas.plan_places import artifact_values

if TYPE_CHECKING:
    import networkx as nx

EdgeKind = Literal["data", "condition", "order"]


@dataclass(frozen=True)
class Edge:
    """An edge into a node. ``data`` carries the output ``label``; ``condition`` is read by the node's
    condition only; ``order`` only says that the producer must be over first."""

    producer: str
    kind: EdgeKind
    label: str = ""


@dataclass(frozen=True)
class DrawnNode:
    """A node: what stands at it and the edges that end at it. ``group`` is the id of its group."""

    id: str
    label: str
    type: str
    description: str
    condition: str
    edges: tuple[Edge, ...]
    on_exit: bool
    group: str | None = None

    def producers(self) -> tuple[str, ...]:
        """Returns the nodes at the other end of the edges, each once, in the edges' order."""
        return tuple(dict.fromkeys(edge.producer for edge in self.edges))


@dataclass(frozen=True)
class GraphView:
    """A pipeline to draw, its nodes in topological order."""

    name: str
    description: str
    nodes: tuple[DrawnNode, ...]
    groups: tuple[PlanGroup, ...] = ()

    def groups_in(self, parent: str | None) -> tuple[PlanGroup, ...]:
        """Returns the groups that lie in a group, or in none, and have nodes."""
        return tuple(group for group in self.groups if group.parent == parent and self._has_nodes(group.id))

    def nodes_in(self, group: str | None) -> tuple[DrawnNode, ...]:
        """Returns the nodes that lie in a group itself, or in none."""
        return tuple(node for node in self.nodes if node.group == group)

    def _has_nodes(self, group: str) -> bool:
        return bool(self.nodes_in(group)) or bool(self.groups_in(group))


def graph_view(plan: Plan) -> GraphView:
    """Returns what a drawing of the Plan shows."""
    graph = plan_graph(plan)
    nodes = tuple(_node(node, plan, graph) for node in plan.nodes)
    return GraphView(plan.name, plan.description, nodes, plan.groups)


def collapsed(view: GraphView) -> GraphView:
    """Returns a view in which each group that lies in none is one node, where its first one stood.

    It is in topological order too. A group of nodes of several types is one of the type `Pipeline`.
    """
    parents = {group.id: group.parent for group in view.groups}
    labels = {group.id: group for group in view.groups}
    stands_for = {node.id: _outermost(node.group, parents) or node.id for node in view.nodes}
    members: dict[str, list[DrawnNode]] = {}
    for node in view.nodes:
        members.setdefault(stands_for[node.id], []).append(node)
    nodes = []
    for name, group in members.items():
        first = group[0]
        if name in labels:
            conditions = {node.condition for node in group}
            condition = conditions.pop() if len(conditions) == 1 else "each its own condition"
            if len({node.type for node in group}) > 1:
                first = replace(first, type=Pipeline.__name__)
            first = replace(first, id=name, label=f"{labels[name].label} × {len(group)}", condition=condition)
            first = replace(first, description=labels[name].description, group=None)
        edges = (replace(edge, producer=stands_for[edge.producer]) for node in group for edge in node.edges)
        nodes.append(replace(first, edges=tuple(dict.fromkeys(e for e in edges if e.producer != name))))
    return GraphView(view.name, view.description, tuple(_in_order(nodes)))


def _in_order(nodes: Sequence[DrawnNode]) -> Iterator[DrawnNode]:
    """Yields nodes behind those that they wait for, ties in the given order."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(node.id for node in nodes)
    graph.add_edges_from((edge.producer, node.id) for node in nodes for edge in node.edges)
    position = {node.id: index for index, node in enumerate(nodes)}
    for name in nx.lexicographical_topological_sort(graph, key=position.__getitem__):
        yield nodes[position[name]]


def _outermost(group: str | None, parents: Mapping[str, str | None]) -> str | None:
    while group is not None and parents.get(group) is not None:
        group = parents[group]
    return group


def _node(node: PlanNode, plan: Plan, graph: nx.DiGraph[str]) -> DrawnNode:
    edges = dict.fromkeys(
        Edge(channel.node, "data", channel.output if name == channel.output else f"{channel.output} → {name}")
        for name, sources in node.inputs.items()
        for channel in sources
        if isinstance(channel, PlanChannel)
    )
    read = {
        (channel.node, channel.output)
        for sources in node.inputs.values()
        for channel in sources
        if isinstance(channel, PlanChannel)
    }
    for producer, output in artifact_values(node):
        if (producer, output) not in read:
            edges[Edge(producer, "data", f"{output}.value")] = None
    if node.when is not None:
        for producer, output in channels(node.when):
            if (producer, output) not in read:
                edges[Edge(producer, "condition", output)] = None
    edges.update(
        dict.fromkeys(
            Edge(name, "order")
            for name in graph.predecessors(node.id)
            if not graph.edges[name, node.id]["reads"]
        )
    )
    condition = condition_text(node.when) if node.when is not None else ""
    on_exit = node.id == plan.on_exit
    return DrawnNode(
        node.id,
        node.label,
        shown_type(node.component),
        node.description,
        condition,
        tuple(edges),
        on_exit,
        node.group,
    )
