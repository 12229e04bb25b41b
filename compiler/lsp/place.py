"""Where a cursor stands in a spec, told by indentation alone: a text that is being typed seldom parses."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tfxc.schemas.diagnostics import Path, PathPart

_KEY = re.compile(
    r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<plain>[^\s#"'\[\]{},:][^#:]*?))\s*:(?=\s|$)"""
)
_ITEM = re.compile(r"-(?:\s+|$)")


@dataclass(frozen=True)
class Place:
    """Where a cursor stands.

    ``path`` leads to the mapping or list that is being written in. ``key`` is the key whose value is being
    written, None where a key (or an item of a list, if ``is_item``) is. ``text`` is what stands there before
    the cursor, from the column ``start`` on. ``siblings`` are the keys beside it, with what is written behind
    each. ``lines`` says on which line each part of the path stands, where it is known.
    """

    path: Path
    key: str | None
    text: str
    start: int
    is_item: bool = False
    siblings: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[int, ...] = ()

    @property
    def whole_path(self) -> Path:
        """The path of the value that is being written."""
        return (*self.path, self.key) if self.key is not None else self.path


@dataclass(frozen=True)
class _Token:
    column: int
    key: str | None
    value: int
    """The column at which what follows starts."""


def _tokens(line: str) -> list[_Token]:
    """Returns the dashes and the key that a line begins with."""
    found: list[_Token] = []
    position = len(line) - len(line.lstrip(" "))
    while match := _ITEM.match(line, position):
        found.append(_Token(position, None, match.end()))
        position = match.end()
    match = _KEY.match(line, position)
    if match is not None:
        name = next(each for each in match.group("double", "single", "plain") if each is not None)
        after = match.end()
        found.append(_Token(position, name, after + len(line[after:]) - len(line[after:].lstrip())))
    return found


def place_at(lines: Sequence[str], line: int, column: int) -> Place:
    """Returns where the cursor stands on a line (from 0), before the character at ``column``."""
    text = lines[line] if line < len(lines) else ""
    column = min(column, len(text))
    tokens = [token for token in _tokens(text) if token.value <= column]
    own_key = tokens[-1] if tokens and tokens[-1].key is not None else None
    if own_key is not None:
        level, start = own_key.column, own_key.value
        inner = [token for token in tokens if token is not own_key]
    elif tokens:
        level, start = tokens[-1].value, tokens[-1].value
        inner = tokens
    else:
        stripped = len(text) - len(text.lstrip(" "))
        level = start = min(stripped, column)
        inner = []
    above = [token.column for token in inner if token.key is None]
    path, path_lines = _parents(lines, line, above, level)
    key = own_key.key if own_key is not None else None
    is_item = own_key is None and bool(inner)
    siblings = _siblings(lines, line, level)
    place = Place(path, key, text[start:column], start, is_item, siblings, path_lines)
    return _in_flow(place, text, column)


def component_type(lines: Sequence[str], place: Place) -> str | None:
    """Returns the ``type`` of the component that a place is in, as it is written; None if it says none."""
    depth = next((i for i, part in enumerate(place.whole_path) if part == "components"), None)
    if depth is None or len(place.whole_path) < depth + 2:
        return None
    if len(place.path) == depth + 2 and "type" in place.siblings:
        return _unquoted(place.siblings["type"])
    if len(place.lines) < depth + 2:
        return None
    number = place.lines[depth + 1]
    head = lines[number]
    flow = re.search(r"[{,]\s*type:\s*([^\s,}]+)", head)
    if flow is not None:
        return _unquoted(flow.group(1))
    indentation = len(head) - len(head.lstrip(" "))
    for following in lines[number + 1 :]:
        if following.strip() and len(following) - len(following.lstrip(" ")) <= indentation:
            return None
        match = re.match(r"\s*type:\s*([^#]*)", following)
        if match is not None:
            return _unquoted(match.group(1))
    return None


def _unquoted(text: str) -> str:
    return text.split(" #")[0].strip().strip("\"'")


def _parents(lines: Sequence[str], line: int, dashes: list[int], level: int) -> tuple[Path, tuple[int, ...]]:
    """Returns the keys and indexes above a column of a line, and where they stand."""
    path: list[PathPart] = []
    found_on: list[int] = []
    limit, awaits_list = level, False
    number = line
    pending = list(dashes)
    while number >= 0:
        if number != line and len(lines[number]) - len(lines[number].lstrip(" ")) > limit:
            number -= 1
            continue
        tokens = [_Token(each, None, each) for each in pending] if number == line else _tokens(lines[number])
        for token in reversed(tokens):
            if token.key is None and token.column < limit:
                path.append(_index(lines, number, token.column))
                found_on.append(number)
                limit, awaits_list = token.column, True
            elif token.key is not None and (token.column < limit or (awaits_list and token.column == limit)):
                if lines[number].strip().startswith("#"):
                    continue
                path.append(token.key)
                found_on.append(number)
                limit, awaits_list = token.column, False
        if limit == 0 and not awaits_list:
            break
        number -= 1
    return tuple(reversed(path)), tuple(reversed(found_on))


def _index(lines: Sequence[str], line: int, column: int) -> int:
    count = 0
    for number in range(line - 1, -1, -1):
        text = lines[number]
        if not text.strip():
            continue
        indentation = len(text) - len(text.lstrip(" "))
        if indentation < column or (indentation == column and text[column] != "-"):
            break
        count += indentation == column
    return count


def _siblings(lines: Sequence[str], line: int, level: int) -> dict[str, str]:
    """Returns the keys of the block mapping that a column of a line is in, but for the line's own."""
    found: dict[str, str] = {}
    for numbers in (range(line - 1, -1, -1), range(line + 1, len(lines))):
        if numbers.step < 0 and _starts_item(lines[line] if line < len(lines) else "", level):
            continue
        for number in numbers:
            text = lines[number]
            if not text.strip() or text.lstrip().startswith("#"):
                continue
            indentation = len(text) - len(text.lstrip(" "))
            if indentation > level:
                continue
            keys = [token for token in _tokens(text) if token.key is not None and token.column == level]
            found.update({str(token.key): text[token.value :].strip() for token in keys})
            if indentation < level:
                break
    return found


def _starts_item(text: str, level: int) -> bool:
    return text[:level].strip().startswith("-")


def _in_flow(place: Place, text: str, column: int) -> Place:
    """Returns a place inside of the ``{…}`` and ``[…]`` that are open before the cursor."""
    path: list[PathPart] = [*place.path, *([place.key] if place.key is not None else [])]
    stack: list[str] = []
    siblings: list[dict[str, str]] = []
    start, key, quote = place.start, place.key, ""
    position = place.start
    while position < column:
        character = text[position]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and not text[start:position].strip():
            quote = character
        elif text.startswith("{{", position) or (text.startswith("}}", position) and stack[-1:] != ["{"]):
            position += 1
        elif character in "{[" and not text[start:position].strip():
            stack.append(character)
            siblings.append({})
            if character == "[":
                path.append(0)
            start, key = position + 1, None
        elif character == ":" and stack[-1:] == ["{"] and text[position + 1 : position + 2] in ("", " "):
            key = text[start:position].strip().strip("\"'")
            siblings[-1][key] = ""
            path.append(key)
            start = position + 1
        elif character == "," and stack:
            if stack[-1] == "{" and key is not None:
                siblings[-1][key] = text[start:position].strip()
                path.pop()
            elif stack[-1] == "[":
                path[-1] = int(path[-1]) + 1
            start, key = position + 1, None
        elif character in "}]" and stack:
            if key is not None or stack[-1] == "[":
                path.pop()
            stack.pop()
            siblings.pop()
            key = str(path[-1]) if path and stack[-1:] == ["{"] else None
        position += 1
    if not stack:
        return place
    start += len(text[start:column]) - len(text[start:column].lstrip())
    is_item = stack[-1] == "["
    written = siblings[-1]
    behind = re.findall(r"[,{]\s*([\w-]+):\s*([^,}\]]*)", text[place.start :]) if len(stack) == 1 else []
    everything = {**dict(behind), **written} if not is_item else {}
    if is_item or key is None:
        return Place(tuple(path), None, text[start:column], start, is_item, everything, place.lines)
    return Place(tuple(path[:-1]), key, text[start:column], start, False, everything, place.lines)
