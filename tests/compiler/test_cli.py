"""``tfxc`` as a user meets it: started as a process, on files, pipes and terminals."""

from __future__ import annotations

import fcntl
import gc
import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from array import array
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import IO

import pytest
import typer

from tfxc.compiler import cli
from tfxc.compiler.command_table import COMMANDS, CommandSource

TFXC = str(Path(sys.executable).with_name("tfxc"))
GOOD = """version: 1
name: good
components:
  example_gen:
    type: CsvExampleGen
    input_base: data
"""
BAD = GOOD.replace("input_base: data", "input_bsae: data")
LAYERED = f"""{GOOD}environments:
  prod: {{name: good-prod}}
  broken: {{components: {{example_gen: {{input_base: 3}}}}}}
"""

Tfxc = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def specs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {"good.yaml": GOOD, "bad.yaml": BAD, "layered.yaml": LAYERED}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "rows.csv").write_text("a,b\n" + "1,2\n" * 30, encoding="utf-8")
    for name in ("NO_COLOR", "FORCE_COLOR", "TFXC_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def process(specs: Path) -> Tfxc:
    """Runs tfxc in a process of its own."""

    def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TFXC, *arguments],
            capture_output=True,
            encoding="utf-8",
            input=stdin,
            cwd=specs,
            env={**os.environ, **variables},
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def tfxc(specs: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tfxc]:
    """Runs tfxc in this process: the same, as far as a pipe goes, and much faster."""
    monkeypatch.chdir(specs)
    monkeypatch.setenv("PYDANTIC_DISABLE_PLUGINS", "__all__")

    def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        buffers = [io.BytesIO(text) for text in (stdin.encode(), b"", b"")]
        streams = [io.TextIOWrapper(buffer, "utf-8") for buffer in buffers]
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            for name, stream in zip(("stdin", "stdout", "stderr"), streams, strict=True):
                patch.setattr(sys, name, stream)
            exit_code = cli.run(arguments)
        for stream in streams[1:]:
            stream.flush()
        out, error = (buffer.getvalue().decode() for buffer in buffers[1:])
        return subprocess.CompletedProcess(["tfxc", *arguments], exit_code, out, error)

    yield run
    gc.enable()


def test_a_process_of_its_own_says_the_same(tfxc: Tfxc, process: Tfxc) -> None:
    for arguments in (
        ["validate", "bad.yaml"],
        ["validate", "nowhere.yaml"],
        ["graph", "good.yaml"],
        ["--help"],
    ):
        here, there = tfxc(*arguments), process(*arguments)
        assert (here.returncode, here.stdout, here.stderr) == (there.returncode, there.stdout, there.stderr)


def test_validate_a_good_spec(tfxc: Tfxc) -> None:
    done = tfxc("validate", "good.yaml", "--strict")
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 spec is valid\n", "")


def test_validate_a_bad_spec(tfxc: Tfxc) -> None:
    done = tfxc("validate", "bad.yaml")
    assert done.returncode == 1
    assert " --> bad.yaml:6:5\n" in done.stdout
    assert "input_base" in done.stdout
    assert re.search(r"^\d+ errors? in 1 file$", done.stdout, re.MULTILINE)
    assert done.stderr == ""
    assert "\x1b" not in done.stdout


def test_validate_several_specs_reports_all_of_them(tfxc: Tfxc) -> None:
    done = tfxc("validate", "bad.yaml", "good.yaml", "nowhere.yaml", "bad.yaml")
    assert done.returncode == 2
    assert done.stdout.count(" --> bad.yaml:6:5\n") == 1
    assert "error[Y015]: nowhere.yaml: there is no such file\n" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("argument", "sentence"),
    [
        ("godo.yaml", "error: godo.yaml: there is no such file; did you mean good.yaml?\n"),
        (".", "error: .: that is a folder, not a file; did you mean bad.yaml?\n"),
        ("/dev/null", "error: /dev/null: that is not a regular file\n"),
        ("gone/a.yaml", "error: gone/a.yaml: there is no such file\n"),
    ],
)
@pytest.mark.parametrize("command", ["graph", "plan"])
def test_what_is_no_file_is_wrong_use(tfxc: Tfxc, command: str, argument: str, sentence: str) -> None:
    done = tfxc(command, argument)
    assert (done.returncode, done.stderr) == (2, sentence)


def test_environments(tfxc: Tfxc) -> None:
    assert tfxc("validate", "layered.yaml").returncode == 0
    assert tfxc("validate", "layered.yaml", "--env", "prod").returncode == 0
    broken = tfxc("validate", "layered.yaml", "--env", "broken")
    assert broken.returncode == 1
    assert " --> layered.yaml:9:" in broken.stdout
    every = tfxc("validate", "layered.yaml", "--all-envs")
    assert every.stdout == broken.stdout
    assert tfxc("validate", "layered.yaml", "-e", "prd").stdout.startswith("error[P351]")
    assert tfxc("validate", "layered.yaml", "-e", "prod", "--all-envs").returncode == 2


def test_standard_input(tfxc: Tfxc) -> None:
    assert tfxc("validate", "-", stdin=GOOD).stdout == "1 spec is valid\n"
    done = tfxc("validate", "-", stdin=BAD)
    assert done.returncode == 1
    assert " --> <stdin>:6:5\n" in done.stdout
    assert tfxc("validate", "-", stdin="extends: good.yaml\nname: other\n").returncode == 0


def test_formats_for_machines(tfxc: Tfxc) -> None:
    as_json = json.loads(tfxc("validate", "bad.yaml", "--format", "json").stdout)
    assert as_json["errors"] >= 1
    assert as_json["diagnostics"][0]["file"] == "bad.yaml"
    sarif = json.loads(tfxc("validate", "bad.yaml", "--format", "sarif").stdout)
    assert sarif["version"] == "2.1.0"
    github = tfxc("validate", "bad.yaml", "--format", "github")
    assert github.stdout.startswith("::error file=bad.yaml,line=")
    assert github.returncode == 1
    assert json.loads(tfxc("validate", "good.yaml", "--format", "json").stdout)["diagnostics"] == []
    assert tfxc("validate", "good.yaml", "--format", "github").stdout == ""


def test_colours_on_demand(tfxc: Tfxc) -> None:
    assert "\x1b[" in tfxc("validate", "bad.yaml", FORCE_COLOR="1").stdout
    assert "\x1b[" not in tfxc("validate", "bad.yaml", FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[" in tfxc("validate", "bad.yaml", FORCE_COLOR="1", NO_COLOR="").stdout


def on_terminal(tmp_path: Path, *arguments: str, **variables: str) -> str:
    """Runs tfxc on a pseudo-terminal and returns what it shows."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(tmp_path)
        environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
        os.execve(TFXC, [TFXC, *arguments], {**environment, "TERM": "xterm-256color", **variables})
    shown = b""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # Linux says so when the child is gone
            break
        if not chunk:
            break
        shown += chunk
    os.waitpid(child, 0)
    return shown.decode()


def test_a_terminal_gets_colours_unless_it_says_no(specs: Path) -> None:
    assert "\x1b[1;31merror[" in on_terminal(specs, "validate", "bad.yaml")
    assert "\x1b[" not in on_terminal(specs, "validate", "bad.yaml", NO_COLOR="1")
    assert "\x1b[" not in on_terminal(specs, "validate", "bad.yaml", TERM="dumb")


def test_explain(tfxc: Tfxc, specs: Path) -> None:
    page = tfxc("explain", "y003")
    assert page.returncode == 0
    assert page.stdout.startswith("# Y003: a key is given twice\n")
    listed = tfxc("explain").stdout
    assert re.search(r"^Y003  error    a key is given twice$", listed, re.MULTILINE)
    unknown = tfxc("explain", "Y03")
    assert unknown.returncode == 2
    assert "did you mean `Y003`?" in unknown.stderr
    shown = on_terminal(specs, "explain", "error[Y003]")
    assert "\x1b[" in shown
    assert "# Y003" not in shown


def test_graph(tfxc: Tfxc, process: Tfxc) -> None:
    assert tfxc("graph", "good.yaml").stdout == "good: 1 node\n● example_gen  CsvExampleGen\n"
    assert process("graph", "good.yaml", PYTHONIOENCODING="ascii").stdout.endswith(
        "* example_gen  CsvExampleGen\n"
    )
    assert tfxc("graph", "good.yaml", "--format", "mermaid").stdout.startswith("flowchart TD\n")
    assert tfxc("graph", "good.yaml", "--format", "dot").stdout.startswith('digraph "good" {\n')


def test_plan(tfxc: Tfxc) -> None:
    plan = json.loads(tfxc("plan", "good.yaml").stdout)
    assert [node["id"] for node in plan["nodes"]] == ["example_gen"]
    assert json.loads(tfxc("plan", "layered.yaml", "--env", "prod").stdout)["name"] == "good-prod"


@pytest.mark.parametrize("command", ["graph", "plan", "ir", "run", "compile"])
def test_a_bad_spec_stops_every_command(tfxc: Tfxc, command: str) -> None:
    more = ["--backend", "local", "-o", "out"] if command == "compile" else []
    done = tfxc(command, "bad.yaml", *more)
    assert done.returncode == 1
    assert done.stdout == ""
    assert " --> bad.yaml:6:5\n" in done.stderr


def test_compile(tfxc: Tfxc, tmp_path: Path) -> None:
    done = tfxc("compile", "good.yaml", "--backend", "local", "-o", "build/good")
    assert (done.returncode, done.stdout) == (0, "build/good: 1 file written\n")
    assert json.loads((tmp_path / "build/good/plan.json").read_text())["name"] == "good"
    again = tfxc("compile", "good.yaml", "--backend", "local", "-o", "build/good")
    assert again.stdout == "build/good: 0 files written, 1 unchanged\n"
    (tmp_path / "build/good/plan.json").write_text("{}")
    refused = tfxc("compile", "good.yaml", "--backend", "local", "-o", "build/good")
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert tfxc("compile", "good.yaml", "--backend", "local", "-o", "build/good", "--force").returncode == 0
    unknown = tfxc("compile", "good.yaml", "--backend", "locl", "-o", "build/good")
    assert unknown.returncode == 2
    assert "did you mean `local`?" in unknown.stderr


def test_components(tfxc: Tfxc, specs: Path) -> None:
    assert "\n  CsvExampleGen " in tfxc("components").stdout
    page = tfxc("components", "trainer").stdout
    assert page.startswith("Trainer\n")
    assert "\n  module_file" in page
    assert "\n  model" in page
    assert "retries" in tfxc("components", "execution").stdout
    assert json.loads(tfxc("components", "Trainer", "--json").stdout)["type"] == "Trainer"
    assert len(json.loads(tfxc("components", "--json").stdout)) > 10
    unknown = tfxc("components", "Traner")
    assert unknown.returncode == 2
    assert "did you mean `Trainer`?" in unknown.stderr
    shown = on_terminal(specs, "components", "Trainer")
    assert "\x1b[1mTrainer\x1b[0m" in shown
    assert "\x1b[1mOutputs\x1b[0m" in shown


def test_schema(tfxc: Tfxc, tmp_path: Path) -> None:
    printed = tfxc("schema").stdout
    assert json.loads(printed)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert tfxc("schema", "-o", "s.json").returncode == 0
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == printed
    refused = tfxc("schema", "-o", "gone/s.json")
    assert (refused.returncode, refused.stderr) == (1, "error: `gone/s.json`: no such file or directory\n")


def test_version(tfxc: Tfxc) -> None:
    assert re.fullmatch(r"tfxc \d+\.\d+\.\d+\S*\n", tfxc("--version").stdout)


def _leaves() -> list[tuple[str, ...]]:
    """Every command with those before it: ``("validate",)``, ``("kubeflow", "simulate")``."""
    leaves: list[tuple[str, ...]] = []
    for name, source in COMMANDS.items():
        found = getattr(import_module(source.module), source.function)
        if isinstance(found, typer.Typer):
            leaves += [
                (name, inner.name or inner.callback.__name__)
                for inner in found.registered_commands
                if inner.callback
            ]
        else:
            leaves.append((name,))
    return leaves


@pytest.mark.parametrize("names", _leaves(), ids=" ".join)
def test_every_command_has_help_with_an_example(tfxc: Tfxc, names: tuple[str, ...]) -> None:
    done = tfxc(*names, "--help")
    assert done.returncode == 0
    assert f"  Examples:\n    tfxc {' '.join(names)}" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_their_help_says(tfxc: Tfxc, name: str) -> None:
    assert " ".join(tfxc(name, "--help").stdout.split("\n\n")[1].split()) == COMMANDS[name].summary


@pytest.mark.parametrize(
    "arguments",
    [
        ["validat", "good.yaml"],
        ["validate"],
        ["validate", "good.yaml", "--nonsense"],
        ["validate", "good.yaml", "--format", "xml"],
        ["graph", "good.yaml", "bad.yaml"],
        ["compile", "good.yaml"],
        [],
    ],
)
def test_wrong_use(tfxc: Tfxc, arguments: list[str]) -> None:
    done = tfxc(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "tfxc" in done.stderr + done.stdout


def test_a_mistyped_command_is_recognised(tfxc: Tfxc) -> None:
    assert "did you mean `validate`?" in tfxc("validat", "good.yaml").stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("tfxc val", ["validate"]),
        ("tfxc validate --form", ["--format"]),
        ("tfxc components Tr", ["Transform", "Trainer"]),
        ("tfxc explain Y00", ["Y001", "Y002", "Y003"]),
        ("tfxc compile a.yaml --backend lo", ["local"]),
        ("tfxc nonsense ", []),
    ],
)
def test_the_shell_completes(tfxc: Tfxc, words: str, expected: list[str]) -> None:
    count = str(len(words.split(" ")) - 1)
    done = tfxc(_TFXC_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD=count)
    found = done.stdout.split()
    assert found[: len(expected)] == expected
    assert expected or found[0] == next(iter(COMMANDS))


@pytest.mark.parametrize(
    ("arguments", "code", "closed"),
    [
        ("validate good.yaml", 0, ">&-"),
        ("validate none.yaml", 2, "2>&-"),
        ("validate none.yaml", 2, "<&- >&- 2>&-"),
        ("plan good.yaml", 0, "<&- >&-"),
        ("--help", 0, ">&- 2>&-"),
    ],
)
def test_closed_standard_streams_lead_nowhere(specs: Path, arguments: str, code: int, closed: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'"$0" {arguments} {closed}', TFXC],
        capture_output=True,
        text=True,
        cwd=specs,
        check=False,
    )
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    if ">&-" in closed.split():
        assert done.stdout == ""


@pytest.mark.parametrize("closed", [(1,), (2,), (1, 2), (0, 1, 2)], ids=str)
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["validate", "good.yaml"], 0),
        (["validate", "none.yaml"], 2),
        (["plan", "good.yaml"], 0),
        (["--help"], 0),
    ],
)
def test_every_command_line_does_without_standard_streams(
    specs: Path, arguments: list[str], code: int, closed: tuple[int, ...]
) -> None:
    """The same as a fork of this process, in which Python found no streams at its start."""
    told, telling = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.chdir(specs)
            os.dup2(telling, 1)
            os.dup2(telling, 2)
            sys.stdout, sys.stderr = (open(number, "w", closefd=False) for number in (1, 2))  # noqa: SIM115
            for number in closed:
                os.close(number)
                setattr(sys, ("stdin", "stdout", "stderr")[number], None)
            sys.argv = ["tfxc", *arguments]
            cli.main()
        except SystemExit as ended:
            os._exit(ended.code if isinstance(ended.code, int) else 0)
        finally:
            os._exit(99)
    os.close(telling)
    with os.fdopen(told) as stream:
        text = stream.read()
    _, status = os.waitpid(child, 0)
    assert (os.waitstatus_to_exitcode(status), "Traceback" in text) == (code, False)


def test_a_closed_pipe_is_quiet(specs: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(
            [TFXC, "plan", "good.yaml"], stdout=closed, stderr=subprocess.PIPE, cwd=specs, check=False
        )
    assert (done.returncode, done.stderr) == (141, b"")


def test_ctrl_c_ends_quietly(specs: Path) -> None:
    with subprocess.Popen(
        [TFXC, "validate", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=specs,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(b"version: 1\n")
        process.stdin.flush()
        _wait_until_read(process.stdin)  # and waits for more
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b""


def _wait_until_read(pipe: IO[bytes]) -> None:
    """Waits until whoever is at the other end of a pipe has read what was written."""
    unread = array("i", [1])
    while unread[0]:
        time.sleep(0.01)
        fcntl.ioctl(pipe, termios.FIONREAD, unread)


def test_a_mistake_of_ours_is_one_sentence(process: Tfxc, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import tfxc.compiler.driver as driver\n"
        "def fail(*arguments, **options):\n"
        "    raise ZeroDivisionError('inside')\n"
        "driver.load = fail\n",
        encoding="utf-8",
    )
    done = process("graph", "good.yaml", PYTHONPATH=str(tmp_path))
    assert done.returncode == 70
    assert done.stderr.startswith("error: tfxc itself made a mistake (ZeroDivisionError)")
    assert done.stderr.count("\n") == 1
    debug = process("graph", "good.yaml", PYTHONPATH=str(tmp_path), TFXC_DEBUG="1")
    assert "Traceback" in debug.stderr
    assert debug.returncode != 0


def test_a_broken_installation_is_one_sentence(tfxc: Tfxc, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = CommandSource("tfxc.compiler.commands.gone", "gone", "Is not there.")
    monkeypatch.setattr(cli, "COMMANDS", {**COMMANDS, "gone": broken})
    done = tfxc("gone")
    assert done.returncode == 70
    assert done.stderr.startswith("error: tfxc itself made a mistake (ModuleNotFoundError)")


def test_output_survives_an_encoding_without_the_characters(process: Tfxc, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("näme: 日本\n", encoding="utf-8")
    done = process("validate", "bad.yaml", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr


def test_nothing_is_written_beside_a_spec_that_is_only_looked_at(tfxc: Tfxc, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    for command in ("validate", "graph", "plan"):
        tfxc(command, "good.yaml")
    assert sorted(tmp_path.rglob("*")) == before
