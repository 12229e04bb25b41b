"""What the backend's driver does before a container starts: a task's inputs, and its executor input.

Mirrors backend/src/v2/driver (resolve.go, driver.go) of kubeflow/pipelines. It keeps numbers as
doubles, as the backend does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tfxc.backends.kubeflow.conformance.rules import artifacts_of, mapping, parameters_of
from tfxc.backends.kubeflow.conformance.rules_spec import fits
from tfxc.backends.kubeflow.emit.placeholders import parameter_text

LOGS = "executor-logs"
"""The output that the driver adds to every task since KFP 2.5."""


class SimulationError(Exception):
    """The backend's driver or launcher would fail here. ``str()`` is a sentence."""


@dataclass(frozen=True)
class RunFacts:
    """What the run's placeholders stand for. ``root`` is KFP's own pipeline root of this run."""

    run_id: str
    name: str
    root: str
    created: str

    def value_of(self, placeholder: str) -> str | None:
        """Returns what stands for a placeholder, or None if it is none of the run's."""
        return {
            "{{$.pipeline_job_uuid}}": self.run_id,
            "{{$.pipeline_job_name}}": self.name,
            "{{$.pipeline_job_resource_name}}": self.name,
            "{{$.pipeline_job_create_time_utc}}": self.created,
            "{{$.pipeline_job_schedule_time_utc}}": self.created,
        }.get(placeholder)


@dataclass
class Scope:
    """The values inside one DAG: its own inputs, and the outputs of its tasks that have succeeded."""

    parameters: Mapping[str, Any]
    outputs: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    artifacts: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def root_parameters(root: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the values of a pipeline's parameters as the API server takes them.

    Raises ValueError for a parameter that is unknown, missing or of another type.
    """
    definitions = parameters_of(root, "input")
    unknown = sorted(set(given) - set(definitions))
    if unknown:
        there_are = ", ".join(definitions) or "none"
        raise ValueError(f"the pipeline has no parameter `{unknown[0]}`; there are: {there_are}")
    values = {}
    for name, definition in definitions.items():
        kind = definition["parameterType"]
        if name in given:
            if not fits("NUMBER_DOUBLE" if kind == "NUMBER_INTEGER" else kind, given[name]):
                raise ValueError(f"`{given[name]}` is no value for the parameter `{name}` ({kind})")
            values[name] = as_double(given[name])
        elif definition.get("defaultValue") is not None:
            values[name] = as_double(definition["defaultValue"])
        elif definition.get("isOptional"):
            values[name] = None
        else:
            raise ValueError(f"the parameter `{name}` needs a value: -P {name}=…")
    return values


def as_double(value: Any) -> Any:
    """Returns a JSON value with every number as a double, written as protojson writes it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    number = float(value)
    return int(number) if number.is_integer() and abs(number) < 1e21 else number


def resolve_parameters(
    task: Mapping[str, Any],
    component: Mapping[str, Any],
    scope: Scope,
    facts: RunFacts,
    key: str,
    final_status: Callable[[], Mapping[str, Any]],
) -> dict[str, Any]:
    """Returns the input parameters of a task. Raises SimulationError."""
    definitions = parameters_of(component, "input")
    values = {}
    for name, source in mapping(task, "inputs", "parameters").items():
        definition = definitions.get(name, {})
        value = _resolve(source, scope, facts, key, final_status)
        if value is None:
            if definition.get("isOptional"):
                continue
            raise SimulationError(f"`{key}`: its input `{name}` has no value")
        kind = definition.get("parameterType", "STRING")
        if kind == "STRING" and not isinstance(value, str):
            value = parameter_text(value)
        elif not fits("NUMBER_DOUBLE" if kind == "NUMBER_INTEGER" else kind, value):
            raise SimulationError(f"`{key}`: `{value}` is no value for its input `{name}` ({kind})")
        values[name] = value
    return values


def _resolve(
    source: Mapping[str, Any],
    scope: Scope,
    facts: RunFacts,
    key: str,
    final_status: Callable[[], Mapping[str, Any]],
) -> Any:
    if "componentInputParameter" in source:
        return scope.parameters.get(source["componentInputParameter"])
    if "taskOutputParameter" in source:
        output = source["taskOutputParameter"]
        return scope.outputs.get(output["producerTask"], {}).get(output["outputParameterKey"])
    if "taskFinalStatus" in source:
        return final_status()
    value = as_double(source["runtimeValue"]["constant"])
    if value == "{{$.pipeline_task_name}}":
        return key
    replaced = facts.value_of(value) if isinstance(value, str) else None
    return value if replaced is None else replaced


def executor_input(
    key: str,
    component: Mapping[str, Any],
    parameters: Mapping[str, Any],
    artifacts: Mapping[str, Any],
    facts: RunFacts,
    folder: Path,
) -> dict[str, Any]:
    """Returns the ExecutorInput of a task whose output files lie under ``folder``.

    Output artifacts have ``customPath``, where the backend has folders at the root of the container.
    """
    outputs = {
        name: definition.get("artifactType", {})
        for name, definition in artifacts_of(component, "output").items()
    }
    outputs[LOGS] = {"schemaTitle": "system.Artifact"}
    return {
        "inputs": {"parameterValues": dict(parameters), "artifacts": dict(artifacts)},
        "outputs": {
            "parameters": {
                name: {"outputFile": str(folder / "parameters" / name)}
                for name in parameters_of(component, "output")
            },
            "artifacts": {
                name: {
                    "artifacts": [
                        {
                            "name": name,
                            "type": artifact_type,
                            "uri": f"{facts.root}/{key}/{name}",
                            "metadata": {},
                            "customPath": str(folder / "artifacts" / name),
                        }
                    ]
                }
                for name, artifact_type in outputs.items()
            },
            "outputFile": str(folder / "output_metadata.json"),
        },
    }


def text_to_value(text: str, kind: str) -> Any:
    """Returns an output parameter's value from the text of its file. Raises ValueError."""
    if kind == "STRING":
        return text
    if kind == "NUMBER_INTEGER":
        return as_double(int(text.strip()))
    if kind == "NUMBER_DOUBLE":
        return as_double(float(text.strip()))
    if kind == "BOOLEAN":
        truths = {"1": True, "t": True, "true": True, "0": False, "f": False, "false": False}
        return truths[text.strip().lower()]
    return json.loads(text)
