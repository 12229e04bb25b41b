"""What is written: golden trees, specs without a warning, Python that formatters and linters leave alone."""

from __future__ import annotations

import csv
import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.compiler.commands.init import _write
from tfxc.compiler.driver import check
from tfxc.compiler.start.project import Project, plan_project
from tfxc.compiler.start.reading.read import read_table
from tfxc.compiler.start.seen import seen_lines
from tfxc.compiler.start.task import Task, guess_task
from tfxc.schemas.csv_files import read_csv_file
from tfxc.schemas.failures import Failure
from tfxc.schemas.tf_records import read_records, record

NAMES = ("penguins", "houses", "reviews", "measurements", "squares")
GOLDEN = Path(__file__).with_name("golden")
RULES = "E,F,W,I,B,UP,SIM,RUF,PTH,N,RET,C4"
Data = Callable[[str], tuple[Path, str]]


def planned(path: Path, label: str, task: Task | None = None, backend: str | None = None) -> Project:
    table = read_table(path)
    column = table.column(label)
    assert column is not None
    return plan_project(
        table,
        column,
        task or guess_task(column),
        name=path.stem,
        folder=path.stem,
        backend=backend,
        today=date(2026, 3, 17),
    )


def written(project: Project, folder: Path) -> Path:
    made = folder / "made" / project.name
    made.mkdir(parents=True)
    _write(project, made, None)
    return made


def tree(project: Project, made: Path) -> str:
    """Returns what was seen, and each text with its name above it; of data the beginning."""
    seen = "\n".join(seen_lines(project)).replace(str(project.copy.table.path.parent), "")
    parts = [seen, *(f"done: {each}" for each in project.copy.done)]
    for file in sorted(made.rglob("*")):
        if file.is_file():
            text = file.read_bytes().decode("utf-8", "replace")
            if file.parent.name == "data":
                text = "\n".join(text.split("\n")[:3]) if file.suffix == ".csv" else ""
            parts.append(f"=== {file.relative_to(made).as_posix()}\n{text.rstrip()}")
    return "\n".join(parts) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_project_is_as_it_was_reviewed(name: str, data: Data, tmp_path: Path) -> None:
    project = planned(*data(name))
    found = tree(project, written(project, tmp_path))
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("TFXC_UPDATE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "backend"), [*((name, None) for name in NAMES), ("penguins", "airflow"), ("squares", "kubeflow")]
)
def test_spec_has_neither_errors_nor_warnings(
    name: str, backend: str | None, data: Data, tmp_path: Path
) -> None:
    spec = written(planned(*data(name), backend=backend), tmp_path) / "pipeline.yaml"
    checked = check(spec, "prod" if backend else None, look_at_data=True)
    assert checked.diagnostics == ()
    assert checked.plan is not None
    assert checked.backend_names() == ((backend,) if backend else ())


@pytest.mark.parametrize("name", NAMES)
def test_python_is_clean(name: str, data: Data, tmp_path: Path) -> None:
    made = written(planned(*data(name)), tmp_path)
    for arguments in (["check", "--select", RULES], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *arguments, "--isolated", "--no-cache", "."],
            cwd=made,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["penguins", "houses", "reviews", "measurements"])
def test_data_is_what_tfx_reads_rightly(name: str, data: Data, tmp_path: Path) -> None:
    project = planned(*data(name))
    made = written(project, tmp_path)
    copied = read_csv_file(made / "data" / project.copy.file_name)
    assert copied.columns == tuple(column.name for column in project.copy.columns)
    again = read_table(copied.path)
    assert (again.notes, again.reasons) == ((), ())
    assert again.number_of_rows == project.copy.rows
    assert not any(column.stray or column.has_decimal_comma for column in again.columns)
    label = again.column(project.label.name)
    assert label is not None
    assert label.missing == 0


def test_data_that_is_fit_is_copied_byte_for_byte(data: Data, tmp_path: Path) -> None:
    path, label = data("penguins")
    project = planned(path, label)
    assert project.copy.done == ()
    assert (written(project, tmp_path) / "data" / path.name).read_bytes() == path.read_bytes()


def test_rows_without_a_label_are_left_out_of_records_too(
    encode: Callable[[Any], bytes], tmp_path: Path
) -> None:
    path = tmp_path / "rows.tfrecord"
    features = [{"a": [n % 5], **({"b": [n % 2]} if n % 10 else {})} for n in range(60)]
    path.write_bytes(b"".join(record(encode(each)) for each in features))
    project = planned(path, "b")
    assert project.copy.done == ("6 rows without a label left out",)
    made = written(project, tmp_path)
    copied = read_table(made / "data" / "rows.tfrecord.gz")
    assert [column.missing for column in copied.columns] == [0, 0]
    assert copied.number_of_rows == 54
    assert len(list(read_records(path))) == 60


def test_names_that_yaml_would_misread_are_quoted(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    rows = [["yes", "null", "on"], *([n % 2, "ab"[n % 2], f"{n % 40}.5"] for n in range(60))]
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    made = written(planned(path, "on"), tmp_path)
    assert check(made / "pipeline.yaml", look_at_data=True).diagnostics == ()
    config = yaml.safe_load((made / "pipeline.yaml").read_text())["components"]["evaluator"]["eval_config"]
    assert config["model_specs"][0]["label_key"] == "on"
    assert config["slicing_specs"] == [{}, {"feature_keys": ["yes"]}, {"feature_keys": ["null"]}]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["a", "b"], *([n % 3, n % 2] for n in range(19))], "19 rows with a label: a pipeline needs"),
        ([["a", "b"], *([n % 3, n % 2 if n < 15 else ""] for n in range(99))], "15 rows with a label"),
        ([["id", "b"], *([n, n % 2] for n in range(99))], "no column to learn from: `id`: it only names"),
    ],
)
def test_data_that_teaches_nothing_is_refused(tmp_path: Path, rows: list[list[object]], said: str) -> None:
    path = tmp_path / "rows.csv"
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    with pytest.raises(Failure, match=said):
        planned(path, "b")


def test_large_data_stays_out_of_the_repository(data: Data, tmp_path: Path) -> None:
    project = planned(*data("penguins"))
    small = (written(project, tmp_path) / ".gitignore").read_text()
    large = dataclasses.replace(project, name="large", data_size=50_000_000)
    assert "/data/" not in small
    assert "/data/" in (written(large, tmp_path) / ".gitignore").read_text()


def test_values_may_be_whatever_they_are(tmp_path: Path) -> None:
    """Texts of the data are in YAML, Python, Markdown and a schema: none of these is broken by them."""
    import ast

    odd = ['yes: "really" #1\n{{ parameters.data }}', "\x01no\\ | `x` %}"]
    path = tmp_path / "rows {{ a }} #.csv"
    rows = [["size", "what is it?", " padded ", ""]]
    rows += [[str(n % 7 / 1e7), odd[n % 2], odd[n // 2 % 2], f"{n % 3}"] for n in range(80)]
    with path.open("w", newline="") as stream:
        csv.writer(stream).writerows(rows)
    for label in ("what is it?", "size"):
        project = planned(path, label)
        made = written(dataclasses.replace(project, name=f"odd-{label[:4]}"), tmp_path)
        checked = check(made / "pipeline.yaml", look_at_data=True)
        assert checked.diagnostics == ()
        columns = {
            node.targets[0].id: ast.literal_eval(node.value)
            for node in ast.parse((made / "features" / "columns.py").read_text()).body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in ("LABEL", "CLASSES")
        }
        assert columns["LABEL"] == project.label.name
        assert columns.get("CLASSES", sorted(odd)) == sorted(odd)
        schema = (made / "schema" / "schema.pbtxt").read_text()
        assert 'value: "\\001no\\\\ | `x` %}"' in schema
        assert read_csv_file(made / "data" / project.copy.file_name).columns[2:] == ("padded", "column_4")
