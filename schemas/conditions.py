"""The conditions of a Plan: what they read, and their text in the language of ``when``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from tfxc.schemas.choices import METRIC
from tfxc.schemas.plan_conditions import (
    ArtifactOperand,
    Comparison,
    Condition,
    Logical,
    Operand,
    Truth,
    ValueOperand,
)
from tfxc.schemas.plan_values import JsonValue, form_of
from tfxc.schemas.spec_values import spec_value

_IDENTIFIER = re.compile(r"[A-Za-z_]\w*\Z", re.ASCII)
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})
_NO_ARGUMENTS: Mapping[str, JsonValue] = {}
_SECTIONS = {"property": "properties", "custom_property": "custom_properties"}


def operands(condition: Condition) -> Iterator[Operand]:
    """Yields what a condition compares or takes as it is, from left to right."""
    if isinstance(condition, Comparison):
        yield condition.left
        yield condition.right
    elif isinstance(condition, Logical):
        for term in condition.terms:
            yield from operands(term)
    else:
        yield ValueOperand(value=condition.truth)


def artifact_operands(condition: Condition) -> Iterator[ArtifactOperand]:
    """Yields the artifacts that a condition reads, from left to right."""
    return (operand for operand in operands(condition) if isinstance(operand, ArtifactOperand))


def values_in(condition: Condition) -> Iterator[JsonValue]:
    """Yields every value in a condition that may be symbolic, from left to right."""
    for operand in operands(condition):
        if isinstance(operand, ValueOperand):
            yield operand.value
        elif operand.field == METRIC:
            yield operand.name
            yield from operand.arguments.values()


def channels(condition: Condition) -> tuple[tuple[str, str], ...]:
    """Returns the (node, output) of every channel that a condition reads, each once, from left to right."""
    return tuple(dict.fromkeys((operand.node, operand.output) for operand in artifact_operands(condition)))


def condition_text(condition: Condition) -> str:
    """Returns a condition in the language of ``when``: the compiler reads the same condition from it."""
    if isinstance(condition, Truth):
        return value_text(condition.truth)
    if isinstance(condition, Comparison):
        return f"{_operand_text(condition.left)} {condition.operator} {_operand_text(condition.right)}"
    terms = [
        f"({condition_text(term)})" if isinstance(term, Logical) else condition_text(term)
        for term in condition.terms
    ]
    return f"not {terms[0]}" if condition.operator == "not" else f" {condition.operator} ".join(terms)


def artifact_text(
    node: str, output: str, field: str, name: JsonValue, arguments: Mapping[str, JsonValue] = _NO_ARGUMENTS
) -> str:
    """Returns what is read of a channel's artifact as a condition names it."""
    if field == METRIC:
        return f"{node}.{output}.{metric_text(name, arguments)}"
    section = _SECTIONS.get(field)
    if section is None or name is None:
        return f"{node}.{output}.{field}"
    tail = f".{name}" if _IDENTIFIER.match(name) else f"[{value_text(name)}]"
    return f"{node}.{output}.{section}{tail}"


def metric_text(name: JsonValue, arguments: Mapping[str, JsonValue]) -> str:
    """Returns a metric of an evaluation as a condition names it."""
    given = "".join(f", {key}={value_text(value)}" for key, value in arguments.items())
    return f"{METRIC}({value_text(name)}{given})"


def value_text(value: JsonValue) -> str:
    """Returns a value as a condition writes it: texts in quotes, a reference bare."""
    form, _ = form_of(value)
    if form == "concatenation" or isinstance(value, str):
        return '"' + str(spec_value(value, quote="'", escaped=_escaped)) + '"'
    return str(spec_value(value)) if form == "reference" else json.dumps(value, ensure_ascii=False)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _operand_text(operand: Operand) -> str:
    if isinstance(operand, ArtifactOperand):
        return artifact_text(operand.node, operand.output, operand.field, operand.name, operand.arguments)
    return value_text(operand.value)
