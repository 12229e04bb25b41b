"""Which of the fixes that diagnostics carry are applied to a text, and as which edits: pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tfxc.compiler.source.edits import Edit
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostics import Diagnostic, sorted_diagnostics

NOT_SURE = frozenset({"W732"})
"""Codes of what may be meant as it is written: somebody has to choose the fix."""


def is_sure(diagnostic: Diagnostic) -> bool:
    """Whether the fix of a diagnostic may be applied without anybody looking at it."""
    return diagnostic.code not in NOT_SURE


@dataclass(frozen=True)
class Correction:
    """A diagnostic that says how it is put right, with its fix as an edit of the text that it is about."""

    diagnostic: Diagnostic
    edit: Edit

    @property
    def is_sure(self) -> bool:
        """Whether it may be applied without anybody looking at it."""
        return is_sure(self.diagnostic)

    @property
    def title(self) -> str:
        """What the fix does, for a list to choose from."""
        return f"write `{self.edit.text}`" if self.edit.text else "take it out"


def corrections_of(diagnostics: Iterable[Diagnostic], source: Source) -> tuple[Correction, ...]:
    """Returns the fixes of diagnostics that edit one text, in its order: all of them, also such as overlap.

    A fix in another file is left out.
    """
    found = (
        Correction(diagnostic, _edit(diagnostic, source))
        for diagnostic in sorted_diagnostics(diagnostics)
        if diagnostic.fix is not None and diagnostic.fix.span.file == source.file
    )
    ordered = sorted(found, key=lambda each: (each.edit.start, each.edit.end))
    return tuple(each for each in ordered if source.text[each.edit.start : each.edit.end] != each.edit.text)


def without_overlaps(corrections: Iterable[Correction]) -> tuple[Correction, ...]:
    """Returns fixes that can be applied together, in the order of the text.

    Of two that overlap the one that begins first is taken, of two at one place the shorter one, then the
    one whose diagnostic sorts first. Two that write the same at the same place are one.
    """
    kept: list[Correction] = []
    for each in sorted(corrections, key=_place):
        if not kept or each.edit.start >= kept[-1].edit.end:
            kept.append(each)
    return tuple(kept)


def _place(correction: Correction) -> tuple[int, int]:
    return correction.edit.start, correction.edit.end


def _edit(diagnostic: Diagnostic, source: Source) -> Edit:
    fix = diagnostic.fix
    assert fix is not None  # noqa: S101  whoever asks has looked
    starts = source.line_starts
    start = starts[fix.span.line - 1] + fix.span.column - 1
    end = starts[fix.span.end_line - 1] + fix.span.end_column - 1
    return Edit(start, end, fix.text)
