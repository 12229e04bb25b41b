"""What was seen in data, in words and as a table."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.start.columns import MOST_DISTINCT, Column, Kind
from tfxc.compiler.start.project import Project
from tfxc.compiler.start.reading.table import Table
from tfxc.compiler.start.roles import Feature, Role
from tfxc.compiler.start.task import Task, rare_classes
from tfxc.schemas.words.columns import aligned
from tfxc.schemas.words.wording import shortened

HEADER = ("Column", "Type", "Missing", "Values", "What the model gets")
_FEW = 4


def column_rows(project: Project) -> list[tuple[str, ...]]:
    """Returns a row for each column: name, type, share of gaps, values, role."""
    return [
        (
            feature.name,
            feature.column.kind.value,
            f"{feature.column.missing / feature.column.rows:.1%}",
            _values(feature.column).replace("|", "¦"),
            _role(feature, project),
        )
        for feature in project.features
    ]


def seen_lines(project: Project) -> Iterator[str]:
    """Yields the lines that tell what was seen."""
    yield headline(project.copy.table)
    for line in aligned([HEADER, *column_rows(project)]):
        yield f"  {line}"
    for note in project.copy.table.notes:
        yield f"note: {note}"
    rare = rare_classes(project.label) if project.task is not Task.REGRESSION else None
    if rare is not None:
        yield f"note: {rare}"


def headline(table: Table) -> str:
    """Returns a line about a file."""
    return f"{table.path}: {table.format}, {table.number_of_rows:,} rows, {len(table.columns)} columns"


def file_size(size: int) -> str:
    """Returns a number of bytes in megabytes."""
    return f"{size / 1024 / 1024:,.0f} MB"


def _role(feature: Feature, project: Project) -> str:
    if feature.role is Role.LEFT_OUT:
        return f"nothing: {feature.reason}"
    if feature.role is Role.LABEL:
        return f"label: {project.task.value}"
    return str(feature.role.value)


def _values(column: Column) -> str:
    if column.kind in (Kind.EMPTY, Kind.OTHER):
        return ""
    if column.kind is Kind.VECTOR:
        return f"{column.length} in each row"
    if column.is_number:
        return f"{column.minimum:g} to {column.maximum:g}"
    number = f"{'more than ' if column.distinct >= MOST_DISTINCT else ''}{column.distinct:,}"
    if column.distinct > _FEW:
        return number
    return f"{number}: {', '.join(sorted(shortened(value)[:20] for value, _ in column.counts))}"
