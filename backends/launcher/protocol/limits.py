"""What the launcher sees to on every backend whose nodes run in it, and what no such backend can do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LAUNCHER_HONOURS = frozenset(
    {
        "when",
        "cache",
        "check_model",
        "on_anomaly",
        "beam_pipeline_args",
        "env",
        "executor",
        "artifact_values",
        "artifacts_of_other_pipelines",
        "artifacts_by_property",
        "run.date",
    }
)
"""The execution options and features of the language that the launcher honours by itself."""

LAUNCHER_CANNOT: Mapping[str, str] = MappingProxyType(
    {
        "katib": "a Tuner's trials run one after the other in its own node, with KerasTuner",
        "managed_metadata": "its nodes write ML Metadata themselves, and need to know where",
    }
)
"""name of an execution option → the end of the sentence that says why"""
