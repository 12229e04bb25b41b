"""What ends a command early: one sentence for the user, and the exit code.

Exit codes of ``tfxc``, all of them:

====  ===================================================================================
0     done; for checks: no error (with ``--strict`` no warning either)
1     the spec has mistakes, or what was asked for failed
2     wrong use: unknown options, a spec file that cannot be opened, a name that is not there
70    a mistake in tfxc itself (EX_SOFTWARE); ``TFXC_DEBUG=1`` shows the traceback
130   stopped with Ctrl-C
141   whatever reads the output went away (as ``tfxc graph | head -1`` does)
====  ===================================================================================
"""

from __future__ import annotations

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_WRONG_USE = 2
EXIT_INTERNAL = 70
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


class FailureError(Exception):
    """Something that was asked for cannot be done. The text is one sentence that says what to do."""

    exit_code = EXIT_FAILED


class WrongUseError(FailureError):
    """The command line asks for something that is not there."""

    exit_code = EXIT_WRONG_USE


def describe(error: Exception) -> tuple[str, int]:
    """Returns the sentence and the exit code for an exception that ended a command."""
    if isinstance(error, FailureError):
        return str(error), error.exit_code
    from tfxc.backends import UnknownBackendError
    from tfxc.backends.launcher.errors import LaunchFailure, WrongUse

    if isinstance(error, (WrongUse, UnknownBackendError)):
        return str(error), EXIT_WRONG_USE
    if isinstance(error, LaunchFailure):
        return str(error), EXIT_FAILED
    if isinstance(error, OSError) and error.strerror:
        where = f"`{error.filename}`: " if error.filename else ""
        return f"{where}{error.strerror[:1].lower()}{error.strerror[1:]}", EXIT_FAILED
    return (
        f"tfxc itself made a mistake ({type(error).__name__}); please report it with what "
        "TFXC_DEBUG=1 in the environment makes this command print",
        EXIT_INTERNAL,
    )
