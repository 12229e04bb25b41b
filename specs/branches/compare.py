"""Compares the plants: a component of our own that reads what three StatisticsGens wrote.

TFX reads the annotations when it imports this file, so `from __future__ import annotations` must not
be here.
"""

# ruff: noqa: N802  (components are used like classes, so their names look like those)
# mypy: disable-error-code="untyped-decorator"

from pathlib import Path
from typing import TypedDict

import tensorflow_data_validation as tfdv
from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import ExampleStatistics, Schema


class Compared(TypedDict):
    """The mean of a feature by plant, and whether the plants are alike."""

    means: dict[str, float]
    alike: bool


@component
def Compare(
    north: InputArtifact[ExampleStatistics],
    south: InputArtifact[ExampleStatistics],
    west: InputArtifact[ExampleStatistics],
    schemas: InputArtifact[list[Schema]],
    feature: Parameter[str],
    tolerance: Parameter[float] = 1.0,
) -> Compared:
    """Compares a feature's mean in the training data of the plants, which must have it in their schemas."""
    for schema in schemas:
        columns = tfdv.load_schema_text(str(Path(schema.uri) / "schema.pbtxt")).feature
        if feature not in [column.name for column in columns]:
            raise ValueError(f"a plant has no `{feature}`: {schema.uri}")
    means = {
        plant: _mean(statistics, feature)
        for plant, statistics in (("north", north), ("south", south), ("west", west))
    }
    return {"means": means, "alike": max(means.values()) - min(means.values()) <= tolerance}


def _mean(statistics: ExampleStatistics, feature: str) -> float:
    """Returns the mean of a numeric feature in the split `train`."""
    file = Path(statistics.uri) / "Split-train" / "FeatureStats.pb"
    data = tfdv.load_stats_binary(str(file)).datasets[0]
    return next(float(column.num_stats.mean) for column in data.features if column.path.step == [feature])
