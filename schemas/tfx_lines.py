"""The lines of TFX's versions that a pipeline can be made for, and the mark of what only one of them has.

TFX 1.16 is for Python 3.10; 1.21 is for 3.11 to 3.13 and needs glibc 2.39 or newer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal, Optional, get_args

TfxLine = Literal["1.16", "1.21"]
TFX_LINES: tuple[TfxLine, ...] = get_args(TfxLine)
"""Oldest first."""
NEWEST: TfxLine = TFX_LINES[-1]

_PYTHON_3_OF = {"1.16": (10,), "1.21": (11, 12, 13)}


@dataclass(frozen=True)
class OnlyInTfx:
    """Marks a field that one line of TFX has and no other."""

    line: TfxLine


def only_line(metadata: Iterable[object]) -> Optional[TfxLine]:
    """Returns the line that a field with these markers is of alone; None if all lines have it."""
    return next((marker.line for marker in metadata if isinstance(marker, OnlyInTfx)), None)


def line_words(metadata: Iterable[object]) -> str:
    """Returns a sentence on the line that alone has a field with these markers; empty if all have it."""
    line = only_line(metadata)
    return f"Only in TFX {line}." if line is not None else ""


def is_in(line: Optional[str], metadata: Iterable[object]) -> bool:
    """Whether a line has a field with these markers. None stands for all lines together."""
    only = only_line(metadata)
    return line is None or only is None or only == line


def line_of(version: str) -> str:
    """Returns the line that a version of TFX is of: ``1.16`` of ``1.16.0``."""
    return ".".join(version.split(".")[:2])


@cache
def installed_line() -> Optional[TfxLine]:
    """Returns the line of the TFX that is installed beside tfxc, without importing it; None if none is."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = line_of(version("tfx"))
    except PackageNotFoundError:
        return None
    return next((line for line in TFX_LINES if line == found), None)


def line_of_python(base_image: str) -> Optional[TfxLine]:
    """Returns the line that tfxc installs in an image of Python: ``python:3.12-slim`` has 1.21.

    None if the image's name does not tell which Python it has.
    """
    found = re.search(r"(?:^|/)python:3\.(\d+)(?![\d])", base_image)
    if found is None:
        return None
    minor = int(found[1])
    return next((line for line in TFX_LINES if minor in _PYTHON_3_OF[line]), None)
