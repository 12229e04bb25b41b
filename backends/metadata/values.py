"""Runs, nodes and artifacts of the past, as values.

States of ML Metadata have the words of this project: COMPLETE is ``succeeded``, CANCELED ``cancelled``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Optional, Union

NodeState = Literal["succeeded", "cached", "skipped", "failed", "cancelled", "not_run", "running", "waiting"]
RunState = Literal["succeeded", "failed", "cancelled", "running", "unfinished"]
"""``unfinished``: known from ML Metadata alone, where some node has not run, and no node is running."""
ArtifactState = Literal[
    "live", "pending", "deleted", "marked_for_deletion", "abandoned", "reference", "unknown"
]
Property = Union[int, float, str, bool, Mapping[str, Any], None]


@dataclass(frozen=True)
class Use:
    """An execution's use of an artifact, under the name of an input or output."""

    execution_id: int
    pipeline: str
    run_id: str
    node: str
    key: str
    cached: bool = False
    """whether the execution did not run, and took an earlier one's outputs"""


def shown_key(key: str) -> str:
    """Returns the name of an input for people. One that TFX gives to what only a condition reads begins with
    an underscore: ``_evaluator.blessing``."""
    return f"when {key[1:]}" if key.startswith("_") and "." in key else key


@dataclass(frozen=True)
class Artifact:
    """An artifact of any run. ``uri`` is absolute where it is a path; ``recorded_uri`` is MLMD's.

    ``maker`` is None if no execution is known to have put it out. ``reusers`` have put it out again:
    cached executions, and Resolvers that found it.
    """

    id: int
    type: str
    name: str
    uri: str
    recorded_uri: str
    state: ArtifactState
    created: Optional[datetime]
    properties: Mapping[str, Property] = field(default_factory=dict)
    custom_properties: Mapping[str, Property] = field(default_factory=dict)
    maker: Optional[Use] = None
    reusers: tuple[Use, ...] = ()
    consumers: tuple[Use, ...] = ()


def is_true(artifact: Artifact, name: str) -> bool:
    """Whether a custom property of an artifact is 1: ML Metadata has no booleans."""
    return artifact.custom_properties.get(name) == 1


@dataclass(frozen=True)
class NodeRun:
    """A node in a run. Of several attempts the last one counts; ``execution_ids`` are of all.

    ``inputs`` and ``outputs`` are by key; those of a cached node are the ones that it took over.
    ``arguments`` are what MLMD says that the execution was given, as text or numbers.
    """

    node: str
    type: str
    state: NodeState
    began: Optional[datetime] = None
    ended: Optional[datetime] = None
    execution_ids: tuple[int, ...] = ()
    inputs: Mapping[str, tuple[Artifact, ...]] = field(default_factory=dict)
    outputs: Mapping[str, tuple[Artifact, ...]] = field(default_factory=dict)
    arguments: Mapping[str, Property] = field(default_factory=dict)
    reason: str = ""
    traceback: str = ""
    """the frames of the user's code where the last attempt failed"""
    logs: tuple[str, ...] = ()
    """the files of its attempts, oldest first; empty where the run left none on this machine"""

    @property
    def cached(self) -> bool:
        return self.state == "cached"

    @property
    def log(self) -> Optional[str]:
        """The log of its last attempt."""
        return self.logs[-1] if self.logs else None

    @property
    def seconds(self) -> Optional[float]:
        if self.began is None or self.ended is None:
            return None
        return (self.ended - self.began).total_seconds()


@dataclass(frozen=True)
class Revision:
    """The commit of the spec's repository when a run began; ``dirty`` if files differed from it."""

    commit: str
    dirty: bool


@dataclass(frozen=True)
class Run:
    """A run of a pipeline. ``parameters`` is None where nothing has recorded them (Airflow, Kubeflow).

    ``folder`` is the run's folder on this machine; ``in_store`` says whether MLMD knows the run.
    """

    id: str
    pipeline: str
    state: RunState
    began: Optional[datetime]
    ended: Optional[datetime]
    nodes: tuple[NodeRun, ...]
    parameters: Optional[Mapping[str, Any]] = None
    run_date: Optional[str] = None
    folder: Optional[str] = None
    tfx_version: Optional[str] = None
    tfxc_version: Optional[str] = None
    revision: Optional[Revision] = None
    error: str = ""
    in_store: bool = True
    cleaned: bool = False
    """whether `tfxc runs clean` has removed its files; what others need of them may be there still"""

    @property
    def plan_path(self) -> Optional[str]:
        """The Plan as it was run."""
        return f"{self.folder}/plan.json" if self.folder is not None else None

    @property
    def seconds(self) -> Optional[float]:
        if self.began is None or self.ended is None:
            return None
        return (self.ended - self.began).total_seconds()

    def made(self, artifact_type: str) -> Iterator[tuple[NodeRun, Artifact]]:
        """Yields what nodes made, or took from the cache, of a type; not what Resolvers found."""
        for node in self.nodes:
            for artifact in (each for found in node.outputs.values() for each in found):
                own = artifact.maker is not None and artifact.maker.execution_id in node.execution_ids
                if artifact.type == artifact_type and (node.cached or (own and node.state == "succeeded")):
                    yield node, artifact

    def node(self, node: str) -> NodeRun:
        """Returns a node of the run. Raises KeyError if it has none of that id."""
        for each in self.nodes:
            if each.node == node:
                return each
        raise KeyError(node)


@dataclass(frozen=True)
class History:
    """All that is known of the past of a pipeline: its runs, oldest first, and artifacts by id.

    ``artifacts`` and the uses of them are of every pipeline in the store.
    """

    runs: tuple[Run, ...] = ()
    artifacts: Mapping[int, Artifact] = field(default_factory=dict)
