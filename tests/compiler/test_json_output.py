"""What commands print for programs that read it."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.cli import COMMANDS, run
from tfxc.schemas.diagnostic_codes import CODES

SPEC = """\
version: 1
name: birds
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics, depends_on: [example_gen]}
"""

Printed = Callable[..., Any]


@pytest.fixture
def printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Printed]:
    """Yields a function that returns a command's exit code and the JSON that it prints."""
    (tmp_path / "pipeline.yaml").write_text(SPEC)
    (tmp_path / "bad.yaml").write_text(SPEC.replace("examples: example_gen", "examples: exmple_gen"))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Any:
        capsys.readouterr()
        exit_code = run(arguments)
        return exit_code, json.loads(capsys.readouterr().out)

    yield call
    gc.enable()


def test_graph(printed: Printed) -> None:
    exit_code, graph = printed("graph", "pipeline.yaml", "--json")
    assert exit_code == 0
    assert [node["id"] for node in graph["nodes"]] == ["example_gen", "statistics_gen", "schema_gen"]
    assert {(edge["from"], edge["to"], edge["kind"], edge["output"]) for edge in graph["edges"]} == {
        ("example_gen", "statistics_gen", "data", "examples"),
        ("statistics_gen", "schema_gen", "data", "statistics"),
        ("example_gen", "schema_gen", "order", None),
    }
    assert printed("graph", "pipeline.yaml", "--format", "json") == (0, graph)


def test_explain(printed: Printed) -> None:
    exit_code, codes = printed("explain", "--json")
    assert exit_code == 0
    assert [entry["code"] for entry in codes] == list(CODES)
    _, entry = printed("explain", "t204", "--json")
    assert entry["severity"] == "error"
    assert entry["page"].startswith("# T204")


def test_compile(printed: Printed) -> None:
    command = ("compile", "pipeline.yaml", "--backend", "local", "-o", "out", "--json")
    exit_code, done = printed(*command)
    assert exit_code == 0
    assert "plan.json" in done["written"]
    _, again = printed(*command)
    assert (again["written"], again["unchanged"]) == ([], done["written"])


def test_compile_gives_the_mistakes(printed: Printed) -> None:
    exit_code, done = printed("compile", "bad.yaml", "--backend", "local", "-o", "out", "--json")
    assert exit_code == 1
    assert done["written"] == []
    assert [each["code"] for each in done["diagnostics"] if each["severity"] == "error"] == ["T202"]
    assert not Path("out").exists()


NO_JSON = {
    "validate": "--format",
    **dict.fromkeys(("serve", "ui", "lsp"), ""),  # they go on until they are stopped
    **dict.fromkeys(("plan", "ir", "schema"), ""),  # what they print is JSON
    "fmt": "",
    **dict.fromkeys(("registry", "kubeflow"), ""),  # groups
}


@pytest.mark.parametrize("command", [each for each in COMMANDS if each not in NO_JSON])
def test_every_command_tells_programs_what_it_did(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = (command, "list") if command == "runs" else (command,)
    assert run([*arguments, "--help"]) == 0
    assert "--json" in capsys.readouterr().out
    gc.enable()
