"""Channels that name nothing: T202, T203, T206 and T208."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.checks.artifact_types import candidates_help, wanted_type
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.language.selections import CHANNEL
from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Channel, Node
from tfxc.schemas.artifacts import is_assignable
from tfxc.schemas.components.markers import SwitchesOutputs
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.spec import INCLUDER
from tfxc.schemas.words.suggest import closest, did_you_mean, enumeration, only_closest
from tfxc.schemas.words.wording import a_or_an, named, what_it_is


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
            wanted_type(channel, pipeline),
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
            help_lines = candidates_help(pipeline, wanted) if wanted else ()
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


def _no_channel(channel: Channel, pipeline: Pipeline) -> Finding:
    text = channel.text
    help_lines: tuple[str, ...] = ("a channel is a component and its output, such as `example_gen.examples`",)
    fix: str | None = None
    producer = pipeline.nodes.get(text)
    if producer is not None and producer.interface is not None:
        wanted = wanted_type(channel, pipeline)
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
