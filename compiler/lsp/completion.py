"""What may be written at a cursor."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from tfxc.compiler.checks.splits import splits_of_channel
from tfxc.compiler.lsp.place import Place, component_type, place_at
from tfxc.compiler.lsp.proposals import Completion, component_of, in_document, outputs_of, type_of
from tfxc.compiler.lsp.selection_completion import selected, selection
from tfxc.compiler.lsp.snippets import component_snippet, key_snippet, new_component_snippet
from tfxc.compiler.lsp.text_completion import condition, references
from tfxc.compiler.lsp.vocabulary import Expected, expected_at, keys_of, models_in
from tfxc.compiler.models.json_schema_words import first_paragraph
from tfxc.compiler.models.markers import input_fields, marker_of
from tfxc.compiler.models.value_types import (
    AlternativesValue,
    ChoiceValue,
    ListValue,
    ScalarValue,
    ValueType,
    read_field,
)
from tfxc.compiler.pipeline.graph import downstream, reachable
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.artifacts import ANY_ARTIFACT, artifact_type_names, is_assignable
from tfxc.schemas.components import component_model, component_types, find_component_model
from tfxc.schemas.components.base import Component
from tfxc.schemas.components.markers import ArtifactTypeName, ExcludesSplits, ReadsSplits
from tfxc.schemas.diagnostics import Path

_OPEN_REFERENCE = re.compile(r"\{\{\s*([\w.-]*(?:\[[^\[\]{}]*(?:\][\w.-]*)?)?)$", re.ASCII)


def completions(
    lines: Sequence[str], line: int, column: int, pipeline: Pipeline | None
) -> tuple[Completion, ...]:
    """Returns what may be written at a cursor (from 0), the best first.

    ``pipeline`` is the document as it could last be read; None if it never could.
    """
    text = lines[line][:column] if line < len(lines) else ""
    if re.search(r"(^|\s)#", text) and text.count('"') % 2 == 0 and text.count("'") % 2 == 0:
        return ()
    place = place_at(lines, line, column)
    type_name = component_type(lines, place)
    opened = _OPEN_REFERENCE.search(text)
    if opened is not None:
        return tuple(references(opened.group(1), place, type_name, pipeline, lines[line][column:]))
    if place.key is None and not place.is_item:
        return tuple(_keys(place, type_name, pipeline))
    return tuple(_values(place, type_name, pipeline))


def _keys(place: Place, type_name: str | None, pipeline: Pipeline | None) -> Iterator[Completion]:
    """Yields the keys that the mapping at a cursor may have beside those that it has."""
    inner = in_document(place.path)
    if inner == ("components",):
        yield from _component_proposals(place, inner != place.path, pipeline)
        return
    if inner[:1] == ("components",) and len(inner) == 2 and type_name is not None:
        yield from _own_inputs(place, type_name, pipeline)
    expected = expected_at(place.path, type_name)
    models = models_in(expected.value)
    in_patch = inner != place.path
    found = []
    for model in models:
        for key, info in keys_of(model).items():
            if key in place.siblings:
                continue
            required = info.is_required() and not in_patch
            detail = "required" if required else "optional"
            channel = issubclass(model, Component) and input_fields(model).get(key)
            detail = f"{detail}, {channel.artifact_type}" if channel else detail
            text = key_snippet(key, read_field(info))
            is_common = issubclass(model, Component) and key in Component.model_fields and key != "type"
            order = 0 if required else 2 if is_common else 1
            found.append(
                (order, Completion(key, text, "key", len(place.text), detail, info.description or "", True))
            )
    yield from (each for _, each in sorted(found, key=lambda each: each[0]))


def _own_inputs(place: Place, type_name: str, pipeline: Pipeline | None) -> Iterator[Completion]:
    """Yields what a component of the user's takes, which its source says."""
    component = component_of(place.path)
    node = pipeline.nodes.get(component) if pipeline is not None and component is not None else None
    interface = node.interface if node is not None else None
    if interface is None or interface.python is None or interface.type_name != type_name:
        return
    for name, each in interface.inputs.items():
        if name not in place.siblings:
            need = "required" if each.required else "optional"
            yield Completion(
                name, f"{name}: ", "key", len(place.text), f"{need}, {each.artifact_type}", "", False
            )
    for parameter in interface.python.parameters.values():
        if parameter.name not in place.siblings:
            need = "required" if parameter.required else "optional"
            yield Completion(parameter.name, f"{parameter.name}: ", "key", len(place.text), need, "", False)


def _component_proposals(place: Place, in_patch: bool, pipeline: Pipeline | None) -> Iterator[Completion]:
    """Yields new components, or in an environment those that it may change."""
    if in_patch:
        for name in pipeline.node_ids_in_order if pipeline is not None else ():
            if name not in place.siblings:
                text = f"{name}:\n  $0"
                yield Completion(name, text, "component", len(place.text), type_of(name, pipeline), "", True)
        return
    taken = set(place.siblings)
    for type_name in component_types():
        model = component_model(type_name)
        text = new_component_snippet(type_name, taken)
        yield Completion(
            type_name, text, "type", len(place.text), "new component", first_paragraph(model), True
        )


def _values(place: Place, type_name: str | None, pipeline: Pipeline | None) -> Iterator[Completion]:
    """Yields the values of the key, or the items of the list, at a cursor."""
    path = in_document(place.whole_path)
    component = component_of(path)
    key = path[2] if component is not None and len(path) > 2 else None
    typed = place.text.lstrip("\"'")
    if component is not None and path[2:] == ("type",):
        yield from _types(place, len(typed))
        return
    if key == "when" and pipeline is not None:
        yield from condition(typed, component, pipeline)
        return
    inside = selection(typed, pipeline, key != "producer") if pipeline is not None else None
    if inside is not None and component is not None:
        yield from inside
        return
    if (key == "depends_on" or path[:1] == ("on_exit",)) and pipeline is not None:
        for name in pipeline.node_ids_in_order:
            if name != component:
                yield Completion(name, name, "component", len(typed), type_of(name, pipeline))
        return
    if key is not None and component is not None and pipeline is not None:
        wanted = _wanted_type(str(key), component, type_name, pipeline)
        if wanted is not None and (len(path) == 3 or (len(path) == 4 and isinstance(path[3], int))):
            yield from _channels(typed, wanted, component, pipeline, _takes_many(str(key), type_name))
        splits = _splits(path, component, type_name, pipeline)
        if splits is not None:
            yield from (Completion(name, name, "split", len(typed), "split") for name in sorted(splits))
            return
    if path[-1:] == ("producer",) and pipeline is not None:
        for name in pipeline.node_ids_in_order:
            yield Completion(name, name, "component", len(typed), type_of(name, pipeline))
    yield from _choices(expected_at(place.whole_path, type_name), len(typed), _is_block(place))


def _is_block(place: Place) -> bool:
    return place.key is not None


def _types(place: Place, typed: int) -> Iterator[Completion]:
    for name in component_types():
        model = component_model(name)
        rest = component_snippet(name, place.siblings)
        text = name + rest
        yield Completion(name, text, "type", typed, model.stage.value, first_paragraph(model), bool(rest))


def _wanted_type(key: str, component: str, type_name: str | None, pipeline: Pipeline) -> str | None:
    """Returns the artifact type that an argument takes; None for one that takes no artifacts."""
    model = find_component_model(type_name or "")
    if model is not None and key in input_fields(model):
        return input_fields(model)[key].artifact_type
    node = pipeline.nodes.get(component)
    field = node.interface.inputs.get(key) if node is not None and node.interface is not None else None
    return field.artifact_type if field is not None else None


def _takes_many(key: str, type_name: str | None) -> bool:
    """Whether an argument may be artifacts of several nodes, as far as its component is known."""
    model = find_component_model(type_name or "")
    field = input_fields(model).get(key) if model is not None else None
    return field.many if field is not None else True


def _channels(
    typed: str, wanted: str, component: str, pipeline: Pipeline, many: bool
) -> Iterator[Completion]:
    """Yields the outputs of other nodes: those of the type first, then those of none that is known.

    What would wait for the component itself would be a cycle, and is left out.
    """
    below = reachable(component, downstream(pipeline.upstream))
    chosen = re.match(r"([\w-]+)\[[^\[\]]*\]\.([\w-]*)$", typed, re.ASCII)
    fitting: list[Completion] = []
    unknown: list[Completion] = []
    for node, output, artifact_type in outputs_of(pipeline, component):
        if node in below:
            continue
        fits = artifact_type == wanted or wanted == ANY_ARTIFACT
        if artifact_type is not None and not fits and not is_assignable(artifact_type, wanted):
            continue
        found = unknown if artifact_type is None else fitting
        detail = artifact_type or "of a type that is not known"
        if chosen is not None:
            if chosen.group(1) == node:
                found.append(Completion(output, output, "output", len(chosen.group(2)), detail))
            continue
        for named, meant in list(selected(node, component, pipeline, many)) or [
            (node, type_of(node, pipeline))
        ]:
            name = f"{named}.{output}"
            found.append(Completion(name, name, "output", len(typed), detail, meant))
    yield from fitting
    yield from unknown


def _splits(path: Path, component: str, type_name: str | None, pipeline: Pipeline) -> frozenset[str] | None:
    """Returns the splits that a list of names at a path may name; None if it names none."""
    model = find_component_model(type_name or "")
    node = pipeline.nodes.get(component)
    if model is None or node is None or len(path) < 3:
        return None
    key, rest = str(path[2]), [part for part in path[3:] if not isinstance(part, int)]
    reads, excludes = marker_of(model, key, ReadsSplits), marker_of(model, key, ExcludesSplits)
    if excludes is not None and not rest:
        return splits_of_channel(node.values.get(excludes.input), pipeline)
    if reads is not None and (rest[-1:] and rest[-1] in reads.within if reads.within else not rest):
        return splits_of_channel(node.values.get(reads.input), pipeline)
    return None


def _choices(expected: Expected, typed: int, of_key: bool) -> Iterator[Completion]:
    default = expected.info.default if expected.info is not None else None
    markers = expected.info.metadata if expected.info is not None else ()
    if any(isinstance(each, ArtifactTypeName) for each in markers):
        yield from (Completion(name, name, "type", typed, "artifact type") for name in artifact_type_names())
        return
    for value in _values_of(expected.value, of_key):
        text = (
            {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
        )
        quoted = f'"{text}"' if isinstance(value, str) and re.match(r"^[\d.@*]", text) else text
        yield Completion(text, quoted, "value", typed, "default" if value == default else "")


def _values_of(value: ValueType, of_key: bool) -> Iterator[Any]:
    if isinstance(value, ChoiceValue):
        names = [each for each in value.values if isinstance(each, str)]
        yield from names or value.values
    elif isinstance(value, ScalarValue) and "boolean" in value.types:
        yield from (True, False)
    elif isinstance(value, AlternativesValue):
        for each in value.alternatives:
            yield from _values_of(each, of_key)
    elif isinstance(value, ListValue) and not of_key:
        yield from _values_of(value.item, of_key)
