"""A loaded SavedModel: its signatures, and calls of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tfxc.backends.launcher.servable.session import Port, Session, Tensor
from tfxc.backends.launcher.servable.verdict import LoaderError
from tfxc.backends.serving.server.messages import TENSORFLOW, ConfigProto, MetaGraphDef, SignatureDefMap
from tfxc.backends.serving.server.status import Code, StatusError

SERVING_DEFAULT = "serving_default"
_INIT = "__saved_model_init_op"
"""An init operation is saved as if it were a signature."""


@dataclass(frozen=True)
class SignatureTensor:
    """An input or output of a signature. ``shape`` is None if not even the rank is known, -1 any size."""

    name: str
    dtype: int
    shape: tuple[int, ...] | None


@dataclass(frozen=True)
class Signature:
    """What a model can be asked: tensors by their names in requests. ``message`` is the SignatureDef."""

    name: str
    method: str
    inputs: Mapping[str, SignatureTensor]
    outputs: Mapping[str, SignatureTensor]
    message: Any = field(repr=False)
    defaults: Mapping[str, Any] = field(default_factory=dict)


class Model:
    """A SavedModel in memory. Calls may come from several threads at once. Raises LoaderError."""

    def __init__(self, folder: Path, tags: str = "serve", intra_op: int = 0, inter_op: int = 0) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        config = ConfigProto(
            allow_soft_placement=True,
            intra_op_parallelism_threads=intra_op,
            inter_op_parallelism_threads=inter_op,
        )
        self.folder = folder
        self._session = Session(TENSORFLOW, str(folder), tags, config.SerializeToString())
        meta_graph = MetaGraphDef.FromString(self._session.meta_graph)
        self.signature_map = SignatureDefMap()
        """the signatures as TensorFlow Serving's metadata tell them"""
        for name, message in meta_graph.signature_def.items():
            self.signature_map.signature_def[name].CopyFrom(message)
        self.signatures: Mapping[str, Signature] = MappingProxyType(
            {name: _signature(name, each) for name, each in sorted(meta_graph.signature_def.items())}
        )
        self.meta_graph = meta_graph
        self._ports: dict[str, Port] = {}

    @property
    def callable_signatures(self) -> Mapping[str, Signature]:
        """The signatures that are none of the loader's own."""
        return {name: each for name, each in self.signatures.items() if name != _INIT}

    def run(self, feeds: Mapping[str, Tensor], fetches: Sequence[str]) -> list[Tensor]:
        """Computes tensors of the graph from others. Raises StatusError with TensorFlow's code and text."""
        try:
            inputs = [(self._port(name), tensor) for name, tensor in feeds.items()]
            return self._session.run(inputs, [self._port(name) for name in fetches])
        except LoaderError as error:
            raise StatusError(Code(error.code), error.text) from None

    def close(self) -> None:
        """Frees the model: nothing may be running."""
        self._session.close()

    def _port(self, name: str) -> Port:
        port = self._ports.get(name)
        if port is None:
            port = self._ports[name] = self._session.port(name)
        return port


def _signature(name: str, message: Any) -> Signature:
    return Signature(
        name=name,
        method=message.method_name,
        inputs=_tensors(message.inputs),
        outputs=_tensors(message.outputs),
        message=message,
        defaults=dict(getattr(message, "defaults", {})),
    )


def _tensors(infos: Mapping[str, Any]) -> Mapping[str, SignatureTensor]:
    return MappingProxyType(
        {
            alias: SignatureTensor(
                infos[alias].name,
                infos[alias].dtype,
                None
                if infos[alias].tensor_shape.unknown_rank
                else tuple(each.size for each in infos[alias].tensor_shape.dim),
            )
            for alias in sorted(infos)
        }
    )
