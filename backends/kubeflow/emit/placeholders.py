"""Placeholders in a container's command line: which there are, and what the backend puts in their place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.backends.kubeflow.conformance.rules import artifacts_of, parameters_of

WHOLE_INPUT = "{{$}}"

_PLACEHOLDER = re.compile(r"\{\{\$.*?\}\}")
_INPUT_PARAMETER = re.compile(r"\{\{\$\.inputs\.parameters\['([^']+)'\]\}\}\Z")
_INPUT_ARTIFACT = re.compile(r"\{\{\$\.inputs\.artifacts\['([^']+)'\]\.(uri|path|metadata\['[^']+'\])\}\}\Z")
_OUTPUT_PARAMETER = re.compile(r"\{\{\$\.outputs\.parameters\['([^']+)'\]\.output_file\}\}\Z")
_OUTPUT_ARTIFACT = re.compile(r"\{\{\$\.outputs\.artifacts\['([^']+)'\]\.(uri|path)\}\}\Z")
_RUN = frozenset(
    f"{{{{$.{name}}}}}"
    for name in (
        "pipeline_job_name",
        "pipeline_job_resource_name",
        "pipeline_job_uuid",
        "pipeline_task_name",
        "pipeline_task_uuid",
        "pipeline_job_create_time_utc",
        "pipeline_job_schedule_time_utc",
        "pipeline_root",
        "workspace_path",
    )
)


def wrong_placeholders(
    container: Mapping[str, Any], component: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yields the place and what is wrong with each placeholder that the backend would leave as it is."""
    for field in ("command", "args"):
        for index, text in enumerate(container.get(field) or ()):
            for match in _PLACEHOLDER.finditer(text):
                message = _mistake(match[0], component)
                if message:
                    yield f"{field}[{index}]", message


def _mistake(placeholder: str, component: Mapping[str, Any]) -> str | None:
    if placeholder == WHOLE_INPUT:
        return None
    if placeholder in _RUN:
        return f"`{placeholder}` is filled in only where it is an input parameter's whole value"
    for pattern, known in (
        (_INPUT_PARAMETER, parameters_of(component, "input")),
        (_INPUT_ARTIFACT, artifacts_of(component, "input")),
        (_OUTPUT_PARAMETER, parameters_of(component, "output")),
        (_OUTPUT_ARTIFACT, artifacts_of(component, "output")),
    ):
        match = pattern.match(placeholder)
        if match is not None:
            return None if match[1] in known else f"`{match[1]}` is not defined by the component"
    return f"`{placeholder}` is no placeholder"


def fill_in(text: str, executor_input: Mapping[str, Any], local_path: Mapping[str, str]) -> str:
    """Returns an argument with its placeholders replaced, in the order of the backend: the driver's
    parameters, then the launcher's ``{{$}}``, then everything else.

    ``local_path`` is artifact URI → path in the container.
    """
    values = _replacements(executor_input, local_path)
    if "$.outputs" not in text:
        text = _PLACEHOLDER.sub(
            lambda match: values.get(match[0], match[0]) if _INPUT_PARAMETER.match(match[0]) else match[0],
            text,
        )
    text = text.replace(WHOLE_INPUT, json.dumps(executor_input, separators=(",", ":"), ensure_ascii=False))
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def _replacements(executor_input: Mapping[str, Any], local_path: Mapping[str, str]) -> dict[str, str]:
    inputs, outputs = executor_input.get("inputs", {}), executor_input.get("outputs", {})
    values: dict[str, str] = {}
    for side, messages in (("inputs", inputs), ("outputs", outputs)):
        for name, entry in messages.get("artifacts", {}).items():
            uri = entry["artifacts"][0]["uri"]
            values[f"{{{{$.{side}.artifacts['{name}'].uri}}}}"] = uri
            values[f"{{{{$.{side}.artifacts['{name}'].path}}}}"] = local_path.get(uri, uri)
    for name, value in inputs.get("parameterValues", {}).items():
        values[f"{{{{$.inputs.parameters['{name}']}}}}"] = parameter_text(value)
    for name, entry in outputs.get("parameters", {}).items():
        values[f"{{{{$.outputs.parameters['{name}'].output_file}}}}"] = entry["outputFile"]
    return values


def parameter_text(value: Any) -> str:
    """Returns a parameter's value as the backend writes it into a command line."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def expand_variables(text: str, environment: Mapping[str, str]) -> str:
    """Returns a text as Kubernetes expands it: ``$(NAME)`` is a variable that is set, ``$$`` a ``$``."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return environment.get(match[1], match[0])

    return re.sub(r"\$\$|\$\(([^)]*)\)", value, text)
