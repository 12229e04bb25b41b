"""From what a metadata store holds to runs and artifacts: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import Optional

from tfxc.backends.launcher.protocol.property_names import ERROR
from tfxc.backends.launcher.protocol.values import base_folder_relative
from tfxc.backends.metadata.stored import Stored, StoredArtifact, StoredEvent, StoredExecution
from tfxc.backends.metadata.values import Artifact, History, NodeRun, Run, RunState, Use
from tfxc.schemas.plan import Plan

_RESOLVER = ".Resolver"


def history_of(stored: Stored, plan: Plan, base_folder: str) -> History:
    """Returns the runs of a Plan's pipeline, oldest first, and the artifacts of the whole store.

    Relative URIs are taken to start at ``base_folder``.
    """
    stored = _as_in_the_plan(stored, plan)
    by_id = {execution.id: execution for execution in stored.executions}
    artifacts = _artifacts(stored, by_id, base_folder)
    events: dict[int, list[StoredEvent]] = {}
    for event in stored.events:
        events.setdefault(event.execution_id, []).append(event)
    in_run: dict[str, list[StoredExecution]] = {}
    for execution in sorted(stored.executions, key=lambda each: each.id):
        if execution.pipeline == plan.name and execution.run_id:
            in_run.setdefault(execution.run_id, []).append(execution)
    runs = [
        replace(_run(run_id, plan, each, events, artifacts), cleaned=(plan.name, run_id) in stored.cleaned)
        for run_id, each in in_run.items()
    ]
    return History(tuple(sorted(runs, key=began)), artifacts)


def _as_in_the_plan(stored: Stored, plan: Plan) -> Stored:
    """Returns what a store holds with the Plan's names of its pipeline and nodes in the place of TFX's."""
    ids = {node.id_in_tfx: node.id for node in plan.nodes}
    executions = (
        replace(each, pipeline=plan.name, node=ids.get(each.node, each.node))
        if each.pipeline == plan.name_in_tfx
        else each
        for each in stored.executions
    )
    return replace(stored, executions=tuple(executions))


def began(run: Run) -> tuple[datetime, str]:
    """Returns what runs are sorted by."""
    return run.began or datetime.fromtimestamp(0, timezone.utc), run.id


def _run(
    run_id: str,
    plan: Plan,
    executions: list[StoredExecution],
    events: Mapping[int, list[StoredEvent]],
    artifacts: Mapping[int, Artifact],
) -> Run:
    by_node: dict[str, list[StoredExecution]] = {}
    for execution in executions:
        by_node.setdefault(execution.node or f"execution-{execution.id}", []).append(execution)
    nodes = [_node(node, each, events, artifacts) for node, each in by_node.items()]
    ordered = tuple(in_plans_order(nodes, plan))
    state = _state(ordered, plan)
    return Run(
        id=run_id,
        pipeline=plan.name,
        state=state,
        began=_time(min(each.created for each in executions)),
        ended=None if state == "running" else _time(max(each.updated for each in executions)),
        nodes=ordered,
        tfx_version=_tfx_version(ordered),
    )


def in_plans_order(nodes: Iterable[NodeRun], plan: Plan) -> list[NodeRun]:
    """Returns nodes in the Plan's order; those that it does not have come last."""
    place = {node.id: index for index, node in enumerate(plan.nodes)}
    return sorted(nodes, key=lambda node: place.get(node.node, len(place)))


def _node(
    node: str,
    executions: list[StoredExecution],
    events: Mapping[int, list[StoredEvent]],
    artifacts: Mapping[int, Artifact],
) -> NodeRun:
    last = executions[-1]
    return NodeRun(
        node=node,
        type=last.type.rpartition(".")[2],
        state=last.state,
        began=_time(executions[0].created),
        ended=None if last.state == "running" else _time(last.updated),
        execution_ids=tuple(each.id for each in executions),
        inputs=_by_key(events.get(last.id, ()), artifacts, is_output=False),
        outputs=_by_key(events.get(last.id, ()), artifacts, is_output=True),
        arguments={name: value for name, value in last.properties.items() if name != ERROR},
        reason=str(last.properties.get(ERROR, "")) if last.state in ("failed", "cancelled") else "",
    )


def _by_key(
    events: Iterable[StoredEvent], artifacts: Mapping[int, Artifact], is_output: bool
) -> dict[str, tuple[Artifact, ...]]:
    found: dict[str, list[StoredEvent]] = {}
    for event in events:
        if event.is_output == is_output and event.artifact_id in artifacts:
            found.setdefault(event.key, []).append(event)
    return {
        key: tuple(artifacts[event.artifact_id] for event in sorted(each, key=lambda event: event.index))
        for key, each in sorted(found.items())
    }


def _state(nodes: tuple[NodeRun, ...], plan: Plan) -> RunState:
    states = {node.state for node in nodes}
    if "running" in states:
        return "running"
    if "failed" in states:
        return "failed"
    if "cancelled" in states:
        return "cancelled"
    there = {node.node for node in nodes}
    return "succeeded" if all(node in there for node in _always_run(plan)) else "unfinished"


def _always_run(plan: Plan) -> Iterator[str]:
    """Yields the nodes that a whole run cannot leave out: neither they nor what is above has a condition."""
    conditional: set[str] = set()
    for node in plan.nodes:
        if node.when is not None or conditional.intersection(node.upstream):
            conditional.add(node.id)
        else:
            yield node.id


def _tfx_version(nodes: Iterable[NodeRun]) -> Optional[str]:
    """Returns the version that the artifacts of a run say they were made with."""
    for node in nodes:
        for artifact in (each for outputs in node.outputs.values() for each in outputs):
            is_own = artifact.maker is not None and artifact.maker.execution_id in node.execution_ids
            version = artifact.custom_properties.get("tfx_version")
            if is_own and isinstance(version, str):
                return version
    return None


def _artifacts(
    stored: Stored, executions: Mapping[int, StoredExecution], base_folder: str
) -> dict[int, Artifact]:
    found = {each.id: _artifact(each, base_folder) for each in stored.artifacts}
    made: dict[int, list[Use]] = {}
    read: dict[int, list[Use]] = {}
    for event in sorted(stored.events, key=lambda each: each.execution_id):
        execution = executions.get(event.execution_id)
        if execution is None or event.artifact_id not in found:
            continue
        uses = made if event.is_output else read
        uses.setdefault(event.artifact_id, []).append(_use(event, execution))
    for artifact_id, artifact in found.items():
        puts = made.get(artifact_id, [])
        maker = next((use for use in puts if _makes(executions[use.execution_id])), None)
        found[artifact_id] = replace(
            artifact,
            maker=maker,
            reusers=tuple(use for use in puts if use is not maker),
            consumers=tuple(read.get(artifact_id, ())),
        )
    return found


def _makes(execution: StoredExecution) -> bool:
    """Whether what an execution puts out is of its own making."""
    return execution.state != "cached" and not execution.type.endswith(_RESOLVER)


def _use(event: StoredEvent, execution: StoredExecution) -> Use:
    return Use(
        execution.id,
        execution.pipeline,
        execution.run_id,
        execution.node,
        event.key,
        cached=execution.state == "cached",
    )


def _artifact(stored: StoredArtifact, base_folder: str) -> Artifact:
    return Artifact(
        id=stored.id,
        type=stored.type,
        name=stored.name,
        uri=base_folder_relative(stored.uri, base_folder) if stored.uri else "",
        recorded_uri=stored.uri,
        state=stored.state,
        created=_time(stored.created),
        properties=stored.properties,
        custom_properties=stored.custom_properties,
    )


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc).astimezone()
