"""What no backend can do whose nodes run in the launcher, and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LAUNCHER_CANNOT: Mapping[str, str] = MappingProxyType(
    {
        "artifacts_of_other_pipelines": "its nodes find artifacts as TFX does, in their own pipeline",
        "artifacts_by_property": "its nodes find artifacts as TFX does, which does not look at properties",
        "katib": "a Tuner's trials run one after the other in its own node, with KerasTuner",
        "managed_metadata": "its nodes write ML Metadata themselves, and need to know where",
    }
)
"""name of an execution option → the end of the sentence that says why"""
