"""The placeholders in an ExampleGen's file patterns: ``{SPAN}``, ``{VERSION}``, ``{YYYY}{MM}{DD}``.

The rules are those of ``tfx.components.example_gen.utils.verify_split_pattern_specs``.
"""

from __future__ import annotations

import re

DATE_PLACEHOLDERS = ("{YYYY}", "{MM}", "{DD}")
_NUMBER = r"\{%s(?::(?P<width>[^{}]*))?\}"
_SPAN = re.compile(_NUMBER % "SPAN")
_VERSION = re.compile(_NUMBER % "VERSION")


def placeholders(pattern: str) -> frozenset[str]:
    """Returns what stands in a pattern, of ``span``, ``date`` and ``version``."""
    found = {
        "span": _SPAN.search(pattern) is not None,
        "date": any(placeholder in pattern for placeholder in DATE_PLACEHOLDERS),
        "version": _VERSION.search(pattern) is not None,
    }
    return frozenset(name for name, there in found.items() if there)


def why_no_pattern(pattern: str) -> str | None:
    """Returns what is wrong with the placeholders of a pattern, as a sentence; None if nothing is."""
    spans, versions = list(_SPAN.finditer(pattern)), list(_VERSION.finditer(pattern))
    dates = [pattern.count(placeholder) for placeholder in DATE_PLACEHOLDERS]
    if spans and any(dates):
        return "A pattern has {SPAN} or {YYYY}, {MM} and {DD}, not both"
    if len(spans) > 1 or len(versions) > 1:
        return f"{{{'SPAN' if len(spans) > 1 else 'VERSION'}}} can be given once"
    if any(dates) and dates != [1, 1, 1]:
        return "A pattern with a date has each of {YYYY}, {MM} and {DD} once"
    if versions and not spans and not any(dates):
        return "{VERSION} needs a {SPAN} or a date in the same pattern"
    for match in spans + versions:
        width = match.group("width")
        if width is not None and not (width.isascii() and width.isdigit() and int(width) > 0):
            return f"`{width}` is no width: write a positive number of digits, such as {{SPAN:4}}"
    return None
