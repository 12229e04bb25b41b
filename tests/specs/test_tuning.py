"""specs/tuning run for real: a few networks are tried, and the best one is trained, pushed and asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.tfx


def test_the_best_network_is_trained_and_answers(
    project: Callable[[str], Any], states: Callable[[dict[str, Any]], dict[str, str]]
) -> None:
    tuning = project("tuning")
    tuning.make_data("--hours", 1200)
    report = tuning.run(
        "-P", "trials=2", "-P", "trial_steps=40", "-P", "train_steps=300", "-P", "max_error=5"
    )
    assert set(states(report).values()) == {"succeeded"}, report
    assert report["anomalies"] == []
    (evaluation,) = report["evaluations"]
    assert evaluation["blessed"]
    (found,) = tuning.folder.glob("runs/tuner/best_hyperparameters/*/best_hyperparameters.txt")
    assert set(json.loads(found.read_text())["values"]) == {"units", "layers", "learning_rate"}
    assert len(tuning.versions()) == 1
    question = tuning.folder / "question.csv"
    question.write_text("day_of_year,weekday,hour,temperature\n15,1,12,-5\n15,6,3,15\n")
    working_frost, night = (answer["energy_kwh"][0] for answer in tuning.predict(question))
    assert working_frost > 60
    assert night < 40
