"""Texts of others in one line: they come from data, specs and exceptions."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

JOINER = "\u200d"
"""joins emoji"""
MOST = 2000
"""Characters looked at, however long a text is."""


def one_line(text: str) -> str:
    """Returns a text in one line, with ``�`` for each character that a terminal would obey or not show."""
    words = " ".join(text.split())
    return "".join(each if each.isprintable() or each == JOINER else "�" for each in words)


def shortened(text: str, width: int) -> str:
    """Returns a text in one line of at most ``width`` columns of a terminal, its end left out if need be."""
    shown = one_line(text[:MOST])
    if cell_len(shown) <= width:
        return shown
    return set_cell_size(shown, width - 1).rstrip() + "…" if width > 0 else ""
