"""What of a node the Kubeflow Pipelines UI shows: its outputs as artifacts of KFP's own types.

The artifacts of the pipeline itself live in its own ML Metadata store. KFP gets, for each output, an
artifact that names the URI, and pages where there is something to read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tfxc.schemas.plan import PlanNode

KfpType = Literal[
    "system.Artifact", "system.Dataset", "system.HTML", "system.Markdown", "system.Metrics", "system.Model"
]

SUMMARY = "tfxc-summary"
REPORT_SUFFIX = "-report"
STATE = "tfxc-state"
"""The output parameter that says how the node ended: succeeded, cached or skipped."""

_DATASETS = frozenset({"Examples", "InferenceResult", "TransformCache"})
_MODELS = frozenset({"Model", "PushedModel", "TransformGraph", "ModelRun"})
_REPORTED = frozenset({"ExampleStatistics", "ExampleAnomalies", "ModelEvaluation"})


@dataclass(frozen=True)
class KfpArtifact:
    """One artifact that a task declares. ``output`` is the TFX output that it shows, or None."""

    key: str
    type: KfpType
    output: str | None


def kfp_artifacts(node: PlanNode) -> tuple[KfpArtifact, ...]:
    """Returns the KFP artifacts of a node, in a fixed order; the summary comes first.

    Every output has one under its own key; statistics, anomalies and evaluations have a report too.
    """
    artifacts = [KfpArtifact(SUMMARY, "system.Markdown", None)]
    for output, artifact_type in node.outputs.items():
        artifacts.append(KfpArtifact(output, _kfp_type(artifact_type), output))
        if artifact_type in _REPORTED:
            artifacts.append(KfpArtifact(output + REPORT_SUFFIX, "system.HTML", output))
    return tuple(artifacts)


def _kfp_type(artifact_type: str) -> KfpType:
    if artifact_type in _DATASETS:
        return "system.Dataset"
    if artifact_type in _MODELS:
        return "system.Model"
    if artifact_type == "ModelEvaluation":
        return "system.Metrics"
    return "system.Artifact"
