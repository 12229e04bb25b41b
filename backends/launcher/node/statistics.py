"""What StatisticsGen found, split by split: a few numbers of each feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tensorflow_metadata.proto.v0 import statistics_pb2
from tfx.dsl.io import fileio
from tfx.utils import io_utils

from tfxc.backends.launcher.protocol.summaries import (
    LONGEST_VALUE,
    MOST_FEATURES,
    TOP_VALUES,
    FeatureStatistics,
    StatisticsSummary,
)

_FILE = "FeatureStats.pb"
_SPLIT_FOLDER = "Split-"


def read(node: str, output: str, uri: str) -> Iterator[StatisticsSummary]:
    """Yields the statistics of an ExampleStatistics artifact, by split; of slices only the whole.

    Raises OSError if a file cannot be read.
    """
    for split, path in sorted(_files(uri)):
        content = io_utils.read_bytes_file(path)
        datasets = statistics_pb2.DatasetFeatureStatisticsList.FromString(content).datasets
        if datasets:
            yield StatisticsSummary(
                node=node,
                output=output,
                split=split,
                examples=datasets[0].num_examples,
                features=tuple(map(_feature, _most_missing(datasets[0].features))),
                feature_count=len(datasets[0].features),
            )


def _files(uri: str) -> Iterator[tuple[str, str]]:
    """Yields split and file: one of the whole artifact (Transform's), or one for each of its splits."""
    if fileio.exists(f"{uri}/{_FILE}"):
        yield "", f"{uri}/{_FILE}"
    for name in fileio.listdir(uri):
        folder = name.rstrip("/")
        if folder.startswith(_SPLIT_FOLDER) and fileio.exists(f"{uri}/{folder}/{_FILE}"):
            yield folder.removeprefix(_SPLIT_FOLDER), f"{uri}/{folder}/{_FILE}"


def _most_missing(features: Sequence[Any]) -> list[Any]:
    """Returns at most MOST_FEATURES features in their order, those that have the most missing values."""
    worst = sorted(range(len(features)), key=lambda index: -_counts(features[index])[1])
    return [features[index] for index in sorted(worst[:MOST_FEATURES])]


def _counts(feature: Any) -> tuple[int, int]:
    """Returns how many examples have a value of a feature, and how many do not.

    TFDV calls one missing that lacks the feature, but not one that has it without a value, which is what
    TFX makes of an empty field of a CSV file; how many those are is told only where no example has several.
    """
    kind = feature.WhichOneof("stats")
    if kind is None:
        return 0, 0
    common = getattr(feature, kind).common_stats
    present, values = int(common.num_non_missing), int(common.tot_num_values)
    empty = max(0, present - values) if common.min_num_values == 0 and common.max_num_values <= 1 else 0
    return present - empty, int(common.num_missing) + empty


def _feature(feature: Any) -> FeatureStatistics:
    """Returns the numbers of one feature, whatever its type."""
    kind = feature.WhichOneof("stats")
    stats: Any = getattr(feature, kind) if kind is not None else None
    count, missing = _counts(feature)
    values: dict[str, Any] = {
        "name": feature.name or ".".join(feature.path.step),
        "type": statistics_pb2.FeatureNameStatistics.Type.Name(feature.type),
        "count": count,
        "missing": missing,
    }
    if kind == "num_stats":
        for name in ("mean", "std_dev", "min", "median", "max"):
            values[name] = float(getattr(stats, name))
        values["zeros"] = stats.num_zeros
    elif kind == "string_stats":
        values["unique"] = stats.unique
        values["top"] = tuple(
            (top.value[:LONGEST_VALUE], float(top.frequency)) for top in stats.top_values[:TOP_VALUES]
        )
    return FeatureStatistics(**values)
