"""``tfxc ui``"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tfxc.compiler.commands.checked_specs import check_spec
from tfxc.compiler.commands.options import EnvironmentOption, specs_in_folders
from tfxc.compiler.output import write
from tfxc.schemas.failures import WrongUse

if TYPE_CHECKING:
    from tfxc.backends.ui.sources import LoadPlan
    from tfxc.schemas.plan import Plan

EXAMPLES = """
tfxc ui
tfxc ui specs/*/pipeline.yaml --open
tfxc ui pipeline.yaml --env prod --port 8090
"""
_Stamp = Optional[tuple[int, int]]
_PLACES = ("pipeline.yaml", "*/pipeline.yaml", "*/*/pipeline.yaml")
"""Where specs are looked for when none is named."""


def ui(
    specs: Annotated[
        Optional[list[Path]],
        typer.Argument(
            metavar="[SPEC]...",
            help="The specs, or folders of a pipeline.yaml or a compiled bundle; by default each "
            "pipeline.yaml here and in folders below.",
            callback=specs_in_folders,
        ),
    ] = None,
    env: EnvironmentOption = None,
    host: Annotated[
        str,
        typer.Option(
            "--host",
            metavar="ADDRESS",
            help="Where to listen. There is no login: whoever reaches it can read runs and logs.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", "-p", min=0, max=65535, metavar="PORT", help="0 takes any that is free.")
    ] = 8088,
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Show pipelines and their runs as pages: live runs, logs, artifacts, reports.

    It only reads. Stop it with Ctrl-C.
    """
    from tfxc.backends.ui.server import address, listen, serve
    from tfxc.backends.ui.sources import with_slugs

    given = specs or _found()
    sources = with_slugs([(_name(path, env), str(path), _loader(path, env)) for path in given])
    opened = listen(host, port)
    where = address(opened)

    def ready() -> None:
        many = f"{len(sources)} pipeline{'' if len(sources) == 1 else 's'}"
        write(f"{many} at {where} (Ctrl-C stops)\n")
        sys.stdout.flush()
        if open_page:
            import webbrowser

            webbrowser.open(where)

    serve(sources, opened, host, ready)


def _found() -> Sequence[Path]:
    """Returns the specs here and below. Raises WrongUse if there is none."""
    found = [path for place in _PLACES for path in sorted(Path().glob(place))]
    if not found:
        raise WrongUse("there is no pipeline.yaml here or in folders below: name a spec")
    return found


def _name(path: Path, env: str | None) -> str:
    """Returns the name of a pipeline for addresses; of a spec with mistakes, that of its folder.

    Raises WrongUse if there is no such spec.
    """
    from tfxc.backends.ui.sources import UnusableSpec

    try:
        plan, _, _ = _load(path, env)
    except UnusableSpec:
        folder = path.absolute().parent.name
        return (
            "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in folder) or "spec"
        )
    return plan.name


def _loader(path: Path, env: str | None) -> LoadPlan:
    """Returns what reads a spec as it is then. A spec that has not changed is not checked again."""
    known: list[tuple[dict[Path, _Stamp], Plan, Path]] = []

    def load() -> tuple[Plan, Path]:
        if known:
            stamps, plan, folder = known[0]
            if all(_stamp(file) == stamp for file, stamp in stamps.items()):
                return plan, folder
        plan, folder, files = _load(path, env)
        known[:] = [({file: _stamp(file) for file in files}, plan, folder)]
        return plan, folder

    return load


def _stamp(path: Path) -> _Stamp:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _load(path: Path, env: str | None) -> tuple[Plan, Path, Sequence[Path]]:
    """Returns the Plan of a spec or bundle, where its relative paths start, and the files that were read.

    Raises UnusableSpec, WrongUse.
    """
    from tfxc.backends.local.backend import PLAN_FILE
    from tfxc.backends.local.running.bundle import is_bundle, read_bundle
    from tfxc.backends.ui.sources import UnusableSpec

    if is_bundle(path):
        bundle = read_bundle(path)
        return bundle.plan, bundle.folder, (path if path.is_file() else path / PLAN_FILE,)
    checked = check_spec(path, env, ())
    if checked.plan is None:
        from tfxc.compiler.render.text import render_text

        errors = [each for each in checked.diagnostics if each.is_error]
        raise UnusableSpec(render_text(errors, checked.loaded.sources).rstrip())
    files = tuple(Path(name) for name in checked.loaded.sources)
    return checked.plan, checked.loaded.folder.absolute(), files
