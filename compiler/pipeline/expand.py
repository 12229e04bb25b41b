"""Expansion: the document's components → the nodes that run.

A component without a matrix is one node; one with a matrix is a node for each combination, in a group. It is
unfolded here, between the checks, which speak of a component once, and the lowering, which then makes
each instance a node of the Plan: no backend sees a matrix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tfxc.compiler.language.condition_terms import artifact_terms
from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.language.selections import CHANNEL, awaited_component, selected_component
from tfxc.compiler.pipeline.matrix import AxisValue
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node, depends_on
from tfxc.compiler.pipeline.wiring import Member, awaited_members, meant_members, members
from tfxc.schemas.diagnostics import Path


@dataclass(frozen=True)
class Source:
    """One output of one node."""

    node: str
    output: str
    artifact_type: str


@dataclass(frozen=True)
class Instance:
    """One node that will run: the component that it is of, and what it is called.

    ``id`` is safe as a file name, ``label`` is for people, ``origin`` is where the component stands in the
    document. ``sources`` are the outputs that each of its channels, as written, means; ``producers`` those
    nodes that the components in its condition, values and queries mean, as written. ``axes`` are its values
    of its matrix.
    ``upstream`` are the ids of the instances that must be over before this one starts, and ``awaited`` those
    of them that it says so of, whatever it reads.
    """

    id: str
    label: str
    origin: Path
    node: Node
    upstream: frozenset[str]
    awaited: frozenset[str] = frozenset()
    group: str | None = None
    sources: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)
    producers: Mapping[str, str] = field(default_factory=dict)
    axes: Mapping[str, AxisValue] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """The instances of one component with a matrix, or the nodes of an included spec: shown together."""

    id: str
    label: str
    description: str
    parent: str | None = None


@dataclass(frozen=True)
class Expansion:
    """The instances of a pipeline's components, in the document's order, and their groups."""

    pipeline: Pipeline
    instances: tuple[Instance, ...]
    groups: tuple[Group, ...] = ()

    @cached_property
    def on_exit(self) -> str | None:
        """The id of the instance that runs after all the others whatever became of them."""
        wanted = self.pipeline.document.get("on_exit")
        return wanted if isinstance(wanted, str) else None


def expand(pipeline: Pipeline) -> Expansion:
    """Returns the instances of a pipeline in which the checks found no error."""
    instances = tuple(
        _instance(pipeline, node, member)
        for node in pipeline.nodes.values()
        for member in members(pipeline, node.id)
    )
    return Expansion(pipeline, instances, tuple(_groups(pipeline, instances)))


def given_outputs(pipeline: Pipeline) -> dict[str, tuple[Source, ...]]:
    """Returns the outputs of the instances that each output of the document itself is."""
    return {name: _meant(pipeline, channel, None) for name, channel in pipeline.outputs.items()}


def default_inputs(pipeline: Pipeline) -> dict[str, tuple[Source, ...]]:
    """Returns the outputs of the instances that are read where nothing is given as an input."""
    return {
        name: _meant(pipeline, each.default, None)
        for name, each in pipeline.inputs.items()
        if each.default is not None
    }


def _groups(pipeline: Pipeline, instances: Iterable[Instance]) -> Iterator[Group]:
    """Yields a group for each component with a matrix, and one for each spec that is included."""
    for node in pipeline.nodes.values():
        if node.matrix is not None:
            yield Group(node.id, node.id, node.values.get("description") or "")
    for instance in instances:
        if instance.node.includes:
            description = instance.node.values.get("description") or ""
            yield Group(instance.id, instance.label, description, instance.group)


def _instance(pipeline: Pipeline, node: Node, member: Member) -> Instance:
    own = node if member.combination is None else pipeline.with_combination(node, member.combination)
    sources = dict(_sources(pipeline, own, member))
    producers = {**_read_in_condition(pipeline, own, member), **_read_as_values(pipeline, node, member)}
    upstream = {source.node for meant in sources.values() for source in meant} | set(producers.values())
    awaited: set[str] = set()
    for text in depends_on(node):
        component, selection = awaited_component(text)
        awaited |= {each.id for each in awaited_members(pipeline, component, selection, member.combination)}
    return Instance(
        member.id,
        member.label,
        node.path,
        own,
        frozenset(upstream | awaited),
        frozenset(awaited),
        None if member.combination is None else node.id,
        sources,
        {**_asked_for(pipeline, own, member), **producers},
        {} if member.combination is None else member.combination.values,
    )


def _sources(pipeline: Pipeline, node: Node, member: Member) -> Iterator[tuple[str, tuple[Source, ...]]]:
    """Yields the outputs that each channel of a node means, by the channel as it is written."""
    for name in node.interface.inputs if node.interface is not None else ():
        value = node.input(name)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and CHANNEL.fullmatch(text) is not None:
                yield text, _meant(pipeline, text, member)


def _meant(pipeline: Pipeline, channel: str, member: Member | None) -> tuple[Source, ...]:
    """Returns the outputs that a channel means to a node, or to what has no combination."""
    match = CHANNEL.fullmatch(channel)
    output = match.group(2) if match is not None else ""
    component, selection = selected_component(channel)
    artifact_type = pipeline.artifact_type(component, output) or ""
    combination = member.combination if member is not None else None
    meant = meant_members(pipeline, component, selection, combination)
    return tuple(Source(each.id, output, artifact_type) for each in meant)


def _read_in_condition(pipeline: Pipeline, node: Node, member: Member) -> dict[str, str]:
    """Returns the nodes that the components of a condition mean, by the components as they are written."""
    condition = pipeline.conditions.get(node.id)
    if condition is None or isinstance(condition, ConditionError):
        return {}
    return _own_nodes(pipeline, (term.named for term in artifact_terms(condition)), member)


def _read_as_values(pipeline: Pipeline, node: Node, member: Member) -> dict[str, str]:
    """Returns the nodes that the components of ``{{ component.output.value }}`` mean, as they are written."""
    written = (reference.named for text, reference in pipeline.artifact_values if text.path[1] == node.id)
    return _own_nodes(pipeline, written, member)


def _asked_for(pipeline: Pipeline, node: Node, member: Member) -> dict[str, str]:
    """Returns the nodes that the components of a Resolver's queries mean, as they are written."""
    queries = (node.values.get(name) for name in node.interface.inputs) if node.interface is not None else ()
    producers = (query.get("producer") for query in queries if isinstance(query, dict))
    texts = (text for text in producers if isinstance(text, str))
    own = (text for text in texts if awaited_component(text)[0] in pipeline.node_ids)
    return _own_nodes(pipeline, own, member)


def _own_nodes(pipeline: Pipeline, written: Iterable[str], member: Member) -> dict[str, str]:
    """Returns the one node that each component means, which may be written with a selection."""
    return {
        text: each.id
        for text in written
        for each in meant_members(pipeline, *awaited_component(text), member.combination)
    }
