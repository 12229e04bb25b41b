"""What can go wrong with a run beside its nodes, and the exit codes of `tfxc run`.

Every message is one sentence for the user that says what to do next.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

EXIT_GOOD = 0
EXIT_FAILED = 1
EXIT_WRONG_USE = 2
EXIT_SIGNAL = 128
"""plus the signal's number: 130 after Ctrl-C"""

NO_TFX = (
    "running a pipeline needs TFX, which is not installed here: `pip install 'tfxc[tfx]'` installs it"
    " (in a project of uv: `uv add 'tfxc[tfx]'`)"
)


class WrongUseError(ValueError):
    """The command line asks for something that is not there (exit code 2)."""


class RunFailedError(Exception):
    """The run cannot start or go on (exit code 1)."""


def did_you_mean(name: str, known: Iterable[str], what: str) -> str:
    """Returns the end of a sentence about an unknown name: a suggestion, and what there is instead."""
    names = list(known)
    if not names:
        return f"; there are no {what}"
    near = difflib.get_close_matches(name, names, n=1)
    suggestion = f", did you mean `{near[0]}`?" if near else ";"
    listed = ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
    return f"{suggestion} the {what} are {listed}"


def because(error: OSError, path: Path) -> str:
    """Returns an operating system's error as words that name the file it is about."""
    reason = (error.strerror or str(error)).lower()
    return f"{error.filename or path}: {reason}"
