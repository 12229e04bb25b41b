"""``tfxc diff``: pipelines side by side, files or commits, and no secret shown."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tfxc.compiler.cli import run

SPEC = """\
version: 1
name: x
parameters:
  steps: {type: int, default: 5}
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics}
  trainer:
    type: Trainer
    examples: example_gen.examples
    module_file: model.py
    train_args: {num_steps: "{{ parameters.steps }}"}
    eval_args: {num_steps: 1}
  pusher:
    type: Pusher
    model: trainer.model
    push_destination: {filesystem: {base_directory: out}}
    execution: {env: {API_TOKEN: hunter1}}
"""
WAITS = "waits for: trainer → schema_gen, trainer"
SCHEMA = "  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics}\n"
GEN = "{type: CsvExampleGen, input_base: m}"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text("import helper\n\ndef run_fn(fn_args): pass\n")
    Path("helper.py").write_text("A = 1\n")
    Path("pipeline.yaml").write_text(SPEC)


def told(new: str, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    Path("new.yaml").write_text(new)
    assert run(["diff", "pipeline.yaml", "new.yaml", *options]) == (0 if new == SPEC else 1)
    return capsys.readouterr().out


def again(new: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    names: list[str] = json.loads(told(new, capsys, "--json"))["runs_again"]
    return names


def test_layout_comments_and_order_are_no_difference(capsys: pytest.CaptureFixture[str]) -> None:
    Path("new.yaml").write_text(
        "# another head\n" + SPEC.replace("{type: int, default: 5}", "{default: 5, type: int}")
    )
    assert run(["diff", "pipeline.yaml", "new.yaml"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("num_steps: 1}", "num_steps: 2}", "    eval_args.num_steps: 1 → 2"),
        ("input_base: data", "input_base: other", "    input_base: data → other"),
        ("default: 5", "default: 6", "    steps.default: 5 → 6"),
        ("name: x\n", "name: x\non_exit: pusher\n", "    on_exit: now pusher"),
        (
            "  pusher:\n",
            "  pusher:\n    depends_on: [schema_gen]\n",
            "    waits for: trainer → schema_gen, trainer",
        ),
        ("{env: {", "{retries: 3, env: {", "    execution.retries: 0 → 3"),
        (
            "  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics}\n",
            "",
            "- schema_gen (SchemaGen)",
        ),
        (
            "components:",
            "components:\n  more: {type: CsvExampleGen, input_base: m}",
            "+ more (CsvExampleGen)",
        ),
        ("schema_gen:", "rules:", "> rules (SchemaGen), was schema_gen"),
    ],
)
def test_each_change_is_told(old: str, new: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert line in told(SPEC.replace(old, new), capsys).splitlines()


def test_wiring_and_schedules_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    more = SPEC.replace("components:", "components:\n  other: {type: CsvExampleGen, input_base: o}")
    new = more.replace("StatisticsGen, examples: example_gen", "StatisticsGen, examples: other")
    new += 'backends: {airflow: {schedule: "@daily", start_date: 2026-01-01}}\n'
    shown = told(new, capsys)
    assert "    examples: example_gen.examples → other.examples\n" in shown
    assert "    backends.airflow: now " in shown
    assert '"schedule": "@daily"' in shown


def test_what_runs_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert again(SPEC.replace("num_steps: 1}", "num_steps: 2}"), capsys) == ["trainer", "pusher"]
    assert again(SPEC.replace("default: 5", "default: 6"), capsys) == ["trainer", "pusher"]
    assert again(SPEC.replace("{env: {", "{retries: 3, env: {"), capsys) == []
    assert again(SPEC.replace("schema_gen:", "rules:"), capsys) == ["rules"]
    assert len(again(SPEC.replace("name: x", "name: y"), capsys)) == 5


def test_a_renamed_component_renames_its_readers_wiring(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(SPEC.replace("trainer", "learner"), capsys)
    assert shown == "> learner (Trainer), was trainer\nruns again: learner, pusher\n"


@pytest.mark.parametrize("options", [(), ("--json",), ("--format", "markdown")])
def test_secrets_are_not_shown(options: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(SPEC.replace("API_TOKEN: hunter1", "API_TOKEN: hunter2"), capsys, *options)
    assert "API_TOKEN" in shown
    assert "secret" in shown
    assert "hunter" not in shown


def test_markdown_is_whole_whatever_is_in_a_value(capsys: pytest.CaptureFixture[str]) -> None:
    shown = told(SPEC.replace("input_base: data", 'input_base: "a`b"'), capsys, "--format", "markdown")
    assert "- **`example_gen`** (CsvExampleGen): changed\n  - `input_base`: `data` → ``a`b``\n" in shown
    assert shown.startswith("### x: what changes\n")


def git(*arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, *arguments], check=True, capture_output=True)


def test_a_commit_is_read_with_all_that_the_spec_names(capsys: pytest.CaptureFixture[str]) -> None:
    Path("base.yaml").write_text(SPEC)
    Path("pipeline.yaml").write_text("extends: base.yaml\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    assert run(["diff", "--git", "HEAD"]) == 0
    Path("helper.py").write_text("A = 2\n")
    assert run(["diff", "--git", "HEAD", "."]) == 1
    assert "~ trainer (Trainer)\n    code: other code" in capsys.readouterr().out
    Path("base.yaml").write_text(SPEC.replace("input_base: data", "input_base: moved"))
    before = {path: path.read_bytes() for path in Path().glob("*.[py]*")}
    assert run(["diff", "--git", "HEAD", "pipeline.yaml", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["components"][0]["changes"] == [{"place": ["input_base"], "from": "data", "to": "moved"}]
    assert before == {path: path.read_bytes() for path in Path().glob("*.[py]*")}


@pytest.mark.parametrize(
    "arguments",
    [
        ["pipeline.yaml"],
        ["pipeline.yaml", "absent.yaml"],
        ["--git", "HEAD"],
        ["--git", "HEAD", "pipeline.yaml", "pipeline.yaml"],
        ["-", "pipeline.yaml"],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    assert run(["diff", *arguments]) == 2


def test_an_unknown_commit_and_a_spec_that_is_not_in_it_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    git("init", "-q")
    git("add", "model.py")
    git("commit", "-q", "-m", "one")
    assert run(["diff", "--git", "--upload-pack=x"]) == 2
    assert "there is no commit" in capsys.readouterr().err
    assert run(["diff", "--git", "HEAD"]) == 2
    assert "in the commit HEAD: there is no such file" in capsys.readouterr().err
