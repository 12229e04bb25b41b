"""What an exit handler is told of the run: TFX's final status, from what ML Metadata has of the nodes.

TFX knows it on Vertex only, which passes Kubeflow's ``PipelineTaskFinalStatus`` as JSON. The same text is
made here, on every backend.
"""

from __future__ import annotations

import json
from typing import Any

from ml_metadata.proto.metadata_store_pb2 import Execution
from tfx.proto.orchestration import pipeline_pb2

from tfxc.backends.launcher.node import metadata
from tfxc.schemas.plan import Plan, PlanNode, PythonComponent
from tfxc.schemas.words.wording import joined

_UNKNOWN_ERROR = 2
"""google.rpc.Code.UNKNOWN: what went wrong is in the nodes' logs."""
_GOOD = (Execution.COMPLETE, Execution.CACHED)


def with_final_status(
    ir: pipeline_pb2.PipelineNode, plan: Plan, planned: PlanNode, run_id: str, connection: Any
) -> pipeline_pb2.PipelineNode:
    """Returns the IR of a node with the run's final status as its argument, if it takes that."""
    component = planned.component
    if not isinstance(component, PythonComponent) or component.final_status is None:
        return ir
    copy = pipeline_pb2.PipelineNode()
    copy.CopyFrom(ir)
    status = final_status(plan, planned.id, run_id, connection)
    copy.parameters.parameters[component.final_status].field_value.string_value = status
    return copy


def final_status(plan: Plan, asking: str, run_id: str, connection: Any) -> str:
    """Returns ``PipelineTaskFinalStatus`` as JSON: SUCCEEDED, or FAILED with the nodes that failed.

    A node that has no execution in this run did not fail: it was skipped, or waited for one that did.
    """
    with metadata.connected(connection) as handle:
        failed = [
            node.id
            for node in plan.nodes
            if node.id != asking
            and (executions := metadata.node_executions(handle.store, plan, run_id, node.id))
            and executions[-1].last_known_state not in _GOOD
        ]
    status: dict[str, Any] = {
        "state": "FAILED" if failed else "SUCCEEDED",
        "pipelineJobResourceName": f"{plan.name}/{run_id}",
        "pipelineTaskName": asking,
    }
    if failed:
        names = joined([f"`{name}`" for name in failed], "and")
        status["error"] = {"code": _UNKNOWN_ERROR, "message": f"{names} failed."}
    return json.dumps(status)
