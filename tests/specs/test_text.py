"""specs/text run for real: a vocabulary is learnt, and the pushed model sorts messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.tfx

MESSAGES = {
    "billing": "Hello. I was charged twice for the kettle!",
    "delivery": "the COURIER left it at the wrong address, can you ship it again?",
    "technical": "After the update the app crashes.",
    "returns": "where do I get a label to return 2 jackets",
}


def test_messages_come_to_the_right_team(
    project: Callable[[str], Any], states: Callable[[dict[str, Any]], dict[str, str]]
) -> None:
    text = project("text")
    text.make_data()
    report = text.run()
    assert set(states(report).values()) == {"succeeded"}, report
    assert report["anomalies"] == []
    (evaluation,) = report["evaluations"]
    assert evaluation["blessed"]
    assert all(model["servable"] for model in report["models"])
    assert len(text.versions()) == 1
    (words,) = text.folder.glob("runs/transform/transform_graph/*/transform_fn/assets/words")
    known = words.read_text().split()
    assert "courier" in known
    assert "the" not in known  # a stop word
    question = text.folder / "question.jsonl"
    question.write_text("".join(json.dumps({"message": each}) + "\n" for each in MESSAGES.values()))
    for signature in ("serving_default", "texts"):
        answers = text.predict(question, "--signature", signature)
        assert [answer["team"] for answer in answers] == [[team] for team in MESSAGES]
