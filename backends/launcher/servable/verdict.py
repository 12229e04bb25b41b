"""What is said of a model, and the reading of TensorFlow's errors that it follows from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional

INVALID_ARGUMENT = 3
NOT_FOUND = 5
FAILED_PRECONDITION = 9
DATA_LOSS = 15

_SURE_OF_A_CALL = frozenset({NOT_FOUND, FAILED_PRECONDITION, DATA_LOSS})
"""Codes of a call that say something of the model; others may be the fault of what it was called with."""
_UNSURE_OF_LOADING = frozenset({1, 2, 4, 7, 8, 12, 14})
"""CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNIMPLEMENTED, UNAVAILABLE:
of this machine, not of the model."""
_NOT_REGISTERED = re.compile(r"Op type not registered '(\w+)'")
_NO_KERNEL = re.compile(r"No (?:registered '(\w+)' OpKernel|OpKernel was registered to support Op '(\w+)')")
_PYTHON = frozenset({"PyFunc", "PyFuncStateless", "EagerPyFunc"})
_VARIABLE = re.compile(
    r"Could not find variable ([^\s.]\S*?)\.? This could mean|Could not find variable (\S+)"
)
_NODE = re.compile(r"\{\{function_node [^}]*\}\}\s*|\s*\[\[\{\{.*", re.S)
_KERAS = (
    "Under Keras 3 `tf.saved_model.save` of a model, or of a module that holds it, saves it so. Write "
    "`model.export(fn_args.serving_model_dir)` in place of it, or save a tf.Module that holds "
    "`[v.value for v in model.variables]` and not the model."
)
INDEX = "variables/variables.index"
_TABLE = "Keep the layer or table that it belongs to as an attribute of the object that is saved."


@dataclass(frozen=True)
class Verdict:
    """Whether a model can be served; None: not known. ``reason`` says why not, or why that is not known."""

    servable: Optional[bool]
    reason: str = ""


class LoaderError(Exception):
    """An error of TensorFlow's: its code and its text."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


def of_loading(error: LoaderError) -> Verdict:
    """Returns what an error of the loader means: it is the model's, whatever it is called with later."""
    missing = _missing_code(error.text)
    if missing is not None:
        return missing
    text = sentence(error.text)
    if "matching supplied tags" in error.text:
        reason = "it has no graph with the tag `serve`, the one that TensorFlow Serving loads."
        return Verdict(False, reason)
    if error.code in _UNSURE_OF_LOADING or "not in Op" in error.text:
        return Verdict(None, f"TensorFlow could not load it: {text}")
    return Verdict(False, f"TensorFlow Serving cannot load it: {text}")


def of_calling(signature: str, error: LoaderError, variables: bool) -> Verdict:
    """Returns what an error of a call with made-up values means.

    ``variables`` says whether the model has a file of variables: without one the loader restores none.
    """
    missing = _missing_code(error.text)
    if missing is not None:
        return missing
    what = f"a call of its signature `{signature}` fails: "
    variable = _VARIABLE.search(error.text)
    if error.code in (FAILED_PRECONDITION, NOT_FOUND) and variable is not None:
        if not variables:
            return Verdict(False, f"its variables are not there: {INDEX} is missing.")
        name = variable[1] or variable[2].rstrip(".")
        return Verdict(False, f"{what}there is no variable `{name}` in the graph that it loads. {_KERAS}")
    text = sentence(error.text)
    if error.code in _SURE_OF_A_CALL:
        hint = f" {_TABLE}" if "Table not initialized" in error.text or "resource" in error.text else ""
        return Verdict(False, f"{what}{text}{hint}")
    return Verdict(None, f"its signature `{signature}` does not take the values that tfxc made up: {text}")


def _missing_code(text: str) -> Optional[Verdict]:
    """Returns the verdict on a model with operations that are not in TensorFlow itself."""
    unknown, kernel = _NOT_REGISTERED.search(text), _NO_KERNEL.search(text)
    name = unknown[1] if unknown else (kernel[1] or kernel[2]) if kernel else None
    if name is None:
        return None
    if name in _PYTHON:
        return Verdict(
            False, "it calls Python code (tf.py_function or tf.numpy_function), which is not saved."
        )
    return Verdict(None, f"it uses the operation {name}, which is not in TensorFlow itself.")


def sentence(text: str) -> str:
    """Returns an error's text as a sentence: without TensorFlow's own nodes and stack."""
    line = " ".join(_NODE.sub("", text).split())
    return (line[:400] or "it gave no reason").rstrip(".") + "."
