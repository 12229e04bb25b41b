"""What a task gives back to KFP: the output parameter, the artifacts' files and the executor output.

Mirrors ``ExecutorOutput`` of api/v2alpha1/pipeline_spec.proto in kubeflow/pipelines.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

from tfxc.backends.kubeflow.emit.artifacts import STATE, SUMMARY, KfpArtifact, kfp_artifacts
from tfxc.backends.kubeflow.emit.container_node import word_values
from tfxc.backends.kubeflow.storage import is_copied_by_kfp
from tfxc.backends.kubeflow.task.executor_input import OutputPlace, TaskInput
from tfxc.backends.kubeflow.task.launch import Launched
from tfxc.backends.kubeflow.task.reports import report_page, summary_text
from tfxc.backends.launcher.protocol.evaluation_messages import OVERALL
from tfxc.backends.launcher.protocol.messages import Artifact
from tfxc.schemas.plan import PlanNode

_INTERNAL = frozenset(
    {"__is_null__", "is_external", "tfx_version", "state", "pipeline_name", "producer_component"}
)


def write_outputs(node: PlanNode, task: TaskInput, launched: Launched) -> None:
    """Writes every output that KFP expects of this task. Raises OSError."""
    state = launched.result.state
    parameters = {STATE: state, **word_values(node, launched.result.container)}
    for name, path in task.output_parameters.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(parameters.get(name, ""), encoding="utf-8")
    artifacts = {}
    for artifact in kfp_artifacts(node):
        place = task.artifacts.get(artifact.key)
        if place is not None:
            produced = [each for each in launched.result.artifacts if each.output == artifact.output]
            artifacts[artifact.key] = _write_artifact(node, artifact, place, produced, launched)
    if task.output_file is not None:
        document = {
            "parameterValues": {
                name: parameters[name] for name in task.output_parameters if name in parameters
            },
            "artifacts": {key: {"artifacts": [artifact]} for key, artifact in artifacts.items()},
        }
        task.output_file.parent.mkdir(parents=True, exist_ok=True)
        task.output_file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def _write_artifact(
    node: PlanNode, artifact: KfpArtifact, place: OutputPlace, produced: list[Artifact], launched: Launched
) -> dict[str, Any]:
    """Writes the file of one artifact and returns its ``RuntimeArtifact``."""
    place.file.parent.mkdir(parents=True, exist_ok=True)
    runtime: dict[str, Any] = {"name": artifact.key, "uri": place.uri}
    if artifact.key == SUMMARY:
        place.file.write_text(summary_text(node, launched), encoding="utf-8")
        return runtime
    if artifact.type == "system.HTML":
        now = datetime.now(timezone.utc)
        place.file.write_text(report_page(node, artifact, launched, now), encoding="utf-8")
        return runtime
    described = [each.model_dump(mode="json") for each in produced]
    place.file.write_text(json.dumps(described, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if produced:
        first = produced[0]
        # KFP fails a task that moves an artifact out of the run's own folder of its object store. So
        # the artifact stays where KFP put it, and says where the real one is.
        if not is_copied_by_kfp(first.uri):
            runtime["uri"] = first.uri
        runtime["metadata"] = _metadata(artifact, first, launched)
    return runtime


def _metadata(artifact: KfpArtifact, produced: Artifact, launched: Launched) -> dict[str, Any]:
    """Returns what KFP's UI lists beside an artifact; for evaluations, the metrics."""
    if artifact.type == "system.Metrics":
        evaluations = [each for each in launched.summary.evaluations if each.node == launched.result.node]
        metrics = {
            metric.name: metric.value
            for evaluation in evaluations
            for metric in evaluation.metrics
            if metric.slice == OVERALL and isinstance(metric.value, float)
        }
        if metrics:
            return metrics
    return {
        "tfx_type": produced.artifact_type,
        "tfx_uri": produced.uri,
        "tfx_id": produced.id,
        **{name: value for name, value in produced.properties.items() if name not in _INTERNAL},
    }
