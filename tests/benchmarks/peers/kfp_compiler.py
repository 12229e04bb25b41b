"""The kfp SDK: `kfp dsl compile`, of a container component for each node."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.benchmarks.peers.tool import Command, Found, Graph, Tool

HEAD = '''"""A generated pipeline."""

from kfp import dsl
'''
COMPONENT = """

@dsl.container_component
def {name}(
    data: str,
    train_steps: int,
    min_accuracy: float,
    run_id: str,
    state: dsl.OutputPath(str),
    summary: dsl.Output[dsl.Markdown],
):
    return dsl.ContainerSpec(
        image="registry.example/generated:1",
        command=["python", "-m", "task"],
        args=["--node", "{name}", data, train_steps, min_accuracy, run_id, state, summary.path],
    )
"""
PARAMETERS = "data=data, train_steps=train_steps, min_accuracy=min_accuracy, run_id=run_id"
PIPELINE = """

@dsl.pipeline(name="generated")
def pipeline(data: str = "gs://bucket/data", train_steps: int = 200, min_accuracy: float = 0.9):
    run_id = dsl.PIPELINE_JOB_ID_PLACEHOLDER
"""


def write(graph: Graph, folder: Path) -> None:
    """Writes pipeline.py."""
    lines = [HEAD, *(COMPONENT.format(name=name) for name in graph), PIPELINE]
    for name, upstream in graph.items():
        lines.append(f"    {name}_task = {name}({PARAMETERS})\n")
        if upstream:
            lines.append(f"    {name}_task.after({', '.join(f'{each}_task' for each in upstream)})\n")
    (folder / "pipeline.py").write_text("".join(lines), encoding="utf-8")


def find(folder: Path, printed: str) -> Found:
    """Reads what was compiled."""
    text = (folder / "pipeline.yaml").read_text(encoding="utf-8")
    tasks = yaml.load(text, yaml.CSafeLoader)["root"]["dag"]["tasks"]
    return Found(len(tasks), sum(len(task.get("dependentTasks", ())) for task in tasks.values()))


TOOL = Tool(
    name="kfp",
    packages=("kfp",),
    locks=("kubeflow",),
    write=write,
    commands=(
        Command(
            name="kfp dsl compile",
            does="the same: nodes with the parameters and outputs of tfxc's; runs the pipeline's Python",
            beside="compile kubeflow",
            arguments=("kfp", "dsl", "compile", "--py", "pipeline.py", "--output", "pipeline.yaml"),
            find=find,
            forgets=("pipeline.yaml", "__pycache__"),
        ),
    ),
)
