"""What the launcher's summary of a run says, in the values that artifacts are read into.

For pages of artifacts that cannot be read from where the page is made: these have no histograms.
"""

from __future__ import annotations

from collections.abc import Sequence

from tfxc.backends.launcher.protocol.evaluation_messages import CHANGE, OVERALL
from tfxc.backends.launcher.protocol.summaries import (
    AnomalySummary,
    EvaluationSummary,
    FeatureStatistics,
    StatisticsSummary,
)
from tfxc.backends.reports.artifacts.anomalies import Anomaly
from tfxc.backends.reports.artifacts.evaluation import Evaluation, Metric, Slice
from tfxc.backends.reports.artifacts.statistics import Dataset, Feature


def datasets(found: Sequence[StatisticsSummary]) -> tuple[Dataset, ...]:
    """Returns the statistics of splits."""
    return tuple(Dataset(each.split, each.examples, tuple(map(_feature, each.features))) for each in found)


def _feature(found: FeatureStatistics) -> Feature:
    is_text = found.unique is not None
    return Feature(
        found.name,
        found.type,
        "text" if is_text else "number" if found.mean is not None else "other",
        found.count,
        found.missing,
        found.count,
        mean=found.mean,
        std_dev=found.std_dev,
        min=found.min,
        median=found.median,
        max=found.max,
        zeros=found.zeros,
        unique=found.unique,
        top=found.top,
    )


def anomalies(found: Sequence[AnomalySummary]) -> tuple[Anomaly, ...]:
    """Returns anomalies; of what kind they are is not told, and so not what to do."""
    return tuple(
        Anomaly(each.split, each.feature, each.severity, "anomaly", each.description, "") for each in found
    )


def evaluation(found: EvaluationSummary) -> Evaluation:
    """Returns an evaluation. A failure that names no slice that there is is a remark."""
    metrics: dict[str, dict[str, Metric]] = {}
    for each in found.metrics:
        known = metrics.setdefault(each.slice, {})
        name = each.name.removesuffix(CHANGE)
        before = known.get(name, Metric())
        if name != each.name:
            change = each.value if isinstance(each.value, float) else None
            known[name] = Metric(before.value, change=change)
        else:
            known[name] = Metric(each.value, change=before.change)
    failures: dict[str, list[str]] = {}
    remarks = [f"no example is in the slice {empty}, which is asked for" for empty in found.empty_slices]
    for failure in found.failures:
        where = max((name for name in metrics if failure.startswith(f"{name}: ")), key=len, default=None)
        if where is None:
            remarks.append(failure)
        else:
            failures.setdefault(where, []).append(failure.removeprefix(f"{where}: "))
    slices = tuple(
        Slice(_keys(name), values, tuple(failures.get(name, ()))) for name, values in metrics.items()
    )
    names = dict.fromkeys(name for values in metrics.values() for name in values)
    return Evaluation(slices, (), None, tuple(remarks), tuple(names))


def _keys(name: str) -> tuple[tuple[str, str], ...]:
    """Returns keys that make the same name again."""
    if name == OVERALL:
        return ()
    column, _, value = name.partition(":")
    return ((column, value),)
