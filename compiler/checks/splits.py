"""Splits of examples, and properties of imported artifacts: T211, T212 and W712."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.compiler.checks.thresholds import field, field_key, items
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.language.selections import CHANNEL
from tfxc.compiler.models.markers import Marker, marked_keys
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.artifacts import ARTIFACT_TYPES, ArtifactType
from tfxc.schemas.components.base import Component, SplitsOf, SplitsOfConfigs
from tfxc.schemas.components.markers import ArtifactProperties, ArtifactTypeName, ExcludesSplits, ReadsSplits
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest
from tfxc.schemas.words.wording import named, what_it_is

Splits = frozenset[str]

_SINGLE_INPUT = "single_split"
"""What TFX calls the one split of input that names none."""


def missing_splits(pipeline: Pipeline) -> Iterator[Finding]:
    """T211: a split that a component needs and its examples do not have."""
    for node in pipeline.nodes.values():
        for key, marker in _markers(node, ReadsSplits).items():
            producer, splits = _splits_of_input(node, marker.input, pipeline)
            if splits is None or producer is None:
                continue
            for path, split, is_default in _needed(node, key, marker):
                if split in splits:
                    continue
                there = enumeration(sorted(splits))
                by_default = " by default" if is_default else ""
                yield Finding(
                    "T211",
                    f"`{node.id}` uses the split `{split}`{by_default}, but `{producer.id}` gives {there}",
                    path,
                    at_key=is_default,
                    related=(Related(producer.path, "the splits come from here"),),
                    help=(_how_to_say(key, marker),) if is_default else did_you_mean(split, sorted(splits)),
                    fix=None if is_default else only_closest(split, sorted(splits)),
                )


def unknown_exclusions(pipeline: Pipeline) -> Iterator[Finding]:
    """W712: `exclude_splits` names a split that is not there."""
    for node in pipeline.nodes.values():
        for key, marker in _markers(node, ExcludesSplits).items():
            excluded = node.values.get(key)
            producer, splits = _splits_of_input(node, marker.input, pipeline)
            if splits is None or producer is None or not isinstance(excluded, list):
                continue
            for index, name in enumerate(excluded):
                if isinstance(name, str) and not is_templated(name) and name not in splits:
                    yield Finding(
                        "W712",
                        f"`{producer.id}` gives no split `{name}`",
                        (*node.path, key, index),
                        related=(Related(producer.path, "the splits come from here"),),
                        help=did_you_mean(name, sorted(splits))
                        or (f"there are {enumeration(sorted(splits))}",),
                        fix=only_closest(name, sorted(splits)),
                    )


def importer_properties(pipeline: Pipeline) -> Iterator[Finding]:
    """T212: properties of an Importer that its artifact type does not have, or of another type."""
    for node, key, standard in _imported_types(pipeline):
        hint = "properties of your own go into `custom_properties`"
        yield from property_findings(node.values.get(key), standard, (*node.path, key), hint)


def property_findings(properties: Any, standard: ArtifactType, path: Path, hint: str) -> Iterator[Finding]:
    """T212: properties that artifacts of a type do not have, or values that these cannot have.

    ``hint`` is the help about a name that is like none of the type's.
    """
    for name, value in properties.items() if isinstance(properties, dict) else ():
        kind = standard.properties.get(name)
        if kind is None:
            known = list(standard.properties)
            yield Finding(
                "T212",
                f"artifacts of type {standard.name} have no property `{name}`",
                (*path, name),
                at_key=True,
                help=did_you_mean(name, known) or (hint,),
                fix=only_closest(name, known),
            )
        elif isinstance(value, (int, str)) and not isinstance(value, bool):
            is_reference = isinstance(value, str) and is_templated(value)
            if not is_reference and isinstance(value, int) != (kind == "int"):
                expected = "a whole number" if kind == "int" else "a text"
                where = (*path, name)
                yield Finding(
                    "T212", f"{named(where)} must be {expected}, but it is {what_it_is(value)}", where
                )


def _imported_types(pipeline: Pipeline) -> Iterator[tuple[Node, str, ArtifactType]]:
    """Yields the arguments that are properties of an artifact of a standard type."""
    for node in pipeline.nodes.values():
        for key in _markers(node, ArtifactProperties):
            for type_key in _markers(node, ArtifactTypeName):
                type_name = node.values.get(type_key)
                if isinstance(type_name, str) and type_name in ARTIFACT_TYPES:
                    yield node, key, ARTIFACT_TYPES[type_name]


def splits_of(node: str, output: str, pipeline: Pipeline, seen: Splits = frozenset()) -> Splits | None:
    """Returns the splits that an output has, or None if there is no telling."""
    producer = pipeline.nodes.get(node)
    model = _model_of(producer)
    if producer is None or model is None or node in seen:
        return None
    for key in marked_keys(model, ArtifactProperties):
        return _imported_splits(producer.values.get(key))
    declared = model.outputs.get(output)
    if declared is None or declared.splits is None:
        return None
    if isinstance(declared.splits, SplitsOfConfigs):
        return _example_gen_splits(producer.values)
    return _splits_of_output(producer, declared.splits, pipeline, seen | {node})


def _splits_of_output(producer: Node, rule: SplitsOf, pipeline: Pipeline, seen: Splits) -> Splits | None:
    values = producer.values
    if rule.named_in and values.get(rule.named_in[0]) is not None:
        named_splits: Any = values
        for name in rule.named_in:
            named_splits = field(named_splits, name)
        return _names(named_splits or [])
    splits = splits_of_channel(values.get(rule.input), pipeline, seen)
    for key, marker in _markers(producer, ExcludesSplits).items():
        excluded = _names(values.get(key) or []) if marker.input == rule.input else frozenset()
        splits = None if splits is None or excluded is None else splits - excluded
    return splits


def _model_of(node: Node | None) -> type[Component] | None:
    return node.interface.model if node is not None and node.interface is not None else None


def _markers(node: Node, marker: type[Marker]) -> Mapping[str, Marker]:
    """The arguments of a component of TFX's own that have a marker of a kind."""
    model = _model_of(node)
    return marked_keys(model, marker) if model is not None else {}


def _example_gen_splits(values: Mapping[str, Any]) -> Splits | None:
    """By ``generate_output_split_names`` and the defaults of ``tfx.components.example_gen.utils``."""
    given = field(values.get("input_config"), "splits")
    if given is not None and not isinstance(given, list):
        return None
    names = _split_names(values.get("input_config"), "splits") if given else frozenset({_SINGLE_INPUT})
    if names is None or len(given or ()) > 1:
        return names
    if values.get("output_config") is None:
        return frozenset({"train", "eval"})
    split_config = field(values.get("output_config"), "split_config")
    if field(split_config, "splits"):
        return _split_names(split_config, "splits")
    return names


def _split_names(message: Any, key: str) -> Splits | None:
    return _names([field(item, "name") for _, item in items(message, key)]) or None


def _imported_splits(properties: Any) -> Splits | None:
    text = properties.get("split_names") if isinstance(properties, dict) else None
    if not isinstance(text, str) or is_templated(text):
        return None
    try:
        return _names(json.loads(text))
    except (ValueError, RecursionError):
        return None


def _names(values: Any) -> Splits | None:
    """Names as a set; None if any of them is not known now."""
    if not isinstance(values, list):
        return None
    if not all(isinstance(value, str) and value and not is_templated(value) for value in values):
        return None
    return frozenset(values)


def splits_of_channel(value: Any, pipeline: Pipeline, seen: Splits = frozenset()) -> Splits | None:
    """Returns the splits of what a channel names; None where that is no channel, or there is no telling."""
    match = CHANNEL.fullmatch(value) if isinstance(value, str) else None
    return splits_of(match.group(1), match.group(2), pipeline, seen) if match is not None else None


def _splits_of_input(node: Node, key: str, pipeline: Pipeline) -> tuple[Node | None, Splits | None]:
    value = node.values.get(key)
    match = CHANNEL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None, None
    return pipeline.nodes.get(match.group(1)), splits_of(match.group(1), match.group(2), pipeline)


def _needed(node: Node, key: str, marker: ReadsSplits) -> Iterator[tuple[Path, str, bool]]:
    """The splits that an argument names: where, the name, and whether it is the default."""
    value = node.values.get(key)
    defaults = () if marker.default is None else (marker.default,)
    if value is None and marker.default_if_unset:
        yield from ((node.path, default, True) for default in defaults)
        return
    if not marker.within:
        yield from _listed(node.values, key, node.path, defaults)
    path = (*node.path, key) if isinstance(value, dict) else node.path
    for name in marker.within:
        yield from _listed(value, name, path, () if marker.default_if_unset else defaults)


def _listed(
    message: Any, key: str, path: Path, defaults: tuple[str, ...]
) -> Iterator[tuple[Path, str, bool]]:
    listed = field(message, key)
    if listed is None or listed == []:
        for default in defaults:
            yield path, default, True
    elif isinstance(listed, list):
        for index, name in enumerate(listed):
            if isinstance(name, str) and name and not is_templated(name):
                yield (*path, field_key(message, key), index), name, False


def _how_to_say(key: str, marker: ReadsSplits) -> str:
    """How to make a component use other splits than its default."""
    inner = ", ".join(f"{name}: […]" for name in marker.within)
    return f"name other splits with `{key}: {{{inner}}}`" if inner else f"name other splits with `{key}: […]`"
