"""What no backend can do whose nodes run in the launcher, and why."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LAUNCHER_CANNOT: Mapping[str, str] = MappingProxyType(
    {
        "katib": "a Tuner's trials run one after the other in its own node, with KerasTuner",
        "managed_metadata": "its nodes write ML Metadata themselves, and need to know where",
    }
)
"""name of an execution option → the end of the sentence that says why"""
