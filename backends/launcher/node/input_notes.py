"""What is to be said of the data that an ExampleGen has read, though it is no mistake.

The sentences are kept with the Examples in ML Metadata, as the custom property ``input_notes``, so that a
summary tells them on every backend, and again when the examples come from the cache.
"""

from __future__ import annotations

import contextlib
import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import tensorflow as tf
from tfx.dsl.io import fileio
from tfx.types import standard_artifacts

from tfxc.backends.launcher.node import csv_input, stray_values
from tfxc.backends.launcher.node.servable import published_properties
from tfxc.backends.launcher.protocol.example_input import input_format
from tfxc.backends.launcher.protocol.values import Values
from tfxc.schemas.plan import PlanNode
from tfxc.schemas.tf_records import records_in

NOTES = "input_notes"
_SPLIT_FOLDER = "Split-"
_EXAMPLES = standard_artifacts.Examples.TYPE_NAME
_COUNTED = 100_000
"""Examples that are counted at most."""


class InputNotes:
    """Checks what an ExampleGen reads, and keeps what is to be said of it."""

    def __init__(self, node: PlanNode, values: Values) -> None:
        self._node = node
        self._values = values
        self._notes: list[str] = []

    def check(self) -> None:
        """Raises Failure for data that cannot be read rightly."""
        self._notes = csv_input.check(self._node, self._values)

    def record(self, output_dict: Mapping[str, Iterable[Any]], executor_output: Any) -> None:
        """Writes the sentences on the Examples that are to be published."""
        if input_format(self._node) is None:
            return
        for key, artifacts in output_dict.items():
            for position, artifact in enumerate(artifacts):
                if artifact.type_name != _EXAMPLES:
                    continue
                for properties in published_properties(key, position, artifact, executor_output):
                    notes = [*self._notes, *_of_examples(artifact, self._node, self._values)]
                    if notes:
                        properties[NOTES].string_value = json.dumps(notes, ensure_ascii=False)


def of_outputs(outputs: Mapping[str, Iterable[Any]]) -> Iterator[str]:
    """Yields the sentences that are kept with the Examples among a node's outputs."""
    for artifacts in outputs.values():
        for artifact in artifacts:
            if artifact.type_name == _EXAMPLES and artifact.get_string_custom_property(NOTES):
                with contextlib.suppress(ValueError, TypeError):
                    yield from map(str, json.loads(artifact.get_string_custom_property(NOTES)))


def _of_examples(artifact: Any, node: PlanNode, values: Values) -> list[str]:
    """Returns sentences about examples that were written; none if they cannot be read."""
    notes: list[str] = []
    with contextlib.suppress(Exception):  # what is said beside never fails a node
        names = _splits(artifact.uri)
        firsts = {name: first_example(artifact.uri, name) for name in names}
        empty = [name for name, first in firsts.items() if first is None]
        total = sum(_count(artifact.uri, name) for name in names) if empty else 0
        notes += [f"the split `{name}` has no example: there {_examples(total)}" for name in empty]
        texts = {
            column
            for first in firsts.values()
            if first is not None
            for column, feature in tf.train.Example.FromString(first).features.feature.items()
            if feature.HasField("bytes_list")
        }
        if input_format(node) == "csv" and texts:
            notes += [
                note for paths in csv_input.files(node, values) for note in stray_values.notes(paths, texts)
            ]
    return notes


def _splits(uri: str) -> list[str]:
    """Returns the splits of an artifact by its folders: what TFX publishes need not be this very artifact."""
    folders = [
        str(folder).rstrip("/").rpartition("/")[2] for folder in fileio.glob(f"{uri}/{_SPLIT_FOLDER}*")
    ]
    return sorted(name[len(_SPLIT_FOLDER) :] for name in folders)


def first_example(uri: str, split: str) -> bytes | None:
    """Returns the first record of a split; None if there is none."""
    return next(_records(uri, split), None)


def _count(uri: str, split: str) -> int:
    return sum(1 for _ in islice(_records(uri, split), _COUNTED))


def _records(uri: str, split: str) -> Iterator[bytes]:
    for file in sorted(fileio.glob(f"{uri}/{_SPLIT_FOLDER}{split}/*")):
        with fileio.open(file, "rb") as stream:
            # Not through tf.data: TensorFlow would start its runtime for it.
            plain: Any = gzip.GzipFile(fileobj=stream) if file.endswith(".gz") else stream
            yield from records_in(plain)


def _examples(total: int) -> str:
    return "are none at all" if not total else f"{'is' if total == 1 else 'are'} {total:,} in all"
