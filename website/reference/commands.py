"""A page for each command, made from its help."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import typer.main

from tfxc.compiler.cli import app
from tfxc.compiler.command_table import COMMANDS
from website.markdown import block, code, table
from website.page import Page

_PYTHON_TYPE = re.compile(r" <[\w\[\]]+>$")
"""what some versions of typer put behind an argument that has a name of its own"""
FOLDER = PurePosixPath("reference/commands")


def command_pages() -> Iterator[Page]:
    """Yields the list of the commands, and a page for each with all that its ``--help`` says."""
    rows = ((f"[`tfxc {name}`]({name}.md)", source.summary) for name, source in COMMANDS.items())
    yield Page(
        FOLDER / "index.md",
        "# Commands\n\nMade from the commands' own help; `tfxc COMMAND --help` prints the same.\n\n"
        + table(("Command", "What it does"), rows)
        + "\nExit codes: 0 done, 1 mistakes in a spec or a run that failed, 2 wrong use;"
        " [all of them](../../running.md#exit-codes).\n",
    )
    # typer may bring a click of its own: its classes are known by what they have.
    group: Any = typer.main.get_command(app)
    for name in COMMANDS:
        context = group.make_context("tfxc", [name], resilient_parsing=True)
        yield Page(
            FOLDER / f"{name}.md", "\n".join(_lines(group.get_command(context, name), name, context, "#"))
        )


def _lines(command: Any, name: str, parent: Any, heading: str) -> Iterator[str]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    yield f"{heading} {context.command_path}\n"
    yield _paragraphs(command.help or "")
    usage = " ".join(context.get_usage().removeprefix("Usage: ").split())
    yield block(usage, "text")
    subcommands = getattr(command, "commands", {})
    kinds = ("argument", "option")
    rows = [
        (code(_PYTHON_TYPE.sub("", record[0])), record[1].replace("<", "&lt;"))
        for kind in kinds
        for parameter in command.params
        if parameter.param_type_name == kind and (record := parameter.get_help_record(context)) is not None
    ]
    if rows:
        yield table(("Argument or option", "What it is"), rows)
    if examples := _examples(command.epilog or ""):
        yield "Examples:\n"
        yield block(examples, "sh")
    for sub_name, subcommand in subcommands.items():
        yield from _lines(subcommand, sub_name, context, heading + "#")


def _paragraphs(help_text: str) -> str:
    paragraphs = help_text.replace("\b\n", "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()).replace("<", "&lt;") for paragraph in paragraphs) + "\n"


def _examples(epilog: str) -> str:
    _, _, examples = epilog.partition("Examples:\n")
    return "\n".join(line.strip() for line in examples.split("\n\n")[0].splitlines())
