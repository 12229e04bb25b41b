"""Requests to a loaded model, as lines of JSON between two processes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass

from tfxc.backends.launcher.servable.session import STRING, Tensor


@dataclass(frozen=True)
class Request:
    """A call of a signature: its inputs by name.

    With ``only_input`` there is one, for the one input of the signature, whatever that is called.
    """

    signature: str
    inputs: Mapping[str, Tensor]
    only_input: bool = False

    def to_json(self) -> str:
        """Returns the request as a line without its end."""
        inputs = {name: [each.dtype, each.shape, _encoded(each)] for name, each in self.inputs.items()}
        return json.dumps([self.signature, self.only_input, inputs])

    @classmethod
    def from_json(cls, line: str) -> Request:
        """Returns the request that a line stands for."""
        signature, only_input, inputs = json.loads(line)
        return cls(
            signature,
            {
                name: Tensor(dtype, tuple(shape), _decoded(dtype, data))
                for name, (dtype, shape, data) in inputs.items()
            },
            only_input,
        )


def _encoded(tensor: Tensor) -> object:
    if tensor.dtype == STRING:
        return [base64.b64encode(each).decode() for each in tensor.data]
    return base64.b64encode(tensor.data).decode()


def _decoded(dtype: int, data: object) -> object:
    if isinstance(data, list):
        return [base64.b64decode(each) for each in data]
    return base64.b64decode(str(data))
