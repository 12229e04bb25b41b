"""``tfxc report``: which run is meant, where the page goes, and what is said when there is none."""

from __future__ import annotations

import json
import sys
import webbrowser
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler import cli
from tfxc.schemas.plan import Plan

END = {"event": "run_finished", "state": "succeeded"}
FINISHED = {"event": "node_finished", "node": "example_gen", "state": "succeeded", "execution_id": 1}


@pytest.fixture
def bundle(store: Any, two_nodes: Plan, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns the folder of a bundle with two runs, which began at the same time."""
    monkeypatch.chdir(store.folder)
    (store.folder / "plan.json").write_text(two_nodes.to_json())
    for run_id in ("20260130-1", "20260131-2"):
        examples = store.artifact("Examples", f"runs/example_gen/examples/{run_id}")
        store.execution(run_id, "example_gen", "CsvExampleGen", outputs={"examples": [examples]})
        store.run_folder(run_id, [FINISHED, END], plan=two_nodes, parameters={"steps": 3})
    return Path(store.folder)


def pages(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.html"))


def test_the_latest_run_is_written_beside_where_one_is(bundle: Path) -> None:
    assert cli.run(["report", "."]) == 0
    assert pages(bundle) == ["birds-20260131-2.html"]
    assert "birds: run 20260131-2" in (bundle / "birds-20260131-2.html").read_text()


def test_a_run_by_the_beginning_of_its_id_and_into_a_folder(bundle: Path) -> None:
    (bundle / "out").mkdir()
    assert cli.run(["report", "20260130", "--spec", str(bundle), "-o", "out"]) == 0
    assert pages(bundle / "out") == ["birds-20260130-1.html"]


def test_the_folder_of_a_run_is_enough_wherever_one_is(
    bundle: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.chdir(elsewhere)
    assert cli.run(["report", str(bundle / "runs" / ".tfxc" / "20260131-2"), "-o", "page.html"]) == 0
    text = (elsewhere / "page.html").read_text()
    assert "birds: run 20260131-2" in text
    assert str(bundle / "runs" / "example_gen" / "examples" / "20260131-2") in text  # from the store


def test_standard_output_has_the_page_and_nothing_else(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["report", "20260131", "--spec", ".", "-o", "-"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("<!doctype html>")
    assert printed.err == ""
    assert pages(bundle) == []


def test_a_plan_of_another_version_is_replaced_by_that_of_today(bundle: Path) -> None:
    plan = bundle / "runs" / ".tfxc" / "20260131-2" / "plan.json"
    plan.write_text(json.dumps({"format": "tfxc.plan/1"}))
    assert cli.run(["report", "."]) == 0
    assert pages(bundle) == ["birds-20260131-2.html"]


def test_open_shows_the_file(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: not opened.append(url))
    assert cli.run(["report", ".", "--open"]) == 0
    assert opened == [(bundle / "birds-20260131-2.html").as_uri()]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["latest"], 2, "there is no pipeline.yaml here"),
        (["nope.yaml"], 2, "nope.yaml: there is no such file"),
        (["2027", "--spec", "."], 2, "there is no run `2027` of birds"),
        (["2026", "--spec", "."], 2, "`2026` is the beginning of 2 run ids"),
        ([".", "-o", "no/such/folder/x.html"], 1, "the report cannot be written, "),
        ([".", "-o", "-", "--open"], 2, "--open needs a file"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    bundle: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, sentence: str
) -> None:
    assert cli.run(["report", *arguments]) == code
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert printed.err.count("\n") == 1
    assert (printed.out, pages(bundle)) == ("", [])


@pytest.mark.parametrize("missing", ["ml_metadata", "tensorflow_metadata"])
def test_without_the_packages_it_says_what_to_install(
    bundle: Path,
    store: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    missing: str,
) -> None:
    statistics = store.artifact(
        "ExampleStatistics", "runs/statistics_gen/statistics/3", {"Split-train/FeatureStats.pb": ""}
    )
    store.execution("20260131-2", "statistics_gen", "StatisticsGen", outputs={"statistics": [statistics]})
    for name in [name for name in sys.modules if name.split(".")[0] == missing]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, missing, None)
    assert cli.run(["report", "."]) == 1
    assert "pip install 'tfxc[tfx]'" in capsys.readouterr().err
    assert pages(bundle) == []


def test_what_was_written_as_json(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["report", "20260130", "--json", "--spec", "."]) == 0
    told = json.loads(capsys.readouterr().out)
    page = bundle / "birds-20260130-1.html"
    expected = {"file": page.name, "pipeline": "birds", "run": "20260130-1", "bytes": page.stat().st_size}
    assert expected.items() <= told.items()
    assert cli.run(["report", "--json", "-o", "-"]) == 2
    assert "name a file with -o" in capsys.readouterr().err
