"""The parameters of one run, from ``-P name=value`` and from a file that has been read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfxc.backends.launcher.protocol.values import Scalar, resolve_parameters
from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.words.suggest import unknown


def given_parameters(
    plan: Plan,
    assignments: Sequence[str],
    file_values: Mapping[str, Any] | None = None,
    file_folder: Path | None = None,
    folder: Path | None = None,
) -> dict[str, Scalar]:
    """Returns the values that the user gives for this run, checked; defaults are not among them.

    ``assignments`` are the texts of ``-P``; they win over the values of a file, the last one over those
    before. Relative paths start at ``folder``, those of the file at ``file_folder`` (each the working
    directory, if None). A null in the file stands for the default. Raises WrongUse for an unknown name,
    and for a value of the wrong type or outside its limits.
    """
    start = file_folder or Path.cwd()
    given = {name: _absolute(plan, name, value, start) for name, value in (file_values or {}).items()}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign:
            raise WrongUse(f"-P {assignment}: write it as -P name=value.")
        given[name.strip()] = _absolute(plan, name.strip(), text, folder or Path.cwd())
    known = [parameter.name for parameter in plan.parameters]
    for name in given:
        if name not in known:
            raise WrongUse(unknown("parameter", name, known))
    named = tuple(parameter for parameter in plan.parameters if parameter.name in given)
    return resolve_parameters(plan.model_copy(update={"parameters": named}), given)


def _absolute(plan: Plan, name: str, value: Any, folder: Path) -> Any:
    """A path that the user writes starts where the user is; what a spec writes starts at the spec."""
    types = {parameter.name: parameter.type for parameter in plan.parameters}
    if types.get(name) != "path" or not isinstance(value, str) or not value or is_uri(value):
        return value
    return str(folder / Path(value).expanduser())
