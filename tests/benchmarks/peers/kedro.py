"""Kedro: `kedro registry list` and `kedro registry describe`, of a project with one pipeline."""

from __future__ import annotations

import re
from pathlib import Path

from tests.benchmarks.peers.tool import Command, Found, Graph, Tool

PROJECT = """[tool.kedro]
package_name = "generated"
project_name = "generated"
kedro_init_version = "{version}"
source_dir = "src"
"""
VERSION = "1.7.0"
"""As in tests/environments/kedro: Kedro refuses a project of another major version."""
REGISTRY = '''"""A generated pipeline."""

from kedro.pipeline import Pipeline, node


def run(*data):
    return data


def register_pipelines():
    return {"__default__": Pipeline(
        [
'''


def write(graph: Graph, folder: Path) -> None:
    """Writes a project: a node for each, which takes what the nodes before it give."""
    package = folder / "src" / "generated"
    package.mkdir(parents=True)
    (folder / "conf" / "base").mkdir(parents=True)
    (folder / "conf" / "local").mkdir()
    (folder / "conf" / "base" / "catalog.yml").write_text("{}\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text(PROJECT.format(version=VERSION), encoding="utf-8")
    (package / "__init__.py").write_text('"""A generated project."""\n', encoding="utf-8")
    (package / "settings.py").write_text('"""Everything is as Kedro has it."""\n', encoding="utf-8")
    nodes = []
    for name, upstream in graph.items():
        inputs = [f"{each}_data" for each in upstream] or None
        nodes.append(f"            node(run, {inputs}, '{name}_data', name='{name}'),\n")
    text = REGISTRY + "".join(nodes) + "        ]\n    )}\n"
    (package / "pipeline_registry.py").write_text(text, encoding="utf-8")


def find(folder: Path, printed: str) -> Found:
    """Reads the nodes of `describe`; after `list` it is the witness."""
    problem = "" if "- __default__" in printed or "Nodes:" in printed else "it does not name the pipeline"
    return Found(len(re.findall(r"^- \w+ \(run\)$", printed, re.MULTILINE)), problem=problem)


DESCRIBE = ("kedro", "registry", "describe", "__default__")
FORGETS = ("src/generated/__pycache__",)

TOOL = Tool(
    name="kedro",
    packages=("kedro",),
    locks=("kedro",),
    write=write,
    commands=(
        Command(
            name="kedro registry list",
            does="makes the pipelines by running their Python, and tells their names; no types, no files",
            beside="validate",
            arguments=("kedro", "registry", "list"),
            find=find,
            witness=DESCRIBE,
            forgets=FORGETS,
        ),
        Command(
            name="kedro registry describe",
            does="less: as above, and lists the nodes in their order, without edges",
            beside="graph",
            arguments=DESCRIBE,
            find=find,
            forgets=FORGETS,
        ),
    ),
    variables={"DO_NOT_TRACK": "1", "KEDRO_DISABLE_TELEMETRY": "1"},
)
