"""The comparison with other tools: pipelines equal to tfxc's, and a table that says what was measured."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.benchmarks.peers import measuring, tfxc_itself
from tests.benchmarks.peers.__main__ import MEASURED, PAGE, TOOLS
from tests.benchmarks.peers.measuring import Contestant, measure
from tests.benchmarks.peers.table import put_into, rendered
from tests.benchmarks.peers.tool import Command, Found, Graph, Tool

Read = dict[str, list[str]]
NODES = 16


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    return tfxc_itself.graph_of(tfxc_itself.write_generated(NODES, tmp_path_factory.mktemp("spec")))


def kfp(folder: Path) -> Read:
    written = ast.parse((folder / "pipeline.py").read_text())
    text = ast.unparse(written)
    found: Read = {name: [] for name in re.findall(r"^    (\w+)_task = \1\(data=data, ", text, re.MULTILINE)}
    for name, upstream in re.findall(r"^    (\w+)_task\.after\((.*)\)$", text, re.MULTILINE):
        found[name] = [each.removesuffix("_task") for each in upstream.split(", ")]
    return found


def dag_factory(folder: Path) -> Read:
    tasks = yaml.safe_load((folder / "dag.yaml").read_text())["generated"]["tasks"]
    return {task["task_id"]: task.get("dependencies", []) for task in tasks}


def elyra(folder: Path) -> Read:
    nodes = json.loads((folder / "generated.pipeline").read_text())["pipelines"][0]["nodes"]
    labels = {node["id"]: node["app_data"]["label"] for node in nodes}
    return {
        node["app_data"]["label"]: [labels[link["node_id_ref"]] for link in node["inputs"][0]["links"]]
        for node in nodes
    }


def dvc(folder: Path) -> Read:
    stages = yaml.safe_load((folder / "dvc.yaml").read_text())["stages"]
    makes = {stage["outs"][0]: name for name, stage in stages.items()}
    return {name: [makes[each] for each in stage.get("deps", [])] for name, stage in stages.items()}


def kedro(folder: Path) -> Read:
    text = (folder / "src" / "generated" / "pipeline_registry.py").read_text()
    calls = [each for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Call) and len(each.args) == 3]
    given = [[ast.literal_eval(argument) for argument in call.args[1:]] for call in calls]
    return {
        output.removesuffix("_data"): [each.removesuffix("_data") for each in inputs or []]
        for inputs, output in given
    }


def dbt(folder: Path) -> Read:
    return {
        path.stem: re.findall(r"ref\('(\w+)'\)", path.read_text())
        for path in (folder / "models").glob("*.sql")
    }


def beam_yaml(folder: Path) -> Read:
    transforms = yaml.safe_load((folder / "pipeline.yaml").read_text())["pipeline"]["transforms"]
    found: Read = {}
    for each in transforms:
        given: Any = each.get("input", [])
        found[each["name"]] = [given] if isinstance(given, str) else list(dict(given).values())
    return found


READERS: dict[str, Callable[[Path], Read]] = {
    "kfp": kfp,
    "dag-factory": dag_factory,
    "elyra": elyra,
    "dvc": dvc,
    "kedro": kedro,
    "dbt": dbt,
    "Beam YAML": beam_yaml,
}


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool.name != "tfxc"], ids=lambda tool: tool.name)
def test_the_pipeline_of_a_peer_has_the_nodes_and_edges_of_tfxcs(
    tool: Tool, graph: Graph, tmp_path: Path
) -> None:
    tool.write(graph, tmp_path)
    assert READERS[tool.name](tmp_path) == {name: list(upstream) for name, upstream in graph.items()}
    lock = Path(__file__).parents[1] / "environments" / tool.locks[-1] / "requirements.txt"
    assert f"\n{tool.packages[0]}==" in re.sub(r"\[\w+\]", "", f"\n{lock.read_text()}")


def contestant(folder: Path, name: str, program: str, nodes: int = NODES) -> Contestant:
    command = Command(name, "", "", ("python", "-c", program), lambda folder, printed: Found(nodes))
    tool = Tool("peer", (), (), lambda graph, folder: None, (command,))
    return Contestant(tool, command, folder, Path(sys.executable).parent, {})


def test_what_a_command_did_is_checked_before_it_is_measured(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(measuring, "PATIENCE", 60)  # that it is the CPU time that ends the last one
    works, loses, fails, works_on = measure(
        [
            contestant(tmp_path, "works", "sum(range(2_000_000))"),
            contestant(tmp_path, "loses", "", nodes=3),
            contestant(tmp_path, "fails", "raise SystemExit('no such stage')"),
            contestant(tmp_path, "works on", "while True: pass"),
        ],
        graph,
        repeat=2,
        limit=0.5,  # which the kernel makes a whole second of
        tell=told.append,
    )
    assert works.runs == 2
    assert works.cpu is not None
    assert works.cpu > 0.01
    assert loses.problem.startswith("3 nodes and None edges, not 16 and ")
    assert fails.problem == "failed: no such stage"
    assert works_on.problem == "> 0.5 s"
    assert len(told) == 4


def test_a_command_that_only_waits_is_ended_too(
    graph: Graph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "PATIENCE", 2)
    waits = contestant(tmp_path, "waits", "import time; time.sleep(60)")
    (lasts,) = measure([waits], graph, repeat=2, limit=0.1, tell=lambda line: None)
    assert (lasts.problem, lasts.runs) == ("> 0.1 s", 0)


def test_the_table_is_that_of_what_was_measured() -> None:
    result = json.loads(MEASURED.read_text())
    tables = rendered(result, TOOLS)
    page = PAGE.read_text()
    assert put_into(page, tables) == page
    for tool in TOOLS:
        assert all(command.name in tables for command in tool.commands)
    with pytest.raises(ValueError, match="has no"):
        put_into("a page", tables)


def test_a_row_says_how_many_times_tfxcs_it_takes_or_why_not() -> None:
    peer = Tool(
        "peer",
        (),
        (),
        lambda graph, folder: None,
        (Command("peer check", "less", "validate", ("peer",), lambda folder, printed: Found(0)),),
    )

    def row(tool: str, command: str, nodes: int, cpu: float | None, problem: str = "") -> dict[str, Any]:
        numbers = {"wall": cpu, "cpu": cpu, "runs": 1, "problem": problem}
        return {"tool": tool, "command": command, "nodes": nodes, **numbers}

    result = {
        "facts": {"cores": 2, "note": "", "python": "3.10", "repeat": 1},
        "versions": {},
        "left_out": {"other": "no wheel"},
        "rows": [
            *(row("tfxc", "validate", nodes, 0.2) for nodes in (10, 1000)),
            row("peer", "peer check", 10, 2.5),
            row("peer", "peer check", 1000, None, "> 120 s"),
        ],
        "lsp": None,
    }
    tables = rendered(result, [peer])
    assert "other could not be installed: no wheel." in tables
    assert "| `peer check` | 2.50 / 2.50 | > 120 s | 12, — of `validate` | less |" in tables


def test_the_script_explains_itself() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.peers"]
    told = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True)
    assert "python -m tests.benchmarks.peers --sizes 10 100" in told.stdout
    refused = subprocess.run([*command, "--tools", "make"], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
