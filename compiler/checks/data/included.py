"""The data that components of included specs read: each is looked at with the parameters that it is given."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfxc.compiler.checks.data.inputs import LocalData
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.components.pipeline import PARAMETERS, SPEC
from tfxc.schemas.diagnostics import Path

Origins = Collection[Path]
"""Where the components of a run's nodes stand, from the spec that is looked at."""


@dataclass(frozen=True)
class IncludedData:
    """What an included spec reads with the parameters of one node that includes it, ``label``."""

    data: LocalData
    label: str
    origins: Origins | None = None


def included_data(data: LocalData, origins: Origins | None) -> Iterator[IncludedData]:
    """Yields the data of the specs that a pipeline includes, at any depth, once for each node that does it.

    ``origins`` are those of the nodes that run; None: all do.
    """
    pipeline = data.pipeline
    for component, included in pipeline.included.items():
        node = pipeline.nodes.get(component)
        inside = None if origins is None else _inside(origins, component)
        if node is None or inside == []:
            continue
        for variant in pipeline.variants(node):
            inner = data.of(included, _parameters(data, variant, included))
            label = variant.label or _first_label(node)
            yield IncludedData(inner, label, inside)
            for deeper in included_data(inner, inside):
                yield IncludedData(deeper.data, f"{label}.{deeper.label}", deeper.origins)


def _first_label(node: Node) -> str:
    """Returns what a component is called as it is with its first combination."""
    combinations = node.matrix.combinations if node.matrix is not None else ()
    return combinations[0].label(node.id) if combinations else node.id


def _inside(origins: Origins, component: str) -> list[Path]:
    begin: Path = ("components", component, SPEC)
    return [origin[len(begin) :] for origin in origins if origin[: len(begin)] == begin]


def _parameters(data: LocalData, node: Node, included: Pipeline) -> dict[str, Any]:
    """Returns the values of the parameters that a node gives to the spec that it includes.

    None stands for what only a run knows. A path starts where it is written.
    """
    given = node.values.get(PARAMETERS)
    values: dict[str, Any] = {}
    for name, value in given.items() if isinstance(given, Mapping) else ():
        parameter = included.parameters.get(name)
        if value is None or parameter is None:
            continue
        if not isinstance(value, str):
            values[name] = value
        elif parameter.type == "path":
            place = data.path((*node.path, PARAMETERS, name), value)
            values[name] = str(place) if place is not None else None
        else:
            values[name] = data.value_of(value)
    return values
