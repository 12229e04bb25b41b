"""The program beside a spec that makes its data, as the specs of this repository have one."""

from __future__ import annotations

from pathlib import Path

GENERATOR = "make_data.py"


def making_words(folder: Path) -> str | None:
    """Returns how to make the data of the spec in a folder; None if no such program lies there."""
    program = folder.absolute() / GENERATOR
    return f"run `python {program}`, which makes the data" if program.is_file() else None
