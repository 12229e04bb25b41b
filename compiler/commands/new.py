"""``tfxc new``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from tfxc.compiler.output import json_text, write
from tfxc.schemas.failures import WrongUse

EXAMPLES = """
tfxc new --list
tfxc new penguin penguins
tfxc new taxi rides && python rides/make_data.py
"""


def new(
    name: Annotated[
        Optional[str], typer.Argument(metavar="NAME", help="The example.", show_default=False)
    ] = None,
    folder: Annotated[
        Optional[Path],
        typer.Argument(metavar="FOLDER", help="The folder to make; named as the example if not given."),
    ] = None,
    list_examples: Annotated[bool, typer.Option("--list", help="Say which examples there are.")] = False,
    json: Annotated[bool, typer.Option("--json", help="With --list: the same as JSON.")] = False,
) -> None:
    """Make a project out of one of the examples.

    It is a whole pipeline that runs, to be changed. The folder must be new, or empty.
    """
    from tfxc.compiler.start.examples import copy_example, example, examples
    from tfxc.compiler.start.write import require_new, write_new

    if list_examples:
        write(_listed(as_json=json))
        return
    if name is None:
        names = ", ".join(each.name for each in examples())
        raise WrongUse(f"say which example: {names}; `tfxc new --list` says what they are")
    chosen = example(name)
    target = folder if folder is not None else Path(name)
    require_new(target)
    write_new(target, lambda made: copy_example(chosen, made, str(target)))
    write(f"{target}: {chosen.description}\n")
    for other in chosen.beside:
        place = target.absolute().parent / other
        if not place.exists():
            write(f"first: tfxc new {other} {place}, which it looks at\n")
    if chosen.makes_data:
        write(f"next: python {target}/make_data.py\n")
    write(f"next: tfxc run {target}\n")


def _listed(as_json: bool) -> str:
    from tfxc.compiler.start.examples import examples
    from tfxc.schemas.words.columns import aligned

    found = examples()
    if as_json:
        rows = [{"name": each.name, "description": each.description} for each in found]
        return json_text({"format": "tfxc.new/1", "examples": rows})
    return "".join(f"{line}\n" for line in aligned((each.name, each.description) for each in found))
