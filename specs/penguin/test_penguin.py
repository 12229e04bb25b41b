"""The wiring of the pipeline, and what a run of it on a sample gives.

tfxc test specs/penguin       or: pytest specs/penguin
"""

from __future__ import annotations

from tfxc.testing import SampleRun, Spec


def test_only_a_blessed_model_is_pushed(tfxc_spec: Spec) -> None:
    tfxc_spec.assert_valid()
    tfxc_spec.assert_reads("pusher", "model", "trainer.model")
    tfxc_spec.assert_runs_after("pusher", "evaluator", "example_validator")
    assert tfxc_spec.condition("pusher") == "evaluator.blessing.custom_properties.blessed == 1"


def test_data(tfxc_run: SampleRun) -> None:
    tfxc_run.assert_no_anomalies(feature="species")
    assert tfxc_run.feature("sex", split="eval").missing < 10
    rows = tfxc_run.examples("example_gen", split="train")
    assert {row["species"] for row in rows} == {"Adelie", "Chinstrap", "Gentoo"}


def test_model(tfxc_run: SampleRun) -> None:
    tfxc_run.assert_succeeded("trainer", "evaluator")
    assert tfxc_run.metric("sparse_categorical_accuracy") > 0.6
    assert tfxc_run.metric("sparse_categorical_accuracy", slice="species:Gentoo") > 0.6
    adelie = {"bill_length_mm": 39.1, "bill_depth_mm": 18.7, "flipper_length_mm": 181, "body_mass_g": 3750}
    (answer,) = tfxc_run.predict([{**adelie, "island": "Torgersen", "sex": "male", "year": 2007}])
    assert max(answer["probabilities"]) > 0.5
