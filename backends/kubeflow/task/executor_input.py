"""What KFP tells a task: the executor input, as JSON on the command line.

Mirrors ``ExecutorInput`` of api/v2alpha1/pipeline_spec.proto in kubeflow/pipelines.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tfxc.backends.kubeflow.emit.inputs import (
    FINAL_STATUS,
    RUN_DATE,
    RUN_DATE_PARAMETER,
    RUN_ID,
    uses_run_date,
)
from tfxc.backends.kubeflow.storage import local_path, readable
from tfxc.schemas.plan import Plan


class TaskUseError(ValueError):
    """What KFP passed cannot be used (exit code 2). ``str()`` is one sentence for the user."""


@dataclass(frozen=True)
class OutputPlace:
    """Where an output artifact goes: KFP's URI of it, and the local file that KFP uploads there."""

    uri: str
    file: Path


@dataclass(frozen=True)
class TaskInput:
    """One task's executor input: the run, the pipeline's parameters, and where outputs are expected.

    ``final_status`` is how all other tasks ended, for the exit task only.
    """

    run_id: str
    run_date: str
    parameters: Mapping[str, Any]
    final_status: Mapping[str, Any] | None
    output_parameters: Mapping[str, Path]
    artifacts: Mapping[str, OutputPlace] = field(default_factory=dict)
    output_file: Path | None = None


def read_executor_input(text: str, plan: Plan, today: date) -> TaskInput:
    """Reads an executor input for a Plan. Raises TaskUseError.

    ``today`` is the run's date where no value depends on it.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise TaskUseError(f"the executor input is not JSON: {error}.") from None
    inputs = _mapping(document, "inputs")
    outputs = _mapping(document, "outputs")
    values = _mapping(inputs, "parameterValues")
    run_id = values.get(RUN_ID)
    if not isinstance(run_id, str) or not run_id or "{{" in run_id:
        raise TaskUseError("KFP did not say which run this is: Kubeflow Pipelines 2.5 or newer is needed.")
    output_file = outputs.get("outputFile")
    return TaskInput(
        run_id=run_id,
        run_date=_run_date(values, plan, today),
        parameters=_parameters(values, plan),
        final_status=values.get(FINAL_STATUS),
        output_parameters={
            name: Path(place["outputFile"]) for name, place in _mapping(outputs, "parameters").items()
        },
        artifacts={
            name: _place(entry["artifacts"][0])
            for name, entry in _mapping(outputs, "artifacts").items()
            if entry.get("artifacts")
        },
        output_file=Path(output_file) if output_file else None,
    )


def _mapping(document: Any, key: str) -> Mapping[str, Any]:
    value = document.get(key) if isinstance(document, dict) else None
    return value if isinstance(value, dict) else {}


def _place(artifact: Mapping[str, Any]) -> OutputPlace:
    uri = str(artifact.get("uri", ""))
    return OutputPlace(uri, Path(artifact.get("customPath") or local_path(uri)))


def _parameters(values: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Returns the pipeline's parameters. KFP has only one kind of number: whole ones become integers
    again where the parameter is one."""
    parameters = {}
    for parameter in plan.parameters:
        value = values.get(parameter.name)
        if value is None:
            continue
        if (
            parameter.type == "int"
            and isinstance(value, float)
            and math.isfinite(value)
            and value.is_integer()
        ):
            value = int(value)
        parameters[parameter.name] = readable(value) if parameter.type == "path" else value
    return parameters


def _run_date(values: Mapping[str, Any], plan: Plan, today: date) -> str:
    """Returns the date that ``run.date`` stands for, as 2026-01-31."""
    given = values.get(RUN_DATE_PARAMETER) or values.get(RUN_DATE)
    if not uses_run_date(plan):
        return today.isoformat()
    if not isinstance(given, str) or "{{" in given:
        raise TaskUseError(
            "the pipeline uses `run.date`, and Kubeflow Pipelines before 2.16 does not tell a run's date: "
            f"give the run the parameter `{RUN_DATE_PARAMETER}`, such as 2026-01-31."
        )
    try:
        return datetime.fromisoformat(given.replace("Z", "+00:00")).date().isoformat()
    except ValueError:
        raise TaskUseError(
            f"the run's date `{given}` is no date: give `{RUN_DATE_PARAMETER}` as 2026-01-31."
        ) from None
