"""specs/penguin and specs/taxi run for real: what they push answers, an edited model re-uses the features."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

States = Callable[[dict[str, Any]], dict[str, str]]
FEATURES = ("example_gen", "schema_gen", "transform")


def test_a_penguin_is_told_and_an_edited_model_re_uses_the_features(
    project: Callable[[str], Any], states: States
) -> None:
    penguin = project("penguin")
    report = penguin.run()
    assert set(states(report).values()) == {"succeeded"}, report
    assert report["evaluations"][0]["blessed"]
    answers = penguin.predict(penguin.folder / "data" / "penguins.csv")
    assert len(answers) == 344
    assert sum(answer["species"] == ["Adelie"] for answer in answers[:152]) > 140

    model = penguin.folder / "models" / "model.py"
    model.write_text(model.read_text().replace("Dense(16,", "Dense(24,"))
    found = states(penguin.run("--to", "trainer"))
    assert found == {**dict.fromkeys(FEATURES, "cached"), "trainer": "succeeded"}


def test_a_tip_is_told(project: Callable[[str], Any], states: States) -> None:
    taxi = project("taxi")
    taxi.make_data("--rows", 4000)
    report = taxi.run("-P", "train_steps=400")
    assert set(states(report).values()) == {"succeeded"}, report
    assert report["evaluations"][0]["blessed"]
    question = taxi.folder / "question.csv"
    columns = "payment_type,pickup_community_area,fare,trip_miles,trip_seconds"
    when = "trip_start_month,trip_start_day,trip_start_hour"
    trip = "8,12.5,3.1,700,5,3,22"
    question.write_text(f"{columns},{when}\nCredit Card,{trip}\nCash,{trip}\n")
    likely, unlikely = (answer["probability"][0] for answer in taxi.predict(question))
    assert likely > unlikely + 0.2
