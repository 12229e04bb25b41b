"""dbt: `dbt parse` with the DuckDB adapter, of a model for each node."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.peers.tool import Command, Found, Graph, Tool

PROJECT = """name: generated
version: "1.0"
profile: generated
model-paths: [models]
"""
PROFILES = """generated:
  target: local
  outputs:
    local: {type: duckdb, path: ":memory:"}
"""


def write(graph: Graph, folder: Path) -> None:
    """Writes a project whose models select from those before them."""
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(PROJECT, encoding="utf-8")
    (folder / "profiles.yml").write_text(PROFILES, encoding="utf-8")
    for name, upstream in graph.items():
        selects = [f"select id from {{{{ ref('{each}') }}}}" for each in upstream] or ["select 1 as id"]
        (folder / "models" / f"{name}.sql").write_text("\nunion all\n".join(selects) + "\n", encoding="utf-8")


def find(folder: Path, printed: str) -> Found:
    """Reads the manifest."""
    manifest = json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))
    models = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    return Found(len(models), sum(len(model["depends_on"]["nodes"]) for model in models))


TOOL = Tool(
    name="dbt",
    packages=("dbt-core", "dbt-duckdb"),
    locks=("dbt",),
    write=write,
    commands=(
        Command(
            name="dbt parse",
            does="renders each model's file, resolves references, writes a manifest; no types, no SQL",
            beside="validate",
            arguments=("dbt", "parse"),
            find=find,
            forgets=("target", "logs"),
        ),
    ),
    variables={"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"},
)
