"""Codes that a user asks not to be told of. Only warnings can be ignored: with an error nothing would run."""

from __future__ import annotations

import re
from collections.abc import Iterable

from tfxc.schemas.diagnostic_codes import CODES
from tfxc.schemas.diagnostics import Severity
from tfxc.schemas.words.suggest import closest


def why_not_ignored(code: str) -> str | None:
    """Returns why a code cannot be ignored, as a sentence without a full stop; None if it can."""
    known = CODES.get(code)
    if known is None:
        near = closest(code, CODES)
        return f"there is no code `{code}`" + (f"; did you mean `{near}`?" if near is not None else "")
    if known.severity is not Severity.WARNING:
        return f"{code} is an error, and only warnings can be ignored"
    return None


def split_codes(texts: Iterable[str]) -> tuple[str, ...]:
    """Returns the codes in texts such as ``W702,W705``, each once, in capitals."""
    codes = (code.upper() for text in texts for code in re.split(r"[\s,]+", text))
    return tuple(dict.fromkeys(code for code in codes if code))
