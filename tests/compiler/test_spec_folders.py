"""Every command that takes a spec takes the folder of its ``pipeline.yaml`` as well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tfxc.compiler.cli import run
from tfxc.compiler.commands.options import spec_in_folder, specs_in_folders

SPEC = """\
version: 1
name: birds
components:
  example_gen: {type: CsvExampleGen, input_base: data}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "birds"
    (path / "data").mkdir(parents=True)
    (path / "data" / "birds.csv").write_text("wings,name\n" + "2,robin\n" * 40)
    (path / "pipeline.yaml").write_text(SPEC)
    return path


def test_a_folder_stands_for_its_spec(folder: Path) -> None:
    assert spec_in_folder(folder) == folder / "pipeline.yaml"
    assert spec_in_folder(folder / "data") == folder / "data"
    assert spec_in_folder(Path("-")) == Path("-")
    assert specs_in_folders([folder, Path("other.yaml")]) == [folder / "pipeline.yaml", Path("other.yaml")]


def test_a_bundle_stays_a_bundle(folder: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    assert run(["compile", str(folder), "--backend", "local", "-o", str(bundle)]) == 0
    (bundle / "pipeline.yaml").write_text(SPEC)
    assert spec_in_folder(bundle) == bundle


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate", "{folder}"],
        ["graph", "{folder}"],
        ["plan", "{folder}"],
        ["compile", "{folder}", "--backend", "airflow", "-o", "{folder}/build"],
        ["ci", "--github", "{folder}", "-o", "{folder}"],
        ["runs", "{folder}"],
        ["runs", "list", "{folder}"],
        ["runs", "clean", "{folder}", "--keep", "3"],
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_commands_take_a_folder(folder: Path, arguments: list[str]) -> None:
    assert run([each.format(folder=folder) for each in arguments]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["predict", "{folder}", "--explain"], "no Pusher"),
        (["serve", "{folder}"], "no Pusher"),
        (["report", "{folder}"], "no runs of birds"),
        (["runs", "show", "--spec", "{folder}"], "no runs of birds"),
        (["lineage", "3", "--spec", "{folder}"], "birds"),
        (["freeze", "{folder}"], "SchemaGen"),
        (["deploy", "{folder}", "--target", "compose", "-o", "{folder}/serving"], "no Pusher"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_commands_look_for_what_the_spec_of_a_folder_has(
    folder: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([each.format(folder=folder) for each in arguments]) != 0
    assert said in capsys.readouterr().err


def test_the_plan_of_a_folder_is_its_specs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", str(folder)]) == 0
    assert json.loads(capsys.readouterr().out)["name"] == "birds"
