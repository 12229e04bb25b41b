"""Several calls as one, and its answer as theirs.

Mirrors ``batching_session.cc`` and ``batching_util.cc``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.server.dtypes import DTYPES
from tfxc.backends.serving.server.status import Code, StatusError, invalid


def rows_of(tensors: Sequence[Tensor]) -> int:
    """Returns the size of a call: the first dimension of its tensors. Raises StatusError."""
    if not tensors or any(not tensor.shape for tensor in tensors):
        raise invalid("Batching session Run() input tensors must have at least one dimension.")
    sizes = {tensor.shape[0] for tensor in tensors}
    if len(sizes) > 1:
        raise invalid("Batching session Run() input tensors must have equal 0th-dimension size.")
    return sizes.pop()


def concatenated(tensors: Sequence[Tensor], padding_rows: int) -> Tensor:
    """Returns tensors one below the other, and the last one's first row as often as is asked for.

    They differ in nothing but their number of rows.
    """
    first = tensors[0]
    rows = sum(tensor.shape[0] for tensor in tensors) + padding_rows
    last = _cut(tensors[-1], 0, 1).data
    if first.dtype == STRING:
        texts = [text for tensor in tensors for text in tensor.data]
        texts += list(last) * padding_rows
        return Tensor(STRING, (rows, *first.shape[1:]), texts)
    data = b"".join(tensor.data for tensor in tensors)
    return Tensor(first.dtype, (rows, *first.shape[1:]), data + last * padding_rows)


def split(tensor: Tensor, sizes: Sequence[int], padding_rows: int) -> list[Tensor]:
    """Returns the rows of each call. Raises StatusError if an output is not made of rows."""
    if not tensor.shape:
        raise StatusError(Code.FAILED_PRECONDITION, "Batched output tensor has 0 dimensions")
    if tensor.shape[0] != sum(sizes) + padding_rows:
        raise StatusError(
            Code.FAILED_PRECONDITION,
            "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the "
            "input tensors",
        )
    parts, start = [], 0
    for size in sizes:
        parts.append(_cut(tensor, start, size))
        start += size
    return parts


def _cut(tensor: Tensor, start: int, rows: int) -> Tensor:
    step = len(tensor.data) // tensor.shape[0] if tensor.shape[0] else 0
    data = tensor.data[start * step : (start + rows) * step]
    return Tensor(tensor.dtype, (rows, *tensor.shape[1:]), data)


def padded(tensor: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Returns a tensor grown to a shape beyond its rows, filled with its own first value."""
    if tensor.shape[1:] == shape:
        return tensor
    if not len(tensor.data):
        raise invalid("Got empty tensor in batch of non-empty tensors.")
    size = 1 if tensor.dtype == STRING else DTYPES[tensor.dtype].size
    data = tensor.data
    fill = data[:size]
    old, new = tensor.shape, (tensor.shape[0], *shape)
    for axis in range(len(old) - 1, 0, -1):  # from the innermost dimension outwards
        inner = math.prod(new[axis:]) * size
        block = old[axis] * math.prod(new[axis + 1 :]) * size
        missing = fill * ((inner - block) // size)
        blocks = [data[at : at + block] + missing for at in range(0, len(data), block)]
        data = b"".join(blocks) if tensor.dtype != STRING else [text for each in blocks for text in each]
    return Tensor(tensor.dtype, new, data)


def common_shape(tensors: Sequence[Tensor]) -> tuple[int, ...]:
    """Returns the smallest shape beyond the rows that all of them fit into."""
    return tuple(map(max, zip(*(tensor.shape[1:] for tensor in tensors), strict=True)))
