"""Sample values in the place of references, so that a document can be validated before a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfxc.compiler.checks.places import why_no_reference
from tfxc.compiler.language.reference_terms import RUN_FIELDS, Reference, Template
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.texts import ReferencingText, with_texts
from tfxc.schemas.artifacts import value_kind
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.parameters import sample_value

_OF_KIND: Mapping[str, Any] = {"int": 1, "float": 1.0, "str": "sample", "bool": True}


class _AnyValue(str):
    """A sample of a value whose type nobody knows before the run."""


ANY_VALUE = _AnyValue("sample")


@dataclass
class Substituted:
    """A value with samples in it, and the templates that they stand for, by their paths."""

    value: Any
    templates: dict[Path, Template] = field(default_factory=dict)


def substitute(
    value: Any, path: Path, pipeline: Pipeline, text_below: frozenset[Path] = frozenset()
) -> Substituted:
    """Returns a value as it is validated: with a sample of the right type in the place of each reference.

    A parameter's sample is its default if it has one. Below the paths in `text_below` all is text at
    run time, so a sample is text too. Escaped braces are what they stand for; but where no reference can
    stand, a text without one is what it is, braces and all, since lowering takes it so. A value without
    references is returned itself, not a copy.
    """
    templates: dict[Path, Template] = {}

    def sample(text: ReferencingText) -> Any:
        template = text.template
        if template.is_constant and why_no_reference(text.path, pipeline) is not None:
            return text.text
        templates[text.path] = template
        stays_text = any(text.path[:end] in text_below for end in range(len(text.path) + 1))
        if template.whole is not None and not stays_text:
            return sample_of(template.whole, pipeline)
        return "".join(
            str(sample_of(part, pipeline)) if isinstance(part, Reference) else part for part in template.parts
        )

    return Substituted(with_texts(value, path, sample), templates)


def sample_of(reference: Reference, pipeline: Pipeline) -> Any:
    """Returns a value of a reference's type: text where the parameter is unknown."""
    if reference.root == "run":
        return RUN_FIELDS[reference.name]
    channel = reference.channel
    if channel is not None:
        kind = value_kind(pipeline.known_type(*channel))
        return ANY_VALUE if kind is None else _OF_KIND.get(kind, ANY_VALUE)
    parameter = pipeline.parameters.get(reference.name) if reference.root == "parameters" else None
    if parameter is None:
        return "sample"
    value = sample_value(parameter)
    return float(value) if parameter.type == "float" and not isinstance(value, str) else value
