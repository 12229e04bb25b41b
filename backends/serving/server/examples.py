"""Classify, regress and multi-inference: tf.Examples in, classes and scores or values out.

Mirrors ``classifier.cc``, ``regressor.cc``, ``multi_inference.cc`` and ``util.cc`` of
``tensorflow_serving/servables/tensorflow``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Optional

from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.server.dtypes import DTYPES, FLOAT
from tfxc.backends.serving.server.messages import Input
from tfxc.backends.serving.server.model import SERVING_DEFAULT, Model, Signature
from tfxc.backends.serving.server.predict import Call
from tfxc.backends.serving.server.status import invalid
from tfxc.backends.serving.server.tensors import values_of

CLASSIFY = "tensorflow/serving/classify"
REGRESS = "tensorflow/serving/regress"
_NAMES = {CLASSIFY: "classification", REGRESS: "regression"}


class Class(NamedTuple):
    """A class with its score: "" and 0 where a model does not give them."""

    label: bytes
    score: float


def serialised_examples(message: Any) -> list[bytes]:
    """Returns the examples of an Input, serialised; a context is put before each. Raises StatusError."""
    kind = message.WhichOneof("kind")
    examples: list[bytes] = []
    if kind == "example_list":
        examples = [each.SerializeToString() for each in message.example_list.examples]
    elif kind == "example_list_with_context":
        # Features of a message that is read twice are those of both: so is the context added.
        context = message.example_list_with_context.context.SerializeToString()
        several = message.example_list_with_context.examples
        examples = [context + each.SerializeToString() for each in several]
    if not examples:
        raise invalid("Input is empty.")
    return examples


def examples_call(signature: Signature, method: str, examples: Sequence[bytes]) -> Call:
    """Returns the call of a signature that has been checked."""
    tensor = Tensor(STRING, (len(examples),), list(examples))
    outputs = _outputs(signature)
    api = "Classify" if method == CLASSIFY else "Regress"
    return Call({signature.inputs["inputs"].name: tensor}, [each.name for each in outputs.values()], api)


def _outputs(signature: Signature) -> Mapping[str, Any]:
    wanted = ("classes", "scores", "outputs")
    return {name: signature.outputs[name] for name in wanted if name in signature.outputs}


def examples_signature(model: Model, name: str, method: str, check_method: bool) -> Signature:
    """Returns the signature of a classify or regress request. Raises StatusError if it is none."""
    signature = model.signatures.get(name or SERVING_DEFAULT)
    if signature is None:
        raise invalid(f"No signature was found with the name: {name or SERVING_DEFAULT}")
    check_signature(signature, method, check_method)
    return signature


def check_signature(signature: Signature, method: str, check_method: bool) -> None:
    """Raises StatusError if a signature is none of a method."""
    what = _NAMES[method]
    if check_method and signature.method != method:
        raise invalid(f"Expected {what} signature method_name to be {method}. Was: {signature.method}")
    if len(signature.inputs) != 1:
        raise invalid("Expected one input Tensor.")
    number = len(signature.outputs)
    if method == CLASSIFY and number not in (1, 2):
        raise invalid(f"Expected one or two output Tensors, found {number}")
    if method == REGRESS and number != 1:
        raise invalid("Expected one output Tensor.")
    if "inputs" not in signature.inputs:
        raise invalid(f"No {what} inputs found in SignatureDef: {signature.message}")
    if method == CLASSIFY and not signature.outputs.keys() & {"classes", "scores"}:
        raise invalid(
            'Expected classification signature outputs to contain at least one of "classes" or "scores". '
            f"Signature was: {signature.message}"
        )
    if method == REGRESS and "outputs" not in signature.outputs:
        raise invalid(f"No regression outputs found in SignatureDef: {signature.message}")


def classifications(signature: Signature, tensors: Sequence[Tensor], count: int) -> list[list[Class]]:
    """Returns the classes of each example. Raises StatusError if the model gives something else."""
    given = dict(zip(_outputs(signature), tensors, strict=True))
    classes, scores = given.get("classes"), given.get("scores")
    _check_matrix(classes, "classes", STRING, count)
    _check_matrix(scores, "scores", FLOAT, count)
    if classes and scores and classes.shape[1] != scores.shape[1]:
        raise invalid(
            "Tensors class and score should match in dim_size(1). Got "
            f"{classes.shape[1]} vs. {scores.shape[1]}"
        )
    width = next(each.shape[1] for each in (classes, scores) if each)
    labels = values_of(classes) if classes else [b""] * (count * width)
    numbers = values_of(scores) if scores else [0.0] * (count * width)
    pairs = [Class(*pair) for pair in zip(labels, numbers, strict=True)]
    return [pairs[row * width : (row + 1) * width] for row in range(count)]


def _check_matrix(tensor: Optional[Tensor], name: str, dtype: int, count: int) -> None:
    if tensor is None:
        return
    if len(tensor.shape) != 2:
        raise invalid(f"Expected Tensor shape: [batch_size num_classes] but got {_shape(tensor)}")
    if tensor.dtype != dtype:
        expected, got = (f"DT_{DTYPES[each].name.upper()}" for each in (dtype, tensor.dtype))
        raise invalid(f"Expected {name} Tensor of {expected}. Got: {got}")
    if tensor.shape[0] != count:
        raise invalid(f"Expected {name} output batch size of {count}. Got: {tensor.shape[0]}")


def regressions(tensors: Sequence[Tensor], count: int) -> list[float]:
    """Returns the value of each example. Raises StatusError if the model gives something else."""
    tensor = tensors[0]
    if not (len(tensor.shape) == 1 or (len(tensor.shape) == 2 and tensor.shape[1] == 1)):
        raise invalid(
            "Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got "
            f"{_shape(tensor)}"
        )
    if tensor.shape[0] != count:
        raise invalid(f"Input batch size did not match output batch size: {count} vs. {tensor.shape[0]}")
    if tensor.dtype != FLOAT:
        raise invalid(f"Expected output Tensor of DT_FLOAT.  Got: DT_{DTYPES[tensor.dtype].name.upper()}")
    return values_of(tensor)


def _shape(tensor: Tensor) -> str:
    return "[" + ",".join(map(str, tensor.shape)) + "]"


def input_of(examples: Sequence[Any], context: Optional[Any] = None) -> Any:
    """Returns examples as the Input of a request."""
    if context is None:
        return Input(example_list={"examples": examples})
    return Input(example_list_with_context={"examples": examples, "context": context})
