"""The page of a run: what is on it, what is left out and why, and that nothing in it is ever run."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.reports.html.page import page, run_page
from tfxc.backends.reports.html.sections import DataTable, Heading, Row, Section

ODD = "</script><b onload=x>\"'&\x00\x1b\u202e{{ 7 * 7 }}"


class Elements(HTMLParser):
    """The elements, attributes and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.inside: dict[str, list[str]] = {"script": [], "style": []}
        self._current = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._current = tag if tag in self.inside else ""
        if self._current:
            self.inside[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._current:
            self._current = ""

    def handle_data(self, data: str) -> None:
        if self._current:
            self.inside[self._current][-1] += data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def ids(text: str) -> list[str]:
    return re.findall(r'<section id="([^"]+)"', text)


def test_a_whole_run_has_every_section(whole_run: Callable[..., Any], now: datetime) -> None:
    made = whole_run()
    text = run_page(made.plan, made.run(), now)
    assert ids(text) == [
        "pipeline",
        "statistics_gen-statistics",
        "example_validator-anomalies",
        "transform-transform_graph",
        "trainer-model_run",
        "tuner-tuner_results",
        "evaluator-evaluation",
        "models",
        "details",
        "lineage",
    ]
    words = Elements(text).text
    for each in (
        "1 anomaly",
        "pink is not in the domain",
        "wing_0_xf",
        "The model is not blessed.",
        "colour:value 1: accuracy is 0.6, below its lower bound 0.7",
        "false positive rate at 0.5",
        "not servable",
        "serving_default",
        "serving/1",
        "2026-01-31",
    ):
        assert each in words


def test_slices_that_miss_a_threshold_come_first_then_the_worst(
    whole_run: Callable[..., Any], now: datetime
) -> None:
    made = whole_run(slices=4)
    text = run_page(made.plan, made.run(), now)
    table = text.split('aria-label="Slices"')[1].split("</tbody>")[0]
    first_cells = re.findall(r"<tr[^>]*><td>([^<]*)", table)
    assert first_cells == [
        "Overall",
        "colour:value 1",
        "colour:value 0",
        "colour:value 2",
        "colour:value 3",
    ]


def test_shares_are_shown_and_not_counts(whole_run: Callable[..., Any], now: datetime) -> None:
    made = whole_run()
    words = Elements(run_page(made.plan, made.run(), now)).text
    assert "30.0% · 60.0%" in words  # red: 60 of 200, and 60 of 100


def test_the_same_run_gives_the_same_bytes(whole_run: Callable[..., Any], now: datetime) -> None:
    made = whole_run()
    assert run_page(made.plan, made.run(), now) == run_page(made.plan, made.run(), now)


def test_texts_are_never_markup(whole_run: Callable[..., Any], now: datetime) -> None:
    made = whole_run(odd=ODD)
    text = run_page(made.plan, made.run(error=ODD), now)
    elements = Elements(text)
    tame = whole_run()
    plain = Elements(run_page(tame.plan, tame.run(), now))
    assert "b" not in elements.names
    assert not any(name.startswith("on") for _, name, _ in elements.attributes)
    assert not any(name == "style" for _, name, _ in elements.attributes)
    assert elements.names.count("script") == plain.names.count("script")
    assert not re.search("[\x00\x1b\u202e]", text)
    assert "␀␛⟨U+202E⟩{{ 7 * 7 }}" in html.unescape(text)
    for tag, name, value in elements.attributes:
        assert not (name in ("href", "src") and not value.startswith(("#", "data:,"))), (tag, name, value)


def test_the_policy_names_what_is_in_the_page_and_nothing_else(
    whole_run: Callable[..., Any], now: datetime
) -> None:
    made = whole_run()
    text = run_page(made.plan, made.run(), now)
    elements = Elements(text)
    policy = next(value for _, name, value in elements.attributes if name == "content" and "-src" in value)
    hashes = set(re.findall(r"'sha256-([^']+)'", policy))
    kinds = re.findall(r"<script([^>]*)>", text)
    executed = [
        content
        for content, kind in zip(elements.inside["script"], kinds, strict=True)
        if "application/json" not in kind
    ]
    expected = {
        base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()
        for each in (*executed, *elements.inside["style"])
    }
    assert hashes == expected
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "The MIT License" in text


def test_the_library_for_curves_is_there_only_with_curves(made: Any, now: datetime) -> None:
    made.node("example_gen", "CsvExampleGen")
    assert (
        "uPlot"
        not in page("a", [Section("a", "A", "table.html.jinja2", {"table": TABLE})], now).split(
            '"use strict"'
        )[0]
    )


TABLE = DataTable("t", "T", (Heading("Name"), Heading("Value", number=True)), (Row(("a", "1")),))


def test_large_runs_stay_small_and_quick(whole_run: Callable[..., Any], now: datetime) -> None:
    made = whole_run(features=400, slices=5000)
    text = run_page(made.plan, made.run(), now)
    assert len(text.encode()) < 3_000_000
    rest = re.search(r'class="rest">(.*?)</script>', text)
    assert rest is not None
    rows = json.loads(rest[1])
    assert len(rows) == 5001 - 200
    assert "wing_399" in text


def test_more_features_than_are_shown_are_told_of(whole_run: Callable[..., Any], now: datetime) -> None:
    made = whole_run(features=700)
    words = Elements(run_page(made.plan, made.run(), now)).text
    assert "of 701 features 500 are shown" in words


def test_what_is_gone_is_said_in_a_line(whole_run: Callable[..., Any], now: datetime) -> None:
    made = whole_run()
    for path in sorted(made.folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    text = run_page(made.plan, made.run(), now)
    words = Elements(text).text
    assert ids(text) == ["pipeline", "models", "details", "lineage", "omitted"]
    for each in ("statistics of statistics_gen", "evaluation of evaluator", "training curves of trainer"):
        assert f"{each}: " in words


def test_a_failed_run_says_why_first_and_shows_the_end_of_the_log(
    made: Any, now: datetime, tmp_path: Path
) -> None:
    log = tmp_path / "trainer.1.log"
    log.write_text("loading <data>\nno space left\n")
    failed = {"reason": "`trainer` failed: no space", "traceback": '  File "model.py", line 3, in <lambda>'}
    made.node("trainer", "Trainer", state="failed", logs=(str(log),), **failed)
    made.node("evaluator", "Evaluator", ["trainer"], state="not_run", began=None, ended=None)
    text = run_page(made.plan, made.run(state="failed"), now)
    assert ids(text)[0] == "failures"
    assert "loading &lt;data&gt;\nno space left" in text
    assert "line 3, in &lt;lambda&gt;" in text
    assert "not run" in Elements(text).text


@pytest.mark.parametrize("state", ["running", "cancelled", "unfinished"])
def test_a_run_that_is_not_over_and_has_nothing(made: Any, now: datetime, state: Any) -> None:
    made.node("example_gen", "CsvExampleGen", state="running", ended=None)
    text = run_page(made.plan, made.run(state=state, ended=None, began=None, parameters=None), now)
    words = Elements(text).text
    assert state in words
    assert "nothing has recorded the parameters of this run" in words
    assert "evaluation: no node of this pipeline makes any" in words


def test_statistics_are_shown_beside_those_that_they_are_compared_with(
    whole_run: Callable[..., Any], now: datetime
) -> None:
    made = whole_run()
    own = made.nodes["statistics_gen"].outputs["statistics"]
    made.node("serving_statistics", "StatisticsGen")
    serving = made.put("serving_statistics", "statistics", "ExampleStatistics")
    shutil.copytree(Path(own[0].uri) / "Split-eval", serving / "Split-serving")
    compared = {
        "statistics": made.nodes["serving_statistics"].outputs["statistics"],
        "baseline_statistics": own,
    }
    made.node("skew", "DistributionValidator", ["serving_statistics"], inputs=compared)
    made.put("skew", "anomalies", "ExampleAnomalies")
    text = run_page(made.plan, made.run(), now)
    serving_section = text[text.index('id="serving_statistics-statistics"') :]
    for name in ("serving", "train (statistics_gen)", "eval (statistics_gen)"):
        assert name in Elements(serving_section).text
    own_section = text[text.index('id="statistics_gen-statistics"') : text.index('id="serving_statistics-')]
    assert "serving (serving_statistics)" in Elements(own_section).text
    # What an earlier run made is told with that run, and what is gone is told of.
    earlier = replace(own[0], id=99, maker=replace(own[0].maker, run_id="run-0"))
    gone = replace(own[0], id=98, uri=str(made.folder / "gone"))
    made.nodes["skew"] = replace(
        made.nodes["skew"], inputs={**compared, "baseline_statistics": (earlier, gone)}
    )
    words = Elements(run_page(made.plan, made.run(), now)).text
    assert "train (statistics_gen, run run-0)" in words
    assert "compared statistics of skew: " in words


def test_what_was_sent_and_started_is_said_at_the_head(made: Any, now: datetime) -> None:
    made.node("tell", "Alert")
    sent = {"sent": 1, "sent_to": "slack, email", "reason": ""}
    made.put("tell", "alert", "JsonValue", custom_properties=sent)
    made.node("retrain", "PipelineTrigger")
    nothing = {"triggered": 0, "run": "", "where": "", "reason": "nothing asked for it"}
    made.put("retrain", "triggered_run", "JsonValue", custom_properties=nothing)
    words = Elements(run_page(made.plan, made.run(), now)).text
    assert "sent by slack, email" in words
    assert "started nothing: nothing asked for it" in words
