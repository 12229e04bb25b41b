"""Sample values in the place of references, so that a document can be validated before a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tfxc.compiler.checks.places import why_no_reference
from tfxc.compiler.language.references import Reference, Template, has_braces, parse_template
from tfxc.compiler.pipeline.model import Pipeline, is_prose
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.parameters import sample_value

_RUN_SAMPLES = {"id": "run-1", "date": "2026-01-01"}


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
    substitution = _Substitution(pipeline, text_below)
    return Substituted(substitution.of(value, path, False), substitution.templates)


def sample_of(reference: Reference, pipeline: Pipeline) -> Any:
    """Returns a value of a reference's type: text where the parameter is unknown."""
    if reference.root == "run":
        return _RUN_SAMPLES[reference.name]
    parameter = pipeline.parameters.get(reference.name) if reference.root == "parameters" else None
    if parameter is None:
        return "sample"
    value = sample_value(parameter)
    return float(value) if parameter.type == "float" and not isinstance(value, str) else value


@dataclass
class _Substitution:
    pipeline: Pipeline
    text_below: frozenset[Path]
    templates: dict[Path, Template] = field(default_factory=dict)

    def of(self, value: Any, path: Path, as_text: bool) -> Any:
        if isinstance(value, str):
            return self._text(value, path, as_text) if has_braces(value) else value
        as_text = as_text or path in self.text_below
        if isinstance(value, dict):
            changed: dict[str, Any] | None = None
            for key, inner in value.items():
                new = self.of(inner, (*path, key), as_text)
                if new is not inner:
                    changed = dict(value) if changed is None else changed
                    changed[key] = new
            return value if changed is None else changed
        if isinstance(value, list):
            items = [self.of(inner, (*path, index), as_text) for index, inner in enumerate(value)]
            return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
        return value

    def _text(self, text: str, path: Path, as_text: bool) -> Any:
        if is_prose(path):
            return text
        template = parse_template(text)
        if template.is_constant and why_no_reference(path, self.pipeline) is not None:
            return text
        self.templates[path] = template
        if template.whole is not None and not as_text and path not in self.text_below:
            return sample_of(template.whole, self.pipeline)
        return "".join(
            str(sample_of(part, self.pipeline)) if isinstance(part, Reference) else part
            for part in template.parts
        )
