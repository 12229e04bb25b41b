"""A parsed condition → the Plan's."""

from __future__ import annotations

from collections.abc import Iterable
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
from tfxc.schemas.choices import COMPLETED, PASSED
from tfxc.schemas.plan import PlanNode
from tfxc.schemas.plan_conditions import (
    ArtifactOperand,
    Comparison,
    Condition,
    Logical,
    Operand,
    Truth,
    ValueOperand,
)
from tfxc.schemas.plan_values import concatenation, form_of, reference

_AXIS = "matrix."


def lower_condition(condition: ConditionTerm, pipeline: Pipeline, instance: Instance) -> Condition:
    """Returns the Plan's form of an instance's condition in which the checks found no error.

    A Boolean artifact's ``value`` and ``passed`` that stand alone are compared with true.
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


def _operand(term: Term, pipeline: Pipeline, instance: Instance) -> Operand:
    if isinstance(term, ArtifactTerm):
        return ArtifactOperand(
            node=instance.producers[term.named],
            output=term.output,
            artifact_type=pipeline.artifact_type(term.node, term.output) or "",
            field=term.field,
            name=_bound(term.name, instance),
            arguments={key: _bound(value, instance) for key, value in term.arguments},
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
