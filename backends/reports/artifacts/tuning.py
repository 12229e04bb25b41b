"""Tuner trials: ``tuner_results.json`` and ``best_hyperparameters.txt``, as TFX's Tuner writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.reports.artifacts.files import UnreadableError, folder, read

_RESULTS = "tuner_results.json"
_BEST = "best_hyperparameters.txt"


@dataclass(frozen=True)
class Trial:
    """A trial with its hyperparameters, by name."""

    id: str
    score: Optional[float]
    hyperparameters: Mapping[str, Any]


def read_trials(uri: str) -> tuple[Trial, ...]:
    """Returns the trials of a TunerResults artifact, the best first. Raises UnreadableError."""
    path = folder(uri) / _RESULTS
    rows = _json(path)
    if not isinstance(rows, list):
        raise UnreadableError(f"{path} holds no trials")
    return tuple(_trial(row) for row in rows if isinstance(row, dict))


def _trial(row: Mapping[str, Any]) -> Trial:
    score = row.get("score")
    values = {str(name): value for name, value in row.items() if name not in ("trial_id", "score")}
    is_number = isinstance(score, (int, float)) and not isinstance(score, bool)
    return Trial(str(row.get("trial_id", "")), float(score) if is_number else None, values)  # type: ignore[arg-type]


def read_best(uri: str) -> Mapping[str, Any]:
    """Returns the values of a HyperParameters artifact by name. Raises UnreadableError."""
    path = folder(uri) / _BEST
    found = _json(path)
    values = found.get("values") if isinstance(found, dict) else None
    if not isinstance(values, dict):
        raise UnreadableError(f"{path} holds no hyperparameters")
    return values


def _json(path: Path) -> Any:
    try:
        return json.loads(read(path))
    except ValueError:
        raise UnreadableError(f"{path} is damaged") from None
