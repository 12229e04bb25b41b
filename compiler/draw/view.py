"""What a drawing of a pipeline shows: a Plan's nodes with their types, and what flows between them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tfxc.schemas.plan import (
    ArtifactOperand,
    Comparison,
    Condition,
    Logical,
    Plan,
    PlanChannel,
    PlanNode,
    Truth,
    ValueOperand,
)

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
    return GraphView(plan.name, plan.description, tuple(_node(node, plan) for node in plan.nodes))


def _node(node: PlanNode, plan: Plan) -> DrawnNode:
    edges = dict.fromkeys(
        Edge(channel.node, "data", channel.output if name == channel.output else f"{channel.output} → {name}")
        for name, channels in node.inputs.items()
        for channel in channels
        if isinstance(channel, PlanChannel)
    )
    known = {edge.producer for edge in edges}
    read = {
        (channel.node, channel.output)
        for channels in node.inputs.values()
        for channel in channels
        if isinstance(channel, PlanChannel)
    }
    if node.when is not None:
        for operand in artifact_operands(node.when):
            if (operand.node, operand.output) not in read:
                edges[Edge(operand.node, "condition", operand.output)] = None
            known.add(operand.node)
    edges.update(dict.fromkeys(Edge(name, "order") for name in node.upstream if name not in known))
    condition = condition_text(node.when) if node.when is not None else ""
    on_exit = node.id == plan.on_exit
    return DrawnNode(node.id, node.component.type, node.description, condition, tuple(edges), on_exit)


def artifact_operands(condition: Condition) -> Iterator[ArtifactOperand]:
    """Yields the artifacts that a condition reads, from left to right."""
    if isinstance(condition, Comparison):
        for operand in (condition.left, condition.right):
            if isinstance(operand, ArtifactOperand):
                yield operand
    elif isinstance(condition, Logical):
        for term in condition.terms:
            yield from artifact_operands(term)


def condition_text(condition: Condition, nested: bool = False) -> str:
    """Returns a condition in the language of ``when``."""
    if isinstance(condition, Truth):
        return _value_text(condition.truth)
    if isinstance(condition, Comparison):
        return f"{_operand_text(condition.left)} {condition.operator} {_operand_text(condition.right)}"
    terms = [condition_text(term, nested=True) for term in condition.terms]
    text = f"not {terms[0]}" if condition.operator == "not" else f" {condition.operator} ".join(terms)
    return f"({text})" if nested else text


def _operand_text(operand: ArtifactOperand | ValueOperand) -> str:
    if isinstance(operand, ValueOperand):
        return _value_text(operand.value)
    place = f"{operand.node}.{operand.output}"
    if operand.field == "property":
        return f"{place}.properties.{operand.name}"
    if operand.field == "custom_property":
        return f"{place}.custom_properties.{operand.name}"
    return f"{place}.{operand.field}"


def _value_text(value: Any) -> str:
    if isinstance(value, dict) and list(value) == ["$reference"]:
        return f"{{{{ {value['$reference']} }}}}"
    if isinstance(value, dict) and list(value) == ["$concatenate"]:
        parts = [part if isinstance(part, str) else _value_text(part) for part in value["$concatenate"]]
        return json.dumps("".join(parts), ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
