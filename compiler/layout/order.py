"""The order of a spec's sections and of a component's keys, and the blank lines between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tfxc.compiler.source.edits import is_written_here
from tfxc.compiler.source.tree import Entry, SourceNode

SECTIONS = (
    *("version", "extends", "name", "description", "tfx", "inputs", "outputs", "parameters"),
    *("pipeline_root", "metadata", "beam_pipeline_args", "cache", "execution", "ignore"),
    *("components", "on_exit", "environments", "backends"),
)
"""The sections of a spec, as the documentation shows them."""
FIRST_KEYS = ("type", "matrix")
"""What a component begins with. Its arguments follow, in the order in which they are written."""
LAST_KEYS = ("execution", "when", "depends_on")
"""What a component ends with."""


_ARGUMENTS = 10


@dataclass(frozen=True)
class _Chunk:
    """A key with its value and the comments directly above it, as lines.

    ``is_long`` is whether the value is a block on lines of its own, ``is_apart`` whether a blank line is
    before it.
    """

    name: str
    lines: tuple[str, ...]
    is_long: bool
    is_apart: bool


def keys_in_order(text: str, tree: SourceNode) -> str:
    """Returns a laid-out text with the keys of its components in their order. ``tree`` is that of the text.

    A mapping with merge keys, or of which a part is elsewhere, keeps its order.
    """
    lines = text.split("\n")
    for _, node in reversed(_components(tree)):
        if _is_block(node) and _is_whole(node):
            _rearrange(lines, node, rank=_key_rank)
    return "\n".join(lines)


def sections_in_order(text: str, tree: SourceNode) -> str:
    """Returns a laid-out text with its sections in their order, a blank line around each that is a block."""
    lines = text.split("\n")
    if _is_block(tree):
        _rearrange(lines, tree, rank=_section_rank if _is_whole(tree) else None, sets_apart=True)
    return "\n".join(lines)


def components_apart(text: str, tree: SourceNode) -> str:
    """Returns a laid-out text with a blank line between components that are blocks."""
    lines = text.split("\n")
    entry = tree.value.get("components")
    if entry is not None and _is_block(entry.node) and _is_whole(entry.node):
        _rearrange(lines, entry.node, rank=None, sets_apart=True)
    return "\n".join(lines)


def _components(tree: SourceNode) -> list[Entry]:
    entry = tree.value.get("components")
    return list(entry.node.value.values()) if entry is not None and _is_block(entry.node) else []


def _section_rank(name: str) -> int | None:
    """Returns the place of a section; None for one of the user's, which stays behind the one before it."""
    return SECTIONS.index(name) if name in SECTIONS else None


def _key_rank(name: str) -> int | None:
    if name in FIRST_KEYS:
        return FIRST_KEYS.index(name)
    return _ARGUMENTS + 1 + LAST_KEYS.index(name) if name in LAST_KEYS else _ARGUMENTS


def _rearrange(
    lines: list[str], node: SourceNode, rank: Callable[[str], int | None] | None, sets_apart: bool = False
) -> None:
    """Puts the entries of a block into order, which a rank of None keeps, in the lines of the whole text."""
    first, _ = node.source.position(node.start)
    last, _ = node.source.position(node.written_end)
    chunks = _chunks(lines, node, last)
    chosen = _sorted(chunks, rank) if rank is not None else chunks
    placed: list[str] = []
    for previous, chunk in zip([None, *chosen], chosen, strict=False):
        apart = chunk.is_apart or (
            sets_apart and previous is not None and (previous.is_long or chunk.is_long)
        )
        placed += [""] if apart and previous is not None else []
        placed += chunk.lines
    lines[first - 1 : last] = placed


def _sorted(chunks: Sequence[_Chunk], rank: Callable[[str], int | None]) -> list[_Chunk]:
    ranks: list[int] = []
    for chunk in chunks:
        own = rank(chunk.name)
        ranks.append(own if own is not None else ranks[-1] if ranks else 0)
    return [chunk for _, chunk in sorted(zip(ranks, chunks, strict=True), key=lambda each: each[0])]


def _chunks(lines: Sequence[str], node: SourceNode, last: int) -> list[_Chunk]:
    keys = [node.source.position(entry.key.start)[0] - 1 for entry in node.value.values()]
    starts = [keys[0]] + [_with_comments(lines, key) for key in keys[1:]]
    chunks = []
    for (name, entry), start, end in zip(node.value.items(), starts, [*starts[1:], last], strict=True):
        own = list(lines[start:end])
        while own and not own[-1].strip() and not _keeps_lines(entry.node):
            own.pop()
        is_long = entry.node.kind != "scalar" and entry.node.style == "block"
        chunks.append(_Chunk(name, tuple(own), is_long, start > 0 and not lines[start - 1].strip()))
    return chunks


def _with_comments(lines: Sequence[str], key: int) -> int:
    """Returns the line of the first comment directly above a key, in its column, or else the key's."""
    column = len(lines[key]) - len(lines[key].lstrip())
    while key > 0 and lines[key - 1].startswith(" " * column + "#"):
        key -= 1
    return key


def _keeps_lines(node: SourceNode) -> bool:
    """Whether blank lines at the end of a value belong to it."""
    return node.style in ("|", ">") and "+" in node.source.text[node.start : node.start + 3]


def _is_block(node: SourceNode) -> bool:
    return bool(node.kind == "mapping" and node.style == "block" and node.value)


def _is_whole(node: SourceNode) -> bool:
    """Whether a mapping has no merge key, and nothing of it is elsewhere."""
    here = all(is_written_here(node, entry) for entry in node.value.values())
    return here and "<<" not in node.source.text[node.start : node.written_end]
