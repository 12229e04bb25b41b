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
    question.write_text(
        "pickup_community_area,fare,payment_type,trip_miles,trip_seconds\n"
        "8,12.5,Credit Card,3.1,700\n"
        "8,12.5,Cash,3.1,700\n"
    )
    likely, unlikely = (answer["probability"][0] for answer in taxi.predict(question))
    assert likely > 0.3
    assert unlikely < 0.1
