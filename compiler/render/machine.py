"""Diagnostics for machines: JSON of our own, and GitHub workflow commands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tfxc.compiler.render.repository import repository_path
from tfxc.schemas.diagnostics import Diagnostic, Fix, Span


def render_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Returns one JSON object: ``version``, ``errors``, ``warnings`` and ``diagnostics``.

    Lines and columns count from 1, in characters; the end column is exclusive. A diagnostic without
    a place has null for ``file`` and the numbers.
    """
    errors = sum(diagnostic.is_error for diagnostic in diagnostics)
    document = {
        "version": 1,
        "errors": errors,
        "warnings": len(diagnostics) - errors,
        "diagnostics": json_diagnostics(diagnostics),
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def json_diagnostics(diagnostics: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Returns diagnostics as values of JSON."""
    return [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity.value,
            "message": diagnostic.message,
            **_json_span(diagnostic.span),
            "labels": [{"text": label.text, **_json_span(label.span)} for label in diagnostic.labels],
            "help": list(diagnostic.help),
            "fix": _json_fix(diagnostic.fix),
        }
        for diagnostic in diagnostics
    ]


def _json_fix(fix: Fix | None) -> dict[str, Any] | None:
    return {**_json_span(fix.span), "text": fix.text} if fix is not None else None


def _json_span(span: Span | None) -> dict[str, Any]:
    return {
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
        "end_line": span.end_line if span else None,
        "end_column": span.end_column if span else None,
    }


def render_github(diagnostics: Sequence[Diagnostic], root: Path | None = None) -> str:
    """Returns a GitHub Actions workflow command for each diagnostic, a line each.

    Paths are relative to ``root``.
    """
    return "".join(_github_command(diagnostic, root) for diagnostic in diagnostics)


def _github_command(diagnostic: Diagnostic, root: Path | None) -> str:
    properties: dict[str, str | int] = {}
    span = diagnostic.span
    if span is not None:
        file = repository_path(span.file, root)
        properties = {"file": file, "line": span.line, "endLine": span.end_line, "col": span.column}
        if span.line == span.end_line:  # GitHub refuses an end column on another line
            properties["endColumn"] = span.end_column
    properties["title"] = f"tfxc {diagnostic.code}"
    message = "\n".join([diagnostic.message, *(f"help: {help}" for help in diagnostic.help)])
    shown = ",".join(f"{name}={_github_property(str(value))}" for name, value in properties.items())
    return f"::{diagnostic.severity.value} {shown}::{_github_data(message)}\n"


def _github_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _github_property(text: str) -> str:
    return _github_data(text).replace(":", "%3A").replace(",", "%2C")
