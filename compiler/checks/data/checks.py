"""What is wrong with the data on this machine, as far as a spec and the files' beginnings tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tfxc.compiler.checks.data.asked import asked_in_vain
from tfxc.compiler.checks.data.columns import unknown_columns
from tfxc.compiler.checks.data.included import Origins, included_data
from tfxc.compiler.checks.data.inputs import LocalData, missing_data, unreadable_data
from tfxc.compiler.checks.data.schema_files import unlike_schemas
from tfxc.compiler.checks.data.schema_names import names_beside_schema
from tfxc.compiler.checks.data.spans import unlike_spans
from tfxc.compiler.checks.data.splits import empty_splits, unlike_splits
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.source.load import Loaded
from tfxc.compiler.source.outside import shown_root
from tfxc.schemas.diagnostics import Finding

DataCheck = Callable[[LocalData, "frozenset[str] | None"], Iterator[Finding]]

DATA_CHECKS: tuple[DataCheck, ...] = (
    missing_data,
    unreadable_data,
    unknown_columns,
    empty_splits,
    unlike_splits,
    unlike_schemas,
    names_beside_schema,
    asked_in_vain,
    unlike_spans,
)


@dataclass
class Found:
    """The findings about the data of one spec."""

    loaded: Loaded
    findings: list[Finding]


def data_findings(
    pipeline: Pipeline,
    parameters: Mapping[str, Any],
    origins: Origins | None = None,
    is_run: bool = False,
) -> list[Found]:
    """Returns the findings about the data that the components at ``origins`` (None: all) read with these
    values of parameters: first those of the spec itself, then those of the specs that it includes.

    An included spec is told of once, however often it is included. With ``is_run`` the user runs the spec's
    code as well, so nothing need be kept from it.
    """
    root = None if is_run else shown_root(pipeline.loaded.folder)
    own = LocalData(pipeline, parameters, root)
    found = [Found(pipeline.loaded, _findings(own, origins))]
    told: set[object] = set()
    for each in included_data(own, origins):
        loaded = each.data.pipeline.loaded
        new = []
        for finding in _findings(each.data, each.origins):
            place = (id(loaded), finding.code, finding.path, finding.at_key)
            if place not in told:
                told.add(place)
                new.append(replace(finding, help=(*finding.help, f"so it is in `{each.label}`")))
        found.append(Found(loaded, new))
    return found


def _findings(data: LocalData, origins: Origins | None) -> list[Finding]:
    chosen = None if origins is None else frozenset(str(origin[1]) for origin in origins)
    return [finding for check in DATA_CHECKS for finding in check(data, chosen)]
