"""Pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """Returns text as inline code, whatever backticks it has."""
    ticks = "``" if "`" in text else "`"
    pad = " " if "`" in text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def block(text: str, language: str = "text", title: str = "") -> str:
    """Returns a fenced block."""
    ticks = "````" if "```" in text else "```"
    head = f'{language} title="{title}"' if title else language
    return f"{ticks}{head}\n{text.rstrip()}\n{ticks}\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Returns a table. Bars and ends of lines in a cell are escaped."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(head), "|" + "---|" * len(head), *map(line, rows)]) + "\n"


def prose(text: str) -> str:
    """Returns a text of the code as Markdown: what would be HTML or a reference stays as it is written."""
    return (
        text.replace("<", "&lt;").replace("{{", "&#123;&#123;").replace("*", "\\*").replace("_", "\\_")
        if ("`" not in text)
        else text.replace("<", "&lt;")
    )
