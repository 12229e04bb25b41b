"""Models: size, and the signatures of ``saved_model.pb`` (SavedModel of saved_model.proto)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional

from tfxc.backends.reports.artifacts.files import UnreadableError, folder, parsed, read
from tfxc.backends.reports.artifacts.messages import tensorboard_module
from tfxc.schemas.wire_format import WireError, fields

_FILE = "saved_model.pb"
_META_GRAPHS = 2
"""The number of the field ``meta_graphs``."""


@dataclass(frozen=True)
class Tensor:
    """What a signature takes or gives."""

    name: str
    type: str
    shape: str


@dataclass(frozen=True)
class Signature:
    """A function that a model can be asked for."""

    name: str
    method: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]


@dataclass(frozen=True)
class SavedModel:
    """A model as it lies on disk; ``size`` in bytes, of all its files."""

    size: int
    files: int
    tensorflow: str
    tags: tuple[str, ...]
    signatures: tuple[Signature, ...]


def read_model(uri: str) -> SavedModel:
    """Returns what lies in a Model or PushedModel artifact. Raises UnreadableError."""
    root = folder(uri)
    place = next((each for each in (root / "Format-Serving", root) if (each / _FILE).is_file()), None)
    sizes = [path.stat().st_size for path in (place or root).rglob("*") if path.is_file()]
    if place is None:
        return SavedModel(sum(sizes), len(sizes), "", (), ())
    graph = _meta_graph(place / _FILE)
    if graph is None:
        return SavedModel(sum(sizes), len(sizes), "", (), ())
    types = tensorboard_module("types_pb2").DataType
    signatures = tuple(_signatures(graph.signature_def, types))
    information = graph.meta_info_def
    return SavedModel(
        sum(sizes), len(sizes), information.tensorflow_version, tuple(information.tags), signatures
    )


def _meta_graph(path: Path) -> Optional[Any]:
    """Returns the first graph of a SavedModel, of which the outer message has no module but TensorFlow's."""
    try:
        for number, value in fields(memoryview(read(path))):
            if number == _META_GRAPHS and isinstance(value, memoryview):
                return parsed(tensorboard_module("meta_graph_pb2").MetaGraphDef, bytes(value), path)
    except WireError:
        raise UnreadableError(f"{path} is damaged") from None
    return None


def _signatures(signatures: Mapping[str, Any], types: Any) -> Iterator[Signature]:
    for name, each in sorted(signatures.items(), key=lambda item: (item[0] != "serving_default", item[0])):
        if name != "__saved_model_init_op":
            method = each.method_name.rpartition("/")[2]
            yield Signature(name, method, _tensors(each.inputs, types), _tensors(each.outputs, types))


def _tensors(tensors: Mapping[str, Any], types: Any) -> tuple[Tensor, ...]:
    found = []
    for name, each in sorted(tensors.items()):
        sizes = ["?" if size.size < 0 else str(size.size) for size in each.tensor_shape.dim]
        shape = "any shape" if each.tensor_shape.unknown_rank else f"[{', '.join(sizes)}]"
        dtype = str(types.Name(each.dtype)).removeprefix("DT_").lower() if each.dtype else "any"
        found.append(Tensor(name, dtype, shape))
    return tuple(found)
