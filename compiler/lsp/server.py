"""The server's state: the open specs, checked when their editor pauses, and what was found out about them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Optional

from lsprotocol import types as lsp
from pygls import uris
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, lsp_method
from pygls.server import LanguageServer

from tfxc.compiler.lsp import convert
from tfxc.compiler.lsp.analysis import Analysis, Workspace, analyse, is_spec
from tfxc.compiler.lsp.edited import EditedSource, edited
from tfxc.compiler.lsp.names import Occurrence, at_offset
from tfxc.compiler.lsp.positions import from_utf16
from tfxc.compiler.source.files import Files
from tfxc.compiler.source.tree import Source, SourceNode

PAUSE = 0.15
"""Seconds without typing before a spec is checked."""

MOST_ANALYSES = 3
"""Analyses that one question waits for while the text is edited on."""

_CONTENT_MODIFIED = int(lsp.LSPErrorCodes.ContentModified)


class Named(NamedTuple):
    """A name, all occurrences of names in the files of its spec, and the analysis that they are from."""

    name: Occurrence
    known: tuple[Occurrence, ...]
    analysis: Analysis


class _Protocol(LanguageServerProtocol):
    """The protocol, in which a coroutine may answer with an error as others may, and edits are left to the
    server: pygls ends lines where no editor does, and moves the places of an edit accordingly."""

    @lsp_method(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: lsp.DidChangeTextDocumentParams) -> None:
        """Leaves the text of pygls as it was opened; nothing asks for it."""

    def _execute_request_callback(self, msg_id: Any, future: asyncio.Future[Any]) -> None:
        error = None if future.cancelled() else future.exception()
        if isinstance(error, JsonRpcException):
            self._request_futures.pop(msg_id, None)
            self._send_response(msg_id, error=error.to_response_error())
        else:
            super()._execute_request_callback(msg_id, future)  # type: ignore[no-untyped-call]  # as above


class SpecServer(LanguageServer):
    """The open specs and what was found out about them."""

    def __init__(self) -> None:
        super().__init__("tfxc", version("tfxc"), protocol_cls=_Protocol)
        self.specs = Workspace()
        self._checking = ThreadPoolExecutor(1, "check")
        self._waiting: dict[Path, asyncio.TimerHandle] = {}
        self._published: dict[Path, frozenset[Path]] = {}
        self._found: dict[Path, dict[Path, list[lsp.Diagnostic]]] = {}
        self._edited: dict[str, tuple[Source, Source]] = {}
        self._analysing: dict[Path, tuple[dict[Path, str], asyncio.Future[Optional[Analysis]]]] = {}

    def written(self, uri: str, text: str, pause: float) -> None:
        """Takes over a text from the editor, and has its spec checked after a pause."""
        path = path_of(uri)
        self.specs.texts[path] = text
        self.check_soon(path, pause)

    def check_soon(self, path: Path, pause: float) -> None:
        """Has a text, and the open specs that extend it, checked after a pause that begins anew each time."""
        for each in {path, *self.specs.extending(path)}:
            waiting = self._waiting.pop(each, None)
            if waiting is not None:
                waiting.cancel()
            loop = asyncio.get_running_loop()
            self._waiting[each] = loop.call_later(pause, self._start, each)

    def _start(self, path: Path) -> None:
        self._waiting.pop(path, None)
        task = asyncio.ensure_future(self._check(path))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _check(self, path: Path) -> None:
        text = self.specs.texts.get(path)
        if text is None or not is_spec(path, text) or any(True for _ in self.specs.extending(path)):
            self._publish(path, {})
            return
        found = await self._analysis(path, text)
        if found is None or path not in self.specs.texts:
            return
        self.specs.keep(found)
        self._refresh()
        sources = dict(found.loaded.sources)
        by_file = found.diagnostics_by_file()
        if self.specs.texts.get(path) == text:
            self._publish(
                path,
                {file: [convert.diagnostic(each, sources) for each in all] for file, all in by_file.items()},
            )

    def _publish(self, path: Path, found: dict[Path, list[lsp.Diagnostic]]) -> None:
        """Sends the diagnostics of one spec, which may lie in several files; those of other specs in the
        same files stay."""
        touched = set(found) | self._published.get(path, frozenset()) | {path}
        self._found[path] = found
        self._published[path] = frozenset(found)
        for file in touched:
            unique: dict[str, lsp.Diagnostic] = {}
            for of_spec in self._found.values():
                unique.update({repr(each): each for each in of_spec.get(file, [])})
            self.publish_diagnostics(convert.uri_of(file), diagnostics=list(unique.values()))

    def closed(self, uri: str) -> None:
        """Forgets a text."""
        path = path_of(uri)
        waiting = self._waiting.pop(path, None)
        if waiting is not None:
            waiting.cancel()
        self.specs.forget(path)
        self._publish(path, {})
        self._found.pop(path, None)
        self._published.pop(path, None)
        self._edited.pop(str(path), None)
        self._analysing.pop(path, None)

    def now(self, source: Source) -> Source:
        """Returns an analysed file as the editor has it now, to be asked in the offsets of the analysis."""
        text = self.specs.texts.get(Path(source.file), source.text)
        known = self._edited.get(source.file)
        if known is None or known[0] is not source or known[1].text != text:
            known = (source, edited(source, text))
            self._edited[source.file] = known
        return known[1]

    def names_at(self, uri: str, place: lsp.Position) -> Optional[Named]:
        """Returns the name at a place, from the last analysis if its neighbourhood was not edited since."""
        named, is_sure = self.named(self.specs.recent(path_of(uri)), place)
        return named if is_sure else self.named(self.specs.current(path_of(uri)), place)[0]

    def named(self, found: Optional[Analysis], place: lsp.Position) -> tuple[Optional[Named], bool]:
        """Returns the name at a place as an analysis has it, and whether nothing near was edited since."""
        if found is None or found.pipeline is None or not found.loaded.trees:
            return None, True
        source = found.loaded.trees[0].source
        now = self.now(source)
        offset = offset_of(now, place)
        then = now.offset_then(offset) if isinstance(now, EditedSource) else offset
        name = at_offset(found.names, source.file, then) if then is not None else None
        named = Named(name, found.names, found) if name is not None else None
        if not isinstance(now, EditedSource):
            return named, True
        is_kept = name is None or (now.keeps(name.start, name.end) and name.name not in now.written)
        return named, then is not None and is_kept

    async def of_now(self, path: Path) -> Optional[Analysis]:
        """Returns the analysis of a spec as it is now; the server goes on answering until there is one.

        Raises JsonRpcException if the text does not stop changing.
        """
        for _ in range(MOST_ANALYSES):
            found = self.specs.latest.get(path)
            text = self.specs.texts.get(path)
            if text is None or not is_spec(path, text):
                return None
            if found is not None and found.text == text and not self.edited_since(found):
                return found
            found = await self._analysis(path, text)
            if found is None:
                return None
            if path in self.specs.texts:
                self.specs.keep(found)
            if found.text == self.specs.texts.get(path):
                return found
        raise JsonRpcException("the text is being edited", _CONTENT_MODIFIED)  # type: ignore[no-untyped-call]  # pygls has no types there

    def edited_since(self, found: Analysis) -> list[EditedSource]:
        """Returns the files of a spec that were edited since it was analysed."""
        sources = {tree.source.file: tree.source for tree in found.loaded.trees}
        return [now for each in sources.values() if isinstance(now := self.now(each), EditedSource)]

    async def _analysis(self, path: Path, text: str) -> Optional[Analysis]:
        """Analyses a spec beside the answers; who asks for one that is under way gets that one."""
        texts = dict(self.specs.texts)
        known = self._analysing.get(path)
        if known is None or known[1].done() or known[0] != texts:
            loop = asyncio.get_running_loop()
            begun = loop.run_in_executor(self._checking, _analyse, path, text, self.specs.files())
            known = self._analysing[path] = (texts, begun)
        return await asyncio.shield(known[1])

    def tree_of(self, uri: str) -> Optional[tuple[SourceNode, Analysis]]:
        """Returns the file of a URI as it is written, as it was last understood."""
        found = self.specs.recent(path_of(uri))
        if found is None or not found.loaded.trees or found.loaded.trees[0].source.file != str(found.path):
            return None
        return found.loaded.trees[0], found

    def _refresh(self) -> None:
        """Asks the editor to ask anew for what it shows within the text, where it can be asked to."""
        known = self.client_capabilities.workspace
        if known is None:
            return
        for capability, method in (
            (known.semantic_tokens, lsp.WORKSPACE_SEMANTIC_TOKENS_REFRESH),
            (known.inlay_hint, lsp.WORKSPACE_INLAY_HINT_REFRESH),
            (known.code_lens, lsp.WORKSPACE_CODE_LENS_REFRESH),
        ):
            if capability is not None and capability.refresh_support:
                self.lsp.send_request(method)  # type: ignore[no-untyped-call]  # pygls has no types there


def _analyse(path: Path, text: str, files: Files) -> Optional[Analysis]:
    """Analyses a spec, and looks for what is asked for first."""
    found = analyse(path, text, files)
    if found is not None:
        _ = found.names, found.highlights
    return found


def path_of(uri: str) -> Path:
    """Returns the file of a URI; of a text that was never saved a name that no file has."""
    path = uris.to_fs_path(uri)
    return Path(path) if path and uri.startswith("file:") else Path("/untitled") / f"{abs(hash(uri))}.yaml"


def offset_of(source: Source, place: lsp.Position) -> int:
    """Returns the character of a source that a position is at; of one behind its end, the end."""
    if place.line >= len(source.line_starts):
        return len(source.text)
    return source.line_starts[place.line] + from_utf16(source.line(place.line + 1), place.character)


def changed_text(text: str, changes: Sequence[lsp.TextDocumentContentChangeEvent]) -> str:
    """Returns a text after changes, each of which is told in places of the text after those before it."""
    for change in changes:
        if isinstance(change, lsp.TextDocumentContentChangeEvent_Type1):
            source = Source("", text, Path())
            start = offset_of(source, change.range.start)
            end = max(start, offset_of(source, change.range.end))
            text = text[:start] + change.text + text[end:]
        else:
            text = change.text
    return text
