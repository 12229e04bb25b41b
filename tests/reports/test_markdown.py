"""A report as Markdown: the same statements, and nothing of a user's that is read as markup."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.message import LaunchError
from tfxc.backends.launcher.protocol.summaries import (
    AnomalySummary,
    EvaluationSummary,
    Metric,
    ModelSummary,
    PushSummary,
)
from tfxc.backends.reports.contents import run_contents
from tfxc.backends.reports.markdown import markdown
from tfxc.backends.reports.run_report import NodeReport, RunReport
from tfxc.backends.reports.text import text_lines

UNDERSCORE = "\\_"
HOSTILE = "a|b `c` *d* _e_ [f](g) <h> #i & ~j $k \\"


def report(*nodes: NodeReport, here: Path, **fields: Any) -> RunReport:
    values: dict[str, Any] = {
        "pipeline": "penguin",
        "run_id": "20261123-175530-ab12",
        "run_date": "2026-11-23",
        "state": "failed",
        "seconds": 48.23,
        "folder": str(here),
        "parameters": {},
    }
    return RunReport(**{**values, **fields}, nodes=nodes)


def full(here: Path) -> RunReport:
    log = here / "logs/trainer.1.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("epoch 1\n```\nepoch 2\n")
    metrics = tuple(
        Metric(slice=name, name="sparse_accuracy", value=value)
        for name, value in (("Overall", 0.98), ("species:Adelie", 1.0))
    )
    error = LaunchError(
        message="`trainer` failed: no such column.", traceback='File "a.py", line 3\n    x()\n'
    )
    return report(
        NodeReport(node="example_gen", type="CsvExampleGen", state="cached", attempts=1, seconds=0.2),
        NodeReport(
            node="trainer", type="Trainer", state="failed", attempts=2, seconds=9, error=error, log=str(log)
        ),
        NodeReport(node="pusher", type="Pusher", state="not_run", reason="`trainer` failed"),
        here=here,
        models=(ModelSummary(node="old", output="model", servable=False, reason="it has no signature."),),
        evaluations=(
            EvaluationSummary(node="evaluator", blessed=False, metrics=metrics, failures=("0.7 < 0.8",)),
        ),
        anomalies=(
            AnomalySummary(
                node="validator", split="eval", feature="island", severity="ERROR", description="a | b"
            ),
        ),
        pushes=(PushSummary(node="late", pushed=True, destination=str(here / "serving/1")),),
        notes=("a note.",),
    )


def test_the_whole_of_a_report(tmp_path: Path) -> None:
    assert markdown(run_contents(full(tmp_path), tmp_path)) == (
        "# **penguin**  run 20261123-175530-ab12  **failed** in 48.2s\n"
        "\n"
        "## Nodes\n"
        "\n"
        "| Node | State | Time |  |\n"
        "| --- | --- | --: | --- |\n"
        "| example\\_gen | **cached** | 0.20s |  |\n"
        "| trainer | **failed** | 9.00s | 2 attempts |\n"
        "| pusher | **not run** |  | \\`trainer\\` failed |\n"
        "\n"
        "## Models\n"
        "\n"
        "- **old:** **the model is not servable**\n"
        "  - because it has no signature.\n"
        "\n"
        "## Evaluation\n"
        "\n"
        "- **evaluator:** **the model is not blessed**\n"
        "  - because 0.7 \\< 0.8\n"
        "\n"
        "| slice | sparse\\_accuracy |\n"
        "| --- | --: |\n"
        "| Overall | 0.9800 |\n"
        "| species:Adelie | 1.000 |\n"
        "\n"
        "## Anomalies\n"
        "\n"
        "- **validator:** 1 anomaly\n"
        "  - eval: island: a \\| b\n"
        "\n"
        "## Pushes\n"
        "\n"
        "- **late:** pushed the model to serving/1\n"
        "\n"
        "## Failed: trainer\n"
        "\n"
        "- **\\`trainer\\` failed: no such column.**\n"
        "\n"
        "  ```text\n"
        '  File "a.py", line 3\n'
        "      x()\n"
        "  ```\n"
        "\n"
        "  the end of its log, logs/trainer.1.log:\n"
        "\n"
        "  ````text\n"
        "  epoch 1\n"
        "  ```\n"
        "  epoch 2\n"
        "  ````\n"
        "\n"
        "## End\n"
        "\n"
        "- a note.\n"
        "- finished: 1 of 3 nodes; running it again re-uses what is finished.\n"
        f"- logs and events: {str(tmp_path).replace('_', UNDERSCORE)}\n"
    )


def test_both_renderers_say_the_same(tmp_path: Path) -> None:
    contents = run_contents(full(tmp_path), tmp_path)
    page = markdown(contents).replace("\\", "").replace("*", "")
    for line in text_lines(contents):
        for word in line.plain.removeprefix("  | ").split():
            assert word in page


@pytest.mark.parametrize("place", ["node", "reason", "feature", "note", "pipeline"])
def test_texts_of_the_user_are_no_markup(tmp_path: Path, place: str) -> None:
    def text(name: str) -> str:
        return HOSTILE if name == place else "x"

    page = markdown(
        run_contents(
            report(
                NodeReport(node=text("node"), type="T", state="skipped", attempts=1, reason=text("reason")),
                here=tmp_path,
                pipeline=text("pipeline"),
                anomalies=(
                    AnomalySummary(
                        node="v", split="s", feature=text("feature"), severity="E", description="d"
                    ),
                ),
                notes=(text("note"),),
            ),
            tmp_path,
        )
    )
    escaped = "a\\|b \\`c\\` \\*d\\* \\_e\\_ \\[f\\](g) \\<h\\> \\#i \\& \\~j \\$k \\\\"
    assert escaped in page
    assert HOSTILE not in page
