"""Records of runs as tests of specs leave them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.summaries import (
    AnomalySummary,
    EvaluationSummary,
    FeatureStatistics,
    Metric,
    ModelSummary,
    StatisticsSummary,
)
from tfxc.backends.reports.run_report import NodeReport, RunReport
from tfxc.compiler.testing.record import PostedRecord, SampleRecord, TestRecord

ROOT = Path(__file__).parents[2]


def _report(**changes: Any) -> RunReport:
    """A run in which one node failed and one was skipped."""
    nodes = (
        NodeReport(node="example_gen", type="CsvExampleGen", state="succeeded"),
        NodeReport(node="evaluator", type="Evaluator", state="cached"),
        NodeReport(node="pusher", type="Pusher", state="skipped", reason="its condition is false"),
        NodeReport(node="audit", type="steps.py:Audit", state="failed", error=LaunchError(message="no time")),
    )
    metrics = (
        Metric(slice="Overall", name="accuracy", value=0.5),
        Metric(slice="city:rome", name="accuracy", value=0.25),
        Metric(slice="Overall", name="matrix", value="a text"),
    )
    features = (FeatureStatistics(name="minutes", type="float", count=9, missing=1, mean=2.5),)
    given: dict[str, Any] = {
        "pipeline": "visits",
        "run_id": "test",
        "run_date": "2026-01-31",
        "state": "failed",
        "seconds": 1.5,
        "folder": "runs",
        "parameters": {},
        "nodes": nodes,
        "evaluations": (
            EvaluationSummary(node="evaluator", blessed=False, metrics=metrics, failures=("0.5 is too low",)),
        ),
        "anomalies": (
            AnomalySummary(
                node="validator", split="train", feature="kind", severity="ERROR", description="new: x"
            ),
        ),
        "models": (ModelSummary(node="trainer", output="model", servable=False, reason="no signature"),),
        "statistics": (
            StatisticsSummary(
                node="statistics_gen", output="statistics", split="train", examples=10, features=features
            ),
        ),
    }
    return RunReport(**{**given, **changes})


@pytest.fixture
def record() -> Callable[..., TestRecord]:
    """Returns a function that makes a record; ``is_whole`` says whether its sample is all of the data."""

    def make(is_whole: bool = True, changed: bool = False, **report: Any) -> TestRecord:
        sample = SampleRecord(
            node="example_gen",
            split="",
            rows=10,
            of_rows=10 if is_whole else 99,
            files=1,
            of_files=1,
            is_whole=is_whole,
        )
        return TestRecord(
            spec="visits/pipeline.yaml",
            environment=None,
            changed=changed,
            root="/nowhere",
            samples=(sample,),
            replaced=(),
            left_out={"registry": "it registers models in a model registry"},
            posted=(PostedRecord(node="alert", body={"title": "x"}),),
            exit_code=1,
            run=_report(**report),
        )

    return make


@pytest.fixture
def root() -> Path:
    """The folder of the repository."""
    return ROOT
