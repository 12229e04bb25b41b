"""`tfxc init` and `tfxc new` as they are typed: nothing is overwritten, nothing is left half-written."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tfxc.compiler.cli import run
from tfxc.compiler.start import ask, examples
from tfxc.compiler.start.write import write_new
from tfxc.schemas.failures import WrongUse

ROOT = Path(__file__).parents[2]
Data = Callable[[str], tuple[Path, str]]


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_init_makes_a_project(data: Data, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, label = data("houses")
    folder = tmp_path / "deep" / "er" / "Our Houses"
    assert run(["init", str(folder), "--data", str(path), "--label", label]) == 0
    said = capsys.readouterr().out
    assert "CSV, 600 rows, 9 columns" in said
    assert "note: its values are separated by semicolons" in said
    assert "12 rows without a label left out" in said
    assert f"next: tfxc run {folder}" in said
    assert "name: our-houses" in (folder / "pipeline.yaml").read_text()
    assert run(["validate", "--strict", str(folder)]) == 0


def test_a_folder_with_files_is_left_alone(
    data: Data, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, label = data("penguins")
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    for command in (
        ["init", str(folder), "--data", str(path), "--label", label],
        ["new", "taxi", str(folder)],
    ):
        assert run(command) == 2
        assert "has files in it, and none is ever overwritten" in capsys.readouterr().err
    assert contents(folder) == ["thesis.txt"]
    assert run(["init", str(path), "--data", str(path), "--label", label]) == 2
    assert "is a file" in capsys.readouterr().err


def test_an_empty_folder_is_filled(data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, label = data("penguins")
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert run(["init", ".", "--data", str(path), "--label", label]) == 0
    assert "name: mine" in Path("pipeline.yaml").read_text()
    assert [name for name in contents(folder) if ".tfxc" in name] == []


@pytest.mark.parametrize("is_there", [False, True])
def test_what_is_stopped_leaves_nothing(tmp_path: Path, is_there: bool) -> None:
    folder = tmp_path / "deep" / "mine"
    if is_there:
        folder.mkdir(parents=True)

    def stopped(made: Path) -> None:
        (made / "half").mkdir()
        (made / "half" / "written.txt").write_text("h")
        raise KeyboardInterrupt

    before = contents(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        write_new(folder, stopped)
    assert contents(tmp_path) == before


def test_what_is_stopped_while_it_moves_in_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    rename, calls = Path.rename, []

    def stop_at_second(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return rename(self, target)

    def write(made: Path) -> None:
        for name in ("a", "b"):
            (made / name).mkdir()

    monkeypatch.setattr(Path, "rename", stop_at_second)
    with pytest.raises(KeyboardInterrupt):
        write_new(folder, write)
    assert contents(folder) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--data", "nowhere.csv", "--label", "x"], 2, "there is no file nowhere.csv"),
        (["--data", "{data}", "--label", "specie"], 2, "did you mean `species`?"),
        (["--data", "{data}", "--label", "what"], 2, "they are `species`, `island`"),
        (["--data", "{data}"], 2, "say what is to be learnt: --label with one of `species`"),
        (["--label", "x"], 2, "say which data: --data"),
        (["--data", "{data}", "--label", "species", "--task", "regression"], 2, "needs a label of numbers"),
        (["--data", "{data}", "--label", "species", "--separator", "ab"], 2, "name one character"),
    ],
)
def test_wrong_use_is_one_sentence(
    arguments: list[str], code: int, said: str, data: Data, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = data("penguins")
    folder = tmp_path / "made"
    assert run(["init", str(folder), *(each.format(data=path) for each in arguments)]) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert not folder.exists()


def test_json_says_what_was_seen_and_written(
    data: Data, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, label = data("penguins")
    folder = tmp_path / "made"
    assert run(["init", str(folder), "--data", str(path), "--label", label, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["format"] == "tfxc.init/1"
    assert (said["task"], said["label"]) == ("multiclass", "species")
    assert said["goal"]["metric"] == "SparseCategoricalAccuracy"
    assert {column["name"]: column["role"] for column in said["columns"]}["sex"] == "vocabulary"
    assert (
        sorted(said["files"])
        == said["files"]
        == [each for each in contents(folder) if (folder / each).is_file()]
    )


@pytest.mark.parametrize(
    ("forge", "file"), [("github", ".github/workflows/pipelines.yml"), ("gitlab", ".gitlab/tfxc.yml")]
)
def test_workflows_come_along_when_asked_for(
    forge: str, file: str, data: Data, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, label = data("penguins")
    folder = tmp_path / "made"
    options = ["--ci", forge, "--backend", "kubeflow"]
    assert run(["init", str(folder), "--data", str(path), "--label", label, *options]) == 0
    assert str(tmp_path / ".tfxc") not in capsys.readouterr().err
    workflows = [each for each in contents(folder) if each.endswith(".yml")]
    assert workflows
    assert "pipeline.yaml" in "".join((folder / each).read_text() for each in workflows)
    before = contents(folder)
    assert run(["ci", f"--{forge}", str(folder), "-o", str(folder), "--env", "prod"]) == 0
    assert contents(folder) == before
    assert "written" not in capsys.readouterr().out


def test_a_terminal_is_asked_for_what_is_not_given(
    data: Data, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, _ = data("penguins")
    folder = tmp_path / "made"
    answers = iter(["nowhere.csv", str(path), "99", "1", "guess", "multiclass"])
    monkeypatch.setattr(ask, "can_ask", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: next(answers))
    assert run(["init", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "there is no file nowhere.csv" in said
    assert "there is no such column" in said
    assert "there is no such task" in said
    assert "species" in (folder / "features" / "columns.py").read_text()


def test_new_lists_the_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["new", "--list"]) == 0
    names = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert names == {path.parent.name for path in (ROOT / "specs").glob("*/pipeline.yaml")}
    assert run(["new", "--list", "--json"]) == 0
    assert {each["name"] for each in json.loads(capsys.readouterr().out)["examples"]} == names


def test_new_copies_what_the_repository_has_and_no_more(tmp_path: Path) -> None:
    kept = subprocess.run(
        ["git", "ls-files", "specs"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    for each in examples.examples():
        assert run(["new", each.name, str(tmp_path / each.name)]) == 0
    files = [path for path in contents(tmp_path) if (tmp_path / path).is_file()]
    assert [f"specs/{path}" for path in files] == sorted(kept)


@pytest.mark.parametrize("name", [each.name for each in examples.examples()])
def test_an_example_is_right_where_it_is_now(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert run(["new", name, str(folder)]) == 0
    for each in examples.example(name).beside:
        assert run(["new", each, str(tmp_path / each)]) == 0
    assert run(["validate", "--strict", "--ignore", "W760", str(folder)]) == 0
    texts = "".join(path.read_text() for path in folder.rglob("*") if path.is_file())
    assert not re.search(r"\bspecs/|uv run |\.\./\.\./|yaml-language-server", texts)


def test_new_says_what_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["new", "monitoring"]) == 0
    said = capsys.readouterr().out
    assert f"first: tfxc new penguin {tmp_path / 'penguin'}" in said
    assert "next: python monitoring/make_data.py" in said
    assert run(["new", "taxi"]) == 0
    assert run(["validate", "taxi"]) == 0
    assert f"help: run `python {tmp_path / 'taxi' / 'make_data.py'}`, which makes" in capsys.readouterr().out
    assert run(["new", "penguins", "x"]) == 2
    assert "did you mean `penguin`?" in capsys.readouterr().err
    assert run(["new"]) == 2
    assert "say which example" in capsys.readouterr().err


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(WrongUse, match="leads nowhere"):
        write_new(tmp_path / "link", lambda made: None)
