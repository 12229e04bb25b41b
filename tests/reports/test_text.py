"""The summary of a run, its metrics and the excerpt of a failed node's log."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.messages import Artifact
from tfxc.backends.launcher.protocol.summaries import (
    AnomalySummary,
    EvaluationSummary,
    FeatureStatistics,
    Metric,
    ModelSummary,
    PushSummary,
    StatisticsSummary,
)
from tfxc.backends.reports.contents import run_contents
from tfxc.backends.reports.log_excerpt import log_excerpt
from tfxc.backends.reports.markdown import markdown
from tfxc.backends.reports.metrics_table import FAIRNESS, metrics_table, shown_value
from tfxc.backends.reports.run_report import NodeReport, RunReport
from tfxc.backends.reports.text import text_lines


def report(*nodes: NodeReport, here: Path, state: str = "succeeded", **fields: Any) -> RunReport:
    return RunReport(
        pipeline="penguin",
        run_id="20261123-175530-ab12",
        run_date="2026-11-23",
        state=state,
        seconds=48.23,
        folder=str(here / "runs/.tfxc/20261123-175530-ab12"),
        parameters={},
        nodes=nodes,
        **fields,
    )


def node(name: str, state: str = "succeeded", **fields: Any) -> NodeReport:
    values: dict[str, Any] = (
        {"attempts": 1, "seconds": 5.1} if state in ("succeeded", "failed", "cached") else {}
    )
    return NodeReport(node=name, type="Trainer", state=state, **{**values, **fields})


def text(summary: RunReport, here: Path, width: int = 80) -> str:
    return "\n".join(line.plain for line in text_lines(run_contents(summary, here, width))) + "\n"


def metrics(**values: Mapping[str, float | str | None]) -> tuple[Metric, ...]:
    return tuple(
        Metric(slice=piece, name=name, value=value)
        for name, row in values.items()
        for piece, value in row.items()
    )


ACCURACY = {"Overall": 0.98213, "species:Adelie": 1.0, "species:Gentoo": 0.97561}
COUNT = {"Overall": 112.0, "species:Adelie": 48.0, "species:Gentoo": 41.0}


def test_a_run_that_went_well(tmp_path: Path) -> None:
    evaluation = EvaluationSummary(
        node="evaluator",
        blessed=True,
        metrics=metrics(
            example_count=COUNT, sparse_categorical_accuracy=ACCURACY, loss={"Overall": 0.0612345}
        ),
    )
    summary = report(
        node("example_gen", "cached", seconds=0.21),
        node("trainer", seconds=75, attempts=2),
        node("pusher"),
        node("announcer", "skipped", reason="its condition is false"),
        here=tmp_path,
        evaluations=(evaluation,),
        pushes=(PushSummary(node="pusher", pushed=True, destination=str(tmp_path / "serving/1795456530")),),
    )
    assert text(summary, tmp_path) == (
        "penguin  run 20261123-175530-ab12  succeeded in 48.2s\n"
        "\n"
        "  example_gen  cached       0.21s\n"
        "  trainer      succeeded    1m15s  2 attempts\n"
        "  pusher       succeeded    5.10s\n"
        "  announcer    skipped             its condition is false\n"
        "\n"
        "evaluator: the model is blessed (there was no baseline model to compare with)\n"
        "  slice           sparse_categorical_accuracy     loss  example_count\n"
        "  Overall                              0.9821  0.06123            112\n"
        "  species:Adelie                        1.000        –             48\n"
        "  species:Gentoo                       0.9756        –             41\n"
        "\n"
        "pusher: pushed the model to serving/1795456530\n"
        "\n"
        "logs and events: runs/.tfxc/20261123-175530-ab12\n"
    )


def test_a_model_that_is_not_blessed_and_anomalies(tmp_path: Path) -> None:
    failure = "accuracy of species:Gentoo is 0.71, below the threshold 0.8"
    summary = report(
        node("evaluator"),
        node("pusher", "skipped", reason="its condition is false"),
        here=tmp_path,
        evaluations=(
            EvaluationSummary(
                node="evaluator", blessed=False, metrics=(), failures=(failure,), empty_slices=("sexx",)
            ),
        ),
        anomalies=(
            AnomalySummary(
                node="example_validator",
                split="eval",
                feature="island",
                severity="ERROR",
                description="Unexpected string\nvalues: Atlantis",
            ),
            AnomalySummary(
                node="drift", split="a_b", feature="", severity="ERROR", description="Moved.", span=20423
            ),
        ),
        pushes=(PushSummary(node="pusher", pushed=False, reason="the model is not blessed"),),
    )
    shown = text(summary, tmp_path)
    assert "evaluator: the model is not blessed\n  because accuracy of species:Gentoo is 0.71, below" in shown
    assert "  no example is in the slice sexx, which is asked for\n" in shown
    assert "example_validator: 1 anomaly\n  eval: island: Unexpected string values: Atlantis\n" in shown
    assert "drift: 1 anomaly in span 20423\n  a_b: the data set: Moved.\n" in shown
    assert "pusher: pushed nothing: the model is not blessed\n" in shown
    assert "succeeded in 48.2s" in shown


def test_a_pushed_model_that_was_deleted(tmp_path: Path) -> None:
    gone = PushSummary(
        node="pusher", pushed=True, destination=str(tmp_path / "serving/17"), reason="it is gone"
    )
    shown = text(report(node("pusher", "cached"), here=tmp_path, pushes=(gone,)), tmp_path)
    assert "pusher: had pushed this model to serving/17: it is gone\n" in shown


def test_whether_models_can_be_served(tmp_path: Path) -> None:
    models = (
        ModelSummary(node="good", output="model", servable=True),
        ModelSummary(node="bad", output="model", servable=False, reason="it has no\nsignature."),
        ModelSummary(node="other", output="model", servable=None, reason="it is no SavedModel."),
    )
    shown = text(report(node("good"), here=tmp_path, models=models), tmp_path)
    assert (
        "good: the model is servable\n"
        "bad: the model is not servable\n"
        "  because it has no signature.\n"
        "other: it is not known whether the model is servable\n"
        "  because it is no SavedModel.\n"
    ) in shown


def test_how_much_data_there_was(tmp_path: Path) -> None:
    statistics = tuple(
        StatisticsSummary(
            node="statistics_gen", output="statistics", split=split, examples=count, features=()
        )
        for split, count in (("train", 1231), ("eval", 113))
    )
    shown = text(report(node("statistics_gen"), here=tmp_path, statistics=statistics), tmp_path)
    assert "statistics_gen: 1,231 examples in train, 113 in eval\n" in shown


def feature(name: str, missing: int = 0, count: int = 100, **fields: Any) -> FeatureStatistics:
    values = {"type": "FLOAT", **({} if "unique" in fields else {"min": 1.5, "max": 21.25}), **fields}
    return FeatureStatistics(name=name, count=count - missing, missing=missing, **values)


def statistics(split: str, *features: FeatureStatistics, examples: int = 100) -> StatisticsSummary:
    return StatisticsSummary(
        node="statistics_gen", output="statistics", split=split, examples=examples, features=features
    )


FEATURES = (
    feature("depth", missing=2),
    feature("sex", 40, type="STRING", unique=2, top=(("female", 30.0), ("male", 30.0))),
    feature(
        "name",
        type="STRING",
        unique=1234,
        top=(("Ada\nLovelace", 2.0), ("\x1b[2J東京", 1.0), ("x" * 60, 1.0)),
    ),
    feature("never", missing=100, min=None, max=None),
)


def test_the_features_of_the_data_those_with_most_missing_values_first(tmp_path: Path) -> None:
    found = (statistics("eval", *FEATURES), statistics("train", *FEATURES[:3]))
    summary = report(node("statistics_gen"), here=tmp_path, statistics=found)
    assert (
        "statistics_gen: 100 examples in eval, 100 in train\n"
        "  feature  type    missing in eval  missing in train  values\n"
        "  never    float              100%                 –\n"
        "  sex      string            40.0%             40.0%  2: female, male\n"
        "  depth    float              2.0%              2.0%  1.500 to 21.25\n"
        "  name     string               0%                0%  1,234: Ada Lovelace, �[2J…\n"
        "\n"
    ) in text(summary, tmp_path)
    assert (
        "| feature | type | missing in eval | missing in train | values |\n"
        "| --- | --- | --: | --: | --- |\n"
        "| never | float | **100%** | – |  |\n"
    ) in markdown(run_contents(summary, tmp_path))


def test_features_without_room_are_counted_and_a_command_shows_them(tmp_path: Path) -> None:
    many = [feature(f"column_{number:03}", number % 7) for number in range(400)]
    summary = report(node("statistics_gen"), here=tmp_path, statistics=(statistics("train", *many),))
    lines = text(summary, tmp_path).splitlines()
    named = [line.split()[0] for line in lines if line.startswith("  column_")]
    assert named == [f"column_{6 + 7 * number:03}" for number in range(12)]
    assert "  and 388 more features: tfxc report runs/.tfxc/20261123-175530-ab12" in lines


@pytest.mark.parametrize("width", [40, 50, 60, 80, 120])
@pytest.mark.parametrize("splits", [1, 2, 3, 7])
def test_features_fit_the_width(tmp_path: Path, width: int, splits: int) -> None:
    found = tuple(statistics(f"s{number}", *FEATURES) for number in range(splits))
    lines = text(report(node("x"), here=tmp_path, statistics=found), tmp_path, width).splitlines()
    table = [line for line in lines if line.startswith(("  feature", "  sex", "  name"))]
    assert len(table) == 3
    assert all(cell_len(line) <= width for line in table)


def test_plots_are_named_with_where_to_see_them(tmp_path: Path) -> None:
    evaluation = EvaluationSummary(
        node="evaluator",
        blessed=True,
        baseline=True,
        metrics=metrics(auc={"Overall": 0.9}),
        plots=("ConfusionMatrixPlot", "CalibrationPlot"),
        plotted_slices=9,
    )
    artifact = Artifact(
        output="evaluation", artifact_type="ModelEvaluation", id=2, uri=str(tmp_path / "runs/e/7")
    )
    summary = report(node("evaluator", artifacts=(artifact,)), here=tmp_path, evaluations=(evaluation,))
    assert (
        "evaluator: the model is blessed\n"
        "  plots of 9 slices: ConfusionMatrixPlot, CalibrationPlot\n"
        "    to see them: tfxc report runs/.tfxc/20261123-175530-ab12\n"
        "    their data: runs/e/7\n"
        "  slice       auc\n"
    ) in text(summary, tmp_path)


def test_people_are_shown_labels(tmp_path: Path) -> None:
    error = LaunchError(message="it failed", exception="ValueError")
    summary = report(
        node("trainer.tokyo", "failed", label="trainer[東京]", error=error),
        node("other"),
        here=tmp_path,
        models=(ModelSummary(node="trainer.tokyo", output="model", servable=True),),
    )
    shown = text(summary, tmp_path)
    assert "\n  trainer[東京]  failed       5.10s\n  other          succeeded    5.10s\n" in shown
    assert "\ntrainer[東京]: the model is servable\n" in shown
    assert "\ntrainer[東京]: it failed\n" in shown
    assert "trainer.tokyo" not in shown


def test_a_failed_node_is_shown_with_its_error_and_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "runs/.tfxc/x/logs/trainer.1.log"
    log.parent.mkdir(parents=True)
    log.write_text(
        "INFO:absl:Running launcher for node_info {\n"
        "W0000 00:00:1700000000.123456 12 something.cc:5] noise\n"
        "2026-11-23 17:55:30.123456: I tensorflow/core/platform.cc:1] noise\n"
        "\x1b[32mreading the columns\x1b[0m\n"
        "1/200 loss: 3\r200/200 loss: 0.1\n"
        "Traceback (most recent call last):\n"
        '  File "/x/tfx/launcher.py", line 1, in launch\n'
        "    run()\n"
        "ValueError: no column `specie`\n"
        "\n"
        "During handling of the above exception, another exception occurred:\n"
        "Traceback (most recent call last):\n"
        "RuntimeError: again\n"
    )
    error = LaunchError(
        message="`trainer` failed: no column `specie`",
        exception="ValueError",
        traceback='penguin.py, line 48, in run_fn\n    data["specie"]\n',
    )
    summary = report(
        node("trainer", "failed", error=error, log=str(log), reason=error.message),
        node("evaluator", "not_run", reason="`trainer` failed"),
        node("statistics_gen"),
        here=tmp_path,
        state="failed",
    )
    assert text(summary, tmp_path) == (
        "penguin  run 20261123-175530-ab12  failed in 48.2s\n"
        "\n"
        "  trainer         failed       5.10s\n"
        "  evaluator       not run             `trainer` failed\n"
        "  statistics_gen  succeeded    5.10s\n"
        "\n"
        "`trainer` failed: no column `specie`\n"
        "  penguin.py, line 48, in run_fn\n"
        '      data["specie"]\n'
        "  the end of its log, runs/.tfxc/x/logs/trainer.1.log:\n"
        "  | reading the columns\n"
        "  | 200/200 loss: 0.1\n"
        "\n"
        "finished: 1 of 3 nodes; running it again re-uses what is finished.\n"
        "logs and events: runs/.tfxc/20261123-175530-ab12\n"
    )


def test_a_run_that_could_not_begin(tmp_path: Path) -> None:
    shown = text(
        report(
            node("a", "not_run", reason="the run could not begin"),
            here=tmp_path,
            state="failed",
            error="runs/metadata.sqlite is not a SQLite file.",
            notes=("events are missing.",),
        ),
        tmp_path,
    )
    assert "\nruns/metadata.sqlite is not a SQLite file.\nevents are missing.\n" in shown
    assert "re-uses" not in shown
    assert "not run" not in shown


def test_a_run_of_many_nodes_shows_those_that_matter(tmp_path: Path) -> None:
    nodes = [node(f"node_{number:03}", seconds=number) for number in range(300)]
    nodes[7] = node("node_007", "failed", reason="no reason")
    lines = text(report(*nodes, here=tmp_path, state="failed"), tmp_path).splitlines()
    assert len(lines) < 30
    assert "  300 nodes: 299 succeeded, 1 failed; the slowest and those that did not end well:" in lines
    assert any(line.startswith("  node_007  failed") for line in lines)
    assert any(line.startswith("  node_299  succeeded") for line in lines)


def test_metrics_that_do_not_fit_are_counted(tmp_path: Path) -> None:
    values = {f"a_metric_with_a_long_name_{number}": {"Overall": 1.0} for number in range(5)}
    slices = {f"age:{number}": 0.5 for number in range(20)}
    evaluation = EvaluationSummary(node="evaluator", blessed=None, metrics=metrics(accuracy=slices, **values))
    artifacts = (
        Artifact(output="blessing", artifact_type="ModelBlessing", id=1, uri=str(tmp_path / "runs/b/7")),
        Artifact(output="evaluation", artifact_type="ModelEvaluation", id=2, uri=str(tmp_path / "runs/e/7")),
    )
    shown = text(
        report(node("evaluator", artifacts=artifacts), here=tmp_path, evaluations=(evaluation,)), tmp_path
    )
    assert "evaluator: no verdict: it has no thresholds to bless a model by" in shown
    assert "and 3 more metrics and 9 more slices in runs/e/7" in shown
    assert all(len(line) <= 80 for line in shown.splitlines())
    numbers = [line.split()[0] for line in shown.splitlines() if line.startswith("  age:")]
    assert numbers == [f"age:{number}" for number in range(11)]  # by value, not by letters


def test_the_metric_of_a_failed_threshold_comes_first() -> None:
    evaluation = EvaluationSummary(
        node="evaluator",
        blessed=False,
        metrics=metrics(
            example_count={"Overall": 5.0},
            **{
                name: {"Overall": 0.5}
                for name in ("auc (change)", f"{FAIRNESS}r@0.3", "loss", "recall", "auc", "top.recall")
            },
        ),
        failures=("Overall: top.recall is 0.1, below its lower bound 0.5",),
    )
    table = metrics_table(evaluation, 120)
    assert table is not None
    last = ("example_count", f"{FAIRNESS}r@0.3", "auc (change)")
    assert table.rows[0] == ("slice", "top.recall", "recall", "auc", "loss", *last)
    assert table.rows[1][5] == "5"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.98213, "0.9821"),
        (1.0, "1.000"),
        (0.0, "0"),
        (112.0, "112"),
        (15000.0, "15,000"),
        (1234.56, "1,234.6"),
        (1e-7, "1.000e-07"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (None, "–"),
        ("a\nb", "a b"),
    ],
)
def test_metric_values(value: float | str | None, shown: str) -> None:
    assert shown_value(value) == shown


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert log_excerpt(tmp_path / "none.log") == []


@pytest.mark.parametrize(
    "text",
    [
        "INFO:absl:Running\nWARNING:root:\x1b[31mlow\x1b[0m\n\n",
        'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    low',
        'Traceback (most recent call last):\n  File "x.py", line 1, in f\n    f()\nValueError: low\n',
    ],
)
def test_a_log_of_nothing_but_chatter_and_tracebacks_is_shown_all_the_same(tmp_path: Path, text: str) -> None:
    log = tmp_path / "node.log"
    log.write_text(text)
    lines = log_excerpt(log)
    assert lines[-1].endswith("low")
    frames = [line for line in lines if line.startswith("  File")]
    assert not frames or "Error" not in text


def test_a_huge_log_is_read_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "big.log"
    log.write_bytes(b"x" * 2_000_000 + b"\n" + b"".join(b"line %d \xff\n" % number for number in range(100)))
    lines = log_excerpt(log, 3)
    assert lines == ["line 97 �", "line 98 �", "line 99 �"]


def test_the_reports_schema_describes_every_field() -> None:
    schema = RunReport.model_json_schema()
    assert schema["properties"]["format"]["const"] == "tfxc.run/1"
    assert set(schema["$defs"]["NodeReport"]["properties"]) >= {
        "node",
        "state",
        "reason",
        "peak_memory",
        "log",
    }
