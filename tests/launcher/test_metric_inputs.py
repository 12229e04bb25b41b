"""An example's label, prediction and weight are the same when they are found once for all metrics."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.tfx


@pytest.fixture
def found() -> Iterator[Any]:
    """Replaces TFMA's function for a test; yields it as it is now and as it was."""
    import types

    from tensorflow_model_analysis.metrics import metric_util

    from tfxc.backends.launcher.speed import metric_inputs

    find = metric_util.to_label_prediction_example_weight
    code, defaults = find.__code__, find.__defaults__
    before = types.FunctionType(code, find.__globals__, find.__name__, defaults)
    assert metric_inputs.lighten()
    yield find, before
    find.__code__, find.__defaults__ = code, defaults


def example(label: Any, prediction: Any, weight: Any = None) -> Any:
    import numpy as np
    from tensorflow_model_analysis.metrics import metric_types

    parts = {"labels": np.array(label), "predictions": np.array(prediction)}
    if weight is not None:
        parts["example_weights"] = np.array(weight)
    return metric_types.StandardMetricInputs(parts)


def plain(values: Any) -> list[list[Any]]:
    """Returns what was found as plain values, with their types."""
    return [[(part.tolist(), str(part.dtype), part.shape) for part in value] for value in values]


def answer(find: Any, example: Any, options: dict[str, Any]) -> Any:
    """Returns what was found, or what is said of an example in which nothing can be."""
    try:
        return plain(find(example, **options))
    except ValueError as error:
        return str(error)


OPTIONS: list[dict[str, Any]] = [
    {},
    {"fractional_labels": True},
    {"example_weighted": True},
    {"flatten": False},
    {"flatten": False, "squeeze": False},
    {"class_weights": {0: 0.5, 1: 2.0}},
]


def test_what_is_found_is_the_same(found: Any) -> None:
    find, before = found
    examples = [
        example([1.0], [0.7], [2.0]),
        example([0], [0.2]),
        example(1, 0.9, 0.5),
        example([0.25], [0.4], [1.0]),
        example([1], [0.3, 0.7]),
        example([1], [0.3, 0.7]),
    ]
    for each in examples:
        for options in OPTIONS * 2:
            assert answer(find, each, options) == answer(before, each, options)


def test_it_is_found_once_in_an_example(found: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorflow_model_analysis.metrics import metric_util

    find, _ = found
    prepared = []
    prepare = metric_util.prepare_labels_and_predictions
    monkeypatch.setattr(
        metric_util, "prepare_labels_and_predictions", lambda *values: prepared.append(1) or prepare(*values)
    )
    one, other = example([1.0], [0.7]), example([1.0], [0.7])
    for _ in range(3):
        list(find(one, fractional_labels=True))
    assert len(prepared) == 1
    list(find(one, fractional_labels=False))
    list(find(other, fractional_labels=True))
    assert len(prepared) == 3


def test_nobody_sees_what_a_metric_does_to_its_arrays(found: Any) -> None:
    find, before = found
    one = example([1.0], [0.7])
    expected = plain(before(one, flatten=False))
    for parts in find(one, flatten=False):
        for part in parts:
            part += 5.0
    assert plain(find(one, flatten=False)) == expected


def test_an_example_that_has_changed_is_looked_at_again(found: Any) -> None:
    import numpy as np

    find, _ = found
    one = example([1.0], [0.7])
    assert [prediction.tolist() for _, prediction, _ in find(one)] == [[0.7]]
    one["predictions"] = np.array([0.2])
    assert [prediction.tolist() for _, prediction, _ in find(one)] == [[0.2]]


def test_threads_do_not_mix_up_their_examples(found: Any) -> None:
    find, _ = found
    wrong: list[float] = []

    def ask(number: float) -> None:
        for _ in range(300):
            one = example([0.0], [number])
            wrong.extend(value for _ in range(3) for _, value, _ in find(one) if value != number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in (0.1, 0.2, 0.3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_metrics_that_have_it_as_a_default_use_it_and_workers_find_it_by_name(found: Any) -> None:
    from tensorflow_model_analysis import metrics
    from tensorflow_model_analysis.metrics import binary_confusion_matrices

    find, _ = found
    assert metrics.to_label_prediction_example_weight is find
    assert find in (binary_confusion_matrices.binary_confusion_matrices.__defaults__ or ())
    assert pickle.loads(pickle.dumps(find)) is find
