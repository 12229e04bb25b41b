"""What one node's launch needs, and what MLMD has of its attempts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Optional

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.orchestration.portable import outputs_utils
from tfx.orchestration.portable.mlmd import execution_lib
from tfx.proto.orchestration import pipeline_pb2

from tfxc.backends.launcher.build.names_in_tfx import nodes_of
from tfxc.backends.launcher.node import container as containers
from tfxc.backends.launcher.node import metadata, pusher, servable
from tfxc.backends.launcher.node.output_folders import remove_output_folders
from tfxc.backends.launcher.protocol.messages import ContainerPhase, RunContext
from tfxc.backends.launcher.protocol.values import Values
from tfxc.backends.launcher.servable.verdict import Verdict
from tfxc.schemas.plan import Plan, PlanNode


@dataclass(frozen=True)
class Job:
    """What one node's launch needs."""

    plan: Plan
    context: RunContext
    pipeline: pipeline_pb2.Pipeline
    connection: Any
    never: tuple[str, ...]
    values: Values
    node: str
    phase: Optional[ContainerPhase] = None
    examinations: Optional[tuple[int, ...]] = None
    """Descriptors that are readable when the examinations of this run's models that are under way are over.
    None if models are not examined while other nodes work, but before they are published."""

    @property
    def planned(self) -> PlanNode:
        """The node in the Plan."""
        return self.plan.node(self.node)

    @property
    def ir(self) -> pipeline_pb2.PipelineNode:
        """The node in TFX's IR."""
        return nodes_of(self.pipeline, self.plan)[self.node]

    def require_servable(self, input_dict: Any) -> None:
        """Raises Failure if the model that the node reads cannot be served and nobody said to bear that."""
        if servable.is_wanted(self.plan, self.planned):
            servable.require_servable(input_dict, self.node, self._examined)

    def _examined(self, model: Any) -> Optional[Verdict]:
        """Returns the verdict on a model that is being examined, when it is there."""
        if not self.examinations:
            return None
        for descriptor in self.examinations:
            os.read(descriptor, 1)
        with metadata.connected(self.connection) as handle:
            (artifact,) = handle.store.get_artifacts_by_id([model.id])
        return servable.of_artifact(artifact.custom_properties)


def executions_of(job: Job) -> list[Execution]:
    """Returns the node's executions in this run, oldest first."""
    with metadata.connected(job.connection) as handle:
        return metadata.node_executions(handle.store, job.plan, job.context.run_id, job.node)


def inputs_of(job: Job, key: str) -> list[Any]:
    """Returns the artifacts that the node's latest execution reads under a key."""
    latest = executions_of(job)[-1]
    with metadata.connected(job.connection) as handle:
        found = execution_lib.get_input_artifacts(handle, latest.id)
    return list(found.get(key, []))


def settle_attempts(job: Job, reason: str) -> list[Execution]:
    """Marks unfinished attempts of the node in this run failed, and removes their output folders.

    Returns all attempts, oldest first.
    """
    with metadata.connected(job.connection) as handle:
        executions = metadata.node_executions(handle.store, job.plan, job.context.run_id, job.node)
        unfinished = [each for each in executions if each.last_known_state in metadata.UNFINISHED]
        metadata.fail(handle.store, unfinished, reason)
    containers.end_containers(job.planned, unfinished)
    for execution in unfinished:
        folder = outputs_utils.get_node_dir(job.pipeline.runtime_spec, job.planned.id_in_tfx)
        remove_output_folders(folder, job.planned.outputs, execution)
        pusher.remove_unfinished(job.connection, execution)
    return executions
