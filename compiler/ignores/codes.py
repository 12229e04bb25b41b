"""Codes that a user asks to be told of or not. Only warnings can be ignored: with an error nothing runs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tfxc.schemas.diagnostic_codes import CODES
from tfxc.schemas.diagnostics import Severity
from tfxc.schemas.words.suggest import closest


def why_no_code(code: str) -> str | None:
    """Returns the sentence, without a full stop, about a code that there is not; None if there is it."""
    if code in CODES:
        return None
    near = closest(code, CODES)
    return f"there is no code `{code}`" + (f"; did you mean `{near}`?" if near is not None else "")


def why_not_ignored_here(code: str) -> str | None:
    """Returns why a code that a spec names cannot be ignored, as a sentence; None if it can."""
    reason = why_no_code(code)
    if reason is None and CODES[code].severity is not Severity.WARNING:
        return f"{code} is an error, and only warnings can be ignored"
    return reason


def why_not_ignored(prefix: str) -> str | None:
    """Returns why the codes that begin with a prefix, or one code, cannot be ignored; None if they can."""
    meant = _meant(prefix)
    if any(CODES[code].severity is Severity.WARNING for code in meant):
        return None
    if not meant or prefix in CODES:
        return why_not_ignored_here(prefix)
    return f"all codes {prefix}… are errors, and only warnings can be ignored"


def why_not_selected(prefix: str) -> str | None:
    """Returns why there is nothing to select by a code or a prefix of codes; None if there is."""
    return None if _meant(prefix) else why_no_code(prefix)


def split_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """Returns the codes in texts such as ``W702,W705``, each once, in capitals."""
    codes = (code.upper() for text in texts for code in re.split(r"[\s,]+", text))
    return tuple(dict.fromkeys(code for code in codes if code))


def ignored_warnings(select: Sequence[str] | None, ignore: Sequence[str]) -> frozenset[str]:
    """Returns the codes of warnings that are not to be told.

    ``select`` and ``ignore`` are codes and prefixes of codes; for each code the longest that is about it
    counts, and ``ignore`` where two are as long. Without ``select`` all is selected.
    """
    selected = ("",) if select is None else select
    return frozenset(
        code
        for code, known in CODES.items()
        if known.severity is Severity.WARNING and _longest(code, ignore) >= _longest(code, selected)
    )


def _longest(code: str, prefixes: Sequence[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)


def _meant(prefix: str) -> list[str]:
    return [code for code in CODES if code.startswith(prefix)]
