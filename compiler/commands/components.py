"""``tfxc components``"""

from __future__ import annotations

import re
import sys
from typing import Annotated, Optional

import typer

from tfxc.compiler.commands.options import JsonOption, TfxOption, tfx_line
from tfxc.compiler.output import json_text, use_colours, write
from tfxc.schemas.failures import WrongUse

EXAMPLES = """
tfxc components
tfxc components Trainer
tfxc components execution
tfxc components Evaluator --json | jq .outputs
tfxc components Trainer --tfx 1.21
"""


def _completions(incomplete: str) -> list[str]:
    from tfxc.schemas.components import component_types

    return [name for name in (*component_types(), "execution") if name.startswith(incomplete)]


def components(
    type_name: Annotated[
        Optional[str],
        typer.Argument(
            metavar="TYPE",
            help="A component's type, or `execution`; without one, all are listed.",
            autocompletion=_completions,
        ),
    ] = None,
    tfx: TfxOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a component takes and gives.

    The keys of a component are the arguments of its TFX class. `execution` shows the keys that every
    component has.
    """
    from tfxc.compiler.models import component_pages as reference

    if type_name is not None and type_name != reference.COMMON_TOPIC:
        type_name = _known_type(type_name)
    line = tfx_line(tfx)
    if json:
        write(_as_json(type_name, line))
        return
    text = reference.render_overview() if type_name is None else reference.render_component(type_name, line)
    write(_with_headings(text) if use_colours(sys.stdout) else text)


def _known_type(name: str) -> str:
    from tfxc.schemas.components import component_types
    from tfxc.schemas.words.suggest import did_you_mean

    types = {known.lower(): known for known in component_types()}
    if name.lower() in types:
        return types[name.lower()]
    near = did_you_mean(name, types.values())
    raise WrongUse(f"there is no component `{name}`; {near[0] if near else '`tfxc components` lists them'}")


def _as_json(type_name: str | None, line: str | None) -> str:
    from dataclasses import asdict

    from tfxc.compiler.models import component_pages as reference

    content: object
    if type_name is None:
        content = [asdict(row) for row in reference.component_overview()]
    elif type_name == reference.COMMON_TOPIC:
        content = [asdict(entry) for entry in reference.common_entries()]
    else:
        content = asdict(reference.component_page(type_name, line))
    return json_text(content)


def _with_headings(text: str) -> str:
    """Returns the text with its title and headings bold: lines above an indented one, up to a comma."""
    from tfxc.compiler.render.snippets import painted

    headings = r"\A[^\n ]+(?=\n)|^\S[^,\n]*(?=[^\n]*\n  \S)"
    return re.sub(headings, lambda heading: painted(heading.group(), "bold"), text, flags=re.MULTILINE)
