"""Tests of specs that really run: each spec once, for all tests of this module."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.tfx

ROOT = Path(__file__).parents[2]
TFXC = [sys.executable, "-m", "tfxc"]
STEPS = '''
from pathlib import Path

from tfx.dsl.component.experimental.annotations import InputArtifact, OutputDict, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types.standard_artifacts import Examples


@component
def Count(examples: InputArtifact[Examples], place: Parameter[str]) -> OutputDict(number=int, words=str):
    """Writes beside its outputs, too."""
    Path(place).mkdir(parents=True)
    (Path(place) / "count.txt").write_text("written")
    return {"number": 7, "words": "sieben"}
'''
OWN_TESTS = """
import sys


def test_wiring(tfxc_spec):
    tfxc_spec.assert_valid()
    tfxc_spec.assert_runs_after("alert", "validator")


def test_run(tfxc_run):
    tfxc_run.assert_succeeded("gen", "validator", "alert", "retrain", "count")
    assert tfxc_run.states["registry"] == "left_out"
    rows = tfxc_run.examples("gen")
    assert len(rows) == 60
    assert {row["day"] for row in rows} == {2}
    assert all(set(row) == {"day", "kind", "minutes"} for row in rows)
    assert any(row["minutes"] is None for row in rows)
    assert len(tfxc_run.examples("gen", split="eval")) == tfxc_run.statistics("eval").examples
    assert tfxc_run.feature("kind", split="eval").unique == 3
    assert [(each.feature, each.severity) for each in tfxc_run.anomalies][0] == ("kind", "ERROR")
    assert tfxc_run.value("count", "number") == 7
    assert tfxc_run.value("count", "words") == "sieben"
    assert tfxc_run.artifact("gen", "examples").custom_properties["span"] in (2, "2")
    (alert,), (trigger,) = tfxc_run.posted["alert"], tfxc_run.posted["retrain"]
    assert alert["anomalies"] and trigger["reasons"] == ["anomalies"]
    assert not tfxc_run.is_whole
    assert isinstance(tfxc_run.log("count"), str)
    assert not {"tensorflow", "tfx"} & set(sys.modules)


def test_that_fails(tfxc_run):
    tfxc_run.assert_no_anomalies()
"""


@dataclass(frozen=True)
class Outcome:
    """A `tfxc test` that is over: exit code, what it printed, and the folder of the spec."""

    exit_code: int
    out: str
    err: str
    folder: Path
    left: list[str]

    @property
    def result(self) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.out)["specs"][0]
        return result

    @property
    def verdicts(self) -> dict[str, str]:
        return {point["name"]: point["verdict"] for point in self.result["points"]}


def outcome_of(folder: Path, temporary: Path, *arguments: str) -> Outcome:
    """Tests the spec of a folder, and sees to it that nothing of the folder was changed."""
    temporary.mkdir()
    before = _content(folder)
    done = subprocess.run(
        [*TFXC, "test", str(folder), *arguments],
        env={**os.environ, "TMPDIR": str(temporary), "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert _content(folder) == before
    return Outcome(
        done.returncode, done.stdout, done.stderr, folder, sorted(path.name for path in temporary.iterdir())
    )


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def visits(folder: Path) -> Path:
    """A spec with spans, anomalies, alerts, a trigger, a registry and a component of its own."""
    folder.mkdir()
    for day, kinds in ((1, "ab"), (2, "abc")):
        lines = [
            f"{kinds[number % len(kinds)]},{'' if number % 9 == 0 else number},{day}" for number in range(600)
        ]
        (folder / "data" / f"day-{day}").mkdir(parents=True)
        (folder / "data" / f"day-{day}" / "visits.csv").write_text(
            "\n".join(["kind,minutes,day", *lines]) + "\n"
        )
    (folder / "schema.pbtxt").write_text(
        'string_domain { name: "kind" value: "a" value: "b" }\n'
        'feature { name: "kind" type: BYTES domain: "kind" presence { min_fraction: 1 } }\n'
        'feature { name: "minutes" type: INT }\nfeature { name: "day" type: INT }\n'
    )
    (folder / "steps.py").write_text(STEPS)
    (folder / "test_visits.py").write_text(OWN_TESTS)
    registry = {"mlflow": {"tracking_uri": "http://127.0.0.1:9"}}
    secret = "https://example.com/{{ env.NOT_SET_HERE }}"
    spec = {
        "version": 1,
        "name": "visits",
        "parameters": {"out": {"type": "path", "default": "out"}},
        "pipeline_root": "gs://bucket/visits",
        "metadata": {
            "mysql": {"host": "example.com", "database": "mlmd", "user": "u", "password": "{{ env.PW }}"}
        },
        "components": {
            "gen": {
                "type": "CsvExampleGen",
                "input_base": "data",
                "input_config": {"splits": [{"name": "all", "pattern": "day-{SPAN}/*.csv"}]},
            },
            "statistics": {"type": "StatisticsGen", "examples": "gen.examples"},
            "schema": {"type": "ImportSchemaGen", "schema_file": "schema.pbtxt"},
            "validator": {
                "type": "ExampleValidator",
                "statistics": "statistics.statistics",
                "schema": "schema.schema",
            },
            "alert": {
                "type": "Alert",
                "anomalies": "validator.anomalies",
                "slack": {"webhook_url": secret},
                "email": {"host": "example.com", "from": "a@example.com", "to": ["b@example.com"]},
            },
            "retrain": {
                "type": "PipelineTrigger",
                "anomalies": "validator.anomalies",
                "webhook": {"url": secret},
            },
            "count": {
                "type": "steps.py:Count",
                "examples": "gen.examples",
                "place": "{{ parameters.out }}/x",
            },
            "old": {"type": "Importer", "source_uri": "data", "artifact_type": "Model"},
            "registry": {
                "type": "ModelRegistryPusher",
                "model": "old.result",
                "registry": registry,
                "model_name": "visits",
            },
        },
    }
    (folder / "pipeline.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    return folder


@pytest.fixture(scope="module")
def of_visits(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("visits")
    return outcome_of(visits(folder / "visits"), folder / "tmp", "--rows", "60", "--json")


def test_the_run_reads_a_sample_of_the_latest_span(of_visits: Outcome) -> None:
    (sample,) = of_visits.result["test"]["samples"]
    assert (sample["rows"], sample["of_rows"], sample["is_whole"]) == (60, 600, False)
    nodes = {name: verdict for name, verdict in of_visits.verdicts.items() if name.startswith("node ")}
    assert nodes.pop("node registry") == "skipped"
    assert set(nodes.values()) == {"passed"}, of_visits.err


def test_anomalies_and_own_tests_decide(of_visits: Outcome) -> None:
    assert of_visits.exit_code == 1
    failed = [name for name, verdict in of_visits.verdicts.items() if verdict == "failed"]
    assert [name.partition("::")[2] or name for name in failed] == [
        "anomalies of validator",
        "test_that_fails",
    ]
    assert sum(name.startswith("test ") for name in of_visits.verdicts) == 3, of_visits.err


def test_alerts_and_triggers_reach_the_test_alone(of_visits: Outcome) -> None:
    posted = {each["node"]: each["body"] for each in of_visits.result["test"]["posted"]}
    assert set(posted) == {"alert", "retrain"}
    (alert,) = of_visits.result["test"]["run"]["alerts"]
    assert alert["sent_to"] == ["webhook"]


def test_nothing_is_left(of_visits: Outcome) -> None:
    assert [name for name in of_visits.left if name.startswith("tfxc-test")] == []
    assert not (of_visits.folder / "out").exists()


@pytest.fixture(scope="module")
def of_penguin(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    folder = tmp_path_factory.mktemp("penguin")
    left = shutil.ignore_patterns("runs", "serving", "__pycache__")
    shutil.copytree(ROOT / "specs" / "penguin", folder / "penguin", ignore=left)
    (folder / "penguin" / "test_model.py").write_text(
        "def test_answers(tfxc_run):\n"
        '    rows = tfxc_run.examples("example_gen", split="eval")[:3]\n'
        '    assert len(tfxc_run.predict(rows)) == len(tfxc_run.predict(rows, node="trainer")) == 3\n'
        '    assert len(tfxc_run.examples("transform", "transformed_examples", "train")) == 204\n'
        '    assert tfxc_run.metric("sparse_categorical_accuracy", "species:Gentoo") > 0.5\n'
        '    assert tfxc_run.path("trainer", "model").is_dir()\n'
    )
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    shown = page.partition("```python test_penguin.py\n")[2].partition("```")[0]
    (folder / "penguin" / "test_penguin.py").write_text(shown)
    return outcome_of(folder / "penguin", folder / "tmp", "--junit", str(folder / "junit.xml"), "--keep")


def test_a_model_is_trained_blessed_pushed_into_the_folder_and_asked(of_penguin: Outcome) -> None:
    assert of_penguin.exit_code == 0, of_penguin.out + of_penguin.err
    assert "blessing of evaluator, model of trainer, 9 nodes, 4 tests" in of_penguin.out
    assert "all 344 rows" in of_penguin.out
    (kept,) = (name for name in of_penguin.left if name.startswith("tfxc-test"))
    root = of_penguin.folder.parent / "tmp" / kept
    assert f"kept: {root}" in of_penguin.out
    assert next((root / "written" / "pusher").glob("*/saved_model.pb")).is_file()
    assert json.loads((root / "test.json").read_text())["exit_code"] == 0
    junit = (of_penguin.folder.parent / "junit.xml").read_text()
    assert 'name="node trainer"' in junit
    assert 'failures="0"' in junit


@pytest.fixture
def stopped(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*TFXC, "test", str(ROOT / "specs" / "custom"), "-P", "audit_seconds=60"],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    yield process
    process.kill()
    process.wait()


def test_ctrl_c_ends_it_and_cleans_up(stopped: subprocess.Popen[str], tmp_path: Path) -> None:
    assert stopped.stdout is not None
    for line in stopped.stdout:
        if "audit" in line and "running" in line:
            break
    time.sleep(0.2)
    os.killpg(stopped.pid, signal.SIGINT)
    stopped.stdout.read()
    assert stopped.wait(timeout=60) == 130
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tfxc-test")] == []
