"""Expansion: the document's components → the nodes that run.

Today each component is one node. What makes several of one (a matrix), or takes in those of another spec,
is unfolded here, between the checks, which speak of a component once, and the lowering, which then makes
each instance a node of the Plan: no backend sees a matrix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from tfxc.compiler.pipeline.model import Node, Pipeline
from tfxc.schemas.diagnostics import Path


@dataclass(frozen=True)
class Instance:
    """One node that will run: the component that it is of, and what it is called.

    ``id`` is safe as a file name, ``label`` is for people, ``origin`` is where the component stands in the
    document. ``upstream`` are the ids of the instances that must be over before this one starts.
    """

    id: str
    label: str
    origin: Path
    node: Node
    upstream: frozenset[str]
    group: str | None = None


@dataclass(frozen=True)
class Expansion:
    """The instances of a pipeline's components, in the document's order."""

    pipeline: Pipeline
    instances: tuple[Instance, ...]

    @cached_property
    def on_exit(self) -> str | None:
        """The id of the instance that runs after all the others whatever became of them."""
        wanted = self.pipeline.document.get("on_exit")
        return wanted if isinstance(wanted, str) else None


def expand(pipeline: Pipeline) -> Expansion:
    """Returns the instances of a pipeline in which the checks found no error."""
    instances = tuple(
        Instance(name, name, node.path, node, frozenset(pipeline.upstream[name]))
        for name, node in pipeline.nodes.items()
    )
    return Expansion(pipeline, instances)
