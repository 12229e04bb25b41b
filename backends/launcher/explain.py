"""Failures of TFX, Beam, TensorFlow and of the user's code, as one sentence each."""

from __future__ import annotations

from typing import Optional

import ml_metadata
from ml_metadata.proto import metadata_store_pb2

from tfxc.backends.launcher import metadata
from tfxc.backends.launcher.messages import LaunchError, RunContext
from tfxc.schemas.plan import Plan, PlanChannel, PlanNode


def explain(problem: BaseException, plan: Plan, context: RunContext, node: str) -> LaunchError:
    """Returns the sentence for an exception that a node ended with."""
    root = _root_cause(problem)
    first = str(root).strip().splitlines()
    text = first[0] if first else type(root).__name__
    return LaunchError(message=f"`{node}` failed: {text}", exception=type(root).__name__, traceback="")


def _root_cause(problem: BaseException) -> BaseException:
    """Returns the exception at the bottom of a chain of causes."""
    while problem.__cause__ is not None:
        problem = problem.__cause__
    return problem


def missing_inputs(store: ml_metadata.MetadataStore, plan: Plan, run_id: str, node: PlanNode) -> str:
    """Returns which inputs of a node have no artifacts in a run, and whose outputs they are."""
    parts = []
    for key, sources in node.inputs.items():
        for source in sources:
            if isinstance(source, PlanChannel):
                executions = metadata.node_executions(store, plan.name, run_id, source.node)
                if not any(each.last_known_state in metadata.SUCCESSFUL for each in executions):
                    what = "failed" if executions else "has not run"
                    parts.append(
                        f"its input `{key}` is `{source.node}.{source.output}`, "
                        f"but `{source.node}` {what} in this run"
                    )
    return "; ".join(parts)


def from_execution(node: str, execution: metadata_store_pb2.Execution) -> LaunchError:
    """Returns the error that TFX recorded with a failed execution."""
    value = execution.custom_properties.get("__execution_result__")
    return LaunchError(message=f"`{node}` failed: {value.string_value if value else 'TFX gave no reason'}")


def explain_building(problem: BaseException, context: Optional[RunContext]) -> LaunchError:
    """Returns the sentence for an exception while the TFX pipeline was built."""
    root = _root_cause(problem)
    return LaunchError(message=f"the pipeline cannot be built: {root}", exception=type(root).__name__)
