"""Beam YAML, with the runner that renders a pipeline and does not run it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks.peers.tool import Command, Found, Graph, Tool


def _transform(name: str, upstream: list[str]) -> dict[str, Any]:
    if not upstream:
        return {"type": "Create", "name": name, "config": {"elements": [{"id": 1}]}}
    if len(upstream) == 1:
        config = {"language": "python", "fields": {"id": "id + 1"}}
        return {"type": "MapToFields", "name": name, "input": upstream[0], "config": config}
    return {"type": "Flatten", "name": name, "input": {f"from_{each}": each for each in upstream}}


def write(graph: Graph, folder: Path) -> None:
    """Writes pipeline.yaml."""
    transforms = [_transform(name, list(upstream)) for name, upstream in graph.items()]
    text = yaml.safe_dump({"pipeline": {"transforms": transforms}}, sort_keys=False)
    (folder / "pipeline.yaml").write_text(text, encoding="utf-8")


def find(folder: Path, printed: str) -> Found:
    """Reads the transforms that the picture has on its outermost level."""
    text = (folder / "pipeline.dot").read_text(encoding="utf-8")
    return Found(len(set(re.findall(r'subgraph "cluster_ref_AppliedPTransform_(\w+)_\d+"', text))))


TOOL = Tool(
    name="Beam YAML",
    packages=("apache-beam",),
    locks=("beam",),
    write=write,
    commands=(
        Command(
            name="apache_beam.yaml.main, RenderRunner",
            does="makes a Beam pipeline of the transforms, with types, and writes it as dot; runs nothing",
            beside="compile local",
            arguments=(
                "python",
                "-m",
                "apache_beam.yaml.main",
                "--yaml_pipeline_file=pipeline.yaml",
                "--runner=apache_beam.runners.render.RenderRunner",
                "--render_output=pipeline.dot",
            ),
            find=find,
            forgets=("pipeline.dot",),
        ),
    ),
)
