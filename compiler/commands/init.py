"""``tfxc init``"""

from __future__ import annotations

import gc
import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from tfxc.compiler.output import json_text, write
from tfxc.compiler.start.task import Task
from tfxc.schemas.failures import WrongUse

if TYPE_CHECKING:
    from tfxc.compiler.start.project import Project

EXAMPLES = """
tfxc init penguins --data penguins.csv --label species
tfxc init houses --data houses.parquet --label price --task regression --backend airflow
tfxc init reviews --data reviews.csv --label stars --ci github
tfxc init penguins
"""


class Orchestrator(str, Enum):
    """What a pipeline is compiled for beside this machine."""

    LOCAL = "local"
    AIRFLOW = "airflow"
    KUBEFLOW = "kubeflow"


class Forge(str, Enum):
    """What runs the workflows of CI."""

    GITHUB = "github"
    GITLAB = "gitlab"


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to make.")],
    data: Annotated[
        Optional[Path], typer.Option("--data", "-d", metavar="FILE", help="CSV, Parquet or TFRecord.")
    ] = None,
    label: Annotated[
        Optional[str],
        typer.Option("--label", "-l", metavar="COLUMN", help="The column that is to be learnt."),
    ] = None,
    task: Annotated[
        Optional[Task], typer.Option("--task", "-t", help="What a model says; told by the label.")
    ] = None,
    backend: Annotated[
        Optional[Orchestrator],
        typer.Option("--backend", "-b", help="Add an environment `prod` for it to the spec."),
    ] = None,
    ci: Annotated[
        Optional[Forge], typer.Option("--ci", help="Add its workflows, as `tfxc ci` writes them.")
    ] = None,
    separator: Annotated[
        Optional[str],
        typer.Option("--separator", metavar="CHARACTER", help="What separates the values of a CSV file."),
    ] = None,
    header: Annotated[
        Optional[bool],
        typer.Option("--header/--no-header", help="Whether a CSV file has one; told by its first rows."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Say what was seen and written as JSON.")] = False,
) -> None:
    """Make a project out of a data file: a pipeline that runs, with what the data ask for.

    It looks at all of the data, and writes a spec, a schema to review, modules for features and model, data
    checks, a test and a copy of the data; what TFX could not take as it is, is put right in that copy. On a
    terminal it asks for what is not given. The folder must be new, or empty.
    """
    gc.enable()
    from datetime import date

    from tfxc.compiler.start import ask
    from tfxc.compiler.start.names import pipeline_name
    from tfxc.compiler.start.project import LARGE_DATA, plan_project
    from tfxc.compiler.start.reading.read import read_table
    from tfxc.compiler.start.seen import headline, seen_lines
    from tfxc.compiler.start.task import guess_task
    from tfxc.compiler.start.write import require_new, write_new
    from tfxc.schemas.words.printable import printable

    require_new(folder)
    if separator is not None:
        separator = {"\\t": "\t", "tab": "\t"}.get(separator, separator)
        if len(separator) != 1:
            raise WrongUse("--separator: name one character, such as `;`, or `tab`")
    file = ask.data_file(data)
    if sys.stderr.isatty() and file.is_file() and file.stat().st_size > LARGE_DATA:
        sys.stderr.write(printable(f"looking at all of {file}, which takes a while") + "\n")
    table = read_table(file, separator, header)
    if label is None and ask.can_ask():
        write(printable(headline(table)) + "\n")
    column = ask.label_of(table, label)
    chosen = task or ask.task_of(guess_task(column), is_given=label is not None)
    project = plan_project(
        table,
        column,
        chosen,
        name=pipeline_name(folder.absolute().name),
        folder=str(folder),
        backend=backend.value if backend is not None else None,
        today=date.today(),
    )
    written: list[str] = []
    notes: list[str] = []

    def fill(made: Path) -> None:
        notes.extend(_write(project, made, ci))
        written.extend(
            sorted(file.relative_to(made).as_posix() for file in made.rglob("*") if file.is_file())
        )

    write_new(folder, fill)
    for note in notes:
        sys.stderr.write(f"note: {note}\n")
    if json:
        write(_as_json(project, folder, written))
        return
    for line in seen_lines(project):
        write(printable(line) + "\n")
    write("".join(f"{printable(line)}\n" for line in _told(project, folder, written)))


def _write(project: Project, folder: Path, ci: Optional[Forge]) -> list[str]:
    """Writes a project into a folder, and returns what there is to say of its workflows."""
    from tfxc.compiler.start.render import project_files

    for path, text in project_files(project).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")
    (folder / "data").mkdir()
    project.copy.write(folder / "data")
    if ci is None:
        return []
    from tfxc.compiler.commands.ci import write_first_workflows

    environment = "prod" if project.backend not in (None, Orchestrator.LOCAL.value) else None
    notes = write_first_workflows(folder / "pipeline.yaml", folder, environment, ci is Forge.GITHUB)
    # They name the folder that is written to, which is to become another.
    return [note.replace(f"{folder}/", "") for note in notes]


def _told(project: Project, folder: Path, written: list[str]) -> list[str]:
    copy = project.copy
    lines = [f"copied to {folder}/data/{copy.file_name}, with:"] if copy.done else []
    lines += [f"  {each}" for each in copy.done]
    return [
        *lines,
        f"{project.goal.baseline}: a model must do better to be pushed",
        f"{folder}: {len(written)} files written, see {folder}/README.md",
        f"next: tfxc run {folder}",
    ]


def _as_json(project: Project, folder: Path, written: list[str]) -> str:
    from dataclasses import asdict

    goal = asdict(project.goal)
    columns: list[dict[str, Any]] = [
        {
            "name": feature.name,
            "source": feature.column.source,
            "kind": feature.column.kind.value,
            "missing": feature.column.missing,
            "distinct": feature.column.distinct,
            "role": feature.role.value,
            "reason": feature.reason or None,
        }
        for feature in project.features
    ]
    table = project.copy.table
    said = {
        "format": "tfxc.init/1",
        "folder": str(folder),
        "name": project.name,
        "data": {"file": str(table.path), "format": table.format, "rows": table.number_of_rows},
        "notes": list(table.notes),
        "done": list(project.copy.done),
        "task": project.task.value,
        "label": project.label.name,
        "goal": goal,
        "columns": columns,
        "files": written,
    }
    return json_text(said)
