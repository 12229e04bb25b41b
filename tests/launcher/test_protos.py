"""The JSON form of protos, strictly; StatsOptions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tfxc.backends.launcher.build import protos
from tfxc.schemas.failures import Failure
from tfxc.schemas.protos.eval_config import EvalConfig
from tfxc.schemas.protos.example_gen import Input
from tfxc.schemas.protos.pusher import PushDestination
from tfxc.schemas.protos.range_config import RangeConfig
from tfxc.schemas.protos.schema import Schema
from tfxc.schemas.protos.trainer import TrainArgs

pytestmark = pytest.mark.tfx

EVAL_CONFIG = "tensorflow_model_analysis.EvalConfig"
TRAIN_ARGS = "tfx.components.trainer.TrainArgs"
INPUT = "tfx.components.example_gen.Input"
PUSH = "tfx.components.pusher.PushDestination"
RANGE = "tfx.configs.RangeConfig"
SCHEMA = "tensorflow.metadata.v0.Schema"
MODELS = (EvalConfig, TrainArgs, Input, PushDestination, RangeConfig, Schema)
MODULES = {model.proto: model.proto_module() for model in MODELS}


def parse(name: str, value: Any) -> Any:
    return protos.parse(name, value, "n.a", MODULES.get(name))


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (TRAIN_ARGS, {"num_stepz": 1}, "n.a has no field `num_stepz`; did you mean `num_steps`?"),
        (TRAIN_ARGS, {"num_steps": 1.5}, "n.a.num_steps must be a whole number, but it is 1.5."),
        (TRAIN_ARGS, {"num_steps": "many"}, "n.a.num_steps must be a whole number, but it is 'many'."),
        (TRAIN_ARGS, {"num_steps": 2**40}, "n.a.num_steps is out of range: 1099511627776."),
        (TRAIN_ARGS, {"splits": "train"}, "n.a.splits must be a list, but it is 'train'."),
        (TRAIN_ARGS, {"splits": [1]}, "n.a.splits must be text."),
        (TRAIN_ARGS, [1], f"n.a must be a mapping of {TRAIN_ARGS} fields, but it is [1]."),
        (
            INPUT,
            {"splits": [{"patern": "x"}]},
            "n.a.splits[0] has no field `patern`; did you mean `pattern`?",
        ),
        (
            PUSH,
            {"filesystem": {"versioning": "SOMETIMES"}},
            "n.a.filesystem.versioning must be one of AUTO, UNIX_TIMESTAMP, but it is 'SOMETIMES'.",
        ),
        (
            RANGE,
            {"static_range": {}, "rolling_range": {}},
            "n.a: only one of `static_range` and `rolling_range` may be set.",
        ),
        (
            EVAL_CONFIG,
            {"metrics_specs": [], "metricsSpecs": []},
            "n.a: only one of `metrics_specs` and `metricsSpecs` may be set.",
        ),
        (
            EVAL_CONFIG,
            {"metrics_specs": [{"thresholds": {"auc": {"value_threshold": {"lower_bond": 0.6}}}}]},
            "n.a.metrics_specs[0].thresholds.auc.value_threshold has no field `lower_bond`; "
            "did you mean `lower_bound`?",
        ),
        (
            SCHEMA,
            {"feature": [{"name": "mass", "int_domain": {}, "type": "BAD"}]},
            "n.a.feature[0].type must be one of TYPE_UNKNOWN, BYTES, INT, FLOAT, STRUCT, but it is 'BAD'.",
        ),
        (
            "tfx.components.none.None",
            {},
            "this version of TFX has no message type `tfx.components.none.None`.",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_path(name: str, value: Any, message: str) -> None:
    with pytest.raises(Failure) as raised:
        parse(name, value)
    assert str(raised.value) == message


def test_both_spellings_nulls_and_wrappers() -> None:
    for spelling in ("metrics_specs", "metricsSpecs"):
        threshold = {"value_threshold": {"lower_bound": 0, "upper_bound": None}}
        parsed: Any = parse(EVAL_CONFIG, {spelling: [{"thresholds": {"auc": threshold}}]})
        bound = parsed.metrics_specs[0].thresholds["auc"].value_threshold
        assert bound.HasField("lower_bound")
        assert bound.lower_bound.value == 0
        assert not bound.HasField("upper_bound")


def test_a_mapping_of_a_metrics_config_becomes_its_json() -> None:
    config = {"name": "top", "k": [1, 2]}
    value = {"metrics_specs": [{"metrics": [{"class_name": "TopK", "config": config}]}]}
    parsed: Any = parse(EVAL_CONFIG, value)
    assert json.loads(parsed.metrics_specs[0].metrics[0].config) == config


@pytest.mark.parametrize("name", [EVAL_CONFIG, TRAIN_ARGS, INPUT, PUSH, RANGE, SCHEMA])
def test_an_empty_mapping_is_an_empty_message(name: str) -> None:
    assert parse(name, {}).ByteSize() == 0


def test_statistics_options() -> None:
    from tfxc.backends.launcher.build.arguments import stats_options

    options = stats_options(
        {
            "num_top_values": 5,
            "feature_allowlist": ["a"],
            "sample_rate": None,
            "schema": {"feature": [{"name": "a", "type": "FLOAT"}]},
            "slicing_config": {"slicing_specs": [{"feature_keys": ["a"]}]},
        },
        "n.stats_options",
    )
    assert (options.num_top_values, options.schema.feature[0].name) == (5, "a")
    assert options.slicing_config.slicing_specs[0].feature_keys == ["a"]
    with pytest.raises(Failure, match=r"^n\.stats_options: .*num_top_value"):
        stats_options({"num_top_value": 5}, "n.stats_options")
    with pytest.raises(Failure, match=r"^n\.stats_options: "):
        stats_options({"sample_rate": 5}, "n.stats_options")
