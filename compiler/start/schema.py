"""What the schema of a project says of each column."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tfxc.compiler.start.columns import Column, Kind
from tfxc.compiler.start.project import Project
from tfxc.compiler.start.roles import Role

MOST_IN_DOMAIN = 30
"""Values of a column that the schema lists: another one is an anomaly. Of columns with more, any will do."""


@dataclass(frozen=True)
class SchemaFeature:
    """A feature of the schema; ``size`` is how many values each row has, 0 if there are gaps.

    ``domain`` are its only values, if it is of texts; ``classes`` the smallest and largest, of whole numbers.
    """

    name: str
    type: str
    present: float
    gaps: str
    size: int
    is_served: bool
    domain: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


def schema_features(project: Project) -> tuple[SchemaFeature, ...]:
    """Returns the features of a project's schema, in the order of the data."""
    return tuple(
        _feature(project, feature.column, feature.role)
        for feature in project.features
        if feature.column.kind is not Kind.EMPTY
    )


def _feature(project: Project, column: Column, role: Role) -> SchemaFeature:
    is_label = role is Role.LABEL
    missing = 0.0 if is_label else column.missing / column.rows
    is_ragged = column.kind is Kind.OTHER
    is_text = column.kind in (Kind.TEXT, Kind.DATE) or column.is_bytes
    lists_values = role is Role.CATEGORY and column.distinct <= MOST_IN_DOMAIN
    classes = project.classes if is_label and column.kind is Kind.INTEGER else ()
    return SchemaFeature(
        column.name,
        "BYTES" if is_text else "INT" if column.kind is Kind.INTEGER else "FLOAT",
        # In examples made of CSV a gap is an empty list, and so present.
        1.0 if project.copy.table.format != "TFRecord" else _least_present(missing),
        "no telling how many" if is_ragged else f"{missing:.1%}",
        0 if missing or is_ragged else column.length,
        role not in (Role.LABEL, Role.LEFT_OUT),
        tuple(sorted(project.classes if is_label else (value for value, _ in column.counts)))
        if is_text and (lists_values or (is_label and project.classes))
        else (),
        (classes[0], classes[-1]) if classes else (),
    )


def _least_present(missing: float) -> float:
    """Returns the share of rows that must have a value: half as many gaps again are no anomaly."""
    return 1.0 if not missing else max(math.floor((1 - 1.5 * missing) * 100 - 2) / 100, 0.0)
