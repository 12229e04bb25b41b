"""What the nodes and parameters of an IR are called in a spec."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[0-9]+")
LONGEST_NAME = 63


def component_ids(ids: Iterable[str]) -> Mapping[str, str]:
    """Returns TFX's ids of nodes → ids that a spec takes, each once: ``CsvExampleGen`` is
    ``csv_example_gen``."""
    return _unique(ids, lambda name: _identifier(name, "node"))


def parameter_names(names: Iterable[str]) -> Mapping[str, str]:
    """Returns the names of runtime parameters → those of a spec's parameters, each once."""
    return _unique(names, lambda name: re.sub(r"\W", "_", name, flags=re.ASCII).lstrip("0123456789") or "_")


def pipeline_name(name: str) -> str:
    """Returns a name that a spec takes for a pipeline's."""
    words = "-".join(_words(name))[:LONGEST_NAME].strip("-")
    return words or "pipeline"


def _identifier(name: str, otherwise: str) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_]*", name):
        return name
    made = "_".join(_words(name))
    return made if made[:1].isalpha() else f"{otherwise}_{made}".rstrip("_")


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(name) if word.isascii()]


def _unique(names: Iterable[str], make: Callable[[str], str]) -> Mapping[str, str]:
    listed = list(dict.fromkeys(names))
    wanted = {name: make(name) for name in listed}
    taken = {name for name in listed if wanted[name] == name}
    for name in listed:
        if wanted[name] == name:
            continue
        made, number = wanted[name], 2
        while made in taken:
            made, number = f"{wanted[name]}_{number}", number + 1
        taken.add(made)
        wanted[name] = made
    return wanted
