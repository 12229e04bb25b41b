"""The wiring of the pipeline, and what a run of it on a sample gives.

tfxc test specs/taxi       or: pytest specs/taxi
"""

from __future__ import annotations

from tfxc.testing import SampleRun, Spec


def test_raw_trips_are_evaluated(tfxc_spec: Spec) -> None:
    tfxc_spec.assert_valid()
    tfxc_spec.assert_reads("evaluator", "examples", "example_gen.examples")
    tfxc_spec.assert_reads("pusher", "model_blessing", "evaluator.blessing")
    tfxc_spec.assert_runs_after("pusher", "transform", "evaluator")


def test_what_is_not_recorded_stays_a_gap(tfxc_run: SampleRun) -> None:
    fare, tract = (tfxc_run.feature(name) for name in ("fare", "dropoff_census_tract"))
    assert fare.missing < tract.missing


def test_the_label_is_made_in_transform(tfxc_run: SampleRun) -> None:
    rows = tfxc_run.examples("transform", "transformed_examples", split="eval")
    assert {row["big_tipper_xf"] for row in rows} == {0, 1}


def test_tips_are_told_better_than_by_chance(tfxc_run: SampleRun) -> None:
    tfxc_run.assert_succeeded("trainer", "evaluator")
    assert tfxc_run.metric("auc") > 0.6
    rows = tfxc_run.examples("example_gen", split="eval")[:5]
    assert len(tfxc_run.predict(rows, node="trainer")) == len(rows)
