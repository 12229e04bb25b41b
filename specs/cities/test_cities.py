"""The wiring of the pipeline, and what a run of it on a sample gives.

tfxc test specs/cities       or: pytest specs/cities
"""

from __future__ import annotations

import pytest

from tfxc.testing import SampleRun, Spec

CITIES = ("berlin", "rome", "seville")


def test_each_city_has_a_model_of_its_own(tfxc_spec: Spec) -> None:
    tfxc_spec.assert_valid()
    for city in CITIES:
        tfxc_spec.assert_reads(f"trainer[{city}]", "examples", f"transform[{city}].transformed_examples")
        tfxc_spec.assert_reads(f"evaluator[{city}]", "examples", "new_city.examples")
    tfxc_spec.assert_runs_after("best", *(f"evaluator[{city}]" for city in CITIES))


def test_the_best_of_all_is_pushed(tfxc_run: SampleRun) -> None:
    tfxc_run.assert_succeeded("best", *(f"trainer[{city}]" for city in CITIES))
    aucs = [tfxc_run.metric("auc", node=f"evaluator[{city}]") for city in CITIES]
    chosen = tfxc_run.artifact("best", "model").custom_properties
    assert chosen["metric_value"] == pytest.approx(max(aucs))


def test_the_model_answers_for_the_new_city(tfxc_run: SampleRun) -> None:
    rows = tfxc_run.examples("new_city", split="eval")[:5]
    assert len(tfxc_run.predict(rows)) == len(rows)
