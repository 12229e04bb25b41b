"""Reading the past of the pipeline that a command names, and writing what it says."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tfxc.compiler.commands import completion
from tfxc.compiler.commands.options import spec_in_folder
from tfxc.compiler.output import use_colours, write
from tfxc.compiler.source.read import SPEC_FILE
from tfxc.schemas.failures import EXIT_FAILED, WrongUse

if TYPE_CHECKING:
    from tfxc.backends.metadata.past import Past
    from tfxc.backends.reports.values import Contents
    from tfxc.schemas.plan import Plan

DEFAULT_SPEC = SPEC_FILE
FILE_WIDTH = 120
"""Columns of what does not go to a terminal."""

_SPEC = "The spec's file, or the folder of its pipeline.yaml or of a compiled bundle."
SpecArgument = Annotated[Path, typer.Argument(metavar="SPEC", help=_SPEC, callback=spec_in_folder)]
SpecOption = Annotated[
    Path, typer.Option("--spec", "-s", metavar="SPEC", help=_SPEC, callback=spec_in_folder)
]
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help="A run's id, the beginning of one, `latest`, or `latest~1`, the one before.",
        autocompletion=completion.runs,
    ),
]


def read(spec: Path, environment: Optional[str]) -> Past:
    """Returns the past of the pipeline of a spec or bundle.

    Raises WrongUse if there is no spec, and typer.Exit after telling of a spec with errors.
    """
    from tfxc.backends.metadata.past import read_past

    plan, folder = plan_of(spec, environment)
    return read_past(plan, folder)


def plan_of(spec: Path, environment: Optional[str]) -> tuple[Plan, Path]:
    """Returns the Plan of a spec or bundle, and the folder where its relative paths start."""
    from tfxc.backends.local.running.bundle import is_bundle, read_bundle

    if spec == Path(DEFAULT_SPEC) and not spec.exists():
        raise WrongUse(f"there is no {DEFAULT_SPEC} here: name the spec")
    if is_bundle(spec):
        bundle = read_bundle(spec)
        return bundle.plan, bundle.folder
    from tfxc.compiler.commands.checked_specs import check_spec
    from tfxc.compiler.output import write_diagnostics

    checked = check_spec(spec, environment, ())
    if checked.plan is None:  # warnings are for those who validate and run
        write_diagnostics([checked], sys.stderr)
        raise typer.Exit(EXIT_FAILED)
    return checked.plan, checked.loaded.folder.absolute()


def write_contents(contents: Contents) -> None:
    """Writes contents to standard output, coloured as far as that can be."""
    from rich.console import Console

    from tfxc.backends.reports.text import text_lines
    from tfxc.schemas.words.printable import printable

    colours = use_colours(sys.stdout)
    console = Console(
        file=sys.stdout, highlight=False, soft_wrap=True, force_terminal=colours, no_color=not colours
    )
    for text in text_lines(contents):
        if not text.plain.isprintable():
            text.plain = printable(text.plain)
        if colours:
            console.print(text)
        else:
            write(f"{text.plain}\n")


def output_width() -> int:
    """Returns how many columns standard output has."""
    import shutil

    return shutil.get_terminal_size().columns if sys.stdout.isatty() else FILE_WIDTH
