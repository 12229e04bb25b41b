"""The words and exit codes of `tfxc run`.

What stops a run before or beside its nodes is a `LaunchFailure` (exit code 1) or a `WrongUse` (2) of
`tfxc.backends.launcher.errors`: its text is one sentence for the user that says what to do.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

EXIT_GOOD = 0
EXIT_FAILED = 1
EXIT_SIGNAL = 128
"""plus the signal's number: 130 after Ctrl-C"""

NO_TFX = (
    "running a pipeline needs TFX, which is not installed here: install it with `pip install 'tfxc[tfx]'`"
    " (in a project of uv: `uv add 'tfxc[tfx]'`)."
)


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Returns the sentence about an unknown name: what it may have meant, or what there is instead."""
    names = list(known)
    if not names:
        return f"there is no {what} `{name}`: this pipeline has none."
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"there is no {what} `{name}`; did you mean `{near[0]}`?"
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return f"there is no {what} `{name}`; there are: {', '.join(names[:20])}{more}."


def because(error: OSError, path: Path) -> str:
    """Returns an operating system's error as words that name the file it is about."""
    reason = (error.strerror or str(error)).lower()
    return f"{error.filename or path}: {reason}"
