"""The anomalies that a validator found, split by split."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Optional

from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.dsl.io import fileio
from tfx.utils import io_utils

from tfxc.backends.launcher.protocol.summaries import AnomalySummary

_FILE = "SchemaDiff.pb"
_MOST_TOLD = 8
"""How many anomalies of one split a sentence names."""
_SPLIT_FOLDERS = ("Split-", "SplitPair-")
"""What folders of splits begin with, and of the pairs of splits that a DistributionValidator compares."""


def read(node: str, uri: str, span: Optional[int] = None) -> Iterator[AnomalySummary]:
    """Yields the anomalies of an ExampleAnomalies artifact, by split and feature.

    Raises OSError if a file cannot be read.
    """
    for split, path in sorted(_files(uri)):
        found = anomalies_pb2.Anomalies.FromString(io_utils.read_bytes_file(path))
        for feature, info in sorted(found.anomaly_info.items()):
            yield _summary(node, split, feature, info, span)
        if found.HasField("dataset_anomaly_info"):
            yield _summary(node, split, "", found.dataset_anomaly_info, span)


def sentence(node: str, uri: str) -> str | None:
    """Returns what a validator found, feature by feature; None if it found nothing. Raises OSError."""
    found = list(read(node, uri))
    if not found:
        return None
    places: dict[str, list[AnomalySummary]] = {}
    for each in found:
        places.setdefault(each.split, []).append(each)
    told = []
    for split, listed in places.items():
        features = [
            f"{each.feature or 'all'} ({each.description.rstrip('.')})" for each in listed[:_MOST_TOLD]
        ]
        more = f" and {len(listed) - _MOST_TOLD} more" if len(listed) > _MOST_TOLD else ""
        told.append((f"in {split}: " if split else "") + "; ".join(features) + more)
    return " | ".join(told)


def _files(uri: str) -> Iterator[tuple[str, str]]:
    """Yields split and file: one of the whole artifact, or one for each of its splits."""
    if fileio.exists(f"{uri}/{_FILE}"):
        yield "", f"{uri}/{_FILE}"
    for name in fileio.listdir(uri):
        folder = name.rstrip("/")
        kind, _, split = folder.partition("-")
        if f"{kind}-" in _SPLIT_FOLDERS and fileio.exists(f"{uri}/{folder}/{_FILE}"):
            yield split, f"{uri}/{folder}/{_FILE}"


def _summary(
    node: str, split: str, feature: str, info: anomalies_pb2.AnomalyInfo, span: Optional[int]
) -> AnomalySummary:
    """Returns one anomaly; its reasons if it has no description, as DistributionValidator's have none."""
    reasons = " ".join(each.description or each.short_description for each in info.reason)
    return AnomalySummary(
        node=node,
        split=split,
        feature=feature,
        severity=anomalies_pb2.AnomalyInfo.Severity.Name(info.severity),
        description=info.description or info.short_description or reasons,
        span=span,
    )
