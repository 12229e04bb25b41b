"""The front half reads through an interface: texts that are not saved are checked like files."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NoReturn

import pytest

from tfxc.compiler.driver import CheckedSpec, check
from tfxc.compiler.source.files import DISK, Files, Overlay

SPEC = """\
version: 1
name: test
extends: shared/base.yaml
components:
  trainer: {type: Trainer, examples: example_gen.examples, module_file: code/model.py}
  step: {type: code/steps.py:Step, count: 1}
"""
BASE = "components:\n  example_gen: {type: CsvExampleGen, input_base: gs://bucket/data}\n"
MODEL = "import helper\n\n\ndef run_fn(fn_args):\n    helper.train()\n"
STEPS = """\
from helper import component, Parameter


@component
def Step(count: Parameter[int]):
    pass
"""
HELPER = """\
from tfx.v1.dsl.components import component, Parameter


def train():
    pass
"""


class Nothing:
    """Files that are not there; looking for one in the wrong way fails the test."""

    def read(self, path: Path, most: int) -> bytes:
        raise FileNotFoundError(path)

    def is_file(self, path: Path) -> bool:
        return False

    def is_dir(self, path: Path) -> bool:
        return False

    def size(self, path: Path) -> int:
        raise FileNotFoundError(path)

    def names(self, folder: Path) -> list[str]:
        raise FileNotFoundError(folder)


def texts(folder: Path, **changed: str) -> dict[Path, str]:
    named = {"spec": SPEC, "base": BASE, "model": MODEL, "steps": STEPS, "helper": HELPER, **changed}
    places = {
        "spec": "pipeline.yaml",
        "base": "shared/base.yaml",
        "model": "code/model.py",
        "steps": "code/steps.py",
        "helper": "code/helper.py",
    }
    return {folder / places[name]: text for name, text in named.items()}


def checked(folder: Path, files: Files) -> CheckedSpec:
    return check(folder / "pipeline.yaml", files=files)


def codes(spec: CheckedSpec) -> list[str]:
    return [each.code for each in spec.diagnostics]


def test_nothing_but_the_interface_is_read(tmp_path: Path) -> None:
    spec = checked(tmp_path, Overlay(texts(tmp_path), Nothing()))
    assert codes(spec) == []
    assert spec.plan is not None
    assert [folder.files for folder in spec.plan.modules] == [("helper.py", "model.py", "steps.py")]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"spec": SPEC.replace("count: 1", "count: x")}, ["S103"]),
        ({"spec": SPEC.replace("name: test", "name: [")}, ["Y001"]),
        ({"base": BASE.replace("input_base", "input_bsae")}, ["S101", "S102"]),
        ({"model": MODEL.replace("run_fn", "run_func")}, ["M404"]),
        ({"model": "def run_fn("}, ["M403"]),
        ({"steps": STEPS.replace("count", "number")}, ["S101", "S102"]),
        ({"helper": HELPER.replace("Parameter", "Param")}, ["M409"]),
    ],
)
def test_two_states_side_by_side(tmp_path: Path, changed: dict[str, str], found: list[str]) -> None:
    """Two overlays in one process, over the same paths: neither knows of the other."""
    good, bad = Overlay(texts(tmp_path), Nothing()), Overlay(texts(tmp_path, **changed), Nothing())
    for files, expected in ((good, []), (bad, found), (good, []), (bad, found)):
        assert sorted(codes(checked(tmp_path, files))) == sorted(expected)


def test_a_text_lies_over_the_file(tmp_path: Path) -> None:
    for path, text in texts(tmp_path).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "link").symlink_to(tmp_path)
    saved = checked(tmp_path, DISK)
    edited = checked(tmp_path, Overlay({tmp_path / "link/code/helper.py": HELPER + "\nMORE = 1\n"}))
    added = checked(tmp_path, Overlay({tmp_path / "code/more.py": "MORE = 1\n"}))
    plans = [spec.plan for spec in (saved, edited, added)]
    assert all(plan is not None for plan in plans)
    assert len({plan.modules[0].sha256 for plan in plans if plan is not None}) == 3
    assert plans[2] is not None
    assert "more.py" in plans[2].modules[0].files


def test_an_overlay_shows_the_folders_of_its_texts(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    files = Overlay({tmp_path / "a" / "x": "12", tmp_path / "c": ""})
    assert files.names(tmp_path) == ["a", "b", "c"]
    assert files.names(tmp_path / "a") == ["x"]
    assert files.is_dir(tmp_path / "a")
    assert not files.is_file(tmp_path / "a")
    assert (files.size(tmp_path / "a" / "x"), files.read(tmp_path / "a" / "x", 1)) == (2, b"1")
    with pytest.raises(FileNotFoundError):
        files.names(tmp_path / "d")


def test_nothing_is_kept_between_checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An overlay that is dropped is asked for nothing any more."""
    files = Overlay(texts(tmp_path), Nothing())
    checked(tmp_path, files)

    def forbidden(*_: object) -> NoReturn:
        raise AssertionError("an old overlay was read from")

    for name in ("read", "is_file", "is_dir", "size", "names"):
        monkeypatch.setattr(files, name, forbidden)
    assert codes(checked(tmp_path, Overlay(texts(tmp_path), Nothing()))) == []


def test_no_module_of_the_front_half_keeps_state() -> None:
    """Nothing is assigned to a module's variables once it is imported."""
    for path in (Path(__file__).parents[2] / "compiler").rglob("*.py"):
        text = path.read_text()
        nodes = ast.walk(ast.parse(text)) if "global " in text else ()
        assert not [node for node in nodes if isinstance(node, ast.Global)], path
