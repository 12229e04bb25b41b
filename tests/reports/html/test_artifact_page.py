"""The page of one artifact, as Kubeflow shows it beside a task."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.messages import Artifact
from tfxc.backends.launcher.protocol.summaries import (
    AnomalySummary,
    EvaluationSummary,
    FeatureStatistics,
    Metric,
    RunSummary,
    StatisticsSummary,
)
from tfxc.backends.reports.html.artifact_page import artifact_page, skipped_page

REMOTE = "minio://bucket/1"
NOT_READ = "since the artifact cannot be read: it lies at minio://bucket/1"
SUMMARY = RunSummary(
    statistics=(
        StatisticsSummary(
            node="statistics_gen",
            output="statistics",
            split="train",
            examples=10,
            features=(
                FeatureStatistics(name="wing", type="FLOAT", count=9, missing=1, mean=2.0, std_dev=0.5),
                FeatureStatistics(
                    name="colour", type="STRING", count=10, missing=0, unique=2, top=(("red", 7.0),)
                ),
            ),
        ),
    ),
    anomalies=(
        AnomalySummary(
            node="example_validator", split="eval", feature="wing", severity="ERROR", description="<b>"
        ),
    ),
    evaluations=(
        EvaluationSummary(
            node="evaluator",
            blessed=False,
            baseline=True,
            metrics=(
                Metric(slice="Overall", name="accuracy", value=0.5),
                Metric(slice="Overall", name="accuracy (change)", value=-0.125),
                Metric(slice="a:b, c:d", name="accuracy", value=0.25),
            ),
            failures=(
                "a:b, c:d: accuracy is 0.25, below its lower bound 0.9",
                "no example is in the slice x",
            ),
        ),
    ),
)


def artifacts(made: Any, node: str) -> list[Artifact]:
    return [
        Artifact(
            output=key,
            artifact_type=each.type,
            id=each.id,
            uri=each.uri,
            properties=dict(each.custom_properties),
        )
        for key, listed in made.nodes[node].outputs.items()
        for each in listed
    ]


@pytest.mark.parametrize(
    ("node", "output", "words"),
    [
        ("statistics_gen", "statistics", ('class="area s1"', "wing_0", "train", "eval")),
        ("example_validator", "anomalies", ("pink is not in the domain", "domain in the schema")),
        ("evaluator", "evaluation", ("The model is not blessed.", "Confusion matrix", "≥ 0.7")),
        ("trainer", "model_run", ("uPlot", "loss", "validation")),
        ("tuner", "tuner_results", ("Trials", "0.9")),
    ],
)
def test_what_can_be_read_is_shown_as_in_the_report(
    whole_run: Callable[..., Any], now: datetime, node: str, output: str, words: tuple[str, ...]
) -> None:
    made = whole_run()
    (artifact,) = made.nodes[node].outputs[output]
    moved = [each.model_copy(update={"uri": f"gs://b{each.uri}"}) for each in artifacts(made, node)]
    places = {f"gs://b{artifact.uri}": artifact.uri}
    text = artifact_page(node, output, artifact.type, moved, places, RunSummary(), now)
    for each in words:
        assert each in text
    assert "cannot be read" not in text


@pytest.mark.parametrize(
    ("node", "output", "artifact_type", "words"),
    [
        ("statistics_gen", "statistics", "ExampleStatistics", ("wing", "2 ± 0.5", "10.0%", "red", NOT_READ)),
        ("example_validator", "anomalies", "ExampleAnomalies", ("&lt;b&gt;", "wing", NOT_READ)),
        (
            "evaluator",
            "evaluation",
            "ModelEvaluation",
            (
                "The model is not blessed.",
                "−0.1250",
                "<li>a:b, c:d: accuracy is 0.25, below its lower bound 0.9</li>",
                "no example is in the slice x",
                NOT_READ,
            ),
        ),
        ("trainer", "model_run", "ModelRun", ("there is nothing to report",)),
        ("other", "other", "Examples", ("there is nothing to report",)),
    ],
)
def test_what_cannot_be_read_is_told_from_the_summary(
    now: datetime, node: str, output: str, artifact_type: str, words: tuple[str, ...]
) -> None:
    listed = [Artifact(output=output, artifact_type=artifact_type, id=1, uri=REMOTE)]
    text = artifact_page(node, output, artifact_type, listed, {}, SUMMARY, now)
    for each in words:
        assert each in text


def test_a_skipped_node_says_so(now: datetime) -> None:
    assert "the node was skipped" in skipped_page("trainer", "model", now)
