"""Standard output and standard error: colours, encodings, and closed pipes."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tfxc.compiler.driver import CheckedSpec
    from tfxc.compiler.source.tree import Source
    from tfxc.schemas.diagnostics import Diagnostic


def open_closed_streams() -> None:
    """Makes standard streams that were closed (``>&-``) lead nowhere.

    Without them every print would fail, and the next file that is opened would get their numbers, and
    with them what is printed.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            # The lowest free number is this one: those below it are open.
            os.open(os.devnull, os.O_RDONLY if number == 0 else os.O_WRONLY)
            stream = os.fdopen(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False)
            setattr(sys, name, stream)


def prepare_streams() -> None:
    """Makes output never fail on a character that the terminal's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def use_colours(stream: TextIO) -> bool:
    """Whether to colour what goes to a stream: on a terminal, unless NO_COLOR or TERM=dumb say no.

    FORCE_COLOR colours a pipe too; NO_COLOR wins. Both count only when they are not empty.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def is_unicode(stream: TextIO) -> bool:
    """Whether a stream can show box-drawing characters."""
    return (stream.encoding or "").lower().replace("-", "") in ("utf8", "utf16", "utf32", "utf8sig")


def write(text: str) -> None:
    """Writes to standard output."""
    sys.stdout.write(text)


def json_text(content: Any) -> str:
    """Returns what a command says as JSON: indented, with a final newline."""
    import json

    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def write_json(content: Any) -> None:
    """Writes JSON to standard output."""
    write(json_text(content))


def write_error(sentence: str) -> None:
    """Writes one sentence about why nothing was done to standard error."""
    from tfxc.compiler.render.snippets import painted
    from tfxc.schemas.words.printable import printable

    prefix = painted("error:", "error") if use_colours(sys.stderr) else "error:"
    sys.stderr.write(f"{prefix} {printable(sentence)}\n")


def write_diagnostics(
    specs: Sequence[CheckedSpec], stream: TextIO, number_of_specs: int | None = None
) -> None:
    """Writes the diagnostics of specs as text, with a summary line if there are any."""
    diagnostics = [diagnostic for spec in specs for diagnostic in spec.diagnostics]
    sources = {name: source for spec in specs for name, source in spec.loaded.sources.items()}
    number = len(specs) if number_of_specs is None else number_of_specs
    write_found(diagnostics, sources, stream, number, bool(diagnostics) or number_of_specs is not None)


def write_found(
    found: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    stream: TextIO,
    number_of_specs: int = 1,
    with_summary: bool = True,
) -> None:
    """Writes diagnostics as text, sorted. ``sources`` are the texts to show lines of, by file name."""
    from tfxc.compiler.render.text import WIDTH, render_text, summary
    from tfxc.schemas.diagnostics import sorted_diagnostics

    diagnostics = sorted_diagnostics(found)
    columns = shutil.get_terminal_size().columns if stream.isatty() else WIDTH
    stream.write(render_text(diagnostics, sources, use_colours(stream), min(columns, WIDTH)))
    if with_summary:
        stream.write(summary(diagnostics, number_of_specs) + "\n")


def discard_output() -> None:
    """Points standard output at nothing, so that leaving the process does not fail on a closed pipe."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
