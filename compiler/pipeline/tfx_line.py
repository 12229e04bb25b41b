"""Which line of TFX a pipeline is for, and which of its keys only one line has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfxc.compiler.models.markers import Shape, model_shapes
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.tfx_lines import NEWEST, TFX_LINES, TfxLine, installed_line


def asked_line(pipeline: Pipeline) -> TfxLine | None:
    """Returns the line that the document asks for, None if it asks for none that there is."""
    asked = pipeline.document.get("tfx")
    return next((line for line in TFX_LINES if line == asked), None)


def line_checked_for(pipeline: Pipeline) -> TfxLine:
    """Returns the line that the document is held to: its own, or what is installed here, or the newest."""
    return asked_line(pipeline) or installed_line() or NEWEST


def needed_line(pipeline: Pipeline) -> TfxLine | None:
    """Returns the only line that can run the pipeline: what it asks for, or has a key of. None: any can."""
    return asked_line(pipeline) or next((line for _, line in keys_of_one_line(pipeline)), None)


def keys_of_one_line(pipeline: Pipeline) -> Iterator[tuple[Path, TfxLine]]:
    """Yields the path of each key of a component that only one line of TFX has, and that line."""
    for node in pipeline.nodes.values():
        model = node.model
        if model is None:
            continue
        shapes = model_shapes(model)
        for key, value in node.values.items():
            if key in shapes and value is not None:
                yield from _below(value, shapes[key], (*node.path, key))


def _below(value: Any, shape: Shape, path: Path) -> Iterator[tuple[Path, TfxLine]]:
    if shape.only_line is not None:
        yield path, shape.only_line
    elif isinstance(value, list) and shape.item is not None:
        for index, item in enumerate(value):
            yield from _below(item, shape.item, (*path, index))
    elif isinstance(value, dict):
        fields = shape.fields()
        for key, inner in value.items():
            found = fields.get(key) or (shape.item if not fields else None)
            if found is not None and inner is not None:
                yield from _below(inner, found, (*path, key))
