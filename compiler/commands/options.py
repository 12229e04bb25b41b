"""Arguments and options that several commands share, and reading the spec that they name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from tfxc.compiler.commands import completion
from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.output import write_diagnostics
from tfxc.compiler.source.files import DISK, Files
from tfxc.compiler.source.read import SPEC_FILE, STANDARD_INPUT, UnreadableFileError
from tfxc.schemas.failures import EXIT_FAILED, WrongUse


def spec_in_folder(path: Optional[Path]) -> Optional[Path]:
    """Returns the spec that a folder holds; a path that is no such folder, a bundle's too, as it is."""
    if path is None or not path.is_dir() or not (path / SPEC_FILE).is_file():
        return path
    from tfxc.backends.local.running.bundle import is_bundle

    return path if is_bundle(path) else path / SPEC_FILE


def specs_in_folders(paths: Optional[Sequence[Path]]) -> Optional[list[Path]]:
    """Returns the specs that folders hold, and paths that are no such folders as they are."""
    return None if paths is None else [found for found in map(spec_in_folder, paths) if found is not None]


def specs_below(paths: Optional[Sequence[Path]]) -> Optional[list[Path]]:
    """Returns the specs that folders hold: their own, or all that `tfxc validate` finds below them.

    Raises WrongUse for a folder without any.
    """
    from tfxc.compiler.validation.find import specs_in_and_below

    found: list[Path] = []
    for path in paths or ():
        spec = spec_in_folder(path)
        below = specs_in_and_below(path) if spec is not None and spec.is_dir() else []
        if spec is not None and spec.is_dir() and not below:
            raise WrongUse(f"{path}: there is no {SPEC_FILE} in that folder, nor below it{_suggestion(path)}")
        found += below or ([spec] if spec is not None else [])
    return list(dict.fromkeys(found))


SpecArgument = Annotated[
    Path,
    typer.Argument(
        metavar="SPEC",
        help="The spec's file, or the folder of its pipeline.yaml; - is standard input.",
        callback=spec_in_folder,
    ),
]
EnvironmentOption = Annotated[
    Optional[str],
    typer.Option(
        "--env",
        "-e",
        metavar="NAME",
        help="The environment of the spec to apply.",
        autocompletion=completion.environments,
    ),
]
IgnoreOption = Annotated[
    Optional[list[str]],
    typer.Option(
        "--ignore",
        metavar="CODE",
        help="A warning not to tell of, or the beginning of several, as W7; with commas; repeatable.",
    ),
]
ToOption = Annotated[
    Optional[list[str]],
    typer.Option(
        "--to",
        metavar="NODE",
        help="Run this node and all above it; repeatable.",
        autocompletion=completion.components,
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
    files: Files = DISK,
) -> CheckedSpec:
    """Checks a spec that the command line names.

    ``ignore`` is what ``--ignore`` was given; the settings of the spec's project are added to it.
    Raises WrongUse if the spec cannot be opened, and for codes that cannot be ignored.
    """
    ignored = ignored_codes(ignore or (), path)
    try:
        return check(path, environment, backends, want_plan, ignored, look_at_data, files)
    except UnreadableFileError as error:
        raise WrongUse(f"{path}: {error}{_suggestion(path)}") from None


def ignored_codes(given: Sequence[str], path: Path) -> frozenset[str]:
    """Returns the codes of warnings that are not told: what the command line and a spec's project say.

    Raises WrongUse for codes that cannot be ignored, and for settings of the project that cannot be used.
    """
    from tfxc.compiler.settings import project_settings

    folder = Path() if path == STANDARD_INPUT else path.parent
    settings = project_settings(folder).require_sound()
    if not given and not settings.ignore and settings.select is None:
        return frozenset()
    from tfxc.compiler.ignores.codes import ignored_warnings

    return ignored_warnings(settings.select, (*settings.ignore, *codes_to_ignore(given)))


def codes_to_ignore(given: Sequence[str]) -> tuple[str, ...]:
    """Returns the codes and prefixes of ``--ignore``. Raises WrongUse for those that cannot be ignored."""
    from tfxc.compiler.ignores.codes import split_codes, why_not_ignored

    codes = split_codes(given)
    for reason in filter(None, map(why_not_ignored, codes)):
        raise WrongUse(f"--ignore: {reason}")
    return codes


def checked_plan(
    path: Path,
    environment: str | None,
    backends: tuple[str, ...] | None = (),
    ignore: Sequence[str] | None = None,
    files: Files = DISK,
) -> CheckedSpec:
    """Returns a spec without errors, so with a Plan. Prints its diagnostics to standard error.

    Raises typer.Exit with code 1 if the spec has errors.
    """
    spec = check_spec(path, environment, backends, ignore=ignore, files=files)
    if spec.diagnostics:
        sys.stdout.flush()
        write_diagnostics([spec], sys.stderr)
    if spec.plan is None:
        raise typer.Exit(EXIT_FAILED)
    return spec


def _suggestion(path: Path) -> str:
    """What a path that is no readable file may have meant."""
    from tfxc.compiler.source.nearby import near_file

    near = near_file(path)
    return f"; did you mean {near}?" if near is not None else ""
