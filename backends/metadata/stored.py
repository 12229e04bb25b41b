"""What a metadata store holds, as plain values: what `store` reads and `history` makes runs of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tfxc.backends.metadata.values import ArtifactState, NodeState, Property


@dataclass(frozen=True)
class StoredExecution:
    """An execution. ``pipeline``, ``run_id`` and ``node`` are of its contexts. Times are in milliseconds."""

    id: int
    type: str
    state: NodeState
    created: int
    updated: int
    pipeline: str = ""
    run_id: str = ""
    node: str = ""
    properties: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredArtifact:
    """An artifact; its time is in milliseconds."""

    id: int
    type: str
    name: str
    uri: str
    state: ArtifactState
    created: int
    properties: Mapping[str, Property] = field(default_factory=dict)
    custom_properties: Mapping[str, Property] = field(default_factory=dict)


@dataclass(frozen=True)
class StoredEvent:
    """That an execution has read (``is_output`` false) or put out an artifact under a key."""

    execution_id: int
    artifact_id: int
    key: str
    is_output: bool
    index: int = 0


@dataclass(frozen=True)
class Stored:
    """All of a store."""

    executions: tuple[StoredExecution, ...] = ()
    artifacts: tuple[StoredArtifact, ...] = ()
    events: tuple[StoredEvent, ...] = ()
    cleaned: frozenset[tuple[str, str]] = frozenset()
    """(pipeline, run id) of the runs whose files were cleaned away"""
