"""What a pipeline consists of: its nodes, and the channels between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tfxc.compiler.language.references import constant_text
from tfxc.compiler.language.selections import CHANNEL, Selection, selected_component
from tfxc.compiler.models.markers import Marker, marked_keys
from tfxc.compiler.pipeline.interfaces import Interface
from tfxc.compiler.pipeline.matrix import Matrix
from tfxc.schemas.components.base import Component
from tfxc.schemas.components.pipeline import INPUTS
from tfxc.schemas.diagnostics import Finding, Path


@dataclass(frozen=True)
class Channel:
    """One use of another node's output as an input: ``text`` at ``path``.

    ``node`` and ``output`` are None where the text is no channel. ``selection`` says which nodes of a
    component with a matrix are meant, where the text says it.
    """

    consumer: str
    input: str
    path: Path
    text: str
    node: str | None
    output: str | None
    selection: Selection | None = None


@dataclass(frozen=True)
class Node:
    """One component of the document.

    ``interface`` is what it takes and gives; None where that cannot be known, and ``finding`` says
    why (None too where the checks of its shape say it). Of one with a ``matrix`` the values are those of
    its first combination, so that every check sees a component as it will be; `Pipeline.variants` has more.
    """

    id: str
    values: Mapping[str, Any]
    interface: Interface | None
    finding: Finding | None
    matrix: Matrix | None = None
    label: str = ""

    @property
    def path(self) -> Path:
        """Where the component stands in the document."""
        return ("components", self.id)

    @property
    def model(self) -> type[Component] | None:
        """The model of its type; None for a component of the user's, and where the type is not known."""
        return self.interface.model if self.interface is not None else None

    def marked_texts(self, marker: type[Marker]) -> Iterator[tuple[str, Marker, str]]:
        """Yields the arguments whose fields have a marker, and that are texts known before a run: with each
        its key and the marker."""
        for key, found in marked_keys(self.model, marker).items() if self.model is not None else ():
            text = constant_text(self.values.get(key))
            if text is not None:
                yield key, found, text

    @property
    def includes(self) -> bool:
        """Whether it stands for the components of another spec."""
        return self.interface is not None and self.interface.kind == "pipeline"

    def input(self, name: str) -> Any:
        """Returns what is given as an input, None for nothing."""
        values = self.values.get(INPUTS) if self.includes else self.values
        return values.get(name) if isinstance(values, Mapping) else None

    def input_path(self, name: str) -> Path:
        """Returns where an input is given in the document."""
        return (*self.path, INPUTS, name) if self.includes else (*self.path, name)


def depends_on(node: Node) -> list[Any]:
    """Returns what a node's ``depends_on`` lists, whatever is in it."""
    listed = node.values.get("depends_on")
    return listed if isinstance(listed, list) else []


def channels_of(node: Node) -> Iterator[Channel]:
    """Yields what a node's inputs are given, each text by itself."""
    if node.interface is None:
        return
    for name in node.interface.inputs:
        value, path = node.input(name), node.input_path(name)
        if isinstance(value, str):
            yield _channel(node, name, path, value)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, str):
                    yield _channel(node, name, (*path, index), item)


def _channel(node: Node, name: str, path: Path, text: str) -> Channel:
    match = CHANNEL.fullmatch(text)
    if match is None:
        return Channel(node.id, name, path, text, None, None)
    _, selection = selected_component(text)
    return Channel(node.id, name, path, text, match.group(1), match.group(2), selection)


def with_forwarded_types(nodes: dict[str, Node]) -> dict[str, Node]:
    """Returns the nodes with the types of outputs that hand on another node's output (a Resolver's)."""
    forwarding = {
        (node.id, output): match.groups()
        for node in nodes.values()
        if node.interface is not None
        for output, type_ in node.interface.outputs.items()
        if type_ is None and isinstance(channel := node.values.get(output), str)
        if (match := CHANNEL.fullmatch(channel)) is not None
    }
    for consumer, output in forwarding:
        source: tuple[str, ...] = (consumer, output)
        seen = set()
        while source in forwarding and source not in seen:
            seen.add(source)
            source = forwarding[source[0], source[1]]
        producer = nodes.get(source[0])
        type_ = producer.interface.outputs.get(source[1]) if producer and producer.interface else None
        interface = nodes[consumer].interface
        if type_ is not None and interface is not None:
            outputs = {**interface.outputs, output: type_}
            nodes[consumer] = replace(nodes[consumer], interface=replace(interface, outputs=outputs))
    return nodes
