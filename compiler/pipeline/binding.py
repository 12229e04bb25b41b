"""The values of one combination of a matrix, put in the place of ``{{ matrix.AXIS }}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.matrix import Combination, axis_text
from tfxc.compiler.pipeline.texts import ReferencingText, with_texts
from tfxc.schemas.components import find_component_model
from tfxc.schemas.components.markers import TextAtRunTime
from tfxc.schemas.diagnostics import Path

NEVER_BOUND = ("type", "matrix", "depends_on", "when")
"""Keys of a component whose texts stay as they are: a condition is bound when it has been parsed."""

ALWAYS_TEXT = (("execution", "env"), ("execution", "beam_pipeline_args"))
"""Paths in a component below which all is text when it runs, whatever a reference is."""


def bound_values(values: Mapping[str, Any], path: Path, combination: Combination) -> dict[str, Any]:
    """Returns a component's values with those of a combination in the place of their references.

    A text that is one reference and nothing else becomes the value itself, with its type. What refers to an
    axis that is not there stays.
    """

    model = find_component_model(str(values.get("type")))
    own_texts = marked_keys(model, TextAtRunTime) if model is not None else {}

    def bound(text: ReferencingText) -> Any:
        value = bound_text(text, combination)
        return axis_text(value) if text.path[2] in own_texts else value

    return {
        key: value if key in NEVER_BOUND else with_texts(value, (*path, key), bound)
        for key, value in values.items()
    }


def bound_text(text: ReferencingText, combination: Combination) -> Any:
    """Returns a text with the values of a combination in the place of their references."""
    whole = text.template.whole
    if whole is not None and whole.root == "matrix" and not text.template.bad_references:
        value = combination.values.get(whole.name, text.text)
        return axis_text(value) if text.path[2:4] in ALWAYS_TEXT else value
    bound, position = [], 0
    for reference in text.template.references:
        if reference.root == "matrix" and reference.name in combination.values:
            value = axis_text(combination.values[reference.name])
            bound += [text.text[position : reference.start], value]
            position = reference.end
    return "".join([*bound, text.text[position:]])
