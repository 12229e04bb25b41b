"""What Beam pickles with Python's pickler is what it pickles with dill."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

FACTOR = 2


@pytest.fixture
def copied(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Any]:
    """Replaces Beam's pickler for a test; returns a function that pickles and loads a value with it."""
    from apache_beam.internal import dill_pickler, pickler

    from tfxc.backends.launcher.speed import function_pickles

    # What `lighten` replaces is put back after the test.
    monkeypatch.setattr(dill_pickler, "dill", dill_pickler.dill)
    assert function_pickles.lighten()
    return lambda value: pickler.loads(pickler.dumps(value))


@pytest.fixture
def dills(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What dill is asked for meanwhile."""
    import dill  # type: ignore[import-untyped]

    asked: list[str] = []
    dumps = dill.dumps
    monkeypatch.setattr(
        dill,
        "dumps",
        lambda value, *more, **options: asked.append(repr(value)) or dumps(value, *more, **options),
    )
    return asked


def scaled(number: int) -> int:
    return number * FACTOR


class Holder:
    def __init__(self, function: Any) -> None:
        self.function = function

    def times(self, number: int) -> Any:
        return self.function(number)

    @staticmethod
    def plain(number: int) -> int:
        return number + FACTOR


def made(step: int) -> Callable[..., Any]:
    """Returns a function in a function, with all that one can have."""

    def inner(number: int, by: int = step, *, add: int = 7) -> list[int]:
        return [deeper(each) for each in range(number)] + [by, add, FACTOR]

    def deeper(number: int) -> int:
        return number * step

    inner.mark = {"a": [step]}  # type: ignore[attr-defined]
    return inner


def test_functions_without_a_name_work_as_before(copied: Any, dills: list[str]) -> None:
    assert copied(lambda number: number + FACTOR)(1) == 3
    original, copy = made(3), copied(made(3))
    assert copy is not original
    assert copy(2) == original(2) == [0, 3, 3, 7, 2]
    assert copy(1, 5, add=1) == original(1, 5, add=1)
    assert (copy.__name__, copy.__module__, copy.mark) == ("inner", __name__, {"a": [3]})
    assert copied(functools.partial(made(3), 2))() == original(2)
    assert copied(Holder(lambda number: number * 5)).times(2) == 10
    assert copied(Holder(lambda number: number * 5).times)(2) == 10
    assert dills == []


def test_a_copy_sees_what_its_module_says_later(copied: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = copied(lambda number: number * FACTOR)
    monkeypatch.setitem(globals(), "FACTOR", 11)
    assert copy(2) == 22


def test_what_has_a_name_stays_what_it_is(copied: Any, dills: list[str]) -> None:
    for value in (scaled, Holder, Holder.plain, len, threading.Thread, type(None), type(...), dict[str, int]):
        assert copied(value) == value
    one, other = copied([Holder(scaled)] * 2)
    assert one is other
    assert one.function is scaled
    assert dills == []


def test_classes_without_a_name_are_made_again(copied: Any, dills: list[str]) -> None:
    class Local(Holder):
        factor = 3

        def times(self, number: int) -> Any:
            return [number * self.factor * FACTOR, self.function(number)]

        @property
        def doubled(self) -> int:
            """Twice."""
            return self.factor * 2

        @staticmethod
        def halved(number: int) -> int:
            return number // FACTOR

        @classmethod
        def of_class(cls) -> int:
            return cls.factor

    copy = copied(Local(scaled))
    assert copy.times(2) == [12, 4]
    assert (copy.doubled, type(copy).doubled.__doc__, copy.halved(8), type(copy).of_class()) == (
        6,
        "Twice.",
        4,
        3,
    )
    assert isinstance(copy, Holder)
    assert not isinstance(copy, Local)
    assert (type(copy).__name__, type(copy).__module__) == ("Local", __name__)
    one, other = copied([Local(scaled), Local(len)])
    assert type(one) is type(other)
    assert copied(Local(Local)).function is not Local
    assert dills == []


def test_what_python_cannot_pickle_is_left_to_dill(copied: Any, dills: list[str]) -> None:
    class Local(Holder):
        def __init__(self) -> None:
            super().__init__(scaled)

    assert copied(Holder(threading.Lock())).function.acquire(blocking=False)
    assert len(dills) == 1
    with pytest.raises(RecursionError):
        # A class that its own methods name: dill cannot either.
        copied(Local())


def test_a_function_from_no_module_is_left_to_dill(copied: Any, dills: list[str]) -> None:
    for names in ({"FACTOR": 5}, {"FACTOR": 5, "__name__": "nowhere"}, {"FACTOR": 5, "__name__": __name__}):
        assert copied(FunctionType((lambda: FACTOR).__code__, names))() == 5
    assert len(dills) == 3


def test_what_cannot_be_pickled_is_told_as_before(copied: Any) -> None:
    with pytest.raises(TypeError, match="generator"):
        copied(Holder(each for each in (1, 2)))


def test_a_variable_that_is_not_set_yet_is_left_to_dill(copied: Any) -> None:
    def early() -> Any:
        return late

    with pytest.raises(ValueError, match="empty"):
        copied(early)
    late = 5
    assert copied(early)() == late
