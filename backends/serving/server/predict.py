"""Predict: named tensors in, named tensors out.

Mirrors ``tensorflow_serving/servables/tensorflow/predict_util.cc``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tfxc.backends.launcher.servable.session import Tensor
from tfxc.backends.serving.server.dtypes import DTYPES
from tfxc.backends.serving.server.model import SERVING_DEFAULT, Model, Signature
from tfxc.backends.serving.server.status import Code, StatusError, invalid
from tfxc.backends.serving.server.tensors import from_proto

_METHODS = tuple(f"tensorflow/serving/{name}" for name in ("predict", "classify", "regress"))


@dataclass(frozen=True)
class Call:
    """A call of a graph: tensors to feed and to fetch by their names in it, and what it is for."""

    feeds: Mapping[str, Tensor]
    fetches: Sequence[str]
    api: str = "Predict"


def predict_signature(model: Model, name: str) -> Signature:
    """Returns the signature of a predict request; "" is the default one. Raises StatusError."""
    signature = model.signatures.get(name or SERVING_DEFAULT)
    if signature is None:
        text = f'Serving signature key "{name or SERVING_DEFAULT}" not found.'
        raise StatusError(Code.FAILED_PRECONDITION, text)
    return signature


def predict_call(
    signature: Signature, inputs: Mapping[str, Tensor], output_filter: Sequence[str], check_method: bool
) -> tuple[Call, list[str]]:
    """Returns the call that answers a request, and the names of what it gives. Raises StatusError."""
    if check_method and signature.method not in _METHODS:
        expected = ", ".join(_METHODS)
        text = f"Expected prediction signature method_name to be one of {{{expected}}}. Was: "
        raise StatusError(Code.INTERNAL, text + signature.method)
    feeds = _feeds(signature, inputs)
    aliases = _aliases(signature, output_filter)
    return Call(feeds, [signature.outputs[alias].name for alias in aliases]), aliases


def _feeds(signature: Signature, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    wanted, given = signature.inputs.keys(), inputs.keys()
    if len(given) > len(wanted) or (len(given) < len(wanted) and not signature.defaults):
        raise invalid(
            f"input size does not match signature: {len(given)}!={len(wanted)} len({_set(given)}) != "
            f"len({_set(wanted)}). Sent extra: {_set(given - wanted)}. "
            f"Missing but required: {_set(wanted - given)}."
        )
    feeds = {}
    for alias, info in signature.inputs.items():
        if alias in inputs:
            feeds[info.name] = inputs[alias]
        elif alias in signature.defaults:
            feeds[info.name] = from_proto(signature.defaults[alias])
        else:
            raise invalid(
                f"Signature input alias: {alias}(tensor name: {info.name}) not found in request and no "
                f"default value provided. Inputs expected to be in the request {_set(wanted)}."
            )
        _check_type(alias, feeds[info.name].dtype, info.dtype)
    return feeds


def _check_type(alias: str, given: int, expected: int) -> None:
    """What the session says of a wrong type names tensors of the graph; this one names the input."""
    if given != expected and expected in DTYPES:
        names = DTYPES[given].name, DTYPES[expected].name
        raise invalid(f"Tensor {alias} has type {names[0]}, but the signature expects {names[1]}")


def _aliases(signature: Signature, output_filter: Sequence[str]) -> list[str]:
    seen: set[str] = set()
    for alias in output_filter:
        if alias not in signature.outputs:
            raise invalid(
                f"output tensor alias not found in signature: {alias} Outputs expected to be in the set "
                f"{_set(signature.outputs)}."
            )
        if alias in seen:
            raise invalid(f"duplicate output tensor alias: {alias}")
        seen.add(alias)
    return list(output_filter) or list(signature.outputs)


def _set(names: Iterable[str]) -> str:
    return "{" + ",".join(sorted(names)) + "}"
