"""Applying fixes until none is left, without making any spec worse."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tfxc.compiler.driver import CheckedSpec
from tfxc.compiler.fix.choose import Correction, corrections_of, without_overlaps
from tfxc.compiler.source.edits import edited
from tfxc.compiler.source.files import DISK, Files, Overlay
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostics import Diagnostic, Span

MOST_ROUNDS = 20
"""How often the fixes that earlier ones have brought to light are applied. Each puts one mistake right."""

Check = Callable[[Files], Sequence[CheckedSpec]]
"""Checks a spec, in all its environments, as the files say."""

_HIDES_OTHERS = ("T201", "M", "Y", "P354", "B102")
"""Codes, or their beginnings, of mistakes because of which other places are not looked at."""


@dataclass(frozen=True)
class Refused:
    """A fix that was not applied, and what it would have brought."""

    diagnostic: Diagnostic
    because: Diagnostic


@dataclass(frozen=True)
class FixedFile:
    """A file with the fixes that were applied to it, in the order in which they were. ``name`` is as
    diagnostics print it."""

    path: Path
    name: str
    old: str
    new: str
    applied: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Outcome:
    """What came of fixing specs: the files that change, what was refused, and the specs as they then are."""

    files: tuple[FixedFile, ...]
    refused: tuple[Refused, ...]
    specs: tuple[CheckedSpec, ...]


def apply_fixes(checks: Sequence[Check], files: Files = DISK) -> Outcome:
    """Applies the fixes of specs, again and again until nothing changes. Writes nothing.

    Each fix is an edit of the file that its mistake is in. One is kept if its mistake is gone and no other
    error has come in its place; else it is refused, and the file stays as it is there.
    """
    work = _Work(checks, files)
    for _ in range(MOST_ROUNDS):
        if not work.round():
            break
    return work.outcome()


class _Work:
    """The state between two rounds."""

    def __init__(self, checks: Sequence[Check], files: Files) -> None:
        self._checks = checks
        self._files = files
        self._texts: dict[Path, str] = {}
        self._fixed: dict[Path, FixedFile] = {}
        self._refused: dict[tuple[str, str, int, int, str], Refused] = {}
        self._specs = self._checked(self._texts)

    def round(self) -> bool:
        """Applies what can be applied now; returns whether anything changed."""
        changed = False
        for path, source in self._sources().items():
            found = corrections_of(self._diagnostics(), source)
            wanted = without_overlaps(
                each for each in found if each.is_sure and self._key(each) not in self._refused
            )
            changed |= bool(wanted) and self._apply(path, source, wanted)
        return changed

    def outcome(self) -> Outcome:
        specs = tuple(spec for several in self._specs for spec in several)
        changed = (each for each in self._fixed.values() if each.old != each.new)
        by_name = sorted(changed, key=lambda each: each.name)
        return Outcome(tuple(by_name), tuple(self._refused.values()), specs)

    def _apply(self, path: Path, source: Source, wanted: Sequence[Correction]) -> bool:
        """Applies fixes to one file, all at once if that makes nothing worse, else each that does not."""
        if self._try(path, source, wanted) is None:
            return True
        applied = False
        for correction in reversed(wanted):  # an edit leaves the places before it where they are
            current = replace_text(source, self._texts.get(path, source.text))
            reason = self._try(path, current, (correction,))
            if reason is not None:
                self._refused[self._key(correction)] = Refused(correction.diagnostic, reason)
            applied |= reason is None
        return applied

    def _try(self, path: Path, source: Source, wanted: Sequence[Correction]) -> Diagnostic | None:
        """Keeps a text with these fixes, unless something is worse then: returns what."""
        text = edited(source.text, (each.edit for each in wanted))
        texts = {**self._texts, path: text}
        specs = self._checked(texts)
        new_source = replace_text(source, text)
        hides = any(each.diagnostic.code.startswith(_HIDES_OTHERS) for each in wanted)
        for before, after in zip(self._specs, specs, strict=True):
            reason = _worse(before, after, _places(new_source, wanted), hides)
            if reason is not None:
                return reason
        self._texts, self._specs = texts, specs
        known = self._fixed.get(path) or FixedFile(path, source.file, source.text, "", ())
        diagnostics = (*known.applied, *(each.diagnostic for each in wanted))
        self._fixed[path] = replace(known, new=text, applied=diagnostics)
        return None

    def _checked(self, texts: Mapping[Path, str]) -> list[Sequence[CheckedSpec]]:
        files = Overlay(texts, self._files) if texts else self._files
        return [check(files) for check in self._checks]

    def _diagnostics(self) -> Iterator[Diagnostic]:
        for several in self._specs:
            for spec in several:
                yield from spec.diagnostics

    def _sources(self) -> dict[Path, Source]:
        """Returns the texts that may be edited, by where their links lead: each once, under one name."""
        found: dict[Path, Source] = {}
        for several in self._specs:
            for spec in several:
                for name, source in spec.loaded.sources.items():
                    found.setdefault(Path(os.path.realpath(name)), source)
        return found

    def _key(self, correction: Correction) -> tuple[str, str, int, int, str]:
        diagnostic, fix = correction.diagnostic, correction.diagnostic.fix
        assert fix is not None  # noqa: S101  a correction has one
        return diagnostic.code, fix.span.file, fix.span.line, fix.span.column, fix.text


def replace_text(source: Source, text: str) -> Source:
    """Returns a source with another text."""
    return Source(source.file, text, source.folder)


def _places(source: Source, wanted: Sequence[Correction]) -> list[Span]:
    """Returns where fixes are in the text that they have been applied to."""
    places, shift = [], 0
    for each in wanted:
        start = each.edit.start + shift
        places.append(source.span(start, start + len(each.edit.text)))
        shift += len(each.edit.text) - (each.edit.end - each.edit.start)
    return places


def _worse(
    before: Sequence[CheckedSpec], after: Sequence[CheckedSpec], places: Sequence[Span], hides: bool
) -> Diagnostic | None:
    """Returns an error that fixes have brought: one at the place of a fix, of a text that cannot be read, or
    one more than there were, unless what was fixed had hidden other mistakes."""
    old = {(each.code, each.message) for spec in before for each in spec.diagnostics if each.is_error}
    count = len(old)
    errors = [each for spec in after for each in spec.diagnostics if each.is_error]
    new = [each for each in errors if (each.code, each.message) not in old]
    for each in new:
        if each.code.startswith("Y") or any(_touches(each, place) for place in places):
            return each
    more = len({(each.code, each.message) for each in errors}) > count
    of_document = [each for each in new if not each.code.startswith("B")]
    return of_document[0] if more and of_document and not hides else None


def _touches(diagnostic: Diagnostic, place: Span) -> bool:
    spans = [*([diagnostic.span] if diagnostic.span else []), *(label.span for label in diagnostic.labels)]
    return any(
        span.file == place.file
        and (span.line, span.column) < (place.end_line, place.end_column)
        and (place.line, place.column) < (span.end_line, span.end_column)
        for span in spans
    )
