"""What a test can ask of a spec and of a run, and what it is told where the answer is no."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tfxc.compiler.testing.record import TestRecord
from tfxc.compiler.testing.sample_run import SampleRun
from tfxc.compiler.testing.spec import Spec

Make = Callable[..., TestRecord]


@pytest.fixture(scope="module")
def penguin() -> Spec:
    return Spec(Path(__file__).parents[2] / "specs" / "penguin" / "pipeline.yaml")


def test_wiring_and_order(penguin: Spec) -> None:
    penguin.assert_valid()
    assert penguin.type_of("trainer") == "Trainer"
    assert penguin.reads("evaluator", "model") == ("trainer.model",)
    penguin.assert_reads("evaluator", "model", "trainer.model")
    penguin.assert_runs_after("pusher", "example_validator", "trainer")
    assert "transform" in penguin.upstream("trainer")
    assert penguin.downstream("evaluator") == {"pusher"}
    assert penguin.condition("pusher") == "evaluator.blessing.custom_properties.blessed == 1"
    assert penguin.condition("trainer") is None
    assert penguin.argument("trainer", "train_args") == {"num_steps": "{{ parameters.train_steps }}"}
    assert penguin.argument("trainer", "custom_config") is None
    assert penguin.nodes.index("example_gen") < penguin.nodes.index("trainer")


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda spec: spec.node("trianer"), "did you mean `trainer`"),
        (lambda spec: spec.reads("evaluator", "modle"), "did you mean `model`"),
        (lambda spec: spec.assert_reads("evaluator", "model", "a.b"), "reads trainer.model, not a.b"),
        (lambda spec: spec.assert_runs_after("trainer", "pusher"), "does not wait for `pusher`"),
    ],
)
def test_what_is_not_so_is_told(ask: Callable[[Spec], object], sentence: str, penguin: Spec) -> None:
    with pytest.raises(AssertionError, match=sentence):
        ask(penguin)


def test_mistakes_are_shown_as_validate_shows_them(tmp_path: Path) -> None:
    spec = tmp_path / "pipeline.yaml"
    spec.write_text("version: 1\nname: x\ncomponents: {a: {type: CsvExmpleGen}}\n")
    found = Spec(spec)
    assert [each.code for each in found.errors] == [each.code for each in found.diagnostics]
    with pytest.raises(AssertionError, match="CsvExampleGen"):
        found.assert_valid()
    with pytest.raises(AssertionError, match="the spec has mistakes"):
        found.node("a")


def test_the_environment_of_tests_is_applied_if_there_is_one(tmp_path: Path) -> None:
    spec = tmp_path / "pipeline.yaml"
    gen = "components: {gen: {type: CsvExampleGen, input_base: data}}\n"
    spec.write_text(f"version: 1\nname: x\n{gen}environments: {{test: {{name: y}}, other: {{name: z}}}}\n")
    names = {env: Spec(spec, env).plan.name for env in (None, "", "other")}
    assert names == {None: "y", "": "x", "other": "z"}


def test_states_of_a_run(record: Make) -> None:
    run = SampleRun(record())
    assert run.states["registry"] == "left_out"
    assert run.states["pusher"] == "skipped"
    run.assert_succeeded("example_gen", "evaluator")
    with pytest.raises(AssertionError, match="audit: failed: no time"):
        run.assert_succeeded()
    with pytest.raises(AssertionError, match="pusher: skipped: its condition is false"):
        run.assert_succeeded("pusher")
    with pytest.raises(AssertionError, match="left out of tests: it registers models"):
        run.assert_succeeded("registry")
    with pytest.raises(AssertionError, match="there are: example_gen, evaluator"):
        run.assert_succeeded("nobody")


def test_data_of_a_run(record: Make) -> None:
    run = SampleRun(record())
    run.assert_no_anomalies(feature="minutes")
    run.assert_no_anomalies(split="eval")
    with pytest.raises(AssertionError, match=r"validator: kind \(train\): new: x"):
        run.assert_no_anomalies()
    assert run.statistics().examples == 10
    assert run.feature("minutes").mean == 2.5
    with pytest.raises(AssertionError, match="there are: minutes"):
        run.feature("hours")
    with pytest.raises(AssertionError, match="statistics_gen: train"):
        run.statistics("test")


def test_models_of_a_run(record: Make) -> None:
    run = SampleRun(record())
    assert run.metric("accuracy") == 0.5
    assert run.metric("accuracy", "city:rome") == 0.25
    assert run.metrics("accuracy") == {"Overall": 0.5, "city:rome": 0.25}
    assert not run.is_blessed()
    with pytest.raises(AssertionError, match=r"has not blessed the model:\n  0\.5 is too low"):
        run.assert_blessed()
    with pytest.raises(AssertionError, match="there are: accuracy, matrix"):
        run.metric("auc")
    with pytest.raises(AssertionError, match="there are: Overall, city:rome"):
        run.metric("accuracy", "city:berlin")
    with pytest.raises(AssertionError, match="is no number"):
        run.metric("matrix")
    with pytest.raises(AssertionError, match="there is no model"):
        run.predict([{"minutes": 1.0}])
    with pytest.raises(AssertionError, match="no Evaluator other was over; there are: evaluator"):
        run.evaluation("other")
    assert run.posted == {"alert": ({"title": "x"},)}
