"""What each column is to a model, which task a label is for, and what is good enough."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.start.reading.read import read_table
from tfxc.compiler.start.roles import Role, features_of
from tfxc.compiler.start.task import Task, classes_of, goal_of, guess_task, rare_classes, require_task
from tfxc.schemas.failures import Failure, WrongUse


def column_roles(folder: Path, **columns: list[object]) -> dict[str, tuple[Role, str]]:
    path = folder / "rows.csv"
    rows = [list(columns), *map(list, zip(*columns.values(), strict=True))]
    path.write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n")
    table = read_table(path, has_header=True)
    return {
        feature.name: (feature.role, feature.reason)
        for feature in features_of(table.columns, table.columns[-1])
    }


N = range(200)


@pytest.mark.parametrize(
    ("values", "role", "reason"),
    [
        ([n * 7 % 13 / 4 for n in N], Role.NUMBER, ""),
        ([n * 7 % 13 for n in N], Role.NUMBER, ""),
        ([f"kind {n % 5}" for n in N], Role.CATEGORY, ""),
        ([f"street {n % 120}" for n in N], Role.HASHED, ""),
        ([f"it is number {n} of the texts" for n in N], Role.TEXT, ""),
        ([f"2024-01-{n % 28 + 1:02d}" for n in N], Role.DATE, ""),
        (["same" for n in N], Role.LEFT_OUT, "it has the same value in every row"),
        (["" for n in N], Role.LEFT_OUT, "it is empty"),
        (["" if n else 7 for n in N], Role.LEFT_OUT, "it has the same value in every row"),
        ([n if n < 5 else "" for n in N], Role.LEFT_OUT, "98% of it is missing"),
        (list(N), Role.LEFT_OUT, "it only names the rows: each has a number of its own"),
        ([f"u{n}" for n in N], Role.LEFT_OUT, "it only names the rows: each has a value of its own"),
        ([f"u{n % 190}" for n in N], Role.LEFT_OUT, "nearly every row has a value of its own"),
        ([n * 7 % 200 for n in N], Role.NUMBER, ""),
    ],
)
def test_a_column_has_a_role_or_a_reason(
    tmp_path: Path, values: list[object], role: Role, reason: str
) -> None:
    label: list[object] = [n % 2 for n in N]
    assert column_roles(tmp_path, column=values, label=label)["column"] == (role, reason)


def test_a_number_for_each_row_that_is_called_an_id_is_one(tmp_path: Path) -> None:
    shuffled: list[object] = [n * 7 % 200 for n in N]
    roles = column_roles(tmp_path, user_id=shuffled, label=[n % 2 for n in N])
    assert roles["user_id"][0] is Role.LEFT_OUT
    assert roles["label"][0] is Role.LABEL


def label_table(folder: Path, values: list[object]) -> Path:
    path = folder / "rows.csv"
    path.write_text("a,label\n" + "".join(f"{n % 3},{value}\n" for n, value in enumerate(values)))
    return path


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ([n % 2 for n in N], Task.BINARY),
        (["yes" if n % 3 else "no" for n in N], Task.BINARY),
        ([n % 2 / 2 for n in N], Task.BINARY),
        ([n % 3 for n in N], Task.MULTICLASS),
        ([f"kind {n % 30}" for n in N], Task.MULTICLASS),
        ([n % 50 for n in N], Task.REGRESSION),
        ([n % 3 + 0.5 for n in N], Task.REGRESSION),
    ],
)
def test_a_label_suggests_a_task(tmp_path: Path, values: list[object], task: Task) -> None:
    label = read_table(label_table(tmp_path, values)).columns[1]
    assert guess_task(label) is task
    require_task(task, label)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["same" for n in N], "is `same` in every row"),
        (["" for n in N], "is empty"),
        ([f"name {n}" for n in N], "200 different texts"),
    ],
)
def test_a_label_that_teaches_nothing_is_refused(tmp_path: Path, values: list[object], said: str) -> None:
    label = read_table(label_table(tmp_path, values)).columns[1]
    with pytest.raises(Failure, match=said):
        guess_task(label)


@pytest.mark.parametrize(
    ("values", "task", "said"),
    [
        (["a" if n % 2 else "b" for n in N], Task.REGRESSION, "needs a label of numbers"),
        ([n % 3 for n in N], Task.BINARY, "has 3"),
        ([n % 150 / 2 for n in N], Task.MULTICLASS, "has 150 values"),
    ],
)
def test_a_task_that_does_not_fit_is_wrong_use(
    tmp_path: Path, values: list[object], task: Task, said: str
) -> None:
    label = read_table(label_table(tmp_path, values)).columns[1]
    with pytest.raises(WrongUse, match=said):
        require_task(task, label)


def test_a_model_must_beat_one_that_looks_at_nothing(tmp_path: Path) -> None:
    def label(values: list[object]) -> tuple[Task, object]:
        column = read_table(label_table(tmp_path, values)).columns[1]
        task = guess_task(column)
        return task, goal_of(task, column, [float(str(value)) for value in values if str(value)[0].isdigit()])

    _, even = label([n % 2 for n in N])
    assert (even.metric, even.bound) == ("BinaryAccuracy", 0.5)  # type: ignore[attr-defined]
    _, rare = label([int(n % 10 == 0) for n in N])
    assert (rare.metric, rare.bound) == ("AUC", 0.6)  # type: ignore[attr-defined]
    assert "right for 90.0% of the rows" in rare.baseline  # type: ignore[attr-defined]
    _, three = label(["abc"[min(n % 4, 2)] for n in N])
    assert (three.metric, three.bound) == ("SparseCategoricalAccuracy", 0.5)  # type: ignore[attr-defined]
    _, number = label([n % 100 for n in N])
    assert (number.metric, number.bound, number.is_upper) == (  # type: ignore[attr-defined]
        "MeanAbsoluteError",
        25.0,
        True,
    )


def test_classes_are_in_their_order(tmp_path: Path) -> None:
    numbers = read_table(label_table(tmp_path, [n % 3 * 5 for n in N])).columns[1]
    assert classes_of(numbers) == ("0", "5", "10")
    texts = read_table(label_table(tmp_path, ["no" if n % 3 else "yes" for n in N])).columns[1]
    assert classes_of(texts) == ("no", "yes")


def test_rare_classes_are_told(tmp_path: Path) -> None:
    label = read_table(label_table(tmp_path, ["rare" if n == 5 else "ab"[n % 2] for n in N])).columns[1]
    assert rare_classes(label) == "there are fewer than 10 rows of `rare`: too few to learn or to test"
