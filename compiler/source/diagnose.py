"""From a finding, which speaks of a path into the document, to a diagnostic at its place in a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from tfxc.compiler.source.fixes import fix_at
from tfxc.compiler.source.load import Loaded
from tfxc.compiler.source.tree import SourceNode, locate
from tfxc.schemas.diagnostic_codes import severity_of
from tfxc.schemas.diagnostics import Diagnostic, Finding, Label

if TYPE_CHECKING:
    pass


def diagnostics_of(loaded: Loaded, findings: Iterable[Finding]) -> list[Diagnostic]:
    """Returns findings about a document with their places in its files.

    A finding at a place that could not be read rightly is left out: it only follows from that.
    """
    misread = {diagnostic.span for diagnostic in loaded.diagnostics}
    diagnostics = (to_diagnostic(loaded, finding) for finding in findings)
    return [diagnostic for diagnostic in diagnostics if diagnostic.span not in misread]


def to_diagnostic(loaded: Loaded, finding: Finding) -> Diagnostic:
    """Returns a finding with its place in the source, and the severity of its code."""
    tree, path = loaded.placed(finding.path)
    if tree is None:
        return Diagnostic(finding.code, severity_of(finding.code), finding.message, help=finding.help)
    shown = diagnostic_at(tree, replace(finding, path=path, related=()))
    return loaded.presentable(replace(shown, labels=tuple(_labels(loaded, finding))))


def _labels(loaded: Loaded, finding: Finding) -> Iterator[Label]:
    for related in finding.related:
        tree, path = loaded.placed(related.path)
        if tree is not None:
            span = locate(tree, path, related.at_key)
            if span.file not in loaded.outside:
                yield Label(span, related.text)


def diagnostic_at(tree: SourceNode, finding: Finding) -> Diagnostic:
    """Returns a finding with its place in a tree, and the severity of its code."""
    return Diagnostic(
        code=finding.code,
        severity=severity_of(finding.code),
        message=finding.message,
        span=locate(tree, finding.path, finding.at_key, finding.part),
        labels=tuple(
            Label(locate(tree, related.path, related.at_key), related.text) for related in finding.related
        ),
        help=finding.help,
        fix=fix_at(tree, finding),
    )
