"""Choices that specs and Plans share. Beside the Plan, so that reading a spec does not import the Plan."""

from typing import Literal

ParameterType = Literal["int", "float", "str", "bool", "path"]

SUCCEEDED = "ALL_UPSTREAM_NODES_SUCCEEDED"
COMPLETED = "ALL_UPSTREAM_NODES_COMPLETED"
TriggerStrategy = Literal["ALL_UPSTREAM_NODES_SUCCEEDED", "ALL_UPSTREAM_NODES_COMPLETED"]
