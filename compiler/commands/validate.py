"""``tfxc validate``"""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from tfxc.compiler.commands.options import EnvironmentOption, IgnoreOption, check_spec, specs_in_folders
from tfxc.compiler.driver import CheckedSpec
from tfxc.compiler.output import write, write_diagnostics, write_error
from tfxc.compiler.source.load import ENVIRONMENTS
from tfxc.schemas.diagnostics import sorted_diagnostics
from tfxc.schemas.failures import EXIT_FAILED, EXIT_WRONG_USE, WrongUse

EXAMPLES = """
tfxc validate pipeline.yaml
tfxc validate specs/*/pipeline.yaml --all-envs --strict
tfxc validate pipeline.yaml --strict --ignore W702,W705
tfxc validate pipeline.yaml --env prod --format sarif > tfxc.sarif
cat pipeline.yaml | tfxc validate -
"""


class Format(str, Enum):
    """How diagnostics are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    SARIF = "sarif"


def validate(
    specs: Annotated[
        list[Path],
        typer.Argument(
            metavar="SPEC",
            help="The specs' files, or the folders of a pipeline.yaml; - is standard input.",
            show_default=False,
            callback=specs_in_folders,
        ),
    ],
    env: EnvironmentOption = None,
    all_envs: Annotated[
        bool,
        typer.Option("--all-envs", help="Check without an environment, and with each that the spec has."),
    ] = False,
    format: Annotated[
        Format, typer.Option("--format", "-f", help="How to write what is found.")
    ] = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    ignore: IgnoreOption = None,
) -> None:
    """Check specs, and report every mistake in them at once.

    The exit code is 0 when there is no error, 1 when there is one, and 2 when a file cannot be opened.
    """
    if env is not None and all_envs:
        raise WrongUse("--env and --all-envs exclude each other; give one of the two")
    checked: list[CheckedSpec] = []
    unreadable = False
    for path in dict.fromkeys(specs):
        try:
            checked += _check(path, env, all_envs, ignore or [])
        except WrongUse as error:
            write_error(str(error))
            unreadable = True
    _write(checked, format, len({spec.loaded.path for spec in checked}))
    failed = any(spec.has_errors or (strict and spec.diagnostics) for spec in checked)
    if unreadable or failed:
        raise typer.Exit(EXIT_WRONG_USE if unreadable else EXIT_FAILED)


def _check(
    path: Path, environment: str | None, all_environments: bool, ignore: list[str]
) -> list[CheckedSpec]:
    specs = [check_spec(path, environment, want_plan=False, ignore=ignore, look_at_data=True)]
    sections = specs[0].loaded.document.get(ENVIRONMENTS)
    if all_environments and isinstance(sections, dict):
        specs += [
            check_spec(path, name, want_plan=False, ignore=ignore, look_at_data=True) for name in sections
        ]
    return specs


def _write(checked: list[CheckedSpec], format: Format, files: int) -> None:
    if format is Format.TEXT:
        if checked:
            write_diagnostics(checked, sys.stdout, files)
        return
    from tfxc.compiler.render import machine

    diagnostics = sorted_diagnostics(diagnostic for spec in checked for diagnostic in spec.diagnostics)
    if format is Format.JSON:
        write(machine.render_json(diagnostics))
    elif format is Format.GITHUB:
        write(machine.render_github(diagnostics))
    else:
        from tfxc.schemas.version import tfxc_version

        write(machine.render_sarif(diagnostics, tfxc_version()))
