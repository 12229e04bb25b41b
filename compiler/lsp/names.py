"""The names of a spec: where components and parameters are declared, and every place that speaks of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tfxc.compiler.language.condition_tokens import ConditionError, tokenize
from tfxc.compiler.language.references import has_braces, parse_template
from tfxc.compiler.language.selections import CHANNEL, awaited_component
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.texts import is_prose
from tfxc.compiler.source.scalar_text import source_offsets
from tfxc.compiler.source.tree import Entry, Source, SourceNode, entries_below
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.spec import COMPONENT_ID_PATTERN, PARAMETER_NAME_PATTERN

Kind = Literal["component", "parameter"]


@dataclass(frozen=True)
class Occurrence:
    """A name in a text: the characters ``[start, end)`` of its source.

    ``is_definition`` where the name is declared, or an environment changes what is declared.
    ``output`` is the output of the component that is spoken of, if one is.
    """

    kind: Kind
    name: str
    source: Source
    start: int
    end: int
    is_definition: bool = False
    output: str | None = None


def occurrences(trees: Iterable[SourceNode], pipeline: Pipeline) -> tuple[Occurrence, ...]:
    """Returns every occurrence in files as they are written, once each, in the order of the texts."""
    found: dict[tuple[str, int], Occurrence] = {}
    for tree in trees:
        for each in _of_patch(tree, pipeline):
            found.setdefault((each.source.file, each.start), each)
    return tuple(sorted(found.values(), key=lambda each: (each.source.file, each.start)))


def at_offset(names: Iterable[Occurrence], file: str, offset: int) -> Occurrence | None:
    """Returns the occurrence that a cursor is in or right behind."""
    return next((n for n in names if n.source.file == file and n.start <= offset <= n.end), None)


def same_name(names: Iterable[Occurrence], name: Occurrence) -> Iterator[Occurrence]:
    """Yields the occurrences of one name, definitions among them."""
    return (each for each in names if (each.kind, each.name) == (name.kind, name.name))


def why_no_name(kind: Kind, name: str, pipeline: Pipeline) -> str | None:
    """Returns why a component or parameter cannot be called so; None if it can."""
    pattern = COMPONENT_ID_PATTERN if kind == "component" else PARAMETER_NAME_PATTERN
    if re.match(pattern, name) is None or len(name) > 63:
        allowed = "small letters, digits and _, a letter first"
        allowed = allowed if kind == "component" else "letters, digits and _, no digit first"
        return f"`{name}` is no name of a {kind}: {allowed}, at most 63 characters"
    taken = pipeline.node_ids if kind == "component" else pipeline.parameter_names
    return f"there is a {kind} `{name}` already" if name in taken else None


def _of_patch(tree: SourceNode, pipeline: Pipeline) -> Iterator[Occurrence]:
    """Yields the occurrences in a document or in an environment's patch of one."""
    if tree.kind != "mapping":
        return
    for key, (key_node, node) in tree.value.items():
        if key == "environments" and node.kind == "mapping":
            for entry in node.value.values():
                yield from _of_patch(entry.node, pipeline)
        elif key == "parameters" and node.kind == "mapping":
            yield from _keys("parameter", node)
        elif key == "components" and node.kind == "mapping":
            yield from _keys("component", node)
            for name, entry in node.value.items():
                yield from _of_component(name, entry.node, pipeline)
        elif key == "on_exit":
            yield from _text("component", node, str(node.value), (0, len(str(node.value))))
        elif key == "outputs" and node.kind == "mapping":
            for entry in node.value.values():
                yield from _channel(entry.node, pipeline)
        else:
            yield from _references(Entry(key_node, node), (key,))


def _keys(kind: Kind, mapping: SourceNode) -> Iterator[Occurrence]:
    for name, entry in mapping.value.items():
        start = entry.key.start + (1 if entry.key.style in ("'", '"') else 0)
        yield Occurrence(kind, name, entry.key.source, start, start + len(name), is_definition=True)


def _of_component(name: str, component: SourceNode, pipeline: Pipeline) -> Iterator[Occurrence]:
    if component.kind != "mapping":
        return
    node = pipeline.nodes.get(name)
    inputs = node.interface.inputs if node is not None and node.interface is not None else None
    for key, entry in component.value.items():
        yield from _references(entry, ("components", name, key))
        if key == "when":
            yield from _condition(entry.node, pipeline)
        elif key == "depends_on":
            for item in _items(entry.node):
                awaited, _ = awaited_component(item.value) if isinstance(item.value, str) else ("", None)
                if awaited:
                    yield from _text("component", item, awaited, (0, len(awaited)))
        elif key == "matrix" and entry.node.kind == "mapping" and "from" in entry.node.value:
            source = entry.node.value["from"].node
            yield from _text("component", source, str(source.value), (0, len(str(source.value))))
        elif key == "inputs" and entry.node.kind == "mapping":
            for inner in entry.node.value.values():
                yield from _channel(inner.node, pipeline)
        elif inputs is None or key in inputs:
            yield from _channel(entry.node, pipeline)
            yield from _query(entry.node)


def _items(node: SourceNode) -> tuple[SourceNode, ...]:
    return tuple(node.value) if node.kind == "sequence" else (node,) if node.kind == "scalar" else ()


def _channel(node: SourceNode, pipeline: Pipeline) -> Iterator[Occurrence]:
    for item in _items(node):
        match = CHANNEL.fullmatch(item.value) if isinstance(item.value, str) else None
        if match is not None and match.group(1) in pipeline.node_ids:
            yield from _text("component", item, match.group(1), match.span(1), match.group(2))


def _query(node: SourceNode) -> Iterator[Occurrence]:
    """What asks for the artifacts of a component of this very pipeline."""
    if node.kind == "mapping" and "producer" in node.value and "pipeline" not in node.value:
        producer = node.value["producer"].node
        output = node.value["output"].node.value if "output" in node.value else None
        name = awaited_component(str(producer.value))[0] or str(producer.value)
        yield from _text("component", producer, name, (0, len(name)), output)


def _condition(node: SourceNode, pipeline: Pipeline) -> Iterator[Occurrence]:
    if not isinstance(node.value, str):
        return
    try:
        tokens = tokenize(node.value)
    except ConditionError:
        return
    for index, token in enumerate(tokens[:-1]):
        is_start = token.kind == "name" and (index == 0 or tokens[index - 1].text != ".")
        is_followed = tokens[index + 1].text in (".", "[") or tokens[index + 1].kind == "selection"
        if is_start and is_followed and token.text in pipeline.node_ids:
            behind = tokens[index + 1 : index + 4]
            texts = [each.text for each in (behind[1:] if behind[0].kind == "selection" else behind)]
            output = texts[1] if texts[:1] == ["."] and len(texts) > 1 else None
            yield from _text("component", node, token.text, (token.start, token.end), output)


def _references(top: Entry, path: Path) -> Iterator[Occurrence]:
    """Yields the names in the ``{{ … }}`` of a key and all below it."""
    for place, entry in entries_below(top, path):
        nodes = [entry.node] if entry.key is entry.node else [entry.key, entry.node]
        for node in () if is_prose(place) else nodes:
            yield from _in_braces(node)


def _in_braces(node: SourceNode) -> Iterator[Occurrence]:
    """Yields the names in the references of a text."""
    if node.kind != "scalar" or not isinstance(node.value, str) or not has_braces(node.value):
        return
    for reference in parse_template(node.value).references:
        whole = node.value[reference.start : reference.end]
        kind: Kind | None = "parameter" if reference.root == "parameters" else None
        channel = reference.channel
        name, output = (reference.name, None) if channel is None else channel
        if channel is not None:
            kind = "component" if reference.root == "artifact" else None
        if kind is None:
            continue
        before = whole.index("parameters.") + 11 if channel is None else whole.index(name)
        start = reference.start + before
        yield from _text(kind, node, name, (start, start + len(name)), output)


def _text(
    kind: Kind, node: SourceNode, name: str, part: tuple[int, int], output: Any = None
) -> Iterator[Occurrence]:
    """Yields the occurrence at some characters of a scalar, where it can be told where these are written."""
    place = written_part(node, part)
    if place is not None:
        output = output if isinstance(output, str) else None
        yield Occurrence(kind, name, node.source, *place, output=output)


def written_part(node: SourceNode, part: tuple[int, int]) -> tuple[int, int] | None:
    """Returns the characters of the source that some characters of a scalar's text are written as."""
    if node.kind != "scalar" or not isinstance(node.value, str):
        return None
    offsets = source_offsets(node.source.text[node.start : node.end], node.value, node.style)
    if offsets is None or not 0 <= part[0] < part[1] < len(offsets):
        return None
    return node.start + offsets[part[0]], node.start + offsets[part[1] - 1] + 1
