"""Channels between components: T202 to T210."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tfxc.compiler.language.references import is_templated
from tfxc.compiler.language.selections import selected_component
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.interfaces import Interface
from tfxc.compiler.pipeline.model import CHANNEL, Channel, Node, Pipeline
from tfxc.compiler.pipeline.wiring import meant_members
from tfxc.compiler.python.types import accepts_type
from tfxc.schemas.artifacts import ANY_ARTIFACT, artifact_type_names, is_assignable
from tfxc.schemas.components.markers import ArtifactTypeName, SwitchesOutputs
from tfxc.schemas.components.pipeline import INPUTS, SPEC
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.spec import INCLUDER
from tfxc.schemas.words.suggest import closest, did_you_mean, enumeration, only_closest
from tfxc.schemas.words.wording import a_or_an, named, what_it_is

_CLASS_PATH = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)


def unknown_channels(pipeline: Pipeline) -> Iterator[Finding]:
    """T202, T203, T206 and T208: channels that name no output of a component of this pipeline."""
    for channel in pipeline.channels:
        if channel.node is None or channel.output is None:
            if not is_templated(channel.text):
                yield _no_channel(channel, pipeline)
            continue
        output_start = len(channel.text) - len(channel.output)
        yield from output_findings(
            pipeline,
            channel.node,
            channel.output,
            channel.path,
            (0, len(channel.node)),
            (output_start, output_start + len(channel.output)),
            _wanted(channel, pipeline),
        )


def output_findings(
    pipeline: Pipeline,
    node: str,
    output: str,
    path: Path,
    node_part: tuple[int, int],
    output_part: tuple[int, int],
    wanted: str | None = None,
) -> Iterator[Finding]:
    """Yields T202, T203 or T208 if there is no such output; the parts are its two names' characters."""
    if node == INCLUDER and node not in pipeline.node_ids:
        yield from _undeclared_input(pipeline, output, path, output_part)
        return
    if node not in pipeline.node_ids:
        near = closest(node, pipeline.node_ids_in_order)
        if near is not None:
            help_lines: tuple[str, ...] = (f"did you mean `{near}`?",)
        else:
            help_lines = _candidates_help(pipeline, wanted) if wanted else ()
        message = f"there is no component `{node}`"
        yield Finding(
            "T202",
            message,
            path,
            part=node_part,
            help=help_lines,
            fix=only_closest(node, pipeline.node_ids_in_order),
        )
        return
    producer = pipeline.nodes.get(node)
    if producer is None or producer.interface is None or output in producer.interface.outputs:
        return
    interface = producer.interface
    what = a_or_an(interface.type_name) if interface.model is not None else "the component"
    declared = (Related(producer.path, f"{what} is declared here"),)
    if output in interface.absent:
        yield Finding(
            "T208",
            f"`{node}` has no output `{output}` with the arguments that it is given",
            path,
            part=output_part,
            related=_switches(producer) or declared,
            help=("`tfxc components` says which argument each output depends on",),
        )
        return
    near_output = did_you_mean(output, list(interface.outputs))
    listed = (f"its outputs are {enumeration(list(interface.outputs))}",)
    yield Finding(
        "T203",
        f"`{node}` has no output `{output}`",
        path,
        part=output_part,
        related=declared,
        help=near_output or (listed if interface.outputs else ("it has no outputs",)),
        fix=only_closest(output, list(interface.outputs)),
    )


def mismatched_types(pipeline: Pipeline) -> Iterator[Finding]:
    """T204: artifacts of one type where another is taken."""
    for channel in pipeline.channels:
        if channel.node is None or channel.output is None:
            continue
        wanted, given = _wanted(channel, pipeline), pipeline.known_type(channel.node, channel.output)
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
            help=_candidates_help(pipeline, wanted, channel.consumer),
        )


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
                    help=_candidates_help(pipeline, field.artifact_type, node.id),
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


def _candidates_help(pipeline: Pipeline, artifact_type: str, consumer: str | None = None) -> tuple[str, ...]:
    found = candidates(pipeline, artifact_type, consumer)
    if found:
        return (f"outputs of type {artifact_type}: {', '.join(found[:12])}",)
    return (f"no component of this pipeline gives {plural_or_a(artifact_type)}",)


def _no_channel(channel: Channel, pipeline: Pipeline) -> Finding:
    text = channel.text
    help_lines: tuple[str, ...] = ("a channel is a component and its output, such as `example_gen.examples`",)
    fix: str | None = None
    producer = pipeline.nodes.get(text)
    if producer is not None and producer.interface is not None:
        wanted = _wanted(channel, pipeline)
        fitting = [
            f"`{text}.{output}`"
            for output, type_ in producer.interface.outputs.items()
            if wanted is None or (type_ is not None and is_assignable(type_, wanted))
        ]
        if fitting:
            help_lines = (f"name its output: {' or '.join(fitting[:6])}",)
            fix = fitting[0].strip("`") if len(fitting) == 1 else None
    else:
        parts = text.replace("outputs[", ".").replace(".outputs.", ".").replace("]", "").replace("'", "")
        fixed = parts.replace('"', "").replace("..", ".")
        if fixed != text and CHANNEL.fullmatch(fixed):
            help_lines, fix = (f"write `{fixed}`",), fixed
    shown = what_it_is(text)
    message = f"{named(channel.path)} must be a channel, but it is {shown}"
    return Finding("T206", message, channel.path, help=help_lines, fix=fix)


def _wanted(channel: Channel, pipeline: Pipeline) -> str | None:
    """The artifact type that a channel's input takes; None for any."""
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


def _undeclared_input(pipeline: Pipeline, name: str, path: Path, part: tuple[int, int]) -> Iterator[Finding]:
    """T203 for a channel of the pipeline around this one that the document does not declare."""
    if name in pipeline.inputs or not isinstance(pipeline.document.get("inputs", {}), dict):
        return
    if name in (pipeline.document.get("inputs") or {}):
        return  # what is wrong with its declaration is told there
    names = list(pipeline.inputs)
    example = f"declare it: `inputs: {{{name}: {{artifact_type: …}}}}`"
    yield Finding(
        "T203",
        f"this spec declares no input `{name}`",
        path,
        part=part,
        help=did_you_mean(name, names) or (example,),
        fix=closest(name, names),
    )


def _switches(producer: Node) -> tuple[Related, ...]:
    """The arguments of a component that switch outputs off."""
    model = producer.interface.model if producer.interface is not None else None
    switches = marked_keys(model, SwitchesOutputs) if model is not None else {}
    return tuple(
        Related((*producer.path, key), "this takes outputs away")
        for key, switch in switches.items()
        if producer.values.get(key) is switch.off
    )


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


def _channel_values(node: Node) -> list[object]:
    interface: Interface | None = node.interface
    return [node.values.get(name) for name in interface.inputs] if interface is not None else []


def plural_or_a(artifact_type: str) -> str:
    """An artifact type as what one takes: ``Examples``, ``a Schema``."""
    return (
        artifact_type
        if artifact_type.endswith("s") and artifact_type != "Statistics"
        else a_or_an(artifact_type)
    )
