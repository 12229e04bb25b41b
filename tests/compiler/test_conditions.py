"""The grammar of `when`: what it means, and where a mistake in it is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.language.condition_terms import (
    ArtifactTerm,
    ComparisonTerm,
    ConditionTerm,
    LiteralTerm,
    LogicalTerm,
    ReferenceTerm,
    Term,
    TruthTerm,
    artifact_terms,
)
from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.language.conditions import parse_condition


def shown(term: ConditionTerm | Term) -> str:
    """The condition with every parenthesis, to see what binds to what."""
    if isinstance(term, ComparisonTerm):
        return f"({shown(term.left)} {term.operator} {shown(term.right)})"
    if isinstance(term, LogicalTerm):
        if term.operator == "not":
            return f"(not {shown(term.terms[0])})"
        return "(" + f" {term.operator} ".join(shown(inner) for inner in term.terms) + ")"
    if isinstance(term, TruthTerm):
        return shown(term.operand)
    if isinstance(term, ReferenceTerm):
        return "{" + term.reference.target + "}"
    if isinstance(term, LiteralTerm):
        return repr(term.value)
    assert isinstance(term, ArtifactTerm)
    return f"{term.node}.{term.output}.{term.field}" + (f"[{term.name}]" if term.name is not None else "")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("e.blessing.custom_properties.blessed == 1", "(e.blessing.custom_property[blessed] == 1)"),
        ("e.x.properties.span>=-3", "(e.x.property[span] >= -3)"),
        (
            "a.b.uri != 'x' or a.b.value == 1.5 and true",
            "((a.b.uri != 'x') or ((a.b.value == 1.5) and True))",
        ),
        ("not a.b.value == 1 and False", "((not (a.b.value == 1)) and False)"),
        ("not not true", "(not (not True))"),
        ("(a.b.value == 1 or true) and true", "(((a.b.value == 1) or True) and True)"),
        ("1 < a.b.value <= 3", "((1 < a.b.value) and (a.b.value <= 3))"),
        ("{{ parameters.push }}", "{parameters.push}"),
        ("a.b.value == {{ parameters.n }}", "(a.b.value == {parameters.n})"),
        (
            'a.b.custom_properties["my-name"] == "it\'s \\"x\\""',
            "(a.b.custom_property[my-name] == 'it\\'s \"x\"')",
        ),
        ("a.b.value\n  == 2\n  and\ttrue ", "((a.b.value == 2) and True)"),
        ("import.lambda.uri == '.5'", "(import.lambda.uri == '.5')"),
        ("a.b.value == 1e3", "(a.b.value == 1000.0)"),
        ("a.b.value == .5", "(a.b.value == 0.5)"),
        ("a.b.value == 9223372036854775807", "(a.b.value == 9223372036854775807)"),
    ],
)
def test_what_a_condition_means(text: str, meaning: str) -> None:
    assert shown(parse_condition(text)) == meaning


def test_a_reference_in_quotes_is_text() -> None:
    term = parse_condition("a.b.uri == 'gs://{{ env.BUCKET }}/x'")
    assert isinstance(term, ComparisonTerm)
    assert isinstance(term.right, LiteralTerm)
    assert term.right.value == {"$concatenate": ["gs://", {"$reference": "env.BUCKET"}, "/x"]}
    whole = parse_condition("a.b.uri == '{{ parameters.n }}'")
    assert isinstance(whole, ComparisonTerm)
    assert isinstance(whole.right, LiteralTerm)
    assert whole.right.value == {"$concatenate": [{"$reference": "parameters.n"}]}


def test_artifacts_know_their_characters() -> None:
    text = "true and trainer.model.uri == evaluator.blessing.custom_properties.blessed"
    first, second = artifact_terms(parse_condition(text))
    assert text[first.start : first.node_end] == "trainer"
    assert text[first.output_start : first.output_end] == "model"
    assert text[second.start : second.end] == "evaluator.blessing.custom_properties.blessed"
    assert text[second.field_start : second.end] == "custom_properties.blessed"


@pytest.mark.parametrize(
    ("text", "part", "words"),
    [
        ("", "", "empty"),
        ("  ", "  ", "empty"),
        ("a.b.value = 1", "=", "operator"),
        ("a.b.value == 1 && true", "&&", "and"),
        ("!true", "!", "not"),
        ("a.b.value is 1", "is", "`==`"),
        ("a.b.value in 1", "in", "`or`"),
        ("a.b.value ==", "==", "ends"),
        ("a.b.value == blessed", "blessed", "quotes"),
        ("a.b.value == None", "None", "value"),
        ("a == 1", "a", "node.output"),
        ("a.b == 1", "b", "dot"),
        ("a.b.custom_property.x == 1", "custom_property", "`custom_properties`"),
        ("a.b.properties == 1", "properties", "NAME"),
        ("a.b.uri.x == 1", ".", "deeper"),
        ("(a.b.value == 1", "(", "`)`"),
        ("a.b.value == 1)", ")", "end of the condition"),
        ("(a.b.value == 1) == true", "a.b.value == 1", "`and`"),
        ("a.b.value == 'x", "'x", "quote"),
        ("a.b.value == 12abc", "12abc", "number"),
        ("a.b.value == 9223372036854775808", "9223372036854775808", "integer"),
        ("a.b.value == 1e999", "1e999", "largest"),
        ("a.b.value == '\\q'", "\\q", "escape"),
        ("a.b.value == 1 + 1", "+", "place"),
        ("f(x) == 1", "f", "node.output"),
        ("a.b.value == -x", "x", "number"),
        ("a.b.custom_properties['{{ env.X }}'] == 1", "'{{ env.X }}'", "reference"),
        ("a.b.value == {1}", "{", "braces"),
    ],
)
def test_a_mistake_points_at_its_characters(text: str, part: str, words: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(text)
    assert text[caught.value.start : caught.value.end] == part
    assert words in " ".join((caught.value.message, *caught.value.help))


@pytest.mark.parametrize(
    "text",
    ["(" * 5000, "not " * 2400 + "true", "(" * 60 + "true" + ")" * 60, "a.b.value == 1" + " or true" * 5000],
)
def test_bombs_are_refused(text: str) -> None:
    with pytest.raises(ConditionError):
        parse_condition(text)


def test_a_long_flat_condition_is_fine() -> None:
    condition = parse_condition(" or ".join(["a.b.value == 1"] * 500))
    assert isinstance(condition, LogicalTerm)
    assert len(condition.terms) == 500


@given(st.text(alphabet="ab.()[]\"'=<>!&| -01ntor{}é\n", max_size=40))
def test_only_condition_errors_escape(text: str) -> None:
    mistake = None
    try:
        parse_condition(text)
    except ConditionError as error:
        mistake = error
    assert mistake is None or 0 <= mistake.start <= mistake.end <= len(text)
