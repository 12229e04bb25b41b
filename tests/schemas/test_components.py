"""Component models: what they take, and which outputs a component has."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from tfxc.schemas.components import UnknownComponentTypeError, component_model, component_types
from tfxc.schemas.components.base import COMMON_KEYS
from tfxc.schemas.components.markers import ChannelInput


def errors(type_name: str, **arguments: Any) -> list[tuple[str, tuple[Any, ...]]]:
    """(type of error, path) of every error of a component."""
    try:
        component_model(type_name).model_validate({"type": type_name, **arguments})
    except ValidationError as error:
        return [(line["type"], line["loc"]) for line in error.errors()]
    return []


def splits(*patterns: str) -> dict[str, Any]:
    return {"splits": [{"name": f"s{index}", "pattern": each} for index, each in enumerate(patterns)]}


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(UnknownComponentTypeError):
        component_model("Trainr")


@pytest.mark.parametrize("type_name", component_types())
def test_unknown_arguments_are_errors_but_of_what_has_channels_of_any_name(type_name: str) -> None:
    found = errors(type_name, no_such_argument=1)
    expected = {"Resolver": "resolver_channel", "Container": "channel"}.get(type_name, "extra_forbidden")
    assert (expected, ("no_such_argument",)) in found


@pytest.mark.parametrize("type_name", component_types())
def test_every_field_has_a_description(type_name: str) -> None:
    fields = component_model(type_name).model_fields
    assert [name for name, info in fields.items() if not info.description] == []


@pytest.mark.parametrize("type_name", component_types())
def test_groups_name_fields(type_name: str) -> None:
    model = component_model(type_name)
    named = {
        name for group in (*model.exactly_one, *model.at_least_one, *model.at_most_one) for name in group
    }
    assert named <= set(model.model_fields) - COMMON_KEYS


@pytest.mark.parametrize("channel", ["gen.examples", ["a.examples", "b.examples"], "{{ x }}"])
def test_channels(channel: Any) -> None:
    assert errors("StatisticsGen", examples=channel) == []


@pytest.mark.parametrize("channel", ["", [], [1], 3, {"node": "x"}, None, [["a.b"]]])
def test_what_is_no_channel_is_one_error(channel: Any) -> None:
    assert errors("StatisticsGen", examples=channel) == [("channel", ("examples",))]


def test_an_optional_channel_can_be_null() -> None:
    assert errors("StatisticsGen", examples="a.b", schema=None) == []


def test_the_key_of_a_schema_is_schema() -> None:
    assert errors("Transform", examples="a.b", module_file="x.py") == [("missing", ("schema",))]
    assert ("extra_forbidden", ("schema_",)) in errors("Transform", examples="a.b", schema_="c.d")


def test_config_messages_are_checked_in_place() -> None:
    assert errors("Trainer", examples="a.b", module_file="x", train_args={"num_steps": "many"}) == [
        ("int_type", ("train_args", "num_steps"))
    ]


def test_all_errors_of_all_messages_are_reported_at_once() -> None:
    found = errors("Trainer", train_args={"steps": 1}, eval_args={"num_steps": -1}, custom_config=[])
    assert {path for _, path in found} == {
        ("examples",),
        ("train_args", "steps"),
        ("eval_args", "num_steps"),
        ("custom_config",),
    }


def outputs(type_name: str, **arguments: Any) -> set[str]:
    return set(component_model(type_name).outputs_for(arguments))


def test_transform_has_outputs_by_its_arguments() -> None:
    everything = outputs("Transform")
    assert len(everything) == 8
    assert everything - outputs("Transform", materialize=False) == {"transformed_examples"}
    assert everything - outputs("Transform", disable_analyzer_cache=True) == {"updated_analyzer_cache"}
    assert outputs("Transform", disable_statistics=True) == {
        "transform_graph",
        "transformed_examples",
        "updated_analyzer_cache",
    }


def test_bulk_inferrer_writes_predictions_or_examples() -> None:
    assert outputs("BulkInferrer") == {"inference_result"}
    assert outputs("BulkInferrer", output_example_spec=None) == {"inference_result"}
    assert outputs("BulkInferrer", output_example_spec={}) == {"output_examples"}


def test_importer_names_its_output() -> None:
    importer = component_model("Importer")
    assert importer.outputs_for({"artifact_type": "Schema"}) == {"result": "Schema"}
    assert importer.outputs_for({"artifact_type": "Schema", "output_key": "mine"}) == {"mine": "Schema"}
    assert importer.outputs_for({}) == {}


def test_resolver_has_an_output_for_each_query() -> None:
    arguments = {
        "type": "Resolver",
        "strategy_class": "LatestArtifactStrategy",
        "model": {"artifact_type": "Model"},
        "examples": "gen.examples",
    }
    assert component_model("Resolver").outputs_for(arguments) == {"model": "Model"}


def test_resolver_strategies() -> None:
    model, blessing = {"artifact_type": "Model"}, {"artifact_type": "ModelBlessing"}
    assert errors("Resolver", strategy_class="Latest", model=model) == [("enum", ("strategy_class",))]
    assert errors("Resolver", strategy_class="LatestArtifactStrategy") == [("resolver_channels", ())]
    blessed = "LatestBlessedModelStrategy"
    assert errors("Resolver", strategy_class=blessed, model=model, model_blessing=blessing) == []
    assert errors("Resolver", strategy_class=blessed, model=model) == [("resolver_channels", ())]
    assert errors("Resolver", strategy_class=blessed, a=model, b=model) == [("resolver_channels", ())]
    assert errors("Resolver", strategy_class=blessed, a="x.model", b="x.blessing", config={"n": 1}) == [
        ("extra_forbidden", ("config", "n"))
    ]
    assert errors(
        "Resolver",
        strategy_class="SpanRangeStrategy",
        examples="a.examples",
        config={"range_config": {"rolling_range": {"numSpans": 0}}},
    ) == [("greater_than_equal", ("config", "range_config", "rolling_range", "numSpans"))]


def test_an_unknown_key_in_a_query_is_an_error() -> None:
    query = {"artifact_type": "Model", "node": "trainer"}
    found = errors("Resolver", strategy_class="LatestArtifactStrategy", model=query)
    assert found == [("extra_forbidden", ("model", "node"))]


def test_importer_properties_are_integers_and_texts() -> None:
    found = errors(
        "Importer", source_uri="x", artifact_type="Schema", properties={"a": 1, "b": "x", "c": 1.5, "d": True}
    )
    assert found == [("scalar_type", ("properties", "c")), ("scalar_type", ("properties", "d"))]


def test_a_range_needs_a_span_in_the_patterns_and_is_one_span() -> None:
    one = {"static_range": {"start_span_number": 3, "end_span_number": 3}}
    gen: dict[str, Any] = {"input_base": "data"}
    assert errors("CsvExampleGen", **gen, input_config=splits("{SPAN}/*"), range_config=one) == []
    assert errors("CsvExampleGen", **gen, range_config=one) == [("range_config", ("range_config",))]
    for range_config in (
        {},
        {"static_range": {"start_span_number": 3}},
        {"rolling_range": {"num_spans": 2}},
        {"rolling_range": {"num_spans": 1, "start_span_number": 1}},
    ):
        found = errors("CsvExampleGen", **gen, input_config=splits("{SPAN}/*"), range_config=range_config)
        assert found == [("range_config", ("range_config",))]


def test_input_of_several_splits_is_not_split_again() -> None:
    output = {"split_config": {"splits": [{"name": "train", "hash_buckets": 1}]}}
    gen: dict[str, Any] = {"input_base": "data", "output_config": output}
    assert errors("CsvExampleGen", **gen, input_config=splits("a", "b")) == [
        ("output_config", ("output_config",))
    ]
    assert errors("CsvExampleGen", **gen, input_config=splits("a")) == []


def test_a_payload_format_is_a_number() -> None:
    assert errors("ImportExampleGen", input_base="x", payload_format=11) == []
    assert errors("ImportExampleGen", input_base="x", payload_format="FORMAT_PROTO") == [
        ("enum", ("payload_format",))
    ]


def test_transform_has_no_cache_where_it_is_disabled() -> None:
    arguments: dict[str, Any] = {"examples": "a.b", "schema": "c.d", "module_file": "x.py"}
    cache = {"analyzer_cache": "t.cache"}
    assert errors("Transform", **arguments, **cache) == []
    disabled = {**arguments, **cache, "disable_analyzer_cache": True}
    assert errors("Transform", **disabled) == [("exclusive", ("analyzer_cache",))]
    assert errors("Transform", **disabled, materialize="x") == [
        ("exclusive", ("analyzer_cache",)),
        ("bool_type", ("materialize",)),
    ]


def test_inputs_are_marked_with_their_artifact_types() -> None:
    fields = component_model("Evaluator").model_fields
    markers = {
        info.alias or name: each.artifact_type
        for name, info in fields.items()
        for each in info.metadata
        if isinstance(each, ChannelInput)
    }
    assert markers == {
        "examples": "Examples",
        "model": "Model",
        "baseline_model": "Model",
        "schema": "Schema",
    }


def imported(code: str) -> set[str]:
    """Which modules of ours a program has imported at its end."""
    program = f"{code}\nimport sys\nprint(*(m for m in sys.modules if m.startswith('tfxc.')))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


def test_only_what_a_spec_uses_is_imported() -> None:
    listed = imported("from tfxc.schemas.components import component_types; component_types()")
    assert not {name for name in listed if name.startswith("tfxc.schemas.components.")}
    code = (
        "from tfxc.schemas.components import component_model\n"
        "model = component_model('Trainer')\n"
        "model.model_validate({'type': 'Trainer', 'examples': 'a.b', 'module_file': 'm.py'})"
    )
    used = imported(code)
    assert {name for name in used if name.startswith("tfxc.schemas.protos.")} == {"tfxc.schemas.protos.base"}
    assert "tfxc.schemas.components.train" in used
    assert "tfxc.schemas.components.evaluate" not in used


def test_statistics_take_one_schema() -> None:
    options: dict[str, Any] = {"schema": {"feature": []}}
    assert errors("StatisticsGen", examples="a.b", stats_options=options) == []
    assert errors("StatisticsGen", examples="a.b", stats_options=options, schema="c.d") == [
        ("exclusive", ("stats_options", "schema"))
    ]
