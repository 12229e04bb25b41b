"""tfxc: validate, compile and graph of a generated spec, and its Airflow DAG as Airflow loads it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import yaml

from tests.benchmarks.generated_specs import write_spec_for_cluster
from tests.benchmarks.peers import dag_factory
from tests.benchmarks.peers.tool import Command, Found, Graph, Tool, last_object

PROGRAM = Path(sys.executable).with_name("tfxc")


def write_generated(nodes: int, folder: Path) -> Path:
    """Writes a spec that compiles for each backend, and returns its path."""
    spec = write_spec_for_cluster(folder, nodes)
    # A process on an Airflow worker cannot be given cores and memory.
    text = spec.read_text(encoding="utf-8").replace(", resources: {cpu: 4, memory: 8Gi}", "")
    spec.write_text(text, encoding="utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "penguins.csv").write_text("island,sex,species\n", encoding="utf-8")
    return spec


def graph_of(spec: Path) -> Graph:
    """Returns the nodes and edges of a spec, as its Plan has them."""
    done = subprocess.run([str(PROGRAM), "plan", str(spec)], capture_output=True, text=True, check=True)
    return {node["id"]: node["upstream"] for node in last_object(done.stdout)["nodes"]}


def write(graph: Graph, folder: Path) -> None:
    """Writes the spec that the graph is of."""
    write_generated(len(graph), folder)


def write_compiled(graph: Graph, folder: Path) -> None:
    """Writes the spec, compiles it for Airflow, and writes what loads its DAG."""
    write(graph, folder)
    command = [str(PROGRAM), "compile", "pipeline.yaml", "-b", "airflow", "-o", "airflow"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    dag_factory.write_loader(folder)


def find_planned(folder: Path, printed: str) -> Found:
    """Reads the Plan that follows what was printed."""
    nodes = last_object(printed)["nodes"]
    return Found(len(nodes), sum(len(node["upstream"]) for node in nodes))


def find_drawn(folder: Path, printed: str) -> Found:
    """Counts the dots of the picture."""
    lines = [line.split(" ") for line in printed.splitlines()]
    return Found(sum("●" in words for words in lines))


def find_compiled(folder: Path, printed: str) -> Found:
    """Reads the Plan of the bundle, or the Kubeflow pipeline."""
    if (folder / "kubeflow").exists():
        text = (folder / "kubeflow" / "pipeline.yaml").read_text(encoding="utf-8")
        tasks = next(yaml.load_all(text, yaml.CSafeLoader))["root"]["dag"]["tasks"]
        return Found(len(tasks))
    bundle = next(each for each in ("local", "airflow") if (folder / each).exists())
    return find_planned(folder, json.dumps(json.loads((folder / bundle / "plan.json").read_text())))


def _compile(backend: str, does: str, *more: str) -> Command:
    return Command(
        name=f"compile {backend}",
        does=does,
        beside="",
        arguments=("tfxc", "compile", "pipeline.yaml", *more, "--backend", backend, "--output", backend),
        find=find_compiled,
        forgets=("local", "airflow", "kubeflow"),
    )


TOOL = Tool(
    name="tfxc",
    packages=("tfxc",),
    locks=(),
    write=write,
    commands=(
        Command(
            name="validate",
            does="types, references, files, conditions, config messages; module files are read, not run",
            beside="",
            arguments=("tfxc", "validate", "pipeline.yaml"),
            find=find_planned,
            witness=("tfxc", "plan", "pipeline.yaml"),
        ),
        Command(
            name="graph",
            does="validates, and draws all nodes and edges as text",
            beside="",
            arguments=("tfxc", "graph", "pipeline.yaml"),
            find=find_drawn,
        ),
        _compile("local", "validates, and writes the plan and module files"),
        _compile("airflow", "validates, and writes a DAG file with its plan and documentation"),
        _compile("kubeflow", "validates, and writes a pipeline with an image's files", "--env", "cluster"),
    ),
)

IN_AIRFLOW = Tool(
    name="tfxc",
    packages=(),
    locks=dag_factory.LOCKS,
    write=write_compiled,
    commands=(
        Command(
            name="load of the compiled DAG in Airflow",
            does="what Airflow's processor does with what was compiled, in a new Python with Airflow",
            beside="",
            arguments=("python", "load.py", "airflow/generated.py"),
            find=dag_factory.find_loaded,
            forgets=("airflow/__pycache__",),
        ),
    ),
    variables=dag_factory.VARIABLES,
)
