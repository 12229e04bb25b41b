"""A Plan's conditions → TFX's predicates in Python."""

from __future__ import annotations

from tfxc.compiler.ejecting.expressions import written
from tfxc.compiler.ejecting.imports import Imports
from tfxc.compiler.ejecting.values import NotPlainError, Values
from tfxc.schemas.plan_conditions import ArtifactOperand, Comparison, Condition, Logical, Operand

_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def predicate(condition: Condition, values: Values, imports: Imports) -> str:
    """Returns the argument of ``Cond``. Raises NotPlainError."""
    if isinstance(condition, Comparison):
        left, right, symbol = condition.left, condition.right, str(condition.operator)
        if not isinstance(left, ArtifactOperand):
            left, right, symbol = right, left, _MIRRORED[symbol]
        if not isinstance(left, ArtifactOperand):
            raise NotPlainError("a condition that reads no artifact is decided before a run")
        return f"{_operand(left, values)} {symbol} {_operand(right, values)}"
    if isinstance(condition, Logical):
        placeholder = imports.module("tfx.dsl.placeholder.placeholder")
        terms = [predicate(term, values, imports) for term in condition.terms]
        if condition.operator == "not":
            return f"{placeholder}.logical_not({terms[0]})"
        joined = terms[0]
        for term in terms[1:]:
            joined = f"{placeholder}.logical_{condition.operator}({joined}, {term})"
        return joined
    raise NotPlainError("a condition that reads no artifact is decided before a run")


def _operand(operand: Operand, values: Values) -> str:
    if not isinstance(operand, ArtifactOperand):
        value = operand.value
        return written(int(value) if isinstance(value, bool) else values.value(value))
    artifact = values.future(operand.node, operand.output)
    if operand.field == "property":
        return f"{artifact}.property({written(values.value(operand.name))})"
    if operand.field == "custom_property":
        return f"{artifact}.custom_property({written(values.value(operand.name))})"
    if operand.field in ("uri", "value"):
        return f"{artifact}.{operand.field}"
    raise NotPlainError(f"`{operand.field}` is read from an artifact's files, which TFX does not do")
