"""What ends a command early, one sentence for the user each, and the exit codes: all of them are here.

====  ===================================================================================
0     done; for checks: no error (with ``--strict`` no warning either)
1     the spec has mistakes, or what was asked for failed
2     wrong use: unknown options, a spec file that cannot be opened, a name that is not there
70    a mistake in tfxc itself (EX_SOFTWARE); ``TFXC_DEBUG=1`` shows the traceback
99    a node was skipped (of the launcher only: what a scheduler counts as skipped)
128+  stopped by the signal of that number: 130 after Ctrl-C, 141 when whatever reads the output
      went away (as ``tfxc graph | head -1`` does)
====  ===================================================================================
"""

from __future__ import annotations

from pathlib import Path

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_WRONG_USE = 2
EXIT_INTERNAL = 70
EXIT_SKIPPED = 99
SIGNAL_OFFSET = 128
"""added to the number of the signal that stopped a process"""
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141

NO_TFX = (
    "running a pipeline needs TFX, which is not installed here: install it with `pip install 'tfxc[tfx]'`"
    " (in a project of uv: `uv add 'tfxc[tfx]'`)."
)


class Failure(Exception):  # noqa: N818 - it is a failure that is reported, not a fault of ours
    """What a command, a run or a node cannot go on without.

    ``str(failure)`` is one sentence that says what to do; it is shown to the user as it is.
    ``exception`` and ``traceback`` are those of the user's code, if it was that which failed.
    """

    exit_code = EXIT_FAILED

    def __init__(self, message: str, exception: str = "", traceback: str = "") -> None:
        super().__init__(message)
        self.exception = exception
        self.traceback = traceback


class WrongUse(Failure):
    """What was asked for is not there or makes no sense: an unknown name, a value of the wrong type."""

    exit_code = EXIT_WRONG_USE


def describe(error: Exception) -> tuple[str, int]:
    """Returns the sentence and the exit code for an exception that ended a command."""
    if isinstance(error, Failure):
        return str(error), error.exit_code
    if isinstance(error, OSError) and error.strerror:
        where = f"`{error.filename}`: " if error.filename else ""
        return f"{where}{error.strerror[:1].lower()}{error.strerror[1:]}", EXIT_FAILED
    return (
        f"tfxc itself made a mistake ({type(error).__name__}); please report it with what "
        "TFXC_DEBUG=1 in the environment makes this command print",
        EXIT_INTERNAL,
    )


def because(error: OSError, path: Path) -> str:
    """Returns an operating system's error as words that name the file it is about."""
    reason = (error.strerror or str(error)).lower()
    return f"{error.filename or path}: {reason}"
