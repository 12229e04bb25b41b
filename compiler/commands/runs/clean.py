"""``tfxc runs clean``"""

from __future__ import annotations

import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tfxc.compiler.commands.options import EnvironmentOption, JsonOption, YesOption
from tfxc.compiler.commands.runs.reading import DEFAULT_SPEC, SpecArgument, read
from tfxc.compiler.output import write, write_error
from tfxc.schemas.failures import EXIT_FAILED, WrongUse

if TYPE_CHECKING:
    from tfxc.backends.metadata.cleaning import Cleaning

EXAMPLES = """
tfxc runs clean --keep 5 --dry-run
tfxc runs clean pipeline.yaml --keep 5 --older-than 30d
tfxc runs clean --keep 10 --yes --json | jq .bytes
"""

_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


def clean(
    spec: SpecArgument = Path(DEFAULT_SPEC),
    *,
    keep: Annotated[
        int, typer.Option("--keep", min=0, metavar="N", help="How many of the latest runs to keep.")
    ],
    older_than: Annotated[
        Optional[str],
        typer.Option("--older-than", metavar="TIME", help="Remove only what ended so long ago: 12h, 30d."),
    ] = None,
    env: EnvironmentOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and stop.")] = False,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Remove the folders and outputs of old runs that nothing needs.

    What stays: all that the kept runs have read, made or re-used; blessed models with their blessings
    and evaluations; pushes, and the models that were pushed; runs that go on; and every file that is not
    recorded as an output of one of this pipeline's runs. The metadata store is told, so that no later
    run takes a removed output from its cache. Outputs in object stores (s3://, gs://) are removed with
    TFX's file systems; if a store cannot be looked at, nothing is removed.
    """
    age = _age(older_than)
    past = read(spec, env)
    from tfxc.backends.metadata.cleaning import cleaning, remote_folders
    from tfxc.backends.metadata.object_stores import sizes_of
    from tfxc.backends.metadata.removal import bytes_of, remove

    now = datetime.now().astimezone()
    found = cleaning(past, keep, age, now, sizes_of(remote_folders(past, keep, age, now)))
    freed = bytes_of(found)
    if dry_run or not (found.runs or found.artifacts):
        write(_json(found, freed, dry_run, ()) if json else _told(found, freed, "would be removed"))
        return
    if not yes:
        _ask(found, freed)
    done = remove(past, found)
    text = _told(done.cleaning, done.bytes, "removed")
    write(_json(done.cleaning, done.bytes, False, done.problems) if json else text)
    for problem in done.problems:
        write_error(problem)
    if done.problems:
        raise typer.Exit(EXIT_FAILED)


def _age(text: str | None) -> timedelta | None:
    from tfxc.schemas.quantities import DURATION_HELP, parse_duration

    if text is None:
        return None
    try:
        return timedelta(seconds=parse_duration(text))
    except ValueError as error:
        raise WrongUse(f"--older-than: {error}; {DURATION_HELP}") from None


def _ask(found: Cleaning, freed: int) -> None:
    """Asks whether to go on. Raises WrongUse where nobody can be asked, and typer.Exit after a no."""
    if not sys.stdin.isatty():
        raise WrongUse("nobody can be asked whether to remove files: give --yes, or --dry-run to look first")
    sys.stderr.write(_told(found, freed, "would be removed"))
    if not typer.confirm("Remove them?", err=True):
        raise typer.Exit(EXIT_FAILED)


def _told(found: Cleaning, freed: int, what: str) -> str:
    lines = []
    if found.runs or found.artifacts:
        runs = _counted(len(found.runs), "run")
        outputs = _counted(len(found.artifacts), "output")
        lines += [f"  {run.id}  {run.state}" for run in found.runs]
        lines.append(f"{what}: {runs} with {outputs}, {shown_bytes(freed)}")
        remote = [each for each in found.artifacts if each.is_remote]
        unknown = sum(each.bytes is None for each in remote)
        if remote:
            more = f", of {unknown:,} without a size" if unknown else ""
            lines.append(f"in object stores: {_counted(len(remote), 'output')}{more}")
    else:
        lines.append("there is nothing to remove")
    for reason, count in sorted(Counter(reason for _, reason in found.kept).items()):
        lines.append(f"stays: {_counted(count, 'output')} {'is' if count == 1 else 'are'} {reason}")
    lines += [f"stays: run {run.id} goes on" for run in found.going_on]
    return "\n".join(lines) + "\n"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def shown_bytes(number: int) -> str:
    """Returns an amount of bytes in few characters."""
    size, unit = float(number), 0
    while size >= 1024 and unit < len(_UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{number} bytes" if unit == 0 else f"{size:.1f} {_UNITS[unit]}"


def _json(found: Cleaning, freed: int, dry_run: bool, problems: tuple[str, ...]) -> str:
    from tfxc.backends.reports.past.as_json import to_json

    content: dict[str, Any] = {
        "format": "tfxc.clean/1",
        "dry_run": dry_run,
        "runs": [run.id for run in found.runs],
        "folders": [str(each.path) for each in found.folders],
        "artifacts": [
            {"id": each.artifact.id, "type": each.artifact.type, "folder": each.folder}
            for each in found.artifacts
        ],
        "bytes": freed,
        "kept": [{"id": each.id, "uri": each.uri, "reason": reason} for each, reason in found.kept],
        "going_on": [run.id for run in found.going_on],
        "problems": list(problems),
    }
    return to_json(content)
