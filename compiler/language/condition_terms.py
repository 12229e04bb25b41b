"""A parsed condition: a tree of comparisons, each part with the characters that it takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Union

from tfxc.compiler.language.reference_terms import Reference
from tfxc.compiler.language.selections import Selection
from tfxc.schemas.choices import ArtifactField

ComparisonOperator = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True)
class ArtifactTerm:
    """``node.output.field``, perhaps with a name and arguments, and the characters of each part.

    The name and the arguments of a metric are in the Plan's form: they may hold references. ``named`` is the
    component as it is written, with the ``selection`` of its nodes where there is one.
    """

    node: str
    output: str
    field: ArtifactField
    name: Any
    start: int
    end: int
    node_end: int
    output_start: int
    output_end: int
    field_start: int
    arguments: tuple[tuple[str, Any], ...] = ()
    named: str = ""
    selection: Selection | None = None


@dataclass(frozen=True)
class LiteralTerm:
    """A number, a text (perhaps with references in it: the Plan's form) or a boolean."""

    value: Any
    start: int
    end: int


@dataclass(frozen=True)
class ReferenceTerm:
    """A reference outside quotes; it keeps its type."""

    reference: Reference
    start: int
    end: int


Term = Union[ArtifactTerm, LiteralTerm, ReferenceTerm]


@dataclass(frozen=True)
class ComparisonTerm:
    """``left operator right``."""

    operator: ComparisonOperator
    left: Term
    right: Term
    start: int
    end: int


@dataclass(frozen=True)
class LogicalTerm:
    """``and``, ``or`` (two terms or more) or ``not`` (one)."""

    operator: Literal["and", "or", "not"]
    terms: tuple[ConditionTerm, ...]
    start: int
    end: int


@dataclass(frozen=True)
class TruthTerm:
    """An operand that stands alone."""

    operand: Term
    start: int
    end: int


ConditionTerm = Union[ComparisonTerm, LogicalTerm, TruthTerm]


def comparisons(condition: ConditionTerm) -> list[ComparisonTerm]:
    """Returns every comparison in a condition, from left to right."""
    if isinstance(condition, ComparisonTerm):
        return [condition]
    if isinstance(condition, LogicalTerm):
        return [comparison for term in condition.terms for comparison in comparisons(term)]
    return []


def truths(condition: ConditionTerm) -> list[TruthTerm]:
    """Returns every operand that stands alone in a condition, from left to right."""
    if isinstance(condition, TruthTerm):
        return [condition]
    if isinstance(condition, LogicalTerm):
        return [truth for term in condition.terms for truth in truths(term)]
    return []


def artifact_terms(condition: ConditionTerm) -> list[ArtifactTerm]:
    """Returns every artifact that a condition reads, from left to right; one may come up twice."""
    operands = [truth.operand for truth in truths(condition)]
    for comparison in comparisons(condition):
        operands += [comparison.left, comparison.right]
    return sorted(
        (operand for operand in operands if isinstance(operand, ArtifactTerm)), key=lambda term: term.start
    )
