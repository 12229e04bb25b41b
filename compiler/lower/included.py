"""The nodes of included specs, put among those of the pipeline around them.

An included spec is lowered by itself, with its own names; then its nodes are called after the component that
includes it, its parameters get their values, and what it reads from the pipeline around it is that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.lower.conditions import lower_condition
from tfxc.compiler.lower.execution import environment_inside
from tfxc.compiler.lower.rewriting import Output, Rewriting, read_nodes
from tfxc.compiler.lower.sections import lower_default
from tfxc.compiler.lower.values import ValueLowering
from tfxc.compiler.pipeline.expand import Group, Instance, Source
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas import plan_values
from tfxc.schemas.components.pipeline import PARAMETERS, SPEC
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.plan import PlanExecution, PlanNode
from tfxc.schemas.plan_conditions import Condition, Logical
from tfxc.schemas.spec import INCLUDER


@dataclass(frozen=True)
class Lowered:
    """The nodes of a document, in its order: ``upstream`` are only those that they wait for without reading.

    ``outputs`` are what it gives, ``defaults`` what is read where nothing is given to it.
    """

    nodes: tuple[PlanNode, ...]
    groups: tuple[Group, ...] = ()
    outputs: Mapping[str, tuple[Output, ...]] = field(default_factory=dict)
    defaults: Mapping[str, tuple[Output, ...]] = field(default_factory=dict)


def outputs_of(sources: Mapping[str, Sequence[Source]]) -> dict[str, tuple[Output, ...]]:
    """Returns sources by name as nodes and outputs."""
    return {name: tuple((each.node, each.output) for each in found) for name, found in sources.items()}


def by_itself(lowered: Lowered) -> Lowered:
    """Returns the nodes of a document that no other includes: its inputs are their defaults."""
    return _with_inputs(lowered, lowered.defaults)


def inside(
    lowered: Lowered, instance: Instance, pipeline: Pipeline, values: ValueLowering, on_exit: object
) -> Lowered:
    """Returns the nodes of an included spec as they are in the pipeline that includes it.

    ``instance`` is the node of ``pipeline`` that stands for them; ``on_exit`` is the one that does not run.
    """
    node = instance.node
    given: dict[str, tuple[Output, ...]] = {}
    for name in node.interface.inputs if node.interface is not None else ():
        channel = node.input(name)
        if channel is not None:
            texts = channel if isinstance(channel, list) else [channel]
            found = [(each.node, each.output) for text in texts for each in instance.sources[text]]
            given[name] = tuple(found)
    kept = _without_defaults(_without(lowered, on_exit), given)
    own = {each.id for each in kept.nodes}
    defaults = {
        name: tuple((f"{instance.id}.{each}", output) for each, output in found)
        for name, found in lowered.defaults.items()
    }
    rewriting = Rewriting(
        lambda output: _in_group(output, instance.id, own, {**defaults, **given}),
        bound_parameters(instance, pipeline, values),
    )
    condition = pipeline.conditions.get(node.id)
    when = (
        lower_condition(condition, pipeline, instance)
        if condition is not None and not isinstance(condition, ConditionError)
        else None
    )
    execution = environment_inside(node, pipeline, values)
    nodes = [_inside(each, instance, rewriting, own, when, execution) for each in kept.nodes]
    groups = (
        Group(
            f"{instance.id}.{each.id}",
            f"{instance.label}.{each.label}",
            each.description,
            f"{instance.id}.{each.parent}" if each.parent is not None else instance.id,
        )
        for each in kept.groups
    )
    outputs = {
        name: tuple(each for output in found for each in rewriting.outputs(output))
        for name, found in lowered.outputs.items()
    }
    return Lowered(tuple(nodes), tuple(groups), outputs)


def with_outputs_of_groups(
    nodes: Sequence[PlanNode], groups: Mapping[str, Lowered]
) -> tuple[tuple[PlanNode, ...], Rewriting]:
    """Returns nodes that read from the nodes of groups, where they read from what a group gives, and how."""

    def outputs(output: Output) -> tuple[Output, ...]:
        group = groups.get(output[0])
        if group is None:
            return (output,)
        return tuple(each for inner in group.outputs.get(output[1], ()) for each in outputs(inner))

    rewriting = Rewriting(outputs, {})
    return tuple(
        rewriting.node(each, upstream=_awaited(each.upstream, groups))
        if groups.keys() & {*each.upstream, *read_nodes(each)}
        else each
        for each in nodes
    ), rewriting


def bound_parameters(instance: Instance, pipeline: Pipeline, values: ValueLowering) -> dict[str, Any]:
    """Returns the value of each parameter of an included spec, as the Plan has it."""
    included = pipeline.included[instance.node.id]
    inner = values.of(included.loaded)
    given = instance.node.values.get(PARAMETERS) or {}
    bound = {}
    for name, parameter in included.parameters.items():
        value = given.get(name)
        path: Path = (*instance.origin, PARAMETERS, name)
        if value is None:
            bound[name] = lower_default(name, parameter, inner)
        elif parameter.type == "path" and isinstance(value, str):
            # as the default: a text that is a path where a path is taken
            bound[name] = plan_values.form_of(values.file_path(value, path))[1]
        else:
            lowered = values.text(value) if parameter.type == "str" else values.value(value, path)
            bound[name] = float(lowered) if parameter.type == "float" and type(lowered) is int else lowered
    return bound


def _inside(
    node: PlanNode,
    instance: Instance,
    rewriting: Rewriting,
    own: set[str],
    when: Condition | None,
    outer: PlanExecution,
) -> PlanNode:
    changed = rewriting.node(
        node,
        id=f"{instance.id}.{node.id}",
        label=f"{instance.label}.{node.label}",
        origin=[*instance.origin, SPEC, *node.origin],
        group=f"{instance.id}.{node.group}" if node.group is not None else instance.id,
        upstream=[f"{instance.id}.{each}" for each in node.upstream],
    )
    terms = [each for each in (when, changed.when) if each is not None]
    members = {f"{instance.id}.{each}" for each in own}
    is_first = not members & {*changed.upstream, *read_nodes(changed)}
    execution = changed.execution
    return changed.model_copy(
        update={
            "when": Logical(operator="and", terms=tuple(terms))
            if len(terms) > 1
            else next(iter(terms), None),
            "upstream": (*changed.upstream, *(sorted(instance.awaited) if is_first else ())),
            "execution": execution.model_copy(
                update={
                    "env": {**outer.env, **execution.env},
                    "beam_pipeline_args": outer.beam_pipeline_args
                    if execution.beam_pipeline_args is None
                    else execution.beam_pipeline_args,
                }
            ),
        }
    )


def _in_group(
    output: Output, group: str, own: set[str], given: Mapping[str, tuple[Output, ...]]
) -> tuple[Output, ...]:
    node, name = output
    if node == INCLUDER and node not in own:
        return given.get(name, ())
    return ((f"{group}.{node}", name),)


def _awaited(upstream: Sequence[str], groups: Mapping[str, Lowered]) -> list[str]:
    found: dict[str, None] = {}
    for name in upstream:
        group = groups.get(name)
        found.update(dict.fromkeys([name] if group is None else [node.id for node in group.nodes]))
    return list(found)


def _without(lowered: Lowered, on_exit: object) -> Lowered:
    nodes = tuple(each for each in lowered.nodes if each.id != on_exit)
    return Lowered(nodes, lowered.groups, lowered.outputs, lowered.defaults)


def _without_defaults(lowered: Lowered, given: Mapping[str, object]) -> Lowered:
    """Returns the nodes without those that only made the defaults of inputs which are given."""
    upstream = {each.id: {*each.upstream, *read_nodes(each)} for each in lowered.nodes}
    needed = {node for found in lowered.outputs.values() for node, _ in found}
    open_nodes = [node for name in given for node, _ in lowered.defaults.get(name, ())]
    needed |= {node for name, found in lowered.defaults.items() if name not in given for node, _ in found}
    gone: set[str] = set()
    while open_nodes:
        name = open_nodes.pop()
        is_read = any(name in found for reader, found in upstream.items() if reader not in gone)
        if name not in upstream or name in gone or name in needed or is_read:
            continue
        gone.add(name)
        open_nodes += upstream[name]
    nodes = tuple(each for each in lowered.nodes if each.id not in gone)
    return Lowered(nodes, lowered.groups, lowered.outputs, lowered.defaults)


def _with_inputs(lowered: Lowered, given: Mapping[str, tuple[Output, ...]]) -> Lowered:
    own = {each.id for each in lowered.nodes}

    def outputs(output: Output) -> tuple[Output, ...]:
        return given.get(output[1], ()) if output[0] == INCLUDER and INCLUDER not in own else (output,)

    if INCLUDER in own or not given:
        return lowered
    nodes = tuple(
        Rewriting(outputs, {}).node(each) if INCLUDER in read_nodes(each) else each for each in lowered.nodes
    )
    return Lowered(nodes, lowered.groups, lowered.outputs)
