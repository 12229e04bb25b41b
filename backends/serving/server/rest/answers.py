"""Answers as JSON text, laid out as TensorFlow Serving does.

Mirrors ``tensorflow_serving/util/json_tensor.cc``: a float is written with six digits if these read back as
the same number, else with all that it has; whole ones as 5.0.
"""

from __future__ import annotations

import math
from array import array
from base64 import b64encode
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring

from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.server.dtypes import BOOL, DOUBLE, DTYPES, FLOAT, dtype_name
from tfxc.backends.serving.server.examples import Class
from tfxc.backends.serving.server.status import invalid
from tfxc.backends.serving.server.tensors import values_of

_INDENT = "    "
_WITHOUT_JSON = frozenset({8, 14, 17, 18, 19})
"""complex, half and uint16: TensorFlow Serving has no JSON for them"""


def predictions(outputs: Mapping[str, Tensor]) -> str:
    """Returns outputs as rows. Raises StatusError if they are none."""
    batch = _batch_size(outputs)
    columns = {name: _items(name, tensor) for name, tensor in outputs.items()}
    if len(columns) == 1:
        (rows,) = columns.values()
        return _object("predictions", f"[{', '.join(rows)}\n{_INDENT}]")
    names = {name: f"{_INDENT * 3}{encode_basestring(name)}: " for name in columns}
    objects = []
    for row in range(batch):
        members = ",\n".join(names[name] + items[row] for name, items in columns.items())
        objects.append(f"\n{_INDENT * 2}{{\n{members}\n{_INDENT * 2}}}")
    return _object("predictions", f"[{','.join(objects)}\n{_INDENT}]" if objects else "[]")


def columns(outputs: Mapping[str, Tensor]) -> str:
    """Returns outputs as columns. Raises StatusError for a type without JSON."""
    level = 1 if len(outputs) == 1 else 2
    texts = {name: _nested(_texts(name, each), each.shape, level) for name, each in outputs.items()}
    if len(texts) == 1:
        return _object("outputs", next(iter(texts.values())))
    members = ",\n".join(f"{_INDENT * 2}{encode_basestring(name)}: {text}" for name, text in texts.items())
    return _object("outputs", f"{{\n{members}\n{_INDENT}}}")


def classes(results: Sequence[Sequence[Class]]) -> str:
    """Returns the classes of examples."""
    rows = []
    for row in results:
        scores = _floats([each.score for each in row], FLOAT)
        labels = [_text(each.label) for each in row]
        rows.append(f"[{', '.join(f'[{pair[0]}, {pair[1]}]' for pair in zip(labels, scores, strict=True))}]")
    return _object("results", f"[{', '.join(rows)}\n{_INDENT}]")


def values(results: Sequence[float]) -> str:
    """Returns the values of a regression."""
    return _object("results", f"[{', '.join(_floats(results, FLOAT))}]")


def error(text: str) -> str:
    """Returns the body of an error."""
    return _object("error", encode_basestring(text))


def _object(key: str, value: str) -> str:
    return f'{{\n{_INDENT}"{key}": {value}\n}}'


def _batch_size(outputs: Mapping[str, Tensor]) -> int:
    batch = -1
    for name, tensor in outputs.items():
        if not tensor.shape:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if batch not in (-1, tensor.shape[0]):
            raise invalid(
                f"Tensor name: {name} has inconsistent batch size: {tensor.shape[0]} expecting: {batch}"
            )
        batch = tensor.shape[0]
    return batch


def _items(name: str, tensor: Tensor) -> list[str]:
    """Returns each row of a tensor in one line."""
    texts = _texts(name, tensor)
    if not math.prod(tensor.shape[1:]):
        return _empty(tensor.shape)
    for size in reversed(tensor.shape[1:]):
        texts = [f"[{', '.join(texts[start : start + size])}]" for start in range(0, len(texts), size)]
    return texts


def _empty(shape: tuple[int, ...]) -> list[str]:
    """Returns the rows of a tensor without values."""
    row = ""
    for size in reversed(shape[1:]):
        row = f"[{', '.join([row] * size)}]" if row else "[]"
    return [row] * shape[0]


def _nested(texts: list[str], shape: tuple[int, ...], level: int) -> str:
    """Returns values as nested lists, each value in a line of its own."""
    if not shape:
        return texts[0]
    if not shape[0]:
        return "[]"
    step = len(texts) // shape[0]
    inner = _INDENT * (level + 1)
    parts = (
        texts
        if len(shape) == 1
        else [
            _nested(texts[each * step : (each + 1) * step], shape[1:], level + 1) for each in range(shape[0])
        ]
    )
    return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{_INDENT * level}]"


def _texts(name: str, tensor: Tensor) -> list[str]:
    if tensor.dtype not in DTYPES or tensor.dtype in _WITHOUT_JSON:
        raise invalid(f"Failed to write JSON value for tensor type: {dtype_name(tensor.dtype)}")
    values = values_of(tensor)
    if tensor.dtype in (FLOAT, DOUBLE):
        return _floats(values, tensor.dtype)
    if tensor.dtype == BOOL:
        return ["true" if each else "false" for each in values]
    if tensor.dtype != STRING:
        return list(map(str, values))
    if name.endswith("_bytes"):
        return [f'{{"b64": "{b64encode(each).decode()}"}}' for each in values]
    return list(map(_text, values))


def _text(value: bytes) -> str:
    return encode_basestring(value.decode("utf-8", "surrogateescape"))


def _floats(values: Sequence[float], dtype: int) -> list[str]:
    short = ["%.6g" % value for value in values]  # noqa: UP031 - takes half the time
    kind, long = ("f", "%.9g") if dtype == FLOAT else ("d", "%.17g")
    back = array(kind, map(float, short))
    texts = []
    for value, text, again in zip(values, short, back, strict=True):
        if value != again and value == value:
            text = long % value
        if "." not in text and "e" not in text:
            text = _SPECIAL.get(text) or f"{text}.0"
        texts.append(text)
    return texts


_SPECIAL = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
