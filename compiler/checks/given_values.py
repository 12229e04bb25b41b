"""A file's values of parameters, against what these take: P303, S103, S104, S106 and S111."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.parameters import Parameter, why_unfit
from tfxc.schemas.plan import Plan, PlanParameter
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest

_LOOSER: tuple[tuple[str, dict[str, Any]], ...] = (
    ("S111", {"pattern": None}),
    ("S104", {"minimum": None, "maximum": None}),
    ("S106", {"choices": None}),
)
"""code → what to leave out of a declaration for a value to fit that is wrong for this reason only"""


def given_value_findings(plan: Plan, values: Mapping[str, Any]) -> Iterator[Finding]:
    """Yields what is wrong with a file's values. A null stands for the default, where there is one."""
    parameters = {parameter.name: parameter for parameter in plan.parameters}
    for name, value in values.items():
        parameter = parameters.get(name)
        if parameter is None:
            listed = (f"the parameters are {enumeration(list(parameters))}",) if parameters else ()
            help_lines = did_you_mean(name, parameters) or listed or ("this pipeline has no parameters",)
            message = f"there is no parameter `{name}`"
            fix = only_closest(name, parameters)
            yield Finding("P303", message, (name,), at_key=True, help=help_lines, fix=fix)
        elif value is not None or parameter.required:
            yield from _misfit(parameter, value)


def _misfit(parameter: PlanParameter, value: Any) -> Iterator[Finding]:
    declared = Parameter(
        type=parameter.type,
        minimum=parameter.minimum,
        maximum=parameter.maximum,
        choices=list(parameter.choices) or None,
        pattern=parameter.pattern,
    )
    reason = why_unfit(declared, value)
    if reason is not None:
        yield Finding(_code(declared, value), f"parameter `{parameter.name}` {reason}", (parameter.name,))


def _code(declared: Parameter, value: Any) -> str:
    for code, update in _LOOSER:
        declared = declared.model_copy(update=update)
        if why_unfit(declared, value) is None:
            return code
    return "S103"
