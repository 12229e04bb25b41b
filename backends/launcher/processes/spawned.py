"""Interpreters that `multiprocessing` starts: they look for no module in the working directory either.

It starts them with ``python -c``, which puts the working directory first on ``sys.path`` until they
have taken over that of their parent: too late for the modules that they need to get there.
"""

from __future__ import annotations

from collections.abc import Sequence
from multiprocessing import util
from typing import Any

from tfxc.schemas.start import WITHOUT_WORKING_DIRECTORY


def leave_out_working_directory() -> None:
    """Makes it so for all that this process and its forks start with `multiprocessing` from now on."""
    start: Any = util.spawnv_passfds

    def spawnv_passfds(path: Any, args: Sequence[str], passfds: Any) -> Any:
        return start(path, _without_working_directory(args), passfds)

    util.spawnv_passfds = spawnv_passfds  # type: ignore[assignment]


def _without_working_directory(words: Sequence[str]) -> list[str]:
    words = list(words)
    if "-c" in words[:-1]:
        program = words.index("-c") + 1
        words[program] = WITHOUT_WORKING_DIRECTORY + words[program]
    return words
