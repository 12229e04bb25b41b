"""Checking one spec, whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.ignores.codes import ignored_warnings
from tfxc.compiler.settings import ProjectSettings, project_settings
from tfxc.compiler.source.environments import ENVIRONMENTS
from tfxc.compiler.source.files import DISK, Files
from tfxc.compiler.source.nearby import near_file
from tfxc.compiler.source.read import STANDARD_INPUT, UnreadableFileError
from tfxc.compiler.source.tree import Source
from tfxc.compiler.validation.results import CRASHED, UNREADABLE, SpecResult, of_whole_file
from tfxc.schemas.diagnostics import Diagnostic, sorted_diagnostics
from tfxc.schemas.version import documentation_address


@dataclass(frozen=True)
class Validator:
    """What a command line asks of every spec; each spec's project adds its settings.

    ``select`` is None where the command line selects nothing. ``files`` is what specs are read from.
    ``look_at_data`` is false if no data file is to be opened.
    """

    environment: str | None = None
    all_environments: bool = False
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    files: Files = DISK
    look_at_data: bool = True
    _settings: dict[Path, ProjectSettings] = field(default_factory=dict, repr=False)

    def check(self, path: Path) -> SpecResult:
        """Returns all that is wrong with a spec: that it cannot be read, too, or that tfxc fails on it.

        Raises nothing that is about the spec, unless TFXC_DEBUG is set.
        """
        settings = self._settings_of(path)
        file = "<stdin>" if path == STANDARD_INPUT else str(path)
        try:
            specs = list(self._checked(path, settings))
        except UnreadableFileError as error:
            near = near_file(path)
            help = (f"did you mean {near}?",) if near is not None else ()
            return _result(file, [of_whole_file(UNREADABLE, file, f"{path}: {error}", help)], {}, settings)
        except Exception as error:
            if os.environ.get("TFXC_DEBUG"):
                raise
            return _result(file, [crash(file, type(error).__name__)], {}, settings)
        sources: dict[str, Source] = {}
        found: list[Diagnostic] = []
        for spec in specs:
            sources.update(spec.loaded.sources)
            found += spec.diagnostics
        return _result(file, found, sources, settings)

    def documentation(self) -> str:
        """Returns the address that the pages of codes lie below: the project's, else tfxc's own, else ""."""
        return self._settings_of(Path("-")).documentation or documentation_address()

    def lost(self, path: Path, reason: str) -> SpecResult:
        """Returns the result of a spec whose process died, and why it did."""
        return SpecResult(str(path), (crash(str(path), reason),))

    def _checked(self, path: Path, settings: ProjectSettings) -> Iterator[CheckedSpec]:
        select = settings.select if self.select is None else self.select
        ignored = ignored_warnings(select, (*settings.ignore, *self.ignore))
        look = self.look_at_data and not settings.no_data
        every = self.environment is None and (self.all_environments or settings.all_envs)

        def checked(environment: str | None) -> CheckedSpec:
            return check(
                path, environment, want_plan=False, ignore=ignored, look_at_data=look, files=self.files
            )

        plain = checked(self.environment)
        yield plain
        sections = plain.loaded.document.get(ENVIRONMENTS)
        for name in sections if every and isinstance(sections, dict) else ():
            yield checked(name)

    def _settings_of(self, path: Path) -> ProjectSettings:
        folder = Path() if path == STANDARD_INPUT else path.parent
        if folder not in self._settings:
            self._settings[folder] = project_settings(folder)
        return self._settings[folder]


def crash(file: str, reason: str) -> Diagnostic:
    """Returns the diagnostic about a spec on which tfxc fails."""
    message = f"tfxc itself made a mistake while it checked this spec ({reason})"
    help = "please report it with what `TFXC_DEBUG=1 tfxc validate` prints for it; the others were checked"
    return of_whole_file(CRASHED, file, message, (help,))


def _result(
    file: str, found: list[Diagnostic], sources: Mapping[str, Source], settings: ProjectSettings
) -> SpecResult:
    diagnostics = sorted_diagnostics([*found, *settings.diagnostics])
    texts = {**sources, **settings.sources}
    spans = [span for each in diagnostics for span in (each.span, *(label.span for label in each.labels))]
    mentioned = {span.file: texts[span.file] for span in spans if span is not None and span.file in texts}
    strict = str(settings.file) if settings.strict else ""
    return SpecResult(file, tuple(diagnostics), mentioned, strict)
