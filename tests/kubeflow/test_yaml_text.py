"""The YAML that is written is read back as the same values, by old and new readers."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tfxc.backends.kubeflow.emit.yaml_text import yaml_documents

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXT, JSON, max_size=5))
def test_what_is_written_is_read_back(document: dict[str, Any]) -> None:
    assert list(yaml.safe_load_all(yaml_documents(document))) == [document]


@pytest.mark.parametrize(
    "text",
    ["yes", "No", "on", "null", "~", "1", "1.5", "1e3", "0x10", "1:30", "2026-01-31", "=", "<<", "-", ".inf"],
)
def test_texts_that_look_like_something_else_stay_texts(text: str) -> None:
    assert yaml.safe_load(yaml_documents({"key": text, text: 1})) == {"key": text, text: 1}


def test_documents_are_separated() -> None:
    assert yaml_documents({"a": 1}, {}) == "a: 1\n---\n{}\n"


def test_ordinary_words_are_not_quoted() -> None:
    written = yaml_documents({"args": ["--node", "tfxc.backends.kubeflow.task", "{{$}}"]})
    assert written == 'args:\n- --node\n- tfxc.backends.kubeflow.task\n- "{{$}}"\n'


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_keep_their_value(number: float) -> None:
    assert yaml.safe_load(yaml_documents({"n": number}))["n"] == json.loads(json.dumps(number))
