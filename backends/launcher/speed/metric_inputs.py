"""An example's label, prediction and weight, found once for all metrics and slices.

TFMA takes them out of the example's extracts again for each metric in each slice that the example is in,
which is a fifth of an evaluation of a small model.
"""

from __future__ import annotations

import types
from collections.abc import Hashable, Iterator
from operator import is_not
from typing import Any, NamedTuple

from tfxc.backends.launcher.speed.shape import has_lines

_ONCE = "_tfxc_found_once"
_LOOKED_AT = ("labels", "predictions", "example_weights")
"""The parts of an example that are looked at. An example of another form is asked as ever."""


def lighten() -> bool:
    """Lets TFMA in this process, which must be a node's own, find them once for what comes in succession.

    Each metric gets arrays of its own, which it may change. Returns whether it was replaced: not where TFMA
    is not what this was written for.
    """
    try:
        from tensorflow_model_analysis.metrics import metric_types, metric_util
    except ImportError:
        return False
    find: Any = getattr(metric_util, "to_label_prediction_example_weight", None)
    if not has_lines(
        find,
        "label = inputs.label",
        "prediction = inputs.prediction",
        "example_weight = inputs.example_weight",
        "for result in yield_results(label, prediction, example_weight):",
    ):
        return False
    original = types.FunctionType(find.__code__, find.__globals__, find.__name__, find.__defaults__)
    # The function stays the one that metrics have as a default, and that is pickled by its name.
    find.__globals__[_ONCE] = _FoundOnce(original, metric_types.StandardMetricInputs)
    find.__defaults__ = None
    find.__code__ = _find.__code__
    return True


def _find(*arguments: Any, **options: Any) -> Any:
    return _tfxc_found_once(*arguments, **options)  # type: ignore[name-defined]  # noqa: F821 - in TFMA's module


class _FoundOnce:
    """Remembers what was found in the example that was asked for last."""

    def __init__(self, find: Any, kind: Any) -> None:
        self._find, self._kind = find, kind
        # Read and set as one, since Beam's workers may be several threads.
        self._last: tuple[tuple[Any, ...], dict[Hashable, _Found]] = ((), {})

    def __call__(self, inputs: Any, *arguments: Any, **options: Any) -> Iterator[Any]:
        if type(inputs) is not self._kind:
            yield from self._find(inputs, *arguments, **options)
            return
        # Known by identity: what is compared stays alive here, so that no other object takes its place.
        example = (inputs, *map(inputs.extracts.get, _LOOKED_AT))
        last, known = self._last
        if len(example) != len(last) or any(map(is_not, example, last)):
            known = {}
            self._last = (example, known)
        key = (*map(id, arguments), *options, *map(id, options.values()))
        found = known.get(key)
        if found is None:
            values = tuple(self._find(inputs, *arguments, **options))
            found = known[key] = _Found(values, (arguments, options))
        for label, prediction, example_weight in found.values:
            yield label.copy(), prediction.copy(), example_weight.copy()


class _Found(NamedTuple):
    """What was found, and what it was asked with."""

    values: tuple[Any, ...]
    asked_with: Any
