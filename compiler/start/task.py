"""What is to be told of the label, and what a model must be better than."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import median
from typing import Optional

from tfxc.compiler.start.columns import Column, Kind
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.words.wording import joined, shortened

LEAST_ROWS = 20
"""Rows below which no split can be relied on to get any."""
MOST_CLASSES = 100
"""Different texts that are classes; a column with more of them is no label."""
MOST_NUMBERED_CLASSES = 10
"""Different whole numbers that are taken for classes where the task is not said."""
MOST_IN_ONE_CLASS = 0.8
"""The share of the largest of two classes from which on accuracy says little, and AUC is what counts."""
LEAST_AUC = 0.6
"""What a model must reach where AUC counts; 0.5 is guessing."""


class Task(str, Enum):
    """What a model says of a row."""

    REGRESSION = "regression"
    BINARY = "binary"
    MULTICLASS = "multiclass"


@dataclass(frozen=True)
class Goal:
    """What a model must reach: the metric, its bound, and what reaches it without looking at a row."""

    metric: str
    parameter: str
    bound: float
    is_upper: bool
    baseline: str


def guess_task(label: Column) -> Task:
    """Returns the task that a label suggests. Raises Failure for one that suggests none."""
    require_label(label)
    if label.distinct == 2:
        return Task.BINARY
    if label.kind is Kind.NUMBER:
        return Task.REGRESSION
    if label.kind is Kind.INTEGER and label.distinct > MOST_NUMBERED_CLASSES:
        return Task.REGRESSION
    return Task.MULTICLASS


def require_label(label: Column) -> None:
    """Raises Failure for a column from which nothing can be learnt."""
    name = f"the label `{label.source}`"
    if label.kind is Kind.EMPTY:
        raise Failure(f"{name} is empty: name another column")
    if label.kind in (Kind.OTHER, Kind.VECTOR):
        raise Failure(
            f"{name} has {label.trouble or 'several numbers a row'}: name a column of single values"
        )
    if label.distinct == 1:
        raise Failure(
            f"{name} is `{shortened(label.counts[0][0])}` in every row: there is nothing to tell apart; "
            "name another column"
        )
    if not label.is_number and label.distinct > MOST_CLASSES:
        raise Failure(
            f"{name} has {label.distinct:,} different texts: classes are {MOST_CLASSES} at most; "
            "name a column of classes or of numbers"
        )


def require_task(task: Task, label: Column) -> None:
    """Raises WrongUse for a task that a label does not allow."""
    name = f"`{label.source}`"
    if task is Task.REGRESSION and not label.is_number:
        raise WrongUse(f"--task regression needs a label of numbers, and {name} has texts")
    if task is Task.BINARY and label.distinct != 2:
        raise WrongUse(f"--task binary needs a label of two values, and {name} has {label.distinct:,}")
    if task is Task.MULTICLASS and label.distinct > MOST_CLASSES:
        raise WrongUse(f"--task multiclass: {name} has {label.distinct:,} values; {MOST_CLASSES} is the most")


def classes_of(label: Column) -> tuple[str, ...]:
    """Returns the classes of a label: numbers in their order, texts in the alphabet's.

    Of two classes the second is the one whose probability a model gives.
    """
    values = [value for value, _ in label.counts]
    return tuple(sorted(values, key=float) if label.is_number else sorted(values))


def goal_of(task: Task, label: Column, numbers: Sequence[float]) -> Goal:
    """Returns what a model must reach. ``numbers`` are the label's values, of a regression."""
    if task is Task.REGRESSION:
        middle = median(numbers)
        error = sum(abs(value - middle) for value in numbers) / len(numbers)
        bound = _rounded_down(error)
        said = f"always answering {plain_number(middle)} is off by {plain_number(error)} on average"
        return Goal("MeanAbsoluteError", "max_error", bound, True, said)
    most, count = label.counts[0]
    share = count / (label.rows - label.missing)
    said = f"always answering `{shortened(most)}` is right for {share:.1%} of the rows"
    if task is Task.BINARY and share > MOST_IN_ONE_CLASS:
        return Goal(
            "AUC", "min_auc", LEAST_AUC, False, f"{said}, so that accuracy says little; guessing has 0.5"
        )
    metric = "BinaryAccuracy" if task is Task.BINARY else "SparseCategoricalAccuracy"
    return Goal(metric, "min_accuracy", min(math.ceil(share * 100) / 100, 0.99), False, said)


def rare_classes(label: Column) -> Optional[str]:
    """Returns a sentence about classes with so few rows that a split may get none."""
    rare = [f"`{shortened(value)}`" for value, count in label.counts if count < LEAST_ROWS // 2]
    if not rare:
        return None
    return (
        f"there are fewer than {LEAST_ROWS // 2} rows of {joined(rare, 'and')}: too few to learn or to test"
    )


def plain_number(value: float) -> str:
    """Returns a number for people: four digits; a large one whole, without an exponent."""
    return f"{round(value):,}" if abs(value) >= 1000 else f"{value:.4g}"


def _rounded_down(value: float) -> float:
    """Returns a number with three digits that is not above another."""
    if value <= 0:
        return 0.0
    step = 10.0 ** (math.floor(math.log10(value)) - 2)
    return float(f"{math.floor(value / step) * step:.6g}")
