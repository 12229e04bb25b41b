"""Source texts, and the tree of positions that lies beside the data.

A `SourceNode` mirrors one YAML value and knows where it is written, as character offsets into its
`Source`. Lines and columns are worked out only when somebody asks for a span, so a document without
mistakes pays nothing for them. All lines and columns count from 1 and count characters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any, Literal, NamedTuple

from tfxc.compiler.source.scalar_text import source_offsets
from tfxc.schemas.diagnostics import Path, Span

NodeKind = Literal["mapping", "sequence", "scalar"]


@dataclass(frozen=True)
class Source:
    """A text with its name as diagnostics print it, and the folder its relative paths start at."""

    file: str
    text: str
    folder: FilePath

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """The offset at which each line starts. A line ends with LF, CR or CR LF."""
        return tuple(_line_starts(self.text))

    def position(self, offset: int) -> tuple[int, int]:
        """Returns the line and column of a character offset, at most of the end of the text."""
        offset = min(offset, len(self.text))
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Returns the character at a line and column, as `position` counts them."""
        return self.line_starts[min(line, len(self.line_starts)) - 1] + column - 1

    def line(self, number: int) -> str:
        """Returns one line without its end, or "" where there is none."""
        if not 1 <= number <= len(self.line_starts):
            return ""
        start = self.line_starts[number - 1]
        end = self.line_starts[number] if number < len(self.line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def span(self, start: int, end: int) -> Span:
        """Returns the span of the characters ``[start, end)``."""
        return Span(self.file, *self.position(start), *self.position(max(start, end)))


def _line_starts(text: str) -> Iterator[int]:
    yield 0
    position = 0
    while True:
        line_feed = text.find("\n", position)
        carriage_return = text.find("\r", position, line_feed if line_feed >= 0 else len(text))
        if carriage_return >= 0 and carriage_return + 1 != line_feed:
            position = carriage_return + 1
        elif line_feed >= 0:
            position = line_feed + 1
        else:
            return
        yield position


class SourceNode(NamedTuple):
    """One YAML value and where it is written.

    ``value`` is a mapping of key → `Entry` in the file's order, a tuple of nodes, or a scalar (str,
    int, float, bool, None). ``style`` is the scalar's quote (``"``, ``'``), its block indicator
    (``|``, ``>``) or empty; for a collection it is ``flow`` or ``block``. A node that an alias
    names again is the same object, at the place of its anchor.
    """

    kind: NodeKind
    value: Any
    source: Source
    start: int
    end: int
    style: str

    @property
    def span(self) -> Span:
        """Where the value is written, without the blank lines and comments after it."""
        return self.source.span(self.start, self._trimmed_end())

    @property
    def written_end(self) -> int:
        """The offset at which the value ends, without the blank lines and comments after it."""
        return self._trimmed_end()

    def _trimmed_end(self) -> int:
        node = self
        while node.style == "block" and node.value:
            last = next(reversed(node.value.values())).node if node.kind == "mapping" else node.value[-1]
            if last.source is not self.source or last.end < node.start or last.end > self.end:
                break
            node = last
        written = self.source.text[self.start : max(node.end, self.start)]
        return self.start + len(written.rstrip())


class Entry(NamedTuple):
    """A mapping's key, as the scalar that it is, and its value."""

    key: SourceNode
    node: SourceNode


def to_plain(node: SourceNode) -> Any:
    """Returns the node's value as dicts, lists and scalars. Aliased values are separate copies."""
    if node.kind == "mapping":
        return {name: to_plain(entry.node) for name, entry in node.value.items()}
    if node.kind == "sequence":
        return [to_plain(item) for item in node.value]
    return node.value


def entries_below(entry: Entry, path: Path = ()) -> Iterator[tuple[Path, Entry]]:
    """Yields an entry with its path, and all below it, each before what is in it: an item of a list stands
    as its own key."""
    yield path, entry
    node = entry.node
    if node.kind == "mapping":
        for key, inner in node.value.items():
            yield from entries_below(inner, (*path, key))
    elif node.kind == "sequence":
        for index, item in enumerate(node.value):
            yield from entries_below(Entry(item, item), (*path, index))


def find(node: SourceNode, path: Path) -> tuple[list[Entry], bool]:
    """Follows a path as far as it exists.

    Returns the entries on the way, outermost first (an item of a list stands as its own key), and
    whether the whole path exists.
    """
    entries: list[Entry] = []
    for part in path:
        if node.kind == "mapping" and part in node.value:
            entry = node.value[part]
        elif node.kind == "sequence" and isinstance(part, int) and 0 <= part < len(node.value):
            entry = Entry(node.value[part], node.value[part])
        else:
            return entries, False
        entries.append(entry)
        node = entry.node
    return entries, True


def locate(root: SourceNode, path: Path, at_key: bool = False, part: tuple[int, int] | None = None) -> Span:
    """Returns where a diagnostic about a path points.

    That is the value's own span; its key's with ``at_key``, for a value that is not written at all
    and for a collection that is not all on one line. ``part`` narrows a string to its characters
    ``[start, end)``, whatever its quotes and escapes. A path that does not exist is its nearest
    ancestor's key; an empty one is the first key of the document.
    """
    entries, exists = find(root, path)
    if not entries:
        return _document_span(root)
    key, node = entries[-1]
    if not exists or at_key or node.start >= node._trimmed_end():
        return key.span
    if part is not None and node.kind == "scalar" and isinstance(node.value, str):
        return _part_span(node, part)
    span = node.span
    if node.kind != "scalar" and (node.style == "block" or span.line != span.end_line):
        return key.span if key is not node else _first_line(node, span)
    return span


def _document_span(root: SourceNode) -> Span:
    if root.kind == "mapping" and root.value:
        key: SourceNode = next(iter(root.value.values())).key
        return key.span
    return _first_line(root, root.span)


def _first_line(node: SourceNode, span: Span) -> Span:
    if span.line == span.end_line:
        return span
    end = span.column + len(node.source.line(span.line)[span.column - 1 :].rstrip())
    return Span(span.file, span.line, span.column, span.line, end)


def _part_span(node: SourceNode, part: tuple[int, int]) -> Span:
    offsets = source_offsets(node.source.text[node.start : node.end], node.value, node.style)
    if offsets is None or not 0 <= part[0] < part[1] < len(offsets):
        return node.span
    return node.source.span(node.start + offsets[part[0]], node.start + offsets[part[1] - 1] + 1)
