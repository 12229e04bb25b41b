"""What a run found out: evaluations, anomalies and pushes, read from MLMD and the artifacts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ml_metadata.proto import metadata_store_pb2
from tfx.dsl.io import fileio
from tfx.orchestration import metadata as tfx_metadata
from tfx.orchestration.portable.mlmd import execution_lib

from tfxc.backends.launcher.components import best_model_executor
from tfxc.backends.launcher.components.model_registry_executor import REGISTERED_ALIAS
from tfxc.backends.launcher.components.outcomes import REASON, RUN, SENT, SENT_TO, TRIGGERED, WHERE
from tfxc.backends.launcher.node import (
    anomalies,
    deprecated_columns,
    evaluations,
    input_notes,
    metadata,
    servable,
    statistics,
    training,
)
from tfxc.backends.launcher.protocol.evaluation_messages import OVERALL
from tfxc.backends.launcher.protocol.messages import RunContext
from tfxc.backends.launcher.protocol.summaries import (
    AlertSummary,
    AnomalySummary,
    EvaluationSummary,
    ModelSummary,
    PushSummary,
    RunSummary,
    StatisticsSummary,
    TriggerSummary,
)
from tfxc.backends.launcher.protocol.values import base_folder_relative
from tfxc.schemas.plan import Plan, PlanChannel, PlanNode

Outputs = dict[str, list[Any]]
_OF_DATA = ("statistics", "examples")
"""the inputs that lead from what was found to the data that it is about"""
_SPAN = "span"


@dataclass
class _Findings:
    """What has been found so far."""

    evaluations: list[EvaluationSummary] = field(default_factory=list)
    anomalies: list[AnomalySummary] = field(default_factory=list)
    models: list[ModelSummary] = field(default_factory=list)
    pushes: list[PushSummary] = field(default_factory=list)
    statistics: list[StatisticsSummary] = field(default_factory=list)
    alerts: list[AlertSummary] = field(default_factory=list)
    triggers: list[TriggerSummary] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def run_summary(plan: Plan, context: RunContext, connection: Any) -> RunSummary:
    """Reads what evaluators, validators and pushers of a run found out, in the Plan's order.

    What cannot be read becomes a note; nothing is raised for it.
    """
    found = _Findings()
    with metadata.connected(connection) as handle:
        for node in plan.nodes:
            if context.nodes is not None and node.id not in context.nodes:
                continue
            try:
                _summarise(handle, plan, context, node, found)
            except Exception as error:  # noqa: BLE001 - a summary says what it can
                text = " ".join(str(error).split()) or type(error).__name__
                found.notes.append(f"the outputs of `{node.id}` cannot be read: {text}")
    return RunSummary(
        evaluations=tuple(found.evaluations),
        anomalies=tuple(found.anomalies),
        models=tuple(found.models),
        pushes=tuple(found.pushes),
        statistics=tuple(found.statistics),
        alerts=tuple(found.alerts),
        triggers=tuple(found.triggers),
        notes=tuple(found.notes),
    )


def _summarise(
    handle: tfx_metadata.Metadata, plan: Plan, context: RunContext, node: PlanNode, found: _Findings
) -> None:
    """Adds what one node found out."""
    types = set(node.outputs.values())
    if not types & {
        "Examples",
        "Schema",
        "Model",
        "ModelRun",
        "ModelEvaluation",
        "ExampleAnomalies",
        "ExampleStatistics",
        "PushedModel",
        "JsonValue",
    }:
        return
    outputs = _outputs(handle, plan, context.run_id, node.id, node.execution.on_anomaly == "fail")
    if "PushedModel" in types and node.component.kind == "standard":  # others keep no record of a push
        found.pushes.append(_push(handle, plan, context, node, outputs))
    if outputs is None:
        return
    if node.component.kind != "resolver":
        found.notes.extend(f"`{node.label}`: {note}" for note in input_notes.of_outputs(outputs))
    if "ModelEvaluation" in types:
        blessings = _of_type(node, outputs, "ModelBlessing")
        for evaluation in _of_type(node, outputs, "ModelEvaluation"):
            found.evaluations.append(evaluations.read(node.id, evaluation, blessings))
    if node.component.kind != "resolver":  # its models are those of another run
        found.models.extend(_models(node, outputs))
        found.notes.extend(_choices(node, outputs))
        found.notes.extend(
            f"`{node.label}`: {note}" for note in training.of_outputs(_of_type(node, outputs, "ModelRun"))
        )
    for each in _of_type(node, outputs, "ExampleAnomalies"):
        found.anomalies.extend(anomalies.read(node.id, each.uri, _span(handle, plan, context, node)))
    for each in _of_type(node, outputs, "JsonValue"):
        _outcome(node.id, each, found)
    inferred_from = tuple(_statistics_read(handle, plan, context, node)) if "Schema" in types else ()
    for each in _of_type(node, outputs, "Schema") if inferred_from else ():
        told = deprecated_columns.note(node.id, each.uri, inferred_from)
        found.notes.extend([told] if told is not None else [])
    for key, artifact_type in node.outputs.items():
        if artifact_type == "ExampleStatistics":
            for each in outputs.get(key, []):
                found.statistics.extend(statistics.read(node.id, key, each.uri))


def _outcome(node: str, artifact: Any, found: _Findings) -> None:
    """Adds what an Alert or a PipelineTrigger did, if the artifact is of one."""
    reason = artifact.get_string_custom_property(REASON)
    if artifact.has_custom_property(SENT):
        ways = tuple(filter(None, artifact.get_string_custom_property(SENT_TO).split(", ")))
        found.alerts.append(AlertSummary(node=node, sent_to=ways, reason=reason))
    if artifact.has_custom_property(TRIGGERED):
        run = artifact.get_string_custom_property(RUN) or None
        where = artifact.get_string_custom_property(WHERE)
        found.triggers.append(TriggerSummary(node=node, run=run, where=where, reason=reason))


def _outputs(
    handle: tfx_metadata.Metadata, plan: Plan, run_id: str, node: str, failed_too: bool = False
) -> Outputs | None:
    """Returns the outputs of a node's successful execution in a run; None if there is none.

    ``failed_too`` for a node that fails for what it has put out.
    """
    executions = metadata.node_executions(handle.store, plan, run_id, node)
    for execution in reversed(executions):
        if failed_too or execution.last_known_state in metadata.SUCCESSFUL:
            outputs: Outputs = execution_lib.get_output_artifacts(handle, execution.id)
            return outputs
    return None


def _statistics_read(
    handle: tfx_metadata.Metadata, plan: Plan, context: RunContext, node: PlanNode
) -> Iterable[str]:
    """Yields the URIs of the statistics that a node has read from others of the run."""
    for sources in node.inputs.values():
        for source in sources:
            if isinstance(source, PlanChannel) and source.artifact_type == "ExampleStatistics":
                outputs = _outputs(handle, plan, context.run_id, source.node) or {}
                yield from (each.uri for each in outputs.get(source.output, ()))


def _span(handle: tfx_metadata.Metadata, plan: Plan, context: RunContext, node: PlanNode) -> int | None:
    """Returns the span of the data that a node looks at, if they have one.

    ExampleGen keeps it as a custom property, from where TFX's StatisticsGen does not take it over.
    """
    for source in (source for key in _OF_DATA for source in node.inputs.get(key, ())):
        if isinstance(source, PlanChannel):
            outputs = _outputs(handle, plan, context.run_id, source.node) or {}
            for each in outputs.get(source.output, ()):
                if each.get_int_custom_property(_SPAN):
                    return int(each.get_int_custom_property(_SPAN))
            found = _span(handle, plan, context, plan.node(source.node))
            if found is not None:
                return found
    return None


def _of_type(node: PlanNode, outputs: Outputs, artifact_type: str) -> Iterable[Any]:
    """Yields a node's artifacts of a type."""
    for key, name in node.outputs.items():
        if name == artifact_type:
            yield from outputs.get(key, [])


def _models(node: PlanNode, outputs: Outputs) -> Iterable[ModelSummary]:
    """Yields the verdicts on a node's models, where there are any."""
    for key, artifact_type in node.outputs.items():
        for each in outputs.get(key, []) if artifact_type == "Model" else ():
            verdict = servable.of_artifact(each.mlmd_artifact.custom_properties)
            if verdict is not None:
                yield ModelSummary(node=node.id, output=key, servable=verdict.servable, reason=verdict.reason)


def _choices(node: PlanNode, outputs: Outputs) -> Iterable[str]:
    """Yields what a node has chosen among several models, and why."""
    for model in _of_type(node, outputs, "Model"):
        chosen = model.get_string_custom_property(best_model_executor.CHOSEN_LABEL)
        if chosen:
            where = model.get_string_custom_property(best_model_executor.SLICE)
            of_slice = "" if where == OVERALL else f" of {where}"
            value = model.get_float_custom_property(best_model_executor.VALUE)
            yield (
                f"`{node.label}` chose the model of `{chosen}` among "
                f"{model.get_int_custom_property(best_model_executor.OF_HOW_MANY)}: its "
                f"{model.get_string_custom_property(best_model_executor.METRIC)}{of_slice} is {value:.6g}"
            )


def _push(
    handle: tfx_metadata.Metadata, plan: Plan, context: RunContext, node: PlanNode, outputs: Outputs | None
) -> PushSummary:
    """Returns what a Pusher did, and why it did nothing if so."""
    if outputs is None:
        return PushSummary(node=node.id, pushed=False, reason=_why_not_run(handle, plan, context, node))
    for pushed in _of_type(node, outputs, "PushedModel"):
        if pushed.get_int_custom_property("pushed") == 1:
            destination = pushed.get_string_custom_property("pushed_destination")
            alias = pushed.get_string_custom_property(REGISTERED_ALIAS)
            if alias:
                return PushSummary(node=node.id, pushed=True, destination=destination, alias=alias)
            there = not destination or fileio.exists(destination)
            return PushSummary(
                node=node.id,
                pushed=True,
                destination=base_folder_relative(destination, context.base_folder) if destination else None,
                reason=""
                if there
                else f"it is no longer there; `--only {node.id} --no-cache` pushes it again",
            )
    refused = _unblessed(handle, plan, context, node)
    reason = f"{' and '.join(refused)} did not bless the model" if refused else "the model was not blessed"
    return PushSummary(node=node.id, pushed=False, reason=reason)


def _why_not_run(handle: tfx_metadata.Metadata, plan: Plan, context: RunContext, node: PlanNode) -> str:
    """Returns why a Pusher has no successful execution in a run."""
    attempts = metadata.node_executions(handle.store, plan, context.run_id, node.id)
    if any(each.last_known_state == metadata_store_pb2.Execution.FAILED for each in attempts):
        return f"`{node.id}` failed"
    refused = _unblessed(handle, plan, context, node)
    if refused:
        return f"{' and '.join(refused)} did not bless the model"
    for upstream in node.upstream:
        if _outputs(handle, plan, context.run_id, upstream) is None:
            return f"`{upstream}` did not finish"
    return "its condition is false" if node.when is not None else f"`{node.id}` did not run"


def _unblessed(handle: tfx_metadata.Metadata, plan: Plan, context: RunContext, node: PlanNode) -> list[str]:
    """Returns the nodes whose blessing a Pusher waits for and that gave none."""
    refused = []
    for key in ("model_blessing", "infra_blessing"):
        for source in node.inputs.get(key, ()):
            if isinstance(source, PlanChannel):
                outputs = _outputs(handle, plan, context.run_id, source.node)
                blessings = outputs.get(source.output, []) if outputs is not None else []
                if not all(each.get_int_custom_property("blessed") == 1 for each in blessings):
                    refused.append(f"`{source.node}`")
    return refused
