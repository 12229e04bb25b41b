"""What a shell offers for the values of options: names out of the spec that the command line has so far.

Only the spec's text is read: nothing is checked, no user code is looked at or run, and where anything is
wrong nothing is offered, and nothing said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import typer

from tfxc.compiler.source.read import SPEC_FILE

Names = Callable[[Path, Mapping[str, Any]], Iterable[str]]


def environments(ctx: typer.Context, incomplete: str) -> list[str]:
    """Returns the environments of the spec."""
    from tfxc.compiler.source.environments import ENVIRONMENTS

    return _offered(ctx, incomplete, lambda _, document: _keys(document[ENVIRONMENTS]))


def components(ctx: typer.Context, incomplete: str) -> list[str]:
    """Returns the components of the spec: what ``--from``, ``--to`` and ``--only`` take."""
    return _offered(ctx, incomplete, lambda _, document: _keys(document["components"]))


def parameters(ctx: typer.Context, incomplete: str) -> list[str]:
    """Returns the parameters of the spec as ``NAME=VALUE``, with the default, or each possible value."""
    return _offered(ctx, incomplete, _assignments)


def run_ids(ctx: typer.Context, incomplete: str) -> list[str]:
    """Returns the ids of the runs that have a folder here, the latest first."""
    return _offered(ctx, incomplete, _runs)


def runs(ctx: typer.Context, incomplete: str) -> list[str]:
    """Returns what names a run: its id, or ``latest``."""
    return _offered(ctx, incomplete, lambda folder, document: ["latest", *_runs(folder, document)])


def _offered(ctx: typer.Context, incomplete: str, names: Names) -> list[str]:
    from tfxc.compiler.source.environments import ENVIRONMENTS
    from tfxc.compiler.source.load import load

    try:
        path = _spec(ctx)
        environment = ctx.params.get("env")
        document = load(path).document
        sections = document.get(ENVIRONMENTS)
        if isinstance(sections, Mapping) and environment in sections:
            document = load(path, environment).document
        return [name for name in map(str, names(path.parent, document)) if name.startswith(incomplete)]
    except Exception:  # noqa: BLE001 - a shell that completes a word is no place to tell of mistakes
        return []


def _keys(section: Any) -> list[str]:
    """Returns the names in a section; none of one that is no mapping."""
    return list(section) if isinstance(section, Mapping) else []


def _spec(ctx: typer.Context) -> Path:
    """Returns the spec on the command line so far, or the one in this folder.

    What stands before an option that has no value yet is in ``args``: it has not become a parameter.
    """
    given = ctx.params.get("spec") or ctx.params.get("specs") or ()
    named = given if isinstance(given, (list, tuple)) else [given]
    for name in (*named, *ctx.args):
        path = Path(name)
        if path.is_dir():
            path = path / SPEC_FILE
        if path.is_file():
            return path
    return Path(SPEC_FILE)


def _assignments(_: Path, document: Mapping[str, Any]) -> Iterable[str]:
    for name, parameter in document["parameters"].items():
        about = parameter if isinstance(parameter, Mapping) else {}
        values = about.get("choices") or ([True, False] if about.get("type") == "bool" else ())
        values = values or [about.get("default", "")]
        for value in values:
            shown = str(value).lower() if isinstance(value, bool) else value
            yield f"{name}={shown if isinstance(shown, (str, int, float)) else ''}"


def _runs(folder: Path, document: Mapping[str, Any]) -> list[str]:
    from tfxc.backends.metadata.run_folder import RUNS_FOLDER

    root = document.get("pipeline_root")
    places = [folder / RUNS_FOLDER, folder / (root if isinstance(root, str) else "runs") / RUNS_FOLDER]
    found = [path for place in places if place.is_dir() for path in place.iterdir() if path.is_dir()]
    return sorted({path.name for path in found if not path.name.startswith(".")}, reverse=True)
