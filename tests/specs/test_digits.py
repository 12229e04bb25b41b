"""specs/digits run for real: images are read, decoded, learnt, and the pushed model is shown some."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from tfxc.schemas.tf_examples import parse_example
from tfxc.schemas.tf_records import read_records


def test_the_records_are_images_with_their_digits(project: Callable[[str], Any]) -> None:
    digits = project("digits")
    digits.make_data("--images", 20)
    records = [
        parse_example(each) for each in read_records(digits.folder / "data" / "images" / "digits.tfrecord")
    ]
    assert [each["digit"].values for each in records] == [[number % 10] for number in range(20)]
    image = Image.open(io.BytesIO(bytes(records[0]["image"].values[0])))
    assert (image.format, image.mode, image.size) == ("PNG", "L", (8, 8))
    assert image.getextrema() == (0, 239)
    questions = [parse_example(each) for each in read_records(digits.folder / "data" / "questions.tfrecord")]
    assert [each["image"] for each in questions] == [each["image"] for each in records[:10]]
    assert {name for each in questions for name in each} == {"image"}


@pytest.mark.tfx
def test_the_model_reads_digits(
    project: Callable[[str], Any], states: Callable[[dict[str, Any]], dict[str, str]]
) -> None:
    digits = project("digits")
    digits.make_data()
    report = digits.run()
    assert set(states(report).values()) == {"succeeded"}, report
    assert report["anomalies"] == []
    (evaluation,) = report["evaluations"]
    assert evaluation["blessed"]
    assert {metric["slice"] for metric in evaluation["metrics"]} == {
        "Overall",
        *(f"digit:{number}" for number in range(10)),
    }
    assert len(digits.versions()) == 1
    answers = digits.predict(digits.folder / "data" / "questions.tfrecord")
    assert sum(answer["digit"] == number for number, answer in enumerate(answers)) >= 8
