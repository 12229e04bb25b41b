"""What editors ask, answered from the last analysis of a spec."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional, Union

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from tfxc.compiler.lsp import convert
from tfxc.compiler.lsp.analysis import beside
from tfxc.compiler.lsp.completion import completions
from tfxc.compiler.lsp.diagnostics_at import diagnostics_words, fix_action, overlaps
from tfxc.compiler.lsp.edited import kept
from tfxc.compiler.lsp.hover import hover_of_name, hover_of_word
from tfxc.compiler.lsp.last_run import last_run, node_words, run_words
from tfxc.compiler.lsp.names import Occurrence, occurrences, same_name, why_no_name
from tfxc.compiler.lsp.outline import artifact_hints, folds, outline
from tfxc.compiler.lsp.positions import from_utf16, lines_of
from tfxc.compiler.lsp.server import PAUSE, Named, SpecServer, changed_text, path_of
from tfxc.compiler.source.tree import Source, SourceNode


def make_server() -> SpecServer:
    """Returns a server that answers all that it can, not started yet."""
    server = SpecServer()
    _follow_edits(server)
    _answer_about_places(server)
    _answer_about_names(server)
    _answer_about_documents(server)
    return server


def _follow_edits(server: SpecServer) -> None:
    # None of these is a coroutine: that would run after the question that came behind the edit.
    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: lsp.DidOpenTextDocumentParams) -> None:
        server.written(params.text_document.uri, params.text_document.text, 0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: lsp.DidChangeTextDocumentParams) -> None:
        text = server.specs.texts.get(path_of(params.text_document.uri))
        if text is not None:
            server.written(params.text_document.uri, changed_text(text, params.content_changes), PAUSE)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: lsp.DidSaveTextDocumentParams) -> None:
        server.check_soon(path_of(params.text_document.uri), 0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: lsp.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    @server.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: lsp.DidChangeWatchedFilesParams) -> None:
        for path in list(server.specs.texts):
            server.check_soon(path, 0)


def _lines(server: SpecServer, uri: str) -> list[str]:
    return lines_of(server.specs.texts.get(path_of(uri), ""))


def _cursor(server: SpecServer, uri: str, place: lsp.Position) -> tuple[list[str], int, int]:
    """Returns the lines of a text, and the line and the character that a position is at, both within it."""
    lines = _lines(server, uri)
    line = min(place.line, len(lines) - 1)
    return lines, line, from_utf16(lines[line], place.character)


def _answer_about_places(server: SpecServer) -> None:
    options = lsp.CompletionOptions(trigger_characters=[".", "{", " ", "[", "-", "=", ","])

    @server.feature(lsp.TEXT_DOCUMENT_COMPLETION, options)
    def completion(params: lsp.CompletionParams) -> lsp.CompletionList:
        uri, place = params.text_document.uri, params.position
        lines, line, column = _cursor(server, uri, place)
        understood = server.specs.understood(path_of(uri))
        pipeline = understood.pipeline if understood is not None else None
        snippets = _takes_snippets(server)
        found = completions(lines, line, column, pipeline)
        items = [
            convert.completion_item(each, order, line, lines[line], column, snippets)
            for order, each in enumerate(found)
        ]
        return lsp.CompletionList(is_incomplete=False, items=items)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    def hover(params: lsp.HoverParams) -> Optional[lsp.Hover]:
        uri, place = params.text_document.uri, params.position
        latest = server.specs.latest.get(path_of(uri))
        parts = [diagnostics_words(server, latest, place)] if latest is not None else []
        named = server.names_at(uri, place)
        if named is not None and named.analysis.pipeline is not None:
            parts.insert(0, hover_of_name(named.name, named.analysis.pipeline))
        else:
            parts.insert(0, hover_of_word(*_cursor(server, uri, place)))
        told = "\n\n---\n\n".join(filter(None, parts))
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, told)) if told else None

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.QuickFix])
    )
    def code_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        uri = params.text_document.uri
        found = server.specs.latest.get(path_of(uri)) or server.specs.current(path_of(uri))
        if found is None:
            return []
        return [
            action
            for each in found.spec.diagnostics
            if overlaps(server, each, found, params.range)
            and (action := fix_action(server, each, found)) is not None
        ]


def _takes_snippets(server: SpecServer) -> bool:
    of_text = server.client_capabilities.text_document
    of_completion = of_text.completion if of_text is not None else None
    of_items = of_completion.completion_item if of_completion is not None else None
    return bool(of_items is not None and of_items.snippet_support)


def _locations(server: SpecServer, names: Iterable[Occurrence]) -> list[lsp.Location]:
    """Returns where names are now, without those that were edited."""
    found = []
    for each in names:
        now = server.now(each.source)
        if kept(now, each.start, each.end):
            place = convert.range_of(now, each.start, each.end)
            found.append(lsp.Location(convert.uri_of(each.source.file), place))
    return found


def _answer_about_names(server: SpecServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def definition(params: lsp.DefinitionParams) -> list[lsp.Location]:
        named = server.names_at(params.text_document.uri, params.position)
        if named is None:
            return []
        return _locations(server, [each for each in same_name(named.known, named.name) if each.is_definition])

    @server.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def references(params: lsp.ReferenceParams) -> list[lsp.Location]:
        named = server.names_at(params.text_document.uri, params.position)
        if named is None:
            return []
        declared = params.context.include_declaration
        everywhere = _everywhere(server, named)
        return _locations(server, [each for each in everywhere if declared or not each.is_definition])

    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def highlight(params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        named = server.names_at(params.text_document.uri, params.position)
        if named is None:
            return []
        file = named.name.source.file
        here = [each for each in same_name(named.known, named.name) if each.source.file == file]
        return [lsp.DocumentHighlight(each.range) for each in _locations(server, here)]

    @server.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepare_rename(params: lsp.PrepareRenameParams) -> Optional[lsp.Range]:
        named = server.names_at(params.text_document.uri, params.position)
        return _locations(server, [named.name])[0].range if named is not None else None

    @server.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    async def rename(params: lsp.RenameParams) -> Optional[lsp.WorkspaceEdit]:
        uri, place, new = params.text_document.uri, params.position, params.new_name
        named, _ = server.named(server.specs.understood(path_of(uri)), place)
        if named is None or not _is_as_it_was(server, named, new):
            named, _ = server.named(await server.of_now(path_of(uri)), place)
        if named is None:
            return None
        found = named.analysis
        why_not = why_no_name(named.name.kind, new, found.pipeline) if found.pipeline else None
        if why_not is not None:
            raise JsonRpcInvalidParams(message=why_not)  # type: ignore[no-untyped-call]  # pygls has no types there
        changes: dict[str, list[lsp.TextEdit]] = {}
        for each in _locations(server, _everywhere(server, named)):
            changes.setdefault(each.uri, []).append(lsp.TextEdit(each.range, new))
        return lsp.WorkspaceEdit(changes=changes)


def _is_as_it_was(server: SpecServer, named: Named, new: str) -> bool:
    """Whether no edit since the analysis touched a name or wrote it: where a name is rewritten, none may be
    missing. Nor may the new one have been written."""
    spoken = list(same_name(named.known, named.name))
    for now in server.edited_since(named.analysis):
        if named.name.name in now.written or new in now.written:
            return False
        if not all(now.keeps(each.start, each.end) for each in spoken if each.source.file == now.file):
            return False
    return True


def _everywhere(server: SpecServer, named: Named) -> list[Occurrence]:
    """Returns a name's occurrences in the spec, in what it extends and in what extends it beside it."""
    name, known, found = named.name, named.known, named.analysis
    trees: dict[str, SourceNode] = {}
    for loaded in beside(found.path, server.specs.files()):
        trees.update({tree.source.file: tree for tree in loaded.trees})
    seen = {tree.source.file for tree in found.loaded.trees}
    others = [tree for file, tree in trees.items() if file not in seen]
    assert found.pipeline is not None  # noqa: S101  names are only found in what was read
    return [*same_name(known, name), *same_name(occurrences(others, found.pipeline), name)]


def _answer_about_documents(server: SpecServer) -> None:
    @server.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        found = server.tree_of(params.text_document.uri)
        if found is None:
            return []
        now = server.now(found[0].source)
        return [convert.symbol(each, now) for each in outline(found[0])]

    @server.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def folding(params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        return [lsp.FoldingRange(*each) for each in folds(_lines(server, params.text_document.uri))]

    legend = lsp.SemanticTokensLegend(list(convert.TOKEN_TYPES), [])

    @server.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, legend)
    def semantic_tokens(params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        found = server.tree_of(params.text_document.uri)
        if found is None:
            return lsp.SemanticTokens([])
        tree, analysis = found
        now = server.now(tree.source)
        there = [each for each in analysis.highlights if kept(now, each.start, each.end)]
        return lsp.SemanticTokens(list(convert.semantic_tokens(there, now)))

    @server.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def inlay_hints(params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        found = server.tree_of(params.text_document.uri)
        if found is None or found[1].pipeline is None:
            return []
        source = server.now(found[0].source)
        first, last = params.range.start.line, params.range.end.line
        placed = [
            (convert.position(source, each.offset), each.text)
            for each in artifact_hints(found[0], found[1].pipeline)
            if kept(source, each.offset, each.offset)
        ]
        return [
            lsp.InlayHint(place, text, lsp.InlayHintKind.Type, padding_left=True)
            for place, text in placed
            if first <= place.line <= last
        ]

    @server.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        found = server.tree_of(params.text_document.uri)
        run = last_run(found[1].pipeline) if found is not None and found[1].pipeline is not None else None
        if found is None or run is None:
            return []
        tree, _ = found
        now = server.now(tree.source)
        first: Union[SourceNode, None] = next((entry.key for entry in tree.value.values()), None)
        lenses = _lens(now, first, run_words(run)) if first is not None else []
        components = tree.value.get("components")
        of_nodes: dict[str, Any] = (
            components.node.value if components and components.node.kind == "mapping" else {}
        )
        for name, entry in of_nodes.items():
            words = node_words(run, name)
            if words is not None:
                lenses += _lens(now, entry.key, words)
        return lenses


def _lens(source: Source, key: SourceNode, words: str) -> list[lsp.CodeLens]:
    """Returns the lens of a key, none if the key was edited since."""
    if not kept(source, key.start, key.end):
        return []
    return [lsp.CodeLens(convert.range_of(source, key.start, key.end), lsp.Command(words, ""))]
