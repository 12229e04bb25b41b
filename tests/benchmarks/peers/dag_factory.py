"""dag-factory: its lint, and its YAML loaded as Airflow does; beside the latter, the file that tfxc compiles.

Both are loaded by the same few lines in the same environment, Airflow's import included.
"""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from tests.benchmarks.peers.tool import Command, Found, Graph, Tool

LOCKS = ("airflow3", "dag-factory")
VARIABLES = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__DAG_FACTORY__ENABLE_TELEMETRY": "False",
    "PYTHONWARNINGS": "ignore",
}
DAG_FILE = '''"""Loads the DAG beside it."""

from pathlib import Path

from dagfactory import load_yaml_dags

# airflow dag
load_yaml_dags(globals_dict=globals(), config_filepath=str(Path(__file__).resolve().with_name("dag.yaml")))
'''
LOADER = '''"""Loads the DAG file that is named, and prints how many tasks and edges it has."""

import json
import runpy
import sys

found = [value for value in runpy.run_path(sys.argv[1]).values() if hasattr(value, "task_dict")]
tasks = [task for dag in {id(dag): dag for dag in found}.values() for task in dag.tasks]
print(json.dumps({"nodes": len(tasks), "edges": sum(len(task.upstream_task_ids) for task in tasks)}))
'''


def write_loader(folder: Path) -> None:
    """Writes what loads a DAG file."""
    (folder / "load.py").write_text(LOADER, encoding="utf-8")


def write(graph: Graph, folder: Path) -> None:
    """Writes dag.yaml, dag.py and what loads it."""
    tasks = [
        {
            "task_id": name,
            "operator": "airflow.providers.standard.operators.bash.BashOperator",
            "bash_command": f"run {name}",
            **({"dependencies": list(upstream)} if upstream else {}),
        }
        for name, upstream in graph.items()
    ]
    dag = {"default_args": {"start_date": "2026-01-01"}, "schedule": None, "catchup": False, "tasks": tasks}
    text = yaml.safe_dump({"generated": dag}, sort_keys=False)
    (folder / "dag.yaml").write_text(text, encoding="utf-8")
    (folder / "dag.py").write_text(DAG_FILE, encoding="utf-8")
    write_loader(folder)


def find_loaded(folder: Path, printed: str) -> Found:
    """Reads the last line, which the loader prints."""
    return Found(**json.loads(printed.strip().splitlines()[-1]))


def find_linted(folder: Path, printed: str) -> Found:
    """Lint tells of files only: what it says, and the nodes of the file."""
    tasks = yaml.load((folder / "dag.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader)["generated"][
        "tasks"
    ]
    said = "1" in printed and "no errors" in printed.lower()
    return Found(len(tasks), problem="" if said else "it does not say that there are no errors")


TOOL = Tool(
    name="dag-factory",
    packages=("dag-factory", "apache-airflow"),
    locks=LOCKS,
    write=write,
    commands=(
        Command(
            name="dagfactory lint",
            does="less: only whether the file is YAML, and imports Airflow for it",
            beside="validate",
            arguments=("dagfactory", "lint", "dag.yaml"),
            find=find_linted,
        ),
        Command(
            name="load of the YAML in Airflow",
            does="the same: the DAG from its file, in a new Python with Airflow; nodes are one command each",
            beside="load of the compiled DAG in Airflow",
            arguments=("python", "load.py", "dag.py"),
            find=find_loaded,
            forgets=("__pycache__",),
        ),
    ),
    variables=VARIABLES,
)
