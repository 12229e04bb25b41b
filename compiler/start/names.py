"""Names of columns that are fit to be names of features, of a model's inputs and of files."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_FIT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_OTHERS = re.compile(r"[^A-Za-z0-9]+")


def fit_names(names: Sequence[str]) -> tuple[str, ...]:
    """Returns a name for each column: its own where that is letters, digits and `_`, and not there twice.

    Keras refuses `/` in the name of an input, TensorFlow other characters in that of an argument, and of two
    columns with one name TFX keeps the last.
    """
    found: list[str] = []
    taken = {name for name in names if _FIT.match(name)}
    for position, name in enumerate(names, start=1):
        fit = name if _FIT.match(name) else _fit(name, position)
        if fit in found or (fit != name and fit in taken):
            number = 2
            while f"{fit}_{number}" in found or f"{fit}_{number}" in taken:
                number += 1
            fit = f"{fit}_{number}"
        found.append(fit)
    return tuple(found)


def pipeline_name(text: str) -> str:
    """Returns a pipeline's name out of a folder's: small letters, digits and hyphens, 63 at most."""
    name = _OTHERS.sub("-", _ascii(text)).strip("-").lower()
    return name[:63].rstrip("-") or "pipeline"


def _fit(name: str, position: int) -> str:
    fit = _OTHERS.sub("_", _ascii(name)).strip("_")
    if not fit:
        return f"column_{position}"
    return f"_{fit}" if fit[0].isdigit() else fit


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode()
