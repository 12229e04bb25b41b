"""A loss that is no number, as Keras prints it: for a training that writes no event files."""

from __future__ import annotations

import os
import re
from pathlib import Path

_TAIL_BYTES = 64 * 1024
_LOSS = re.compile(rb"(?<![\w.])loss: ([\w.+-]+)")


def loss_note(log: Path) -> str | None:
    """Returns a sentence if the last loss in a node's log is no number; None if it is, or there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(file.seek(0, os.SEEK_END) - _TAIL_BYTES, 0))
            found = _LOSS.findall(file.read())
    except OSError:
        return None
    if not found or found[-1].lower() not in (b"nan", b"inf", b"-inf"):
        return None
    what = "NaN" if found[-1].lower() == b"nan" else "infinite"
    return f"the loss is {what} at the end of its log: the model has learned nothing that can be used"
