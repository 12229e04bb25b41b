"""Conditions: decided when the run is opened, or by the artifacts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import Plan, PlanParameter
from tfxc.schemas.plan_conditions import ArtifactOperand, Comparison, Logical, Truth, ValueOperand

pytestmark = pytest.mark.tfx

DATASET = {"made": "Dataset"}


def length(node: str = "make") -> ArtifactOperand:
    return ArtifactOperand(
        node=node, output="made", artifact_type="Dataset", field="custom_property", name="length"
    )


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        (Comparison(operator=">=", left=length(), right=ValueOperand(value=4)), "succeeded"),
        (Comparison(operator=">", left=length(), right=ValueOperand(value=4)), "skipped"),
        # The artifact on the right: turned round.
        (Comparison(operator="<", left=ValueOperand(value=3), right=length()), "succeeded"),
        (Comparison(operator="!=", left=length(), right=length()), "skipped"),
        (Comparison(operator="==", left=length(), right=ValueOperand(value=True)), "skipped"),
        # Known terms are folded away.
        (
            Logical(
                operator="and",
                terms=(
                    Truth(truth=True),
                    Comparison(operator="==", left=length(), right=ValueOperand(value=4)),
                ),
            ),
            "succeeded",
        ),
        (
            Logical(
                operator="or",
                terms=(
                    Truth(truth={"$reference": "parameters.flag"}),
                    Logical(
                        operator="not",
                        terms=(Comparison(operator="<=", left=length(), right=ValueOperand(value=4)),),
                    ),
                ),
            ),
            "skipped",
        ),
        (
            Comparison(
                operator="<",
                left=ValueOperand(value={"$reference": "parameters.number"}),
                right=ValueOperand(value=1),
            ),
            "succeeded",
        ),
    ],
)
def test_conditions(launcher: Any, plans: Any, project: Path, condition: Any, state: str) -> None:
    plan = plans.plan_of(
        project,
        plans.step("make", "Make", outputs=DATASET),
        plans.step("then", "Make", outputs=DATASET, when=condition, upstream=("make",)),
        parameters=(
            PlanParameter(name="flag", type="bool", required=False, default=False),
            PlanParameter(name="number", type="int", required=False, default=0),
        ),
    )
    assert launcher.open(plan, project).all()["then"].state == state


def test_a_condition_without_meaning_is_refused(launcher: Any, plans: Any, project: Path) -> None:
    when = Comparison(operator="<", left=ValueOperand(value="a"), right=ValueOperand(value=1))
    node = plans.step("make", "Make", outputs=DATASET, when=when)
    error = launcher.try_open(plans.plan_of(project, node), project)
    assert error.message == "make.when compares 'a' with 1, which have no order."


JUDGING = """
    from pathlib import Path

    import tensorflow as tf
    from tensorflow_metadata.proto.v0 import anomalies_pb2
    from tensorflow_model_analysis.proto import metrics_for_slice_pb2
    from tfx.dsl.component.experimental.annotations import InputArtifact, OutputArtifact, Parameter
    from tfx.dsl.component.experimental.decorators import component
    from tfx.types.standard_artifacts import ExampleAnomalies, ModelEvaluation


    @component
    def Validate(
        anomalies: OutputArtifact[ExampleAnomalies], outliers: Parameter[int], folder: Parameter[str]
    ):
        for split, number in (("train", 0), ("eval", outliers)):
            found = anomalies_pb2.Anomalies()
            for index in range(number):
                found.anomaly_info[f"feature_{index}"].description = "Out of range."
            path = Path(anomalies.uri, f"{folder}-{split}", "SchemaDiff.pb")
            path.parent.mkdir(parents=True)
            path.write_bytes(found.SerializeToString())


    def metric(values, name, number, model="", output="", is_diff=False):
        pair = values.metric_keys_and_values.add()
        pair.key.name, pair.key.model_name, pair.key.output_name = name, model, output
        pair.key.is_diff = is_diff
        pair.value.double_value.value = number


    @component
    def Evaluate(evaluation: OutputArtifact[ModelEvaluation]):
        overall, women = metrics_for_slice_pb2.MetricsForSlice(), metrics_for_slice_pb2.MetricsForSlice()
        for column, value in (("sex", b"female"), ("age", b"old")):
            women.slice_key.single_slice_keys.add(column=column, bytes_value=value)
        metric(overall, "auc", 0.9, "candidate")
        metric(overall, "auc", 0.7, "baseline")
        metric(overall, "auc", 0.2, "candidate", is_diff=True)
        metric(overall, "loss", 1.0, "candidate", "first")
        metric(overall, "loss", 2.0, "candidate", "second")
        metric(women, "auc", 0.4, "candidate")
        with tf.io.TFRecordWriter(str(Path(evaluation.uri, "metrics-00000-of-00001.tfrecord"))) as writer:
            for values in (overall, women):
                writer.write(values.SerializeToString())


    @component
    def After(evaluation: InputArtifact[ModelEvaluation] = None):
        print("after")
"""
EVALUATION = {"evaluation": "ModelEvaluation"}
ANOMALIES = {"anomalies": "ExampleAnomalies"}


def judged(plans: Any, folder: Path, *conditions: Any, outliers: int = 0, **execution: Any) -> Plan:
    """Returns a pipeline with a validator, an evaluator, and a node for each condition."""
    plans.write(folder, {"judging.py": JUDGING})
    validate = plans.step(
        "validate",
        "Validate",
        module="judging",
        arguments={"outliers": plans.value(outliers), "folder": plans.value("SplitPair")},
        outputs=ANOMALIES,
        execution=plans.execution(**execution),
    )
    evaluate = plans.step("evaluate", "Evaluate", module="judging", outputs=EVALUATION)
    waiting = [
        plans.step(f"after{index}", "After", module="judging", when=when, upstream=("validate", "evaluate"))
        for index, when in enumerate(conditions)
    ]
    plan: Plan = plans.plan_of(
        folder,
        validate,
        evaluate,
        *waiting,
        parameters=(PlanParameter(name="slice", type="str", required=False, default="female"),),
    )
    return plan


PASSED = Comparison(
    operator="==",
    left=ArtifactOperand(
        node="validate", output="anomalies", artifact_type="ExampleAnomalies", field="passed"
    ),
    right=ValueOperand(value=True),
)


def metric_is(name: str, value: float, **arguments: Any) -> Comparison:
    return Comparison(
        operator="==",
        left=ArtifactOperand(
            node="evaluate",
            output="evaluation",
            artifact_type="ModelEvaluation",
            field="metric",
            name=name,
            arguments=arguments,
        ),
        right=ValueOperand(value=value),
    )


def test_conditions_read_anomalies_and_metrics(launcher: Any, plans: Any, tmp_path: Path) -> None:
    slice_name = {"$concatenate": ["age:old, sex:", {"$reference": "parameters.slice"}]}
    conditions = [
        PASSED,
        metric_is("auc", 0.9),
        metric_is("auc", 0.7, model="baseline"),
        metric_is("auc (change)", 0.2),
        metric_is("auc", 0.4, slice=slice_name),
        metric_is("loss", 2.0, output="second"),
        metric_is("first.loss", 1.0),
        Logical(operator="and", terms=(PASSED, metric_is("auc", 0.5))),
    ]
    plan = judged(plans, tmp_path, *conditions)
    run = launcher.open(plan, tmp_path)
    states = [result.state for name, result in run.all().items() if name.startswith("after")]
    assert states == ["succeeded"] * 7 + ["skipped"]
    # Only in memory: what producers published is what others find.
    names = [set(artifact.properties) for artifact in run.node("evaluate").artifacts]
    assert not [name for each in names for name in each if "metric" in name]

    plan = judged(plans, tmp_path, PASSED, Logical(operator="not", terms=(PASSED,)), outliers=2)
    results = launcher.open(plan, tmp_path).all()
    assert [results[name].state for name in ("evaluate", "after0", "after1")] == [
        "cached",
        "skipped",
        "succeeded",
    ]


def test_a_metric_that_is_not_there_is_named(launcher: Any, plans: Any, tmp_path: Path) -> None:
    plan = judged(
        plans,
        tmp_path,
        metric_is("acu", 1),
        metric_is("auc", 1, slice="sex:male"),
        metric_is("loss", 1),
    )
    results = launcher.open(plan, tmp_path).all()
    messages = [result.error.message for name, result in results.items() if name.startswith("after")]
    undecided = "the condition of `{}` cannot be decided: `evaluate.evaluation` has "
    assert messages == [
        undecided.format("after0") + "no metric acu; there are: auc, auc (change), first.loss, second.loss.",
        undecided.format("after1") + "no slice sex:male; there are: Overall, sex:female, age:old.",
        undecided.format("after2") + "the metric loss of several outputs; say which: first, second.",
    ]


def test_anomalies_fail_a_node_that_asks_for_it(launcher: Any, plans: Any, tmp_path: Path) -> None:
    plan = judged(plans, tmp_path, outliers=2, on_anomaly="fail")
    run = launcher.open(plan, tmp_path)
    result = run.node("validate")
    assert (result.state, result.error.message) == (
        "failed",
        "`validate` found anomalies in eval: feature_0 (Out of range); feature_1 (Out of range).",
    )
    # What it found is there to be looked at, and no later run takes it for a success.
    assert [each.feature for each in run.summary().anomalies] == ["feature_0", "feature_1"]
    assert launcher.open(plan, tmp_path).node("validate").state == "failed"
    tolerant = judged(plans, tmp_path, outliers=2)
    assert launcher.open(tolerant, tmp_path).node("validate").state == "succeeded"
    assert launcher.open(plan, tmp_path).node("validate").state == "failed"
    fine = judged(plans, tmp_path, on_anomaly="fail")
    assert launcher.open(fine, tmp_path).node("validate").state == "succeeded"
    assert launcher.open(fine, tmp_path).node("validate").state == "cached"
