"""The bodies of requests: rows (`instances`), columns (`inputs`), and lists of `examples`.

Mirrors ``tensorflow_serving/util/json_tensor.cc``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.server.examples import input_of
from tfxc.backends.serving.server.messages import Example
from tfxc.backends.serving.server.model import SignatureTensor
from tfxc.backends.serving.server.rest.parse import parsed, shown, type_name, wrong_value
from tfxc.backends.serving.server.rest.values import decoded, dense_shape, is_base64, tensor_of
from tfxc.backends.serving.server.status import StatusError, invalid

Inputs = Mapping[str, SignatureTensor]


class PredictBody(NamedTuple):
    """What a predict request asks; ``is_row``: it is answered in rows too."""

    signature: str
    inputs: dict[str, Tensor]
    is_row: bool


def predict_body(body: bytes, inputs_of: Callable[[str], Inputs]) -> PredictBody:
    """Reads a predict request. ``inputs_of`` gives a signature's inputs. Raises StatusError."""
    document = parsed(body)
    signature = _signature(document)
    inputs = inputs_of(signature)
    if not inputs:
        raise invalid(f"Failed to get input map for signature: {signature or 'DEFAULT'}")
    if "instances" in document:
        if "inputs" in document:
            what = "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist "
            raise wrong_value(document, what)
        instances = document["instances"]
        if not isinstance(instances, list):
            raise wrong_value(document, "Expecting 'instances' to be an list/array")
        if not instances:
            raise wrong_value(document, "No values in 'instances' array")
        return PredictBody(signature, _rows(instances, inputs), True)
    if "inputs" in document:
        return PredictBody(signature, _columns(document["inputs"], inputs), False)
    raise invalid("Missing 'inputs' or 'instances' key")


def examples_body(body: bytes) -> tuple[str, Any]:
    """Reads a classify or regress request: the signature's name and the Input. Raises StatusError."""
    document = parsed(body)
    signature = _signature(document)
    context = _example(document["context"]) if "context" in document else None
    if "examples" not in document:
        what = "When method is classify, key 'examples' is expected and was not found"
        raise wrong_value(document, what)
    examples = document["examples"]
    if not isinstance(examples, list):
        raise wrong_value(document, "Expecting 'examples' value to be an list/array")
    if not examples:
        raise wrong_value(document, "'examples' value is an empty array")
    return signature, input_of([_example(each) for each in examples], context)


def _signature(document: Mapping[str, Any]) -> str:
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        what = "not formatted correctly. 'signature_name' key must be a string value."
        raise wrong_value(document, what)
    return name


def _rows(instances: list[Any], inputs: Inputs) -> dict[str, Tensor]:
    """All rows at once; where that fails, one after the other, to say which one is wrong."""
    try:
        return _whole_rows(instances, inputs)
    except (StatusError, ValueError):
        return _single_rows(instances, inputs)


def _whole_rows(instances: list[Any], inputs: Inputs) -> dict[str, Tensor]:
    first = instances[0]
    if not isinstance(first, dict) or is_base64(first):
        ((name, info),) = inputs.items()
        return {name: _stacked(instances, info.dtype)}
    names = inputs.keys()
    if not all(isinstance(each, dict) and each.keys() == names for each in instances):
        raise ValueError
    return {name: _stacked([each[name] for each in instances], info.dtype) for name, info in inputs.items()}


def _stacked(values: list[Any], dtype: int) -> Tensor:
    return tensor_of(values, dtype, (len(values), *dense_shape(values[0])))


def _single_rows(instances: list[Any], inputs: Inputs) -> dict[str, Tensor]:
    if not isinstance(instances[0], dict) and len(inputs) > 1:
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors required as "
            "per tensorinfo_map"
        )
    are_objects = _is_object(instances[0])
    tensors: dict[str, list[Tensor]] = {}
    for number, element in enumerate(instances):
        if are_objects != _is_object(element):
            words = ("object", "list") if are_objects else ("value/list", "object")
            raise invalid(f"Expecting {words[0]} but got {words[1]} at item {number} of input list")
        if are_objects:
            _add_object(number, element, inputs, tensors)
        else:
            _add(f"Failed to process element: {number}", next(iter(inputs)), element, inputs, tensors)
    return {name: _joined(each) for name, each in tensors.items()}


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) and not is_base64(value)


def _add_object(
    number: int, element: dict[str, Any], inputs: Inputs, tensors: dict[str, list[Tensor]]
) -> None:
    where = f"Failed to process element: {number}"
    for name, value in element.items():
        _add(f"{where} key: {name}", name, value, inputs, tensors)
    if element.keys() != inputs.keys():
        keys = ",".join(sorted(inputs))
        raise invalid(
            f"{where} of 'instances' list. JSON object: {shown(element)} keys must be equal to: {keys}"
        )


def _add(where: str, name: str, value: Any, inputs: Inputs, tensors: dict[str, list[Tensor]]) -> None:
    try:
        if name not in inputs:
            raise invalid(f"JSON object: does not have named input: {name}")
        tensor = tensor_of(value, inputs[name].dtype)
        several = tensors.setdefault(name, [])
        if several:
            _check_like(several[0], tensor)
        several.append(tensor)
    except StatusError as error:
        raise invalid(f"{where} of 'instances' list. Error: {error.code.name}: {error.text}") from None


def _check_like(first: Tensor, other: Tensor) -> None:
    if len(first.data) != len(other.data):
        raise invalid(f"Expecting tensor size: {_size(first)} but got: {_size(other)}")
    if first.shape != other.shape:
        shapes = ("[" + ",".join(map(str, each.shape)) + "]" for each in (first, other))
        raise invalid("Expecting shape {} but got: {}".format(*shapes))


def _size(tensor: Tensor) -> int:
    size = 1
    for each in tensor.shape:
        size *= each
    return size


def _joined(tensors: list[Tensor]) -> Tensor:
    first = tensors[0]
    data = (
        [text for each in tensors for text in each.data]
        if first.dtype == STRING
        else b"".join(each.data for each in tensors)
    )
    return Tensor(first.dtype, (len(tensors), *first.shape), data)


def _columns(value: Any, inputs: Inputs) -> dict[str, Tensor]:
    if not _is_object(value):
        if len(inputs) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as multiple input tensors required as "
                "per tensorinfo_map"
            )
        ((name, info),) = inputs.items()
        return {name: tensor_of(value, info.dtype)}
    for name in inputs:
        if name not in value:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
    return {name: tensor_of(value[name], info.dtype) for name, info in inputs.items()}


def _example(value: Any) -> Any:
    if not isinstance(value, dict):
        raise invalid(f"Example must be JSON object but got JSON {type_name(value)}")
    example = Example()
    for name, content in value.items():
        feature = example.features.feature[name]
        for each in content if isinstance(content, list) else [content]:
            _add_to_feature(feature, name, each)
    return example


def _add_to_feature(feature: Any, name: str, value: Any) -> None:
    kind, converted = _feature_value(name, value)
    is_kind = feature.WhichOneof("kind")
    if is_kind not in (None, kind):
        expecting = is_kind.removesuffix("_list")
        raise invalid(f"Unexpected element type in feature: {name} expecting type: {expecting}")
    getattr(feature, kind).value.append(converted)


def _feature_value(name: str, value: Any) -> tuple[str, Any]:
    if isinstance(value, bool):
        return "int64_list", int(value)
    if isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise invalid(f"Feature: {name} has uint64_t element. Only int64_t is supported.")
        return "int64_list", value
    if isinstance(value, float):
        return "float_list", value
    if isinstance(value, str):
        return "bytes_list", value.encode("utf-8", "surrogatepass")
    if is_base64(value):
        return "bytes_list", decoded(value)
    raise invalid(f"Feature: {name} has element with unexpected JSON type: {type_name(value)}")
