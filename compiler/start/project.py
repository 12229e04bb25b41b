"""A project as values: what the data show, and what follows from it for features, model and evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Optional

from tfxc.compiler.start.columns import Column, Kind
from tfxc.compiler.start.data_copy import DataCopy, data_copy
from tfxc.compiler.start.reading.table import Table
from tfxc.compiler.start.roles import Feature, Role, features_of
from tfxc.compiler.start.task import LEAST_ROWS, Goal, Task, classes_of, goal_of, require_label, require_task
from tfxc.schemas.failures import Failure

SMALL_DATA = 10_000
"""Rows below which batches are small and steps large."""
PASSES = 30
"""How often the model sees each row, about."""
LEAST_STEPS, MOST_STEPS = 300, 3000
MOST_SLICES = 3
MOST_SLICE_VALUES, LEAST_SLICE_ROWS = 10, 10
"""A column makes slices if it has no more values, each in no fewer rows."""
LARGE_DATA = 10 * 1024 * 1024
"""Bytes from which on data are not for a repository."""


@dataclass(frozen=True)
class Project:
    """All that the files of a project say. ``classes`` are those of a classification, as texts."""

    name: str
    folder: str
    copy: DataCopy
    features: tuple[Feature, ...]
    task: Task
    goal: Goal
    classes: tuple[str, ...]
    backend: Optional[str]
    start_date: date
    data_size: int

    @property
    def label(self) -> Column:
        """The column that is to be told."""
        return self.copy.label

    @property
    def batch_size(self) -> int:
        """Rows of a training step."""
        return 32 if self.copy.rows < SMALL_DATA else 256

    @property
    def learning_rate(self) -> float:
        """How far a step goes."""
        return 0.01 if self.copy.rows < SMALL_DATA else 0.003

    @property
    def train_steps(self) -> int:
        """How many steps the training has: a whole number of hundreds."""
        steps = PASSES * self.copy.rows * 2 // 3 // self.batch_size
        return max(LEAST_STEPS, min(MOST_STEPS, round(steps, -2)))

    @property
    def eval_steps(self) -> int:
        """How many batches validation takes."""
        return max(1, min(100, self.copy.rows // 3 // self.batch_size))

    def named(self, role: Role) -> list[Feature]:
        """Returns the features of a role."""
        return [feature for feature in self.features if feature.role is role]

    def slices(self) -> list[str]:
        """Returns the columns by whose values the evaluation is sliced.

        Of more than two classes each is a slice; of two, most metrics of one class alone mean nothing.
        """
        named = [self.label.name] if self.task is Task.MULTICLASS else []
        named += [
            feature.name
            for feature in self.features
            if feature.role in (Role.CATEGORY, Role.NUMBER) and _makes_slices(feature.column)
        ]
        return named[:MOST_SLICES]


def plan_project(
    table: Table,
    label: Column,
    task: Task,
    *,
    name: str,
    folder: str,
    backend: Optional[str] = None,
    today: date,
) -> Project:
    """Returns the project of a table. Raises Failure and WrongUse if nothing can be learnt."""
    require_label(label)
    require_task(task, label)
    copy = data_copy(table, label)
    if copy.rows < LEAST_ROWS:
        raise Failure(
            f"{table.path} has {copy.rows} rows with a label: a pipeline needs at least {LEAST_ROWS} to "
            "learn from some and to test on others"
        )
    features = features_of(copy.columns, label)
    if all(feature.role in (Role.LABEL, Role.LEFT_OUT) for feature in features):
        raise Failure(f"{table.path} has no column to learn from: {_why_none(features)}")
    numbers = list(copy.label_numbers()) if task is Task.REGRESSION else []
    return Project(
        name,
        folder,
        copy,
        features,
        task,
        goal_of(task, label, numbers),
        () if task is Task.REGRESSION else classes_of(label),
        backend,
        today.replace(day=1),
        table.path.stat().st_size,
    )


def _why_none(features: Sequence[Feature]) -> str:
    reasons = [f"`{each.name}`: {each.reason}" for each in features if each.role is Role.LEFT_OUT]
    return "; ".join(reasons[:5]) or "there is the label only"


def _makes_slices(column: Column) -> bool:
    return (
        column.kind in (Kind.TEXT, Kind.INTEGER)
        and 2 <= column.distinct <= MOST_SLICE_VALUES
        and all(count >= LEAST_SLICE_ROWS for _, count in column.counts)
    )
