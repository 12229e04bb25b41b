"""The tokens of a condition, each with the characters it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from tfxc.compiler.language.reference_terms import Reference
from tfxc.compiler.language.references import lower_text, parse_template
from tfxc.compiler.language.selections import Selection, selection_at
from tfxc.schemas.plan_values import as_text

TokenKind = Literal["name", "selection", "number", "text", "reference", "operator", "end"]

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<name>[A-Za-z_]\w*)
  | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<operator>==|!=|<=|>=|<|>|\(|\)|\[|\]|\.|-|,|=)
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_WRONG_OPERATORS = {
    "&&": "and",
    "||": "or",
    "&": "and",
    "|": "or",
    "!": "not",
}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
LARGEST_INTEGER = 2**63 - 1
"""MLMD's integers have 64 bits."""


@dataclass(frozen=True)
class Token:
    """One token. ``value`` is what a number, text, reference or selection of nodes stands for."""

    kind: TokenKind
    text: str
    start: int
    end: int
    value: Any = None


class ConditionError(ValueError):
    """What is wrong with a condition, at the characters ``[start, end)`` of it.

    ``fix`` is what is surely meant in the place of these characters.
    """

    def __init__(self, message: str, start: int, end: int, *help_lines: str, fix: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.start = start
        self.end = end
        self.help = help_lines
        self.fix = fix


def tokenize(text: str) -> list[Token]:
    """Returns the tokens of a condition, the last one of kind ``end``. Raises ConditionError.

    A reference is one token; inside quotes it becomes part of the text.
    """
    references = {reference.start: reference for reference in parse_template(text).references}
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        reference = references.get(position)
        if reference is not None:
            tokens.append(_reference_token(text, reference))
            position = reference.end
            continue
        selection = _selection(text, position, tokens)
        if selection is not None:
            tokens.append(
                Token("selection", text[position : selection.end + 1], position, selection.end + 1, selection)
            )
            position = selection.end + 1
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            raise _unexpected(text, position)
        kind = match.lastgroup
        if kind != "space":
            tokens.append(_token(kind, match.group(0), match.start(), match.end()))
        position = match.end()
    tokens.append(Token("end", "", len(text.rstrip()), len(text.rstrip())))
    return tokens


def _selection(text: str, position: int, before: list[Token]) -> Selection | None:
    """Returns the selection that begins here: brackets right behind a name that begins with no dot."""
    if not before or before[-1].kind != "name" or before[-1].end != position:
        return None
    return None if [each.text for each in before[-2:-1]] == ["."] else selection_at(text, position)


def _token(kind: str | None, text: str, start: int, end: int) -> Token:
    if kind == "number":
        return Token("number", text, start, end, _number(text, start, end))
    if kind == "text":
        return Token("text", text, start, end, _text(text, start))
    if kind == "name":
        return Token("name", text, start, end)
    return Token("operator", text, start, end)


def _number(text: str, start: int, end: int) -> int | float:
    if text.isdigit():
        if len(text) > 19 or int(text) > LARGEST_INTEGER:
            raise ConditionError(f"`{text[:40]}` is above the largest integer, 2^63 - 1", start, end)
        return int(text)
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ConditionError(f"`{text[:40]}` is above the largest number", start, end)
    return value


def _text(quoted: str, start: int) -> Any:
    inner = quoted[1:-1]
    for escape in _ESCAPE.finditer(inner):
        if escape.group(1) not in _ESCAPES:
            at = start + 1 + escape.start()
            raise ConditionError(
                f"`{escape.group(0)}` is no escape", at, at + 2, "write a backslash as `\\\\`"
            )
    return as_text(lower_text(inner, lambda literal: _ESCAPE.sub(_unescaped, literal)))


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPES[escape.group(1)]


def _reference_token(text: str, reference: Reference) -> Token:
    return Token(
        "reference", text[reference.start : reference.end], reference.start, reference.end, reference
    )


def _unexpected(text: str, position: int) -> ConditionError:
    character = text[position]
    if character in "\"'":
        return ConditionError("the quote is not closed", position, len(text))
    for wrong, right in _WRONG_OPERATORS.items():
        if text.startswith(wrong, position):
            end = position + len(wrong)
            before = " " if text[position - 1 : position].strip() and position and right != "not" else ""
            after = " " if text[end : end + 1].strip() else ""
            message = f"`{wrong}` is not an operator of conditions"
            return ConditionError(message, position, end, f"write `{right}`", fix=f"{before}{right}{after}")
    if character.isdigit() or character == ".":
        run = re.match(r"[\w.]+", text[position:])
        end = position + (run.end() if run else 1)
        return ConditionError(f"`{text[position:end][:40]}` is not a number", position, end)
    if character == "{":
        return ConditionError(
            "text in braces must be in quotes here",
            position,
            position + 1,
            "write a reference as `{{ parameters.NAME }}`",
        )
    return ConditionError(f"`{character}` has no place in a condition", position, position + 1)
