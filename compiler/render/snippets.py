"""Source lines with markers under them, as a terminal shows them.

Columns of a terminal are not characters: a wide character takes two, a combining one none, a tab
runs to the next stop. What acts on a terminal is replaced (`printable`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from tfxc.schemas.words.printable import printable

TAB_WIDTH = 4
ELLIPSIS = "…"


def width(text: str) -> int:
    """Returns the terminal columns that a printable text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_character_width, text))


def _character_width(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, columns: int | None) -> str:
    """Returns a printable text cut to so many terminal columns, with an ellipsis if it was longer."""
    if columns is None or width(text) <= columns:
        return text
    kept = text[:columns]
    while kept and width(kept) >= columns:
        kept = kept[:-1]
    return kept + ELLIPSIS


def marked_line(text: str, start: int, end: int, limit: int) -> tuple[str, int, int]:
    """Returns a source line as it is shown, and the terminal columns (from 0) to mark in it.

    ``start`` and ``end`` are character offsets into the line; at least one column is marked. A line
    longer than ``limit`` columns is cut on both sides, with the marked part in sight.
    """
    cells, starts = _cells(text)
    start = min(start, len(cells))
    end = max(end, start + 1)
    first = starts[start]
    last = starts[min(end, len(cells))] if end <= len(cells) else max(starts[-1], first + 1)
    if starts[-1] <= limit:
        return "".join(cells).rstrip(), first, max(last, first + 1)
    return _clipped(cells, starts, first, max(last, first + 1), limit)


def _cells(text: str) -> tuple[list[str], list[int]]:
    """Returns what each character shows as, and the column where each starts, then where all end."""
    cells: list[str] = []
    starts = [0]
    for character in text:
        if character == "\t":
            cells.append(" " * (TAB_WIDTH - starts[-1] % TAB_WIDTH))
        else:
            cells.append(printable(character))
        starts.append(starts[-1] + width(cells[-1]))
    return cells, starts


def _clipped(cells: list[str], starts: list[int], first: int, last: int, limit: int) -> tuple[str, int, int]:
    room = limit - 2
    shown = min(last - first, room)
    left = max(0, min(first - (room - shown) // 2, starts[-1] - room))
    kept = [
        index for index in range(len(cells)) if left <= starts[index] and starts[index + 1] <= left + room
    ]
    if not kept:
        return ELLIPSIS, 0, 1
    left, right = starts[kept[0]], starts[kept[-1] + 1]
    before = ELLIPSIS if kept[0] > 0 else ""
    after = ELLIPSIS if kept[-1] + 1 < len(cells) else ""
    body = "".join(cells[kept[0] : kept[-1] + 1])
    shift = len(before) - left
    marked_first = max(first, left) + shift
    return before + body + after, marked_first, max(min(last, right) + shift, marked_first + 1)


Paint = Callable[[str, str], str]
"""(text, style) → the text in that style; styles are the keys of `ANSI_STYLES`."""

ANSI_STYLES = {
    "error": "1;31",
    "warning": "1;33",
    "bold": "1",
    "frame": "1;34",
    "label": "1;34",
    "help": "1;36",
    "success": "32",
    "dim": "2",
}


def painted(text: str, style: str) -> str:
    """Returns the text in a style, for a terminal."""
    return f"\x1b[{ANSI_STYLES[style]}m{text}\x1b[0m"


def plain(text: str, style: str) -> str:
    """Returns the text as it is."""
    return text
