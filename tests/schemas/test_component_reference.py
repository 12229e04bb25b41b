"""What `tfxc components` prints."""

from __future__ import annotations

import pytest

from tfxc.compiler.models.component_pages import (
    COMMON_TOPIC,
    Entry,
    component_overview,
    component_page,
    render_component,
    render_overview,
)
from tfxc.schemas.components import UnknownComponentTypeError, component_types


def entry(entries: tuple[Entry, ...], name: str) -> Entry:
    return next(each for each in entries if each.name == name)


def test_the_overview_has_every_component_once_in_the_order_of_a_pipeline() -> None:
    assert tuple(row.type for row in component_overview()) == component_types()


def test_the_overview_names_inputs_by_the_keys_of_a_spec() -> None:
    transform = next(row for row in component_overview() if row.type == "Transform")
    assert transform.inputs == ("examples", "schema", "analyzer_cache")


@pytest.mark.parametrize("type_name", [*component_types(), COMMON_TOPIC])
def test_a_page_fits_into_80_columns(type_name: str) -> None:
    lines = render_component(type_name).splitlines()
    class_path = component_page(type_name).class_path if type_name in component_types() else ""
    assert max(len(line) for line in lines if line != class_path) <= 80


def test_the_overview_fits_into_80_columns() -> None:
    assert max(map(len, render_overview().splitlines())) <= 80


def test_a_page_tells_inputs_from_arguments() -> None:
    page = component_page("Trainer")
    assert entry(page.inputs, "examples").type == "Examples"
    assert entry(page.inputs, "examples").required
    assert not entry(page.inputs, "schema").required
    assert entry(page.arguments, "custom_config").type == "mapping"
    assert [output.name for output in page.outputs] == ["model", "model_run"]
    assert page.rules == ("Exactly one of module_file, run_fn.",)


def test_config_messages_are_shown_as_a_tree_each_once() -> None:
    page = component_page("Evaluator")
    metrics = entry(entry(page.arguments, "eval_config").entries, "metrics_specs")
    assert metrics.type == "list of MetricsSpec"
    metric = entry(metrics.entries, "metrics")
    first = entry(metric.entries, "threshold")
    again = entry(metrics.entries, "thresholds")
    assert entry(first.entries, "value_threshold").entries
    assert again.above
    assert again.entries == ()


def test_choices_and_limits_are_in_the_types() -> None:
    pusher = component_page("Pusher")
    filesystem = entry(entry(pusher.arguments, "push_destination").entries, "filesystem")
    assert entry(filesystem.entries, "versioning").type == "AUTO or UNIX_TIMESTAMP"
    assert entry(filesystem.entries, "base_directory").type == "path"
    train_args = entry(component_page("Trainer").arguments, "train_args")
    assert entry(train_args.entries, "num_steps").type == "integer ≥ 0"


def test_every_key_is_described() -> None:
    def undescribed(entries: tuple[Entry, ...]) -> list[str]:
        return [
            name
            for each in entries
            for name in ([] if each.description else [each.name]) + undescribed(each.entries)
        ]

    for type_name in component_types():
        page = component_page(type_name)
        assert undescribed(page.inputs + page.arguments + page.outputs) == [], type_name


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(UnknownComponentTypeError):
        render_component("Trainr")
