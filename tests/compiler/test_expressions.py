"""`{{ … }}` references: what is one, what is not, and where exactly the mistake is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.language.reference_terms import Part, Reference
from tfxc.compiler.language.references import has_braces, lower_text, parse_template
from tfxc.schemas.plan_values import concatenation, reference
from tfxc.schemas.spec_values import spec_value

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
REFERENCES = st.one_of(
    st.builds(Reference, st.sampled_from(["parameters", "env"]), NAMES),
    st.builds(Reference, st.just("run"), st.sampled_from(["id", "date"])),
)
TEXTS = st.text(alphabet="{}\"' abparmetsrunv.\n", min_size=1)


def without_spans(parts: tuple[Part, ...]) -> list[Part]:
    return [Reference(part.root, part.name) if isinstance(part, Reference) else part for part in parts]


@pytest.mark.parametrize(
    ("text", "root", "name"),
    [
        ("{{ parameters.train_steps }}", "parameters", "train_steps"),
        ("{{parameters.x}}", "parameters", "x"),
        ("{{\n  run.id\n}}", "run", "id"),
        ("{{ run.date }}", "run", "date"),
        ("{{ env.HOME }}", "env", "HOME"),
    ],
)
def test_a_whole_reference(text: str, root: str, name: str) -> None:
    whole = parse_template(text).whole
    assert whole is not None
    assert (whole.root, whole.name, whole.start, whole.end) == (root, name, 0, len(text))


def test_a_reference_inside_text_knows_its_characters() -> None:
    template = parse_template("gs://{{ env.BUCKET }}/runs")
    assert template.whole is None
    (reference,) = template.references
    assert (reference.start, reference.end) == (5, 21)
    assert lower_text("gs://{{ env.BUCKET }}/runs") == {
        "$concatenate": ["gs://", {"$reference": "env.BUCKET"}, "/runs"]
    }


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ('{{ "{{" }}', "{{"),
        ("{{ '}}' }} and {{ \"a\" }}", "}} and a"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1}}'),
        ("day-{SPAN}/*", "day-{SPAN}/*"),
        ("", ""),
    ],
)
def test_text_without_a_reference_stays_text(text: str, meaning: str) -> None:
    assert parse_template(text).bad_references == ()
    assert lower_text(text) == meaning


def test_json_around_a_reference_needs_no_escapes() -> None:
    assert lower_text('{"a": {"b": {{ parameters.x }}}}') == {
        "$concatenate": ['{"a": {"b": ', {"$reference": "parameters.x"}, "}}"]
    }


@pytest.mark.parametrize(
    ("text", "kind", "part"),
    [
        ("{{ }}", "syntax", "{{ }}"),
        ("a {{ parameters.x", "syntax", "{{ parameters.x"),
        ("{{ a {{ parameters.x }}", "syntax", "{{ a "),
        ("{{ parameters.x | int }}", "syntax", "{{ parameters.x | int }}"),
        ("{{ parameters['x'] }}", "syntax", "{{ parameters['x'] }}"),
        ("{{ env.get('x') }}", "syntax", "{{ env.get('x') }}"),
        ("{{ parameters.x.y }}", "syntax", "parameters.x.y"),
        ("{{ parameters }}", "syntax", "parameters"),
        ("x { parameters.x }}", "syntax", "{ parameters.x }}"),
        ("{{ run.name }}", "unknown", "run.name"),
        ("{{ run }}", "unknown", "run"),
        ("{{ params.x }}", "unknown", "params.x"),
        ("{{ x }}", "unknown", "x"),
    ],
)
def test_anything_else_is_a_mistake_at_its_characters(text: str, kind: str, part: str) -> None:
    (mistake,) = parse_template(text).bad_references
    assert mistake.kind == kind
    assert text[mistake.start : mistake.end] == part
    assert mistake.help


def test_a_near_root_is_suggested() -> None:
    (mistake,) = parse_template("{{ parameter.x }}").bad_references
    assert mistake.help == ("did you mean `parameters.x`?",)


def test_every_mistake_of_a_text_is_reported() -> None:
    assert len(parse_template("{{ }} {{ x }} {{ parameters.a }} {{ run.b }}").bad_references) == 3


@given(TEXTS)
def test_mistakes_lie_within_the_text_and_nothing_escapes(text: str) -> None:
    template = parse_template(text)
    for mistake in template.bad_references:
        assert 0 <= mistake.start < mistake.end <= len(text)
    if not has_braces(text):
        assert "".join(part for part in template.parts if isinstance(part, str)) == text


@given(st.lists(st.one_of(REFERENCES, TEXTS), max_size=6))
def test_formatting_and_parsing_round_trips(parts: list[Part]) -> None:
    joined: list[Part] = []
    for part in parts:
        if joined and isinstance(part, str) and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    value = concatenation(reference(part.target) if isinstance(part, Reference) else part for part in joined)
    template = parse_template(spec_value(value))
    assert template.bad_references == ()
    assert without_spans(template.parts) == joined


@pytest.mark.parametrize(
    "text", ["{" * 400_000, "{{" * 200_000 + "}}", "{{ x }}" * 5_000, "{ " * 200_000 + "}}"]
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    start = time.process_time()
    parse_template(text)
    assert time.process_time() - start < 2
