"""tfxc beside other tools that check, compile or draw a pipeline, and the latencies of `tfxc lsp`.

    python -m tests.benchmarks.peers
    python -m tests.benchmarks.peers --sizes 10 100 --tools tfxc kfp dvc --edits 0
    python -m tests.benchmarks.peers --record      # into measured.json and docs/benchmarks.md
    python -m tests.benchmarks.peers --sizes --edits 10000 --record     # the language server only

Each tool gets a pipeline of the same nodes and edges in its own language, and is started as a user starts it,
each time in a new process and all of them in turns. Their environments are made from the locks in
tests/environments; the first time, that takes minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks import lsp
from tests.benchmarks.peers import (
    beam_yaml,
    dag_factory,
    dbt,
    dvc,
    elyra,
    kedro,
    kfp_compiler,
    tfxc_itself,
)
from tests.benchmarks.peers.environments import ROOT, NotInstallableError, programs, versions
from tests.benchmarks.peers.measuring import Contestant, Row, measure
from tests.benchmarks.peers.table import put_into, rendered
from tests.benchmarks.peers.tool import Tool

TOOLS = (
    tfxc_itself.TOOL,
    tfxc_itself.IN_AIRFLOW,
    kfp_compiler.TOOL,
    dag_factory.TOOL,
    elyra.TOOL,
    dvc.TOOL,
    kedro.TOOL,
    dbt.TOOL,
    beam_yaml.TOOL,
)
MEASURED = Path(__file__).with_name("measured.json")
PAGE = ROOT / "docs" / "benchmarks.md"
LSP_NODES = 1000


def main() -> None:
    """Measures, prints the tables, and keeps them if asked. Ends with 1 if a command did not do its work."""
    given = arguments()
    names = given.tools
    tools = [tool for tool in TOOLS if not names or tool.name in names]
    where: dict[int, Path] = {}
    told: dict[str, str] = {}
    left_out: dict[str, str] = {}
    for number, tool in enumerate(tools):
        try:
            where[number] = programs(tool, given.environments)
            told |= versions(tool, where[number])
        except NotInstallableError as error:
            left_out[tool.name] = str(error)
            tell(f"{tool.name} cannot be installed: {error}")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for nodes in given.sizes:
            contestants, graph = _contestants(tools, where, Path(folder) / str(nodes), nodes)
            rows += measure(contestants, graph, given.repeat, given.limit, tell)
    facts = {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "repeat": given.repeat,
        "note": f" ({given.note})" if given.note else "",
    }
    result: dict[str, Any] = {
        "facts": facts,
        "versions": told,
        "left_out": left_out,
        "rows": [asdict(row) for row in rows],
        "lsp": latencies(given.repeat * 4, given.edits) if given.edits else None,
    }
    if given.record and MEASURED.exists():
        last = json.loads(MEASURED.read_text(encoding="utf-8"))
        result = {**result, "lsp": result["lsp"] or last["lsp"]} if rows else {**last, "lsp": result["lsp"]}
    tables = rendered(result, TOOLS)
    sys.stdout.write(f"{tables}\n")
    if given.output:
        given.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if given.record:
        MEASURED.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        PAGE.write_text(put_into(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")
    if any(row.problem and not row.problem.startswith(">") for row in rows):
        raise SystemExit(1)


def arguments() -> argparse.Namespace:
    """Returns what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.peers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = sorted({tool.name for tool in TOOLS})
    parser.add_argument("--sizes", type=int, nargs="*", default=[10, 100, 1000], help="numbers of nodes")
    parser.add_argument("--repeat", type=int, default=5, help="starts that count, of each command")
    parser.add_argument("--limit", type=float, default=120, help="CPU-seconds after which a command is ended")
    parser.add_argument("--tools", nargs="+", choices=names, help="these only")
    parser.add_argument("--environments", type=Path, default=ROOT / ".venvs" / "peers", help="where they are")
    parser.add_argument("--edits", type=int, default=10_000, help="of the language server; 0: leave it out")
    parser.add_argument("--note", default="", help="what to say of the machine")
    parser.add_argument("--output", type=Path, help="a file for the result as JSON")
    parser.add_argument("--record", action="store_true", help="keep it as the table of the documentation")
    return parser.parse_args()


def _contestants(
    tools: Sequence[Tool], where: Mapping[int, Path], folder: Path, nodes: int
) -> tuple[list[Contestant], Mapping[str, Sequence[str]]]:
    """Writes the pipelines of one size, and returns what is to be measured on them and their graph."""
    first = folder / "graph"
    first.mkdir(parents=True)
    graph = tfxc_itself.graph_of(tfxc_itself.write_generated(nodes, first))
    contestants = []
    for number, bin_folder in where.items():
        tool = tools[number]
        own = folder / str(number)
        home = own / "home"
        home.mkdir(parents=True)
        project = own / "project"
        project.mkdir()
        tool.write(graph, project)
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "TFXC"))},
            "PATH": f"{bin_folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(home),
            "AIRFLOW_HOME": str(home / "airflow"),
            **tool.variables,
        }
        contestants += [Contestant(tool, each, project, bin_folder, environment) for each in tool.commands]
    return contestants, graph


def latencies(repeat: int, edits: int) -> dict[str, Any]:
    """Returns what the language server takes."""
    return {
        "nodes": LSP_NODES,
        "requests": [asdict(each) for each in lsp.latencies(LSP_NODES, repeat)],
        "memory": [asdict(each) for each in lsp.memory(edits)],
    }


def tell(text: str) -> None:
    """Says how far it is."""
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
