"""What an analysis found wrong at a place of a text as it is now, and the fixes of that."""

from __future__ import annotations

from typing import Optional

from lsprotocol import types as lsp

from tfxc.compiler.fix.choose import is_sure
from tfxc.compiler.lsp import convert
from tfxc.compiler.lsp.analysis import Analysis
from tfxc.compiler.lsp.edited import kept
from tfxc.compiler.lsp.hover import hover_of_diagnostics
from tfxc.compiler.lsp.server import SpecServer
from tfxc.schemas.diagnostics import Diagnostic, Span


def diagnostics_words(server: SpecServer, found: Analysis, place: lsp.Position) -> Optional[str]:
    """Returns the pages of the codes of what is wrong at a place."""
    here = lsp.Range(place, place)
    return hover_of_diagnostics(
        each for each in found.spec.diagnostics if overlaps(server, each, found, here)
    )


def overlaps(server: SpecServer, found: Diagnostic, analysis: Analysis, asked: lsp.Range) -> bool:
    """Whether a diagnostic touches what is asked for."""
    span = found.span
    if span is None or span.file != str(analysis.path):
        return False
    there = range_now(server, span, analysis)
    return there is not None and not (there.end < asked.start or asked.end < there.start)


def range_now(server: SpecServer, span: Span, analysis: Analysis) -> Optional[lsp.Range]:
    """Returns where a span of an analysis is now; None if it was edited, or its text may not be shown."""
    source = analysis.loaded.sources.get(span.file)
    if source is None:
        return None
    start, end = source.offset(span.line, span.column), source.offset(span.end_line, span.end_column)
    now = server.now(source)
    if not kept(now, start, end):
        return None
    return convert.range_of(now, start, end)


def fix_action(server: SpecServer, found: Diagnostic, analysis: Analysis) -> Optional[lsp.CodeAction]:
    """Returns the fix of a diagnostic as an edit of the text as it is now; None if it has none."""
    if found.fix is None or found.span is None:
        return None
    place = range_now(server, found.fix.span, analysis)
    shown = range_now(server, found.span, analysis)
    if place is None or shown is None:
        return None
    edit = lsp.TextEdit(place, found.fix.text)
    told = convert.diagnostic(found, dict(analysis.loaded.sources))
    told.range = shown
    return lsp.CodeAction(
        title=f"Write {found.fix.text}",
        kind=lsp.CodeActionKind.QuickFix,
        diagnostics=[told],
        is_preferred=is_sure(found),
        edit=lsp.WorkspaceEdit(changes={convert.uri_of(found.fix.span.file): [edit]}),
    )
