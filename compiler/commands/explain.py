"""``tfxc explain``"""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer

from tfxc.compiler.commands.options import JsonOption
from tfxc.compiler.output import json_text, use_colours, write
from tfxc.schemas.diagnostic_codes import CODES, Code, explanation
from tfxc.schemas.failures import WrongUse

EXAMPLES = """
tfxc explain T204
tfxc explain
tfxc explain --json | jq '.[] | select(.severity == "warning") | .code'
"""


def _completions(incomplete: str) -> list[str]:
    return [code for code in CODES if code.startswith(incomplete)]


def explain(
    code: Annotated[
        Optional[str],
        typer.Argument(
            metavar="CODE",
            help="A code such as T204; without one, all are listed.",
            autocompletion=_completions,
        ),
    ] = None,
    json: JsonOption = False,
) -> None:
    """Explain a diagnostic code.

    Its page says what it means, shows a spec that has it, and the same spec put right.
    """
    wanted = None if code is None else _known_code(code)
    if json:
        write(_as_json(wanted))
        return
    if wanted is None:
        for entry in CODES.values():
            write(f"{entry.code}  {entry.severity.value:7}  {entry.title}\n")
        return
    page = explanation(wanted)
    if not use_colours(sys.stdout):
        write(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=min(100, Console().width)).print(Markdown(page, code_theme="ansi_dark"))


def _known_code(code: str) -> str:
    wanted = code.strip().upper().removeprefix("ERROR[").removeprefix("WARNING[").rstrip("]")
    if wanted not in CODES:
        from tfxc.schemas.words.suggest import did_you_mean

        near = did_you_mean(wanted, CODES)
        raise WrongUse(f"there is no code `{code}`; {near[0] if near else '`tfxc explain` lists them'}")
    return wanted


def _as_json(code: str | None) -> str:
    """Returns a list of all codes, or the object of one, which has its page as Markdown as well."""

    def about(entry: Code) -> dict[str, str]:
        return {"code": entry.code, "severity": entry.severity.value, "title": entry.title}

    content: object = (
        [about(entry) for entry in CODES.values()]
        if code is None
        else {**about(CODES[code]), "page": explanation(code)}
    )
    return json_text(content)
