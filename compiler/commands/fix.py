"""``tfxc fix``"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tfxc.compiler.commands.checked_specs import ignored_codes, openable
from tfxc.compiler.commands.options import IgnoreOption, specs_argument
from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.output import write, write_error, write_found, write_json
from tfxc.compiler.source.environments import ENVIRONMENTS
from tfxc.compiler.source.files import Files
from tfxc.compiler.source.read import STANDARD_INPUT
from tfxc.compiler.source.save import save, unified_diff
from tfxc.schemas.diagnostics import Diagnostic
from tfxc.schemas.failures import EXIT_FAILED, EXIT_WRONG_USE, Failure, WrongUse

if TYPE_CHECKING:
    from tfxc.compiler.fix.apply import FixedFile, Outcome

EXAMPLES = """
tfxc fix pipeline.yaml
tfxc fix specs --diff
tfxc fix specs/*/pipeline.yaml --json
"""


def fix(
    specs: Annotated[list[Path], specs_argument()],
    diff: Annotated[
        bool, typer.Option("--diff", help="Print how the files would change, and change nothing.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print what was done as JSON, and nothing else.")
    ] = False,
    ignore: IgnoreOption = None,
) -> None:
    """Put right the mistakes in specs whose fix is sure.

    These are keys, references, component types, values and columns with a slip of the pen in them, values
    that are right but for their quotes, and what is spelt as in Python. Comments and layout stay. A spec is
    looked at in all its environments, and each edit goes into the file that the mistake is in, also one
    that specs extend. What is fixed may show other mistakes: it goes on until nothing changes. A fix that
    would bring another error is not applied, and told.

    The exit code is 0 when no error is left, 1 when one is (with --diff: when a file would change), and 2
    when a file cannot be opened or written.
    """
    from tfxc.compiler.fix.apply import apply_fixes

    if STANDARD_INPUT in specs:
        raise WrongUse("what is on standard input cannot be changed: name a file")
    outcome = apply_fixes([_Environments(path, ignored_codes(ignore or (), path)) for path in specs])
    unwritten = False
    if not diff:
        unwritten = bool([file for file in outcome.files if _is_unwritten(file)])
    if json:
        write_json(_document(outcome, diff))
    elif diff:
        write("".join(unified_diff(file.old, file.new, file.name) for file in outcome.files))
    else:
        _tell(outcome, len(specs))
    left = bool(outcome.files) if diff else any(spec.has_errors for spec in outcome.specs)
    if unwritten or left:
        raise typer.Exit(EXIT_WRONG_USE if unwritten else EXIT_FAILED)


class _Environments:
    """Checks a spec without an environment, and with each that it has."""

    def __init__(self, path: Path, ignored: frozenset[str]) -> None:
        self._path = path
        self._ignored = ignored

    def __call__(self, files: Files) -> Sequence[CheckedSpec]:
        plain = self._check(None, files)
        sections = plain.loaded.document.get(ENVIRONMENTS)
        names = list(sections) if isinstance(sections, dict) else []
        return [plain, *(self._check(name, files) for name in names)]

    def _check(self, environment: str | None, files: Files) -> CheckedSpec:
        with openable(self._path):
            return check(self._path, environment, None, False, self._ignored, look_at_data=True, files=files)


def _is_unwritten(file: FixedFile) -> bool:
    """Writes a file, and says so if that cannot be."""
    try:
        save(Path(file.name), file.old, file.new)
    except Failure as error:
        write_error(str(error))
        return True
    return False


def _tell(outcome: Outcome, specs: int) -> None:
    from tfxc.compiler.render.text import count
    from tfxc.schemas.words.printable import printable

    for file in outcome.files:
        for each in file.applied:
            line = each.span.line if each.span is not None else 1
            text = each.fix.text if each.fix is not None else ""
            write(printable(f"{file.name}:{line}: {each.code}: {each.message}: now {text}") + "\n")
    for refused in outcome.refused:
        text = refused.diagnostic.fix.text if refused.diagnostic.fix is not None else ""
        place = _place(refused.diagnostic)
        reason = f"`{text}` is not written: {refused.because.code}: {refused.because.message}"
        write(printable(f"{place}: {refused.diagnostic.code}: {reason}") + "\n")
    left = [each for spec in outcome.specs for each in spec.diagnostics]
    fixes = sum(len(file.applied) for file in outcome.files)
    write(f"{count(fixes, 'fix').replace('fixs', 'fixes')} in {count(len(outcome.files), 'file')}\n")
    if left:
        sys.stdout.flush()
        sources = {name: source for spec in outcome.specs for name, source in spec.loaded.sources.items()}
        write("\n")
        write_found(left, sources, sys.stdout, specs)


def _place(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    return f"{span.file}:{span.line}" if span is not None else ""


def _document(outcome: Outcome, is_diff: bool) -> dict[str, Any]:
    """Returns what was done: every fix at its place in the text that it was applied to."""
    left = {each for spec in outcome.specs for each in spec.diagnostics}
    return {
        "version": 1,
        "written": not is_diff,
        "files": [
            {
                "file": file.name,
                "fixes": [_fix(each) for each in file.applied],
                "diff": unified_diff(file.old, file.new, file.name),
            }
            for file in outcome.files
        ],
        "refused": [
            {**_fix(each.diagnostic), "because": {"code": each.because.code, "message": each.because.message}}
            for each in outcome.refused
        ],
        "errors_left": sum(each.is_error for each in left),
        "warnings_left": sum(not each.is_error for each in left),
    }


def _fix(diagnostic: Diagnostic) -> dict[str, Any]:
    assert diagnostic.fix is not None  # noqa: S101  it was applied, or could have been
    span = diagnostic.fix.span
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "file": span.file,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "text": diagnostic.fix.text,
    }
