"""TFDV's StatsOptions as TFX keeps them → the arguments of their constructor.

Mirrors ``StatsOptions.to_json`` of ``tensorflow_data_validation/statistics/stats_options.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tfxc.compiler.importing.notes import Notes
from tfxc.compiler.models.markers import keys_of
from tfxc.schemas.protos.stats_options import StatsOptions

_MESSAGES = {"schema_json": "schema", "slicing_config_json": "slicing_config"}
_WEIGHTS = "per_feature_weight_override_json"
_RENAMED = {
    "slice_sqls": "experimental_slice_sqls",
}
_DEFAULTS: Mapping[str, Any] = {
    "num_top_values": 20,
    "frequency_threshold": 1,
    "weighted_frequency_threshold": 1.0,
    "num_rank_histogram_buckets": 1000,
    "num_values_histogram_buckets": 10,
    "num_histogram_buckets": 10,
    "num_quantiles_histogram_buckets": 10,
    "epsilon": 0.01,
    "infer_type_from_schema": False,
    "enable_semantic_domain_stats": False,
    "add_default_generators": True,
    "use_sketch_based_topk_uniques": False,
    "experimental_num_feature_partitions": 1,
    "experimental_result_partitions": 1,
    "experimental_filter_read_paths": False,
}
_NOT_OPTIONS = frozenset({"TYPE_NAME"})


def stats_options(kept: Mapping[str, Any], notes: Notes, component: str) -> dict[str, Any] | None:
    """Returns the options that are not TFDV's defaults; None if all are."""
    found: dict[str, Any] = {}
    for attribute, value in kept.items():
        if value is None or attribute in _NOT_OPTIONS:
            continue
        name = attribute.lstrip("_")
        if name in _MESSAGES:
            found[_MESSAGES[name]] = json.loads(value)
            continue
        if name == _WEIGHTS:
            found["per_feature_weight_override"] = {_feature(key): weight for key, weight in value.items()}
            continue
        name = _RENAMED.get(name, name)
        if value == _DEFAULTS.get(name, None):
            continue
        if name in keys_of(StatsOptions):
            found[name] = value
        else:
            notes.add(component, f"`stats_options.{name}` is left out: a spec has no such option")
    return found or None


def _feature(path: str) -> str:
    """Returns a feature's path, which is kept as the JSON of its steps, with dots between them."""
    steps = json.loads(path)
    return ".".join(steps) if isinstance(steps, list) else str(steps)
