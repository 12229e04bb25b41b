"""Metrics, models and slices of an Evaluator that are known to fail before anything runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.compiler.conftest import CheckSpec
from tfxc.compiler.checks.model_specs import MODEL_TYPES
from tfxc.compiler.driver import check
from tfxc.schemas.metric_classes import metric_classes

ROOT = Path(__file__).parents[2]
EVALUATOR = """\
examples: {type: CsvExampleGen, input_base: data}
trainer: {type: Importer, source_uri: model, artifact_type: Model}
evaluator:
  type: Evaluator
  examples: examples.examples
  model: trainer.model
  MORE
  eval_config: CONFIG
"""
OF_METRICS = {"M413", "M414", "M415", "M416", "W775", "W776"}


def found(check_spec: CheckSpec, config: object, more: str = "") -> list[tuple[str, str]]:
    text = EVALUATOR.replace("CONFIG", json.dumps(config)).replace("  MORE\n", f"  {more}\n" if more else "")
    return [(each.code, each.message) for each in check_spec(text) if each.code in OF_METRICS]


def metric(name: str, **more: object) -> dict[str, object]:
    return {"metrics_specs": [{"metrics": [{"class_name": name, **more}]}]}


def test_every_class_of_the_table_is_taken(check_spec: CheckSpec) -> None:
    samples = {"float": 0.5, "int": 1, "str": "x", "list": [1], "bool": True}
    metrics = [
        {
            "class_name": name,
            "config": {
                key: next((samples[kind] for kind in samples if kind in each.arguments[key].kinds), "x")
                for key in each.required
            },
        }
        for name, each in metric_classes().items()
    ]
    assert found(check_spec, {"metrics_specs": [{"metrics": metrics, "query_key": "query"}]}) == []


@pytest.mark.parametrize("key", ["class_name", "className"])
def test_a_misspelt_class_is_found_by_either_spelling_of_its_key(check_spec: CheckSpec, key: str) -> None:
    config = {"metricsSpecs": [{"metrics": [{key: "AUCC"}]}]}
    assert [code for code, _ in found(check_spec, config)] == ["M413"]


@pytest.mark.parametrize("more", ["module_file: own.py", "module_path: company.evaluation"])
def test_an_evaluator_with_code_of_its_own_may_have_classes_of_its_own(
    check_spec: CheckSpec, more: str
) -> None:
    assert found(check_spec, metric("AUCC"), more) == []


def test_what_a_module_holds_is_not_looked_at(check_spec: CheckSpec) -> None:
    assert found(check_spec, metric("Mse", module="company.metrics", config={"anything": 1})) == []


@pytest.mark.parametrize(
    ("value", "is_wrong"),
    [(200, False), (200.0, False), (None, False), ("200", True), (True, True), ([1], True), (0.5, True)],
)
def test_values_are_held_to_the_type_of_the_argument(
    check_spec: CheckSpec, value: object, is_wrong: bool
) -> None:
    for config in ({"num_thresholds": value}, json.dumps({"num_thresholds": value})):
        codes = [code for code, _ in found(check_spec, metric("AUC", config=config))]
        assert codes == (["M414"] if is_wrong else [])


@pytest.mark.parametrize("curve", ["ROC", "roc", "PR"])
def test_choices_are_taken_in_any_case(check_spec: CheckSpec, curve: str) -> None:
    assert found(check_spec, metric("AUC", config={"curve": curve})) == []


@pytest.mark.parametrize("kind", MODEL_TYPES)
def test_every_model_type_of_tfma_is_taken(check_spec: CheckSpec, kind: str) -> None:
    assert found(check_spec, {"model_specs": [{"model_type": kind}], **metric("AUC")}) == []


@pytest.mark.parametrize(
    "asked",
    ["auc", "auc@class_id:0", "species.auc", "loss", "accuracy", "auc (change)"],
)
def test_metrics_that_are_or_may_be_computed_can_be_waited_for(check_spec: CheckSpec, asked: str) -> None:
    text = EVALUATOR.replace("  MORE\n", "").replace("CONFIG", json.dumps(metric("AUC")))
    text += "statistics: {type: StatisticsGen, examples: examples.examples, when: 'WHEN'}\n".replace(
        "WHEN", f'evaluator.evaluation.metric("{asked}") > 0.5'
    )
    assert [each.code for each in check_spec(text) if each.code in OF_METRICS] == []


@pytest.mark.parametrize(
    "spec", sorted(ROOT.glob("specs/*/pipeline*.yaml")), ids=lambda path: path.parent.name
)
def test_nothing_is_found_in_the_specs_of_this_repository(spec: Path) -> None:
    assert not OF_METRICS & {each.code for each in check(spec).diagnostics}
