"""Artifact types of channels: T204 and T207, and what could be given where a type is wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfxc.compiler.language.references import is_templated
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Channel, Node
from tfxc.compiler.python.types import accepts_type
from tfxc.schemas.artifacts import ANY_ARTIFACT, artifact_type_names, is_assignable
from tfxc.schemas.components.markers import ArtifactTypeName
from tfxc.schemas.components.pipeline import INPUTS, SPEC
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.spec import INCLUDER
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest
from tfxc.schemas.words.wording import a_or_an

_CLASS_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)


def mismatched_types(pipeline: Pipeline) -> Iterator[Finding]:
    """T204: artifacts of one type where another is taken."""
    for channel in pipeline.channels:
        if channel.node is None or channel.output is None:
            continue
        wanted, given = wanted_type(channel, pipeline), pipeline.known_type(channel.node, channel.output)
        producer = pipeline.nodes.get(channel.node)
        if wanted is None or given is None:
            continue
        if is_assignable(given, wanted):
            if producer is not None:
                yield from _json_mismatch(channel, producer, pipeline)
            continue
        yield Finding(
            "T204",
            f"`{channel.consumer}.{channel.input}` takes {plural_or_a(wanted)}, "
            f"but `{channel.text}` is {plural_or_a(given)}",
            channel.path,
            related=(_declared(channel, producer), *_declared_input(channel, pipeline)),
            help=candidates_help(pipeline, wanted, channel.consumer),
        )


def unknown_artifact_types(pipeline: Pipeline) -> Iterator[Finding]:
    """T207: a name that is no artifact type, in an Importer, a Resolver, a container or an input.

    ``package.module:Class`` names one of the user's, which is looked for where the nodes run.
    """
    names = artifact_type_names()
    own = [((INPUTS, name, "artifact_type"), each.artifact_type) for name, each in pipeline.inputs.items()]
    of_nodes = [_artifact_types(node) for node in pipeline.nodes.values()]
    for found in (own, *of_nodes):
        for path, value in found:
            if not isinstance(value, str) or not value or is_templated(value) or _CLASS_PATH.fullmatch(value):
                continue
            if value not in names:
                spelled = value.rpartition(".")[2]
                near = (f"write `{spelled}`",) if spelled in names else did_you_mean(value, names)
                yield Finding(
                    "T207",
                    f"there is no artifact type `{value}`",
                    path,
                    help=near or (f"there are: {enumeration(names, 40)}",),
                    fix=spelled if spelled in names else only_closest(value, names),
                )


def candidates(pipeline: Pipeline, artifact_type: str, consumer: str | None = None) -> list[str]:
    """Returns the channels of a type in document order, those of the consumer itself left out."""
    own = [
        f"{INCLUDER}.{name}"
        for name, each in pipeline.inputs.items()
        if is_assignable(each.artifact_type, artifact_type)
    ]
    return own + [
        f"{node.id}.{output}"
        for node in pipeline.nodes.values()
        if node.id != consumer and node.interface is not None
        for output, type_ in node.interface.outputs.items()
        if type_ is not None and is_assignable(type_, artifact_type)
    ]


def candidates_help(pipeline: Pipeline, artifact_type: str, consumer: str | None = None) -> tuple[str, ...]:
    """Returns the sentence of a help that names them, or says that there are none."""
    found = candidates(pipeline, artifact_type, consumer)
    if found:
        return (f"outputs of type {artifact_type}: {', '.join(found[:12])}",)
    return (f"no component of this pipeline gives {plural_or_a(artifact_type)}",)


def wanted_type(channel: Channel, pipeline: Pipeline) -> str | None:
    """Returns the artifact type that a channel's input takes; None for any."""
    interface = pipeline.nodes[channel.consumer].interface
    field = interface.inputs.get(channel.input) if interface is not None else None
    return None if field is None or field.artifact_type == ANY_ARTIFACT else field.artifact_type


def _declared(channel: Channel, producer: Node | None) -> Related:
    if producer is None:
        return Related((INPUTS, channel.output or ""), "the input is declared here")
    if producer.includes:
        path: Path = (*producer.path, SPEC, "outputs", channel.output or "")
        return Related(path, f"its output `{channel.output}` is declared here", at_key=False)
    return Related(producer.path, f"its output `{channel.output}` is declared here")


def _declared_input(channel: Channel, pipeline: Pipeline) -> tuple[Related, ...]:
    """Where an included spec declares the input that a channel is given as."""
    node = pipeline.nodes[channel.consumer]
    if not node.includes:
        return ()
    return (Related((*node.path, SPEC, INPUTS, channel.input), f"`{channel.input}` is declared here"),)


def _json_mismatch(channel: Channel, producer: Node, pipeline: Pipeline) -> Iterator[Finding]:
    """T204 for JSON values: TFX compares the types that both functions declare."""
    consumer = pipeline.nodes[channel.consumer].interface
    wanted = consumer.python.json_inputs.get(channel.input) if consumer and consumer.python else None
    if wanted is None or channel.output is None:
        return
    source = producer.interface.python if producer.interface is not None else None
    given = source.json_outputs.get(channel.output) if source is not None else None
    if given is None:
        if producer.interface is not None and producer.interface.kind == "resolver":
            return
        message = (
            f"`{channel.consumer}.{channel.input}` takes {wanted}, but `{channel.text}` declares no type"
        )
    elif accepts_type(wanted, given):
        return
    else:
        message = f"`{channel.consumer}.{channel.input}` takes {wanted}, but `{channel.text}` is {given}"
    related = (Related(producer.path, f"its output `{channel.output}` is declared here"),)
    yield Finding("T204", message, channel.path, related=related)


def _artifact_types(node: Node) -> Iterator[tuple[Path, object]]:
    interface = node.interface
    if interface is None or interface.model is None:
        return
    for key in marked_keys(interface.model, ArtifactTypeName):
        given = node.values.get(key)
        if not isinstance(given, dict):
            yield (*node.path, key), given
            continue
        for name, artifact_type in given.items():
            yield (*node.path, key, name), artifact_type
    for name in interface.inputs:
        value = node.values.get(name)
        if isinstance(value, dict):
            yield (*node.path, name, "artifact_type"), value.get("artifact_type")


def plural_or_a(artifact_type: str) -> str:
    """An artifact type as what one takes: ``Examples``, ``a Schema``."""
    return (
        artifact_type
        if artifact_type.endswith("s") and artifact_type != "Statistics"
        else a_or_an(artifact_type)
    )
