"""The anomalies that a validator found, split by split."""

from __future__ import annotations

from collections.abc import Iterator

from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.dsl.io import fileio
from tfx.utils import io_utils

from tfxc.backends.launcher.protocol.messages import AnomalySummary

_FILE = "SchemaDiff.pb"
_SPLIT_FOLDER = "Split-"


def read(node: str, uri: str) -> Iterator[AnomalySummary]:
    """Yields the anomalies of an ExampleAnomalies artifact, by split and feature.

    Raises OSError if a file cannot be read.
    """
    for split, path in sorted(_files(uri)):
        found = anomalies_pb2.Anomalies.FromString(io_utils.read_bytes_file(path))
        for feature, info in sorted(found.anomaly_info.items()):
            yield _summary(node, split, feature, info)
        if found.HasField("dataset_anomaly_info"):
            yield _summary(node, split, "", found.dataset_anomaly_info)


def _files(uri: str) -> Iterator[tuple[str, str]]:
    """Yields split and file: one of the whole artifact, or one for each of its splits."""
    if fileio.exists(f"{uri}/{_FILE}"):
        yield "", f"{uri}/{_FILE}"
    for name in fileio.listdir(uri):
        folder = name.rstrip("/")
        if folder.startswith(_SPLIT_FOLDER) and fileio.exists(f"{uri}/{folder}/{_FILE}"):
            yield folder.removeprefix(_SPLIT_FOLDER), f"{uri}/{folder}/{_FILE}"


def _summary(node: str, split: str, feature: str, info: anomalies_pb2.AnomalyInfo) -> AnomalySummary:
    """Returns one anomaly; TFDV's short description if it has no long one."""
    return AnomalySummary(
        node=node,
        split=split,
        feature=feature,
        severity=anomalies_pb2.AnomalyInfo.Severity.Name(info.severity),
        description=info.description or info.short_description,
    )
