"""The shape of the components: S1xx and P304. TFX's own by their models, the user's by their signatures."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.checks.blame import blamed
from tfxc.compiler.checks.python_arguments import python_arguments
from tfxc.compiler.checks.shape.samples import substitute
from tfxc.compiler.checks.shape.validation import model_errors
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.components import find_component_model
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.components.markers import TextAtRunTime
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.wording import both, joined


def component_shapes(pipeline: Pipeline) -> Iterator[Finding]:
    """S1xx, P304, and T206 for what is no channel at all."""
    yield from over_variants(pipeline, lambda node: _shape(node, pipeline))


def _shape(node: Node, pipeline: Pipeline) -> Iterator[Finding]:
    interface = node.interface
    model = find_component_model(str(node.values.get("type")))
    if interface is None and model is not None and model.kind == "pipeline":
        yield from _standard_shape(node, model, pipeline)
    elif interface is None:
        yield from _common_shape(node, pipeline)
    elif interface.model is not None:
        yield from _standard_shape(node, interface.model, pipeline)
    elif interface.python is not None:
        yield from _common_shape(node, pipeline)
        yield from python_arguments(node, interface.python, pipeline)


def argument_groups(pipeline: Pipeline) -> Iterator[Finding]:
    """S109 and S110: arguments that exclude each other, and groups of which one is needed."""
    for node in pipeline.nodes.values():
        model = node.model
        if model is None:
            continue
        for group in (*model.exactly_one, *model.at_most_one):
            given = [key for key in group if node.values.get(key) is not None]
            if len(given) > 1:
                second = given[1]
                yield Finding(
                    "S109",
                    f"`{node.id}` can have {joined([f'`{key}`' for key in group])}, not {both(given)}",
                    (*node.path, second),
                    at_key=True,
                    related=(Related((*node.path, given[0]), "and this one"),),
                    help=("keep one of them",),
                )
        for group in (*model.exactly_one, *model.at_least_one):
            if all(node.values.get(key) is None for key in group):
                yield Finding(
                    "S110",
                    f"`{node.id}` needs {joined([f'`{key}`' for key in group])}",
                    node.path,
                    at_key=True,
                )


def _text_below(node: Node) -> frozenset[Path]:
    execution: Path = (*node.path, "execution")
    model = node.model
    marked = marked_keys(model, TextAtRunTime) if model is not None else {}
    return frozenset(
        {(*execution, "env"), (*execution, "beam_pipeline_args"), (*node.path, "when")}
        | {(*node.path, key) for key in marked}
    )


def _common_shape(node: Node, pipeline: Pipeline) -> Iterator[Finding]:
    """The keys that every component has, by the base model."""
    values = {key: value for key, value in node.values.items() if key in COMMON_KEYS}
    substituted = substitute(values, node.path, pipeline, _text_below(node))
    for error in model_errors(Component, substituted.value, node.path):
        yield from blamed(error, substituted, pipeline)


def _standard_shape(node: Node, model: type[Component], pipeline: Pipeline) -> Iterator[Finding]:
    if node.values.get("interface") is not None:
        message = f"`{node.id}` has no argument `interface`: what a {node.values['type']} takes is known"
        yield Finding("S101", message, (*node.path, "interface"), at_key=True)
    substituted = substitute(dict(node.values), node.path, pipeline, _text_below(node))
    inputs = node.interface.inputs if node.interface is not None else {}
    for error in model_errors(model, substituted.value, node.path):
        if error.kind == "missing" and error.path == node.path and error.context.get("missing") in inputs:
            continue  # T205 lists what could be given
        yield from blamed(error, substituted, pipeline)
