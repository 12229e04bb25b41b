"""What a shell offers for the values of options, asked as bash asks, and by bash itself."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tfxc.compiler import cli

SPEC = """\
version: 1
name: birds
pipeline_root: out
parameters:
  steps: {type: int, default: 200}
  speed: {type: str, choices: [slow, fast], default: slow}
  quick: {type: bool, default: true}
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  evaluate: {type: "owned:Component"}
environments:
  prod: {components: {pusher: {type: Pusher}}}
  plain: {}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "birds"
    for run_id in ("20261128-100000", "20261127-090000", ".part"):
        (folder / "out" / ".tfxc" / run_id).mkdir(parents=True)
    (folder / "pipeline.yaml").write_text(SPEC)
    (folder / "owned.py").write_text("from pathlib import Path\nPath('owned').touch()\n")
    (tmp_path / "broken.yaml").write_text("components: [")
    (tmp_path / "odd.yaml").write_text("environments: 3\nparameters: {a: 1}\ncomponents: text\n")
    monkeypatch.chdir(tmp_path)


def offered(*words: str) -> list[str]:
    """Returns what completes the last word."""
    from typer._completion_classes import BashComplete  # what the script of bash calls

    command = typer.main.get_command(cli.app)
    completer = BashComplete(command, {}, "tfxc", "_TFXC_COMPLETE")
    return [found.value for found in completer.get_completions(list(words[:-1]), words[-1])]


RUNS = ["20261128-100000", "20261127-090000"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["run", "birds/pipeline.yaml", "--env", ""], ["prod", "plain"]),
        (["run", "birds", "-e", "pr"], ["prod"]),
        (["graph", "birds", "--env", ""], ["prod", "plain"]),
        (["validate", "birds", "--env", ""], ["prod", "plain"]),
        (["run", "birds", "--from", "e"], ["example_gen", "evaluate"]),
        (["run", "birds", "--to", "ev"], ["evaluate"]),
        (["run", "birds", "--only", "p"], []),
        (["run", "birds", "--env", "prod", "--only", "p"], ["pusher"]),
        (["run", "birds", "-P", "st"], ["steps=200"]),
        (["run", "birds", "-P", "steps=1", "-P", "sp"], ["speed=slow", "speed=fast"]),
        (["run", "birds", "-P", "q"], ["quick=true", "quick=false"]),
        (["run", "birds", "--run-id", ""], RUNS),
        (["runs", "show", "--spec", "birds", ""], ["latest", *RUNS]),
        (["run", "broken.yaml", "--env", ""], []),
        (["run", "odd.yaml", "--env", ""], []),
        (["run", "odd.yaml", "--only", ""], []),
        (["run", "odd.yaml", "-P", ""], ["a="]),
        (["run", "gone.yaml", "--run-id", ""], []),
        (["run", "--env", ""], []),
    ],
)
def test_names_out_of_the_spec(
    words: list[str], names: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert offered(*words) == names
    assert capsys.readouterr() == ("", "")
    assert not list(Path().rglob("owned"))


def test_the_spec_of_this_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("birds")
    assert offered("run", "--env", "pl") == ["plain"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_with_the_script_that_tfxc_installs(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "tfxc").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -c "from tfxc.compiler.cli import main; main()" "$@"\n'
    )
    (tools / "tfxc").chmod(0o755)
    script = (
        f"PATH={tools}:$PATH\n"
        'eval "$(_TFXC_COMPLETE=source_bash tfxc)"\n'
        "COMP_WORDS=(tfxc run birds --only e) COMP_CWORD=4\n"
        "function=$(complete -p tfxc | sed 's/.*-F \\([^ ]*\\).*/\\1/')\n"
        '$function tfxc\necho "${COMPREPLY[*]}"\n'
    )
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("example_gen evaluate\n", "")
