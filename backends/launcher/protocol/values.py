"""The Plan's symbolic values become plain ones: parameters, run id, run date, environment, paths.

Nothing here imports TFX. Every error is a `WrongUse` or `Failure` whose text is one sentence.
"""

from __future__ import annotations

import difflib
import math
import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Union

from tfxc.schemas.diagnostics import Path
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.plan import Plan, PlanParameter
from tfxc.schemas.plan_values import Fold, fold, is_uri

Scalar = Union[bool, int, float, str]

_INTEGER = re.compile(r"[+-]?[0-9]+")


@dataclass(frozen=True)
class Values:
    """What references stand for in one run.

    ``folder`` is put before relative paths; None leaves them relative, for a process whose working
    directory is the base folder. ``artifacts`` are the values of artifacts that other nodes made, by
    (node, output).
    """

    parameters: Mapping[str, Scalar]
    run_id: str
    run_date: str
    environment: Mapping[str, str]
    folder: Union[str, None] = None
    artifacts: Mapping[tuple[str, str], Any] = field(default_factory=dict)


def resolve(value: Any, values: Values, where: str) -> Any:
    """Returns a value of the Plan with every symbolic form replaced.

    A value that is one reference keeps the type of what it refers to. ``where`` names the argument in
    messages. Raises Failure if an environment variable, a parameter or the value of an artifact is missing,
    and for what only a container knows.
    """

    def of_container(name: str, place: Path) -> Any:
        raise Failure(f"{_at(where, place)} is known only in the container of the node.")

    resolved: Fold[Any] = Fold(
        plain=lambda plain, place: plain,
        reference=lambda target, place: reference_value(target, values, _at(where, place)),
        concatenation=lambda pieces, place: "".join(map(text, pieces)),
        path=lambda inner, place: resolve_path(inner, values.folder, _at(where, place)),
        mapping=lambda items, place: items,
        sequence=lambda items, place: items,
        artifact_value=lambda channel, place: _of_artifact(channel, values, _at(where, place)),
        container_input=of_container,
        container_output=of_container,
    )
    return fold(value, resolved)


def _at(where: str, place: Path) -> str:
    """Returns what a place inside an argument is called in messages."""
    return where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)


def resolve_path(path: Any, folder: Union[str, None], where: str) -> Any:
    """Returns a path with ``folder`` put before it if it is relative; URIs stay as they are."""
    if path is None:
        return None
    if not isinstance(path, str):
        raise Failure(f"{where} must be a path, but it is {_show(path)}.")
    if is_uri(path) or not path:
        return path
    joined = posixpath.join(folder, path) if folder else path
    # A trailing "/" and a doubled one carry no meaning, and would make the same folder two cache keys.
    return posixpath.normpath(joined)


def resolve_parameters(plan: Plan, given: Mapping[str, Any]) -> dict[str, Scalar]:
    """Returns the value of every parameter of the Plan, in the Plan's order.

    Values arrive from command lines, Airflow and Kubeflow, where numbers may be text: text that
    spells a value of the parameter's type exactly is taken as that value. Raises WrongUse for an
    unknown name, a missing value, a value of the wrong type, or one outside the parameter's limits.
    """
    names = [parameter.name for parameter in plan.parameters]
    for name in given:
        if name not in names:
            raise WrongUse(_unknown_parameter(name, names))
    resolved: dict[str, Scalar] = {}
    for parameter in plan.parameters:
        if parameter.name in given and not (given[parameter.name] is None and not parameter.required):
            value = _coerce(parameter, given[parameter.name])
        elif parameter.required or parameter.default is None:
            raise WrongUse(f"parameter `{parameter.name}` has no default: give it a value for this run.")
        else:
            value = _coerce(parameter, parameter.default)
        _check_limits(parameter, value)
        resolved[parameter.name] = value
    return resolved


def node_variables(plan: Plan, node: str, values: Values) -> dict[str, str]:
    """Returns a node's own environment variables. Raises Failure if one cannot be resolved."""
    return {
        name: text(resolve(value, values, f"{node}.execution.env.{name}"))
        for name, value in plan.node(node).execution.env.items()
    }


def reference_value(reference: str, values: Values, where: str) -> Any:
    """Returns what a reference such as ``parameters.NAME`` stands for in a run. Raises Failure."""
    scope, _, name = reference.partition(".")
    if scope == "parameters" and name in values.parameters:
        return values.parameters[name]
    if reference == "run.id":
        return values.run_id
    if reference == "run.date":
        return values.run_date
    if scope == "env":
        if name not in values.environment:
            raise Failure(
                f"{where} needs the environment variable {name}, which is not set where this runs: "
                f"set it and run again."
            )
        return values.environment[name]
    raise Failure(f"{where} refers to `{reference}`, which this pipeline does not have.")


def _of_artifact(channel: str, values: Values, where: str) -> Any:
    """Returns the value of an artifact. Raises Failure where none is known."""
    node, _, output = channel.rpartition(".")
    if (node, output) not in values.artifacts:
        raise Failure(f"{where} cannot wait for the value of `{channel}`: only arguments of components can.")
    return values.artifacts[node, output]


def text(value: Any) -> str:
    """Returns a value as it stands in a text: booleans as YAML writes them, the rest as Python does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _coerce(parameter: PlanParameter, value: Any) -> Scalar:
    """Returns the value with the parameter's type. Raises WrongUse if it is not one."""
    kind = parameter.type
    if kind in ("str", "path"):
        if isinstance(value, str):
            return value
    elif kind == "bool":
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in ("true", "false"):
            return value.strip().lower() == "true"
    elif isinstance(value, bool):
        pass
    elif kind == "int":
        if isinstance(value, int):
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
            return int(value)
    elif isinstance(value, (int, float, str)):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            pass
        else:
            if math.isfinite(number):
                return number
    expected = {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "str": "text",
        "path": "a path",
    }[kind]
    raise WrongUse(f"parameter `{parameter.name}` must be {expected}, but it is {_show(value)}.")


def _check_limits(parameter: PlanParameter, value: Scalar) -> None:
    """Raises WrongUse if a value of the right type is outside what the parameter allows."""
    name = parameter.name
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if parameter.minimum is not None and value < parameter.minimum:
            raise WrongUse(f"parameter `{name}` must be at least {parameter.minimum}, but it is {value}.")
        if parameter.maximum is not None and value > parameter.maximum:
            raise WrongUse(f"parameter `{name}` must be at most {parameter.maximum}, but it is {value}.")
    if parameter.choices and value not in parameter.choices:
        choices = ", ".join(_show(choice) for choice in parameter.choices)
        raise WrongUse(f"parameter `{name}` must be one of {choices}, but it is {_show(value)}.")
    if parameter.pattern is not None and re.fullmatch(parameter.pattern, str(value)) is None:
        raise WrongUse(f"parameter `{name}` must match `{parameter.pattern}`, but it is {_show(value)}.")


def _unknown_parameter(name: str, names: list[str]) -> str:
    """Returns the message for a parameter that the pipeline does not have."""
    if not names:
        return f"there is no parameter `{name}`: this pipeline has none."
    close = difflib.get_close_matches(name, names, n=1)
    hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(names)}."
    return f"there is no parameter `{name}`; {hint}"


def _show(value: Any) -> str:
    """Returns a value for a message, short and in one line."""
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "…"


def base_folder_relative(path: str, base_folder: str) -> str:
    """Returns an absolute form of a path that may be relative to the base folder."""
    return path if is_uri(path) else os.path.normpath(posixpath.join(base_folder, path))
