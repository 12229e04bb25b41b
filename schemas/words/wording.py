"""Words for places, values and types, as somebody who writes YAML would say them."""

from __future__ import annotations

from typing import Any

from tfxc.schemas.diagnostics import Path

_LONGEST = 60


def dotted(path: Path) -> str:
    """Returns a path as text: ``trainer.train_args.splits[0]``; components go without their section."""
    parts = path[1:] if len(path) > 1 and path[0] == "components" else path
    text = ""
    for part in parts:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{shortened(part)}" if text else shortened(part)
    return text or "the spec"


def named(path: Path) -> str:
    """Returns a path in backticks; the document itself is called the spec."""
    return f"`{dotted(path)}`" if path else "the spec"


def what_it_is(value: Any) -> str:
    """Returns what kind of thing a value is, with the value itself where it is short."""
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "`true`" if value else "`false`"
    if isinstance(value, (int, float)):
        shown = number(value)
        return f"the number {shown}" if len(shown) <= _LONGEST else "a very large number"
    if isinstance(value, str):
        return f'the text "{shortened(value)}"' if value else "an empty text"
    kind = "list" if isinstance(value, list) else "mapping"
    return f"a {kind}" if value else f"an empty {kind}"


def number(value: Any) -> str:
    """Returns a number as text; one too large to print as Python's limit has it, in words."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) >= 10**_LONGEST:
        return "a very large number"
    if isinstance(value, float) and value.is_integer() and abs(value) < 10**15:
        return str(int(value))
    return str(value)


def shown_value(value: Any) -> str:
    """Returns a scalar as it would be written in YAML, shortened."""
    if isinstance(value, str):
        return f'"{shortened(value)}"'
    if value is None:
        return "null"
    return number(value) if isinstance(value, (bool, int, float)) else what_it_is(value)


def shortened(text: str) -> str:
    """Returns a text in one line of bearable length."""
    line = " ".join(text.split()) if any(character in text for character in "\n\r\t") else text
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def counted(number: int, noun: str) -> str:
    """Returns a number of things: ``1 run``, ``2 runs``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def a_or_an(noun: str) -> str:
    """Returns a noun with its article."""
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"


def both(names: list[str]) -> str:
    """Returns how to speak of names that were all given: ``both``, or the names."""
    return "both" if len(names) == 2 else joined([f"`{name}`" for name in names], "and")


def joined(words: list[str], last: str = "or") -> str:
    """Returns words as an enumeration: ``a``, ``a or b``, ``a, b or c``."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
