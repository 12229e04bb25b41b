"""Sample values in the place of references, so that a document can be validated before a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfxc.compiler.language.references import Reference, Template
from tfxc.compiler.pipeline.texts import ReferencingText, with_texts
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.parameters import Parameter, sample_value

_RUN_SAMPLES = {"id": "run-1", "date": "2026-01-01"}


@dataclass
class Substituted:
    """A value with samples in it, and the templates that they stand for, by their paths."""

    value: Any
    templates: dict[Path, Template] = field(default_factory=dict)


def substitute(
    value: Any, path: Path, parameters: Mapping[str, Parameter], text_below: frozenset[Path] = frozenset()
) -> Substituted:
    """Returns a value with a sample of the right type in the place of each reference.

    A parameter's sample is its default if it has one. Below the paths in `text_below` all is text at
    run time, so a sample is text too. A value without references is returned itself, not a copy.
    """
    templates: dict[Path, Template] = {}

    def sample(text: ReferencingText) -> Any:
        templates[text.path] = template = text.template
        stays_text = any(text.path[:end] in text_below for end in range(len(text.path) + 1))
        if template.whole is not None and not stays_text:
            return sample_of(template.whole, parameters)
        return "".join(
            str(sample_of(part, parameters)) if isinstance(part, Reference) else part
            for part in template.parts
        )

    return Substituted(with_texts(value, path, sample), templates)


def sample_of(reference: Reference, parameters: Mapping[str, Parameter]) -> Any:
    """Returns a value of a reference's type: text where the parameter is unknown."""
    if reference.root == "run":
        return _RUN_SAMPLES[reference.name]
    parameter = parameters.get(reference.name) if reference.root == "parameters" else None
    if parameter is None:
        return "sample"
    value = sample_value(parameter)
    return float(value) if parameter.type == "float" and not isinstance(value, str) else value
