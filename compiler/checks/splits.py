"""Splits of examples, and properties of imported artifacts: T211, T212 and W712."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.compiler.checks.thresholds import field, field_key, items
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.models.markers import keys_of
from tfxc.compiler.pipeline.model import CHANNEL, Node, Pipeline
from tfxc.schemas.artifacts import ARTIFACT_TYPES
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import did_you_mean, enumeration
from tfxc.schemas.words.wording import named, what_it_is

Splits = frozenset[str]

_SINGLE_INPUT = "single_split"
"""What TFX calls the one split of input that names none."""
_EXCLUDING = {"StatisticsGen": "examples", "SchemaGen": "statistics", "ExampleValidator": "statistics"}
"""component with `exclude_splits` → the input whose splits those are"""


def missing_splits(pipeline: Pipeline) -> Iterator[Finding]:
    """T211: a split that a component needs and its examples do not have."""
    for node in pipeline.nodes.values():
        for path, split, is_default in _needed(node):
            producer, splits = _splits_of_input(node, "examples", pipeline)
            if splits is None or producer is None or split in splits:
                continue
            there = enumeration(sorted(splits))
            by_default = " by default" if is_default else ""
            yield Finding(
                "T211",
                f"`{node.id}` uses the split `{split}`{by_default}, but `{producer.id}` gives {there}",
                path,
                at_key=is_default,
                related=(Related(producer.path, "the splits come from here"),),
                help=did_you_mean(split, sorted(splits)) if not is_default else (_how_to_say(node, split),),
            )


def unknown_exclusions(pipeline: Pipeline) -> Iterator[Finding]:
    """W712: `exclude_splits` names a split that is not there."""
    for node in pipeline.nodes.values():
        excluded = node.values.get("exclude_splits")
        key = _EXCLUDING.get(str(node.values.get("type")))
        if key is None or not isinstance(excluded, list):
            continue
        producer, splits = _splits_of_input(node, key, pipeline)
        for index, name in enumerate(excluded):
            if splits is None or producer is None or not isinstance(name, str) or is_templated(name):
                continue
            if name not in splits:
                yield Finding(
                    "W712",
                    f"`{producer.id}` gives no split `{name}`",
                    (*node.path, "exclude_splits", index),
                    related=(Related(producer.path, "the splits come from here"),),
                    help=did_you_mean(name, sorted(splits)) or (f"there are {enumeration(sorted(splits))}",),
                )


def importer_properties(pipeline: Pipeline) -> Iterator[Finding]:
    """T212: properties of an Importer that its artifact type does not have, or of another type."""
    for node in pipeline.nodes.values():
        properties, type_name = node.values.get("properties"), node.values.get("artifact_type")
        if node.values.get("type") != "Importer" or not isinstance(properties, dict):
            continue
        standard = ARTIFACT_TYPES.get(type_name) if isinstance(type_name, str) else None
        for name, value in properties.items() if standard is not None else ():
            path = (*node.path, "properties", name)
            kind = standard.properties.get(name) if standard is not None else None
            if kind is None:
                known = list(standard.properties) if standard is not None else []
                hint = "properties of your own go into `custom_properties`"
                yield Finding(
                    "T212",
                    f"artifacts of type {type_name} have no property `{name}`",
                    path,
                    at_key=True,
                    help=did_you_mean(name, known) or (hint,),
                )
            elif isinstance(value, (int, str)) and not isinstance(value, bool):
                is_reference = isinstance(value, str) and is_templated(value)
                if not is_reference and isinstance(value, int) != (kind == "int"):
                    expected = "a whole number" if kind == "int" else "a text"
                    yield Finding(
                        "T212", f"{named(path)} must be {expected}, but it is {what_it_is(value)}", path
                    )


def splits_of(node: str, output: str, pipeline: Pipeline, seen: Splits = frozenset()) -> Splits | None:
    """Returns the splits that an output has, or None if there is no telling."""
    producer = pipeline.nodes.get(node)
    if producer is None or producer.interface is None or node in seen:
        return None
    seen = seen | {node}
    values = producer.values
    if _is_example_gen(producer):
        return _example_gen_splits(values)
    kind = values.get("type")
    if kind == "Transform" and output == "transformed_examples":
        config = values.get("splits_config")
        if config is None:
            return _splits_of_channel(values.get("examples"), pipeline, seen)
        return _names(field(config, "transform") or [])
    if kind == "StatisticsGen":
        splits = _splits_of_channel(values.get("examples"), pipeline, seen)
        excluded = _names(values.get("exclude_splits") or [])
        return None if splits is None or excluded is None else splits - excluded
    if kind == "Importer":
        return _imported_splits(values)
    return None


def _is_example_gen(node: Node) -> bool:
    model = node.interface.model if node.interface is not None else None
    return model is not None and {"input_config", "output_config"} <= keys_of(model).keys()


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


def _imported_splits(values: Mapping[str, Any]) -> Splits | None:
    properties = values.get("properties")
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


def _splits_of_channel(value: Any, pipeline: Pipeline, seen: Splits = frozenset()) -> Splits | None:
    match = CHANNEL.fullmatch(value) if isinstance(value, str) else None
    return splits_of(match.group(1), match.group(2), pipeline, seen) if match is not None else None


def _splits_of_input(node: Node, key: str, pipeline: Pipeline) -> tuple[Node | None, Splits | None]:
    value = node.values.get(key)
    match = CHANNEL.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None, None
    return pipeline.nodes.get(match.group(1)), splits_of(match.group(1), match.group(2), pipeline)


def _needed(node: Node) -> Iterator[tuple[Path, str, bool]]:
    """The splits that a component reads: where they are named, the name, whether it is a default."""
    kind, values = node.values.get("type"), node.values
    if kind == "Evaluator":
        yield from _listed(values, "example_splits", node.path, ("eval",))
    elif kind in ("Trainer", "Tuner"):
        for key, default in (("train_args", "train"), ("eval_args", "eval")):
            arguments = values.get(key)
            path = (*node.path, key) if isinstance(arguments, dict) else node.path
            yield from _listed(arguments, "splits", path, (default,))
    elif kind == "BulkInferrer":
        yield from _listed(values.get("data_spec"), "example_splits", (*node.path, "data_spec"), ())
    elif kind == "Transform":
        config = values.get("splits_config")
        if config is None:
            yield node.path, "train", True
        else:
            path = (*node.path, "splits_config")
            yield from _listed(config, "analyze", path, ())
            yield from _listed(config, "transform", path, ())


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


def _how_to_say(node: Node, split: str) -> str:
    """How to make a component use other splits than its default."""
    ways = {
        "Evaluator": "`example_splits: […]`",
        "Transform": "`splits_config: {analyze: […], transform: […]}`",
    }
    arguments = f"`{'train_args' if split == 'train' else 'eval_args'}: {{splits: […]}}`"
    return f"name other splits with {ways.get(str(node.values['type']), arguments)}"
