"""Runs TFX's validators over days of a log: ``quiet_windows.py LOG SPEC SCHEMA TRAINING``. Prints JSON.

What is computed is TFX's and TFDV's, with the configuration of the spec, in one process. SCHEMA is the folder
of the serving schema, TRAINING that of the training data's statistics, as a run of the pipeline makes them.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import tensorflow as tf
import tensorflow_data_validation as tfdv
import yaml
from google.protobuf import json_format
from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx.components.distribution_validator import executor as distribution_validator
from tfx.components.example_validator import executor as example_validator
from tfx.proto import distribution_validator_pb2
from tfx.types import artifact_utils, standard_artifacts

from tfxc.schemas.tf_records import read_records


def statistics(day: Path, folder: Path) -> Any:
    """Returns the statistics of a day's log, as StatisticsGen writes them."""
    rows = []
    for file in sorted(day.rglob("*.tfrecord")):
        for content in read_records(file):
            features = tf.train.Example.FromString(content).features.feature
            rows.append(
                {name: list(getattr(each, each.WhichOneof("kind")).value) for name, each in features.items()}
            )
    place = folder / "Split-serving"
    place.mkdir(parents=True)
    counted = tfdv.generate_statistics_from_dataframe(pd.DataFrame(rows))
    (place / "FeatureStats.pb").write_bytes(counted.SerializeToString())
    return artifact(standard_artifacts.ExampleStatistics, folder, ["serving"])


def artifact(kind: Any, folder: Path, splits: list[str]) -> Any:
    """Returns an artifact of files that are there."""
    made = kind()
    made.uri = str(folder)
    if splits:
        made.split_names = artifact_utils.encode_split_names(splits)
        made.span = 0
    return made


def found(folder: Path) -> Iterator[str]:
    """Yields the features that a validator has found something about."""
    for file in folder.glob("Split*/SchemaDiff.pb"):
        message = anomalies_pb2.Anomalies.FromString(file.read_bytes())
        yield from message.anomaly_info
        if message.HasField("dataset_anomaly_info"):
            yield "the data set"


def compared(node: dict[str, Any], statistics: Any, baseline: Any, folder: Path) -> list[str]:
    """Returns what a DistributionValidator finds."""
    config = distribution_validator_pb2.DistributionValidatorConfig()
    json_format.ParseDict(node["config"], config)
    output = artifact(standard_artifacts.ExampleAnomalies, folder, [])
    distribution_validator.Executor().Do(
        {"statistics": [statistics], "baseline_statistics": [baseline]},
        {"anomalies": [output]},
        {
            "distribution_validator_config": config,
            "include_split_pairs": json.dumps(node["include_split_pairs"]),
        },
    )
    return sorted(found(folder))


def main() -> None:
    """Prints what is found on each day."""
    log, spec, schema, training = map(Path, sys.argv[1:])
    components = yaml.safe_load(spec.read_text())["components"]
    trained_on = artifact(standard_artifacts.ExampleStatistics, training, ["train", "eval"])
    expected = artifact(standard_artifacts.Schema, schema, [])
    before = None
    days = {}
    with tempfile.TemporaryDirectory() as name:
        for day in sorted(log.iterdir()):
            folder = Path(name) / day.name
            counted = statistics(day, folder / "statistics")
            output = artifact(standard_artifacts.ExampleAnomalies, folder / "schema", [])
            example_validator.Executor().Do(
                {"statistics": [counted], "schema": [expected]}, {"anomalies": [output]}, {}
            )
            days[day.name] = {
                "example_validator": sorted(found(folder / "schema")),
                "skew": compared(components["skew"], counted, trained_on, folder / "skew"),
                "drift": compared(components["drift"], counted, before, folder / "drift") if before else [],
            }
            before = counted
    print(json.dumps(days))  # noqa: T201


if __name__ == "__main__":
    main()
