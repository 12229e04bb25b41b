"""Pickles of Beam's that are made for workers elsewhere, where the worker is this process.

A pipeline of Transform's makes some 3,000: Beam pickles each function when it is put into the pipeline
to see whether it can, and for each bundle once more to add the windowing; and each pickle is packed with
bz2, which takes half a millisecond to begin with. A sixth of the time that Transform takes on a small
data set. What comes out of a pickle stays what it was.
"""

from __future__ import annotations

import bz2
import functools
import threading
import zlib
from dataclasses import dataclass
from typing import Any

from tfxc.backends.launcher.speed.shape import has_lines


def lighten() -> list[str]:
    """Replaces what packs and unpacks, in this process: a node's own, whose Beam workers are in it.

    Returns what was replaced. Where a version of Beam is not what the replacement was written for, that
    one is left out.
    """
    parts = {
        "compression": _pack_lightly,
        "construction": _check_without_a_copy,
        "windowing": _add_windowing_without_a_pickle,
    }
    return [name for name, replace in parts.items() if replace()]


class _Packing:
    """Stands in for the module bz2: packs with zlib, and unpacks either."""

    @staticmethod
    def compress(data: bytes, compresslevel: int = 9) -> bytes:
        """Returns the data in zlib's quickest form; the level is that of bz2."""
        return zlib.compress(data, 1)

    @staticmethod
    def decompress(data: bytes) -> bytes:
        """Returns what either of the two has packed."""
        return bz2.decompress(data) if data[:3] == b"BZh" else zlib.decompress(data)


def _pack_lightly() -> bool:
    from apache_beam.internal import dill_pickler

    packs = has_lines(getattr(dill_pickler, "dumps", None), "c = bz2.compress(s, compresslevel=9)")
    unpacks = has_lines(getattr(dill_pickler, "loads", None), "s = bz2.decompress(c)")
    if not (packs and unpacks and getattr(dill_pickler, "bz2", None) is bz2):
        return False
    dill_pickler.bz2 = _Packing
    return True


@dataclass(frozen=True)
class _Kept:
    """Stands in for the pickle of a value that needs none."""

    value: Any


class _ConstructionPickler:
    """Stands in for Beam's pickler while a transform with a function is constructed.

    There the function's copy is thrown away, and what of it cannot be pickled is reported when the
    pipeline is translated; and most have no further arguments, of which an empty one is a copy.
    """

    def __init__(self, pickler: Any) -> None:
        self._pickler = pickler
        self._threads = threading.local()

    @property
    def constructing(self) -> Any:
        """The transform that this thread is constructing, or None."""
        return getattr(self._threads, "constructing", None)

    @constructing.setter
    def constructing(self, transform: Any) -> None:
        self._threads.constructing = transform

    def dumps(self, value: Any, *arguments: Any, **options: Any) -> Any:
        transform = self.constructing
        if transform is not None:
            if value is getattr(transform, "fn", None):
                return _Kept(value)
            if type(value) in (tuple, dict) and not value:
                return _Kept(type(value)())
        return self._pickler.dumps(value, *arguments, **options)

    def loads(self, encoded: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(encoded, _Kept):
            return encoded.value
        return self._pickler.loads(encoded, *arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pickler, name)


def _check_without_a_copy() -> bool:
    from apache_beam.transforms import ptransform

    transform = getattr(ptransform, "PTransformWithSideInputs", None)
    construct: Any = getattr(transform, "__init__", None)
    if transform is None or not has_lines(
        construct,
        "self.fn = self.make_fn(fn, bool(args or kwargs))",
        "self._cached_fn = self.fn",
        "self.fn = pickler.loads(pickler.dumps(self.fn))",
        "self.args = pickler.loads(pickler.dumps(self.args))",
        "self.kwargs = pickler.loads(pickler.dumps(self.kwargs))",
        "self.fn = self._cached_fn",
    ):
        return False
    pickler = _ConstructionPickler(ptransform.pickler)

    @functools.wraps(construct)
    def construct_without_copies(self: Any, *arguments: Any, **options: Any) -> None:
        outer, pickler.constructing = pickler.constructing, self
        try:
            construct(self, *arguments, **options)
        finally:
            pickler.constructing = outer

    ptransform.pickler = pickler
    transform.__init__ = construct_without_copies
    return True


@dataclass(frozen=True)
class _WithWindowing:
    """Stands in for the pickle of a DoFn with its arguments and the windowing of its input."""

    pickled: Any
    windowing: Any


class _WorkerPickler:
    """Stands in for Beam's pickler where operations are made from a bundle's description."""

    def __init__(self, pickler: Any) -> None:
        self._pickler = pickler
        self._last = threading.local()

    def loads(self, encoded: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(encoded, _WithWindowing):
            return (*self._pickler.loads(encoded.pickled)[:-1], encoded.windowing)
        value = self._pickler.loads(encoded, *arguments, **options)
        self._last.loaded = (encoded, value)
        return value

    def dumps(self, value: Any, *arguments: Any, **options: Any) -> Any:
        encoded, loaded = getattr(self._last, "loaded", (None, None))
        self._last.loaded = (None, None)
        if (
            type(value) is type(loaded) is tuple
            and len(value) == len(loaded) == 5
            and not loaded[-1]
            and all(part is known for part, known in zip(value[:-1], loaded[:-1], strict=True))
        ):
            return _WithWindowing(encoded, value[-1])
        return self._pickler.dumps(value, *arguments, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pickler, name)


def _add_windowing_without_a_pickle() -> bool:
    from apache_beam.runners.worker import bundle_processor, operations

    if not has_lines(
        getattr(bundle_processor, "_create_pardo_operation", None),
        "dofn_data = pickler.loads(serialized_fn)",
        "if not dofn_data[-1]:",
        "serialized_fn = pickler.dumps(dofn_data[:-1] + (windowing, ))",
        "serialized_fn=serialized_fn,",
        "operation_cls(",
    ):
        return False
    if getattr(operations, "pickler", None) is not getattr(bundle_processor, "pickler", None):
        return False
    if isinstance(bundle_processor.pickler, _WorkerPickler):
        return False
    pickler = _WorkerPickler(bundle_processor.pickler)
    bundle_processor.pickler = operations.pickler = pickler
    return True
