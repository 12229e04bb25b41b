"""The input parameters of each task, and where their values come from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tfxc.backends.kubeflow.emit.artifacts import STATE
from tfxc.schemas.plan import COMPLETED, NONE_FAILED, Plan, PlanParameter
from tfxc.schemas.plan_places import references

RUN_ID = "tfxc-run-id"
RUN_DATE = "tfxc-run-date"
RUN_DATE_PARAMETER = "run_date"
"""A pipeline parameter that replaces the date of the run: for backfills, and before KFP 2.16."""
FINAL_STATUS = "tfxc-final-status"
STATE_OF = "tfxc-state-of-"
"""Followed by a task key: how that task ended."""

SKIPPED = "skipped"

PARAMETER_TYPES: Mapping[str, str] = {
    "int": "NUMBER_INTEGER",
    "float": "NUMBER_DOUBLE",
    "bool": "BOOLEAN",
    "str": "STRING",
    "path": "STRING",
}


Input = tuple[str, dict[str, Any], dict[str, Any]]
"""An input of a task: its name, its definition, and where its value comes from."""


def uses_run_date(plan: Plan) -> bool:
    """Whether any value of the Plan refers to the date of the run."""
    return "run.date" in references(plan)


def takes_run_date(plan: Plan) -> bool:
    """Whether the pipeline gets a parameter `RUN_DATE_PARAMETER` of ours."""
    return uses_run_date(plan) and all(parameter.name != RUN_DATE_PARAMETER for parameter in plan.parameters)


def root_parameters(plan: Plan) -> dict[str, Any]:
    """Returns the definitions of the pipeline's parameters, as KFP's UI shows them."""
    definitions = {parameter.name: _root_parameter(parameter) for parameter in plan.parameters}
    if takes_run_date(plan):
        definitions[RUN_DATE_PARAMETER] = {
            "parameterType": "STRING",
            "isOptional": True,
            "description": "What run.date stands for; if not given, the date that the run was scheduled for.",
        }
    return definitions


def _root_parameter(parameter: PlanParameter) -> dict[str, Any]:
    definition: dict[str, Any] = {"parameterType": PARAMETER_TYPES[parameter.type]}
    if not parameter.required and parameter.default is not None:
        default = parameter.default
        definition["defaultValue"] = float(default) if parameter.type == "float" else default
        definition["isOptional"] = True
    description = " ".join(filter(None, (parameter.description.strip(), _limits(parameter))))
    if description:
        definition["description"] = description
    return definition


def _limits(parameter: PlanParameter) -> str:
    """Returns what a value must be, in words: KFP itself checks only the type."""
    limits = []
    if parameter.minimum is not None:
        limits.append(f"at least {parameter.minimum}")
    if parameter.maximum is not None:
        limits.append(f"at most {parameter.maximum}")
    if parameter.choices:
        limits.append("one of " + ", ".join(str(choice) for choice in parameter.choices))
    if parameter.pattern is not None:
        limits.append(f"matching {parameter.pattern}")
    return f"({'; '.join(limits)})" if limits else ""


def nodes_that_may_be_skipped(plan: Plan) -> frozenset[str]:
    """Returns the nodes with a condition, and those that need one of them to succeed."""
    skipped: set[str] = set()
    for node in plan.nodes:
        waits_only = node.execution.trigger_strategy == COMPLETED
        if node.when is not None or (not waits_only and skipped.intersection(node.upstream)):
            skipped.add(node.id)
    return frozenset(skipped)


def shared_inputs(plan: Plan) -> tuple[Input, ...]:
    """Returns the inputs that every task has."""
    inputs: list[Input] = [
        (parameter.name, {"parameterType": PARAMETER_TYPES[parameter.type]}, _of_pipeline(parameter.name))
        for parameter in plan.parameters
    ]
    inputs.append((RUN_ID, {"parameterType": "STRING"}, _constant("{{$.pipeline_job_uuid}}")))
    if uses_run_date(plan):
        scheduled = _constant("{{$.pipeline_job_schedule_time_utc}}")
        inputs.append((RUN_DATE, {"parameterType": "STRING"}, scheduled))
    if takes_run_date(plan):
        optional = {"parameterType": "STRING", "isOptional": True}
        inputs.append((RUN_DATE_PARAMETER, optional, _of_pipeline(RUN_DATE_PARAMETER)))
    return tuple(inputs)


def state_inputs(watched: Iterable[str]) -> tuple[Input, ...]:
    """Returns the inputs that say how these upstream tasks (by key) ended."""
    return tuple(
        (
            STATE_OF + key,
            {"parameterType": "STRING"},
            {"taskOutputParameter": {"producerTask": key, "outputParameterKey": STATE}},
        )
        for key in watched
    )


def skip_condition(watched: Iterable[str], strategy: str) -> str:
    """Returns the CEL condition under which a task is not skipped: none of these upstream tasks was, or for
    one that can do with fewer not all of them were."""
    joint = " || " if strategy == NONE_FAILED else " && "
    return joint.join(f"inputs.parameter_values['{STATE_OF}{key}'] != '{SKIPPED}'" for key in watched)


def _of_pipeline(name: str) -> dict[str, Any]:
    return {"componentInputParameter": name}


def _constant(value: str) -> dict[str, Any]:
    return {"runtimeValue": {"constant": value}}
