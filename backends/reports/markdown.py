"""A report as Markdown (CommonMark with tables), such as a merge request or a job's summary shows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tfxc.backends.reports.values import Contents, Line, Quotation, Span, Statement, Table

_SPECIAL = re.compile(r"[\\`*_\[\]<>|#&~$]")
_BACKTICKS = re.compile(r"`+")
_QUIET = frozenset({"plain", "faint", "notice", "good"})


def markdown(contents: Contents) -> str:
    """Returns a report as Markdown: texts of the user's are never read as markup."""
    lines = [f"# {_line(contents.title)}"]
    for part in contents.parts:
        lines += ["", f"## {_escaped(part.title)}", ""]
        for statement in part.statements:
            lines += _statement(statement)
    pairs = zip(lines, ["", *lines], strict=False)
    return "\n".join(line for line, before in pairs if line or before).rstrip() + "\n"


def _statement(statement: Statement) -> Iterator[str]:
    if statement.line:
        yield f"- {_line(statement.line)}"
    for detail in statement.details:
        yield f"  - {_line(detail)}" if statement.line else f"- {_line(detail)}"
    if statement.table is not None:
        yield ""
        yield from _table(statement.table)
        yield ""
    for quotation in statement.quotations:
        yield from _quotation(quotation)
    if statement.more:
        yield f"  - {_line(statement.more)}"


def _table(table: Table) -> Iterator[str]:
    yield _row([_escaped(column.head) for column in table.columns])
    yield _row(["--:" if column.right else "---" for column in table.columns])
    for row in table.rows:
        yield _row([_span(cell) for cell in row])


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _quotation(quotation: Quotation) -> Iterator[str]:
    longest = max((len(run) for line in quotation.lines for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    if quotation.lead:
        yield ""
        yield f"  {_escaped(quotation.lead)}"
    yield ""
    yield f"  {fence}text"
    for line in quotation.lines:
        yield f"  {line}"
    yield f"  {fence}"
    yield ""


def _line(line: Line) -> str:
    return "".join(map(_span, line))


def _span(span: Span) -> str:
    text = _escaped(span.text)
    inner = text.strip()
    if span.tone in _QUIET or not inner:
        return text
    before, after = text.split(inner, 1)
    return f"{before}**{inner}**{after}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\g<0>", " ".join(text.split("\n")))
