"""What came of checking specs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic, Span, sorted_diagnostics
from tfxc.schemas.failures import EXIT_DONE, EXIT_FAILED, EXIT_INTERNAL, EXIT_WRONG_USE

UNREADABLE = "Y015"
CRASHED = "Y016"
WRONG_SETTINGS = "Y017"


@dataclass(frozen=True)
class SpecResult:
    """All that is wrong with a spec, in every environment that was asked for.

    ``file`` is its name in diagnostics; ``sources`` are the texts of the files that they point into.
    ``strict`` is the file of settings that makes warnings fail, or "".
    """

    file: str
    diagnostics: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)
    strict: str = ""


@dataclass(frozen=True)
class Report:
    """What a call of ``tfxc validate`` found: each diagnostic once, sorted.

    ``files`` are the specs in the order of the command line. ``root`` is the repository: what paths are
    relative to where others read them. ``documentation`` is the address below which the pages of codes lie,
    or "". ``strict`` says what makes warnings fail (an option, a file of settings), "" if nothing does.
    """

    files: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    sources: Mapping[str, Source] = field(default_factory=lambda: MappingProxyType({}))
    root: Path | None = None
    documentation: str = ""
    strict: str = ""

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        codes = {diagnostic.code for diagnostic in self.diagnostics}
        if CRASHED in codes:
            return EXIT_INTERNAL
        if codes & {UNREADABLE, WRONG_SETTINGS}:
            return EXIT_WRONG_USE
        failed = any(diagnostic.is_error for diagnostic in self.diagnostics) or self.fails_on_warnings
        return EXIT_FAILED if failed else EXIT_DONE

    @property
    def fails_on_warnings(self) -> bool:
        """Whether there are warnings that are as bad as errors."""
        return bool(self.strict) and any(not diagnostic.is_error for diagnostic in self.diagnostics)


def report_of(
    results: Sequence[SpecResult], root: Path | None, documentation: str = "", strict: str = ""
) -> Report:
    """Returns what the results of specs come to. ``strict`` is the option's name if it was given."""
    found: list[Diagnostic] = []
    sources: dict[str, Source] = {}
    for result in results:
        found += result.diagnostics
        sources.update(result.sources)
    by_settings = next((result.strict for result in results if result.strict), "")
    return Report(
        files=tuple(dict.fromkeys(result.file for result in results)),
        diagnostics=tuple(sorted_diagnostics(found)),
        sources=MappingProxyType(sources),
        root=root,
        documentation=documentation,
        strict=strict or by_settings,
    )


def of_whole_file(code: str, file: str, message: str, help: Iterable[str] = ()) -> Diagnostic:
    """Returns a diagnostic about a file, at its beginning: there is nothing in it to point at."""
    return Diagnostic(code, severity_of(code), message, Span(file, 1, 1, 1, 1), (), tuple(help))
