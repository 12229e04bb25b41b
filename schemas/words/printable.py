"""Text of users' as it is printed: nothing in it acts on a terminal or ends a line.

Control characters and those that change the direction of the text are replaced by ones that are seen.
"""

from __future__ import annotations

_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """Returns the text with every character that acts on a terminal replaced by one that is seen."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def _visible(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0x80 <= code < 0xA0 or character in _BIDIRECTIONAL or character in "\u2028\u2029\ufeff":
        return "�"
    return character if not 0xD800 <= code < 0xE000 else "�"
