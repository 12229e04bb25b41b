"""Arguments and options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Optional

import typer

from tfxc.compiler.commands import completion
from tfxc.compiler.source.read import SPEC_FILE
from tfxc.schemas.failures import WrongUse


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
    from tfxc.compiler.source.nearby import meant
    from tfxc.compiler.validation.find import specs_in_and_below

    found: list[Path] = []
    for path in paths or ():
        spec = spec_in_folder(path)
        below = specs_in_and_below(path) if spec is not None and spec.is_dir() else []
        if spec is not None and spec.is_dir() and not below:
            raise WrongUse(f"{path}: there is no {SPEC_FILE} in that folder, nor below it{meant(path)}")
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


def specs_argument(and_also: str = "") -> Any:
    """Returns the argument of commands that write specs anew; ``and_also`` is what its help says besides."""
    return typer.Argument(
        metavar="SPEC",
        help=f"The specs' files, or folders: of a folder its pipeline.yaml, or all below it{and_also}.",
        show_default=False,
        callback=specs_below,
    )


def nodes_option(name: str, what: str) -> Any:
    """Returns an option that names nodes of the spec, one or several."""
    return typer.Option(
        name, metavar="NODE", help=f"{what}; repeatable.", autocompletion=completion.components
    )


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
ToOption = Annotated[Optional[list[str]], nodes_option("--to", "Run this node and all above it")]
ParameterOption = Annotated[
    Optional[list[str]],
    typer.Option(
        "--parameter",
        "-P",
        metavar="NAME=VALUE",
        help="The value of a parameter, for this run.",
        autocompletion=completion.parameters,
    ),
]
RunDateOption = Annotated[
    Optional[str],
    typer.Option(metavar="DATE", help="What `{{ run.date }}` stands for, as ISO 8601; today if not given."),
]
JobsOption = Annotated[
    Optional[int],
    typer.Option(
        "--jobs",
        "-j",
        min=1,
        metavar="N",
        help="How many nodes run side by side; all cores if not given.",
    ),
]
OutputFolderOption = Annotated[
    Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write to.")
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Replace files of an earlier bundle that were changed since.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the same as JSON.")]
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
