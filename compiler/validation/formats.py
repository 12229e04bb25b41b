"""A report in the formats of those who read it. Nothing is imported for a format that is not asked for."""

from __future__ import annotations

import io
from enum import Enum
from typing import TextIO

from tfxc.compiler.validation.results import CRASHED, UNREADABLE, WRONG_SETTINGS, Report


class Format(str, Enum):
    """How diagnostics are written."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"
    JUNIT = "junit"


def write_text(report: Report, stream: TextIO) -> None:
    """Writes a report for people, with a line that sums it up."""
    from tfxc.compiler.output import write_found

    write_found(report.diagnostics, report.sources, stream, len(report.files))


def rendered(report: Report, format: Format) -> str:
    """Returns a report in a format."""
    if format is Format.TEXT:
        stream = io.StringIO()
        write_text(report, stream)
        return stream.getvalue()
    if format is Format.GITLAB:
        from tfxc.compiler.render.gitlab import render_gitlab

        return render_gitlab(report.diagnostics, report.sources, report.root)
    if format is Format.JUNIT:
        from tfxc.compiler.render.junit import render_junit

        unusable = frozenset((UNREADABLE, CRASHED, WRONG_SETTINGS))
        return render_junit(report.diagnostics, report.files, report.root, unusable, bool(report.strict))
    if format is Format.SARIF:
        from tfxc.compiler.render.sarif import render_sarif
        from tfxc.schemas.version import tfxc_version

        return render_sarif(
            report.diagnostics, tfxc_version(), report.sources, report.root, report.documentation
        )
    from tfxc.compiler.render import machine

    if format is Format.JSON:
        return machine.render_json(report.diagnostics)
    return machine.render_github(report.diagnostics, report.root)


def why_strict(report: Report) -> str | None:
    """Returns why warnings alone have failed the command, as a sentence; None if they have not."""
    warnings = [each.code for each in report.diagnostics if not each.is_error]
    if not report.fails_on_warnings or len(warnings) < len(report.diagnostics):
        return None
    codes = ", ".join(dict.fromkeys(warnings))
    number = "1 warning is" if len(warnings) == 1 else f"{len(warnings):,} warnings are"
    return f"{number} as bad as an error because of {report.strict}: {codes}"
