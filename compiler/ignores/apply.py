"""What is not told because somebody asked so: in comments, in the spec's ``ignore``, for the whole command.

An ignore that is written in a spec and ignores nothing is a finding itself, and so is one that cannot
ignore anything; what a command or a project's settings ignore need not be there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tfxc.compiler.ignores.codes import why_not_ignored_here
from tfxc.compiler.ignores.comments import ignore_comments
from tfxc.compiler.source.load import Loaded
from tfxc.compiler.source.tree import locate
from tfxc.schemas.diagnostic_codes import CODES, severity_of
from tfxc.schemas.diagnostics import Diagnostic, Fix, Span
from tfxc.schemas.words.suggest import only_closest

UNUSED = "W750"
MISTAKEN = "W751"
OF_IGNORES = (UNUSED, MISTAKEN)
"""Codes about ignores: what ignores them may be there for another day."""
IGNORE = "ignore"
"""The key of a spec that lists codes."""


@dataclass(frozen=True)
class Ignore:
    """A code that is not to be told of, where that is written, and the lines of the file that it is about.

    ``lines`` is None for one that is about everything.
    """

    code: str
    span: Span
    lines: tuple[int, int] | None

    def covers(self, diagnostic: Diagnostic) -> bool:
        """Whether a diagnostic is what this asks not to be told of."""
        if diagnostic.code != self.code or diagnostic.is_error:
            return False
        if self.lines is None:
            return True
        span = diagnostic.span
        return (
            span is not None and span.file == self.span.file and self.lines[0] <= span.line <= self.lines[1]
        )


@dataclass(frozen=True)
class Outcome:
    """What is left to tell, and the ignores of the spec that are the reason for what is not."""

    told: tuple[Diagnostic, ...]
    used: frozenset[Ignore]


def written_ignores(loaded: Loaded) -> tuple[tuple[Ignore, ...], tuple[Diagnostic, ...]]:
    """Returns the ignores that a spec's files have, and what is wrong with some of them."""
    ignores: list[Ignore] = []
    wrong: list[Diagnostic] = []
    for code, span, lines in (*_in_comments(loaded), *_in_document(loaded)):
        reason = why_not_ignored_here(code) if code else "it names no code"
        if reason is None:
            ignores.append(Ignore(code, span, lines))
        else:
            help = () if code else ("name the codes: `# tfxc: ignore[W705]`",)
            message = f"nothing is ignored here: {reason}"
            near = only_closest(code, CODES) if code and code not in CODES else None
            fix = Fix(span, near) if near is not None else None
            wrong.append(Diagnostic(MISTAKEN, severity_of(MISTAKEN), message, span, (), help, fix))
    return tuple(ignores), tuple(wrong)


def apply_ignores(
    diagnostics: Iterable[Diagnostic], ignores: Iterable[Ignore], everywhere: frozenset[str]
) -> Outcome:
    """Returns what is left of diagnostics. ``everywhere`` are codes that are not told wherever they are."""
    by_code: dict[str, list[Ignore]] = {}
    for ignore in ignores:
        by_code.setdefault(ignore.code, []).append(ignore)
    told: list[Diagnostic] = []
    used: set[Ignore] = set()
    for diagnostic in diagnostics:
        reasons = [each for each in by_code.get(diagnostic.code, ()) if each.covers(diagnostic)]
        used.update(reasons)
        if not reasons and (diagnostic.is_error or diagnostic.code not in everywhere):
            told.append(diagnostic)
    return Outcome(tuple(told), frozenset(used))


def unused(ignore: Ignore) -> Diagnostic:
    """Returns the finding that an ignore ignores nothing."""
    where = "here" if ignore.lines is not None else "in this spec"
    help = "take it out; a comment is about its own line, and about the block that begins on that line"
    if ignore.lines is None:
        help = "take it out"
    message = f"there is no {ignore.code} {where} to ignore"
    return Diagnostic(UNUSED, severity_of(UNUSED), message, ignore.span, (), (help,))


Written = tuple[str, Span, "tuple[int, int] | None"]


def _in_comments(loaded: Loaded) -> Iterator[Written]:
    for tree in loaded.trees:
        for comment in ignore_comments(tree):
            lines = comment.first_line, comment.last_line
            for code, start, end in comment.codes:
                yield code, comment.source.span(start, end), lines
            if not comment.codes:
                yield "", comment.source.span(comment.start, comment.end), lines


def _in_document(loaded: Loaded) -> Iterator[Written]:
    listed = loaded.document.get(IGNORE)
    if loaded.tree is None or not isinstance(listed, list):
        return
    for index, code in enumerate(listed):
        if isinstance(code, str) and code.strip():
            yield code.strip().upper(), locate(loaded.tree, (IGNORE, index)), None
