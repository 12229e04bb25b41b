"""What an execution has put out, as a client of the launcher is told."""

from __future__ import annotations

from typing import Any

from ml_metadata.proto import metadata_store_pb2

from tfxc.backends.launcher.node import metadata
from tfxc.backends.launcher.node.job import Job
from tfxc.backends.launcher.protocol.messages import Artifact
from tfxc.backends.launcher.protocol.values import base_folder_relative

INTERNAL = "__"
"""What the names of properties begin with that TFX, and the launcher, keep to themselves."""


def artifacts_of(job: Job, execution_id: int) -> tuple[Artifact, ...]:
    """Returns what an execution put out (or, of a Resolver, what it found)."""
    with metadata.connected(job.connection) as handle:
        events = [
            event
            for event in handle.store.get_events_by_execution_ids([execution_id])
            if event.type in metadata.OUTPUT_EVENTS
        ]
        found = {each.id: each for each in handle.store.get_artifacts_by_id([e.artifact_id for e in events])}
    return tuple(
        Artifact(
            output=event.path.steps[0].key,
            artifact_type=found[event.artifact_id].type,
            id=event.artifact_id,
            uri=base_folder_relative(found[event.artifact_id].uri, job.context.base_folder),
            properties=_properties(found[event.artifact_id]),
        )
        for event in events
    )


def _properties(artifact: metadata_store_pb2.Artifact) -> dict[str, Any]:
    """Returns an artifact's properties and custom properties as plain values."""
    values: dict[str, Any] = {}
    for properties in (artifact.properties, artifact.custom_properties):
        for name, value in properties.items():
            if name.startswith(INTERNAL):
                continue
            kind = value.WhichOneof("value")
            if kind in ("int_value", "double_value", "string_value", "bool_value"):
                values[name] = getattr(value, kind)
    return values
