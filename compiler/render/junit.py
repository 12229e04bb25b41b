"""Diagnostics as JUnit XML: a suite for each file, a case for each thing found in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from tfxc.compiler.render.repository import repository_path
from tfxc.schemas.diagnostics import Diagnostic

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
WHOLE_FILE = "valid"


def render_junit(
    diagnostics: Sequence[Diagnostic],
    files: Sequence[str],
    root: Path | None,
    unusable: frozenset[str] = frozenset(),
    strict: bool = False,
) -> str:
    """Returns the XML. ``files`` are the specs that were checked: where nothing is wrong there is one case.

    An error is a failure, and so is a warning if ``strict``; otherwise that is the output of a case that
    passes.
    Codes in ``unusable`` are errors of JUnit's: there was nothing to judge.
    """
    found: dict[str, list[Diagnostic]] = {file: [] for file in files}
    for diagnostic in diagnostics:
        found.setdefault(diagnostic.span.file if diagnostic.span is not None else "", []).append(diagnostic)
    suites = [
        _Suite(repository_path(file, root), of_file, unusable, strict) for file, of_file in found.items()
    ]
    counts = _counts(*(sum(numbers) for numbers in zip(*(suite.counts for suite in suites), strict=True)))
    body = "".join(suite.text for suite in suites)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<testsuites name="tfxc" {counts}>\n{body}</testsuites>\n'


def _counts(tests: int = 0, failures: int = 0, errors: int = 0) -> str:
    return f'tests="{tests}" failures="{failures}" errors="{errors}"'


class _Suite:
    """What was found in one file."""

    def __init__(
        self, file: str, found: Sequence[Diagnostic], unusable: frozenset[str], strict: bool
    ) -> None:
        kinds = [_kind(diagnostic, unusable, strict) for diagnostic in found]
        self.counts = (max(len(found), 1), kinds.count("failure"), kinds.count("error"))
        cases = [_case(file, diagnostic, kind) for diagnostic, kind in zip(found, kinds, strict=True)] or [
            f"    <testcase {_names(file, WHOLE_FILE)}/>\n"
        ]
        name = quoteattr(_text(file))
        self.text = f"  <testsuite name={name} {_counts(*self.counts)}>\n{''.join(cases)}  </testsuite>\n"


def _kind(diagnostic: Diagnostic, unusable: frozenset[str], strict: bool) -> str:
    if diagnostic.code in unusable:
        return "error"
    return "failure" if diagnostic.is_error or strict else "system-out"


def _case(file: str, diagnostic: Diagnostic, kind: str) -> str:
    span = diagnostic.span
    place = f" {span.line}:{span.column}" if span is not None else ""
    line = f' line="{span.line}"' if span is not None else ""
    where = f"{file}:{span.line}:{span.column}: " if span is not None else ""
    lines = [f"{where}{diagnostic.code} {diagnostic.message}", *(f"help: {help}" for help in diagnostic.help)]
    text = element_text("\n".join(lines))
    about = (
        "" if kind == "system-out" else f' type="{diagnostic.code}" message={attribute(diagnostic.message)}'
    )
    names = _names(file, f"{diagnostic.code}{place}")
    return f"    <testcase {names}{line}>\n      <{kind}{about}>{text}</{kind}>\n    </testcase>\n"


def _names(file: str, name: str) -> str:
    return f"classname={attribute(file)} name={attribute(name)} file={attribute(file)}"


def attribute(text: str) -> str:
    """Returns a text as the value of an attribute, with its quotation marks."""
    return quoteattr(_text(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def element_text(text: str) -> str:
    """Returns a text as it stands within an element."""
    return escape(_text(text))


def _text(text: str) -> str:
    """Returns a text without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)
