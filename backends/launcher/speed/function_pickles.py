"""Beam's pickles made by Python's own pickler, which is written in C.

dill, which Beam pickles with, is written in Python, and takes a tenth of a Transform of little data: it is
used where Python's pickler cannot go on. That can do most of what Beam pickles but functions and classes
without a name of their own (lambdas, what is defined in functions), which are pickled here as dill does: what
they are made of, with the module that they are from by its name.
"""

from __future__ import annotations

import importlib
import io
import marshal
import pickle
import sys
from types import CellType, CodeType, FunctionType
from typing import Any, Optional

from tfxc.backends.launcher.speed.shape import has_lines

_PROTOCOL = 4
"""That of dill."""


def lighten() -> bool:
    """Lets Beam pickle so in this process: a node's own, whose Beam workers are in it.

    What comes out of a pickle stays what it was. Returns whether it was replaced: not where Beam is not what
    this was written for.
    """
    from apache_beam.internal import dill_pickler

    dill = getattr(dill_pickler, "dill", None)
    if isinstance(dill, _Dill) or not has_lines(
        getattr(dill_pickler, "dumps", None), "s = dill.dumps(o, byref=settings['dill_byref'])"
    ):
        return False
    dill_pickler.dill = _Dill(dill)
    return True


class _Dill:
    """Stands in for the module dill."""

    def __init__(self, dill: Any) -> None:
        self._dill = dill

    def dumps(self, value: Any, *arguments: Any, **options: Any) -> bytes:
        """Returns a pickle that dill can load."""
        written = io.BytesIO()
        try:
            _Pickler(written, _PROTOCOL).dump(value)
        except Exception:  # noqa: BLE001 - whatever Python's pickler, or the value's own methods, cannot do
            return bytes(self._dill.dumps(value, *arguments, **options))
        return written.getvalue()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dill, name)


class _Pickler(pickle.Pickler):
    def reducer_override(self, value: Any) -> Any:
        """Returns how a function, a class or a part of one is made again; all else is Python's to pickle."""
        kind = type(value)
        if kind is FunctionType and not _has_name(value):
            return _make_function, _parts(value)
        if (
            kind is type
            and not _has_name(value)
            and not (value.__module__ == "builtins" or issubclass(value, tuple))
        ):
            return type, (value.__name__, value.__bases__, _attributes(value))
        if kind is CodeType:
            return marshal.loads, (marshal.dumps(value),)
        if kind is CellType:
            return _make_cell, (value.cell_contents,)
        if kind in (staticmethod, classmethod):
            return kind, (value.__func__,)
        if kind is property:
            return property, (value.fget, value.fset, value.fdel, value.__doc__)
        return NotImplemented


def _has_name(value: Any) -> bool:
    """Whether a function or a class is found by its name in its module."""
    found: Any = sys.modules.get(value.__module__)
    for name in value.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is value


def _attributes(kind: type) -> dict[str, Any]:
    """Returns what a class is made with. Raises PicklingError for one of the program's or of no module."""
    if kind.__module__ not in sys.modules or kind.__module__ == "__main__":
        raise pickle.PicklingError(f"{kind!r} is from no module")
    return {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")}


def _parts(function: Any) -> tuple[Any, ...]:
    """Returns what `_make_function` takes. Raises PicklingError for a function that is from no module."""
    module = function.__globals__.get("__name__")
    if module == "__main__" or getattr(sys.modules.get(module), "__dict__", None) is not function.__globals__:
        raise pickle.PicklingError(f"{function!r} is from no module")
    return (
        function.__code__,
        module,
        function.__name__,
        function.__defaults__,
        function.__closure__,
        function.__dict__,
        function.__kwdefaults__,
    )


def _make_function(
    code: CodeType,
    module: str,
    name: str,
    defaults: Optional[tuple[Any, ...]],
    closure: Optional[tuple[CellType, ...]],
    attributes: dict[str, Any],
    keyword_defaults: Optional[dict[str, Any]],
) -> FunctionType:
    """Makes a function with the globals of its module."""
    function = FunctionType(code, vars(importlib.import_module(module)), name, defaults, closure)
    function.__dict__.update(attributes)
    function.__kwdefaults__ = keyword_defaults
    return function


def _make_cell(contents: Any) -> CellType:
    return CellType(contents)
