"""Importing the server's modules into the process of the tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PACKAGES = ("tensorflow", "tensorflow_serving")


@contextmanager
def leaving_no_messages() -> Iterator[None]:
    """Lets the server's modules be imported, which take TensorFlow's messages without TensorFlow.

    Afterwards nothing of them is in ``sys.modules``: a test that imports TensorFlow later gets all of it.
    """
    there = "tensorflow" in sys.modules
    try:
        yield
    finally:
        for name in [] if there else list(sys.modules):
            if name.partition(".")[0] in _PACKAGES:
                del sys.modules[name]
