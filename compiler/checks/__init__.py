"""What is checked in a loaded document: one function for each code or tight family of codes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from tfxc.compiler.load import Loaded
from tfxc.compiler.pipeline import Pipeline, pipeline_of
from tfxc.schemas.diagnostics import Finding

Check = Callable[[Pipeline], Iterable[Finding]]


def unreadable_components(pipeline: Pipeline) -> Iterator[Finding]:
    """T201 and M4xx: a ``type`` that names nothing, or a component of the user's that cannot be read."""
    for node in pipeline.nodes.values():
        if node.problem is not None:
            yield node.problem


CHECKS: tuple[Check, ...] = (unreadable_components,)


def run_checks(loaded: Loaded) -> list[Finding]:
    """Returns everything that is wrong with a document, in the order of `CHECKS`.

    A document without a tree has nothing to check. No exception escapes, whatever the document.
    """
    if loaded.tree is None:
        return []
    pipeline = pipeline_of(loaded)
    return [finding for check in CHECKS for finding in check(pipeline)]
