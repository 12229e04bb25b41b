"""``# tfxc: ignore[CODE, …]`` in a spec: where such comments are, and which lines they are about.

A comment is about the line that it stands on and, where a key or a list's item begins on that line, about
all lines of its value. Nothing in a text (quoted, or of several lines) is a comment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tfxc.compiler.source.tree import Source, SourceNode

_COMMENT = re.compile(r"(?:(?<=\s)|^)#+[ \t]*tfxc[ \t]*:[ \t]*ignore\b[ \t]*(\[[^\]\r\n]*\]?)?", re.MULTILINE)
_CODE = re.compile(r"[^\s,\[\]]+")


@dataclass(frozen=True)
class IgnoreComment:
    """One comment: its characters ``[start, end)``, its codes with theirs, and the lines it is about."""

    source: Source
    start: int
    end: int
    codes: tuple[tuple[str, int, int], ...]
    first_line: int
    last_line: int


def ignore_comments(tree: SourceNode) -> Iterator[IgnoreComment]:
    """Yields the comments of one file's tree, in the order of the text."""
    source = tree.source
    if "tfxc" not in source.text:
        return
    found = list(_COMMENT.finditer(source.text))
    if not found:
        return
    texts, blocks = _texts_and_blocks(tree)
    for match in found:
        if any(start <= match.start() < end for start, end in texts):
            continue
        line, _ = source.position(match.start())
        listed, offset = match.group(1) or "", match.start(1)
        codes = tuple(
            (code.group().upper(), offset + code.start(), offset + code.end())
            for code in _CODE.finditer(listed)
        )
        last = max((end for start, end in blocks if start == line), default=line)
        yield IgnoreComment(source, match.start(), match.end(), codes, line, last)


def _texts_and_blocks(tree: SourceNode) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Returns the stretches of text that scalars take, and the first and last lines of entries and items."""
    texts: list[tuple[int, int]] = []
    blocks: list[tuple[int, int]] = []
    pending, seen = [tree], set()
    while pending:
        node = pending.pop()
        if id(node) in seen or node.source is not tree.source:
            continue
        seen.add(id(node))
        if node.kind == "mapping":
            for key, value in node.value.values():
                texts.append(_text_of(key))
                blocks.append(_lines_of(key, value))
                pending.append(value)
        elif node.kind == "sequence":
            for item in node.value:
                blocks.append(_lines_of(item, item))
                pending.append(item)
        else:
            texts.append(_text_of(node))
    return texts, blocks


def _text_of(node: SourceNode) -> tuple[int, int]:
    """The characters of a scalar; those behind the ``|`` or ``>`` of its first line are none of them."""
    if node.style in ("|", ">"):
        line, _ = node.source.position(node.start)
        starts = node.source.line_starts
        return (starts[line] if line < len(starts) else node.end), node.end
    return node.start, node.end


def _lines_of(key: SourceNode, value: SourceNode) -> tuple[int, int]:
    first = key.span.line
    if value.source is not key.source or value.start < key.start:  # an alias: its value stands elsewhere
        return first, first
    return first, max(first, value.span.end_line)
