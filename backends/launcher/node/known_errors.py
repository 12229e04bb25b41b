"""Errors of libraries that say what is wrong to nobody but their authors, in words for users."""

from __future__ import annotations

import re
import traceback
from typing import Optional

_TEXTS_WITHOUT_ROWS = "'bytes' object has no attribute 'dtype'"
_NOT_AS_THE_SCHEMA_SAYS = re.compile(r"Error raised when handling tensor '([^']+)'")
"""``tensor_adapter.py`` of tfx_bsl, which makes tensors of examples for Transform and TFMA."""


def meaning(problem: BaseException) -> Optional[str]:
    """Returns what an exception means, as a sentence without the node; None if it is none of these."""
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
    tensor = _NOT_AS_THE_SCHEMA_SAYS.match(_text(problem))
    if tensor is not None:
        return (
            f"the feature `{tensor[1]}` is not what the schema says: an example has no value of it, or "
            "another number of values, or a type that does not fit. The anomalies of the data say more."
        )
    return None


def _text(problem: BaseException) -> str:
    """Returns what an exception was raised with, if it is a text: its own ``__str__`` may be anything."""
    said = problem.args[0] if problem.args else ""
    return said if type(said) is str else ""


def _passed_through(problem: BaseException, file: str) -> bool:
    """Whether an exception was raised in, or below, a function of a file of that name."""
    return any(
        frame.f_code.co_filename.endswith(f"/{file}") for frame, _ in traceback.walk_tb(problem.__traceback__)
    )
