"""What a condition compares: C504 and C505."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tfxc.compiler.checks.conditions import ONLY_OF, known_properties, parsed_conditions, when_path
from tfxc.compiler.language.condition_terms import (
    ArtifactTerm,
    ComparisonTerm,
    LiteralTerm,
    ReferenceTerm,
    Term,
    TruthTerm,
    comparisons,
    truths,
)
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.artifacts import ARTIFACT_TYPES
from tfxc.schemas.choices import PASSED
from tfxc.schemas.diagnostics import Finding

Kind = Literal["number", "text", "bool", "json", "bytes"]


_KINDS: dict[str, Kind] = {
    "int": "number",
    "float": "number",
    "bool": "bool",
    "str": "text",
    "path": "text",
    "json": "json",
    "bytes": "bytes",
}


_WORDS = {
    "number": "a number",
    "text": "a text",
    "bool": "true or false",
    "json": "a list or mapping",
    "bytes": "bytes",
}


def condition_types(pipeline: Pipeline) -> Iterator[Finding]:
    """C504 and C505: comparisons that have no meaning, and operands that decide nothing alone."""
    for name, condition in parsed_conditions(pipeline):
        for comparison in comparisons(condition):
            yield from _comparison(comparison, name, pipeline)
        for truth in truths(condition):
            yield from _truth(truth, name, pipeline)


def _comparison(comparison: ComparisonTerm, node: str, pipeline: Pipeline) -> Iterator[Finding]:
    left, right = (_kind(term, node, pipeline) for term in (comparison.left, comparison.right))
    for term, kind in ((comparison.left, left), (comparison.right, right)):
        if kind in ("json", "bytes"):
            yield Finding(
                "C504",
                f"{_shown(term)} is {_WORDS[kind]}, which a condition cannot compare",
                when_path(node),
                part=(term.start, term.end),
                help=("let a component of your own return what the condition is about as an int or bool",),
            )
            return
    numbers = ("number", "bool")
    if left is None or right is None or left == right or (left in numbers and right in numbers):
        return
    yield Finding(
        "C504",
        f"{_shown(comparison.left)} is {_WORDS[left]} and {_shown(comparison.right)} is {_WORDS[right]}: "
        f"they cannot be compared",
        when_path(node),
        part=(comparison.start, comparison.end),
        help=_quotes_hint(comparison, left, right),
    )


def _quotes_hint(comparison: ComparisonTerm, left: Kind, right: Kind) -> tuple[str, ...]:
    for term, kind, other in ((comparison.left, left, right), (comparison.right, right, left)):
        if isinstance(term, LiteralTerm) and kind == "text" and other == "number":
            text = str(term.value)
            if text.lstrip("+-").replace(".", "", 1).isdigit():
                return (f"write {text} without quotes",)
            if text in ("true", "false"):
                return (f"write {1 if text == 'true' else 0}",)
        if isinstance(term, LiteralTerm) and kind == "number" and other == "text":
            return (f'put it in quotes: "{term.value}"',)
    return ()


def _truth(truth: TruthTerm, node: str, pipeline: Pipeline) -> Iterator[Finding]:
    operand = truth.operand
    kind = _kind(operand, node, pipeline)
    if kind == "bool" or (kind is None and not isinstance(operand, ArtifactTerm)):
        return
    if isinstance(operand, ArtifactTerm) and kind is None:
        type_name = pipeline.known_type(operand.node, operand.output)
        if type_name is None or (operand.field == "value" and type_name not in ARTIFACT_TYPES):
            return
    example = '"…"' if kind == "text" else "1"
    yield Finding(
        "C505",
        f"{_shown(operand)} alone is neither true nor false",
        when_path(node),
        part=(truth.start, truth.end),
        help=(f"compare it, as in `{_text_of(operand)} == {example}`",),
    )


def _kind(term: Term, node: str, pipeline: Pipeline) -> Kind | None:
    """What kind of value an operand of a node's condition is; None if there is no telling."""
    if isinstance(term, LiteralTerm):
        if isinstance(term.value, bool):
            return "bool"
        return "number" if isinstance(term.value, (int, float)) else "text"
    if isinstance(term, ReferenceTerm):
        if term.reference.root == "matrix":
            return _kind_of_axis(term.reference.name, node, pipeline)
        if term.reference.channel is not None:
            return None  # has no place in a condition
        if term.reference.root != "parameters":
            return "text"
        parameter = pipeline.parameters.get(term.reference.name)
        return _KINDS[parameter.type] if parameter is not None else None
    if term.field in ONLY_OF:
        return "bool" if term.field == PASSED else "number"
    if term.field == "uri":
        return "text"
    standard = ARTIFACT_TYPES.get(pipeline.known_type(term.node, term.output) or "")
    producer = pipeline.nodes.get(term.node)
    if standard is None or producer is None:
        return None
    if term.field == "value":
        return _KINDS[standard.value] if standard.value is not None else None
    known = known_properties(term, standard, producer)
    kind = known.get(term.name or "") if known is not None else None
    return _KINDS[kind] if kind is not None else None


def _kind_of_axis(axis: str, node: str, pipeline: Pipeline) -> Kind | None:
    """What kind of values an axis of a component's matrix has; None where they are of several."""
    matrix = pipeline.matrices.of(node)
    combinations = matrix.combinations if matrix is not None else ()
    kinds = {_KINDS[type(each.values[axis]).__name__] for each in combinations if axis in each.values}
    return kinds.pop() if len(kinds) == 1 else None


def _shown(term: Term) -> str:
    return f"`{_text_of(term)}`"


def _text_of(term: Term) -> str:
    from tfxc.schemas.conditions import artifact_text, value_text  # with it comes the Plan: only to report
    from tfxc.schemas.plan_values import reference

    if isinstance(term, ArtifactTerm):
        return artifact_text(term.named, term.output, term.field, term.name, dict(term.arguments))
    return value_text(reference(term.reference.target) if isinstance(term, ReferenceTerm) else term.value)
