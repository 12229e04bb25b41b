"""The values that a node's arguments have of other nodes' artifacts, and building the node anew with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfx.orchestration.portable.mlmd import execution_lib
from tfx.types.value_artifact import ValueArtifact

from tfxc.backends.launcher.node import metadata
from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import Plan, PlanNode
from tfxc.schemas.plan_places import artifact_values


def known_values(
    plan: Plan, node: PlanNode, context: RunContext, connection: Any
) -> Mapping[tuple[str, str], Any]:
    """Returns the values in a node's arguments that other nodes have made in this run, by (node, output).

    Raises Failure if one is not there.
    """
    wanted = artifact_values(node)
    if not wanted:
        return {}
    with metadata.connected(connection) as handle:
        return {each: _value(handle, plan, context, node, *each) for each in wanted}


def _value(handle: Any, plan: Plan, context: RunContext, node: PlanNode, producer: str, output: str) -> Any:
    what = f"`{node.id}` cannot start: it takes `{producer}.{output}.value`, but `{producer}`"
    executions = metadata.node_executions(handle.store, plan, context.run_id, producer)
    done = [each for each in executions if each.last_known_state in metadata.SUCCESSFUL]
    if not done:
        raise Failure(f"{what} {'failed' if executions else 'did not run'}.")
    found = execution_lib.get_output_artifacts(handle, done[-1].id).get(output, [])
    if not found or not isinstance(found[0], ValueArtifact):
        raise Failure(f"{what} put out no value there.")
    return found[0].read()
