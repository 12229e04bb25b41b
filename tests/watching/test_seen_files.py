"""Which edits count: of what was asked for, as it was when it was, without what a run writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from tfxc.compiler.driver import check
from tfxc.compiler.watching.loop import do_on_edits, wait_for_edit
from tfxc.compiler.watching.seen_files import SeenFiles
from tfxc.schemas.failures import EXIT_FAILED, EXIT_INTERRUPTED, Failure, WrongUse

SPEC = """\
extends: base.yaml
version: 1
name: watched
components:
  tell: {type: "steps:Tell"}
"""
BASE = "pipeline_root: runs\nmetadata: {sqlite: {path: store.sqlite}}\n"
STEPS = """
from tfx.dsl.component.experimental.decorators import component
import helper

@component
def Tell():
    print(helper.WORD)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "pipeline.yaml": SPEC,
        "base.yaml": BASE,
        "steps.py": STEPS,
        "helper.py": "WORD = 1",
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def seen_by_check(folder: Path) -> SeenFiles:
    seen = SeenFiles()
    assert not check(folder / "pipeline.yaml", backends=("local",), files=seen).has_errors
    return seen


@pytest.mark.parametrize("name", ["pipeline.yaml", "base.yaml", "steps.py", "helper.py"])
def test_each_file_of_a_spec_is_watched(folder: Path, name: str) -> None:
    seen = seen_by_check(folder)
    assert seen.changed() == {}
    (folder / name).write_text((folder / name).read_text() + "\n# edited\n")
    assert list(seen.changed()) == [folder / name]


def test_a_file_that_was_missing_is_watched_for(folder: Path) -> None:
    (folder / "base.yaml").unlink()
    seen = SeenFiles()
    assert check(folder / "pipeline.yaml", files=seen).has_errors
    (folder / "base.yaml").write_text(BASE)
    assert folder / "base.yaml" in seen.changed()


def test_what_a_run_writes_is_no_edit(folder: Path) -> None:
    seen = seen_by_check(folder)
    seen.names(folder)
    seen.leave_out([folder / "runs", folder / "store.sqlite", folder / "models/serving"])
    for name in ("runs/a", "models/serving/1", "__pycache__/a"):
        (folder / name).mkdir(parents=True)
    for name in ("store.sqlite", "store.sqlite-journal", ".pipeline.yaml.swp", "steps.py~"):
        (folder / name).write_text("x")
    assert seen.changed() == {}
    (folder / "new.py").write_text("x")
    assert list(seen.changed()) == [folder / "new.py"]


def test_data_below_a_folder_are_watched_even_inside_a_place_of_outputs(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "eval").mkdir(parents=True)
    (data / "eval/a.csv").write_text("a\n")
    seen = SeenFiles()
    seen.leave_out([tmp_path, data / "out/models"])
    seen.see_tree(data)
    (data / "out/models").mkdir(parents=True)
    (data / "out/models/model").write_text("x")
    assert seen.changed() == {}
    (data / "eval/a.csv").write_text("a,b\n")
    (data / "out/b.csv").write_text("a\n")
    assert list(seen.changed()) == [data / "eval/a.csv", data / "out/b.csv"]
    (data / "eval/a.csv").unlink()
    assert seen.changed()[data / "eval/a.csv"] is None


def test_an_edit_counts_when_the_file_is_no_longer_being_written(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    seen = SeenFiles()
    seen.see(file)
    sizes = iter([1, 22, 333, 333, 333, 333])
    written: list[int] = []

    def pause(seconds: float) -> None:
        written.append(next(sizes))
        if file.stat().st_size != written[-1]:
            file.write_text("x" * written[-1])

    assert wait_for_edit(seen, pause) == [file]
    assert written[-2:] == [333, 333]


def edits(file: Path) -> Callable[[float], None]:
    """Returns a pause in which a file is edited, once until it has been seen as it is."""
    calls = iter(range(1000))

    def pause(seconds: float) -> None:
        if next(calls) % 2 == 0:
            file.write_text(file.read_text() + "x")

    return pause


def test_a_round_that_fails_is_told_and_the_next_edit_waited_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    ends: list[object] = [
        0,
        typer.Exit(EXIT_FAILED),
        Failure("it broke."),
        WrongUse("no such node."),
        EXIT_INTERRUPTED,
    ]

    def once(seen: SeenFiles) -> int:
        seen.see(file)
        end = ends.pop(0)
        if isinstance(end, Exception):
            raise end
        assert isinstance(end, int)
        return end

    told: list[str] = []
    assert do_on_edits(once, told.append, edits(file)) == EXIT_INTERRUPTED
    assert ends == []
    assert len(told) == 8
    assert told[1].startswith("edited: ")
    errors = capsys.readouterr().err
    assert "it broke." in errors
    assert "no such node." in errors


def test_wrong_use_at_the_start_ends_it(tmp_path: Path) -> None:
    def once(seen: SeenFiles) -> int:
        raise WrongUse("no such file")

    with pytest.raises(WrongUse):
        do_on_edits(once, print, lambda seconds: None)


def test_an_edit_during_a_round_counts_after_it(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("1")
    rounds: list[str] = []

    def once(seen: SeenFiles) -> int:
        seen.see(file)
        rounds.append(file.read_text())
        if len(rounds) == 1:
            file.write_text("22")
        return EXIT_INTERRUPTED if len(rounds) == 2 else 0

    do_on_edits(once, lambda sentence: None, lambda seconds: None)
    assert rounds == ["1", "22"]
