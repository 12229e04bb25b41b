"""Reading a Plan back from its JSON, and saying why it cannot be."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from tfxc.schemas.failures import WrongUse
from tfxc.schemas.plan import FORMAT, Plan
from tfxc.schemas.version import tfxc_version

_FAMILY, _, _NUMBER = FORMAT.rpartition("/")


class PlanFormatError(WrongUse):
    """A text is no Plan that this version of tfxc reads. Its text is one sentence."""


def load_plan(text: str, name: str = "the plan") -> Plan:
    """Returns the Plan of a JSON text, which messages call ``name``. Raises PlanFormatError."""
    try:
        plan = Plan.model_validate_json(text)
    except ValidationError as error:
        raise _refusal(text, name, error) from None
    if "format" not in plan.model_fields_set:
        raise PlanFormatError(_NO_FORMAT.format(name=name))
    return plan


_NO_FORMAT = "{name} is no plan of tfxc: it does not say its `format`."


def _refusal(text: str, name: str, error: ValidationError) -> PlanFormatError:
    """Returns why a text is no Plan: the first of its mistakes that people can do something about."""
    try:
        document = json.loads(text)
    except ValueError:
        return PlanFormatError(f"{name} is no JSON text.")
    except RecursionError:
        return PlanFormatError(f"{name} is nested too deeply to be a plan.")
    if not isinstance(document, dict) or not isinstance(document.get("format"), str):
        return PlanFormatError(_NO_FORMAT.format(name=name))
    if document["format"] != FORMAT:
        return PlanFormatError(_other_format(document, name))
    return PlanFormatError(_not_valid(document, error, name))


def _other_format(document: dict[str, Any], name: str) -> str:
    """Returns the sentence about a Plan of an older or a newer tfxc, or of something else."""
    found = document["format"]
    family, _, number = found.rpartition("/")
    if family != _FAMILY or not number.isdecimal():
        return f"{name} is no plan of tfxc: its format is {found[:60]!r}, not {FORMAT}."
    here = f"this is tfxc {tfxc_version()}, which reads {FORMAT}"
    if int(number) < int(_NUMBER):
        return f"{name} is of the format {found}, and {here}: compile the spec again with this version."
    maker = _maker(document)
    return (
        f"{name} is of the format {found}, made by {maker or 'a newer tfxc'}, and {here}: install "
        f"{f'{maker} or newer' if maker else 'a newer tfxc'} where this runs, or compile the spec with "
        f"this version."
    )


def _not_valid(document: dict[str, Any], error: ValidationError, name: str) -> str:
    """Returns the sentence about a Plan of the right format with something wrong in it."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    problem = f"{where}: {first['msg']}" if where else first["msg"]
    maker = _maker(document)
    made = f" ({maker} made it, and this is tfxc {tfxc_version()})" if maker else ""
    return f"{name} is not one that this version of tfxc reads: {problem}{made}."


def _maker(document: dict[str, Any]) -> str:
    """Returns what made a Plan, "" if it does not say so in a way that can be shown."""
    maker = document.get("compiled_by")
    return f"tfxc {maker}" if isinstance(maker, str) and 0 < len(maker) <= 40 and maker.isprintable() else ""
