"""Warnings that somebody asked not to be told of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tfxc.compiler.cli import run
from tfxc.compiler.driver import check

SPEC = """\
version: 1
name: test
parameters:
  first: {type: int, default: 1}
  second: {type: int, default: 1}
components:
  example_gen: {type: CsvExampleGen, input_base: gs://bucket/data}
  statistics_gen:
    type: StatisticsGen
    examples: example_gen.examples
    exclude_splits:
      - test
      - other
"""
"""Two findings W701 in lines 4 and 5, two W712 in lines 12 and 13."""

Told = list[tuple[str, int]]


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., Told]:
    """Returns a function that checks `SPEC` with something put behind its lines: codes and lines told."""

    def checked(comments: dict[int, str], ignore: frozenset[str] = frozenset(), head: str = "") -> Told:
        lines = [f"{line}{comments.get(number, '')}" for number, line in enumerate(SPEC.splitlines(), 1)]
        path = tmp_path / "pipeline.yaml"
        path.write_text("\n".join(lines) + "\n" + head, encoding="utf-8")
        found = check(path, ignore=ignore, want_plan=False).diagnostics
        return [(each.code, each.span.line if each.span else 0) for each in found]

    return checked


ALL = [("W701", 4), ("W701", 5), ("W712", 12), ("W712", 13)]


@pytest.mark.parametrize(
    ("comments", "left"),
    [
        ({}, ALL),
        ({4: "  # tfxc: ignore[W701]"}, ALL[1:]),
        ({4: " #tfxc:ignore[w701]"}, ALL[1:]),
        ({4: "  # it is for later # tfxc: ignore[W701]"}, ALL[1:]),
        ({3: "  # tfxc: ignore[W701]"}, ALL[2:]),
        ({8: "  # tfxc: ignore[W712]"}, ALL[:2]),
        ({11: "  # tfxc: ignore[W712]"}, ALL[:2]),
        ({12: "  # tfxc: ignore[W712]"}, [*ALL[:2], ALL[3]]),
        ({6: "  # tfxc: ignore[W712]", 3: "  # tfxc: ignore[W701]"}, []),
        ({9: "  # tfxc: ignore[W712]"}, [*ALL[:2], ("W750", 9), *ALL[2:]]),
        ({1: "  # tfxc: ignore[W701]"}, [("W750", 1), *ALL]),
        ({4: "  # tfxc: ignore[W701, W712, W705]"}, [("W750", 4), ("W750", 4), *ALL[1:]]),
        ({4: "  # tfxc: ignore[W701, W705, W750]"}, ALL[1:]),
        ({4: "  # tfxc: ignore[S101]"}, [*ALL[:1], ("W751", 4), *ALL[1:]]),
        ({4: "  # tfxc: ignore[W1]"}, [*ALL[:1], ("W751", 4), *ALL[1:]]),
        ({4: "  # tfxc: ignore"}, [*ALL[:1], ("W751", 4), *ALL[1:]]),
    ],
)
def test_a_comment_is_about_its_line_and_its_block(
    told: Callable[..., Told], comments: dict[int, str], left: Told
) -> None:
    assert told(comments) == left


@pytest.mark.parametrize(
    ("head", "left"),
    [
        ("ignore: [W701]\n", ALL[2:]),
        ("ignore: [W701, w712]\n", []),
        ("ignore: [W705]\n", [*ALL, ("W750", 14)]),
        ("ignore: [T204]\n", [*ALL, ("W751", 14)]),
        ('description: "# tfxc: ignore[W701]"\n', ALL),
        ("description: |\n  # tfxc: ignore[W701]\n", ALL),
        ("on_exit: nobody  # tfxc: ignore[G603]\n", [*ALL, ("G603", 14), ("W751", 14)]),
    ],
)
def test_a_spec_ignores_for_itself(told: Callable[..., Told], head: str, left: Told) -> None:
    assert told({}, head=head) == left


def test_a_command_ignores_what_need_not_be_there(told: Callable[..., Told]) -> None:
    assert told({}, ignore=frozenset({"W701", "W705"})) == ALL[2:]


def test_an_ignore_is_needed_if_any_environment_needs_it(told: Callable[..., Told], tmp_path: Path) -> None:
    variant = "environments:\n  small: {components: {statistics_gen: {exclude_splits: []}}}\n"
    comments = {8: "  # tfxc: ignore[W712]", 3: "  # tfxc: ignore[W701]"}
    assert told(comments, head=variant) == []
    assert check(tmp_path / "pipeline.yaml", "small").diagnostics == ()
    assert told({**comments, 7: "  # tfxc: ignore[W705]"}, head=variant) == [("W750", 7)]


def test_a_comment_of_an_extended_file_is_about_that_file(told: Callable[..., Told], tmp_path: Path) -> None:
    told({3: "  # tfxc: ignore[W701]", 8: "  # tfxc: ignore[W712]"})
    derived = tmp_path / "derived.yaml"
    derived.write_text("extends: pipeline.yaml\nname: other\n", encoding="utf-8")
    assert check(derived).diagnostics == ()


@pytest.mark.parametrize(
    ("files", "exit_code"),
    [
        ({}, 1),
        ({"tfxc.toml": 'ignore = ["W701", "W712"]'}, 0),
        ({"pyproject.toml": '[tool.tfxc]\nignore = ["W701", "W712"]'}, 0),
        ({"../pyproject.toml": '[tool.tfxc]\nignore = ["W701", "W712"]', "pyproject.toml": "[project]"}, 0),
        ({"../tfxc.toml": 'ignore = ["W701", "W712"]', "tfxc.toml": 'ignore = ["W701"]'}, 1),
        ({"pyproject.toml": '[tool.tfxc]\nignore = ["W701"]', "tfxc.toml": 'ignore = ["W701,W712"]'}, 0),
        ({"pyproject.toml": "[tool.tfxc]\nignore = ['S101']"}, 2),
        ({"pyproject.toml": "[tool.tfxc]\nignroe = []"}, 2),
        ({"pyproject.toml": "[tool.tfxc]\nignore = 'W701'"}, 2),
        ({"pyproject.toml": "[tool]\ntfxc = 1"}, 2),
        ({"tfxc.toml": "ignore ="}, 2),
        ({"tfxc.toml": 'ignore = ["W7"]'}, 0),
        ({"tfxc.toml": 'select = ["W750"]'}, 0),
        ({"tfxc.toml": 'select = ["W70", "M"]\nignore = ["W7"]'}, 1),
        ({"tfxc.toml": 'select = ["W9"]'}, 2),
        ({"tfxc.toml": "ignore = ['\udcff']"}, 2),
    ],
)
def test_a_project_ignores_for_all_its_specs(
    tmp_path: Path, files: dict[str, str], exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    (folder / "pipeline.yaml").write_text(SPEC, encoding="utf-8")
    assert run(["validate", "--strict", str(folder / "pipeline.yaml")]) == exit_code
    out, err = capsys.readouterr()
    assert ("Y017" in out and "toml:" in out) == (exit_code == 2), out
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("options", "exit_code", "sentence"),
    [
        ([], 0, "4 warnings"),
        (["--strict"], 1, "4 warnings"),
        (["--strict", "--ignore", "W701,w712"], 0, "valid"),
        (["--strict", "--ignore", "W701", "--ignore", "W712"], 0, "valid"),
        (["--strict", "--ignore", "W701"], 1, "2 warnings"),
        (["--strict", "--ignore", "W7"], 0, "valid"),
        (["--strict", "--ignore", "W"], 0, "valid"),
        (["--strict", "--select", "W701"], 1, "2 warnings"),
        (["--strict", "--select", "M,W6"], 2, "there is no code `W6`"),
        (["--strict", "--select", "M,Y"], 0, "valid"),
        (["--strict", "--select", "W701", "--ignore", "W70"], 1, "2 warnings"),
        (["--strict", "--select", "W70", "--ignore", "W701"], 0, "valid"),
        (["--ignore", "S1"], 2, "all codes S1… are errors, and only warnings can be ignored"),
        (["--ignore", "S101"], 2, "S101 is an error, and only warnings can be ignored"),
        (["--ignore", "W7O1"], 2, "there is no code `W7O1`; did you mean `W701`?"),
    ],
)
def test_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], exit_code: int, sentence: str
) -> None:
    path = tmp_path / "pipeline.yaml"
    path.write_text(SPEC, encoding="utf-8")
    assert run(["validate", str(path), *options]) == exit_code
    out, err = capsys.readouterr()
    assert sentence in out + err


@pytest.mark.parametrize("command", ["compile", "graph", "plan"])
def test_every_command_that_checks_ignores(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    path = tmp_path / "pipeline.yaml"
    path.write_text(SPEC, encoding="utf-8")
    options = ["--backend", "local", "-o", str(tmp_path / "out")] if command == "compile" else []
    assert run([command, str(path), "--ignore", "W701,W712", *options]) == 0
    assert capsys.readouterr().err == ""
