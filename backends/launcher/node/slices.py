"""Slices that an Evaluator was asked for and that no example is in: TFMA leaves them out without a word."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator
from typing import Any

from tfx.dsl.io import fileio

from tfxc.backends.launcher.protocol.evaluation_messages import slice_keys

_CONFIG = "eval_config.json"
"""What TFMA writes its configuration to, beside the metrics."""


def empty_slices(uri: str, keys: Iterable[Any]) -> tuple[str, ...]:
    """Returns the slicing specs of an evaluation that gave no slice, as ``feature`` or ``feature:value, …``.

    ``keys`` are those of the metrics. None are returned where the configuration cannot be read.
    """
    found = [dict(slice_keys(key)) for key in keys]
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError, fileio.NotFoundError):
        with fileio.open(f"{uri}/{_CONFIG}", "r") as stream:
            config = json.loads(stream.read())["evalConfig"]
        return tuple(_empty(config.get("slicingSpecs") or (), found))
    return ()


def _empty(specs: Iterable[dict[str, Any]], found: list[dict[str, str]]) -> Iterator[str]:
    """Yields the specs that cut by features, and that no slice belongs to."""
    for spec in specs:
        keys = {str(key) for key in spec.get("featureKeys") or ()}
        values = {str(key): str(value) for key, value in (spec.get("featureValues") or {}).items()}
        if not keys and not values:
            continue
        columns = keys | set(values)
        if not any(set(each) == columns and values.items() <= each.items() for each in found):
            yield ", ".join([*sorted(keys), *(f"{key}:{value}" for key, value in sorted(values.items()))])
