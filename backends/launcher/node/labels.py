"""Labels that an Evaluator is told of and that no example has: TFMA fails over them without their name."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Optional

import tensorflow as tf
from tfx.dsl.io import fileio

from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.components import find_component_model
from tfxc.schemas.plan import PlanNode
from tfxc.schemas.words.suggest import closest

EXAMPLES = "examples"
_WITHOUT_LABELS = "'labels': None"
"""How TFMA's errors show rows whose label was not found."""
_LOOKED_THROUGH = 100
"""Examples whose columns are taken for those of all."""
_MOST_SHOWN = 12


def missing_label(
    node: PlanNode, values: Values, problem: BaseException, examples: Callable[[], Iterable[Any]]
) -> Optional[str]:
    """Returns a sentence about a label that no example has; None if that is not what a failure is about.

    ``examples`` returns the artifacts that the node reads. For after a failure: it reads files.
    """
    model = find_component_model(node.component.type)
    if model is None or not model.computes_metrics or _WITHOUT_LABELS not in str(problem):
        return None
    with contextlib.suppress(Exception):  # an explanation is none where it fails itself
        columns = sorted({name for artifact in examples() for name in columns_of(artifact.uri)})
        for label, functions in _labels(node, values):
            if columns and label not in columns:
                return _sentence(label, functions, columns)
    return None


def _labels(node: PlanNode, values: Values) -> Iterator[tuple[str, list[str]]]:
    """Yields the labels that an Evaluator is told of, each with the functions that may make it."""
    argument = node.arguments.get("eval_config")
    config = resolve(argument.value, values, f"{node.id}.eval_config") if argument is not None else {}
    for spec in config.get("model_specs") or ():
        functions = [str(name) for name in spec.get("preprocessing_function_names") or ()]
        for label in filter(None, (spec.get("label_key"), *(spec.get("label_keys") or {}).values())):
            yield str(label), functions


def columns_of(uri: str) -> set[str]:
    """Returns the columns of the first examples in an artifact's folder."""
    for file in sorted(fileio.glob(f"{uri}/Split-*/*")):
        records = tf.data.TFRecordDataset(file, "GZIP" if file.endswith(".gz") else "")
        found = set()
        for record in islice(records.as_numpy_iterator(), _LOOKED_THROUGH):
            found.update(tf.train.Example.FromString(record).features.feature)
        if found:
            return found
    return set()


def _sentence(label: str, functions: list[str], columns: list[str]) -> str:
    """Returns the sentence about a missing label: the columns that there are, the likeliest first."""
    made = (
        f", and {' and '.join(f'`{name}`' for name in functions)} gives none of that name"
        if functions
        else ""
    )
    shown = listed(label, columns)
    return f"no example has the label `{label}`, which `label_key` names: the columns are {shown}{made}."


def listed(name: str, columns: list[str]) -> str:
    """Returns the columns that there are, the one that is likeliest meant first."""
    likely = closest(name, columns)
    ordered = sorted(columns, key=lambda column: column != likely)
    more = f" and {len(ordered) - _MOST_SHOWN} more" if len(ordered) > _MOST_SHOWN else ""
    return ", ".join(f"`{column}`" for column in ordered[:_MOST_SHOWN]) + more
