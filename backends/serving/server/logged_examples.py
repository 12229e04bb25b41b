"""A request and its answer as tf.Examples, one for each row: what ExampleGen reads of a request log.

Of a row are kept: the inputs under their names (those of the features, where the input is serialised
examples), the outputs as ``prediction/OUTPUT``, and what is known of the request as ``request/…``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from google.protobuf.message import DecodeError

from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.server.dtypes import DOUBLE, FLOAT
from tfxc.backends.serving.server.examples import serialised_examples
from tfxc.backends.serving.server.messages import Example
from tfxc.backends.serving.server.tensors import from_proto, values_of

PREDICTION, REQUEST = "prediction/", "request/"
"""what the names of outputs, and of what is known of a request, begin with: no input is kept under them"""
ID = f"{REQUEST}id"
_BFLOAT16, _HALF, _UINT64 = 14, 19, 23
_WITHOUT_FEATURE = frozenset({8, 18})
"""complex numbers: a tf.Example has no place for them"""


@dataclass(frozen=True)
class RequestFacts:
    """What is known of a request beside its content; an id of "" is given by nobody."""

    model: str
    version: int
    signature: str
    seconds: int
    identity: str


def examples_of(log: Any, facts: RequestFacts) -> list[Any]:
    """Returns the rows of a PredictionLog; none if it is of a kind that has no rows."""
    rows = _rows(log)
    for position, row in enumerate(rows):
        feature = row.features.feature
        _add(feature, f"{REQUEST}time", "int64_list", [facts.seconds])
        _add(feature, f"{REQUEST}model", "bytes_list", [facts.model.encode()])
        _add(feature, f"{REQUEST}model_version", "int64_list", [facts.version])
        _add(feature, f"{REQUEST}signature", "bytes_list", [facts.signature.encode()])
        if ID not in feature:
            identity = facts.identity if len(rows) == 1 else f"{facts.identity}/{position}"
            _add(feature, ID, "bytes_list", [identity.encode()])
    return rows


def _rows(log: Any) -> list[Any]:
    kind = log.WhichOneof("log_type")
    if kind == "predict_log":
        both = log.predict_log
        return _predicted(_tensors(both.request.inputs), _tensors(both.response.outputs))
    if kind == "classify_log":
        answers = log.classify_log.response.result.classifications
        rows = _from_examples(serialised_examples(log.classify_log.request.input))
        for row, answer in zip(rows, answers):  # noqa: B905 - a log that is cut has fewer answers
            _add(row.features.feature, f"{PREDICTION}classes", "bytes_list", _labels(answer.classes))
            scores = [each.score for each in answer.classes]
            _add(row.features.feature, f"{PREDICTION}scores", "float_list", scores)
        return rows
    if kind == "regress_log":
        values = log.regress_log.response.result.regressions
        rows = _from_examples(serialised_examples(log.regress_log.request.input))
        for row, value in zip(rows, values):  # noqa: B905
            _add(row.features.feature, f"{PREDICTION}outputs", "float_list", [value.value])
        return rows
    return []


def _labels(classes: Iterable[Any]) -> list[bytes]:
    return [each.label.encode() for each in classes]


def _tensors(messages: Mapping[str, Any]) -> dict[str, Tensor]:
    return {name: from_proto(message) for name, message in sorted(messages.items())}


def _predicted(inputs: Mapping[str, Tensor], outputs: Mapping[str, Tensor]) -> list[Any]:
    rows = _serialised(inputs)
    if rows is None:
        rows = [Example() for _ in range(_row_count(inputs.values()))]
        _spread(rows, {name: each for name, each in inputs.items() if not _is_reserved(name)})
    _spread(rows, {f"{PREDICTION}{name}": each for name, each in outputs.items()})
    return rows


def _serialised(inputs: Mapping[str, Tensor]) -> Optional[list[Any]]:
    """Returns the examples of an only input that holds nothing else; None if there is no such input."""
    tensors = list(inputs.values())
    if len(tensors) != 1 or tensors[0].dtype != STRING or len(tensors[0].shape) != 1:
        return None
    try:
        rows = _from_examples(tensors[0].data)
    except DecodeError:
        return None
    # A text may happen to be read as a message, but as one without features.
    is_text = any(text and not row.features.feature for text, row in zip(tensors[0].data, rows, strict=True))
    return None if is_text else rows


def _from_examples(serialised: Sequence[bytes]) -> list[Any]:
    """Returns rows with the features of examples. Raises DecodeError for what is no example."""
    rows = []
    for content in serialised:
        given = Example.FromString(content)
        row = Example()
        for name, feature in given.features.feature.items():
            if not _is_reserved(name) or name == ID:
                row.features.feature[name].CopyFrom(feature)
        rows.append(row)
    return rows


def _is_reserved(name: str) -> bool:
    return name.startswith((PREDICTION, REQUEST))


def _row_count(tensors: Iterable[Tensor]) -> int:
    """Returns the first size of tensors, if it is the same of all that have one; else they are one row."""
    sizes = {tensor.shape[0] for tensor in tensors if tensor.shape}
    return sizes.pop() if len(sizes) == 1 else 1


def _spread(rows: Sequence[Any], tensors: Mapping[str, Tensor]) -> None:
    """Gives each row its part of tensors that have one for each, and the whole of others."""
    for name, tensor in tensors.items():
        if tensor.dtype in _WITHOUT_FEATURE:
            continue
        kind, values = _feature_values(tensor)
        is_by_row = bool(tensor.shape) and tensor.shape[0] == len(rows)
        width = len(values) // len(rows) if rows and is_by_row else 0
        for position, row in enumerate(rows):
            part = values[position * width : (position + 1) * width] if is_by_row else values
            _add(row.features.feature, name, kind, part)


def _feature_values(tensor: Tensor) -> tuple[str, list[Any]]:
    """Returns which list of a feature holds the values of a tensor, and the values."""
    values = values_of(tensor)
    if tensor.dtype == STRING:
        return "bytes_list", values
    if tensor.dtype == _HALF:
        return "float_list", [number for (number,) in struct.iter_unpack("<e", tensor.data)]
    if tensor.dtype == _BFLOAT16:  # the upper half of a float
        return "float_list", [struct.unpack("<f", struct.pack("<I", each << 16))[0] for each in values]
    if tensor.dtype in (FLOAT, DOUBLE, _UINT64):
        return "float_list", values
    return "int64_list", [int(each) for each in values]


def _add(feature: Any, name: str, kind: str, values: Sequence[Any]) -> None:
    getattr(feature[name], kind).value.extend(values)
