"""Our values as the protocol's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lsprotocol import types as lsp

from tfxc.compiler.lsp.outline import Highlight, Symbol
from tfxc.compiler.lsp.positions import to_utf16
from tfxc.compiler.lsp.proposals import Completion
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostics import Diagnostic, Span

TOKEN_TYPES = ("parameter", "namespace", "property", "operator", "number", "string", "keyword", "macro")

_COMPLETION_KINDS = {
    "key": lsp.CompletionItemKind.Property,
    "component": lsp.CompletionItemKind.Module,
    "output": lsp.CompletionItemKind.Field,
    "parameter": lsp.CompletionItemKind.Variable,
    "value": lsp.CompletionItemKind.Value,
    "type": lsp.CompletionItemKind.Class,
    "split": lsp.CompletionItemKind.EnumMember,
}
_SYMBOL_KINDS = {
    "section": lsp.SymbolKind.Namespace,
    "component": lsp.SymbolKind.Module,
    "parameter": lsp.SymbolKind.Variable,
    "environment": lsp.SymbolKind.Package,
    "backend": lsp.SymbolKind.Interface,
    "key": lsp.SymbolKind.Property,
}


def uri_of(file: str | Path) -> str:
    """Returns the URI of a file."""
    return Path(file).absolute().as_uri()


def position(source: Source, offset: int) -> lsp.Position:
    """Returns where a character of a source is."""
    line, column = source.position(offset)
    return lsp.Position(line - 1, to_utf16(source.line(line), column - 1))


def range_of(source: Source, start: int, end: int) -> lsp.Range:
    """Returns where some characters of a source are."""
    return lsp.Range(position(source, start), position(source, end))


def range_of_span(span: Span, source: Source | None) -> lsp.Range:
    """Returns where a span is; of a source whose text may not be shown, in characters."""

    def place(line: int, column: int) -> lsp.Position:
        text = source.line(line) if source is not None else ""
        return lsp.Position(line - 1, to_utf16(text, column - 1) if text else column - 1)

    return lsp.Range(place(span.line, span.column), place(span.end_line, span.end_column))


def diagnostic(found: Diagnostic, sources: dict[str, Source]) -> lsp.Diagnostic:
    """Returns a diagnostic with its help below the message, and its labels beside it."""
    span = found.span
    place = range_of_span(span, sources.get(span.file)) if span is not None else _nowhere()
    related = [
        lsp.DiagnosticRelatedInformation(
            lsp.Location(uri_of(label.span.file), range_of_span(label.span, sources.get(label.span.file))),
            label.text,
        )
        for label in found.labels
    ]
    return lsp.Diagnostic(
        range=place,
        message="\n".join([found.message, *(f"help: {line}" for line in found.help)]),
        severity=lsp.DiagnosticSeverity.Error if found.is_error else lsp.DiagnosticSeverity.Warning,
        code=found.code,
        source="tfxc",
        related_information=related or None,
        tags=[lsp.DiagnosticTag.Unnecessary] if "never used" in found.message else None,
    )


def _nowhere() -> lsp.Range:
    return lsp.Range(lsp.Position(0, 0), lsp.Position(0, 1))


def completion_item(
    proposal: Completion, order: int, line: int, text: str, column: int, snippets: bool
) -> lsp.CompletionItem:
    """Returns a proposal at a cursor; without snippets where the editor does not take them."""
    new = proposal.text
    if proposal.is_snippet and not snippets:
        new = proposal.text.split("\n")[0].split("$")[0]
    start = to_utf16(text, column - proposal.replaces)
    place = lsp.Range(lsp.Position(line, start), lsp.Position(line, to_utf16(text, column)))
    is_snippet = proposal.is_snippet and snippets
    return lsp.CompletionItem(
        label=proposal.label,
        kind=_COMPLETION_KINDS[proposal.kind],
        detail=proposal.detail or None,
        documentation=proposal.documentation or None,
        sort_text=f"{order:05}",
        filter_text=proposal.label,
        text_edit=lsp.TextEdit(place, new),
        insert_text_format=lsp.InsertTextFormat.Snippet if is_snippet else lsp.InsertTextFormat.PlainText,
        insert_text_mode=lsp.InsertTextMode.AdjustIndentation,
    )


def symbol(found: Symbol, source: Source) -> lsp.DocumentSymbol:
    """Returns a part of an outline."""
    return lsp.DocumentSymbol(
        name=found.name or " ",
        kind=_SYMBOL_KINDS[found.kind],
        range=range_of(source, found.start, found.end),
        selection_range=range_of(source, found.start, found.key_end),
        detail=found.detail or None,
        children=[symbol(child, source) for child in found.children],
    )


def semantic_tokens(found: Iterable[Highlight], source: Source) -> Sequence[int]:
    """Returns highlights as the protocol packs them: each by its distance from the one before."""
    data: list[int] = []
    line = column = 0
    for each in found:
        start, end = position(source, each.start), position(source, each.end)
        same = start.line == line
        data += [start.line - line, start.character - column if same else start.character]
        data += [end.character - start.character, TOKEN_TYPES.index(each.type), 0]
        line, column = start.line, start.character
    return data
