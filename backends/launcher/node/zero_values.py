"""Zeros and empty texts in rows that become examples: values, and not missing ones.

TFX's `dict_to_example`, with which ParquetExampleGen, AvroExampleGen and many an executor of one's own make
examples from rows, leaves out whatever Python takes for false: 0, 0.0, False and "" as well as None. The
executors for BigQuery and for Presto have functions of their own, which leave out None only.
"""

from __future__ import annotations

import types
from typing import Any

from tfx.components.example_gen import utils


def keep_zero_values() -> None:
    """Makes `dict_to_example` keep 0, 0.0, False and "" in this process, and on Beam's workers elsewhere.

    All else is what TFX makes of it: a bool is an int, None and an empty list are missing.
    """
    if not hasattr(utils.dict_to_example, "__wrapped__"):
        utils.dict_to_example = _keeping_zeros(utils.dict_to_example)


def _keeping_zeros(tfx_function: Any) -> Any:
    """Returns the function that does what TFX's does, and then fills in what that has left out.

    Workers elsewhere have TFX and need not have tfxc: the function is pickled as a whole, as it has another
    name than the one it is found by, imports what it uses, and has the global variables of TFX's module.
    TFX's own function is looked up by its name there, and by ``__wrapped__`` in this process.
    """

    def keep_zeros(instance: dict[str, Any]) -> Any:
        import inspect

        import numpy
        from tfx.components.example_gen import utils

        example = inspect.unwrap(utils.dict_to_example)(instance)
        for name, value in instance.items():
            scalar = value.tolist() if isinstance(value, (numpy.ndarray, numpy.generic)) else value
            if isinstance(scalar, bytes):
                scalar = scalar.decode("utf-8")
            if isinstance(scalar, (int, float, str)) and not scalar:
                example.features.feature[name].CopyFrom(utils.pyval_to_feature([scalar]))
        return example

    portable = types.FunctionType(keep_zeros.__code__, vars(utils), "keep_zeros")
    portable.__annotations__ = dict(tfx_function.__annotations__)  # Beam chooses coders by them
    portable.__wrapped__ = tfx_function  # type: ignore[attr-defined]  # functions have any attribute
    return portable
