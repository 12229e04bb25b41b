"""Files outside a spec's repository: read, but never shown.

A spec names files (``extends``), and who checks a spec of somebody else's, in a pipeline of continuous
integration for instance, must not be made to print a file of the machine. So of a file that lies neither in
the spec's repository nor below its folder, whatever links lead there, only the place of a mistake is told.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from tfxc.schemas.diagnostic_codes import CODES
from tfxc.schemas.diagnostics import Diagnostic

NOT_SHOWN = "the file lies outside of the spec's repository and folder, so nothing of it is shown"


def shown_root(folder: Path) -> Path:
    """Returns the folder below which files are shown: the repository of a folder, or the folder itself."""
    root = place = os.path.realpath(folder)
    while not os.path.lexists(os.path.join(place, ".git")):  # noqa: PTH118  texts: each check asks this
        above = os.path.dirname(place)  # noqa: PTH120
        if above == place:
            return Path(root)
        place = above
    return Path(place)


def is_outside(file: Path, root: Path) -> bool:
    """Whether a file, where its links lead in the end, lies outside of a resolved folder."""
    try:
        return not Path(os.path.realpath(file)).is_relative_to(root)
    except (OSError, ValueError):  # no path that there can be
        return False


def without_content(diagnostic: Diagnostic) -> Diagnostic:
    """Returns a diagnostic with its place and in general words: its own may quote the file."""
    return replace(diagnostic, message=CODES[diagnostic.code].title, labels=(), help=(NOT_SHOWN,), fix=None)
