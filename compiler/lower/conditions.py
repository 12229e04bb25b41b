"""A parsed condition → the Plan's."""

from __future__ import annotations

from tfxc.compiler.language.condition_terms import (
    ArtifactTerm,
    ComparisonTerm,
    ConditionTerm,
    LogicalTerm,
    ReferenceTerm,
    Term,
)
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.plan import ArtifactOperand, Comparison, Condition, Logical, Operand, Truth, ValueOperand
from tfxc.schemas.plan_values import reference


def lower_condition(condition: ConditionTerm, pipeline: Pipeline) -> Condition:
    """Returns the Plan's form of a condition in which the checks found no error.

    A Boolean artifact's ``value`` that stands alone is compared with true.
    """
    if isinstance(condition, ComparisonTerm):
        return Comparison(
            operator=condition.operator,
            left=_operand(condition.left, pipeline),
            right=_operand(condition.right, pipeline),
        )
    if isinstance(condition, LogicalTerm):
        terms = tuple(lower_condition(term, pipeline) for term in condition.terms)
        return Logical(operator=condition.operator, terms=terms)
    operand = _operand(condition.operand, pipeline)
    if isinstance(operand, ArtifactOperand):
        return Comparison(operator="==", left=operand, right=ValueOperand(value=True))
    return Truth(truth=operand.value)


def _operand(term: Term, pipeline: Pipeline) -> Operand:
    if isinstance(term, ArtifactTerm):
        return ArtifactOperand(
            node=term.node,
            output=term.output,
            artifact_type=pipeline.artifact_type(term.node, term.output) or "",
            field=term.field,
            name=term.name,
        )
    if isinstance(term, ReferenceTerm):
        return ValueOperand(value=reference(term.reference.target))
    return ValueOperand(value=term.value)
