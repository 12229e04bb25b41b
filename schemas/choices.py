"""Choices that specs and Plans share. Beside the Plan, so that reading a spec does not import the Plan."""

from typing import Literal

ParameterType = Literal["int", "float", "str", "bool", "path"]

SUCCEEDED = "ALL_UPSTREAM_NODES_SUCCEEDED"
COMPLETED = "ALL_UPSTREAM_NODES_COMPLETED"
NONE_FAILED = "NO_UPSTREAM_NODE_FAILED"
"""As succeeded, but nodes above that were skipped stand in the way only if all were. A component says so of
itself, which can do with fewer; a spec cannot ask for it."""
TriggerStrategy = Literal["ALL_UPSTREAM_NODES_SUCCEEDED", "ALL_UPSTREAM_NODES_COMPLETED"]

ArtifactField = Literal["property", "custom_property", "uri", "value", "passed", "metric"]
"""What a condition reads of an artifact."""
PASSED: Literal["passed"] = "passed"
METRIC: Literal["metric"] = "metric"

OnAnomaly = Literal["fail", "skip", "warn"]
"""What anomalies do to the node that finds them: fail it, skip what waits for it, or nothing but be told."""
