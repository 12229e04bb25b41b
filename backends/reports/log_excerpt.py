"""The last lines of a node's log that a person wants to see."""

from __future__ import annotations

import os
import re
from pathlib import Path

MOST_LINES = 12
LONGEST_LINE = 200
_TAIL_BYTES = 256 * 1024

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b[@-Z\\-_]")
"""What tells a terminal about colours and its cursor."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NOISE = re.compile(
    r"""
    ^\s*$
    | ^[IW]\d{4}\ \d\d:\d\d:\d\d            # glog and absl: information and warnings
    | ^(?:INFO|WARNING|DEBUG):               # Python's logging without a handler
    | ^\d{4}-\d\d-\d\d\ \d\d:\d\d:\d\d\.\d+:\ [IW]   # TensorFlow's C++ side
    | ^WARNING:\ All\ log\ messages\ before\ absl
    | ^ERROR:absl:Execution\ \d+\ failed\.$
    | ^During\ handling\ of\ the\ above\ exception,
    | ^The\ above\ exception\ was\ the\ direct\ cause
    | ^To\ enable\ the\ following\ instructions
    """,
    re.VERBOSE,
)
_TRACEBACK = "Traceback (most recent call last):"


def log_excerpt(path: Path, most_lines: int = MOST_LINES) -> list[str]:
    """Returns the last lines that the node itself printed before it failed.

    The chatter of TFX, TensorFlow and Beam is left out, and so are tracebacks: the error's own text
    and the user's frames are reported beside. Where nothing else was printed these are the last lines
    after all, without the frames of tracebacks. A log that cannot be read has no lines.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except OSError:
        return []
    lines = text.split("\n")
    if size > _TAIL_BYTES:
        lines = lines[1:]
    plain = [_plain(line) for line in lines]
    written = [line for line in plain if line.strip()]
    meant = _meant(plain) or [line for line in written if not _is_frame(line)] or written
    return [_shortened(line.rstrip()) for line in meant][-most_lines:]


def _is_frame(line: str) -> bool:
    """Whether a line is one of those between a traceback's first and its exception."""
    return line.startswith("  ") or line.strip() == _TRACEBACK


def is_written(path: Path) -> bool:
    """Whether there is a log with something in it."""
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _meant(lines: list[str]) -> list[str]:
    kept: list[str] = []
    inside = False
    for plain in lines:
        if plain.strip() == _TRACEBACK:
            inside = True
        elif inside and plain and not plain.startswith((" ", "\t")):
            inside = False  # the exception's own line, which ends a traceback
        elif not inside and not _NOISE.match(plain):
            kept.append(plain)
    return kept


def _plain(line: str) -> str:
    """Returns a line as a terminal would show it in the end, without colours."""
    return _CONTROLS.sub("", ESCAPES.sub("", line.rstrip("\r").rsplit("\r", 1)[-1]))


def _shortened(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 1] + "…"
