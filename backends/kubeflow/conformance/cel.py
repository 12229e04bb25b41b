"""Conditions of a PipelineSpec: the part of CEL that KFP's compilers write.

Parameters (``inputs.parameter_values['name']``, with or without the arm of the protobuf Value, such as
``.string_value``), literals, comparisons, ``&&``, ``||``, ``!``, parentheses, and the conversions
``int``, ``double`` and ``string``. Anything else is a CelError, also where CEL itself would take it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Union

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<string>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\")"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<symbol>&&|\|\||==|!=|<=|>=|[<>!().\[\]-]))",
    re.ASCII,
)
_ARMS = ("string_value", "number_value", "bool_value")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "`": "`", "?": "?"}

Scalar = Union[bool, int, float, str]
Expression = Callable[[Mapping[str, Any]], Scalar]


class CelError(ValueError):
    """An expression that is not CEL, not in the part known here, or that has no value."""


@dataclass(frozen=True)
class Condition:
    """A parsed condition: the parameters that it reads, and what it says."""

    parameters: frozenset[str]
    expression: Expression

    def holds(self, parameters: Mapping[str, Any]) -> bool:
        """Returns whether the condition is true. Raises CelError if it is no boolean, or if values of
        different types meet in it."""
        result = self.expression(parameters)
        if not isinstance(result, bool):
            raise CelError(f"the condition is {result!r} and not true or false")
        return result


def parse_condition(text: str) -> Condition:
    """Parses a condition. Raises CelError."""
    parser = _Parser(text)
    expression = parser.whole()
    return Condition(frozenset(parser.parameters), expression)


class _Parser:
    """Recursive descent, one method for each level of precedence."""

    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._next = 0
        self.parameters: set[str] = set()

    def whole(self) -> Expression:
        expression = self._or()
        if self._next < len(self._tokens):
            raise CelError(f"`{self._tokens[self._next][1]}` is not expected")
        return expression

    def _or(self) -> Expression:
        terms = [self._and()]
        while self._take("||"):
            terms.append(self._and())
        return terms[0] if len(terms) == 1 else lambda values: _any(terms, values)

    def _and(self) -> Expression:
        terms = [self._comparison()]
        while self._take("&&"):
            terms.append(self._comparison())
        return terms[0] if len(terms) == 1 else lambda values: _all(terms, values)

    def _comparison(self) -> Expression:
        left = self._unary()
        for symbol in ("==", "!=", "<=", ">=", "<", ">"):
            if self._take(symbol):
                return _comparison(symbol, left, self._unary())
        return left

    def _unary(self) -> Expression:
        if self._take("!"):
            inner = self._unary()
            return lambda values: not _boolean(inner(values))
        if self._take("-"):
            inner = self._unary()
            return lambda values: -_number(inner(values))
        return self._primary()

    def _primary(self) -> Expression:
        if self._take("("):
            inner = self._or()
            self._need(")")
            return inner
        kind, token = self._token()
        if kind == "number":
            number: Scalar = int(token) if token.isdigit() else float(token)
            return lambda _: number
        if kind == "string":
            text = _unescaped(token)
            return lambda _: text
        if kind == "name" and token in ("true", "false"):
            truth = token == "true"  # noqa: S105 - a token of the language
            return lambda _: truth
        if token in _CONVERSIONS:
            self._need("(")
            inner = self._or()
            self._need(")")
            convert = _CONVERSIONS[token]
            return lambda values: convert(inner(values))
        if token == "inputs":  # noqa: S105 - a token of the language
            return self._parameter()
        raise CelError(f"`{token}` is not known")

    def _parameter(self) -> Expression:
        self._need(".")
        if self._token()[1] != "parameter_values":
            raise CelError("only `inputs.parameter_values` can be read")
        self._need("[")
        kind, token = self._token()
        if kind != "string":
            raise CelError("the name of a parameter must be a text")
        self._need("]")
        name = _unescaped(token)
        self.parameters.add(name)
        if self._take("."):
            arm = self._token()[1]
            if arm not in _ARMS:
                raise CelError(f"a parameter has no `.{arm}`")
        return lambda values: _value(name, values)

    def _take(self, symbol: str) -> bool:
        if self._next < len(self._tokens) and self._tokens[self._next] == ("symbol", symbol):
            self._next += 1
            return True
        return False

    def _need(self, symbol: str) -> None:
        if not self._take(symbol):
            raise CelError(f"`{symbol}` is expected")

    def _token(self) -> tuple[str, str]:
        if self._next >= len(self._tokens):
            raise CelError("the expression ends too early")
        self._next += 1
        return self._tokens[self._next - 1]


def _tokens(text: str) -> list[tuple[str, str]]:
    tokens = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise CelError(f"`{text[position:].lstrip()[:20]}` is not expected")
        tokens.append((match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


def _unescaped(token: str) -> str:
    def character(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise CelError(f"the escape `{match[0]}` is not known")
        return _ESCAPES[match[1]]

    return re.sub(r"\\(.)", character, token[1:-1])


def _value(name: str, values: Mapping[str, Any]) -> Scalar:
    value = values.get(name)
    if not isinstance(value, (bool, int, float, str)):
        raise CelError(f"the parameter `{name}` has no value")
    return value


def _any(terms: list[Expression], values: Mapping[str, Any]) -> bool:
    return any(_boolean(term(values)) for term in terms)


def _all(terms: list[Expression], values: Mapping[str, Any]) -> bool:
    return all(_boolean(term(values)) for term in terms)


def _comparison(symbol: str, left: Expression, right: Expression) -> Expression:
    def compare(values: Mapping[str, Any]) -> bool:
        one, other = left(values), right(values)
        if _kind(one) is not _kind(other):
            raise CelError(f"{one!r} and {other!r} cannot be compared")
        if symbol in ("==", "!="):
            return (one == other) is (symbol == "==")
        if symbol in ("<", ">="):
            return (one < other) is (symbol == "<")  # type: ignore[operator]
        return (one > other) is (symbol == ">")  # type: ignore[operator]

    return compare


def _kind(value: Scalar) -> type:
    if isinstance(value, bool):
        return bool
    return str if isinstance(value, str) else float


def _boolean(value: Scalar) -> bool:
    if not isinstance(value, bool):
        raise CelError(f"{value!r} is not true or false")
    return value


def _number(value: Scalar) -> Union[int, float]:
    if isinstance(value, (bool, str)):
        raise CelError(f"{value!r} is not a number")
    return value


def _as_text(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else f"{value:g}"


def _convert(kind: Callable[[Any], Scalar]) -> Callable[[Scalar], Scalar]:
    def convert(value: Scalar) -> Scalar:
        try:
            return kind(value)
        except (ValueError, OverflowError):
            raise CelError(f"{value!r} cannot be converted") from None

    return convert


_CONVERSIONS: dict[str, Callable[[Scalar], Scalar]] = {
    "int": _convert(int),
    "double": _convert(float),
    "string": _as_text,
}
