"""The command lines of interpreters that import TFX: they look for no module in the working directory.

``python -m`` and ``python -c`` put the working directory first on ``sys.path``: a user's `calendar.py`
or `logging.py` there would be imported in place of Python's own, by Python's own start of ``-m`` even.
``python -P`` does what is needed, from Python 3.11 on; from 3.13 on nothing else does, since ``-c`` itself
imports `linecache`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

LAUNCHER = "tfxc.backends.launcher.command"
WITHOUT_WORKING_DIRECTORY = "import sys; sys.path[:] = filter(None, sys.path); "
"""What a program for ``python -c`` begins with. `sys` is built in: nothing is searched for it."""

SAFE_PATH: tuple[str, ...] = ("-P",) if sys.version_info >= (3, 11) else ()
"""This interpreter's option to keep the working directory off ``sys.path``; another may not have it."""


def python_command(python: str, module: str, arguments: Sequence[str] = ()) -> list[str]:
    """Returns the words that run the function ``main`` of a module, whose result is the exit code."""
    return [
        python,
        *(SAFE_PATH if python == sys.executable else ()),
        "-c",
        f"{WITHOUT_WORKING_DIRECTORY}from {module} import main; sys.exit(main())",
        *arguments,
    ]


def launcher_command(python: str, *arguments: str) -> list[str]:
    """Returns the words that run the launcher's command line."""
    return python_command(python, LAUNCHER, arguments)


def leave_out_working_directory() -> None:
    """Takes off ``sys.path`` the working directory that ``python -m`` has put first."""
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]
