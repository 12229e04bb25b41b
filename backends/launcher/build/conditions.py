"""The Plan's conditions as TFX predicates, with what is known already folded away."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Union

from tfx.dsl.placeholder import placeholder
from tfx.types.channel import BaseChannel

from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import ArtifactOperand, Comparison, Condition, Logical, Truth

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
        _artifact_value(operand, channels, where)
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


def _artifact_value(operand: ArtifactOperand, channels: Channels, where: str) -> Any:
    """Returns the placeholder of a property, the URI or the value of a channel's first artifact."""
    channel = channels.get((operand.node, operand.output))
    if channel is None:
        raise Failure(f"{where} reads `{operand.node}.{operand.output}`, which is no output.")
    artifact = channel.future()[0]
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
