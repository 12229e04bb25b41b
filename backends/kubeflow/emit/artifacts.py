"""What of a node the Kubeflow Pipelines UI shows: its outputs as artifacts of KFP's own types.

The artifacts of the pipeline itself live in its own ML Metadata store. KFP gets, for each output, an
artifact that names the URI, and pages where there is something to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from tfxc.schemas.artifacts import ARTIFACT_TYPES, Content, is_reported
from tfxc.schemas.plan import PlanNode

KfpType = Literal[
    "system.Artifact", "system.Dataset", "system.HTML", "system.Markdown", "system.Metrics", "system.Model"
]

SUMMARY = "tfxc-summary"
REPORT_SUFFIX = "-report"
STATE = "tfxc-state"
"""The output parameter that says how the node ended: succeeded, cached or skipped."""

_TYPES: Mapping[Content, KfpType] = MappingProxyType(
    {
        "data": "system.Dataset",
        "model": "system.Model",
        "metrics": "system.Metrics",
        "other": "system.Artifact",
    }
)


@dataclass(frozen=True)
class KfpArtifact:
    """One artifact that a task declares. ``output`` is the TFX output that it shows, or None."""

    key: str
    type: KfpType
    output: str | None


def kfp_artifacts(node: PlanNode) -> tuple[KfpArtifact, ...]:
    """Returns the KFP artifacts of a node, in a fixed order; the summary comes first.

    Every output has one under its own key; what reports have a page of has one too.
    """
    artifacts = [KfpArtifact(SUMMARY, "system.Markdown", None)]
    for output, type_name in node.outputs.items():
        standard = ARTIFACT_TYPES.get(type_name)
        content = standard.content if standard is not None else "other"
        artifacts.append(KfpArtifact(output, _TYPES[content], output))
        if is_reported(type_name):
            artifacts.append(KfpArtifact(output + REPORT_SUFFIX, "system.HTML", output))
    return tuple(artifacts)
