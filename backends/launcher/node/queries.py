"""Queries for artifacts with certain properties, which TFX's IR can say and TFX's resolvers pass over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ml_metadata.proto.metadata_store_pb2 import Artifact
from tfx.orchestration.portable.input_resolution import channel_resolver
from tfx.proto.orchestration import pipeline_pb2


def look_at_properties() -> None:
    """Changes how channels are resolved in this process, which must be a node's own."""
    by_type = channel_resolver._filter_by_artifact_query

    def filtered(
        store: Any, artifacts: Sequence[Artifact], artifact_query: Any, live_only: bool = True
    ) -> tuple[list[Artifact], Any]:
        found, artifact_type = by_type(store, artifacts, artifact_query, live_only)
        if artifact_query.HasField("property_predicate"):
            found = [each for each in found if _holds(artifact_query.property_predicate, each)]
        return found, artifact_type

    channel_resolver._filter_by_artifact_query = filtered


def _holds(predicate: pipeline_pb2.PropertyPredicate, artifact: Artifact) -> bool:
    """Whether an artifact has the properties that `tfxc.backends.launcher.build.queries` asks for."""
    if predicate.WhichOneof("operator") == "binary_logical_operator":
        both = predicate.binary_logical_operator
        return _holds(both.lhs, artifact) and _holds(both.rhs, artifact)
    wanted = predicate.value_comparator
    properties = artifact.custom_properties if wanted.is_custom_property else artifact.properties
    if wanted.property_name not in properties:
        return False
    return bool(properties[wanted.property_name] == wanted.target_value.field_value)
