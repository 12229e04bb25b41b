"""The parameters of one run, from ``-P name=value`` and ``--parameters-file``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tfxc.backends.launcher.protocol.values import Scalar, resolve_parameters
from tfxc.schemas.failures import WrongUse, because
from tfxc.schemas.plan import Plan
from tfxc.schemas.plan_values import is_uri
from tfxc.schemas.words.suggest import unknown


def given_parameters(
    plan: Plan, assignments: Sequence[str], file: Path | None = None, folder: Path | None = None
) -> dict[str, Scalar]:
    """Returns the values that the user gives for this run, checked; defaults are not among them.

    ``assignments`` are the texts of ``-P``; they win over ``file``, the last one over those before.
    Relative paths start at ``folder`` (the working directory), those of the file at the file.
    Raises WrongUse for an unknown name, a value of the wrong type or outside its limits, and a file
    that cannot be read.
    """
    given = {} if file is None else _from_file(plan, file)
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


def _from_file(plan: Plan, file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8")
        content = json.loads(text) if file.suffix == ".json" else yaml.safe_load(text)
    except OSError as error:
        raise WrongUse(f"the parameters file cannot be read: {because(error, file)}.") from None
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        first = " ".join(str(error).split())[:200]
        raise WrongUse(f"the parameters file {file} is not {_format(file)}: {first}.") from None
    if not isinstance(content, Mapping) or not all(isinstance(name, str) for name in content):
        raise WrongUse(f"the parameters file {file} must be a mapping from parameter names to values.")
    return {name: _absolute(plan, name, value, file.absolute().parent) for name, value in content.items()}


def _format(file: Path) -> str:
    return "JSON" if file.suffix == ".json" else "YAML"


def _absolute(plan: Plan, name: str, value: Any, folder: Path) -> Any:
    """A path that the user writes starts where the user is; what a spec writes starts at the spec."""
    types = {parameter.name: parameter.type for parameter in plan.parameters}
    if types.get(name) != "path" or not isinstance(value, str) or not value or is_uri(value):
        return value
    return str(folder / Path(value).expanduser())
