"""A PipelineSpec as values: its tasks, taken out of the groups that they lie in, and where their inputs come
from.

Mirrors ``api/v2alpha1/pipeline_spec.proto`` of kubeflow/pipelines, schemas 2.0.0 and 2.1.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union

Json = Any


@dataclass(frozen=True)
class Constant:
    """A value that the file says."""

    value: Any


@dataclass(frozen=True)
class OfPipeline:
    """A parameter of the pipeline."""

    name: str


@dataclass(frozen=True)
class OfTask:
    """An output of a task: an artifact, or (``is_parameter``) a value."""

    task: str
    output: str
    is_parameter: bool


@dataclass(frozen=True)
class FinalStatus:
    """How the run ended, which only an exit task is told."""


@dataclass(frozen=True)
class Unknown:
    """What has no place in a spec; the text is why, as the end of a sentence."""

    reason: str


Source = Union[Constant, OfPipeline, OfTask, FinalStatus, Unknown]


@dataclass(frozen=True)
class Guard:
    """A condition in CEL, with the sources of what it calls parameters and artifacts."""

    text: str
    parameters: Mapping[str, Source]
    artifacts: Mapping[str, Source]


@dataclass(frozen=True)
class Task:
    """One task that runs something. ``id`` is unlike those of all others."""

    id: str
    json: Json
    component: Json
    executor: Json
    executor_label: str
    parameters: Mapping[str, Source]
    artifacts: Mapping[str, Source]
    guards: tuple[Guard, ...] = ()
    waits: tuple[str, ...] = ()


@dataclass(frozen=True)
class PipelineFile:
    """What a file holds: a PipelineSpec, with what the wrapper of Vertex AI and the platform document say."""

    spec: Json
    runtime: Json = field(default_factory=dict)
    platform: Json = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The pipeline's name. Raises KeyError."""
        return str(self.spec["pipelineInfo"]["name"])

    @property
    def executors(self) -> Mapping[str, Json]:
        """Label → executor."""
        found: Mapping[str, Json] = self.spec.get("deploymentSpec", {}).get("executors", {})
        return found

    @property
    def on_cluster(self) -> Mapping[str, Json]:
        """Label of an executor → what Kubernetes is told of it."""
        kubernetes = self.platform.get("platforms", {}).get("kubernetes", {})
        found: Mapping[str, Json] = kubernetes.get("deploymentSpec", {}).get("executors", {})
        return found


def parameter_type(definition: Json) -> str:
    """Returns a parameter's type by its name in schema 2.1.0: STRING, NUMBER_INTEGER, …"""
    known = {"INT": "NUMBER_INTEGER", "DOUBLE": "NUMBER_DOUBLE", "STRING": "STRING"}
    return str(definition.get("parameterType") or known.get(definition.get("type", ""), "STRING"))


def typed(value: Any, kind: str) -> Any:
    """Returns a JSON value as its parameter's type has it: JSON's numbers are all floating."""
    if kind == "NUMBER_INTEGER" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "NUMBER_DOUBLE" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def constant_of(value: Json) -> Any:
    """Returns the constant of a ValueOrRuntimeParameter, in either schema's form. Raises KeyError."""
    if "constant" in value:
        return value["constant"]
    old = value["constantValue"]
    if "intValue" in old:
        return int(old["intValue"])
    return old["doubleValue"] if "doubleValue" in old else old.get("stringValue", "")
