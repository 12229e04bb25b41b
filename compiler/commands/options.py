"""Arguments and options that several commands share, and reading the spec that they name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.output import write_diagnostics
from tfxc.compiler.source.read import STANDARD_INPUT, UnreadableFileError
from tfxc.schemas.failures import EXIT_FAILED, WrongUse

SPEC_FILE = "pipeline.yaml"
"""What the spec of a folder is called."""


def spec_in_folder(path: Optional[Path]) -> Optional[Path]:
    """Returns the spec that a folder holds; a path that is no such folder, a bundle's too, as it is."""
    if path is None or not path.is_dir() or not (path / SPEC_FILE).is_file():
        return path
    from tfxc.backends.local.running.bundle import is_bundle

    return path if is_bundle(path) else path / SPEC_FILE


def specs_in_folders(paths: Optional[Sequence[Path]]) -> Optional[list[Path]]:
    """Returns the specs that folders hold, and paths that are no such folders as they are."""
    return None if paths is None else [found for found in map(spec_in_folder, paths) if found is not None]


SpecArgument = Annotated[
    Path,
    typer.Argument(
        metavar="SPEC",
        help="The spec's file, or the folder of its pipeline.yaml; - is standard input.",
        callback=spec_in_folder,
    ),
]
EnvironmentOption = Annotated[
    Optional[str], typer.Option("--env", "-e", metavar="NAME", help="The environment of the spec to apply.")
]
IgnoreOption = Annotated[
    Optional[list[str]],
    typer.Option(
        "--ignore", metavar="CODE", help="A warning not to tell of, or several with commas; repeatable."
    ),
]
TfxOption = Annotated[
    Optional[str],
    typer.Option("--tfx", metavar="LINE", help="The line of TFX: 1.16 or 1.21. Without it all that any has."),
]


def tfx_line(given: str | None) -> str | None:
    """Returns the line of TFX that the command line names. Raises WrongUse if there is none such."""
    from tfxc.schemas.tfx_lines import TFX_LINES, line_of

    if given is not None and given not in TFX_LINES:
        if line_of(given) in TFX_LINES:
            return line_of(given)
        raise WrongUse(f"--tfx: there is no line {given!r}; it is one of {', '.join(TFX_LINES)}")
    return given


def check_spec(
    path: Path,
    environment: str | None,
    backends: tuple[str, ...] | None = None,
    want_plan: bool = True,
    ignore: Sequence[str] | None = None,
    look_at_data: bool = False,
) -> CheckedSpec:
    """Checks a spec that the command line names.

    ``ignore`` is what ``--ignore`` was given; the settings of the spec's project are added to it.
    Raises WrongUse if the spec cannot be opened, and for codes that cannot be ignored.
    """
    ignored = ignored_codes(ignore or (), path)
    try:
        return check(path, environment, backends, want_plan, ignored, look_at_data)
    except UnreadableFileError as error:
        raise WrongUse(f"{path}: {error}{_suggestion(path)}") from None


def ignored_codes(given: Sequence[str], path: Path) -> frozenset[str]:
    """Returns the codes that the command line and the project of a spec ignore."""
    from tfxc.compiler.ignores.settings import project_settings

    codes: tuple[str, ...] = ()
    if given:
        from tfxc.compiler.ignores.codes import split_codes, why_not_ignored

        codes = split_codes(given)
        for reason in filter(None, map(why_not_ignored, codes)):
            raise WrongUse(f"--ignore: {reason}")
    folder = Path() if path == STANDARD_INPUT else path.parent
    return frozenset((*codes, *project_settings(folder).ignore))


def checked_plan(
    path: Path,
    environment: str | None,
    backends: tuple[str, ...] | None = (),
    ignore: Sequence[str] | None = None,
) -> CheckedSpec:
    """Returns a spec without errors, so with a Plan. Prints its diagnostics to standard error.

    Raises typer.Exit with code 1 if the spec has errors.
    """
    spec = check_spec(path, environment, backends, ignore=ignore)
    if spec.diagnostics:
        sys.stdout.flush()
        write_diagnostics([spec], sys.stderr)
    if spec.plan is None:
        raise typer.Exit(EXIT_FAILED)
    return spec


def _suggestion(path: Path) -> str:
    """What a path that is no readable file may have meant."""
    from tfxc.schemas.words.suggest import closest

    try:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))
            return f"; did you mean {inside[0]}?" if inside else ""
        if path == STANDARD_INPUT or path.exists():
            return ""
        names = sorted(file.name for file in path.parent.iterdir() if file.suffix in (".yaml", ".yml"))
    except OSError:
        return ""
    near = closest(path.name, names)
    return f"; did you mean {path.with_name(near)}?" if near else ""
