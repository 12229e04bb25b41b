"""Elyra: `elyra-pipeline validate`, of a generic pipeline of Python scripts."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from tests.benchmarks.peers.tool import Command, Found, Graph, Tool, last_object


def _id(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def _node(name: str, upstream: list[str], number: int) -> dict[str, Any]:
    links = [
        {"id": _id(f"{each} to {name}"), "node_id_ref": _id(each), "port_id_ref": "outPort"}
        for each in upstream
    ]
    return {
        "id": _id(name),
        "type": "execution_node",
        "op": "execute-python-node",
        "app_data": {
            "component_parameters": {
                "filename": "node.py",
                "runtime_image": "registry.example/generated:1",
                "dependencies": [],
                "include_subdirectories": False,
                "outputs": [],
            },
            "label": name,
            "ui_data": {"label": name, "x_pos": 40 * number, "y_pos": 40, "description": name},
        },
        "inputs": [{"id": "inPort", "app_data": {}, "links": links}],
        "outputs": [{"id": "outPort", "app_data": {}}],
    }


def write(graph: Graph, folder: Path) -> None:
    """Writes generated.pipeline and the script that each node runs."""
    (folder / "node.py").write_text('print("a node")\n', encoding="utf-8")
    pipeline = {
        "id": _id("the pipeline"),
        "nodes": [_node(name, list(graph[name]), number) for number, name in enumerate(graph)],
        "app_data": {
            "ui_data": {"comments": []},
            "version": 8,
            "properties": {"name": "generated", "runtime": "Generic", "pipeline_defaults": {}},
        },
        "runtime_ref": "",
    }
    document = {
        "doc_type": "pipeline",
        "version": "3.0",
        "id": _id("the document"),
        "primary_pipeline": pipeline["id"],
        "pipelines": [pipeline],
        "schemas": [],
    }
    (folder / "generated.pipeline").write_text(json.dumps(document, indent=2), encoding="utf-8")


def find(folder: Path, printed: str) -> Found:
    """Reads `describe --json`, which follows what `validate` printed."""
    if "SUCCEEDED" not in printed:
        return Found(0, problem="it does not say that the validation succeeded")
    return Found(last_object(printed)["generic_node_count"])


TOOL = Tool(
    name="elyra",
    packages=("elyra",),
    locks=("elyra",),
    write=write,
    commands=(
        Command(
            name="elyra-pipeline validate",
            does="names, files, cycles; no types of data; one script for all nodes",
            beside="validate",
            arguments=("elyra-pipeline", "validate", "generated.pipeline"),
            find=find,
            witness=("elyra-pipeline", "describe", "generated.pipeline", "--json"),
        ),
    ),
)
