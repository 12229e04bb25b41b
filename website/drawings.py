"""Drawings of Mermaid as tables: what would draw them is a program of three megabytes, from the network."""

from __future__ import annotations

import re

from website.markdown import code, table

_DRAWING = re.compile(r"^```mermaid\nflowchart TD\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ARROW = re.compile(r"^ *(\S+) --> (\S+)$", re.MULTILINE)


def as_tables(text: str) -> str:
    """Returns the text with each drawing of arrows as a table: what they start from, and where they lead."""

    def drawn(match: re.Match[str]) -> str:
        targets: dict[str, list[str]] = {}
        for start, end in _ARROW.findall(match.group(1)):
            targets.setdefault(start, []).append(end)
        rows = ((code(start), ", ".join(map(code, ends))) for start, ends in targets.items())
        return table(("From", "To"), rows)

    return _DRAWING.sub(drawn, text)
