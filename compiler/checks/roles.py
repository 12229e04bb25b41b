"""What TFX's own components do in a pipeline, by what they give: checks ask for no component by its name."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node


def gives(node: Node, artifact_type: str) -> bool:
    """Whether a component of TFX's own makes artifacts of a type; not whether it finds or imports such.

    What gives a ``PushedModel`` pushes, what gives a ``ModelBlessing`` judges, and so on.
    """
    interface = node.interface
    return (
        interface is not None
        and interface.kind == "standard"
        and artifact_type in (*interface.outputs.values(), *interface.absent.values())
    )


def givers(pipeline: Pipeline, artifact_type: str) -> Iterator[Node]:
    """Yields the components of TFX's own that make artifacts of a type, in the document's order."""
    return (node for node in pipeline.nodes.values() if gives(node, artifact_type))


def chooses(node: Node) -> bool:
    """Whether a node finds artifacts of other runs."""
    return node.interface is not None and node.interface.kind == "resolver"
