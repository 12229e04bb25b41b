"""A report as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.cells import cell_len
from rich.text import Text

from tfxc.backends.reports.states import STATE_STYLES
from tfxc.backends.reports.values import Column, Contents, Line, Statement, Table

INDENT = "  "
STYLES: Mapping[str, str] = {
    **STATE_STYLES,
    "plain": "",
    "name": "bold",
    "good": "green",
    "warning": "bold yellow",
    "notice": "yellow",
    "faint": "dim",
    "error": "bold red",
}


def text_lines(contents: Contents) -> Iterator[Text]:
    """Yields the lines of a report, an empty one before each part."""
    yield _text(contents.title)
    for part in contents.parts:
        yield Text()
        for statement in part.statements:
            yield from _statement(statement)


def _statement(statement: Statement) -> Iterator[Text]:
    if statement.line:
        yield _text(statement.line)
    for detail in statement.details:
        yield _text(detail, INDENT)
    if statement.table is not None:
        yield from _table(statement.table)
    for quotation in statement.quotations:
        if quotation.lead:
            yield Text(f"{INDENT}{quotation.lead}")
        for each in quotation.lines:
            yield Text(f"{INDENT}{'| ' if quotation.lead else ''}{each}", style="dim")
    if statement.more:
        yield _text(statement.more, INDENT)


def _text(line: Line, indent: str = "") -> Text:
    text = Text(indent)
    for span in line:
        text.append(span.text, style=STYLES[span.tone])
    return text


def _table(table: Table) -> Iterator[Text]:
    heads = [column.head if table.has_plain_head else "" for column in table.columns]
    widths = [
        max(column.width, cell_len(head), *(cell_len(row[index].text) for row in table.rows))
        for index, (column, head) in enumerate(zip(table.columns, heads, strict=True))
    ]
    if table.has_plain_head:
        cells = [_aligned(*each) for each in zip(heads, table.columns, widths, strict=True)]
        yield Text(INDENT + "  ".join(cells).rstrip(), style="dim")
    for row in table.rows:
        text = Text(INDENT)
        for position, (span, column, width) in enumerate(zip(row, table.columns, widths, strict=True)):
            text.append("  " if position else "")
            text.append(_aligned(span.text, column, width), style=STYLES[span.tone])
        text.rstrip()
        yield text


def _aligned(text: str, column: Column, width: int) -> str:
    space = " " * (width - cell_len(text))
    return space + text if column.right else text + space
