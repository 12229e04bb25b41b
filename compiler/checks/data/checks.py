"""What is wrong with the data on this machine, as far as a spec and the files' beginnings tell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from tfxc.compiler.checks.data.columns import unknown_columns
from tfxc.compiler.checks.data.inputs import LocalData, missing_data, unreadable_data
from tfxc.compiler.checks.data.splits import empty_splits, unlike_splits
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.diagnostics import Finding

DataCheck = Callable[[LocalData, "frozenset[str] | None"], Iterator[Finding]]

DATA_CHECKS: tuple[DataCheck, ...] = (
    missing_data,
    unreadable_data,
    unknown_columns,
    empty_splits,
    unlike_splits,
)


def data_findings(
    pipeline: Pipeline,
    parameters: Mapping[str, Any],
    nodes: Collection[str] | None = None,
    is_run: bool = False,
) -> list[Finding]:
    """Returns the findings about the data that ``nodes`` (None: all) read with these values of parameters."""
    data = LocalData(pipeline, parameters, is_run)
    chosen = None if nodes is None else frozenset(nodes)
    return [finding for check in DATA_CHECKS for finding in check(data, chosen)]
