"""The sections about data: statistics of every feature with its schema, anomalies, Transform."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Optional

from tfxc.backends.reports.artifacts.anomalies import Anomaly, Distance
from tfxc.backends.reports.artifacts.schema import SchemaFeature
from tfxc.backends.reports.artifacts.statistics import Dataset, Feature
from tfxc.backends.reports.artifacts.transform_graph import Vocabulary
from tfxc.backends.reports.html.drawing import Histogram, distance, histogram
from tfxc.backends.reports.html.numbers import shown_number, shown_share
from tfxc.backends.reports.html.sections import DataTable, Heading, Row, Section

MOST_FEATURES = 500
MOST_DATASETS = 6
"""As many as there are colours."""


@dataclass(frozen=True)
class SplitValues:
    """What one split has of a feature, as text; ``missing_share`` is for sorting."""

    series: int
    missing: str
    zeros: str
    centre: str
    spread: str
    is_there: bool = True


@dataclass(frozen=True)
class FeatureRow:
    """A feature with all splits."""

    name: str
    type: str
    picture: Optional[Histogram]
    splits: tuple[SplitValues, ...]
    missing: float
    zeros: float
    difference: float
    shown_difference: str
    schema: Optional[SchemaFeature]
    anomalies: tuple[Anomaly, ...]


def data_section(
    identity: str,
    title: str,
    datasets: Sequence[Dataset],
    schema: Sequence[SchemaFeature] = (),
    anomalies: Sequence[Anomaly] = (),
    notes: Sequence[str] = (),
) -> Section:
    """Returns the statistics of data sets side by side, as shares; features with anomalies come first."""
    shown = tuple(datasets[:MOST_DATASETS])
    remarks = list(notes)
    if len(datasets) > len(shown):
        remarks.append(f"splits and slices that are left out: {len(datasets) - len(shown):,}")
    rows = _rows(shown, schema, anomalies)
    kept = rows
    if len(rows) > MOST_FEATURES:
        # Those with anomalies, then those that differ most; the rest is in the file.
        kept = sorted(rows, key=lambda row: (not row.anomalies, -row.difference))[:MOST_FEATURES]
        remarks.append(
            f"of {len(rows):,} features {MOST_FEATURES:,} are shown: those with anomalies, and"
            " those that differ most between splits"
        )
    elif anomalies:
        kept = sorted(rows, key=lambda row: not row.anomalies)
    view = {
        "datasets": [(index, each.name or "all", each.examples) for index, each in enumerate(shown)],
        "rows": kept,
        "total": len(rows),
        "has_schema": bool(schema),
        "has_difference": len(shown) > 1,
        "id": identity,
    }
    return Section(identity, title, "data.html.jinja2", view, tuple(remarks))


def _rows(
    datasets: Sequence[Dataset], schema: Sequence[SchemaFeature], anomalies: Sequence[Anomaly]
) -> list[FeatureRow]:
    by_dataset = [{feature.name: feature for feature in dataset.features} for dataset in datasets]
    in_schema = {each.name: each for each in schema}
    found: dict[str, list[Anomaly]] = {}
    for anomaly in anomalies:
        found.setdefault(anomaly.feature, []).append(anomaly)
    names = dict.fromkeys(name for features in by_dataset for name in features)
    titles = [dataset.name for dataset in datasets]
    rows = []
    for name in names:
        features = [each.get(name) for each in by_dataset]
        rows.append(
            feature_row(name, features, datasets, titles, in_schema.get(name), tuple(found.get(name, ())))
        )
    return rows


def feature_row(
    name: str,
    features: Sequence[Optional[Feature]],
    datasets: Sequence[Dataset],
    titles: Sequence[str],
    schema: Optional[SchemaFeature] = None,
    anomalies: tuple[Anomaly, ...] = (),
) -> FeatureRow:
    """Returns a feature with all splits; None stands for a split that does not have it."""
    first = next(feature for feature in features if feature is not None)
    splits = tuple(
        _split(index, feature, dataset.examples)
        for index, (feature, dataset) in enumerate(zip(features, datasets, strict=True))
    )
    missing = max(
        (
            feature.missing / max(1, dataset.examples)
            for feature, dataset in zip(features, datasets, strict=True)
            if feature is not None
        ),
        default=0.0,
    )
    zeros = max(
        (feature.zeros / max(1, feature.values) for feature in features if feature and feature.zeros),
        default=0.0,
    )
    apart = distance(features)
    picture = histogram(features, titles)
    shown = f"{apart:.3f}" if len(datasets) > 1 else ""
    return FeatureRow(
        name, first.type.lower(), picture, splits, missing, zeros, apart, shown, schema, anomalies
    )


def _split(index: int, feature: Optional[Feature], examples: int) -> SplitValues:
    if feature is None:
        return SplitValues(index, "not there", "", "", "", is_there=False)
    missing = shown_share(feature.missing, examples) or "0%"
    if feature.kind == "number":
        zeros = shown_share(feature.zeros or 0, feature.values) or "0%"
        centre = f"{shown_number(feature.mean)} ± {shown_number(feature.std_dev)}"
        spread = " · ".join(map(shown_number, (feature.min, feature.median, feature.max)))
        if feature.nans:
            spread += f" · {feature.nans:,} NaN"
        return SplitValues(index, missing, zeros, centre, spread)
    if feature.kind == "text":
        length = f"length {shown_number(feature.average_length)}" if feature.average_length else ""
        return SplitValues(index, missing, "", f"{feature.unique or 0:,} unique", length)
    return SplitValues(index, missing, "", "", "")


def anomaly_section(
    identity: str,
    title: str,
    anomalies: Sequence[Anomaly],
    distances: Sequence[Distance],
    notes: Sequence[str],
) -> Section:
    """Returns what is wrong with the data, and what to do; and how far they are from other data."""
    headings = (
        Heading("Feature"),
        Heading("Split"),
        Heading("Compared for"),
        Heading("Measure"),
        Heading("Distance", number=True),
        Heading("Threshold", number=True),
    )
    rows = tuple(
        Row(
            (
                each.feature,
                each.split,
                each.kind,
                each.measure,
                f"{each.value:.4g}",
                f"{each.threshold:.4g}" if each.threshold is not None else "",
            ),
            "bad" if each.is_over else "",
        )
        for each in sorted(distances, key=lambda each: (not each.is_over, -each.value))
    )
    table = DataTable(f"{identity}-distances", "Skew and drift", headings, rows) if rows else None
    view = {"anomalies": list(anomalies), "table": table}
    return Section(identity, title, "anomalies.html.jinja2", view, tuple(notes))


def transform_section(
    identity: str,
    title: str,
    before: Sequence[Dataset],
    after: Sequence[Dataset],
    vocabularies: Sequence[Vocabulary],
    notes: Sequence[str],
) -> Section:
    """Returns the features before and after Transform: each output beside the input that it is named for."""
    inputs = {feature.name: feature for dataset in before[:1] for feature in dataset.features}
    outputs = {feature.name: feature for dataset in after[:1] for feature in dataset.features}
    pairs = []
    used: set[str] = set()
    remarks = list(notes)
    for name in list(outputs)[:MOST_FEATURES]:
        source = _source(name, inputs)
        if source is not None:
            used.add(source)
        pairs.append((_alone(source, inputs, before), _alone(name, outputs, after)))
    unused = [name for name in inputs if name not in used]
    pairs.extend((_alone(name, inputs, before), None) for name in unused[:MOST_FEATURES])
    left_out = max(0, len(outputs) - MOST_FEATURES) + max(0, len(unused) - MOST_FEATURES)
    if left_out:
        remarks.append(f"features that are left out: {left_out:,}")
    view = {"pairs": pairs, "vocabularies": list(vocabularies), "id": identity}
    return Section(identity, title, "transform.html.jinja2", view, tuple(remarks))


def _source(name: str, inputs: Mapping[str, Feature]) -> Optional[str]:
    """Returns the input that an output is called after: the longest that its name begins or ends with."""
    if name in inputs:
        return name
    near = [each for each in inputs if name.startswith(f"{each}_") or name.endswith(f"_{each}")]
    return max(near, key=len, default=None)


def _alone(
    name: Optional[str], features: Mapping[str, Feature], datasets: Sequence[Dataset]
) -> Optional[FeatureRow]:
    if name is None:
        return None
    return feature_row(name, [features[name]], datasets[:1], [""])
