"""What a condition reads and compares: C501 to C505, W711 for one that never changes, and W731."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from tfxc.compiler.checks.wiring import output_findings
from tfxc.compiler.language.condition_terms import (
    ArtifactTerm,
    ComparisonTerm,
    ConditionTerm,
    LiteralTerm,
    ReferenceTerm,
    Term,
    TruthTerm,
    artifact_terms,
    comparisons,
    truths,
)
from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.model import Node, Pipeline
from tfxc.schemas.artifacts import ARTIFACT_TYPES, EVERY_ARTIFACT, ArtifactType, Properties
from tfxc.schemas.choices import COMPLETED, METRIC, PASSED
from tfxc.schemas.components.markers import ExecutionKey
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest
from tfxc.schemas.words.wording import a_or_an

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


_ONLY_OF: Mapping[str, str] = {PASSED: "ExampleAnomalies", METRIC: "ModelEvaluation"}
"""what the launcher reads in the files of an artifact → the one type that has such files"""


def condition_syntax(pipeline: Pipeline) -> Iterator[Finding]:
    """C501: a `when` that is no condition."""
    for name, condition in pipeline.conditions.items():
        if isinstance(condition, ConditionError):
            part = (condition.start, condition.end) if condition.end > condition.start else None
            fix = condition.fix if part is not None else None
            yield Finding("C501", condition.message, _path(name), part=part, help=condition.help, fix=fix)


def condition_artifacts(pipeline: Pipeline) -> Iterator[Finding]:
    """T202, T203 and T208 in conditions: artifacts of outputs that are not there."""
    for name, condition in _parsed(pipeline):
        for term in _each_once(artifact_terms(condition)):
            yield from output_findings(
                pipeline,
                term.node,
                term.output,
                _path(name),
                (term.start, term.node_end),
                (term.output_start, term.output_end),
            )


def condition_properties(pipeline: Pipeline) -> Iterator[Finding]:
    """C502 and C503: properties that artifacts of a type do not have, and values of those without one."""
    for name, condition in _parsed(pipeline):
        for term in _each_once(artifact_terms(condition)):
            type_name = pipeline.known_type(term.node, term.output)
            standard = ARTIFACT_TYPES.get(type_name or "")
            producer = pipeline.nodes.get(term.node)
            if standard is None or producer is None:
                continue
            if term.field == "value":
                if standard.value is None:
                    yield _no_value(term, standard, name)
            elif term.field in _ONLY_OF:
                if standard.name != _ONLY_OF[term.field]:
                    yield _not_looked_into(term, standard, name)
            elif term.name is not None:
                yield from _unknown_property(term, standard, producer, name)


def condition_types(pipeline: Pipeline) -> Iterator[Finding]:
    """C504 and C505: comparisons that have no meaning, and operands that decide nothing alone."""
    for name, condition in _parsed(pipeline):
        for comparison in comparisons(condition):
            yield from _comparison(comparison, name, pipeline)
        for truth in truths(condition):
            yield from _truth(truth, name, pipeline)


def skips_nothing(pipeline: Pipeline) -> Iterator[Finding]:
    """W731: anomalies that are to skip what waits for the node, where nothing does."""
    waited_for = {
        producer
        for consumer, upstream in pipeline.upstream.items()
        if pipeline.execution_of(pipeline.nodes[consumer]).get("trigger_strategy") != COMPLETED
        for producer in upstream
    }
    for node in pipeline.nodes.values():
        model = node.interface.model if node.interface is not None else None
        for key in marked_keys(model, ExecutionKey) if model is not None else ():
            if node.values.get(key) == "skip" and node.id not in waited_for:
                yield Finding(
                    "W731",
                    f"anomalies skip nothing: no node waits for the success of `{node.id}`",
                    (*node.path, key),
                    help=(f"let the nodes to skip wait for it: `depends_on: [{node.id}]`",),
                )


def constant_conditions(pipeline: Pipeline) -> Iterator[Finding]:
    """W711: a condition, or a part of one, that is always the same."""
    for name, condition in _parsed(pipeline):
        for comparison in comparisons(condition):
            if _is_fixed(comparison.left) and _is_fixed(comparison.right):
                yield _constant(comparison.start, comparison.end, name)
        for truth in truths(condition):
            if isinstance(truth.operand, LiteralTerm) and isinstance(truth.operand.value, bool):
                yield _constant(truth.start, truth.end, name)


def _is_fixed(term: Term) -> bool:
    """Whether an operand is the same in every run: a text with references in it is not."""
    return isinstance(term, LiteralTerm) and not isinstance(term.value, dict)


def _parsed(pipeline: Pipeline) -> Iterator[tuple[str, ConditionTerm]]:
    for name, condition in pipeline.conditions.items():
        if not isinstance(condition, ConditionError):
            yield name, condition


def _each_once(terms: list[ArtifactTerm]) -> list[ArtifactTerm]:
    """The terms without those that read the same thing again."""
    seen: dict[tuple[object, ...], ArtifactTerm] = {}
    for term in terms:
        seen.setdefault((term.node, term.output, term.field, str(term.name), str(term.arguments)), term)
    return list(seen.values())


def _path(node: str) -> Path:
    return ("components", node, "when")


def _no_value(term: ArtifactTerm, standard: ArtifactType, node: str) -> Finding:
    return Finding(
        "C503",
        f"`{term.named}.{term.output}` is {a_or_an(standard.name)}, which has no `value`",
        _path(node),
        part=(term.field_start, term.end),
        help=("`value` is for values that a component returns; files have `uri` and properties",),
    )


def _not_looked_into(term: ArtifactTerm, standard: ArtifactType, node: str) -> Finding:
    what = "`passed` is for anomalies" if term.field == PASSED else "`metric` is for evaluations"
    help_lines: tuple[str, ...] = (f"{what}: outputs of type {_ONLY_OF[term.field]}",)
    if "blessed" in standard.custom_properties and term.field == PASSED:
        help_lines = (f"write `{term.named}.{term.output}.custom_properties.blessed == 1`",)
    return Finding(
        "C503",
        f"`{term.named}.{term.output}` is {a_or_an(standard.name)}, which has no `{term.field}`",
        _path(node),
        part=(term.field_start, term.end),
        help=help_lines,
    )


def _unknown_property(
    term: ArtifactTerm, standard: ArtifactType, producer: Node, node: str
) -> Iterator[Finding]:
    known = _known_properties(term, standard, producer)
    if known is None or term.name is None or term.name in known:
        return
    section = "properties" if term.field == "property" else "custom_properties"
    kind = "property" if term.field == "property" else "custom property"
    other = _known_properties_of(
        "custom_property" if term.field == "property" else "property", standard, producer
    )
    help_lines: tuple[str, ...]
    fix: str | None = None
    if other is not None and term.name in other:
        right = "custom_properties" if term.field == "property" else "properties"
        help_lines = (f"write `{term.named}.{term.output}.{right}.{term.name}`",)
        fix = f"{right}.{term.name}"
    elif known:
        near = only_closest(term.name, list(known))
        fix = f"{section}.{near}" if near is not None else None
        help_lines = did_you_mean(term.name, list(known)) or (f"there are: {enumeration(list(known))}",)
    else:
        help_lines = (f"{a_or_an(standard.name)} has no `{section}`",)
    yield Finding(
        "C502",
        f"`{term.named}.{term.output}` has no {kind} `{term.name}`",
        _path(node),
        part=(term.field_start, term.end),
        related=(Related(producer.path, f"its output `{term.output}` is declared here"),),
        help=help_lines,
        fix=fix,
    )


def _known_properties(term: ArtifactTerm, standard: ArtifactType, producer: Node) -> Properties | None:
    return _known_properties_of(term.field, standard, producer)


def _known_properties_of(field: str, standard: ArtifactType, producer: Node) -> Properties | None:
    """The properties that an artifact can have; None where anything may have been set."""
    if field == "property":
        return standard.properties
    interface = producer.interface
    if interface is None or interface.model is None:
        return None
    if interface.kind == "importer":
        given = producer.values.get("custom_properties")
        own: Properties = (
            {key: "int" if isinstance(value, int) else "str" for key, value in given.items()}
            if isinstance(given, dict)
            else {}
        )
        return {**own, **EVERY_ARTIFACT}
    return None if interface.kind in ("resolver", "container") else standard.custom_properties


def _comparison(comparison: ComparisonTerm, node: str, pipeline: Pipeline) -> Iterator[Finding]:
    left, right = (_kind(term, node, pipeline) for term in (comparison.left, comparison.right))
    for term, kind in ((comparison.left, left), (comparison.right, right)):
        if kind in ("json", "bytes"):
            yield Finding(
                "C504",
                f"{_shown(term)} is {_WORDS[kind]}, which a condition cannot compare",
                _path(node),
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
        _path(node),
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
        _path(node),
        part=(truth.start, truth.end),
        help=(f"compare it, as in `{_text_of(operand)} == {example}`",),
    )


def _constant(start: int, end: int, node: str) -> Finding:
    return Finding(
        "W711",
        f"this part of the condition of `{node}` is always the same",
        _path(node),
        part=(start, end),
        help=("take it out, or make it a parameter: `{{ parameters.NAME }}`",),
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
    if term.field in _ONLY_OF:
        return "bool" if term.field == PASSED else "number"
    if term.field == "uri":
        return "text"
    standard = ARTIFACT_TYPES.get(pipeline.known_type(term.node, term.output) or "")
    producer = pipeline.nodes.get(term.node)
    if standard is None or producer is None:
        return None
    if term.field == "value":
        return _KINDS[standard.value] if standard.value is not None else None
    known = _known_properties(term, standard, producer)
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
