"""What a drawing of a pipeline shows: a Plan's nodes with their types, and what flows between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tfxc.schemas.conditions import channels, condition_text
from tfxc.schemas.plan import Plan, PlanChannel, PlanNode
from tfxc.schemas.plan_graph import plan_graph

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
    """A node: what stands at it and the edges that end at it."""

    id: str
    type: str
    description: str
    condition: str
    edges: tuple[Edge, ...]
    on_exit: bool

    def producers(self) -> tuple[str, ...]:
        """Returns the nodes at the other end of the edges, each once, in the edges' order."""
        return tuple(dict.fromkeys(edge.producer for edge in self.edges))


@dataclass(frozen=True)
class GraphView:
    """A pipeline to draw, its nodes in topological order."""

    name: str
    description: str
    nodes: tuple[DrawnNode, ...]


def graph_view(plan: Plan) -> GraphView:
    """Returns what a drawing of the Plan shows."""
    graph = plan_graph(plan)
    return GraphView(plan.name, plan.description, tuple(_node(node, plan, graph) for node in plan.nodes))


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
    return DrawnNode(node.id, node.component.type, node.description, condition, tuple(edges), on_exit)
