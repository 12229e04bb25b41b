"""Diagnostics as the Code Quality report that GitLab shows in merge requests."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tfxc.compiler.render.repository import fingerprints, repository_path
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostics import Diagnostic


def render_gitlab(diagnostics: Sequence[Diagnostic], sources: Mapping[str, Source], root: Path | None) -> str:
    """Returns a JSON array of one object for each diagnostic. GitLab compares them by their fingerprints.

    Every one needs a path and a line: one about no place is about the first line of nothing.
    """
    marks = fingerprints(diagnostics, sources, root)
    issues = [_issue(diagnostic, mark, root) for diagnostic, mark in zip(diagnostics, marks, strict=True)]
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issue(diagnostic: Diagnostic, mark: str, root: Path | None) -> dict[str, Any]:
    span = diagnostic.span
    return {
        "description": "; ".join([diagnostic.message, *diagnostic.help]),
        "check_name": diagnostic.code,
        "fingerprint": mark,
        "severity": "major" if diagnostic.is_error else "minor",
        "location": {
            "path": repository_path(span.file, root) if span is not None else "",
            "lines": {
                "begin": span.line if span is not None else 1,
                "end": span.end_line if span is not None else 1,
            },
        },
    }
