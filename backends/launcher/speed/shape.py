"""Whether a function of Beam's or TFX's is the one that a replacement was written for."""

from __future__ import annotations

import inspect
import linecache
import tokenize
from typing import Any


def has_lines(function: Any, *lines: str) -> bool:
    """Whether the function's source has these lines, in this order, whatever their indentation.

    False where there is no source to look at: what cannot be looked at is not replaced.
    """
    # Not that of a function which this one wraps: what is replaced already does not count.
    code: Any = getattr(function, "__code__", None)
    try:
        # inspect.getsource would look through all modules that are imported, which takes a third of a second.
        whole = linecache.getlines(code.co_filename)
        block = inspect.getblock(whole[code.co_firstlineno - 1 :]) if whole else []
        source = iter([line.strip() for line in block])
    except (AttributeError, OSError, TypeError, SyntaxError, tokenize.TokenError):
        return False
    return all(line in source for line in lines)
