"""Checks that look at the values of a component with a matrix: at each value once, told once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.diagnostics import Finding


def over_variants(pipeline: Pipeline, find: Callable[[Node], Iterable[Finding]]) -> Iterator[Finding]:
    """Yields what a check finds in each component with any value of its matrix.

    What it finds again at the same place with another value is left out, however it is worded; what it finds
    with another value only names the node that has it.
    """
    for node in pipeline.nodes.values():
        first, *others = pipeline.variants(node)
        told = set()
        for finding in find(first):
            told.add((finding.code, finding.path, finding.at_key))
            yield finding
        for variant in others:
            found = [each for each in find(variant) if (each.code, each.path, each.at_key) not in told]
            for finding in found:
                told.add((finding.code, finding.path, finding.at_key))
                yield replace(finding, help=(*finding.help, f"so it is with {_named(variant)}"))


def _named(variant: Node) -> str:
    return f"`{variant.label}`"
