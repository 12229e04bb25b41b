"""Resolvers that do not find what they are asked for.

TFX's LatestBlessedModelStrategy gives no artifacts in the first run of a pipeline, and the nodes that can do
without them run; its other strategies fail the Resolver, so that no pipeline which reads from one could have
a first run. Here all of them leave it to the reader: an input that may be left out is empty, and one that is
needed fails its node.
"""

from __future__ import annotations

from typing import Any

from ml_metadata import MetadataStore
from tfx.dsl.input_resolution.strategies import latest_artifact_strategy, span_range_strategy


def leave_out_what_is_not_there() -> None:
    """Changes the strategies in this process, which must be a node's own."""
    latest_artifact_strategy.LatestArtifactStrategy.resolve_artifacts = _latest
    span_range_strategy.SpanRangeStrategy.resolve_artifacts = _in_range


def _latest(self: Any, store: MetadataStore, input_dict: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Returns the latest artifacts of each channel; none of one that has fewer than are asked for."""
    del store
    wanted = self._desired_num_of_artifact
    return {key: found if len(found) >= wanted else [] for key, found in self._resolve(input_dict).items()}


def _in_range(self: Any, store: MetadataStore, input_dict: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Returns the artifacts of each channel whose spans are in the range, if any."""
    del store
    found: dict[str, list[Any]] = self._resolve(input_dict)
    return found
