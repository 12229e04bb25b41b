"""Where each character of a scalar's value stands in the YAML text that wrote it.

Quotes, escapes and folded lines make the two differ. Diagnostics about one name inside a string
need the way back.
"""

from __future__ import annotations

import re

_ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r\n|[^xuU])", re.DOTALL)
_LINE_BREAKS = "\r\n\x85\u2028\u2029"


def source_offsets(written: str, value: str, style: str) -> list[int] | None:
    """Returns, for each character of ``value`` and for its end, the offset in ``written``.

    ``written`` is the scalar as it stands in the file, with its quotes or block header; ``style``
    is as in `SourceNode`. Returns None where the two cannot be matched.
    """
    if style == "" and written == value:
        return list(range(len(value) + 1))
    position, end = _content(written, style)
    offsets: list[int] = []
    for character in value:
        found = _next_character(written, position, end, character, style)
        if found is None:
            return None
        offsets.append(found[0])
        position = found[1]
    return [*offsets, position]


def _content(written: str, style: str) -> tuple[int, int]:
    if style in ("'", '"'):
        return 1, len(written) - 1
    if style in ("|", ">"):
        header = re.match(r"[^\r\n]*(?:\r\n|\r|\n|$)", written)
        return (header.end() if header else 0), len(written)
    return 0, len(written)


def _next_character(
    written: str, position: int, end: int, character: str, style: str
) -> tuple[int, int] | None:
    """Returns where the character is written and where to go on, or None if it is not next."""
    while position < end:
        if style == "'" and character == "'" and written.startswith("''", position):
            return position, position + 2
        if style == '"' and written[position] == "\\":
            escape = _ESCAPE.match(written, position, end)
            if escape is None:
                return None
            if escape.group()[1] in _LINE_BREAKS:  # an escaped line end stands for nothing
                position = escape.end()
                continue
            return position, escape.end()
        if written[position] == character:
            return position, position + 1
        if character in " \n" and written[position] in _LINE_BREAKS:  # a folded line end
            return position, position + 1
        if written[position] not in " \t" + _LINE_BREAKS:
            return None
        position += 1
    return (end, end) if character == "\n" else None
