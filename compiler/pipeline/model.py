"""A loaded document read as a pipeline: its nodes, channels, references and conditions.

Reading never fails and reports nothing: what has the wrong shape is left out, and the checks say
so. Everything here carries the path it was read from.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar, Union

from pydantic import BaseModel, ValidationError

from tfxc.compiler.language.condition_terms import ConditionTerm, artifact_terms
from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.language.conditions import parse_condition
from tfxc.compiler.language.reference_terms import Reference
from tfxc.compiler.language.references import parse_template
from tfxc.compiler.language.selections import awaited_component
from tfxc.compiler.pipeline.binding import bound_values
from tfxc.compiler.pipeline.included import including_interface
from tfxc.compiler.pipeline.interfaces import Interface, InterfaceReader
from tfxc.compiler.pipeline.matrices import Matrices
from tfxc.compiler.pipeline.matrix import Combination
from tfxc.compiler.pipeline.nodes import Channel, Node, channels_of, depends_on, with_forwarded_types
from tfxc.compiler.pipeline.texts import ReferencingText, referencing_texts
from tfxc.compiler.source.load import Loaded
from tfxc.schemas.artifacts import artifact_type_names
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.parameters import Parameter
from tfxc.schemas.spec import INCLUDER, SHARED_KEY_PREFIX, PipelineInput

Declaration = TypeVar("Declaration", bound=BaseModel)

COMMANDS = ("command", "args")
"""Keys of a container's command."""


def is_shared(key: str) -> bool:
    """Whether a key of a document only holds what YAML anchors share."""
    return key.startswith(SHARED_KEY_PREFIX)


class Pipeline:
    """A document read as a pipeline. Nothing in it changes; what is derived is computed once."""

    def __init__(self, loaded: Loaded) -> None:
        self.loaded = loaded
        self.document: Mapping[str, Any] = loaded.document
        self.reader = InterfaceReader(loaded)

    @cached_property
    def nodes(self) -> Mapping[str, Node]:
        """The components that are mappings, in the document's order."""
        nodes = {
            name: self._node(name, values)
            for name, values in self._mapping("components").items()
            if isinstance(values, dict)
        }
        return with_forwarded_types(nodes)

    @cached_property
    def included(self) -> Mapping[str, Pipeline]:
        """The specs that components of the type ``Pipeline`` include, by the ids of these."""
        return {name: pipeline_of(loaded) for name, loaded in self.loaded.included.items()}

    @cached_property
    def inputs(self) -> Mapping[str, PipelineInput]:
        """What the document reads from one that includes it, where the declarations are sound."""
        return _sound(self._mapping("inputs"), PipelineInput)

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """The channels that the document gives to one that includes it."""
        given = self._mapping("outputs")
        return {name: channel for name, channel in given.items() if isinstance(channel, str)}

    @cached_property
    def matrices(self) -> Matrices:
        """The matrices of the components."""
        return Matrices(self._mapping("components"))

    def is_called(self, name: object) -> bool:
        """Whether a name is this pipeline's own, here or in ML Metadata."""
        return name is not None and name in (self.document.get("name"), self.document.get("tfx_name"))

    def variants(self, node: Node) -> tuple[Node, ...]:
        """Returns a component with its first combination and with others, so that each value of each axis
        comes up once; of one without a matrix itself only."""
        if node.matrix is None or not node.matrix.combinations:
            return (node,)
        others = node.matrix.covering()[1:]
        return (node, *(self.with_combination(node, combination) for combination in others))

    def with_combination(self, node: Node, combination: Combination) -> Node:
        """Returns a component as it is with one combination of its matrix."""
        values, interface = self._bound(node.id, self.document["components"][node.id], combination)
        node = replace(node, label=combination.label(node.id))
        if isinstance(interface, Finding) or interface is None or node.interface is None:
            return replace(node, values=values)
        # what only the whole of the document tells of an output, its first combination has found out
        outputs = {
            key: type_ if type_ is not None else node.interface.outputs.get(key)
            for key, type_ in interface.outputs.items()
        }
        return replace(node, values=values, interface=replace(interface, outputs=outputs))

    @cached_property
    def node_ids(self) -> frozenset[str]:
        """The ids of all components, those of the wrong shape too: no other check should miss them."""
        return frozenset(self._mapping("components"))

    @cached_property
    def node_ids_in_order(self) -> tuple[str, ...]:
        """The ids of all components in the document's order, for suggestions."""
        return tuple(self._mapping("components"))

    @cached_property
    def parameters(self) -> Mapping[str, Parameter]:
        """The parameters whose declarations are sound."""
        return _sound(self._mapping("parameters"), Parameter)

    @cached_property
    def parameter_names(self) -> frozenset[str]:
        """The names of all parameters, soundly declared or not."""
        return frozenset(self._mapping("parameters"))

    @cached_property
    def referencing_texts(self) -> tuple[ReferencingText, ...]:
        """Every text with braces that the chosen environment leaves in force, in document order."""
        skipped = ("parameters", "environments", "backends")
        return tuple(
            text
            for key, value in self.document.items()
            if key not in skipped and not is_shared(key)
            for text in referencing_texts(value, (key,))
        )

    @cached_property
    def artifact_values(self) -> tuple[tuple[ReferencingText, Reference], ...]:
        """Every reference of a component to the value of an artifact, with the text that it stands in."""
        return tuple(
            (text, reference)
            for text in self.referencing_texts
            if text.path[0] == "components"
            and text.path[1:]
            and text.path[1] in self.nodes
            and not text.is_key
            and not self.is_in_command(text.path)
            for reference in text.template.references
            if reference.channel is not None
        )

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """Every use of an output as an input, in document order."""
        return tuple(channel for node in self.nodes.values() for channel in channels_of(node))

    @cached_property
    def conditions(self) -> Mapping[str, Union[ConditionTerm, ConditionError]]:
        """node → its condition, or what is wrong with it; those with mistaken references are left out."""
        conditions: dict[str, Union[ConditionTerm, ConditionError]] = {}
        for node in self.nodes.values():
            text = node.values.get("when")
            if not isinstance(text, str) or parse_template(text).bad_references:
                continue
            try:
                conditions[node.id] = parse_condition(text)
            except ConditionError as error:
                conditions[node.id] = error
        return conditions

    @cached_property
    def upstream(self) -> Mapping[str, Mapping[str, Path]]:
        """node → the existing nodes that must be over before it starts → the path that says so first."""
        upstream: dict[str, dict[str, Path]] = {name: {} for name in self.nodes}
        for channel in self.channels:
            if channel.node in self.node_ids and channel.node is not None:
                upstream[channel.consumer].setdefault(channel.node, channel.path)
        for text, reference in self.artifact_values:
            consumer, producer = str(text.path[1]), (reference.channel or ("", ""))[0]
            if producer in self.node_ids and consumer in upstream:
                upstream[consumer].setdefault(producer, text.path)
        for name, condition in self.conditions.items():
            if isinstance(condition, ConditionError):
                continue
            for term in artifact_terms(condition):
                if term.node in self.node_ids:
                    upstream[name].setdefault(term.node, ("components", name, "when"))
        for node in self.nodes.values():
            for index, text in enumerate(depends_on(node)):
                other = awaited_component(text)[0] if isinstance(text, str) else ""
                if other in self.node_ids:
                    upstream[node.id].setdefault(other, (*node.path, "depends_on", index))
        return upstream

    def is_in_command(self, path: Path) -> bool:
        """Whether a text belongs to the command of a container, which knows its own inputs and outputs."""
        if len(path) < 3 or path[0] != "components" or path[2] not in COMMANDS:
            return False
        node = self.nodes.get(str(path[1]))
        return node is not None and node.interface is not None and node.interface.kind == "container"

    def artifact_type(self, node: str, output: str) -> str | None:
        """Returns the artifact type of an output, or None if there is no telling."""
        if node == INCLUDER and node not in self.node_ids:
            return self.inputs[output].artifact_type if output in self.inputs else None
        producer = self.nodes.get(node)
        if producer is None or producer.interface is None:
            return None
        return producer.interface.outputs.get(output)

    def known_type(self, node: str, output: str) -> str | None:
        """Returns the artifact type of an output for the checks: None too for a name that an Importer
        or Resolver gives and that is none of TFX's types."""
        type_name = self.artifact_type(node, output)
        interface = self.nodes[node].interface if node in self.nodes else None
        if interface is not None and interface.model is not None and type_name not in artifact_type_names():
            return None
        return type_name

    def _mapping(self, key: str) -> Mapping[str, Any]:
        """Returns the document's mapping of that key; an empty one where it is none."""
        found = self.document.get(key)
        return found if isinstance(found, dict) else {}

    def _node(self, name: str, values: Mapping[str, Any]) -> Node:
        matrix = self.matrices.of(name)
        if matrix is not None and matrix.combinations:
            values, interface = self._bound(name, values, matrix.combinations[0])
        else:
            interface = self.reader.read(name, values)
        interface = self._with_included_spec(name, interface)
        if isinstance(interface, Finding):
            return Node(name, values, None, interface, matrix)
        return Node(name, values, interface, None, matrix)

    def _with_included_spec(
        self, name: str, interface: Union[Interface, Finding, None]
    ) -> Union[Interface, Finding, None]:
        """Returns the interface of a component that includes a spec with what that takes and gives; None
        where it cannot be read."""
        if not isinstance(interface, Interface) or interface.kind != "pipeline":
            return interface
        included = self.included.get(name)
        return including_interface(interface, included) if included is not None else None

    def _bound(
        self, name: str, written: Mapping[str, Any], combination: Combination
    ) -> tuple[Mapping[str, Any], Union[Interface, Finding, None]]:
        """Returns a component's values with those of a combination in them, but for its channels, and its
        interface with these values."""
        values = bound_values(written, ("components", name), combination)
        interface = self._with_included_spec(name, self.reader.read(name, values))
        if isinstance(interface, Interface):
            channels = (key for key in interface.inputs if not isinstance(written.get(key, {}), dict))
            values.update({key: written[key] for key in channels})
        return values, interface


def _sound(declared: Mapping[str, Any], model: type[Declaration]) -> Mapping[str, Declaration]:
    """Returns those of some declarations that a model takes."""
    sound = {}
    for name, declaration in declared.items():
        with contextlib.suppress(ValidationError):
            sound[name] = model.model_validate(declaration)
    return sound


def pipeline_of(loaded: Loaded) -> Pipeline:
    """Returns the pipeline of a document: always the same one, so that checks and lowering share it."""
    known = loaded.derived.get("pipeline")
    pipeline = known if isinstance(known, Pipeline) else Pipeline(loaded)
    loaded.derived["pipeline"] = pipeline
    return pipeline
