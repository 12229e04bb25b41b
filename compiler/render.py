"""Diagnostics for people: rustc-like text, coloured on a terminal and plain everywhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from tfxc.compiler.snippets import Paint, marked_line, painted, plain, printable
from tfxc.compiler.source_tree import Source
from tfxc.schemas.diagnostics import Diagnostic, Label, Severity, Span

LONGEST_LINE = 120
"""Columns of a source line that are shown."""


def render_text(
    diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source], colours: bool = False
) -> str:
    """Returns the diagnostics as text, a blank line after each, in the order given.

    ``sources`` are the texts that spans point into; a span into another file is shown without its
    source line.
    """
    paint: Paint = painted if colours else plain
    return "".join(_diagnostic(diagnostic, sources, paint) + "\n" for diagnostic in diagnostics)


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


def _diagnostic(diagnostic: Diagnostic, sources: Mapping[str, Source], paint: Paint) -> str:
    style = "error" if diagnostic.severity is Severity.ERROR else "warning"
    title = paint(f"{diagnostic.severity.value}[{diagnostic.code}]", style)
    lines = [f"{title}{paint(': ' + printable(diagnostic.message), 'bold')}"]
    spans = [span for span in (diagnostic.span, *(label.span for label in diagnostic.labels)) if span]
    gutter = max((len(str(span.line)) for span in spans), default=1)
    if diagnostic.span is not None:
        lines += _snippets(diagnostic.span, diagnostic.labels, sources, gutter, style, paint)
    prefix = " " * gutter + paint(" = ", "frame") + paint("help:", "help") + " "
    lines += [prefix + printable(help) for help in diagnostic.help]
    return "\n".join(lines) + "\n"


def _snippets(
    span: Span, labels: Sequence[Label], sources: Mapping[str, Source], gutter: int, style: str, paint: Paint
) -> list[str]:
    same_line = [label for label in labels if (label.span.file, label.span.line) == (span.file, span.line)]
    marks = [(span, "^", "", style), *((label.span, "-", label.text, "label") for label in same_line)]
    lines = _snippet("-->", marks, sources, gutter, paint)
    for label in labels:
        if label not in same_line:
            lines += _snippet(":::", [(label.span, "-", label.text, "label")], sources, gutter, paint)
    return lines


def _snippet(
    arrow: str,
    marks: Sequence[tuple[Span, str, str, str]],
    sources: Mapping[str, Source],
    gutter: int,
    paint: Paint,
) -> list[str]:
    span = marks[0][0]
    lines = [f"{' ' * gutter}{paint(arrow, 'frame')} {printable(span.file)}:{span.line}:{span.column}"]
    source = sources.get(span.file)
    if source is None:
        return lines + [
            f"{' ' * gutter} {paint('=', 'frame')} {printable(text)}" for _, _, text, _ in marks if text
        ]
    bar = paint("|", "frame")
    written = source.line(span.line)
    shown_before = None
    for mark, character, text, style in marks:
        end = mark.end_column - 1 if mark.end_line == mark.line else len(written.rstrip())
        shown, first, last = marked_line(written, mark.column - 1, end, LONGEST_LINE)
        if shown != shown_before:  # a second mark of a long line may show another part of it
            lines.append(f"{paint(str(span.line).rjust(gutter), 'frame')} {bar} {shown}".rstrip())
            shown_before = shown
        marker = paint((character * (last - first) + " " + printable(text)).rstrip(), style)
        lines.append(f"{' ' * gutter} {bar} {' ' * first}{marker}")
    return lines
