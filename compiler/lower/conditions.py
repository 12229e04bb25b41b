"""A parsed condition → the Plan's."""

from __future__ import annotations

from typing import Any

from tfxc.compiler.language.condition_terms import (
    ArtifactTerm,
    ComparisonTerm,
    ConditionTerm,
    LogicalTerm,
    ReferenceTerm,
    Term,
)
from tfxc.compiler.pipeline.expand import Instance
from tfxc.compiler.pipeline.matrix import axis_text
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.plan import ArtifactOperand, Comparison, Condition, Logical, Operand, Truth, ValueOperand
from tfxc.schemas.plan_values import concatenation, form_of, reference

_AXIS = "matrix."


def lower_condition(condition: ConditionTerm, pipeline: Pipeline, instance: Instance) -> Condition:
    """Returns the Plan's form of an instance's condition in which the checks found no error.

    A Boolean artifact's ``value`` that stands alone is compared with true.
    """
    if isinstance(condition, ComparisonTerm):
        return Comparison(
            operator=condition.operator,
            left=_operand(condition.left, pipeline, instance),
            right=_operand(condition.right, pipeline, instance),
        )
    if isinstance(condition, LogicalTerm):
        terms = tuple(lower_condition(term, pipeline, instance) for term in condition.terms)
        return Logical(operator=condition.operator, terms=terms)
    operand = _operand(condition.operand, pipeline, instance)
    if isinstance(operand, ArtifactOperand):
        return Comparison(operator="==", left=operand, right=ValueOperand(value=True))
    return Truth(truth=operand.value)


def _operand(term: Term, pipeline: Pipeline, instance: Instance) -> Operand:
    if isinstance(term, ArtifactTerm):
        return ArtifactOperand(
            node=instance.producers[term.node],
            output=term.output,
            artifact_type=pipeline.artifact_type(term.node, term.output) or "",
            field=term.field,
            name=term.name,
        )
    if isinstance(term, ReferenceTerm):
        return ValueOperand(value=_bound(reference(term.reference.target), instance))
    return ValueOperand(value=_bound(term.value, instance))


def _bound(value: Any, instance: Instance) -> Any:
    """Returns a value of a condition with the instance's values of its matrix in it."""

    def bound(part: Any) -> Any:
        return _bound(part, instance)

    form, inner = form_of(value)
    if form == "reference" and inner.startswith(_AXIS):
        return instance.axes[inner.removeprefix(_AXIS)]
    if form != "concatenation":
        return value
    parts = [part if isinstance(part, (dict, str)) else axis_text(part) for part in map(bound, inner)]
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if len(texts) == len(parts) else concatenation(parts)
