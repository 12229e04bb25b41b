"""A pipeline's graph as JSON, for programs that draw or count it themselves."""

from __future__ import annotations

import json
from typing import Any

from tfxc.compiler.draw.view import DrawnNode, GraphView


def graph_json(view: GraphView) -> str:
    """Returns one JSON object: ``format``, ``name``, ``description``, ``nodes``, ``edges`` and ``groups``.

    Nodes are in topological order. An edge goes ``from`` a node ``to`` another; its ``kind`` is ``data`` (and
    ``output`` the producer's), ``condition`` or ``order``.
    """
    edges = [
        {"from": edge.producer, "to": node.id, "kind": edge.kind, "output": edge.label or None}
        for node in view.nodes
        for edge in node.edges
    ]
    document = {
        "format": "tfxc.graph/1",
        "name": view.name,
        "description": view.description,
        "nodes": [_node(node) for node in view.nodes],
        "edges": edges,
        "groups": [group.model_dump(mode="json") for group in view.groups],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _node(node: DrawnNode) -> dict[str, Any]:
    return {
        "id": node.id,
        "label": node.label,
        "type": node.type,
        "description": node.description,
        "condition": node.condition or None,
        "on_exit": node.on_exit,
        "group": node.group,
    }
