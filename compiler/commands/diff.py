"""``tfxc diff``"""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from tfxc.compiler.commands.options import EnvironmentOption, specs_in_folders
from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.output import write, write_diagnostics, write_json
from tfxc.compiler.source.files import DISK, Files
from tfxc.compiler.source.read import SPEC_FILE, STANDARD_INPUT, UnreadableFileError
from tfxc.schemas.failures import EXIT_FAILED, EXIT_WRONG_USE, WrongUse

EXAMPLES = """
tfxc diff old.yaml new.yaml
tfxc diff --git HEAD
tfxc diff --git origin/main specs/penguin --format markdown
tfxc diff --git v1.0 pipeline.yaml --env prod --json
"""


class Format(str, Enum):
    """How a difference is written."""

    TEXT = "text"
    MARKDOWN = "markdown"


def diff(
    specs: Annotated[
        Optional[list[Path]],
        typer.Argument(
            metavar="[OLD] NEW",
            help="The specs' files, or the folders of a pipeline.yaml. With --git one, by default "
            "pipeline.yaml.",
            show_default=False,
            callback=specs_in_folders,
        ),
    ] = None,
    git: Annotated[
        Optional[str],
        typer.Option(metavar="REVISION", help="Compare with the spec as it is in a commit, modules and all."),
    ] = None,
    env: EnvironmentOption = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How to write it.")] = Format.TEXT,
    json: Annotated[
        bool, typer.Option("--json", help="Print the difference as JSON, and nothing else.")
    ] = False,
) -> None:
    """Tell how two specs differ, in terms of pipelines.

    Nodes that are added, removed or renamed, arguments, wiring, conditions, code, parameters, options and
    schedules; and which nodes a run would do again, since their cache key is another, or what they read is.
    Comments, layout and the order of keys are no difference. Secrets are not shown. What is in a commit is
    read from git, without touching the work tree.

    The exit code is 0 when the pipelines are the same, 1 when they differ, and 2 when one cannot be read or
    has mistakes in it.
    """
    from tfxc.compiler.difference.compare import difference
    from tfxc.compiler.difference.secrets import secrets_of
    from tfxc.compiler.difference.words import as_json, as_markdown, as_text

    old_path, new_path, files = _sides(specs or [], git)
    old, new = _checked(old_path, env, files, git), _checked(new_path, env, DISK, None)
    assert old.plan is not None  # noqa: S101  _checked says so
    assert new.plan is not None  # noqa: S101
    found = difference(old.plan, new.plan)
    secrets = secrets_of(old.loaded) | secrets_of(new.loaded)
    if json:
        write_json(as_json(found, secrets))
    elif format is Format.MARKDOWN:
        write(as_markdown(found, secrets, f"{new.plan.name}: what changes"))
    else:
        write(as_text(found, secrets))
    if found:
        raise typer.Exit(EXIT_FAILED)


def _sides(specs: list[Path], revision: str | None) -> tuple[Path, Path, Files]:
    """Returns the two specs, and what the old one is read from. Raises WrongUse."""
    if STANDARD_INPUT in specs:
        raise WrongUse("standard input cannot be compared: name files")
    if revision is None:
        if len(specs) != 2:
            raise WrongUse("name two specs, or one and --git with the commit to compare with")
        return specs[0], specs[1], DISK
    if len(specs) > 1:
        raise WrongUse("with --git there is one spec: it is compared with itself in the commit")
    from tfxc.compiler.source.git_files import GitFiles

    spec = specs[0] if specs else Path(SPEC_FILE)
    return spec, spec, GitFiles(spec.parent, revision)


def _checked(path: Path, env: str | None, files: Files, revision: str | None) -> CheckedSpec:
    """Returns a spec with its Plan. Raises WrongUse if it cannot be read; typer.Exit if it has mistakes."""
    where = f" in the commit {revision}" if revision is not None else ""
    try:
        checked = check(path, env, (), files=files)
    except UnreadableFileError as error:
        raise WrongUse(f"{path}{where}: {error}") from None
    if checked.plan is None:
        write_diagnostics([checked], sys.stderr)
        sys.stderr.write(f"{path}{where} has mistakes, so it cannot be compared\n")
        raise typer.Exit(EXIT_WRONG_USE)
    return checked
