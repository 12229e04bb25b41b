"""Places in a text as the protocol counts them: lines from 0, columns in UTF-16 code units from 0."""

from __future__ import annotations


def to_utf16(line: str, characters: int) -> int:
    """Returns the UTF-16 code units that the first characters of a line take."""
    before = line[:characters]
    return len(before) if before.isascii() else len(before.encode("utf-16-le", "surrogatepass")) // 2


def from_utf16(line: str, units: int) -> int:
    """Returns how many characters of a line take so many UTF-16 code units, at most all of them."""
    if line.isascii():
        return min(max(units, 0), len(line))
    taken = 0
    for index, character in enumerate(line):
        if taken >= units:
            return index
        taken += 2 if ord(character) > 0xFFFF else 1
    return len(line)


def lines_of(text: str) -> list[str]:
    """Returns the lines of a text as editors count them: they end with LF, CR or CR LF only."""
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
