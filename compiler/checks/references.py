"""Parameters and the references to them: P301 to P306."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.containers import commanding_container
from tfxc.compiler.checks.places import why_no_matrix_reference, why_no_reference
from tfxc.compiler.language.reference_terms import CONTAINER_FIELDS, Reference
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.texts import ReferencingText, references_in, referencing_texts
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.parameters import contradictions
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest
from tfxc.schemas.words.wording import named


def mistaken_references(pipeline: Pipeline) -> Iterator[Finding]:
    """P301 and P302: braces that hold no reference, and names that are not there."""
    for text in pipeline.referencing_texts:
        if text.is_key:
            continue
        for bad in text.template.bad_references:
            code = "P301" if bad.kind == "syntax" else "P302"
            help_lines, fix = bad.help, bad.fix
            dotted = text.text[bad.start : bad.end]
            if bad.kind == "unknown" and dotted in pipeline.parameter_names:
                fix = f"parameters.{dotted}"
                help_lines = (f"did you mean `{fix}`?",)
            root, _, name = dotted.partition(".")
            in_command = commanding_container(text.path, pipeline) is not None
            if in_command and bad.kind == "unknown" and root in CONTAINER_FIELDS:
                fix = f"{root}.{name.partition('.')[0]}.uri"
                help_lines = (f"write `{fix}`",)
            part = (bad.start, bad.end)
            yield Finding(code, bad.message, text.path, part=part, help=help_lines, fix=fix)


def unknown_parameters(pipeline: Pipeline) -> Iterator[Finding]:
    """P303: a reference to a parameter that the document does not declare."""
    names = sorted(pipeline.parameter_names)
    for text in pipeline.referencing_texts:
        for reference in text.template.references:
            if reference.root != "parameters" or reference.name in pipeline.parameter_names or text.is_key:
                continue
            near = did_you_mean(reference.name, names)
            meant = only_closest(reference.name, names)
            listed = (f"the parameters are {enumeration(names)}",) if names else ()
            yield Finding(
                "P303",
                f"there is no parameter `{reference.name}`",
                text.path,
                part=(reference.start, reference.end),
                help=near or listed or (f"declare it: `parameters: {{{reference.name}: {{type: str}}}}`",),
                fix=f"{{{{ parameters.{meant} }}}}" if meant is not None else None,
            )


def unknown_axes(pipeline: Pipeline) -> Iterator[Finding]:
    """P302: a reference to an axis that the component's matrix does not have, or outside of a component."""
    for text in pipeline.referencing_texts:
        for reference in text.template.references:
            if reference.root == "matrix" and not text.is_key:
                yield from _unknown_axis(text, reference, pipeline)


def _unknown_axis(text: ReferencingText, reference: Reference, pipeline: Pipeline) -> Iterator[Finding]:
    part = (reference.start, reference.end)
    component = str(text.path[1]) if text.path[0] == "components" and len(text.path) > 2 else ""
    matrix = pipeline.matrices.of(component)
    if not component or text.path[2] == "matrix":
        message = f"`{reference.target}` is known in the arguments of a component with a matrix only"
        yield Finding("P302", message, text.path, part=part)
    elif matrix is None:
        help_lines = (f"give it one: `matrix: {{{reference.name}: […]}}`",)
        message = f"`{component}` has no matrix"
        yield Finding("P302", message, text.path, part=part, help=help_lines)
    elif matrix.is_sound and reference.name not in matrix.axes:
        meant = only_closest(reference.name, matrix.axes)
        yield Finding(
            "P302",
            f"the matrix of `{component}` has no axis `{reference.name}`",
            text.path,
            part=part,
            help=did_you_mean(reference.name, matrix.axes) or (f"its axes are {enumeration(matrix.axes)}",),
            fix=f"{{{{ matrix.{meant} }}}}" if meant is not None else None,
        )


def misplaced_references(pipeline: Pipeline) -> Iterator[Finding]:
    """P305: a reference where the value must be known before a run."""
    for text in pipeline.referencing_texts:
        misplaced = _misplaced(text, pipeline)
        if misplaced is None:
            continue
        yield _misplaced_finding(text, *misplaced)
    for text in _literal_texts(pipeline):
        if text.template.references and not text.template.bad_references:
            what = "parameters" if text.path[0] == "parameters" else "backends' settings"
            first = text.template.references[0]
            yield _misplaced_finding(text, first, f"{what} are known before a run")


def _misplaced_finding(text: ReferencingText, first: Reference, reason: str) -> Finding:
    return Finding(
        "P305",
        f"{_place(text)} cannot hold a reference: {reason}",
        text.path,
        at_key=text.is_key,
        part=None if text.is_key else (first.start, first.end),
        help=("write the value itself; environments can give each its own",),
    )


def _misplaced(text: ReferencingText, pipeline: Pipeline) -> tuple[Reference, str] | None:
    """The first reference of a text that cannot stand there, and why."""
    why: dict[bool, str | None] = {}
    for reference in text.template.references:
        of_matrix = reference.root == "matrix" and text.path[0] == "components" and len(text.path) > 2
        if of_matrix not in why:
            look = why_no_matrix_reference if of_matrix else why_no_reference
            why[of_matrix] = "keys are names" if text.is_key else look(text.path, pipeline)
        reason = why[of_matrix]
        if reason is not None:
            return reference, reason
    return None


def inconsistent_parameters(pipeline: Pipeline) -> Iterator[Finding]:
    """P306: a parameter whose default, limits, choices or pattern contradict each other."""
    for name, parameter in pipeline.parameters.items():
        for key, sentence in contradictions(parameter):
            yield Finding("P306", f"parameter `{name}`: {sentence}", ("parameters", name, key))


def unused_parameters(pipeline: Pipeline) -> Iterator[Finding]:
    """W701: a parameter that nothing refers to, not even in an environment."""
    used = {
        reference.name
        for text in pipeline.referencing_texts
        for reference in text.template.references
        if reference.root == "parameters"
    }
    mentioned = {
        name for section in ("environments", "backends") for name in _mentions(pipeline.document.get(section))
    }
    for name in pipeline.parameters:
        if name not in used and name not in mentioned:
            yield Finding(
                "W701",
                f"parameter `{name}` is never used",
                ("parameters", name),
                at_key=True,
                help=(f"use it as `{{{{ parameters.{name} }}}}`, or take it out",),
            )


def _place(text: ReferencingText) -> str:
    return f"the key `{text.text}`" if text.is_key else named(text.path)


def _literal_texts(pipeline: Pipeline) -> Iterator[ReferencingText]:
    """Yields the texts of parameters and of backends' settings that might be meant as references."""
    parameters = pipeline.document.get("parameters")
    if isinstance(parameters, dict):
        for name, declaration in parameters.items():
            if isinstance(declaration, dict):
                yield from referencing_texts(declaration.get("default"), ("parameters", name, "default"))
    yield from referencing_texts(pipeline.document.get("backends"), ("backends",))


def _mentions(value: Any) -> Iterator[str]:
    return (reference.name for reference in references_in(value) if reference.root == "parameters")
