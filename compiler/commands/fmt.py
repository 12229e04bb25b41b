"""``tfxc fmt``"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from tfxc.compiler.commands.options import specs_argument
from tfxc.compiler.output import write, write_error, write_found
from tfxc.compiler.source.read import STANDARD_INPUT, UnreadableFileError, read_source
from tfxc.compiler.source.save import save, unified_diff
from tfxc.compiler.source.tree import Source
from tfxc.schemas.failures import EXIT_FAILED, EXIT_WRONG_USE, Failure, WrongUse

EXAMPLES = """
tfxc fmt pipeline.yaml
tfxc fmt specs --check
tfxc fmt specs --diff
cat pipeline.yaml | tfxc fmt -
"""


@dataclass(frozen=True)
class _Formatted:
    """A file's text as it was read, and as it is to be."""

    path: Path
    source: Source
    new: str


def fmt(
    specs: Annotated[
        list[Path],
        specs_argument("; - is standard input, whose layout goes to standard output"),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="List the files that would change, and change nothing.")
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Print how the files would change, and change nothing.")
    ] = False,
) -> None:
    """Write specs in the canonical layout, comments kept.

    Blocks are indented by two, lists below their key; sections stand in the order of the documentation,
    with a blank line around those of several lines and between components; a component begins with `type`
    and ends with `execution`, `when` and `depends_on`. What a spec says does not change: a file of which
    something would be lost is left as it is, and told.

    The exit code is 0 when all is well, 1 when a file cannot be laid out (with --check or --diff: when one
    would change), and 2 when a file cannot be opened or written.
    """
    if STANDARD_INPUT in specs and len(specs) > 1:
        raise WrongUse("standard input is laid out alone, without other files")
    codes = [0]
    changed: list[_Formatted] = []
    for path in specs:
        found = _formatted(path)
        if isinstance(found, int):
            codes.append(found)
        elif path == STANDARD_INPUT and not (check or diff):
            write(found.new)
        elif found.new != found.source.text:
            changed.append(found)
    for each in changed:
        if diff:
            write(unified_diff(each.source.text, each.new, each.source.file))
        elif check:
            write(f"{each.source.file}\n")
        else:
            codes.append(_saved(each))
    if changed and (check or diff):
        codes.append(EXIT_FAILED)
    if max(codes):
        raise typer.Exit(max(codes))


def _formatted(path: Path) -> _Formatted | int:
    """Returns a file in the canonical layout, or the exit code after telling why there is none."""
    from tfxc.compiler.layout.canonical import NoLayoutError, canonical
    from tfxc.compiler.source.parse import parse_yaml

    try:
        source, diagnostics = read_source(path)
    except UnreadableFileError as error:
        write_error(f"{path}: {error}")
        return EXIT_WRONG_USE
    if not diagnostics:
        diagnostics = parse_yaml(source.text, source.file, source.folder)[1]
    if diagnostics:
        write_found(diagnostics, {source.file: source}, sys.stderr, with_summary=False)
        write_error(f"{source.file} is left as it is: its layout is known once it is YAML")
        return EXIT_FAILED
    try:
        return _Formatted(path, source, canonical(source.text))
    except NoLayoutError as error:
        write_error(f"{source.file} is left as it is: {error}")
        return EXIT_FAILED


def _saved(formatted: _Formatted) -> int:
    try:
        save(formatted.path, formatted.source.text, formatted.new)
    except Failure as error:
        write_error(str(error))
        return EXIT_WRONG_USE
    write(f"{formatted.path}: laid out\n")
    return 0
