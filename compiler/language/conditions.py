"""``when``: a condition on the artifacts that other nodes produce.

The grammar is a part of Python's::

    condition  = all {"or" all}
    all        = negation {"and" negation}
    negation   = "not" negation | comparison
    comparison = operand {("==" | "!=" | "<" | "<=" | ">" | ">=") operand}
    operand    = artifact | number | text | "true" | "false" | reference | "(" condition ")"
    artifact   = NODE [selection] "." OUTPUT "." (
                     "uri" | "value" | "passed" | ("properties" | "custom_properties") "." NAME
                   | "metric" "(" text {"," ("slice" | "output" | "model") "=" text} ")"
                 )

``a < b < c`` is ``a < b and b < c``. A selection is one node of a component with a matrix, as in
``evaluator[city=rome].blessing.custom_properties.blessed``. A name that is not an identifier is written in
brackets, as in ``node.output.custom_properties["my-name"]``. The parser is our own, so that the errors it
reports and where it points are the same on every Python.
"""

from __future__ import annotations

from typing import Any, Literal, cast

from tfxc.compiler.language.condition_artifacts import parse_named
from tfxc.compiler.language.condition_terms import (
    ArtifactTerm,
    ComparisonOperator,
    ComparisonTerm,
    ConditionTerm,
    LiteralTerm,
    LogicalTerm,
    ReferenceTerm,
    Term,
    TruthTerm,
)
from tfxc.compiler.language.condition_tokens import ConditionError, Token, tokenize
from tfxc.compiler.language.token_cursor import GRAMMAR_HELP, TokenCursor

LONGEST = 10_000
DEEPEST = 50
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")


def parse_condition(text: str) -> ConditionTerm:
    """Returns a condition as a tree. Raises ConditionError at the first error.

    The text's references must all be good (see `references.parse_template`).
    """
    if len(text) > LONGEST:
        raise ConditionError(f"a condition can have {LONGEST:,} characters at most", 0, len(text))
    tokens = tokenize(text)
    if len(tokens) == 1:
        raise ConditionError("the condition is empty", 0, len(text), GRAMMAR_HELP)
    cursor = TokenCursor(tokens)
    parser = _Parser(cursor)
    condition = parser.as_condition(parser.alternatives(0))
    if cursor.token.kind != "end":
        raise cursor.unexpected("`and`, `or` or the end of the condition")
    return condition


class _Parser:
    """Recursive descent over the tokens; `depth` bounds the recursion."""

    def __init__(self, tokens: TokenCursor) -> None:
        self._tokens = tokens

    def alternatives(self, depth: int) -> ConditionTerm | Term:
        return self._joined("or", self._all, depth)

    def _all(self, depth: int) -> ConditionTerm | Term:
        return self._joined("and", self._negation, depth)

    def _joined(self, word: Literal["and", "or"], operand: Any, depth: int) -> ConditionTerm | Term:
        first: ConditionTerm | Term = operand(depth)
        if not self._tokens.at_word(word):
            return first
        terms = [self.as_condition(first)]
        while self._tokens.at_word(word):
            self._tokens.take()
            terms.append(self.as_condition(operand(depth)))
        return LogicalTerm(word, tuple(terms), terms[0].start, terms[-1].end)

    def _negation(self, depth: int) -> ConditionTerm | Term:
        start = self._tokens.token.start
        negations = 0
        while self._tokens.at_word("not"):
            self._tokens.take()
            negations += 1
            self._check_depth(depth + negations)
        condition = self._comparison(depth + negations)
        for _ in range(negations):
            inner = self.as_condition(condition)
            condition = LogicalTerm("not", (inner,), start, inner.end)
        return condition

    def _comparison(self, depth: int) -> ConditionTerm | Term:
        operands = [self._operand(depth)]
        operators: list[Token] = []
        while self._tokens.at(*OPERATORS):
            operators.append(self._tokens.take())
            operands.append(self._operand(depth))
        if not operators:
            return operands[0]
        terms = [self._as_operand(operand) for operand in operands]
        pairs = tuple(
            ComparisonTerm(cast(ComparisonOperator, operator.text), left, right, left.start, right.end)
            for operator, left, right in zip(operators, terms, terms[1:], strict=False)
        )
        if len(pairs) == 1:
            return pairs[0]
        return LogicalTerm("and", pairs, pairs[0].start, pairs[-1].end)

    def _operand(self, depth: int) -> ConditionTerm | Term:
        tokens, token = self._tokens, self._tokens.token
        if tokens.at("("):
            return self._inner(depth + 1)
        if tokens.at("-"):
            tokens.take()
            number = tokens.expect("number", "a number after `-`")
            return LiteralTerm(-number.value, token.start, number.end)
        if token.kind in ("number", "text"):
            tokens.take()
            return LiteralTerm(token.value, token.start, token.end)
        if token.kind == "reference":
            tokens.take()
            return ReferenceTerm(token.value, token.start, token.end)
        if token.kind == "name":
            return parse_named(tokens)
        raise tokens.unexpected("an artifact, a number, a text or a reference")

    def _inner(self, depth: int) -> ConditionTerm | Term:
        """What stands in parentheses."""
        self._check_depth(depth)
        opening = self._tokens.take()
        inner = self.alternatives(depth)
        if self._tokens.token.kind == "end":
            raise ConditionError("`(` is not closed", opening.start, opening.end, "close it with `)`")
        self._tokens.expect_operator(")", "`)`")
        return inner

    @staticmethod
    def as_condition(term: ConditionTerm | Term) -> ConditionTerm:
        if isinstance(term, (ArtifactTerm, LiteralTerm, ReferenceTerm)):
            return TruthTerm(term, term.start, term.end)
        return term

    @staticmethod
    def _as_operand(term: ConditionTerm | Term) -> Term:
        if isinstance(term, (ArtifactTerm, LiteralTerm, ReferenceTerm)):
            return term
        raise ConditionError(
            "a comparison cannot be compared", term.start, term.end, "join comparisons with `and` and `or`"
        )

    def _check_depth(self, depth: int) -> None:
        if depth > DEEPEST:
            token = self._tokens.token
            raise ConditionError(f"the condition nests deeper than {DEEPEST} levels", token.start, token.end)
