"""Edits of a source text by its positions: all that is not edited stays as it is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tfxc.compiler.source.tree import Entry, SourceNode


@dataclass(frozen=True)
class Edit:
    """Characters ``[start, end)`` of a source become ``text``."""

    start: int
    end: int
    text: str


def edited(text: str, edits: Iterable[Edit]) -> str:
    """Returns a text with edits that do not overlap."""
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def is_written_here(mapping: SourceNode, entry: Entry) -> bool:
    """Whether an entry is written in the mapping itself: no alias stands for it, and no merge brings it."""
    key, value = entry
    return (
        key.source is mapping.source
        and value.source is mapping.source
        and mapping.start <= key.start <= key.end <= value.start
        and value.written_end <= mapping.end
    )


def replace_value(entry: Entry, text: str) -> Edit:
    """Returns the edit that gives a key another value."""
    return Edit(entry.node.start, entry.node.written_end, text)


def replace_entry(entry: Entry, text: str) -> Edit:
    """Returns the edit that puts ``key: value`` in the place of an entry."""
    return Edit(entry.key.start, entry.node.written_end, text)


def remove_entries(mapping: SourceNode, names: Sequence[str]) -> tuple[Edit, ...]:
    """Returns the edits that take entries out of a mapping, of which others must stay before them.

    In a block an entry takes its lines with it, and the comment behind it; in a flow the comma before it.
    """
    entries = list(mapping.value.values())
    return tuple(
        _without_lines(entry) if mapping.style == "block" else _without_comma(entries, position)
        for position, (name, entry) in enumerate(mapping.value.items())
        if name in names
    )


def _without_lines(entry: Entry) -> Edit:
    text = entry.key.source.text
    start = text.rfind("\n", 0, entry.key.start) + 1
    end = text.find("\n", entry.node.written_end)
    return Edit(start, len(text) if end < 0 else end + 1, "")


def _without_comma(entries: Sequence[Entry], position: int) -> Edit:
    if position:
        return Edit(entries[position - 1].node.written_end, entries[position].node.written_end, "")
    following = entries[position + 1].key.start if len(entries) > 1 else entries[position].node.written_end
    return Edit(entries[position].key.start, following, "")
