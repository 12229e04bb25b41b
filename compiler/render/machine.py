"""Diagnostics for machines: JSON of our own, GitHub workflow commands, SARIF 2.1.0."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tfxc.schemas.diagnostic_codes import CODES, explanation
from tfxc.schemas.diagnostics import Diagnostic, Fix, Severity, Span

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


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
        "diagnostics": [
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
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


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


def render_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Returns a GitHub Actions workflow command for each diagnostic, a line each."""
    return "".join(map(_github_command, diagnostics))


def _github_command(diagnostic: Diagnostic) -> str:
    properties: dict[str, str | int] = {}
    span = diagnostic.span
    if span is not None:
        properties = {"file": span.file, "line": span.line, "endLine": span.end_line, "col": span.column}
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


def render_sarif(diagnostics: Sequence[Diagnostic], version: str) -> str:
    """Returns a SARIF 2.1.0 log of one run. ``version`` is that of tfxc."""
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    run = {
        "tool": {
            "driver": {"name": "tfxc", "version": version, "rules": [_sarif_rule(code) for code in codes]}
        },
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in diagnostics],
    }
    log = {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _sarif_rule(code: str) -> dict[str, Any]:
    page = explanation(code)
    return {
        "id": code,
        "shortDescription": {"text": CODES[code].title},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": CODES[code].severity.value},
    }


def _sarif_result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": "error" if diagnostic.severity is Severity.ERROR else "warning",
        "message": {"text": "\n".join([diagnostic.message, *(f"help: {help}" for help in diagnostic.help)])},
    }
    if diagnostic.span is not None:
        result["locations"] = [{"physicalLocation": _sarif_place(diagnostic.span)}]
    if diagnostic.labels:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _sarif_place(label.span), "message": {"text": label.text}}
            for number, label in enumerate(diagnostic.labels, start=1)
        ]
    if diagnostic.fix is not None:
        result["fixes"] = [_sarif_fix(diagnostic.fix)]
    return result


def _sarif_fix(fix: Fix) -> dict[str, Any]:
    place = _sarif_place(fix.span)
    replacement = {"deletedRegion": place["region"], "insertedContent": {"text": fix.text}}
    change = {"artifactLocation": place["artifactLocation"], "replacements": [replacement]}
    return {"description": {"text": f"write {fix.text}"}, "artifactChanges": [change]}


def _sarif_place(span: Span) -> dict[str, Any]:
    path = Path(span.file)
    uri = path.as_uri() if path.is_absolute() else quote(path.as_posix())
    return {
        "artifactLocation": {"uri": uri},
        "region": {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        },
    }
