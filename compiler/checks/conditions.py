"""What a condition reads: C501 to C503, W711 for one that never changes, and W731."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tfxc.compiler.checks.channels import output_findings
from tfxc.compiler.language.condition_terms import (
    ArtifactTerm,
    ConditionTerm,
    LiteralTerm,
    Term,
    artifact_terms,
    comparisons,
    truths,
)
from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.execution import written_execution
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.artifacts import ARTIFACT_TYPES, EVERY_ARTIFACT, ArtifactType, Properties
from tfxc.schemas.choices import COMPLETED, METRIC, PASSED
from tfxc.schemas.components.markers import ExecutionKey
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest
from tfxc.schemas.words.wording import a_or_an

ONLY_OF: Mapping[str, str] = {PASSED: "ExampleAnomalies", METRIC: "ModelEvaluation"}
"""what the launcher reads in the files of an artifact → the one type that has such files"""


def condition_syntax(pipeline: Pipeline) -> Iterator[Finding]:
    """C501: a `when` that is no condition."""
    for name, condition in pipeline.conditions.items():
        if isinstance(condition, ConditionError):
            part = (condition.start, condition.end) if condition.end > condition.start else None
            fix = condition.fix if part is not None else None
            yield Finding("C501", condition.message, when_path(name), part=part, help=condition.help, fix=fix)


def condition_artifacts(pipeline: Pipeline) -> Iterator[Finding]:
    """T202, T203 and T208 in conditions: artifacts of outputs that are not there."""
    for name, condition in parsed_conditions(pipeline):
        for term in _each_once(artifact_terms(condition)):
            yield from output_findings(
                pipeline,
                term.node,
                term.output,
                when_path(name),
                (term.start, term.node_end),
                (term.output_start, term.output_end),
            )


def condition_properties(pipeline: Pipeline) -> Iterator[Finding]:
    """C502 and C503: properties that artifacts of a type do not have, and values of those without one."""
    for name, condition in parsed_conditions(pipeline):
        for term in _each_once(artifact_terms(condition)):
            type_name = pipeline.known_type(term.node, term.output)
            standard = ARTIFACT_TYPES.get(type_name or "")
            producer = pipeline.nodes.get(term.node)
            if standard is None or producer is None:
                continue
            if term.field == "value":
                if standard.value is None:
                    yield _no_value(term, standard, name)
            elif term.field in ONLY_OF:
                if standard.name != ONLY_OF[term.field]:
                    yield _not_looked_into(term, standard, name)
            elif term.name is not None:
                yield from _unknown_property(term, standard, producer, name)


def skips_nothing(pipeline: Pipeline) -> Iterator[Finding]:
    """W731: anomalies that are to skip what waits for the node, where nothing does."""
    waited_for = {
        producer
        for consumer, upstream in pipeline.upstream.items()
        if written_execution(pipeline.nodes[consumer], pipeline).get("trigger_strategy") != COMPLETED
        for producer in upstream
    }
    for node in pipeline.nodes.values():
        model = node.model
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
    for name, condition in parsed_conditions(pipeline):
        for comparison in comparisons(condition):
            if _is_fixed(comparison.left) and _is_fixed(comparison.right):
                yield _constant(comparison.start, comparison.end, name)
        for truth in truths(condition):
            if isinstance(truth.operand, LiteralTerm) and isinstance(truth.operand.value, bool):
                yield _constant(truth.start, truth.end, name)


def _is_fixed(term: Term) -> bool:
    """Whether an operand is the same in every run: a text with references in it is not."""
    return isinstance(term, LiteralTerm) and not isinstance(term.value, dict)


def parsed_conditions(pipeline: Pipeline) -> Iterator[tuple[str, ConditionTerm]]:
    """Yields each component that has a condition that could be read, and the condition."""
    for name, condition in pipeline.conditions.items():
        if not isinstance(condition, ConditionError):
            yield name, condition


def _each_once(terms: list[ArtifactTerm]) -> list[ArtifactTerm]:
    """The terms without those that read the same thing again."""
    seen: dict[tuple[object, ...], ArtifactTerm] = {}
    for term in terms:
        seen.setdefault((term.node, term.output, term.field, str(term.name), str(term.arguments)), term)
    return list(seen.values())


def when_path(node: str) -> Path:
    """Returns where a component's condition stands in the document."""
    return ("components", node, "when")


def _no_value(term: ArtifactTerm, standard: ArtifactType, node: str) -> Finding:
    return Finding(
        "C503",
        f"`{term.named}.{term.output}` is {a_or_an(standard.name)}, which has no `value`",
        when_path(node),
        part=(term.field_start, term.end),
        help=("`value` is for values that a component returns; files have `uri` and properties",),
    )


def _not_looked_into(term: ArtifactTerm, standard: ArtifactType, node: str) -> Finding:
    what = "`passed` is for anomalies" if term.field == PASSED else "`metric` is for evaluations"
    help_lines: tuple[str, ...] = (f"{what}: outputs of type {ONLY_OF[term.field]}",)
    if "blessed" in standard.custom_properties and term.field == PASSED:
        help_lines = (f"write `{term.named}.{term.output}.custom_properties.blessed == 1`",)
    return Finding(
        "C503",
        f"`{term.named}.{term.output}` is {a_or_an(standard.name)}, which has no `{term.field}`",
        when_path(node),
        part=(term.field_start, term.end),
        help=help_lines,
    )


def _unknown_property(
    term: ArtifactTerm, standard: ArtifactType, producer: Node, node: str
) -> Iterator[Finding]:
    known = known_properties(term, standard, producer)
    if known is None or term.name is None or term.name in known:
        return
    section = "properties" if term.field == "property" else "custom_properties"
    kind = "property" if term.field == "property" else "custom property"
    other = artifact_properties(
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
        when_path(node),
        part=(term.field_start, term.end),
        related=(Related(producer.path, f"its output `{term.output}` is declared here"),),
        help=help_lines,
        fix=fix,
    )


def known_properties(term: ArtifactTerm, standard: ArtifactType, producer: Node) -> Properties | None:
    return artifact_properties(term.field, standard, producer)


def artifact_properties(field: str, standard: ArtifactType, producer: Node) -> Properties | None:
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


def _constant(start: int, end: int, node: str) -> Finding:
    return Finding(
        "W711",
        f"this part of the condition of `{node}` is always the same",
        when_path(node),
        part=(start, end),
        help=("take it out, or make it a parameter: `{{ parameters.NAME }}`",),
    )
