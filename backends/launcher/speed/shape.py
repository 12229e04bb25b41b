"""Whether a function of Beam's or TFX's is the one that a replacement was written for."""

from __future__ import annotations

import linecache
from typing import Any


def has_lines(function: Any, *lines: str) -> bool:
    """Whether the function's source has these lines, in this order, whatever their indentation.

    False where there is no source to look at: what cannot be looked at is not replaced.
    """
    # Not that of a function which this one wraps: what is replaced already does not count.
    code: Any = getattr(function, "__code__", None)
    if code is None:
        return False
    # inspect.getsource would look through all modules that are imported, which takes a third of a second.
    source = iter(_block(linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]))
    return all(line in source for line in lines)


def _block(lines: list[str]) -> list[str]:
    """Returns the lines of the function that begins with the first one, without their indentation.

    By indentation alone, since tokenizing takes longer than all else that is looked at.
    """
    found: list[str] = []
    indentation, in_body = -1, False
    for line in lines:
        text = line.strip()
        here = len(line) - len(line.lstrip())
        if indentation < 0:
            indentation = here
        elif text and here <= indentation and in_body and text[0] not in ")]}":
            break
        in_body = in_body or (bool(text) and here > indentation)
        found.append(text)
    return found
