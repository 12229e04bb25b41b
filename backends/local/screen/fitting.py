"""Texts cut to the columns of a terminal, where some characters take two and some none."""

from __future__ import annotations

from rich.cells import cell_len, set_cell_size

from tfxc.backends.reports.one_line import MOST, shortened


def cut_front(text: str, width: int) -> str:
    """Returns a text in at most ``width`` columns, its beginning left out if it must be: of a path, say."""
    text = text[-MOST:]
    if cell_len(text) <= width:
        return text
    kept = ""
    for character in reversed(text):
        if cell_len(character + kept) > width - 1:
            break
        kept = character + kept
    return "…" + kept if width > 0 else ""


def filled(text: str, width: int) -> str:
    """Returns a text in exactly ``width`` columns."""
    return set_cell_size(shortened(text, width), max(0, width))
