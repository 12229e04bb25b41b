"""Sample values in the place of references, so that a document can be validated before a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tfxc.compiler.language.references import Reference, Template, has_braces, parse_template
from tfxc.compiler.pipeline.model import is_prose
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
    result = Substituted(None)
    result.value = _substitute(value, path, parameters, result.templates, text_below, False)
    return result


def sample_of(reference: Reference, parameters: Mapping[str, Parameter]) -> Any:
    """Returns a value of a reference's type: text where the parameter is unknown."""
    if reference.root == "run":
        return _RUN_SAMPLES[reference.name]
    parameter = parameters.get(reference.name) if reference.root == "parameters" else None
    if parameter is None:
        return "sample"
    value = sample_value(parameter)
    return float(value) if parameter.type == "float" and not isinstance(value, str) else value


def _substitute(
    value: Any,
    path: Path,
    parameters: Mapping[str, Parameter],
    templates: dict[Path, Template],
    text_below: frozenset[Path],
    as_text: bool,
) -> Any:
    if isinstance(value, str):
        if not has_braces(value) or is_prose(path):
            return value
        template = parse_template(value)
        templates[path] = template
        if template.whole is not None and not as_text and path not in text_below:
            return sample_of(template.whole, parameters)
        return "".join(
            str(sample_of(part, parameters)) if isinstance(part, Reference) else part
            for part in template.parts
        )
    as_text = as_text or path in text_below
    if isinstance(value, dict):
        changed: dict[str, Any] | None = None
        for key, inner in value.items():
            new = _substitute(inner, (*path, key), parameters, templates, text_below, as_text)
            if new is not inner:
                changed = dict(value) if changed is None else changed
                changed[key] = new
        return value if changed is None else changed
    if isinstance(value, list):
        items = [
            _substitute(inner, (*path, index), parameters, templates, text_below, as_text)
            for index, inner in enumerate(value)
        ]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value
