"""One question from the spec's own data: a row of its CSV files, as features and as a tf.Example.

Types are found as CsvExampleGen finds them (tfx_bsl's CSVDecoder): a column is of integers if all its values
are, else of floats if all are numbers, else of text; an empty field is a missing value.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.serving.deploy.values import Deployment, FeatureValues, Question
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.csv_files import read_csv_file
from tfxc.schemas.data_files import ALL_FILES, DataFileError, matching_files
from tfxc.schemas.data_spans import without_spans
from tfxc.schemas.file_kinds import open_data
from tfxc.schemas.plan import Plan, PlanNode, StandardComponent
from tfxc.schemas.plan_places import default_texts
from tfxc.schemas.plan_values import beginning, is_uri
from tfxc.schemas.tf_examples import BYTES, FLOATS, INTEGERS, Feature, serialized_example

_ROWS = 200_000
"""So many rows of a file say what its columns hold."""
_INT64 = range(-(2**63), 2**63)
_KINDS = {"bytes": BYTES, "float": FLOATS, "int": INTEGERS}


def question_of(plan: Plan, folder: Path) -> Optional[Question]:
    """Returns a row of the first CSV file that the pipeline reads from this machine; None if there is none.

    ``folder`` is the spec's. The row is the first without a missing value, else the first.
    """
    for node in plan.nodes:
        if _reads_csv(node):
            for file in _files(plan, node, folder):
                try:
                    question = _of_file(file)
                except (OSError, DataFileError, csv.Error, UnicodeDecodeError):
                    continue
                if question is not None:
                    return question
    return None


def question_json(deployment: Deployment) -> str:
    """Returns question.json: what smoke_test.py asks, as a tf.Example and by the names of features.

    Which of the two the model takes is asked of the server. ``features`` is null where no data were at hand.
    """
    question = deployment.question
    content: dict[str, Any] = {"model": deployment.model_name, "features": None, "example": None}
    if question is not None:
        content["features"] = {name: list(values) for name, values in question.features.items()}
        content["example"] = base64.b64encode(example_of(question)).decode("ascii")
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def example_of(question: Question) -> bytes:
    """Returns the row as a serialised tf.Example: the same row, the same bytes."""
    return serialized_example(
        {
            name: Feature(_KINDS[question.kinds[name]], [_stored(value) for value in values])
            for name, values in question.features.items()
        }
    )


def _reads_csv(node: PlanNode) -> bool:
    if not isinstance(node.component, StandardComponent) or node.component.type not in component_types():
        return False
    return component_model(node.component.type).input_format == "csv"


def _files(plan: Plan, node: PlanNode, folder: Path) -> Iterator[Path]:
    """Yields the CSV files of this machine that a CsvExampleGen reads, its parameters at their defaults."""
    argument = node.arguments.get("input_base")
    text, whole = beginning(argument.value, default_texts(plan)) if argument is not None else ("", False)
    if not whole or not text or is_uri(text):
        return
    config = node.arguments.get("input_config")
    splits = (config.value.get("splits") or []) if config is not None else []
    for split in splits or [{"pattern": ALL_FILES}]:
        pattern, known = beginning(split.get("pattern", ALL_FILES), default_texts(plan))
        if known:
            try:
                yield from matching_files(folder / text, without_spans(pattern))
            except (OSError, ValueError):
                continue


def _of_file(file: Path) -> Optional[Question]:
    columns = read_csv_file(file).columns
    with io.TextIOWrapper(open_data(file), encoding="utf-8", newline="") as stream:
        rows = [row for row in islice(csv.reader(stream), 1, _ROWS) if len(row) == len(columns)]
    if not rows or not columns:
        return None
    chosen = next((row for row in rows if all(row)), rows[0])
    kinds = {name: _kind([row[index] for row in rows]) for index, name in enumerate(columns)}
    features: dict[str, FeatureValues] = {
        name: [_value(kinds[name], text)] if text else [] for name, text in zip(columns, chosen, strict=True)
    }
    return Question(features, kinds)


def _kind(texts: Sequence[str]) -> str:
    numbers = [text for text in texts if text]
    if not numbers:
        return "bytes"
    if all(_is_integer(text) for text in numbers):
        return "int"
    return "float" if all(_is_number(text) for text in numbers) else "bytes"


def _is_integer(text: str) -> bool:
    try:
        return int(text) in _INT64 and "_" not in text
    except ValueError:
        return False


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def _value(kind: str, text: str) -> int | float | str:
    return int(text) if kind == "int" else float(text) if kind == "float" else text


def _stored(value: int | float | str) -> int | float | bytes:
    return value.encode() if isinstance(value, str) else value
