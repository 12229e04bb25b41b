"""Whether a function of Beam's or TFX's is the one that a replacement was written for."""

from __future__ import annotations

import inspect
from typing import Any


def has_lines(function: Any, *lines: str) -> bool:
    """Whether the function's source has these lines, in this order, whatever their indentation.

    False where there is no source to look at: what cannot be looked at is not replaced.
    """
    # Not that of a function which this one wraps: what is replaced already does not count.
    code: Any = getattr(function, "__code__", None)
    try:
        source = iter([line.strip() for line in inspect.getsource(code).splitlines()])
    except (OSError, TypeError):
        return False
    return all(line in source for line in lines)
