"""The metric classes that an ``eval_config`` can name without a ``module``: TFMA's, and those of Keras 2.

Read from ``metric_classes.json``, which ``tests/schemas/introspect_metric_classes.py`` makes by trying the
installed libraries; both lines of TFX give the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Optional


@dataclass(frozen=True)
class MetricArgument:
    """A keyword argument of a metric class.

    ``kinds`` are what JSON values it can be (``int float str bool list dict null``); none where that is not
    known. ``values`` are the texts that it can be, in any case of letters; none where others are possible.
    """

    kinds: frozenset[str]
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricClass:
    """A metric class.

    ``names`` are those of the metrics that it computes by default; none if they are not known.
    ``takes_others``: arguments that it does not know make it fail nowhere, and do nothing. ``refuses`` are
    those of ``binarize micro_average macro_average class_weights example_weights`` that it cannot do.
    """

    name: str
    library: str
    names: tuple[str, ...]
    arguments: Mapping[str, MetricArgument]
    required: tuple[str, ...]
    takes_others: bool
    needs_query_key: bool
    refuses: frozenset[str]


@cache
def metric_classes() -> Mapping[str, MetricClass]:
    """Returns the classes by name."""
    classes = _table()["classes"]
    return {
        name: MetricClass(
            name=name,
            library=each["library"],
            names=tuple(each["names"]),
            arguments={
                key: MetricArgument(frozenset(argument["kinds"]), tuple(argument.get("values", ())))
                for key, argument in each["arguments"].items()
            },
            required=tuple(each["required"]),
            takes_others=each["takes_others"],
            needs_query_key=each["needs_query_key"],
            refuses=frozenset(each["refuses"]),
        )
        for name, each in classes.items()
    }


def class_of_function(name: str) -> Optional[str]:
    """Returns the class that computes what a function of Keras does: ``MeanSquaredError`` for ``mse``."""
    found: Optional[str] = _table()["functions"].get(name)
    return found


@cache
def _table() -> Mapping[str, Any]:
    text = (Path(__file__).parent / "metric_classes.json").read_text(encoding="utf-8")
    table: Mapping[str, Any] = json.loads(text)
    return table
