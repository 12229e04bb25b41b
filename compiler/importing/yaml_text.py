"""A document as the YAML of a spec, with comments at their places, in the canonical layout."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tfxc.compiler.layout.canonical import NoLayoutError, canonical

WIDTH = 100
_PLAIN = re.compile(r"(?!- |-$)[A-Za-z_./-][\w./*+@%=:<>()!-]*( (?!#)[\w./*+@%=:<>()!-]+)*", re.ASCII)
_NOT_PLAIN = re.compile(
    r"(true|false|null|yes|no|on|off|y|n|~|[-.]+(inf|nan)?|[-.]*\d.*|---.*)", re.IGNORECASE
)


def yaml_text(document: Mapping[str, Any], head: Sequence[str], comments: Mapping[str, Sequence[str]]) -> str:
    """Returns a spec's text: ``head`` as its first comments, and those of each component in it."""
    lines = [f"# {line}".rstrip() for line in head]
    for key, value in document.items():
        if key == "components":
            lines.append("components:")
            for name, component in value.items():
                lines.append(f"  {name}:")
                lines += [f"    # {line}" for line in comments.get(name, ())]
                lines += _entries(component, "    ")
        else:
            lines += _entries({key: value}, "")
    text = "\n".join(lines) + "\n"
    try:
        return canonical(text)
    except NoLayoutError:
        return text


def _entries(mapping: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in mapping.items():
        yield from _entry(f"{indent}{scalar(key)}:", value, indent)


def _entry(start: str, value: Any, indent: str) -> Iterator[str]:
    """Yields the lines of a value behind its key or dash: on one line if there is room."""
    on_one_line = f"{start} {_flow(value)}"
    is_simple = not isinstance(value, (dict, list)) or not value or len(on_one_line) <= WIDTH
    if isinstance(value, str) and "\n" in value and _fits_block(value):
        yield f"{start} |{'' if value.endswith(chr(10)) else '-'}"
        yield from (f"{indent}  {line}" if line else "" for line in value.removesuffix("\n").split("\n"))
    elif is_simple and not _has_lines(value):
        yield on_one_line
    elif isinstance(value, dict):
        yield start
        yield from _entries(value, f"{indent}  ")
    else:
        yield start
        for item in value:
            yield from _item(item, f"{indent}  ")


def _item(value: Any, indent: str) -> Iterator[str]:
    on_one_line = f"{indent}- {_flow(value)}"
    if isinstance(value, dict) and value and (len(on_one_line) > WIDTH or _has_lines(value)):
        first, *others = _entries(value, f"{indent}  ")
        yield f"{indent}- {first.lstrip()}"
        yield from others
    elif isinstance(value, (list, str)) and _has_lines(value):
        yield from _entry(f"{indent}-", value, indent)
    elif isinstance(value, list) and value and len(on_one_line) > WIDTH:
        yield f"{indent}-"
        for item in value:
            yield from _item(item, f"{indent}  ")
    else:
        yield on_one_line


def _has_lines(value: Any) -> bool:
    """Whether a text of several lines is in a value."""
    if isinstance(value, dict):
        return any(map(_has_lines, value.values()))
    if isinstance(value, list):
        return any(map(_has_lines, value))
    return isinstance(value, str) and "\n" in value and _fits_block(value)


def _fits_block(text: str) -> bool:
    """Whether a text of several lines can stand as it is: nothing of it would be lost or escaped."""
    lines = text.removesuffix("\n").split("\n")
    return (
        text.replace("\n", "").isprintable()
        and not text.startswith((" ", "\n"))
        and not text.endswith("\n\n")
        and all(line == line.rstrip() for line in lines)
    )


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return scalar(value)


def scalar(value: Any) -> str:
    """Returns a plain value as YAML 1.2 has it, without quotes where nobody could take it for another."""
    if not isinstance(value, str):
        return _number(value) if isinstance(value, float) else json.dumps(value)
    ends_key = ": " in value or value.endswith(":")
    if _PLAIN.fullmatch(value) and not _NOT_PLAIN.fullmatch(value) and not ends_key:
        return value
    if '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return "".join(map(_escaped, json.dumps(value, ensure_ascii=False)))


def _escaped(character: str) -> str:
    """Returns a character as it can stand in double quotes."""
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def _number(value: float) -> str:
    text = repr(value)
    return text if "." in text or "e" in text or "n" in text else f"{text}.0"
