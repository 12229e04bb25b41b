"""Statistics of data: ``FeatureStats.pb``, a DatasetFeatureStatisticsList of statistics.proto."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Optional

from tfxc.backends.reports.artifacts.files import folder, parsed, read, split_files
from tfxc.backends.reports.artifacts.messages import metadata_module

FILE = "FeatureStats.pb"
MOST_VALUES = 12
Kind = Literal["number", "text", "other"]


@dataclass(frozen=True)
class Bucket:
    """A bar of a histogram: how many values are between ``low`` and ``high``."""

    low: float
    high: float
    count: float


@dataclass(frozen=True)
class Feature:
    """One feature of a split. ``present`` and ``missing`` count examples, ``values`` the values in them.

    An example that has the feature without a value (an empty field of a CSV file) counts as missing.

    Numbers have ``buckets`` and their moments; texts have ``top`` (value and count, most frequent
    first) and ``unique``. What a feature does not have is None or empty.
    """

    name: str
    type: str
    kind: Kind
    present: int
    missing: int
    values: int
    mean: Optional[float] = None
    std_dev: Optional[float] = None
    min: Optional[float] = None
    median: Optional[float] = None
    max: Optional[float] = None
    zeros: Optional[int] = None
    nans: int = 0
    buckets: tuple[Bucket, ...] = ()
    unique: Optional[int] = None
    top: tuple[tuple[str, float], ...] = ()
    average_length: Optional[float] = None


@dataclass(frozen=True)
class Dataset:
    """The statistics of one split, or of one slice of it; ``name`` is what it is called."""

    name: str
    examples: int
    features: tuple[Feature, ...]


def read_statistics(uri: str) -> tuple[Dataset, ...]:
    """Returns the data sets of an ExampleStatistics artifact. Raises UnreadableError."""
    return tuple(_datasets(uri))


def _datasets(uri: str) -> Iterator[Dataset]:
    message = metadata_module("statistics_pb2").DatasetFeatureStatisticsList
    for split, path in split_files(folder(uri), FILE):
        for dataset in parsed(message, read(path), path).datasets:
            inside = dataset.name if dataset.name not in ("", "All Examples", "__default__") else ""
            name = ": ".join(part for part in (split, inside) if part)
            yield Dataset(name, int(dataset.num_examples), tuple(map(_feature, dataset.features)))


def _feature(feature: Any) -> Feature:
    name = feature.name or ".".join(feature.path.step)
    type_name = str(type(feature).Type.Name(feature.type)) if hasattr(type(feature), "Type") else ""
    kind = feature.WhichOneof("stats")
    if kind is None:
        return Feature(name, type_name, "other", 0, 0, 0)
    stats = getattr(feature, kind)
    common = stats.common_stats
    counts = _counts(common)
    if kind == "num_stats":
        return _number(name, type_name, counts, stats)
    if kind == "string_stats":
        ranked = [(each.label, each.sample_count) for each in stats.rank_histogram.buckets]
        top = [(each.value, each.frequency) for each in stats.top_values] or ranked
        return Feature(
            name,
            type_name,
            "text",
            *counts,
            unique=int(stats.unique),
            top=tuple(top if len(ranked) < len(top) else ranked)[:MOST_VALUES],
            average_length=float(stats.avg_length),
        )
    unique = int(stats.unique) if kind == "bytes_stats" else None
    return Feature(name, type_name, "other", *counts, unique=unique)


def _counts(common: Any) -> tuple[int, int, int]:
    """Returns in how many examples there is a value, in how many not, and how many values there are."""
    present, values = int(common.num_non_missing), int(common.tot_num_values)
    # How many lists are empty is told only where no list has more than one value.
    empty = present - values if common.max_num_values <= 1 and values <= present else 0
    return present - empty, int(common.num_missing) + empty, values


def _number(name: str, type_name: str, counts: tuple[int, int, int], stats: Any) -> Feature:
    standard = [each for each in stats.histograms if each.type == 0]
    histogram = (standard or list(stats.histograms) or [None])[0]
    buckets = () if histogram is None else tuple(_buckets(histogram.buckets))
    return Feature(
        name,
        type_name,
        "number",
        *counts,
        mean=float(stats.mean),
        std_dev=float(stats.std_dev),
        min=float(stats.min),
        median=float(stats.median),
        max=float(stats.max),
        zeros=int(stats.num_zeros),
        nans=0 if histogram is None else int(histogram.num_nan),
        buckets=buckets,
    )


def _buckets(buckets: Sequence[Any]) -> Iterator[Bucket]:
    for each in buckets:
        # An infinite end has no place on an axis: the bucket is drawn at its other one.
        low, high = float(each.low_value), float(each.high_value)
        if not math.isfinite(low):
            low = high
        if not math.isfinite(high):
            high = low
        if math.isfinite(low) and each.sample_count > 0:
            yield Bucket(low, high, float(each.sample_count))
