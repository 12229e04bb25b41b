"""Going on with a run: which of its nodes need not run again, and what may not have changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tfxc.backends.launcher.protocol.values import Scalar
from tfxc.backends.metadata.events import final_states
from tfxc.backends.metadata.run_folder import RunFolder, RunRecord, earlier_plan
from tfxc.backends.reports.states import GOOD
from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import Plan, PlanNode
from tfxc.schemas.plan_file import PlanFormatError

NEW_RUN = "start a new run (without --run-id): it re-uses every finished node that is still the same"


def require_same(earlier: RunRecord, given: Mapping[str, Scalar], run_date: str | None) -> None:
    """Raises WrongUse if a run is to go on with other parameters or another date than it began with."""
    for name, value in given.items():
        if name in earlier.parameters and earlier.parameters[name] != value:
            raise WrongUse(
                f"run {earlier.run_id} began with {name}={earlier.parameters[name]}, not {value}: {NEW_RUN}."
            )
    if run_date is not None and run_date != earlier.run_date:
        raise WrongUse(
            f"run {earlier.run_id} began with the date {earlier.run_date}, not {run_date}: {NEW_RUN}."
        )


def require_same_pipeline(before: Plan, plan: Plan, folder: RunFolder) -> None:
    """Raises WrongUse if a run id below this pipeline root is another pipeline's, or in another store.

    What that run has finished is not this pipeline's, however much its nodes look like these.
    """
    run_id = folder.path.name
    if before.name != plan.name:
        raise WrongUse(
            f"run {run_id} below this pipeline_root is one of the pipeline `{before.name}`, not of "
            f"`{plan.name}`: give another --run-id, or each pipeline a pipeline_root of its own."
        )
    if before.metadata != plan.metadata:
        raise WrongUse(
            f"run {run_id} below this pipeline_root is recorded in another metadata store than this spec's "
            f"`metadata`: give another --run-id, or each environment a pipeline_root of its own."
        )


def finished_nodes(plan: Plan, folder: RunFolder, selected: Sequence[str] | None) -> tuple[str, ...]:
    """Returns the nodes that an earlier part of the run finished well and that need not run again.

    A node below one that runs runs too, and the on-exit node runs with any other. Raises WrongUse if the
    run is another pipeline's or a finished node is not the same any more, since one run cannot hold two
    versions of it.
    """
    try:
        before = earlier_plan(folder)
    except PlanFormatError as error:
        raise WrongUse(f"run {folder.path.name} cannot be gone on with: {error}") from None
    if before is None:
        return ()
    require_same_pipeline(before, plan, folder)
    try:
        states: Mapping[str, str] = final_states(folder.events)
    except OSError:
        return ()
    finished = {node for node, state in states.items() if state in GOOD}
    done: list[str] = []
    runs: set[str] = set()
    for node in plan.nodes:
        if selected is not None and node.id not in selected:
            continue
        if node.id not in finished or runs.intersection(node.upstream) or node.id == plan.on_exit:
            runs.add(node.id)
            continue
        if _identity(plan, node.id) != _identity(before, node.id):
            raise WrongUse(f"`{node.id}` has changed since run {folder.path.name} finished it: {NEW_RUN}.")
        done.append(node.id)
    if runs <= {plan.on_exit} and plan.on_exit in finished:
        done.append(plan.on_exit)
    return tuple(done)


def _identity(plan: Plan, node_id: str) -> tuple[PlanNode, str | None] | None:
    """What makes a node the same one: all the Plan says of it but how it is run, and its code."""
    try:
        node = plan.node(node_id)
    except KeyError:
        return None
    plain = PlanNode(
        id=node.id,
        label=node.label,
        origin=node.origin,
        component=node.component,
        inputs=node.inputs,
        arguments=node.arguments,
    )
    return plain, plan.code_sha256(node)
