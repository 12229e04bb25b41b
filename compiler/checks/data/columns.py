"""Columns that are named in a spec and that the files on this machine do not have: W762."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.data.inputs import LocalData
from tfxc.compiler.checks.roles import givers
from tfxc.compiler.checks.thresholds import field, field_key, items
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.language.selections import CHANNEL
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.source.outside import NOT_SHOWN
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import closest, enumeration, only_closest

Named = tuple[Path, str, str, bool]
"""Where a column is named, its name, what names it, and whether it is a key there."""

_OF_MODEL = ("label_key", "example_weight_key")
_SLICES_WITHIN = ("per_slice_thresholds", "cross_slice_thresholds")


def unknown_columns(data: LocalData, nodes: frozenset[str] | None = None) -> Iterator[Finding]:
    """W762: a label, weight, slice or partition by a column that the data does not have."""
    for producer, node, named in columns_named(data, nodes):
        yield from _findings(data, producer, node, named)


def columns_named(
    data: LocalData, nodes: frozenset[str] | None = None
) -> Iterator[tuple[Node, Node, Iterator[Named]]]:
    """Yields the node that reads examples, one that names columns of them, and where it names which."""
    for node in data.pipeline.nodes.values():
        if nodes is None or node.id in nodes:
            yield node, node, _partition(node)
    for node in givers(data.pipeline, "ModelBlessing"):
        if nodes is not None and node.id not in nodes:
            continue
        producer = _producer(data, node.values.get("examples"))
        config = node.values.get("eval_config")
        if producer is not None and not _has_other_features(config):
            yield producer, node, _of_config(config, (*node.path, "eval_config"))


def _findings(data: LocalData, producer: Node, node: Node, named: Iterator[Named]) -> Iterator[Finding]:
    found = data.input_of(producer)
    columns = found.columns if found is not None else []
    if found is None or not columns:
        return
    who = f"none of the first {found.sampled:,} examples" if found.sampled else "no example"
    for path, name, what, at_key in named:
        if name in columns or not name or is_templated(name):
            continue
        near = closest(name, columns)
        others = [column for column in columns if column != near]
        listed = f"the columns are {enumeration([near, *others] if near is not None else others)}"
        help_lines = (f"did you mean `{near}`?", listed) if near is not None else (listed,)
        if not found.is_shown:
            help_lines = (NOT_SHOWN,)
        yield Finding(
            "W762",
            f"{who} of `{producer.id}` has the column `{name}`, which {what} of `{node.id}` names",
            path,
            at_key=at_key,
            related=(Related((*producer.path, "input_base"), "the examples are read from here", False),),
            help=help_lines,
            fix=only_closest(name, columns) if found.is_shown else None,
        )


def _producer(data: LocalData, channel: Any) -> Node | None:
    match = CHANNEL.fullmatch(channel) if isinstance(channel, str) else None
    return data.pipeline.nodes.get(match.group(1)) if match is not None else None


def _has_other_features(config: Any) -> bool:
    """Whether a model makes features of its own, so that not only columns can be named."""
    return any(field(spec, "preprocessing_function_names") for _, spec in items(config, "model_specs"))


def _partition(node: Node) -> Iterator[Named]:
    config = node.values.get("output_config")
    split_config = field(config, "split_config")
    name = field(split_config, "partition_feature_name")
    if isinstance(name, str):
        path = (
            *node.path,
            "output_config",
            field_key(config, "split_config"),
            field_key(split_config, "partition_feature_name"),
        )
        yield path, name, "`partition_feature_name`", False


def _of_config(config: Any, path: Path) -> Iterator[Named]:
    for spec_path, spec in items(config, "model_specs"):
        for key in _OF_MODEL:
            name, several = field(spec, key), field(spec, f"{key}s")
            if isinstance(name, str):
                yield (*path, *spec_path, field_key(spec, key)), name, f"`{key}`", False
            for output, each in several.items() if isinstance(several, dict) else ():
                if isinstance(each, str):
                    place = (*path, *spec_path, field_key(spec, f"{key}s"), output)
                    yield place, each, f"`{key}s`", False
    yield from _of_slices(config, "slicing_specs", path)
    for cross_path, cross in items(config, "cross_slicing_specs"):
        base = (*path, *cross_path)
        yield from _of_slice(field(cross, "baseline_spec"), (*base, field_key(cross, "baseline_spec")))
        yield from _of_slices(cross, "slicing_specs", base)
    for spec_path, spec in items(config, "metrics_specs"):
        for metric_path, metric in items(spec, "metrics"):
            for within in _SLICES_WITHIN:
                for item_path, item in items(metric, within):
                    place = (*path, *spec_path, *metric_path, *item_path)
                    yield from _of_slices(item, "slicing_specs", place)


def _of_slices(message: Any, key: str, path: Path) -> Iterator[Named]:
    for spec_path, spec in items(message, key):
        yield from _of_slice(spec, (*path, *spec_path))


def _of_slice(spec: Any, path: Path) -> Iterator[Named]:
    for key_path, name in items(spec, "feature_keys"):
        if isinstance(name, str):
            yield (*path, *key_path), name, "a slice", False
    values = field(spec, "feature_values")
    for name in values if isinstance(values, dict) else ():
        yield (*path, field_key(spec, "feature_values"), name), name, "a slice", True
