"""specs/monitoring: planted faults are found and named, and quiet days are quiet."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.serving.served import TFXC

pytestmark = pytest.mark.tfx

HERE = Path(__file__).parent
SPECS = HERE.parents[1] / "specs"
MEASUREMENTS = {"bill_depth_mm", "bill_length_mm", "body_mass_g", "flipper_length_mm"}


@dataclass(frozen=True)
class Day:
    """What a run over a day's log has said."""

    printed: str
    report: Any

    def found(self, node: str) -> set[str]:
        """Returns the features that a validator has told something about."""
        return {each["feature"] for each in self.report["anomalies"] if each["node"] == node}


@dataclass(frozen=True)
class Monitoring:
    """The spec beside a penguin pipeline that has pushed a model."""

    folder: Path
    slack: Any

    def log(self, *arguments: str, data: str = "data") -> None:
        """Writes a log of days, and their labels."""
        model = self.folder.parent / "penguin" / "serving"
        command = [sys.executable, str(self.folder / "make_data.py"), "--model", str(model)]
        self._run([*command, "--data", str(self.folder / data), *arguments])

    def run(self, *arguments: str) -> Day:
        """Runs the pipeline over the latest day."""
        chosen = arguments or ("--env", "alert")
        printed = self._run([*TFXC, "run", str(self.folder / "pipeline.yaml"), *chosen])
        latest = max((self.folder / "runs" / ".tfxc").glob("*/summary.json"))
        return Day(printed, json.loads(latest.read_text(encoding="utf-8")))

    def html(self) -> str:
        """Returns the report of the last run."""
        page = self.folder / "report.html"
        self._run([*TFXC, "report", str(self.folder / "pipeline.yaml"), "-o", str(page)])
        return page.read_text(encoding="utf-8")

    def _run(self, command: list[str]) -> str:
        variables = {**os.environ, "SLACK_WEBHOOK_URL": f"{self.slack.address}/services/T0/B0/secret"}
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=900, env=variables
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout


@pytest.fixture(scope="module")
def slack(small_servers: Any) -> Iterator[Any]:
    """A server that takes what is meant for Slack."""
    with small_servers.web_server() as server:
        yield server


@pytest.fixture(scope="module")
def monitoring(penguin: Path, slack: Any) -> Monitoring:
    folder = penguin.parent / "monitoring"
    ignored = shutil.ignore_patterns("runs", "data", "__pycache__")
    shutil.copytree(SPECS / "monitoring", folder, ignore=ignored)
    return Monitoring(folder, slack)


@pytest.fixture(scope="module")
def quiet(monitoring: Monitoring) -> Day:
    """The first day: nothing is wrong, and there is no day before it."""
    monitoring.log("--days", "1", "--until", "2026-01-01")
    return monitoring.run()


@pytest.fixture(scope="module")
def faulty(monitoring: Monitoring, quiet: Day) -> Day:
    """A day with everything that can be planted; nobody has labelled its penguins yet."""
    del quiet
    faults = [word for name in ("skew", "drift", "category") for word in ("--fault", name)]
    monitoring.log("--days", "1", "--until", "2026-01-02", *faults)
    (monitoring.folder / "data" / "labels" / "2026-01-02-1.csv").unlink()
    return monitoring.run()


@pytest.fixture(scope="module")
def again(monitoring: Monitoring, faulty: Day) -> Day:
    """The same day, looked at again."""
    del faulty
    return monitoring.run()


@pytest.fixture(scope="module")
def wrong(monitoring: Monitoring, again: Day) -> Day:
    """A day whose labels say that the model is wrong on one island."""
    del again
    monitoring.log("--days", "1", "--until", "2026-01-03", "--fault", "quality")
    return monitoring.run()


def test_a_first_quiet_day_has_no_anomalies(quiet: Day) -> None:
    assert quiet.report["anomalies"] == []
    (evaluation,) = quiet.report["evaluations"]
    assert evaluation["blessed"] is True
    assert "500 examples in serving" in quiet.printed


def test_planted_faults_are_found_and_named(faulty: Day) -> None:
    assert faulty.found("example_validator") == {"island"}
    assert {"bill_length_mm", "island"} <= faulty.found("skew")
    assert {"bill_length_mm", "island", "prediction/species"} <= faulty.found("drift")
    assert {each["span"] for each in faulty.report["anomalies"]} == {20455}
    assert all(each["description"] for each in faulty.report["anomalies"])
    assert "Anvers" in faulty.printed
    assert "in span 20455\n" in faulty.printed
    assert "The feature value with maximum difference is: Torgersen" in " ".join(faulty.printed.split())


def test_a_day_that_is_looked_at_again_is_compared_with_the_same_day(faulty: Day, again: Day) -> None:
    states = {each["node"]: each["state"] for each in again.report["nodes"]}
    assert (states["statistics_gen"], states["drift"]) == ("cached", "cached")
    assert again.found("drift") == faulty.found("drift")


def test_without_labels_quality_is_not_judged(faulty: Day) -> None:
    assert faulty.report["evaluations"] == []
    states = {each["node"]: each["state"] for each in faulty.report["nodes"]}
    assert (states["join_labels"], states["evaluator"]) == ("succeeded", "skipped")
    assert states["training_statistics"] == "cached"


def test_people_are_told_of_the_faulty_day_alone(quiet: Day, faulty: Day, slack: Any) -> None:
    assert quiet.report["alerts"] == [{"node": "alert", "sent_to": [], "reason": "there was nothing to tell"}]
    assert faulty.report["alerts"] == [{"node": "alert", "sent_to": ["slack"], "reason": ""}]
    assert "alert: sent by slack" in faulty.printed
    request = slack.requests[0]
    assert request.path == "/services/T0/B0/secret"
    told = request.body["text"]
    assert told.startswith("*monitoring: ")
    for words in ("island", "Anvers", "skew: ", "drift: ", "statistics_gen: 500 examples in serving"):
        assert words in told
    assert "secret" not in faulty.printed


def test_the_report_tells_what_was_compared(monitoring: Monitoring, faulty: Day) -> None:
    del faulty
    page = monitoring.html()
    assert "The data are of span 20455." in page
    assert "above the threshold 0.21" in page
    assert "serving_train" in page
    assert "train (training_statistics)" in page
    assert "sent by slack" in page
    assert "Anvers" in page


def test_quality_falls_by_slice_when_labels_say_so(wrong: Day) -> None:
    (evaluation,) = wrong.report["evaluations"]
    assert evaluation["blessed"] is False
    metrics = {
        each["slice"]: each["value"] for each in evaluation["metrics"] if each["name"] == "exact_match"
    }
    assert metrics["island:Dream"] < 0.1
    assert metrics["island:Biscoe"] > 0.9
    told = " ".join(evaluation["failures"])
    assert "island:Dream" in told
    assert "island:Biscoe" not in told


def test_twenty_quiet_days_are_quiet(monitoring: Monitoring, quiet: Day) -> None:
    del quiet
    monitoring.log("--days", "20", "--until", "2026-01-20", "--seed", "quiet", data="twenty")
    (schema,) = (monitoring.folder / "runs" / "serving_schema" / "schema").iterdir()
    (training,) = (monitoring.folder / "runs" / "training_statistics" / "statistics").iterdir()
    spec = monitoring.folder / "pipeline.yaml"
    log = monitoring.folder / "twenty" / "requests" / "penguin"
    command = [sys.executable, str(HERE / "quiet_windows.py"), *map(str, (log, spec, schema, training))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr[-3000:]
    days = json.loads(done.stdout.splitlines()[-1])
    assert len(days) == 20
    assert {name: found for name, found in days.items() if any(found.values())} == {}


def test_a_log_of_hours_has_spans_too(monitoring: Monitoring, quiet: Day) -> None:
    del quiet
    files = (monitoring.folder / "data" / "requests" / "penguin").glob("*/*/examples-*")
    spans = sorted({int(file.name.split("-")[1]) for file in files})
    first = 20454 * 24
    assert spans[0] == first
    assert all(first <= each < first + 3 * 24 for each in spans)
