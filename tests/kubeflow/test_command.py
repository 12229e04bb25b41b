"""`tfxc kubeflow`: exit codes and sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from tfxc.backends.kubeflow import BACKEND
from tfxc.compiler.commands.kubeflow import app
from tfxc.schemas.plan import Plan

MakePlan = Callable[..., Plan]
PARAMETERS = [
    {"name": "count", "type": "int", "required": True},
    {"name": "fast", "type": "bool", "required": False, "default": False},
]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output


@pytest.fixture
def bundle(make_plan: MakePlan, tmp_path: Path) -> Path:
    for path, content in BACKEND.emit(make_plan(parameters=PARAMETERS), {}).files.items():
        file = tmp_path / "bundle" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return tmp_path / "bundle"


def changed(bundle: Path, change: Callable[[dict[str, object]], object]) -> None:
    file = bundle / "pipeline.yaml"
    (spec,) = yaml.safe_load_all(file.read_text())
    change(spec)
    file.write_text(yaml.safe_dump(spec))


def test_check_says_that_nothing_is_wrong(bundle: Path) -> None:
    code, said = run("check", str(bundle / "pipeline.yaml"))
    assert (code, "nothing is wrong" in said) == (0, True)


def test_check_lists_what_is_wrong(bundle: Path) -> None:
    changed(bundle, lambda spec: spec.update(schemaVersion="2.0.0"))
    assert run("check", str(bundle / "pipeline.yaml")) == (
        1,
        "schemaVersion: must be 2.1.0, not 2.0.0 [schema-version]\n",
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), "the parameter `count` needs a value"),
        (("count=many",), "`many` is no value for the parameter `count`"),
        (("count",), "`count` is not NAME=VALUE"),
        (("count=1", "fast=perhaps"), "`perhaps` is no value"),
        (("count=1", "quick=true"), "no parameter `quick`; there are: count, fast"),
    ],
)
def test_wrong_parameters_start_nothing(
    bundle: Path, tmp_path: Path, given: tuple[str, ...], words: str
) -> None:
    options = [option for each in given for option in ("-P", each)]
    code, said = run("simulate", str(bundle), "--folder", str(tmp_path / "out"), *options)
    assert (code, words in said) == (2, True), said
    assert not (tmp_path / "out").exists()


def test_what_the_backend_refuses_is_not_simulated(bundle: Path, tmp_path: Path) -> None:
    changed(bundle, lambda spec: spec.update(schemaVersion="2.0.0"))
    code, said = run("simulate", str(bundle), "--folder", str(tmp_path / "out"), "-P", "count=1")
    assert (code, "would refuse" in said, "[schema-version]" in said) == (2, True, True), said


@pytest.mark.parametrize(
    "files", [{}, {"pipeline.yaml": "a: 1"}, {"pipeline.yaml": "a: 1", "plan.json": "{}"}]
)
def test_folders_that_are_no_bundle(tmp_path: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    code, said = run("simulate", str(tmp_path))
    assert code == 2
    assert said.startswith("error: ")
