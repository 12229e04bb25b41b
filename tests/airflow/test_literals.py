"""A value in the DAG file is the value that was meant, whatever is in it."""

from __future__ import annotations

import ast
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.backends.airflow.literals import LINE_LENGTH, Call, Code, call_lines, literal, string, untemplated

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)
HOSTILE = [
    "'; import os; os.system('true') #",
    '"""',
    "\\",
    '\\"',
    "line\nline\r\n\tend",
    "{{ var.value.secret }}",
    "{% for x in range(9) %}{{ x }}{% endfor %}",
    "{# comment #}",
    "{{ '{{' }}",
    "a\x00b\u2028c\u202ed\U0001f427",
    "\ud800",
    "run.sh",
    "values.json",
    "ends\n",
    "$(id) `id` ${HOME}",
]


@given(JSON)
def test_a_literal_evaluates_to_its_value(value: Any) -> None:
    assert ast.literal_eval(literal(value)) == value


@given(st.text())
def test_a_string_stays_on_one_line_of_printable_characters(text: str) -> None:
    source = string(text)
    assert ast.literal_eval(source) == text
    assert source.isprintable()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_strings_are_strings(text: str) -> None:
    assert ast.literal_eval(string(text)) == text


@given(st.text())
@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_text_survives_the_templates_of_airflow(hostile: str, text: str) -> None:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined)
    for each in (hostile, text, hostile + text):
        template = untemplated(each)
        assert environment.from_string(template).render() == each
        assert not template.endswith((".sh", ".bash", ".json", ".yaml", ".yml", ".env"))


def test_quotes_are_the_ones_that_need_fewer_escapes() -> None:
    assert string("it's") == '"it\'s"'
    assert string('say "yes"') == "'say \"yes\"'"
    assert string("plain") == '"plain"'


def test_what_fits_stays_on_its_line_and_what_does_not_is_broken_at_commas() -> None:
    call = Call("node", ("first",), (("after", ["a" * 30, "b" * 30]), ("wait", Code("DAY"))))
    lines = literal(call, indent=1).splitlines()
    assert lines[0] == "node("
    assert lines[1] == '        "first",'
    assert lines[-1] == "    )"
    assert all(len(line) <= LINE_LENGTH for line in lines)
    assert literal(Call("node", ("first",))) == 'node("first")'
    assert call_lines(Call("node", ("first",))) == 'node(\n    "first",\n)'


def test_what_is_not_json_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        literal(object())  # type: ignore[arg-type]
