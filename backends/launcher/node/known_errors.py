"""Errors of libraries that say what is wrong to nobody but their authors, in words for users."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable
from typing import Optional

_TEXTS_WITHOUT_ROWS = "'bytes' object has no attribute 'dtype'"
_NO_FILE_SYSTEM = re.compile(r"File system scheme '([^']+)' not implemented(?: \(file: '([^']+)'\))?")
_NOT_AS_THE_SCHEMA_SAYS = re.compile(r"Error raised when handling tensor '([^']+)'")
"""``tensor_adapter.py`` of tfx_bsl, which makes tensors of examples for Transform and TFMA."""


def meaning(problem: BaseException, reason: str) -> Optional[str]:
    """Returns what an exception means, as a sentence without the node; None if it is none of these.

    ``reason`` is what it says, without what AutoGraph and Keras put around it.
    """
    if (
        isinstance(problem, AttributeError)
        and _text(problem).startswith(_TEXTS_WITHOUT_ROWS)
        and _passed_through(problem, "run_inference.py")
    ):
        return (
            "a signature of the model gives texts of the shape [batch], and BulkInferrer reads none but of "
            "[batch, n]: give them one more dimension, as `texts[:, tf.newaxis]` does."
        )
    if isinstance(problem, TypeError) and "'CompressedFile' object is not iterable" in _text(problem):
        return (
            "Beam's workers are not in this process, and there TFX cannot read compressed CSV files: "
            "decompress them, or let the node run on the DirectRunner in memory."
        )
    scheme = _NO_FILE_SYSTEM.search(_text(problem))
    if scheme is not None:
        return _no_file_system(scheme[1], scheme[2] or f"{scheme[1]}://")
    tensor = _NOT_AS_THE_SCHEMA_SAYS.match(_text(problem))
    if tensor is not None:
        return (
            f"the feature `{tensor[1]}` is not what the schema says: an example has no value of it, or "
            "another number of values, or a type that does not fit. The anomalies of the data say more."
        )
    for pattern, say in _OF_MODELS:
        found = pattern.search(reason)
        if found is not None:
            return say(found)
    return None


def _no_file_system(scheme: str, place: str) -> str:
    brings = ", and tensorflow-io, which brings it for the TensorFlow of TFX 1.16, is not installed here"
    return (
        f"TensorFlow has no file system for `{scheme}://` to read {place}{brings if scheme == 's3' else ''}."
    )


def _label_out_of_range(found: re.Match[str]) -> str:
    return (
        f"a label is {found[1]}, and the model tells {found[2]} classes apart, from 0 to "
        f"{int(found[2]) - 1}: give its last layer one unit for each class, and number the classes from 0"
    )


def _shapes_of_loss(found: re.Match[str]) -> str:
    labels, predictions = (shape.strip().rstrip(".") for shape in (found["labels"], found["predictions"]))
    return (
        f"the labels have the shape {labels} and the predictions {predictions}, which the loss cannot "
        "compare: for classes as whole numbers take sparse_categorical_crossentropy, for one-hot labels "
        "categorical_crossentropy, for binary_crossentropy one unit in the last layer"
    )


def _texts(found: re.Match[str]) -> str:
    return (
        "the model is given texts where it takes numbers, as a feature or as the label: turn them into "
        "numbers first, with tft.compute_and_apply_vocabulary in preprocessing_fn or a StringLookup layer in "
        "the model"
    )


def _shape_of_layer(found: re.Match[str]) -> str:
    return (
        f"the layer `{found['layer']}` was built for inputs with {found['wanted']} values in axis "
        f"{found['axis']}, and is given the shape {found['given']}: its features are not those that "
        "the model was made for"
    )


def _missing_signature(found: re.Match[str]) -> str:
    there = re.findall(r"""['"]([\w-]+)['"]: <|['"]([\w-]+)['"]: ConcreteFunction""", found["there"])
    names = ", ".join(f"`{first or second}`" for first, second in there)
    return (
        f"the model has no signature `{found['name']}`"
        + (f"; it has {names}" if names else "")
        + ": name one that it "
        "has in `signature_name`, or save it with that signature"
    )


_OF_MODELS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (
        re.compile(r"Received a label value of (-?\d+) which is outside the valid range of \[0, (\d+)\)"),
        _label_out_of_range,
    ),
    (
        re.compile(
            r"Arguments `target` and `output` must have the same (?:rank|shape).*?"
            r"target\.shape=(?P<labels>\(.*?\)), output\.shape=(?P<predictions>\(.*?\))",
            re.DOTALL,
        ),
        _shapes_of_loss,
    ),
    (
        re.compile(
            r"`logits` and `labels` must have the same shape, received \((?P<predictions>\(.*?\)) "
            r"vs (?P<labels>\(.*?\))\)"
        ),
        _shapes_of_loss,
    ),
    (
        re.compile(r"^Shapes (?P<labels>\(.*?\)) and (?P<predictions>\(.*?\)) are incompatible"),
        _shapes_of_loss,
    ),
    (re.compile(r"Cast string to (?:float|int\d*|half|double) is not supported"), _texts),
    (
        re.compile(
            r"Input \d+(?: with name '.*?')? of layer [\"'](?P<layer>.+?)[\"'] is incompatible with the "
            r"layer: expected axis (?P<axis>-?\d+) of input shape to have value (?P<wanted>\d+), "
            r"but received input with shape (?P<given>\(.*?\))"
        ),
        _shape_of_layer,
    ),
    (
        re.compile(r"(?P<name>\S+) not found in model signatures: (?P<there>.*)", re.DOTALL),
        _missing_signature,
    ),
)
"""What Keras 2 and 3 and TFMA say, and what it means."""


def _text(problem: BaseException) -> str:
    """Returns what an exception was raised with, if it is a text: its own ``__str__`` may be anything."""
    said = problem.args[0] if problem.args else ""
    return said if type(said) is str else ""


def _passed_through(problem: BaseException, file: str) -> bool:
    """Whether an exception was raised in, or below, a function of a file of that name."""
    return any(
        frame.f_code.co_filename.endswith(f"/{file}") for frame, _ in traceback.walk_tb(problem.__traceback__)
    )
