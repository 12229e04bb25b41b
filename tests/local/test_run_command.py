"""The command `tfxc run`: its options, what it prints where, and its exit codes."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tfxc.backends.launcher.protocol.client import LauncherUnavailable
from tfxc.backends.launcher.protocol.messages import NodeRequest, OpenRequest
from tfxc.backends.launcher.protocol.summaries import PushSummary, RunSummary
from tfxc.backends.local.running import launching
from tfxc.backends.local.running import machine as machine_module
from tfxc.backends.local.running.machine import Machine
from tfxc.compiler.cli import app
from tfxc.compiler.commands.run import report as run_report
from tfxc.compiler.watching import loop

SPEC = """\
version: 1
name: penguin
parameters:
  steps: {type: int, default: 5, minimum: 1}
  data: {type: path, default: data}
pipeline_root: runs
metadata: {sqlite: {path: runs/metadata.sqlite}}
components:
  example_gen:
    type: CsvExampleGen
    input_base: "{{ parameters.data }}"
  statistics_gen:
    type: StatisticsGen
    examples: example_gen.examples
    stats_options: {num_top_values: "{{ parameters.steps }}"}
  schema_gen:
    type: SchemaGen
    statistics: statistics_gen.statistics
    exclude_splits: [eval]
  validator:
    type: ExampleValidator
    statistics: statistics_gen.statistics
    schema: schema_gen.schema
    execution: {retries: {{STEPS}}}
"""


class Command:
    """Runs the command in a folder that has a spec, with a scripted launcher."""

    def __init__(self, folder: Path, make_launcher: Callable[..., Any]) -> None:
        self.folder = folder
        self.make_launcher = make_launcher
        self.launcher: Any = None
        self.tfx_installed = True

    def start(self, log: Path, keep_warm: float) -> Any:
        self.launcher = self.launcher or self.make_launcher()
        self.launcher.stays = keep_warm
        if not self.tfx_installed:
            self.launcher.start = self._refuse
        return self.launcher

    def __call__(self, *arguments: str, script: Any = None, **keywords: Any) -> Result:
        self.launcher = self.make_launcher(script, **keywords)
        return CliRunner().invoke(app, ["run", *arguments])

    def _refuse(self) -> None:
        raise LauncherUnavailable("TFX is not installed")


@pytest.fixture
def command(tmp_path: Path, make_launcher: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Command:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/penguins.csv").write_text("a,b\n" + "1,2\n" * 30)
    (tmp_path / "pipeline.yaml").write_text(SPEC.replace("{{STEPS}}", "0"))
    monkeypatch.chdir(tmp_path)
    fixture = Command(tmp_path, make_launcher)
    monkeypatch.setattr(launching, "LauncherClient", fixture.start)
    return fixture


NODES = ["example_gen", "statistics_gen", "schema_gen", "validator"]


def test_a_run_prints_lines_and_a_summary(command: Command) -> None:
    result = command("pipeline.yaml")
    assert result.exit_code == 0, result.output
    assert command.launcher.started == NODES
    lines = [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in result.stdout.splitlines()]
    assert re.fullmatch(r"penguin: run \d{8}-\d{6}-[0-9a-f]{4}, importing TFX", lines[0])
    assert any(
        re.fullmatch(r"example_gen     running, log: runs/\.tfxc/[^/]+/logs/example_gen\.1\.log", each)
        for each in lines
    )
    assert "example_gen     succeeded in 1.25s" in lines
    assert "  validator       succeeded    1.25s" in lines
    assert lines[-1].startswith("logs and events: runs/.tfxc/")
    assert result.stderr == ""


def test_what_stays_and_its_memory_is_told(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFXC_STANDBY_IDLE", "90")
    last = command("pipeline.yaml").stdout.splitlines()[-1]
    assert last.startswith("TFX stays imported for 1m30s and holds 0 MiB: the next run starts at once")
    assert "stays" not in command("pipeline.yaml", "--no-warm").stdout
    monkeypatch.setenv("TFXC_STANDBY_IDLE", "soon")
    result = command("pipeline.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "TFXC_STANDBY_IDLE is `soon`: set it to a number of seconds" in result.stderr


def test_the_spec_says_for_how_long_it_stays(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TFXC_STANDBY_IDLE")
    monkeypatch.delenv("CI", raising=False)
    spec = command.folder / "pipeline.yaml"
    spec.write_text(spec.read_text() + "backends: {local: {keep_warm: 2m}}\n")
    assert "for 2m00s" in command("pipeline.yaml").stdout.splitlines()[-1]
    assert command.launcher.stays == 120


def test_json_is_all_that_standard_output_gets(command: Command) -> None:
    push = PushSummary(node="validator", pushed=False, reason="no")
    result = command(
        "pipeline.yaml", "--json", script={"validator": ["failed"]}, summary=RunSummary(pushes=(push,))
    )
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert report["state"] == "failed"
    assert [node["state"] for node in report["nodes"]] == ["succeeded"] * 3 + ["failed"]
    assert report["pushes"][0]["reason"] == "no"
    assert "running" in result.stderr
    assert json.loads(Path(report["folder"], "summary.json").read_text()) == report


def test_what_is_wrong_with_the_data_is_told_first(command: Command) -> None:
    (command.folder / "data/penguins.csv").write_text("a,a\n" + "1,2\n" * 30)
    result = command("pipeline.yaml")
    assert "warning[W761]: " in result.stderr
    assert "data/penguins.csv has a column name more than once (`a`)" in result.stderr
    assert command("pipeline.yaml", "--ignore", "W761").stderr == ""
    assert command("pipeline.yaml", "--from", "schema_gen").stderr == ""


def test_quiet_prints_the_summary_only(command: Command) -> None:
    result = command("pipeline.yaml", "-q")
    assert result.stdout.startswith("penguin  run ")
    assert "running" not in result.output


def test_parameters_reach_the_launcher(command: Command) -> None:
    (command.folder / "values.yaml").write_text("steps: 7\n")
    result = command("pipeline.yaml", "--parameters-file", "values.yaml", "-P", "data=other")
    assert result.exit_code == 0, result.output
    (opened,) = command.launcher.of_kind(OpenRequest)
    assert opened.context.parameters == {"steps": 7, "data": str(command.folder / "other")}


def test_a_selection_reaches_the_launcher(command: Command) -> None:
    result = command(
        "pipeline.yaml", "--from", "schema_gen", "--no-cache", "--run-date", "2026-01-31", "-j", "1"
    )
    assert result.exit_code == 0, result.output
    (opened,) = command.launcher.of_kind(OpenRequest)
    assert opened.context.nodes == ("schema_gen", "validator")
    assert opened.context.cache is False
    assert opened.context.run_date == "2026-01-31"
    assert command.launcher.started == ["schema_gen", "validator"]


def test_a_run_id_resumes(command: Command) -> None:
    assert command("pipeline.yaml", "--run-id", "mine", script={"schema_gen": ["failed"]}).exit_code == 1
    result = command("pipeline.yaml", "--run-id", "mine")
    assert result.exit_code == 0
    assert command.launcher.started == ["schema_gen", "validator"]
    assert "run mine goes on" in result.stdout
    assert "finished earlier in this run" in result.stdout


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            '"{{ parameters.data }}"',
            '"{{ env.NOT_SET_ANYWHERE }}/x"',
            "example_gen.input_base needs the environment variable NOT_SET_ANYWHERE, which is not set",
        ),
        (
            "retries: 0",
            "env: {A: '{{ env.NOT_SET_ANYWHERE }}'}",
            "validator.execution.env.A needs the environment",
        ),
        (
            "runs/metadata.sqlite",
            "data/penguins.csv",
            "data/penguins.csv is no SQLite database: name another",
        ),
        ("runs/metadata.sqlite", "data", "data is a folder: name a file in `metadata.sqlite.path`"),
        ("runs/metadata.sqlite", "data/penguins.csv/x", "of the metadata file cannot be created"),
    ],
)
def test_what_cannot_but_fail_is_told_before_tfx_is_imported(
    command: Command, old: str, new: str, sentence: str
) -> None:
    spec = SPEC.replace("{{STEPS}}", "0")
    assert old in spec
    (command.folder / "pipeline.yaml").write_text(spec.replace(old, new))
    result = command("pipeline.yaml")
    assert (result.exit_code, command.launcher.requests) == (1, [])
    assert sentence in _words(result)


def test_what_other_nodes_need_in_their_environment_is_not_asked_for(command: Command) -> None:
    spec = SPEC.replace("retries: {{STEPS}}", "env: {A: '{{ env.NOT_SET_ANYWHERE }}'}")
    (command.folder / "pipeline.yaml").write_text(spec)
    assert command("pipeline.yaml", "--only", "example_gen").exit_code == 0


def test_a_run_id_belongs_to_one_pipeline(command: Command) -> None:
    assert command("pipeline.yaml", "--run-id", "mine").exit_code == 0
    (command.folder / "other.yaml").write_text(
        SPEC.replace("{{STEPS}}", "0").replace("name: penguin", "name: puffin")
    )
    result = command("other.yaml", "--run-id", "mine")
    assert (result.exit_code, command.launcher.started) == (2, [])
    assert "run mine below this pipeline_root is one of the pipeline `penguin`, not of `puffin`" in _words(
        result
    )
    assert command("pipeline.yaml", "--run-id", "mine").exit_code == 0


def test_a_run_id_belongs_to_one_store(command: Command) -> None:
    assert command("pipeline.yaml", "--run-id", "mine").exit_code == 0
    (command.folder / "other.yaml").write_text(
        SPEC.replace("{{STEPS}}", "0").replace("runs/metadata.sqlite", "runs/test.sqlite")
    )
    result = command("other.yaml", "--run-id", "mine")
    assert (result.exit_code, command.launcher.started) == (2, [])
    assert "is recorded in another metadata store than this spec's `metadata`" in _words(result)


@pytest.mark.parametrize("replaced", [False, True])
def test_a_run_that_its_store_has_lost_runs_again(command: Command, replaced: bool) -> None:
    assert command("pipeline.yaml", "--run-id", "mine").exit_code == 0
    store = command.folder / "runs/metadata.sqlite"
    store.unlink()
    if replaced:
        with sqlite3.connect(store) as database:
            database.execute("CREATE TABLE Type (id, name)")
            database.execute("CREATE TABLE Context (type_id, name)")
            database.execute("INSERT INTO Type VALUES (1, 'pipeline_run')")
            database.execute("INSERT INTO Context VALUES (1, 'theirs')")
    result = command("pipeline.yaml", "--run-id", "mine")
    assert (result.exit_code, command.launcher.started) == (0, NODES)


def _words(result: Result) -> str:
    return " ".join(result.output.split())


def test_editing_a_file_during_a_run_changes_nothing(command: Command) -> None:
    (command.folder / "steps.py").write_text(
        "from tfx.dsl.component.experimental.decorators import component\n"
        "@component\ndef Scorer() -> None:\n    pass\n"
    )
    text = SPEC.replace("{{STEPS}}", "0") + "  score: {type: steps.py:Scorer}\n"
    (command.folder / "pipeline.yaml").write_text(text)
    result = command("pipeline.yaml", "--run-id", "mine")
    assert result.exit_code == 0, result.output
    copy = command.folder / "runs/.tfxc/mine/modules/0/steps.py"
    assert copy.read_text() == (command.folder / "steps.py").read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["-P", "stesp=1"], "there is no parameter `stesp`; did you mean `steps`?"),
        (["-P", "steps"], "-P steps: write it as -P name=value."),
        (["-P", "steps=x"], "parameter `steps` must be a whole number, but it is 'x'."),
        (["-P", "steps=0"], "parameter `steps` must be at least 1, but it is 0."),
        (["--from", "shema_gen"], "--from: there is no node `shema_gen`; did you mean `schema_gen`?"),
        (["--only", "validator", "--to", "validator"], "--only names all the nodes to run"),
        (["--run-date", "today"], "--run-date today: write a date such as 2026-01-31"),
        (["--run-id", "../x"], "`../x` cannot be a run id"),
        (
            ["--parameters-file", "none.yaml"],
            "the parameters file none.yaml cannot be read: there is no such file",
        ),
    ],
)
def test_wrong_use(command: Command, arguments: list[str], sentence: str) -> None:
    result = command("pipeline.yaml", *arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert command.launcher.closed_with == 0
    assert not (command.folder / "runs").exists()


@pytest.mark.parametrize("arguments", [["-j", "0"], ["--jobs", "many"], ["--nonsense"], []])
def test_options_that_typer_refuses(command: Command, arguments: list[str]) -> None:
    assert command(*(["pipeline.yaml", *arguments] if arguments else [])).exit_code == 2


def test_a_spec_with_errors_is_not_run(command: Command) -> None:
    (command.folder / "pipeline.yaml").write_text("version: 1\n" + SPEC.replace("{{STEPS}}", "0"))
    result = command("pipeline.yaml", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "error[" in result.stderr
    assert command.launcher.requests == []
    assert command.launcher.closed_with == 0


def test_a_spec_that_is_not_there(command: Command) -> None:
    result = command("pipelin.yaml")
    assert result.exit_code == 2
    assert "did you mean pipeline.yaml?" in result.stderr


def test_without_tfx_it_says_how_to_install_it(command: Command) -> None:
    command.tfx_installed = False
    result = command("pipeline.yaml")
    assert result.exit_code == 1
    assert "pip install 'tfxc[tfx]'" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_without_tfx_mistakes_in_the_spec_are_reported_all_the_same(command: Command) -> None:
    command.tfx_installed = False
    (command.folder / "pipeline.yaml").write_text("version: 1\n" + SPEC.replace("{{STEPS}}", "0"))
    assert "error[" in command("pipeline.yaml").stderr


def test_what_this_machine_lacks_is_a_diagnostic(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine_module, "this_machine", lambda: Machine(2, 2**31))
    text = SPEC.replace("{retries: {{STEPS}}}", "{resources: {memory: 4Gi}}")
    (command.folder / "pipeline.yaml").write_text(text)
    result = command("pipeline.yaml")
    assert result.exit_code == 1
    assert "error[B101]: `validator` asks for 4 GiB of memory, and this machine has 2 GiB" in result.stderr
    assert "pipeline.yaml:24:" in result.stderr
    assert command("pipeline.yaml", "--to", "schema_gen").exit_code == 0


def test_a_bundle_runs_like_its_spec(command: Command) -> None:
    assert CliRunner().invoke(app, ["compile", "pipeline.yaml", "-b", "local", "-o", "build"]).exit_code == 0
    for place in ("build", "build/plan.json"):
        result = command(place, "-P", "steps=7")
        assert result.exit_code == 0, result.output
        assert command.launcher.started == NODES
        (opened,) = command.launcher.of_kind(OpenRequest)
        assert opened.context.base_folder == str(command.folder / "build")
    refused = command("build", "--env", "prod")
    assert refused.exit_code == 2
    assert "a bundle has its environment compiled in" in refused.stderr


def test_a_pipeline_root_that_cannot_be_written(command: Command) -> None:
    (command.folder / "runs").write_text("a file")
    result = command("pipeline.yaml")
    assert result.exit_code == 1
    assert "the run cannot be recorded under the pipeline root" in result.stderr
    assert str(command.folder / "runs") in result.stderr
    assert command.launcher.of_kind(NodeRequest) == []


def test_help_names_every_option(command: Command) -> None:
    result = CliRunner().invoke(app, ["run", "--help"], env={"COLUMNS": "120"})
    assert result.exit_code == 0
    for option in ("-P", "--from", "--to", "--only", "--no-cache", "--run-id", "--jobs", "--json", "--quiet"):
        assert option in result.output


def test_a_report_that_cannot_be_written_is_a_failure(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(text: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_report, "write", full)
    monkeypatch.setattr(run_report, "discard_output", lambda: None)
    result = command("pipeline.yaml", "--run-id", "mine", "--json")
    assert result.exit_code == 1
    folder = command.folder / "runs/.tfxc/mine"
    assert f"(No space left on device); it is in {folder}/summary.json" in result.stderr


def test_a_reader_of_the_report_that_goes_away_changes_nothing(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(text: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(run_report, "write", closed)
    monkeypatch.setattr(run_report, "discard_output", lambda: None)
    assert command("pipeline.yaml").exit_code == 0


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("steps: 010\n", "values.yaml:1:8", "`010` is an octal number to YAML 1.1"),
        ("steps: 12:30\n", "values.yaml:1:8", "a base-60 number"),
        ("steps: 3\nsteps: 4\n", "values.yaml:2:1", "the key `steps` is given twice"),
        ("data: here\nsteps: x\n", "values.yaml:2:8", 'parameter `steps` takes an integer, not "x"'),
        ("stesp: 1\n", "values.yaml:1:1", "did you mean `steps`?"),
    ],
)
def test_mistakes_in_a_parameters_file_have_a_place(
    command: Command, text: str, place: str, words: str
) -> None:
    (command.folder / "values.yaml").write_text(text)
    result = command("pipeline.yaml", "--parameters-file", "values.yaml")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert place in result.stderr
    assert words in result.stderr
    assert not (command.folder / "runs").exists()


def test_watch_runs_again_after_edits_of_spec_and_data(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, data = command.folder / "pipeline.yaml", command.folder / "data/penguins.csv"
    sound = spec.read_text()
    edits: Iterator[Callable[[], int]] = iter(
        [
            lambda: spec.write_text("components: ["),
            lambda: spec.write_text(sound),
            lambda: data.write_text("a,b\n" + "3,4\n" * 40),
        ]
    )
    looks = iter(range(100))

    def pause(seconds: float) -> None:
        if next(looks) % 2 == 0:
            edit = next(edits, None)
            if edit is None:
                raise KeyboardInterrupt
            command.launcher = command.make_launcher()
            edit()

    monkeypatch.setattr(loop, "time", SimpleNamespace(sleep=pause, monotonic=lambda: 0.0))
    result = command("pipeline.yaml", "--watch")
    assert result.exit_code == 130
    assert "Traceback" not in result.output
    told = [line for line in result.stderr.splitlines() if line.startswith("edited: ")]
    assert told == ["edited: pipeline.yaml", "edited: pipeline.yaml", "edited: data/penguins.csv"]
    assert result.stdout.count("logs and events: ") == 3
    assert "error[" in result.stderr


@pytest.mark.parametrize("arguments", [("pipeline.yaml", "--run-id", "one"), ("-",)])
def test_watch_refuses_what_is_not_edited(command: Command, arguments: tuple[str, ...]) -> None:
    result = command(*arguments, "--watch")
    assert result.exit_code == 2
    assert "--watch" in result.stderr


def test_a_dry_run_writes_nothing(command: Command) -> None:
    before = sorted(command.folder.rglob("*"))
    result = command("pipeline.yaml", "--dry-run")
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-1] == "4 cached"
    assert sorted(command.folder.rglob("*")) == before
    (opened,) = command.launcher.of_kind(OpenRequest)
    assert opened.context.dry_run_folder is not None
    assert not Path(opened.context.dry_run_folder).exists()
    assert command.launcher.started == []
    failing = command("pipeline.yaml", "-n", "--json", dry={"example_gen": "fails"})
    assert failing.exit_code == 1
    states = [each["state"] for each in json.loads(failing.stdout)["nodes"]]
    assert states == ["fails", "not_run", "not_run", "not_run"]
