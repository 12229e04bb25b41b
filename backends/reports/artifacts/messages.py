"""The generated protobuf modules that artifacts are read with. No other module of the reports imports them.

All of them together cost 0.1 s, since the packages that they lie in are not imported: TFMA's
``__init__`` alone costs 8 s.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from functools import cache
from types import ModuleType
from typing import Any

from tfxc.schemas.failures import Failure

_TFMA = "tensorflow_model_analysis"
_BEFORE = ("config_pb2", "metrics_for_slice_pb2")
"""TFMA's messages that others of its messages have in their own."""
NO_MESSAGES = (
    "reading what a run has made needs TFX's file formats, which are not installed here: install them with"
    " `pip install 'tfxc[tfx]'` (in a project of uv: `uv add 'tfxc[tfx]'`)."
)


def metadata_module(name: str) -> Any:
    """Returns a module of ``tensorflow_metadata.proto.v0``. Raises Failure if it is not installed."""
    return _module(f"tensorflow_metadata.proto.v0.{name}")


def tensorboard_module(name: str) -> Any:
    """Returns a module of TensorBoard's copies of TensorFlow's messages. Raises Failure likewise."""
    return _module(f"tensorboard.compat.proto.{name}")


@cache
def evaluation_module(name: str) -> Any:
    """Returns a module of ``tensorflow_model_analysis.proto``. Raises Failure likewise."""
    # The modules of newer TFMAs do not import those whose messages they have in their own.
    _module("google.protobuf.wrappers_pb2")
    with nullcontext() if _TFMA in sys.modules else _without_its_package():
        *_, module = (_module(f"{_TFMA}.proto.{each}") for each in (*_BEFORE, name))
        return module


@contextmanager
def _without_its_package() -> Iterator[None]:
    """Lets modules of ``tensorflow_model_analysis.proto`` be imported without the packages round them.

    Afterwards nothing of TFMA is in ``sys.modules``: who imports it later gets all of it.
    """
    try:
        specification = importlib.util.find_spec(_TFMA)
    except (ImportError, ValueError):
        specification = None
    if specification is None or not specification.submodule_search_locations:
        raise Failure(NO_MESSAGES)
    folder = specification.submodule_search_locations[0]
    for name, path in ((_TFMA, folder), (f"{_TFMA}.proto", f"{folder}/proto")):
        package = ModuleType(name)
        package.__path__ = [path]
        sys.modules[name] = package
    try:
        yield
    finally:
        for name in [name for name in sys.modules if name == _TFMA or name.startswith(f"{_TFMA}.")]:
            del sys.modules[name]


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Failure(NO_MESSAGES) from None
