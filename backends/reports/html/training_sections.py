"""The sections about training: curves, and trials of a Tuner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfxc.backends.reports.artifacts.curves import Chart
from tfxc.backends.reports.artifacts.tuning import Trial
from tfxc.backends.reports.html.drawing import line_chart
from tfxc.backends.reports.html.numbers import shown_number
from tfxc.backends.reports.html.sections import DataTable, Heading, Row, Section

MOST_CHARTS = 12


def curves_section(identity: str, title: str, charts: Sequence[Chart], notes: Sequence[str]) -> Section:
    """Returns training curves: as pictures, and as data for those who want to zoom."""
    remarks = list(notes)
    if len(charts) > MOST_CHARTS:
        remarks.append(f"curves that are left out: {len(charts) - MOST_CHARTS:,}; `tensorboard` shows them")
    drawn = [
        {"picture": line_chart(chart), "data": _data(chart), "id": f"{identity}-{index}"}
        for index, chart in enumerate(charts[:MOST_CHARTS])
    ]
    return Section(identity, title, "curves.html.jinja2", {"charts": drawn}, tuple(remarks))


def _data(chart: Chart) -> Mapping[str, Any]:
    """Returns a chart in the form of uPlot: common steps, and for each line its value there or null."""
    steps = sorted({point[0] for series in chart.series for point in series.points})
    lines = []
    for series in chart.series:
        values = dict(series.points)
        lines.append([values.get(step) for step in steps])
    names = [series.name for series in chart.series]
    return {"axis": chart.axis, "names": names, "data": [steps, *lines]}


def trials_section(
    identity: str, title: str, trials: Sequence[Trial], best: Mapping[str, Any], notes: Sequence[str]
) -> Section:
    """Returns the trials of a Tuner, the best first as it orders them, and the hyperparameters it chose."""
    names = list(dict.fromkeys(name for trial in trials for name in trial.hyperparameters))
    headings = (
        Heading("Trial"),
        Heading("Score", number=True),
        *(Heading(name, number=_is_number(trials, name)) for name in names),
    )
    rows = tuple(
        Row(
            (
                trial.id,
                shown_number(trial.score),
                *(shown_number(trial.hyperparameters.get(name)) for name in names),
            ),
            "good" if best and dict(trial.hyperparameters) == dict(best) else "",
        )
        for trial in trials
    )
    table = DataTable(f"{identity}-trials", "Trials", headings, rows) if rows else None
    shown_best = [(name, shown_number(value)) for name, value in best.items()]
    view = {"table": table, "best": shown_best}
    return Section(identity, title, "trials.html.jinja2", view, tuple(notes))


def _is_number(trials: Sequence[Trial], name: str) -> bool:
    values = [trial.hyperparameters.get(name) for trial in trials]
    return any(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
