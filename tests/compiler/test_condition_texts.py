"""The text of a Plan's condition is one that a spec could have: it means the same condition again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Optional

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tfxc.compiler.language.condition_terms import (
    ArtifactTerm,
    ComparisonTerm,
    ConditionTerm,
    LogicalTerm,
    ReferenceTerm,
    Term,
)
from tfxc.compiler.language.conditions import parse_condition
from tfxc.compiler.language.references import parse_template
from tfxc.schemas.conditions import artifact_operands, channels, condition_text, operands
from tfxc.schemas.plan_conditions import (
    ArtifactOperand,
    Comparison,
    Condition,
    Logical,
    Operand,
    Truth,
    ValueOperand,
)
from tfxc.schemas.plan_values import as_text, concatenation, reference

TARGETS = st.sampled_from(["parameters.n", "run.id", "run.date", "env.HOME"])
TEXTS = st.text(alphabet="ab {}\\\"'\n\téparmets.n", max_size=8)
CONCATENATIONS = st.lists(
    st.one_of(TEXTS.filter(bool), TARGETS.map(reference)), min_size=1, max_size=4
).filter(
    lambda parts: (
        any(not isinstance(part, str) for part in parts)
        and not any(isinstance(a, str) and isinstance(b, str) for a, b in pairwise(parts))
    )
)
LITERALS = st.one_of(
    st.booleans(),
    st.integers(-(2**63) + 1, 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXTS,
)
VALUES = st.one_of(LITERALS, TARGETS.map(reference), CONCATENATIONS.map(concatenation))
IDS = st.sampled_from(["a", "trainer", "e_1"])
ARTIFACTS = st.one_of(
    st.builds(
        ArtifactOperand,
        node=IDS,
        output=IDS,
        artifact_type=st.just(""),
        field=st.sampled_from(["property", "custom_property"]),
        name=st.one_of(st.sampled_from(["blessed", "my-name", "1"]), TEXTS.filter(lambda t: "{" not in t)),
    ),
    st.builds(
        ArtifactOperand,
        node=IDS,
        output=IDS,
        artifact_type=st.just(""),
        field=st.sampled_from(["uri", "value", "passed"]),
    ),
    st.builds(
        ArtifactOperand,
        node=IDS,
        output=IDS,
        artifact_type=st.just(""),
        field=st.just("metric"),
        name=st.one_of(TEXTS, CONCATENATIONS.map(concatenation)),
        arguments=st.dictionaries(
            st.sampled_from(["slice", "output", "model"]), st.one_of(TEXTS, CONCATENATIONS.map(concatenation))
        ),
    ),
)
OPERANDS = st.one_of(ARTIFACTS, st.builds(ValueOperand, value=VALUES))
COMPARISONS = st.builds(
    Comparison, operator=st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), left=OPERANDS, right=OPERANDS
)
SIMPLE = st.one_of(COMPARISONS, st.builds(Truth, truth=st.one_of(st.booleans(), TARGETS.map(reference))))


def _logical(terms: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.one_of(
        st.builds(
            Logical,
            operator=st.sampled_from(["and", "or"]),
            terms=st.lists(terms, min_size=2, max_size=3).map(tuple),
        ),
        st.builds(Logical, operator=st.just("not"), terms=st.tuples(terms)),
    )


CONDITIONS = st.recursive(SIMPLE, _logical, max_leaves=6)


def meaning(term: ConditionTerm) -> Condition:
    if isinstance(term, ComparisonTerm):
        return Comparison(operator=term.operator, left=_operand(term.left), right=_operand(term.right))
    if isinstance(term, LogicalTerm):
        return Logical(operator=term.operator, terms=tuple(meaning(each) for each in term.terms))
    operand = _operand(term.operand)
    assert isinstance(operand, ValueOperand)
    return Truth(truth=operand.value)


def _operand(term: Term) -> Operand:
    if isinstance(term, ArtifactTerm):
        return artifact(term.node, term.output, term.field, term.name, dict(term.arguments))
    if isinstance(term, ReferenceTerm):
        return ValueOperand(value=reference(term.reference.target))
    return ValueOperand(value=term.value)


def artifact(
    node: str, output: str, field: Any, name: Optional[str] = None, arguments: Any = None
) -> ArtifactOperand:
    return ArtifactOperand(
        node=node, output=output, artifact_type="", field=field, name=name, arguments=arguments or {}
    )


def compare(operator: Any, left: Operand, value: Any) -> Comparison:
    return Comparison(operator=operator, left=left, right=ValueOperand(value=value))


@given(CONDITIONS)
def test_the_text_of_a_condition_is_read_as_that_condition(condition: Condition) -> None:
    text = condition_text(condition)
    assert parse_template(text).bad_references == (), text
    assert meaning(parse_condition(text)) == condition, text


BLESSING = artifact("evaluator", "blessing", "custom_property", "blessed")
PLACE = artifact("a", "o", "uri")


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (compare("==", BLESSING, 1), "evaluator.blessing.custom_properties.blessed == 1"),
        (compare("==", PLACE, "INFRA_BLESSED"), 'a.o.uri == "INFRA_BLESSED"'),
        (compare("!=", PLACE, 'it\'s "x"\\'), 'a.o.uri != "it\'s \\"x\\"\\\\"'),
        (compare("!=", PLACE, concatenation(["gs://", reference("env.B")])), 'a.o.uri != "gs://{{ env.B }}"'),
        (compare("!=", PLACE, as_text(reference("parameters.n"))), 'a.o.uri != "{{ parameters.n }}"'),
        (compare("!=", PLACE, reference("parameters.n")), "a.o.uri != {{ parameters.n }}"),
        (compare("!=", PLACE, "{{ x }}"), "a.o.uri != \"{{ '{{' }} x }}\""),
        (compare("<", artifact("a", "o", "property", "my-name"), -1.5), 'a.o.properties["my-name"] < -1.5'),
        (
            Logical(
                operator="and",
                terms=(Truth(truth=True), Logical(operator="not", terms=(compare("==", PLACE, "é"),))),
            ),
            'true and (not a.o.uri == "é")',
        ),
    ],
)
def test_texts_of_conditions(condition: Condition, text: str) -> None:
    assert condition_text(condition) == text
    assert meaning(parse_condition(text)) == condition


def test_what_a_condition_reads() -> None:
    condition = Logical(
        operator="or",
        terms=(
            compare("==", BLESSING, 1),
            Logical(operator="not", terms=(compare("==", PLACE, reference("run.id")),)),
            compare(">", artifact("evaluator", "blessing", "uri"), "x"),
            Truth(truth=reference("parameters.on")),
        ),
    )
    assert channels(condition) == (("evaluator", "blessing"), ("a", "o"))
    assert [operand.field for operand in artifact_operands(condition)] == ["custom_property", "uri", "uri"]
    values = [operand.value for operand in operands(condition) if isinstance(operand, ValueOperand)]
    assert values == [1, reference("run.id"), "x", reference("parameters.on")]
