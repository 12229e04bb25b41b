"""What a Plan asks for and a backend does not honour (B101), by the table of execution options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.backends import Backend
from tfxc.compiler.language.references import parse_template
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.execution_options import EXECUTION_OPTIONS, ExecutionOption
from tfxc.schemas.plan import Plan

NOT_HONOURED = "B101"
HELP = "take it out, or keep it in an environment that another backend is used with"


def honoured_findings(backend: Backend, plan: Plan, document: Mapping[str, Any]) -> list[Finding]:
    """Returns a finding for each thing that the Plan asks for and the backend does not honour.

    An option that the backend says nothing about counts as one that it cannot: it may be older than
    the option.
    """
    return [
        Finding(NOT_HONOURED, _message(backend, option), place, at_key=part is None, part=part, help=(HELP,))
        for option in EXECUTION_OPTIONS.values()
        if option.name not in backend.honours
        for place in option.asked(plan)
        for part in _places_in_text(option, _value_at(document, place))
    ]


def _message(backend: Backend, option: ExecutionOption) -> str:
    unheard_of = f"it does not name `{option.name}` among what it honours"
    why = backend.cannot.get(option.name, unheard_of)
    return f"the backend `{backend.name}` does not have {option.words}: {why}"


def _places_in_text(option: ExecutionOption, value: object) -> list[tuple[int, int] | None]:
    """Returns where a text refers to the option; None alone means the place as a whole."""
    if not option.is_reference or not isinstance(value, str):
        return [None]
    references = parse_template(value).references
    return [(each.start, each.end) for each in references if each.target == option.name] or [None]


def _value_at(document: Any, place: Path) -> object:
    """Returns what stands at a place of the document, None if nothing does."""
    for step in place:
        try:
            document = document[step]
        except (KeyError, IndexError, TypeError):
            return None
    return document
