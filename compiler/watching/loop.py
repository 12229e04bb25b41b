"""Doing something again whenever what it has looked at was edited."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Optional

import typer

from tfxc.compiler.output import write_error
from tfxc.compiler.watching.seen_files import SeenFiles
from tfxc.schemas.failures import EXIT_INTERRUPTED, WrongUse, describe

INTERVAL = 0.3
"""Seconds between two looks; an edit counts when two of them have found the same."""
_SHARE = 10
"""A look at many files is followed by a pause of so many times its length."""
_MOST_NAMED = 3


def do_on_edits(
    once: Callable[[SeenFiles], int],
    tell: Callable[[str], None],
    pause: Optional[Callable[[float], None]] = None,
) -> int:
    """Calls ``once``, and again after each edit of what it has looked at; returns when it was interrupted.

    ``once`` returns an exit code. What it raises is told, and an edit is waited for; but what is wrong use
    the first time is raised, as no edit was made yet that it could come from. Ctrl-C raises
    KeyboardInterrupt from ``pause``.
    """
    is_first = True
    while True:
        seen = SeenFiles()
        if _done(once, seen, is_first) == EXIT_INTERRUPTED:
            return EXIT_INTERRUPTED
        is_first = False
        tell("watching the spec, its modules and its data for edits; Ctrl-C ends it")
        tell(f"edited: {_named(wait_for_edit(seen, pause or time.sleep))}")


def wait_for_edit(seen: SeenFiles, pause: Callable[[float], None]) -> list[Path]:
    """Returns the paths that were edited, once they are no longer being written."""
    before = None
    while True:
        started = time.monotonic()
        changed = seen.changed()
        if changed and changed == before:
            return list(changed)
        before = changed
        pause(max(INTERVAL, _SHARE * (time.monotonic() - started)))


def _done(once: Callable[[SeenFiles], int], seen: SeenFiles, is_first: bool) -> int:
    try:
        return once(seen)
    except typer.Exit as ended:
        return ended.exit_code
    except WrongUse as error:
        if is_first:
            raise
        sentence, code = describe(error)
    except (BrokenPipeError, typer.Abort):
        raise
    except Exception as error:
        if os.environ.get("TFXC_DEBUG"):
            raise
        sentence, code = describe(error)
    sys.stdout.flush()
    write_error(sentence)
    return code


def _named(paths: list[Path]) -> str:
    shown = [os.path.relpath(path) for path in paths[:_MOST_NAMED]]
    more = len(paths) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")
