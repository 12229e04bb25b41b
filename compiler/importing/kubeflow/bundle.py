"""The Plan of what tfxc itself compiled: a pipeline.yaml whose tasks read it, or a plan.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tfxc.backends.kubeflow.emit.container import TASK_MODULE, plan_digest
from tfxc.compiler.importing.formats import Held
from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import Plan

_PLAN = "plan.json"


def plan_beside(held: Held, file: Path) -> Plan | None:
    """Returns the Plan that a file is, or that its tasks run; None of what tfxc has not compiled.

    Raises WrongUse if it is not there, is another, or cannot be read.
    """
    if held.kind == "plan":
        return _plan(json.dumps(held.json), file)
    if held.pipeline is None:
        return None
    digests = {
        str(arguments[arguments.index("--plan") + 1])
        for each in held.pipeline.executors.values()
        if isinstance(each, dict)
        for container in [each.get("container", {})]
        for arguments in [container.get("args", [])]
        if TASK_MODULE in json.dumps(container.get("command", [])) and "--plan" in arguments[:-1]
    }
    if not digests:
        return None
    path = file.resolve().parent / _PLAN
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise WrongUse(
            f"{file} is what tfxc compiled: put the {_PLAN} beside it that was compiled with it"
        ) from None
    if digests != {plan_digest(text)}:
        raise WrongUse(f"{path} is of another compilation than {file}")
    return _plan(text, path)


def _plan(text: str, file: Path) -> Plan:
    try:
        found: Any = Plan.model_validate_json(text)
    except ValueError:
        raise WrongUse(f"{file} is no Plan that this version of tfxc knows") from None
    plan: Plan = found
    return plan
