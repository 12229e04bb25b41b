"""``tfxc validate``"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from tfxc.compiler.commands.checked_specs import codes_to_ignore
from tfxc.compiler.commands.options import EnvironmentOption, IgnoreOption
from tfxc.compiler.output import write, write_error
from tfxc.compiler.source.files import DISK, KeptInput
from tfxc.compiler.source.outside import shown_root
from tfxc.compiler.source.read import STANDARD_INPUT, read_standard_input
from tfxc.compiler.validation.check import Validator
from tfxc.compiler.validation.find import SPEC_NAMES, find_specs
from tfxc.compiler.validation.formats import Format, rendered, why_strict, write_text
from tfxc.compiler.validation.results import UNREADABLE, SpecResult, of_whole_file, report_of
from tfxc.schemas.diagnostics import Diagnostic
from tfxc.schemas.failures import EXIT_DONE, WrongUse

EXAMPLES = """
tfxc validate pipeline.yaml
tfxc validate specs --all-envs --strict
tfxc validate 'specs/**/*.yaml' --ignore W702,W705
tfxc validate pipeline.yaml --select W7 --ignore W705
tfxc validate pipeline.yaml --env prod --format sarif > tfxc.sarif
tfxc validate specs --no-data
tfxc validate . --format gitlab -o gl-code-quality-report.json
cat pipeline.yaml | tfxc validate -
"""


def validate(
    specs: Annotated[
        Optional[list[Path]],
        typer.Argument(
            metavar="[SPEC]...",
            help="Files, folders of a pipeline.yaml or of several, or patterns; - is standard input."
            " Without any: the `specs` of tfxc.toml.",
            show_default=False,
        ),
    ] = None,
    env: EnvironmentOption = None,
    all_envs: Annotated[
        bool,
        typer.Option("--all-envs", help="Check without an environment, and with each that the spec has."),
    ] = False,
    format: Annotated[
        Format, typer.Option("--format", "-f", help="How to write what is found.")
    ] = Format.TEXT,
    output: Annotated[
        Optional[Path],
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write it; what people read is printed all the same.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings too.")] = False,
    select: Annotated[
        Optional[list[str]],
        typer.Option(
            "--select",
            metavar="CODE",
            help="Tell of these warnings only, by their codes or the beginnings of codes; with commas;"
            " repeatable. Errors are always told.",
        ),
    ] = None,
    ignore: IgnoreOption = None,
    no_data: Annotated[
        bool,
        typer.Option(
            "--no-data", help="Look at no data files: what a spec says of their columns is not checked."
        ),
    ] = False,
    jobs: Annotated[
        Optional[int],
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            metavar="N",
            help="How many processes check many specs; all cores if not given.",
        ),
    ] = None,
) -> None:
    """Check specs, and report every mistake in them at once.

    The exit code is 0 when there is no error, 1 when there is one, and 2 when a file cannot be read.
    """
    if env is not None and all_envs:
        raise WrongUse("--env and --all-envs exclude each other; give one of the two")
    ignored = codes_to_ignore(ignore or ())
    selected = None if select is None else _selected(select)
    given = list(dict.fromkeys(specs or ()))
    files = KeptInput(read_standard_input()) if STANDARD_INPUT in given else DISK
    validator = Validator(env, all_envs, selected, ignored, files, look_at_data=not no_data)
    paths, nothing = find_specs(given)
    results = [
        *_checked(paths, validator, jobs),
        *(SpecResult(str(each), (_no_spec(each),)) for each in nothing),
    ]
    documentation = validator.documentation() if format is Format.SARIF else ""  # nothing else has addresses
    report = report_of(results, shown_root(Path()), documentation, "--strict" if strict else "")
    if format is Format.TEXT and output is None:
        write_text(report, sys.stdout)
    elif output is None:
        write(rendered(report, format))
    else:
        output.write_text(rendered(report, format), encoding="utf-8")
        write_text(report, sys.stdout)
    reason = why_strict(report)
    if reason is not None:
        sys.stdout.flush()
        write_error(reason)
    if report.exit_code != EXIT_DONE:
        raise typer.Exit(report.exit_code)


def _selected(select: Sequence[str]) -> tuple[str, ...]:
    from tfxc.compiler.ignores.codes import split_codes, why_not_selected

    codes = split_codes(select)
    for reason in filter(None, map(why_not_selected, codes)):
        raise WrongUse(f"--select: {reason}")
    return codes


def _checked(paths: Sequence[Path], validator: Validator, jobs: int | None) -> list[SpecResult]:
    if len(paths) == 1:
        return [validator.check(paths[0])]
    from tfxc.compiler.validation.processes import check_all

    return check_all(validator.check, validator.lost, paths, jobs)


def _no_spec(path: Path) -> Diagnostic:
    """Returns the diagnostic about a folder without a spec, or about a pattern that matches nothing."""
    if not path.is_dir():
        return of_whole_file(UNREADABLE, str(path), f"{path}: no file matches this")
    from tfxc.compiler.source.nearby import near_file

    near = near_file(path)
    help = f"did you mean {near}?" if near is not None else f"specs are called {', '.join(SPEC_NAMES)}"
    return of_whole_file(UNREADABLE, str(path), f"{path}: there is no spec in this folder", (help,))
