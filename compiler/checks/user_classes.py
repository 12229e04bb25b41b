"""The user's executors and resolver strategies, which import paths name: M401 to M404 and M406 to M408."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.user_code import strategy_of
from tfxc.compiler.python.description import PythonComponentError
from tfxc.compiler.source.outside import NOT_SHOWN
from tfxc.schemas.components.markers import ExecutorClass
from tfxc.schemas.diagnostics import Finding, Path


def unusable_executors(pipeline: Pipeline) -> Iterator[Finding]:
    """M401 to M404 and M406 to M408: executors of the user's that are not there, or none."""
    for path, text in _executors(pipeline):
        try:
            pipeline.reader.executors.read(text, pipeline.loaded.origin_of(path))
        except PythonComponentError as error:
            yield _finding(error, text, path, pipeline)


def unusable_strategies(pipeline: Pipeline) -> Iterator[Finding]:
    """M401 to M404 and M406 to M408: resolver strategies of the user's that are not there, or none."""
    for node in pipeline.nodes.values():
        text = strategy_of(node)
        if text is None:
            continue
        path = (*node.path, "strategy_class")
        try:
            pipeline.reader.strategy(text, path)
        except PythonComponentError as error:
            yield _finding(error, text, path, pipeline)


def _finding(error: PythonComponentError, text: str, path: Path, pipeline: Pipeline) -> Finding:
    """Returns why a class cannot be used; of a file that may not be shown no more than that."""
    hidden = pipeline.loaded.hides(pipeline.loaded.origin_of(path) / text.rpartition(":")[0])
    help_lines = (NOT_SHOWN,) if hidden else error.help
    return Finding(error.code, error.message, path, help=help_lines, fix=None if hidden else error.fix)


def _executors(pipeline: Pipeline) -> Iterator[tuple[Path, str]]:
    for node in pipeline.nodes.values():
        for key, _, text in node.marked_texts(ExecutorClass):
            yield (*node.path, key), text
