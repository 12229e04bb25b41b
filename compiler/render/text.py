"""Diagnostics for people: rustc-like text, coloured on a terminal and plain everywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tfxc.compiler.render.snippets import Paint, marked_line, painted, plain
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostics import Diagnostic, Label, Severity, Span
from tfxc.schemas.words.printable import printable

WIDTH = 160
"""Columns that a source line is cut to where nothing else is known."""
NARROWEST = 40
"""A source line is never cut to less."""


def render_text(
    diagnostics: Iterable[Diagnostic],
    sources: Mapping[str, Source],
    colours: bool = False,
    width: int = WIDTH,
) -> str:
    """Returns the diagnostics as text, a blank line after each, in the order given.

    ``sources`` are the texts that spans point into; a span into another file is shown without its
    source line. Source lines, with the line number before them, are cut to ``width`` columns.
    """
    page = _Page(sources, painted if colours else plain, width)
    return "".join(_diagnostic(diagnostic, page) + "\n" for diagnostic in diagnostics)


@dataclass(frozen=True)
class _Page:
    """What diagnostics are written on."""

    sources: Mapping[str, Source]
    paint: Paint
    width: int


def summary(diagnostics: Sequence[Diagnostic], specs: int) -> str:
    """Returns one line such as ``2 errors, 1 warning in 1 file``, or that the specs are valid."""
    if not diagnostics:
        return f"{count(specs, 'spec')} {'is' if specs == 1 else 'are'} valid"
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    counts = [(errors, "error"), (len(diagnostics) - errors, "warning")]
    files = len({diagnostic.span.file if diagnostic.span else "" for diagnostic in diagnostics})
    return f"{', '.join(count(number, what) for number, what in counts if number)} in {count(files, 'file')}"


def count(number: int, what: str) -> str:
    """Returns ``1 file``, ``2 files``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _diagnostic(diagnostic: Diagnostic, page: _Page) -> str:
    paint = page.paint
    style = "error" if diagnostic.severity is Severity.ERROR else "warning"
    title = paint(f"{diagnostic.severity.value}[{diagnostic.code}]", style)
    lines = [f"{title}{paint(': ' + printable(diagnostic.message), 'bold')}"]
    spans = [span for span in (diagnostic.span, *(label.span for label in diagnostic.labels)) if span]
    gutter = max((len(str(span.line)) for span in spans), default=1)
    if diagnostic.span is not None:
        lines += _snippets(diagnostic.span, diagnostic.labels, gutter, style, page)
    prefix = " " * gutter + paint(" = ", "frame") + paint("help:", "help") + " "
    lines += [prefix + printable(help) for help in diagnostic.help]
    return "\n".join(lines) + "\n"


def _snippets(span: Span, labels: Sequence[Label], gutter: int, style: str, page: _Page) -> list[str]:
    same_line = [label for label in labels if (label.span.file, label.span.line) == (span.file, span.line)]
    marks = [(span, "^", "", style), *((label.span, "-", label.text, "label") for label in same_line)]
    lines = _snippet("-->", marks, gutter, page)
    for label in labels:
        if label not in same_line:
            lines += _snippet(":::", [(label.span, "-", label.text, "label")], gutter, page)
    return lines


def _snippet(arrow: str, marks: Sequence[tuple[Span, str, str, str]], gutter: int, page: _Page) -> list[str]:
    span, paint, margin = marks[0][0], page.paint, " " * gutter
    lines = [f"{margin}{paint(arrow, 'frame')} {printable(span.file)}:{span.line}:{span.column}"]
    source = page.sources.get(span.file)
    if source is None:
        return lines + [
            f"{margin} {paint('=', 'frame')} {printable(text)}" for _, _, text, _ in marks if text
        ]
    bar = paint("|", "frame")
    written = source.line(span.line)
    shown_before = None
    for mark, character, text, style in marks:
        end = mark.end_column - 1 if mark.end_line == mark.line else len(written.rstrip())
        room = max(page.width - gutter - 3, NARROWEST)
        shown, first, last = marked_line(written, mark.column - 1, end, room)
        if shown != shown_before:  # a second mark of a long line may show another part of it
            lines.append(f"{paint(str(span.line).rjust(gutter), 'frame')} {bar} {shown}".rstrip())
            shown_before = shown
        marker = paint((character * (last - first) + " " + printable(text)).rstrip(), style)
        lines.append(f"{margin} {bar} {' ' * first}{marker}")
    return lines
