"""Rows of a file put to a model: what a signature takes, rows as its tensors, its outputs as rows."""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from tfxc.backends.launcher.servable import verdict
from tfxc.backends.launcher.servable.samples import features_of
from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.launcher.servable.verdict import LoaderError
from tfxc.backends.serving.rows import Row
from tfxc.backends.serving.server.dtypes import BOOL, DOUBLE, FLOAT, INT64, dtype_name
from tfxc.backends.serving.server.messages import Example
from tfxc.backends.serving.server.model import SERVING_DEFAULT, Model, Signature
from tfxc.backends.serving.server.predict import predict_call
from tfxc.backends.serving.server.rest.values import decoded, is_base64, tensor_of
from tfxc.backends.serving.server.status import StatusError
from tfxc.backends.serving.server.tensors import values_of
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.words.suggest import unknown

BATCH = 256
_FIELDS = {FLOAT: "float_list", INT64: "int64_list", STRING: "bytes_list"}
Answer = dict[str, Any]
"""what a model says of a row: values by the names of outputs"""


@dataclass(frozen=True)
class Column:
    """What a signature takes or gives under a name. ``shape`` is that of a row; -1: any size."""

    name: str
    type: str
    shape: tuple[int, ...] | None


@dataclass(frozen=True)
class Asked:
    """What is asked: a signature; ``takes_examples`` says that its one input is serialised examples."""

    folder: str
    signature: str
    method: str
    takes_examples: bool
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]

    def as_json(self) -> dict[str, Any]:
        """Returns it as JSON."""
        return asdict(self)


def load(folder: Path, tags: str) -> Model:
    """Loads a model. Raises Failure with the reason why it cannot be."""
    try:
        return Model(folder, tags)
    except LoaderError as error:
        text = error.text.replace(f"{folder}/", "").replace(str(folder), "the model")
        reason = verdict.of_loading(LoaderError(error.code, text)).reason
        raise Failure(f"the model in `{folder}` cannot be loaded: {reason}") from None


class Asking:
    """A signature of a model that rows are put to. Raises WrongUse if there is no such signature."""

    def __init__(self, model: Model, name: str) -> None:
        signatures = model.callable_signatures
        if not signatures:
            raise Failure(f"the model in `{model.folder}` has no signature that could be asked")
        if name not in signatures:
            if name == SERVING_DEFAULT and len(signatures) == 1:
                name = next(iter(signatures))
            else:
                raise WrongUse(unknown("signature", name, list(signatures)))
        self._model, self._signature = model, signatures[name]
        infos = list(self._signature.inputs.values())
        is_text = len(infos) == 1 and infos[0].dtype == STRING
        self._features = features_of(model.meta_graph, self._signature.message) if is_text else {}
        self.asked = _asked(str(model.folder), self._signature, self._features)

    def unused(self, row: Row) -> list[str]:
        """Returns the columns of a row that the signature does not take."""
        if isinstance(row.content, bytes) or is_base64(row.content):
            return []
        known = {each.name for each in self.asked.inputs}
        return [name for name in row.content if name not in known]

    def absent(self, row: Row) -> list[str]:
        """Returns what the signature takes and a row does not have."""
        if isinstance(row.content, bytes) or is_base64(row.content):
            return []
        return [each.name for each in self.asked.inputs if each.name not in row.content]

    def answers(self, rows: Iterator[Row]) -> Iterator[Answer]:
        """Yields what the model says of each row. Raises Failure."""
        while batch := list(islice(rows, BATCH)):
            try:
                call, aliases = predict_call(self._signature, self._tensors(batch), (), False)
                outputs = self._model.run(call.feeds, call.fetches)
            except StatusError as error:
                where = batch[0].place if len(batch) == 1 else f"{batch[0].place} to {batch[-1].place}"
                text = error.text.split("\n")[0].rstrip(".")
                raise Failure(f"{where}: the model cannot answer: {text}") from None
            columns = {
                name: _rows(name, each, len(batch)) for name, each in zip(aliases, outputs, strict=True)
            }
            for position in range(len(batch)):
                yield {name: values[position] for name, values in columns.items()}

    def _tensors(self, rows: Sequence[Row]) -> dict[str, Tensor]:
        if self.asked.takes_examples or isinstance(rows[0].content, bytes):
            ((alias, _),) = self._only_input()
            examples = [self._example(row) for row in rows]
            return {alias: Tensor(STRING, (len(examples),), examples)}
        return {
            alias: tensor_of([self._value(row, alias, info.dtype) for row in rows], info.dtype)
            for alias, info in self._signature.inputs.items()
        }

    def _only_input(self) -> list[tuple[str, Any]]:
        inputs = list(self._signature.inputs.items())
        if len(inputs) != 1 or inputs[0][1].dtype != STRING:
            raise Failure(f"the signature `{self._signature.name}` takes no examples: its inputs are columns")
        return inputs

    def _example(self, row: Row) -> bytes:
        if isinstance(row.content, bytes):
            return row.content
        if is_base64(row.content):
            return decoded(row.content)
        example = Example()
        for name, (dtype, _) in self._features.items():
            values = _feature_values(row, name, dtype)
            if values:
                getattr(example.features.feature[name], _FIELDS[dtype]).value.extend(values)
        content: bytes = example.SerializeToString()
        return content

    def _value(self, row: Row, name: str, dtype: int) -> Any:
        assert isinstance(row.content, dict)  # noqa: S101 - bytes are examples
        if name not in row.content:
            raise Failure(f"{row.place}: there is no column `{name}`, which the model needs")
        value = row.content[name]
        if isinstance(value, str) and dtype != STRING:
            return _from_text(row, name, value, dtype)
        return value


def _asked(folder: str, signature: Signature, features: Mapping[str, tuple[int, int]]) -> Asked:
    if features:
        inputs = tuple(
            Column(name, dtype_name(dtype), () if count == 1 else (count,))
            for name, (dtype, count) in sorted(features.items())
        )
    else:
        inputs = tuple(map(_column, signature.inputs, signature.inputs.values()))
    outputs = tuple(map(_column, signature.outputs, signature.outputs.values()))
    return Asked(folder, signature.name, signature.method, bool(features), inputs, outputs)


def _column(name: str, info: Any) -> Column:
    return Column(name, dtype_name(info.dtype), None if info.shape is None else info.shape[1:])


def _feature_values(row: Row, name: str, dtype: int) -> list[Any]:
    assert isinstance(row.content, dict)  # noqa: S101 - bytes are examples
    value = row.content.get(name)
    values = value if isinstance(value, list) else [value]
    return [_feature_value(row, name, each, dtype) for each in values if each is not None and each != ""]


def _feature_value(row: Row, name: str, value: Any, dtype: int) -> Any:
    if dtype == STRING:
        if is_base64(value):
            return decoded(value)
        if isinstance(value, (dict, list)):
            raise _wrong(row, name, value, dtype)
        return (value if isinstance(value, str) else json.dumps(value)).encode()
    if isinstance(value, str):
        return _from_text(row, name, value, dtype)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _wrong(row, name, value, dtype)
    return _from_text(row, name, repr(value), dtype)


def _from_text(row: Row, name: str, text: str, dtype: int) -> Any:
    """Returns a number, or a JSON value of numbers, that a text spells."""
    try:
        if text.lstrip().startswith("["):
            return json.loads(text)
        if dtype == BOOL:
            return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]
        number = float(text)
        if dtype in (FLOAT, DOUBLE):
            return number
        whole = int(text) if text.strip().lstrip("+-").isdigit() else int(number)
        if whole != number or not -(2**63) <= whole < 2**63:
            raise ValueError
        return whole
    except (ValueError, KeyError, OverflowError):
        raise _wrong(row, name, text, dtype) from None


def _wrong(row: Row, name: str, value: Any, dtype: int) -> Failure:
    shown = json.dumps(value, ensure_ascii=False)
    return Failure(f"{row.place}: column `{name}`: {shown[:80]} is no {dtype_name(dtype)}")


def _rows(name: str, tensor: Tensor, count: int) -> list[Any]:
    """Returns an output row by row, as lists of JSON values."""
    shape = tensor.shape
    if not shape or shape[0] != count:
        raise Failure(f"the output `{name}` has no row for each row of the input: its shape is {shape}")
    values = values_of(tensor)
    if tensor.dtype == STRING:
        values = [each.decode("utf-8", "backslashreplace") for each in values]
    elif tensor.dtype == FLOAT:
        values = [_shortest(each) for each in values]
    for axis in range(len(shape) - 1, 0, -1):
        size, number = shape[axis], math.prod(shape[:axis])
        values = [values[at * size : (at + 1) * size] for at in range(number)]
    return values


def _shortest(value: float) -> float:
    """Returns a float of 32 bits as the number with the fewest digits that means the same."""
    for digits in (6, 7, 8):
        short = float(f"{value:.{digits}g}")
        if array("f", [short])[0] == value:
            return short
    return float(f"{value:.9g}")
