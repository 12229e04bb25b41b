"""The Plan's conditions as TFX predicates, with what is known already folded away."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union

from tfx.dsl.placeholder import placeholder
from tfx.types.channel import BaseChannel

from tfxc.backends.launcher.protocol.values import Values, resolve, text
from tfxc.schemas.choices import METRIC, PASSED
from tfxc.schemas.conditions import artifact_operands, metric_text
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan_conditions import ArtifactOperand, Comparison, Condition, Logical, Truth

Channels = Mapping[tuple[str, str], BaseChannel]
"""(node, output) → channel"""

Predicate = Union[bool, placeholder.Predicate]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


IN_MEMORY = "__tfxc."
"""Begins the names of custom properties that are there while a condition is decided, and never stored."""


@dataclass(frozen=True)
class ReadFromFiles:
    """What a condition reads in an artifact's files, where TFX's placeholders read properties only.

    In the predicate it is a custom property that no artifact has: the launcher of the node gives it to those
    that TFX resolves for the condition (see `tfxc.backends.launcher.node.condition_values`).
    """

    node: str
    output: str
    field: Literal["passed", "metric"]
    name: str
    arguments: Mapping[str, str]

    @property
    def property_name(self) -> str:
        """The custom property's name: internal for TFX, and readable in its IR."""
        return IN_MEMORY + (PASSED if self.field == PASSED else metric_text(self.name, self.arguments))


def predicate_of(condition: Condition, channels: Channels, values: Values, where: str) -> Predicate:
    """Returns True or False if the condition is known before the run, else TFX's predicate for it.

    Raises Failure for a comparison that has no meaning (text with a number).
    """
    if isinstance(condition, Truth):
        return _truth(resolve(condition.truth, values, where), where)
    if isinstance(condition, Comparison):
        return _comparison(condition, channels, values, where)
    return _logical(condition, channels, values, where)


def _logical(condition: Logical, channels: Channels, values: Values, where: str) -> Predicate:
    """Returns ``and``, ``or`` or ``not`` of terms, without the terms that decide nothing."""
    terms = [predicate_of(term, channels, values, where) for term in condition.terms]
    if condition.operator == "not":
        (term,) = terms
        return (not term) if isinstance(term, bool) else placeholder.logical_not(term)
    deciding = condition.operator == "or"
    if any(term is deciding for term in terms):
        return deciding
    open_terms = [term for term in terms if not isinstance(term, bool)]
    if not open_terms:
        return not deciding
    combine = placeholder.logical_or if deciding else placeholder.logical_and
    result = open_terms[0]
    for term in open_terms[1:]:
        result = combine(result, term)
    return result


def _comparison(condition: Comparison, channels: Channels, values: Values, where: str) -> Predicate:
    """Returns a comparison: its outcome if no artifact is in it, else TFX's predicate."""
    symbol: str = condition.operator
    one, other = (
        _artifact_value(operand, channels, values, where)
        if isinstance(operand, ArtifactOperand)
        else resolve(operand.value, values, where)
        for operand in (condition.left, condition.right)
    )
    if not isinstance(one, placeholder.Placeholder) and isinstance(other, placeholder.Placeholder):
        # TFX overloads the operators of placeholders only for their left side.
        one, other, symbol = other, one, _MIRRORED[symbol]
    if isinstance(one, placeholder.Placeholder):
        # MLMD has no booleans: a flag is an integer there.
        return _COMPARE[symbol](one, int(other) if isinstance(other, bool) else other)
    try:
        return bool(_COMPARE[symbol](one, other))
    except TypeError:
        raise Failure(f"{where} compares {one!r} with {other!r}, which have no order.") from None


def read_from_files(condition: Condition | None, values: Values, where: str) -> Iterator[ReadFromFiles]:
    """Yields what a condition reads that is in no property of an artifact. Raises Failure."""
    for operand in artifact_operands(condition) if condition is not None else ():
        if operand.field in (PASSED, METRIC):
            name, arguments = resolve([operand.name, operand.arguments], values, where)
            yield ReadFromFiles(
                operand.node,
                operand.output,
                operand.field,
                "" if name is None else text(name),
                {key: text(value) for key, value in arguments.items()},
            )


def _artifact_value(operand: ArtifactOperand, channels: Channels, values: Values, where: str) -> Any:
    """Returns the placeholder of what is read of a channel's first artifact."""
    channel = channels.get((operand.node, operand.output))
    if channel is None:
        raise Failure(f"{where} reads `{operand.node}.{operand.output}`, which is no output.")
    artifact = channel.future()[0]
    for read in read_from_files(Comparison(operator="==", left=operand, right=operand), values, where):
        return artifact.custom_property(read.property_name)
    if operand.field == "property":
        return artifact.property(operand.name)
    if operand.field == "custom_property":
        return artifact.custom_property(operand.name)
    return artifact.uri if operand.field == "uri" else artifact.value


def _truth(value: Any, where: str) -> bool:
    """Returns a condition that is one value, which must be a boolean."""
    if isinstance(value, bool):
        return value
    raise Failure(f"{where} must be true or false, but it is {value!r}.")
