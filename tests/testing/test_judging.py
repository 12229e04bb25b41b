"""What fails a test, what is told, and how that is written."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.summaries import AnomalySummary
from tfxc.compiler.testing.judge import Point, judged
from tfxc.compiler.testing.record import TestRecord, read_record
from tfxc.compiler.testing.report import SpecResult, as_json, point_lines, render_junit

Make = Callable[..., TestRecord]


def verdict(points: tuple[Point, ...], name: str) -> tuple[str, str]:
    (point,) = (point for point in points if point.name == name)
    return point.verdict, point.message


def test_nodes_fail_are_skipped_or_left_out(record: Make) -> None:
    points = judged(record(), "auto", "fail")
    assert verdict(points, "node example_gen") == ("passed", "")
    assert verdict(points, "node evaluator") == ("passed", "")
    assert verdict(points, "node pusher") == ("skipped", "its condition is false")
    assert verdict(points, "node audit") == ("failed", "failed: no time")
    assert verdict(points, "node registry")[0] == "skipped"
    assert verdict(points, "model of trainer") == ("failed", "it cannot be served: no signature")


@pytest.mark.parametrize(
    ("severity", "is_whole", "changed", "expected"),
    [
        ("auto", True, False, "failed"),
        ("auto", False, False, "told"),
        ("auto", True, True, "told"),
        ("fail", False, True, "failed"),
        ("tell", True, False, "told"),
    ],
)
def test_a_model_that_is_not_blessed(
    severity: Any, is_whole: bool, changed: bool, expected: str, record: Make
) -> None:
    points = judged(record(is_whole, changed), severity, "fail")
    found, message = verdict(points, "blessing of evaluator")
    assert found == expected
    assert "0.5 is too low" in message
    assert ("sample" in message) == (severity == "auto" and not is_whole)


def test_anomalies_fail_unless_they_are_only_to_be_told_or_are_warnings(record: Make) -> None:
    warning = AnomalySummary(node="drift", split="train", feature="", severity="WARNING", description="few")
    made = record(anomalies=(*record().run.anomalies, warning))
    points = judged(made, "auto", "fail")
    assert verdict(points, "anomalies of validator") == ("failed", "kind (train): new: x")
    assert verdict(points, "anomalies of drift") == ("told", "a warning, the data set (train): few")
    assert verdict(judged(made, "auto", "tell"), "anomalies of validator")[0] == "told"


def test_results_are_written_as_lines_json_and_xml(record: Make) -> None:
    made = record()
    points = (
        *judged(made, "auto", "fail"),
        Point("test t::a", "passed"),
        Point("test t::<b>", "failed", "a\x00"),
    )
    result = SpecResult(Path("visits/pipeline.yaml"), None, points, made)
    lines = dict(reversed(list(point_lines(points))))
    assert lines["passed"] == "2 nodes, 1 test"
    told = as_json([result])
    assert json.loads(json.dumps(told))["state"] == told["specs"][0]["state"] == "failed"
    assert told["specs"][0]["root"] is None
    (suite,) = ElementTree.fromstring(render_junit([result]))
    assert suite.get("tests") == str(len(points))
    assert suite.get("failures") == str(sum(point.verdict == "failed" for point in points))
    assert [case.get("name") for case in suite] == [point.name for point in points]


def test_a_record_comes_back_from_its_file(record: Make, tmp_path: Path) -> None:
    assert read_record(tmp_path) is None
    (tmp_path / "test.json").write_text(record().model_dump_json())
    assert read_record(tmp_path) == record()
    (tmp_path / "test.json").write_text("{")
    assert read_record(tmp_path) is None
