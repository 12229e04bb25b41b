"""A proposal for what may be written, and what proposals are made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.source.environments import ENVIRONMENTS
from tfxc.schemas.diagnostics import Path

Kind = Literal["key", "component", "output", "parameter", "value", "type", "split"]


@dataclass(frozen=True)
class Completion:
    """One proposal: ``text`` goes in the place of the last ``replaces`` characters before the cursor.

    With ``is_snippet`` it is in the snippet syntax of the protocol. The first in the list are the best.
    """

    label: str
    text: str
    kind: Kind
    replaces: int
    detail: str = ""
    documentation: str = ""
    is_snippet: bool = False


def in_document(path: Path) -> Path:
    """Returns what a path in a patch is a path of in the document: without the environments round it."""
    while path[:1] == (ENVIRONMENTS,) and len(path) > 1:
        path = path[2:]
    return path


def component_of(path: Path) -> str | None:
    """Returns the id of the component that a path lies in, None if it lies in none."""
    path = in_document(path)
    return str(path[1]) if path[:1] == ("components",) and len(path) > 1 else None


def type_of(name: str, pipeline: Pipeline | None) -> str:
    """Returns the type of a component as it is written; "" if there is no telling."""
    node = pipeline.nodes.get(name) if pipeline is not None else None
    return str(node.values.get("type", "")) if node is not None else ""


def outputs_of(pipeline: Pipeline, but: str | None) -> Iterator[tuple[str, str, str | None]]:
    """Yields node, output and artifact type of all outputs but those of one component."""
    for node in pipeline.nodes.values():
        if node.id != but and node.interface is not None:
            for output, artifact_type in node.interface.outputs.items():
                yield node.id, output, artifact_type
