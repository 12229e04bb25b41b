"""specs/continuous run for real, for the three days of its README."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

States = Callable[[dict[str, Any]], dict[str, str]]


def test_a_day_without_a_folder_is_the_next(project: Callable[[str], Any]) -> None:
    continuous = project("continuous")
    for arguments in ((), (), ("--day", 5), ()):
        continuous.make_data("--parcels", 10, *arguments)
    days = sorted(path.parent.name for path in continuous.folder.glob("data/*/parcels.csv"))
    assert days == ["day-1", "day-2", "day-3", "day-5"]


@pytest.mark.tfx
def test_training_goes_on_and_only_what_is_better_is_pushed(
    project: Callable[[str], Any], states: States
) -> None:
    continuous = project("continuous")

    def run_day() -> tuple[dict[str, Any], str]:
        """Runs the next day, and returns the report and what the training said."""
        continuous.make_data()
        report = continuous.run()
        log = max((continuous.folder / "runs" / ".tfxc").glob("*/logs/trainer.1.log"))
        return report, log.read_text()

    report, log = run_day()
    assert set(states(report).values()) == {"succeeded"}, report
    assert report["evaluations"][0]["blessed"]
    assert "training goes on from" not in log
    assert len(continuous.versions()) == 1

    report, log = run_day()
    assert states(report)["pusher"] == "succeeded", report
    models = (continuous.folder / "runs" / "trainer" / "model").iterdir()
    first = min(models, key=lambda model: int(model.name.partition("-")[0]))
    assert f"training goes on from {first}/Format-Serving" in log
    second = continuous.versions()
    assert len(second) == 2
    harbour, mill = _late(continuous)
    assert harbour > mill + 0.2

    report, log = run_day()
    assert states(report)["pusher"] == "skipped", report
    (evaluation,) = report["evaluations"]
    assert not evaluation["blessed"]
    assert "training goes on from" in log
    assert continuous.versions() == second


def _late(continuous: Any) -> tuple[float, float]:
    """Returns how likely parcels to two districts come late, by the model that was pushed last."""
    question = continuous.folder / "question.csv"
    columns = "district,distance_km,weight_kg,hour,rain_mm\n"
    question.write_text(f"{columns}Harbour,6,2,12,0\nMill,4,2,12,0\n")
    harbour, mill = (answer["late"][0] for answer in continuous.predict(question))
    return harbour, mill
