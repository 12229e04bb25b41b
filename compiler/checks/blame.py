"""Whose error a wrong value is: the field's that has it, or the reference's that it came from."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.checks.places import why_no_reference
from tfxc.compiler.checks.shape.findings import finding_of
from tfxc.compiler.checks.shape.samples import Substituted
from tfxc.compiler.checks.shape.validation import ModelError, expected_type, is_type_error
from tfxc.compiler.language.reference_terms import Reference, Template
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.artifacts import value_kind
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.wording import a_or_an, named, shown_value

_VALUE_KINDS = frozenset(
    {"greater_than_equal", "greater_than", "less_than_equal", "less_than", "enum", "literal_error"}
)


def blamed(error: ModelError, substituted: Substituted, pipeline: Pipeline) -> Iterator[Finding]:
    """Yields a error as a finding; where the value came from a reference, says so or keeps quiet."""
    for path, template in substituted.templates.items():
        if error.path[: len(path)] != path or template.is_constant:
            continue
        if (
            template.bad_references
            or _has_unknown_name(template, pipeline)
            or why_no_reference(path, pipeline)
        ):
            return
        if error.kind in ("missing", "extra_forbidden") or error.path != path:
            break
        yield from _about_reference(error, template, path, pipeline)
        return
    yield finding_of(error)


def _has_unknown_name(template: Template, pipeline: Pipeline) -> bool:
    """Whether a text refers to no parameter; a reference to an axis that is there is none any more."""
    return any(
        reference.root == "matrix"
        or (reference.root == "parameters" and reference.name not in pipeline.parameters)
        for reference in template.references
    )


def _about_reference(
    error: ModelError, template: Template, path: Path, pipeline: Pipeline
) -> Iterator[Finding]:
    """Yields what is wrong with a value that comes from a reference or has references in it."""
    reference = template.whole
    if is_type_error(error):
        if error.kind in ("channel", "resolver_channel"):
            return
        if reference is not None:
            takes = f"{named(path)} takes {expected_type(error)}"
            yield from wrong_reference(reference, path, takes, pipeline)
        else:
            yield Finding(
                "P304",
                f"{named(path)} takes {expected_type(error)}, and a text with references in it is a text",
                path,
                help=("a value that is one reference and nothing else keeps its type",),
            )
        return
    parameter = (
        pipeline.parameters.get(reference.name)
        if reference is not None and reference.root == "parameters"
        else None
    )
    if reference is None or parameter is None or parameter.default is None or error.kind not in _VALUE_KINDS:
        return
    finding = finding_of(error)
    default = ("parameters", reference.name, "default")
    yield Finding(
        finding.code,
        finding.message,
        path,
        part=(reference.start, reference.end),
        related=(
            Related(default, f"the default of `{reference.name}` is {shown_value(parameter.default)}", False),
        ),
        help=finding.help,
    )


def wrong_reference(reference: Reference, path: Path, takes: str, pipeline: Pipeline) -> Iterator[Finding]:
    """P304: a reference whose type does not fit the field."""
    if reference.channel is not None:
        artifact_type = pipeline.known_type(*reference.channel)
        if artifact_type is not None and value_kind(artifact_type) not in (None, "json", "bytes"):
            yield Finding(
                "P304",
                f"{takes}, but `{reference.dotted}` is {a_or_an(artifact_type)}",
                path,
                part=(reference.start, reference.end),
            )
        return
    if reference.root != "parameters":
        yield Finding(
            "P304",
            f"{takes}, but `{reference.target}` is a text",
            path,
            part=(reference.start, reference.end),
        )
        return
    parameter = pipeline.parameters.get(reference.name)
    if parameter is None:
        return
    yield Finding(
        "P304",
        f"{takes}, but parameter `{reference.name}` is {a_or_an(parameter.type)}",
        path,
        part=(reference.start, reference.end),
        related=(Related(("parameters", reference.name, "type"), "its type is declared here", False),),
    )
