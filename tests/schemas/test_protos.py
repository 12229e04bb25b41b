"""Config messages: strict where protobuf's own parser is not, and as open as it is elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from tfxc.schemas.protos.base import json_name
from tfxc.schemas.protos.eval_config import EvalConfig, ModelSpec, PaddingOptions
from tfxc.schemas.protos.eval_metrics import AggregationOptions, MetricConfig, MetricsSpec
from tfxc.schemas.protos.eval_slices import SlicingSpec
from tfxc.schemas.protos.eval_thresholds import GenericChangeThreshold, GenericValueThreshold
from tfxc.schemas.protos.example_gen import CustomConfig, Input, Output, SplitConfig
from tfxc.schemas.protos.infra_validator import ServingSpec
from tfxc.schemas.protos.pusher import Filesystem, PushDestination
from tfxc.schemas.protos.range_config import RangeConfig
from tfxc.schemas.protos.schema_tensors import DefaultValue
from tfxc.schemas.protos.span_patterns import why_no_pattern
from tfxc.schemas.protos.stats_options import StatsOptions
from tfxc.schemas.protos.trainer import TrainArgs
from tfxc.schemas.protos.transform import SplitsConfig


def errors(model: type[BaseModel], value: Any) -> list[tuple[str, tuple[Any, ...]]]:
    """(type of error, path) of every error of a value."""
    try:
        model.model_validate(value)
    except ValidationError as error:
        return [(line["type"], line["loc"]) for line in error.errors()]
    return []


def test_both_spellings_of_a_field_are_accepted() -> None:
    assert TrainArgs.model_validate({"num_steps": 3}) == TrainArgs.model_validate({"numSteps": 3})


def test_an_error_is_at_the_spelling_that_was_written() -> None:
    assert errors(TrainArgs, {"numSteps": "3"}) == [("int_type", ("numSteps",))]
    assert errors(TrainArgs, {"num_steps": "3"}) == [("int_type", ("num_steps",))]


def test_a_missing_field_is_named_in_snake_case() -> None:
    assert errors(Filesystem, {}) == [("missing", ("base_directory",))]


def test_a_field_in_both_spellings_is_an_error() -> None:
    assert errors(TrainArgs, {"num_steps": 3, "numSteps": 3}) == [("extra_forbidden", ("numSteps",))]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("num_steps", "numSteps"), ("k_list", "kList"), ("name", "name"), ("a_b_c", "aBC"), ("x_1y", "x1y")],
)
def test_camel_case_is_protobufs(name: str, expected: str) -> None:
    assert json_name(name) == expected


def test_null_is_unset() -> None:
    assert errors(ModelSpec, {"label_key": None, "label_keys": {"a": "b"}}) == []
    assert EvalConfig.model_validate({"options": None}).options is None


def test_unknown_fields_are_errors_at_any_depth() -> None:
    value = {"metrics": [{"class_name": "AUC", "threshold": {"value_threshold": {"lower": 1}}}]}
    assert errors(MetricsSpec, value) == [
        ("extra_forbidden", ("metrics", 0, "threshold", "value_threshold", "lower"))
    ]


@pytest.mark.parametrize("steps", ["3", 3.0, 3.5, True, [3], 2**31, -1])
def test_counts_are_integers_of_32_bits_from_zero(steps: Any) -> None:
    assert len(errors(TrainArgs, {"num_steps": steps})) == 1


def test_a_text_is_no_list() -> None:
    assert errors(TrainArgs, {"splits": "train"}) == [("list_type", ("splits",))]


@pytest.mark.parametrize("versioning", ["AUTO", "UNIX_TIMESTAMP", 0, 1, None])
def test_enums_take_names_and_numbers(versioning: Any) -> None:
    assert errors(Filesystem, {"base_directory": "x", "versioning": versioning}) == []


@pytest.mark.parametrize("versioning", ["auto", 2, True, 1.0, ["AUTO"]])
def test_other_values_of_an_enum_are_errors_that_name_its_values(versioning: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        Filesystem.model_validate({"base_directory": "x", "versioning": versioning})
    (line,) = caught.value.errors()
    assert (line["type"], line["loc"]) == ("enum", ("versioning",))
    assert line["ctx"]["values"] == ["AUTO", "UNIX_TIMESTAMP"]


@pytest.mark.parametrize("bound", [1, -0.5, 1e300, "Infinity", "-Infinity", "NaN", None])
def test_doubles_are_numbers_or_protobufs_words(bound: Any) -> None:
    assert errors(GenericValueThreshold, {"lower_bound": bound}) == []


@pytest.mark.parametrize("bound", [True, "1", "inf", float("inf"), float("nan"), 10**400, [1]])
def test_other_doubles_are_errors(bound: Any) -> None:
    ((error_type, path),) = errors(GenericValueThreshold, {"lower_bound": bound})
    assert error_type in ("float_type", "finite_number")
    assert path == ("lower_bound",)


def test_two_arms_of_a_oneof_are_an_error_beside_the_others() -> None:
    value = {"micro_average": True, "macroAverage": False, "class_weights": {"x": 1}}
    assert errors(AggregationOptions, value) == [
        ("oneof", ("macroAverage",)),
        ("string_pattern_mismatch", ("class_weights", "x", "[key]")),
    ]


def test_a_oneof_error_names_the_oneof_and_the_keys() -> None:
    with pytest.raises(ValidationError) as caught:
        PaddingOptions.model_validate({"label_int_padding": 1, "labelFloatPadding": 1.0})
    (line,) = caught.value.errors()
    assert line["ctx"]["oneof"] == "label_padding"
    assert line["ctx"]["keys"] == ["label_int_padding", "labelFloatPadding"]


def test_an_arm_that_is_null_is_not_given() -> None:
    assert errors(AggregationOptions, {"micro_average": True, "macro_average": None}) == []


@pytest.mark.parametrize(
    ("model", "value", "key"),
    [
        (ModelSpec, {"label_key": "a", "label_keys": {"x": "b"}}, "label_keys"),
        (SlicingSpec, {"feature_keys": ["a"], "slice_keys_sql": "SELECT"}, "slice_keys_sql"),
        (StatsOptions, {"slicing_config": {}, "experimental_slice_sqls": []}, "experimental_slice_sqls"),
    ],
)
def test_fields_that_tfx_takes_one_of_are_exclusive(model: type[BaseModel], value: Any, key: str) -> None:
    assert errors(model, value) == [("exclusive", (key,))]


@pytest.mark.parametrize("config", [{"num_thresholds": 3}, '{"a": 1}', '"a": 1', "", {}, None])
def test_metric_arguments_are_a_mapping_or_its_json(config: Any) -> None:
    assert errors(MetricConfig, {"class_name": "AUC", "config": config}) == []


@pytest.mark.parametrize("config", ["{", "[1]", [1], 3, {1: 2}, "{" * 5000])
def test_other_metric_arguments_are_errors(config: Any) -> None:
    assert errors(MetricConfig, {"class_name": "AUC", "config": config}) == [
        ("metric_arguments", ("config",))
    ]


def test_a_change_threshold_needs_a_direction() -> None:
    assert errors(GenericChangeThreshold, {"absolute": 0.1}) == [("threshold_direction", ())]
    assert errors(GenericChangeThreshold, {"absolute": 0.1, "direction": "UNKNOWN"}) == [
        ("threshold_direction", ())
    ]
    assert errors(GenericChangeThreshold, {"relative": 0.1, "direction": 2}) == []


def test_models_of_an_evaluation_can_be_told_apart() -> None:
    two = {"model_specs": [{"name": "a"}, {"name": "b", "is_baseline": True}]}
    assert errors(EvalConfig, two) == []
    for specs in (
        [{}, {"is_baseline": True}],
        [{"name": "a"}, {"name": "a"}],
        [{"name": "a", "is_baseline": True}, {"name": "b", "is_baseline": True}],
        [{"name": "a"}, {"name": "b"}, {"name": "c"}],
    ):
        assert errors(EvalConfig, {"model_specs": specs}) == [("model_specs", ("model_specs",))]


def test_splits_have_names_of_their_own() -> None:
    twice = [{"name": "a", "pattern": "x"}, {"name": "a", "pattern": "y"}]
    assert errors(Input, {"splits": twice}) == [("split_name", ("splits", 1, "name"))]
    buckets = [{"name": "a", "hash_buckets": 1}, {"name": "a", "hash_buckets": 1}]
    assert errors(SplitConfig, {"splits": buckets}) == [("split_name", ("splits", 1, "name"))]


def test_a_split_has_at_least_one_bucket() -> None:
    value = {"split_config": {"splits": [{"name": "a", "hash_buckets": 0}]}}
    assert errors(Output, value) == [("greater_than_equal", ("split_config", "splits", 0, "hash_buckets"))]


def test_all_splits_have_the_same_placeholders() -> None:
    splits = [{"name": "a", "pattern": "{SPAN}/a"}, {"name": "b", "pattern": "b"}]
    assert errors(Input, {"splits": splits}) == [("span_pattern", ("splits", 1, "pattern"))]


@pytest.mark.parametrize(
    "pattern", ["*", "a/{SPAN}/*", "{SPAN:4}/v{VERSION:2}", "{YYYY}-{MM}-{DD}/{VERSION}", "{a,b}*"]
)
def test_good_patterns(pattern: str) -> None:
    assert why_no_pattern(pattern) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "{SPAN}{SPAN}",
        "{SPAN}/{YYYY}{MM}{DD}",
        "{YYYY}{MM}",
        "{YYYY}{YYYY}{MM}{DD}",
        "{VERSION}",
        "{SPAN}{VERSION}{VERSION}",
        "{SPAN:0}",
        "{SPAN:x}",
        "{SPAN:}",
    ],
)
def test_bad_patterns(pattern: str) -> None:
    assert why_no_pattern(pattern) is not None


def test_a_range_has_one_kind() -> None:
    assert errors(RangeConfig, {"static_range": {}, "rolling_range": {"num_spans": 1}}) == [
        ("oneof", ("rolling_range",))
    ]


def test_any_message_names_its_type() -> None:
    assert errors(CustomConfig, {"custom_config": {"@type": "type.googleapis.com/x.Y", "a": 1}}) == []
    assert errors(CustomConfig, {"custom_config": {"a": 1}}) == [("any_type", ("custom_config",))]


def test_what_protobuf_leaves_open_but_tfx_needs_is_required() -> None:
    assert errors(PushDestination, {}) == [("missing", ("filesystem",))]
    assert errors(SplitsConfig, {"transform": ["train"]}) == [("missing", ("analyze",))]
    assert errors(SplitsConfig, {"analyze": []}) == [("too_short", ("analyze",))]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("sample_rate", 0),
        ("sample_rate", 1.01),
        ("num_values_histogram_buckets", 1),
        ("num_histogram_buckets", 0),
        ("desired_batch_size", 0),
        ("experimental_num_feature_partitions", 0),
        ("epsilon", 0),
        ("generators", []),
        ("labelFeature", "x"),
    ],
)
def test_statistics_options_have_the_limits_of_tfdv(option: str, value: Any) -> None:
    assert len(errors(StatsOptions, {option: value})) == 1


@pytest.mark.parametrize("padding", [1, -(2**63), 2**63 - 1, "1", "-5", None])
def test_integers_of_64_bits_are_numbers_or_text(padding: Any) -> None:
    assert errors(PaddingOptions, {"label_int_padding": padding}) == []


@pytest.mark.parametrize("padding", [2**63, -(2**63) - 1, "1.0", "x", "", 1.0, True, str(2**63), "٣"])
def test_other_integers_of_64_bits_are_errors(padding: Any) -> None:
    assert [path for _, path in errors(PaddingOptions, {"label_int_padding": padding})] == [
        ("label_int_padding",)
    ]


def test_a_schema_inside_statistics_options_is_checked_to_its_depth() -> None:
    nested = {"name": "inner", "type": "INT", "int_domain": {"min": "0", "max": 9}}
    feature = {"name": "outer", "type": "STRUCT", "structDomain": {"feature": [nested]}}
    assert errors(StatsOptions, {"schema": {"feature": [feature]}}) == []
    nested["float_domain"] = {}
    nested["presense"] = {}
    where = ("schema", "feature", 0, "structDomain", "feature", 0)
    assert errors(StatsOptions, {"schema": {"feature": [feature]}}) == [
        ("oneof", (*where, "float_domain")),
        ("extra_forbidden", (*where, "presense")),
    ]


def test_bytes_are_base64() -> None:
    assert errors(DefaultValue, {"bytes_value": "aGk="}) == []
    assert errors(DefaultValue, {"bytes_value": "no!"}) == [("string_pattern_mismatch", ("bytes_value",))]


def test_an_infra_validation_has_an_image_and_a_place_to_run_it() -> None:
    docker: dict[str, Any] = {"local_docker": {}}
    assert errors(ServingSpec, {"tensorflow_serving": {"tags": ["latest"]}, **docker}) == []
    assert errors(ServingSpec, {"tensorflow_serving": {"digests": ["sha256:0"]}, **docker}) == []
    assert errors(ServingSpec, {"tensorflow_serving": {"tags": []}, **docker}) == [
        ("needs_one", ("tensorflow_serving",))
    ]
    assert errors(ServingSpec, {"tensorflowServing": {"tags": ["latest"]}}) == [("needs_one", ())]
    assert errors(ServingSpec, docker) == [("needs_one", ())]
    assert errors(ServingSpec, {"local_process": {}}) == []
    assert errors(ServingSpec, {"localProcess": {}, **docker}) == [("exclusive", ("local_docker",))]


def test_slices_of_statistics_are_of_one_kind() -> None:
    mixed = [{"feature_keys": ["a"]}, {"slice_keys_sql": "SELECT STRUCT(a) FROM example.a"}]
    assert errors(StatsOptions, {"slicing_config": {"slicing_specs": mixed}}) == [
        ("slicing_specs", ("slicing_config", "slicing_specs"))
    ]
    assert errors(StatsOptions, {"slicing_config": {"slicing_specs": mixed[:1]}}) == []
