"""Inputs that nothing is given to, or too much: T205, T209 and T210."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.checks.artifact_types import candidates_help, plural_or_a
from tfxc.compiler.language.selections import CHANNEL, selected_component
from tfxc.compiler.pipeline.interfaces import Interface
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.pipeline.wiring import meant_members
from tfxc.schemas.components.pipeline import INPUTS, SPEC
from tfxc.schemas.diagnostics import Finding, Related


def missing_channels(pipeline: Pipeline) -> Iterator[Finding]:
    """T205: a required input that is not given; lists the outputs that could be."""
    for node in pipeline.nodes.values():
        if node.interface is None:
            continue
        for name, field in node.interface.inputs.items():
            if field.required and node.input(name) is None:
                declared = (INPUTS, name)
                yield Finding(
                    "T205",
                    f"`{node.id}` lacks `{name}`, which takes {plural_or_a(field.artifact_type)}",
                    node.path,
                    at_key=True,
                    related=(Related((*node.path, SPEC, *declared), "it is declared here"),)
                    if node.includes
                    else (),
                    help=candidates_help(pipeline, field.artifact_type, node.id),
                )


def lists_for_single_inputs(pipeline: Pipeline) -> Iterator[Finding]:
    """T209: several artifacts for an input that takes one: from a list of channels, or from a Resolver."""
    for node in pipeline.nodes.values():
        interface = node.interface
        if interface is None or interface.kind == "resolver":
            continue
        for name, field in interface.inputs.items():
            value = node.input(name)
            if field.many:
                continue
            number = _number_of_channels(node, value, pipeline)
            if number > 1:
                yield Finding(
                    "T209",
                    f"`{node.id}.{name}` takes one artifact, not {number} channels",
                    node.input_path(name),
                    at_key=True,
                    help=_for_several(node, name),
                )
            elif isinstance(value, str):
                yield from _several_in_one(node, name, value, pipeline)


def _several_in_one(node: Node, name: str, channel: str, pipeline: Pipeline) -> Iterator[Finding]:
    """T209 for one channel of a component that is asked for more artifacts than one."""
    match = CHANNEL.fullmatch(channel)
    producer = pipeline.nodes.get(match.group(1)) if match is not None else None
    model = producer.interface.model if producer is not None and producer.interface is not None else None
    most = model.most_artifacts(producer.values) if model is not None and producer is not None else 1
    if producer is not None and most > 1:
        yield Finding(
            "T209",
            f"`{node.id}.{name}` takes one artifact, but `{channel}` is up to {most}",
            node.input_path(name),
            related=(Related((*producer.path, "config"), "this asks for so many", False),),
            help=_for_several(node, name),
        )


def _for_several(node: Node, name: str) -> tuple[str, ...]:
    """What to do with several artifacts where one is taken."""
    if node.interface is not None and node.interface.python is not None:
        return (f"for several, annotate `{name}` with `InputArtifact[List[…]]`",)
    return ("make a component for each of them",)


def _number_of_channels(node: Node, value: object, pipeline: Pipeline) -> int:
    """How many outputs a channel, or a list of them, means to the nodes of a component."""
    number = 0
    combination = (
        node.matrix.combinations[0] if node.matrix is not None and node.matrix.combinations else None
    )
    for text in value if isinstance(value, list) else [value]:
        component, selection = selected_component(text) if isinstance(text, str) else ("", None)
        number += 1 if selection is None else len(meant_members(pipeline, component, selection, combination))
    return number


def resolver_channels(pipeline: Pipeline) -> Iterator[Finding]:
    """T210: a LatestBlessedModelStrategy whose channels are not one of models and one of blessings."""
    for node in pipeline.nodes.values():
        if node.interface is None or node.interface.kind != "resolver":
            continue
        if node.values.get("strategy_class") != "LatestBlessedModelStrategy":
            continue
        types = list(node.interface.outputs.values())
        if len(types) != 2 or None in types or sorted(map(str, types)) == ["Model", "ModelBlessing"]:
            continue
        if any(isinstance(value, dict) for value in _channel_values(node)) and not any(
            isinstance(value, str) for value in _channel_values(node)
        ):
            continue  # the model of the component says it
        yield Finding(
            "T210",
            f"`{node.id}` must choose among one channel of Models and one of ModelBlessings",
            node.path,
            at_key=True,
            help=(
                "write `model: {artifact_type: Model}` and `model_blessing: {artifact_type: ModelBlessing}`",
            ),
        )


def _channel_values(node: Node) -> list[object]:
    interface: Interface | None = node.interface
    return [node.values.get(name) for name in interface.inputs] if interface is not None else []
