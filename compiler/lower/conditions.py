"""A parsed condition → the Plan's."""

from __future__ import annotations

from collections.abc import Iterable

from tfxc.compiler.language.condition_terms import (
    ArtifactTerm,
    ComparisonTerm,
    ConditionTerm,
    LogicalTerm,
    ReferenceTerm,
    Term,
)
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.choices import COMPLETED, PASSED
from tfxc.schemas.plan import (
    ArtifactOperand,
    Comparison,
    Condition,
    Logical,
    Operand,
    PlanNode,
    Truth,
    ValueOperand,
)
from tfxc.schemas.plan_values import reference


def lower_condition(condition: ConditionTerm, pipeline: Pipeline) -> Condition:
    """Returns the Plan's form of a condition in which the checks found no error.

    A Boolean artifact's ``value`` and ``passed`` that stand alone are compared with true.
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


def skipped_at_anomalies(node: PlanNode, upstream: Iterable[PlanNode]) -> PlanNode:
    """Returns a node with a condition that none of those above it found anomalies, if those ask for that.

    A node that starts whatever became of the nodes above it starts after anomalies too.
    """
    if node.execution.trigger_strategy == COMPLETED:
        return node
    guards = [
        Comparison(
            operator="==",
            left=ArtifactOperand(node=each.id, output=output, artifact_type=artifact_type, field=PASSED),
            right=ValueOperand(value=True),
        )
        for each in upstream
        if each.execution.on_anomaly == "skip"
        for output, artifact_type in each.outputs.items()
        if artifact_type == "ExampleAnomalies"
    ]
    if not guards:
        return node
    terms = (*guards, *((node.when,) if node.when is not None else ()))
    when = terms[0] if len(terms) == 1 else Logical(operator="and", terms=terms)
    return node.model_copy(update={"when": when})


def _operand(term: Term, pipeline: Pipeline) -> Operand:
    if isinstance(term, ArtifactTerm):
        return ArtifactOperand(
            node=term.node,
            output=term.output,
            artifact_type=pipeline.artifact_type(term.node, term.output) or "",
            field=term.field,
            name=term.name,
            arguments=dict(term.arguments),
        )
    if isinstance(term, ReferenceTerm):
        return ValueOperand(value=reference(term.reference.target))
    return ValueOperand(value=term.value)
