"""TensorFlow's protobuf messages without TensorFlow, whose import takes seconds."""

from __future__ import annotations

import importlib.util
import sys
import types
from pathlib import Path
from typing import Optional


def tensorflow_folder() -> Optional[Path]:
    """Returns the folder that TensorFlow is installed in; None if it is not. Imports nothing."""
    if "tensorflow" in sys.modules:
        return Path(next(iter(sys.modules["tensorflow"].__path__)))
    spec = importlib.util.find_spec("tensorflow")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def only_messages(tensorflow: Path) -> None:
    """Makes TensorFlow's messages importable by their names, in a process that will not import TensorFlow."""
    if "tensorflow" in sys.modules:
        return
    package = types.ModuleType("tensorflow")
    package.__path__ = [str(tensorflow)]
    sys.modules["tensorflow"] = package
