"""Diagnostics as SARIF 2.1.0, which GitHub, Azure DevOps and editors read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from tfxc.compiler.render.repository import fingerprints, repository_path
from tfxc.compiler.source.tree import Source
from tfxc.schemas.diagnostic_codes import CODES, explanation
from tfxc.schemas.diagnostics import Diagnostic, Fix, Severity, Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "tfxcFinding/v1"
ROOT = "%SRCROOT%"
NO_SOURCES: Mapping[str, Source] = MappingProxyType({})


def render_sarif(
    diagnostics: Sequence[Diagnostic],
    version: str,
    sources: Mapping[str, Source] = NO_SOURCES,
    root: Path | None = None,
    documentation: str = "",
) -> str:
    """Returns a SARIF log of one run.

    ``version`` is that of tfxc, ``sources`` are the texts that spans point into. Paths are relative to
    ``root``. ``documentation`` is the address below which ``diagnostics/CODE/`` is the page of a code, or "".
    """
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {"name": "tfxc", "version": version, "rules": [_rule(code, documentation) for code in codes]}
    if documentation:
        driver["informationUri"] = documentation
    marks = fingerprints(diagnostics, sources, root)
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the repository."}}},
        "results": [
            _result(diagnostic, codes.index(diagnostic.code), mark, root)
            for diagnostic, mark in zip(diagnostics, marks, strict=True)
        ],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(code: str, documentation: str) -> dict[str, Any]:
    page = explanation(code)
    rule: dict[str, Any] = {
        "id": code,
        "shortDescription": {"text": CODES[code].title},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": CODES[code].severity.value},
    }
    if documentation:
        rule["helpUri"] = f"{documentation}/diagnostics/{code}/"
    return rule


def _result(diagnostic: Diagnostic, rule: int, mark: str, root: Path | None) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": "error" if diagnostic.severity is Severity.ERROR else "warning",
        "message": {"text": "\n".join([diagnostic.message, *(f"help: {help}" for help in diagnostic.help)])},
        "partialFingerprints": {FINGERPRINT: mark},
    }
    if diagnostic.span is not None:
        result["locations"] = [{"physicalLocation": _place(diagnostic.span, root)}]
    if diagnostic.labels:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(label.span, root), "message": {"text": label.text}}
            for number, label in enumerate(diagnostic.labels, start=1)
        ]
    if diagnostic.fix is not None:
        result["fixes"] = [_fix(diagnostic.fix, root)]
    return result


def _fix(fix: Fix, root: Path | None) -> dict[str, Any]:
    place = _place(fix.span, root)
    replacement = {"deletedRegion": place["region"], "insertedContent": {"text": fix.text}}
    change = {"artifactLocation": place["artifactLocation"], "replacements": [replacement]}
    return {"description": {"text": f"write {fix.text}"}, "artifactChanges": [change]}


def _place(span: Span, root: Path | None) -> dict[str, Any]:
    path = Path(repository_path(span.file, root))
    location = {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(path.as_posix())}
    if not path.is_absolute() and not span.file.startswith("<"):
        location["uriBaseId"] = ROOT
    return {
        "artifactLocation": location,
        "region": {
            "startLine": span.line,
            "startColumn": span.column,
            "endLine": span.end_line,
            "endColumn": span.end_column,
        },
    }
