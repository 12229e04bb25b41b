"""``tfxc explain``"""

from __future__ import annotations

import sys
from typing import Annotated, Optional

import typer

from tfxc.compiler.output import use_colours, write
from tfxc.schemas.diagnostic_codes import CODES, explanation
from tfxc.schemas.failures import WrongUse

EXAMPLES = """
tfxc explain T204
tfxc explain
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
) -> None:
    """Explain a diagnostic code.

    Its page says what it means, shows a spec that has it, and the same spec put right.
    """
    if code is None:
        for entry in CODES.values():
            write(f"{entry.code}  {entry.severity.value:7}  {entry.title}\n")
        return
    wanted = code.strip().upper().removeprefix("ERROR[").removeprefix("WARNING[").rstrip("]")
    if wanted not in CODES:
        from tfxc.schemas.words.suggest import did_you_mean

        near = did_you_mean(wanted, CODES)
        raise WrongUse(f"there is no code `{code}`; {near[0] if near else '`tfxc explain` lists them'}")
    page = explanation(wanted)
    if not use_colours(sys.stdout):
        write(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=min(100, Console().width)).print(Markdown(page, code_theme="ansi_dark"))
