"""What a past run found out: as its folder has kept it, or else as its artifacts say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Optional

from tfxc.backends.launcher.protocol.evaluation_messages import CHANGE
from tfxc.backends.launcher.protocol.summaries import (
    LONGEST_VALUE,
    MOST_FEATURES,
    TOP_VALUES,
    EvaluationSummary,
    FeatureStatistics,
    Metric,
    RunSummary,
    StatisticsSummary,
)
from tfxc.backends.metadata.run_folder import RunFolder
from tfxc.backends.metadata.values import Run, is_true
from tfxc.backends.reports.artifacts.evaluation import Evaluation, read_evaluation
from tfxc.backends.reports.artifacts.files import UnreadableError
from tfxc.backends.reports.artifacts.statistics import Feature, read_statistics
from tfxc.schemas.failures import Failure

_SLICE = ": "
"""stands between the split and the slice in the name of a slice's statistics"""


def found_out(run: Run) -> RunSummary:
    """Returns what the summary in a run's folder says.

    A run that has none (of Airflow, of Kubeflow) has the evaluations and statistics that can be read from
    here; those that cannot are left out, and where nothing that reads them is installed all are.
    """
    kept = _kept(run)
    if kept is not None:
        return kept
    return RunSummary(evaluations=tuple(_evaluations(run)), statistics=tuple(_statistics(run)))


def _kept(run: Run) -> Optional[RunSummary]:
    if run.folder is None:
        return None
    try:
        whole = json.loads(RunFolder(Path(run.folder)).summary.read_text(encoding="utf-8"))
        return RunSummary.model_validate(
            {name: whole[name] for name in RunSummary.model_fields if name in whole}
        )
    except (OSError, ValueError, TypeError, RecursionError):
        return None


def _evaluations(run: Run) -> Iterator[EvaluationSummary]:
    blessed = {node.node: is_true(blessing, "blessed") for node, blessing in run.made("ModelBlessing")}
    for node, artifact in run.made("ModelEvaluation"):
        try:
            found = read_evaluation(artifact.uri)
        except (UnreadableError, Failure):
            continue
        yield _summary(node.node, found, blessed.get(node.node))


def _statistics(run: Run) -> Iterator[StatisticsSummary]:
    for node, artifact in run.made("ExampleStatistics"):
        output = next(key for key, found in node.outputs.items() if artifact in found)
        try:
            datasets = read_statistics(artifact.uri)
        except (UnreadableError, Failure):
            continue
        for dataset in datasets:
            if _SLICE not in dataset.name:  # of slices only the whole
                features = tuple(map(_feature, _most_missing(dataset.features)))
                yield StatisticsSummary(
                    node=node.node,
                    output=output,
                    split=dataset.name,
                    examples=dataset.examples,
                    features=features,
                    feature_count=len(dataset.features),
                )


def _most_missing(features: Sequence[Feature]) -> list[Feature]:
    worst = sorted(range(len(features)), key=lambda index: -features[index].missing)
    return [features[index] for index in sorted(worst[:MOST_FEATURES])]


def _feature(feature: Feature) -> FeatureStatistics:
    """Returns a feature as the summary of a run keeps it: the same values of two runs are compared."""
    return FeatureStatistics(
        name=feature.name,
        type=feature.type,
        count=feature.present,
        missing=feature.missing,
        mean=feature.mean,
        std_dev=feature.std_dev,
        min=feature.min,
        median=feature.median,
        max=feature.max,
        zeros=feature.zeros,
        unique=feature.unique,
        top=tuple((value[:LONGEST_VALUE], count) for value, count in feature.top[:TOP_VALUES]),
    )


def _summary(node: str, found: Evaluation, blessed: Optional[bool]) -> EvaluationSummary:
    metrics = []
    for each in found.slices:
        for name, metric in each.metrics.items():
            metrics.append(Metric(slice=each.name, name=name, value=metric.value))
            if metric.change is not None:
                metrics.append(Metric(slice=each.name, name=f"{name}{CHANGE}", value=metric.change))
    return EvaluationSummary(
        node=node,
        blessed=blessed,
        metrics=tuple(metrics),
        failures=tuple(failure for each in found.slices for failure in each.failures),
        baseline=any(
            metric.baseline is not None for each in found.slices for metric in each.metrics.values()
        ),
    )
