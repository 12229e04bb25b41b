"""What is run: a spec that was checked, or a bundle; and what speaks against running it here."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Optional

import typer

from tfxc.compiler.commands.checked_specs import checked_plan
from tfxc.compiler.source.files import DISK
from tfxc.schemas.failures import EXIT_FAILED, EXIT_WRONG_USE, Failure, WrongUse

if TYPE_CHECKING:
    from tfxc.backends.local.running.prepare import RunRequest
    from tfxc.compiler.driver import CheckedSpec
    from tfxc.compiler.watching.seen_files import SeenFiles
    from tfxc.schemas.plan import Plan


@dataclass(frozen=True)
class Source:
    """A Plan to run, with its modules and the folder where relative paths start."""

    plan: Plan
    modules: Mapping[PurePosixPath, bytes]
    folder: Path
    checked: Optional[CheckedSpec]


def read_source(path: Path, environment: str | None, ignore: list[str], seen: Optional[SeenFiles]) -> Source:
    """Reads a bundle, or checks a spec. Raises typer.Exit if the spec has errors."""
    from tfxc.backends.local.running.bundle import is_bundle, read_bundle

    if is_bundle(path):
        if environment is not None:
            raise WrongUse("a bundle has its environment compiled in; give --env to `tfxc compile`")
        bundle = read_bundle(path)
        return Source(bundle.plan, bundle.modules, bundle.folder, None)
    from tfxc.compiler.bundle import read_modules

    checked = checked_plan(path, environment, ("local",), ignore, DISK if seen is None else seen)
    assert checked.plan is not None  # noqa: S101 - checked_plan says so
    folder = checked.loaded.folder.absolute()
    return Source(checked.plan, read_modules(checked.plan, folder), folder, checked)


def file_values(source: Source, path: Path) -> Mapping[str, Any]:
    """Returns the values of a parameters file. Raises WrongUse; typer.Exit if there are mistakes in it."""
    from tfxc.compiler.checks.given_values import given_value_findings
    from tfxc.compiler.source.outside import shown_root
    from tfxc.compiler.source.read import UnreadableFileError
    from tfxc.compiler.source.values_file import read_values_file

    try:
        file = read_values_file(path, shown_root(source.folder))
    except UnreadableFileError as error:
        raise WrongUse(f"the parameters file {path} cannot be read: {error}") from None
    diagnostics = list(file.diagnostics)
    if file.tree is not None:
        from tfxc.compiler.source.diagnose import diagnostic_at

        findings = given_value_findings(source.plan, file.values)
        diagnostics += [diagnostic_at(file.tree, finding) for finding in findings]
    if diagnostics:
        from tfxc.compiler.output import write_found

        write_found(diagnostics, file.sources, sys.stderr)
        raise typer.Exit(EXIT_WRONG_USE)
    return file.values


def check_machine(source: Source, request: RunRequest) -> None:
    """Ends the command if this machine has not what a node of the run asks for."""
    from tfxc.backends.local.backend import container_findings, machine_findings
    from tfxc.backends.local.running.machine import this_machine

    findings = machine_findings(source.plan, this_machine(), request.nodes)
    findings += container_findings(source.plan, request.nodes)
    if findings and source.checked is None:
        raise Failure("; ".join(finding.message for finding in findings))
    if findings and source.checked is not None:
        from tfxc.compiler.driver import with_findings
        from tfxc.compiler.output import write_diagnostics

        write_diagnostics([with_findings(replace(source.checked, diagnostics=()), findings)], sys.stderr)
        raise typer.Exit(EXIT_FAILED)


def tell_of_data(source: Source, request: RunRequest, ignored: frozenset[str]) -> None:
    """Writes what is wrong with the data that the run reads to standard error; the run goes on."""
    if source.checked is None:
        return
    from tfxc.compiler.driver import check_data, without_ignored
    from tfxc.compiler.ignores.apply import OF_IGNORES
    from tfxc.compiler.output import write_diagnostics

    bare = replace(source.checked, diagnostics=())
    found = without_ignored(check_data(bare, request.parameters, request.nodes, is_run=True), ignored)
    told = tuple(each for each in found.diagnostics if each.code not in OF_IGNORES)
    if told:
        write_diagnostics([replace(found, diagnostics=told)], sys.stderr)
