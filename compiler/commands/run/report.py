"""What a run is told with when it is over."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tfxc.compiler.output import discard_output, use_colours, write, write_error
from tfxc.schemas.failures import EXIT_FAILED

if TYPE_CHECKING:
    from tfxc.backends.local.running.run import RunOutcome

FILE_WIDTH = 120
"""Columns of a summary that does not go to a terminal."""


def show(outcome: RunOutcome, json: bool) -> int:
    """Prints the report to standard output, and returns the exit code.

    That nobody reads it does not change how the run ended; that it cannot be written does.
    """
    try:
        write(outcome.report.to_json() if json else _summary(outcome))
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        discard_output()
        with contextlib.suppress(OSError):
            write_error(
                f"the report cannot be written to standard output ({error.strerror}); "
                f"it is in {outcome.report.folder}/summary.json"
            )
        return outcome.exit_code or EXIT_FAILED
    return outcome.exit_code


def _summary(outcome: RunOutcome) -> str:
    """Returns the summary as text, coloured as far as standard output can be."""
    from rich.console import Console

    from tfxc.backends.reports.contents import run_contents
    from tfxc.backends.reports.text import text_lines

    plain = None if use_colours(sys.stdout) else True
    console = Console(highlight=False, soft_wrap=True, no_color=plain)
    with console.capture() as capture:
        width = console.width if sys.stdout.isatty() else FILE_WIDTH
        for line in text_lines(run_contents(outcome.report, Path.cwd(), width)):
            console.print(line)
    return capture.get()
