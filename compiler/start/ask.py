"""Asking on a terminal for what the command line leaves out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Optional

import typer

from tfxc.compiler.start.columns import Column, Kind
from tfxc.compiler.start.reading.table import Table
from tfxc.compiler.start.task import MOST_CLASSES, Task
from tfxc.schemas.failures import WrongUse
from tfxc.schemas.words.printable import printable
from tfxc.schemas.words.suggest import closest
from tfxc.schemas.words.wording import joined

_LIKELY_LABELS = ("label", "target", "class", "y", "outcome", "species")


def can_ask() -> bool:
    """Whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def data_file(given: Optional[Path]) -> Path:
    """Returns the data file, asked for if not given. Raises WrongUse if nobody can be asked."""
    if given is not None:
        return given
    if not can_ask():
        raise WrongUse("say which data: --data with a CSV, Parquet or TFRecord file")
    while True:
        path = Path(typer.prompt("Data file (CSV, Parquet or TFRecord)")).expanduser()
        if path.is_file():
            return path
        typer.echo(f"there is no file {printable(str(path))}")


def label_of(table: Table, given: Optional[str]) -> Column:
    """Returns the label's column, asked for if not given. Raises WrongUse if there is no such column."""
    names = [column.source for column in table.columns]
    if given is not None:
        found = table.column(given)
        if found is None:
            near = closest(given, names)
            help = f"did you mean `{near}`?" if near is not None else f"they are {_listed(names)}"
            raise WrongUse(f"--label: {table.path} has no column `{given}`; {help}")
        return found
    if not can_ask():
        raise WrongUse(f"say what is to be learnt: --label with one of {_listed(names)}")
    for number, column in enumerate(table.columns, start=1):
        typer.echo(f"  {number:>3}  {printable(column.source)} ({column.kind.value})")
    likely = _likely_label(table.columns)
    while True:
        answer = str(typer.prompt("Which column is to be learnt (name or number)", default=likely.source))
        found = table.column(answer) or _numbered(table.columns, answer)
        if found is not None:
            return found
        typer.echo("there is no such column")


def task_of(guess: Task, is_given: bool) -> Task:
    """Returns the task, asked for where a label was asked for too."""
    if is_given or not can_ask():
        return guess
    tasks = [each.value for each in Task]
    while True:
        answer = str(typer.prompt(f"Task ({joined(tasks)})", default=guess.value))
        if answer in tasks:
            return Task(answer)
        typer.echo("there is no such task")


def _numbered(columns: Sequence[Column], answer: str) -> Optional[Column]:
    if not answer.isdecimal() or not 1 <= int(answer) <= len(columns):
        return None
    return columns[int(answer) - 1]


def _likely_label(columns: Sequence[Column]) -> Column:
    """Returns a column that is called like a label, or the last one of few values or of numbers."""
    named = [column for column in columns if column.source.lower() in _LIKELY_LABELS]
    fit = [
        column
        for column in columns
        if column.is_number or (column.kind is Kind.TEXT and column.distinct <= MOST_CLASSES)
    ]
    return (named or fit[-1:] or list(columns))[0]


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:12]]
    return joined([*shown, f"{len(names) - 12} more"] if len(names) > 12 else shown)
