"""The server's state: the open specs, checked when their editor pauses, and what was found out about them."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Optional

from lsprotocol import types as lsp
from pygls import uris
from pygls.server import LanguageServer

from tfxc.compiler.lsp import convert
from tfxc.compiler.lsp.analysis import Analysis, Workspace, analyse, is_spec
from tfxc.compiler.lsp.names import Occurrence, at_offset, occurrences
from tfxc.compiler.lsp.positions import from_utf16
from tfxc.compiler.source.tree import Source, SourceNode

PAUSE = 0.15
"""Seconds without typing before a spec is checked."""


class SpecServer(LanguageServer):
    """The open specs and what was found out about them."""

    def __init__(self) -> None:
        super().__init__("tfxc", version("tfxc"))
        self.specs = Workspace()
        self._checking = ThreadPoolExecutor(1, "check")
        self._waiting: dict[Path, asyncio.TimerHandle] = {}
        self._published: dict[Path, frozenset[Path]] = {}
        self._found: dict[Path, dict[Path, list[lsp.Diagnostic]]] = {}

    def changed(self, uri: str, pause: float = PAUSE) -> None:
        """Takes over a text from the editor, and has its spec checked after a pause."""
        path = path_of(uri)
        text = self.workspace.get_text_document(uri).source
        self.specs.texts[path] = text
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
        files = self.specs.files()
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._checking, analyse, path, text, files)
        if found is None or path not in self.specs.texts:
            return
        self.specs.keep(found)
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

    def names_at(
        self, uri: str, place: lsp.Position
    ) -> Optional[tuple[Occurrence, tuple[Occurrence, ...], Analysis]]:
        """Returns the name at a place, all occurrences of names in its files, and the analysis."""
        found = self.specs.current(path_of(uri))
        if found is None or found.pipeline is None:
            return None
        known = found.loaded.derived.get("lsp.names")
        if known is None:
            known = occurrences(found.loaded.trees, found.pipeline)
            found.loaded.derived["lsp.names"] = known
        source = found.loaded.trees[0].source
        name = at_offset(known, source.file, offset_of(source, place))
        return (name, known, found) if name is not None else None

    def tree_of(self, uri: str) -> Optional[tuple[SourceNode, Analysis]]:
        """Returns the file of a URI as it is written, if its text of this moment can be read."""
        found = self.specs.current(path_of(uri))
        if found is None or not found.loaded.trees or found.loaded.trees[0].source.file != str(found.path):
            return None
        return found.loaded.trees[0], found


def path_of(uri: str) -> Path:
    """Returns the file of a URI; of a text that was never saved a name that no file has."""
    path = uris.to_fs_path(uri)
    return Path(path) if path and uri.startswith("file:") else Path("/untitled") / f"{abs(hash(uri))}.yaml"


def offset_of(source: Source, place: lsp.Position) -> int:
    """Returns the character of a source that a position is at."""
    line = min(place.line, len(source.line_starts) - 1)
    return source.line_starts[line] + from_utf16(source.line(line + 1), place.character)
