"""The spec that a command line names, checked: with its Plan, or told of and refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.output import write_diagnostics
from tfxc.compiler.source.files import DISK, Files
from tfxc.compiler.source.read import STANDARD_INPUT, UnreadableFileError
from tfxc.schemas.failures import EXIT_FAILED, WrongUse


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
    with openable(path):
        return check(path, environment, backends, want_plan, ignored, look_at_data, files)


@contextmanager
def openable(path: Path) -> Iterator[None]:
    """Raises WrongUse if a spec that the command line names turns out to be a file that cannot be opened."""
    try:
        yield
    except UnreadableFileError as error:
        from tfxc.compiler.source.nearby import meant

        raise WrongUse(f"{path}: {error}{meant(path)}") from None


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
