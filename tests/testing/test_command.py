"""`tfxc test` where nothing is run: wrong use, specs with mistakes, data that no sample can be taken of."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.compiler import cli
from tfxc.compiler.testing.own_tests import own_tests

GEN: dict[str, Any] = {"gen": {"type": "CsvExampleGen", "input_base": "data"}}


@pytest.fixture(autouse=True)
def _no_launcher(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Starts no TFX, and makes the folders of tests where they can be counted."""
    import contextlib
    import tempfile

    (tmp_path / "roots").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "roots"))
    monkeypatch.setattr(
        "tfxc.backends.local.running.launching.starting_launcher", lambda *_: contextlib.nullcontext(None)
    )
    monkeypatch.chdir(tmp_path)


def write_spec(path: Path, components: dict[str, Any] | None = None, **document: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = {"version": 1, "name": "visits", **document, "components": components or GEN}
    path.write_text(yaml.safe_dump(text))
    return path


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nowhere.yaml"], "nowhere.yaml: there is no spec"),
        (["empty"], "there is no spec in that folder"),
        (["-"], "a spec from standard input has no folder"),
        ([], "name a spec"),
        (["visits", "--env", "a", "--no-env"], "exclude each other"),
        (["visits", "-P", "rows=3"], "there is no parameter `rows`"),
        (["visits", "--whole", "gne"], "did you mean `gen`"),
        (["visits", "--to", "gne"], "did you mean `gen`"),
        (["visits", "--rows", "0"], "--rows"),
    ],
)
def test_wrong_use(
    arguments: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_spec(tmp_path / "visits" / "pipeline.yaml")
    (tmp_path / "empty").mkdir()
    assert cli.run(["test", *arguments]) == 2
    assert sentence in capsys.readouterr().err
    assert list((tmp_path / "roots").iterdir()) == []


def test_a_spec_with_mistakes_fails_and_the_others_are_still_tested(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_spec(tmp_path / "a" / "pipeline.yaml", {"gen": {"type": "CsvExmpleGen"}})
    write_spec(tmp_path / "b" / "pipeline.yaml")
    assert cli.run(["test", "--json", "--junit", "out/report.xml", "."]) == 1
    captured = capsys.readouterr()
    told = json.loads(captured.out)
    points = [spec["points"] for spec in told["specs"]]
    assert points[0] == [{"name": "valid", "verdict": "failed", "message": "the spec has a mistake"}]
    assert points[1][1]["message"].endswith("data, which is not there.")
    assert "did you mean `CsvExampleGen`" in captured.err
    assert 'failures="2"' in (tmp_path / "out" / "report.xml").read_text()
    assert list((tmp_path / "roots").iterdir()) == []


def test_a_spec_that_only_others_run_is_left_out_of_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_spec(tmp_path / "whole" / "pipeline.yaml")
    statistics = {"type": "StatisticsGen", "examples": "inputs.examples"}
    part = tmp_path / "whole" / "part" / "pipeline.yaml"
    write_spec(part, {"gen": statistics}, inputs={"examples": {"artifact_type": "Examples"}})
    assert cli.run(["test", "--json", "."]) == 1
    assert len(json.loads(capsys.readouterr().out)["specs"]) == 1
    assert cli.run(["test", str(part)]) == 1
    assert "nothing gives the input `examples`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("component", "sentence"),
    [
        ({"type": "CsvExampleGen", "input_base": "gs://bucket/visits"}, "reads gs://bucket/visits"),
        ({"type": "BigQueryExampleGen", "query": "SELECT 1"}, "`gen` asks a database"),
        ({"type": "CsvExampleGen", "input_base": "data"}, "which is not there"),
    ],
)
def test_what_no_sample_can_be_taken_of_is_a_sentence(
    component: dict[str, Any], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_spec(tmp_path / "pipeline.yaml", {"gen": component})
    assert cli.run(["test"]) == 1
    assert sentence in " ".join(capsys.readouterr().out.split())


def test_what_is_not_as_in_a_run_is_said_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("x,y\n" + "1,2\n" * 30)
    write_spec(tmp_path / "pipeline.yaml", environments={"test": {}}, beam_pipeline_args=["--runner=Spark"])
    assert cli.run(["test", "--rows", "10"]) == 1
    out = capsys.readouterr().out
    assert "pipeline.yaml: testing visits, environment test" in out
    assert "10 of 30 rows, from 1 file" in out
    assert "beam_pipeline_args  none: Beam runs here" in out
    assert "needs TFX" in out


def test_own_tests_are_those_beside_a_spec_and_below_tests(tmp_path: Path) -> None:
    for name in ("test_a.py", "b_test.py", "model.py", "tests/test_c.py", "other/test_d.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    found = own_tests(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["b_test.py", "test_a.py", "tests"]
    assert own_tests(tmp_path / "other" / "none") == []
