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

from tfxc.compiler.language.condition_terms import (
    ArtifactField,
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
from tfxc.compiler.language.condition_tokens import ConditionError, Token, TokenKind, tokenize
from tfxc.schemas.choices import METRIC
from tfxc.schemas.words.suggest import did_you_mean, only_closest

LONGEST = 10_000
DEEPEST = 50
OPERATORS = ("==", "!=", "<", "<=", ">", ">=")

_FIELDS: dict[str, ArtifactField] = {
    "properties": "property",
    "custom_properties": "custom_property",
    "uri": "uri",
    "value": "value",
    "passed": "passed",
    METRIC: "metric",
}
_METRIC_ARGUMENTS = ("slice", "output", "model")
_METRIC_HELP = f'a metric is `{METRIC}("auc")`, or of a slice `{METRIC}("auc", slice="sex:female")`'
GRAMMAR_HELP = (
    "a condition compares artifacts, such as `evaluator.blessing.custom_properties.blessed == 1`, "
    "with `and`, `or`, `not` and parentheses"
)
_FOREIGN_WORDS = {
    "in": "compare with `==` and join the comparisons with `or`",
    "is": "write `==`",
    "if": "write the condition alone, without `if`",
    "AND": "write `and`",
    "OR": "write `or`",
    "NOT": "write `not`",
    "null": "a property that is not there cannot be compared; compare with a value",
    "None": "a property that is not there cannot be compared; compare with a value",
}


def parse_condition(text: str) -> ConditionTerm:
    """Returns a condition as a tree. Raises ConditionError at the first error.

    The text's references must all be good (see `references.parse_template`).
    """
    if len(text) > LONGEST:
        raise ConditionError(f"a condition can have {LONGEST:,} characters at most", 0, len(text))
    tokens = tokenize(text)
    if len(tokens) == 1:
        raise ConditionError("the condition is empty", 0, len(text), GRAMMAR_HELP)
    parser = _Parser(tokens)
    condition = parser.as_condition(parser.alternatives(0))
    if parser.token.kind != "end":
        raise parser.unexpected("`and`, `or` or the end of the condition")
    return condition


class _Parser:
    """Recursive descent over the tokens; `depth` bounds the recursion."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._index = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._index]

    def alternatives(self, depth: int) -> ConditionTerm | Term:
        return self._joined("or", self._all, depth)

    def _all(self, depth: int) -> ConditionTerm | Term:
        return self._joined("and", self._negation, depth)

    def _joined(self, word: Literal["and", "or"], operand: Any, depth: int) -> ConditionTerm | Term:
        first: ConditionTerm | Term = operand(depth)
        if not self._at_word(word):
            return first
        terms = [self.as_condition(first)]
        while self._at_word(word):
            self._index += 1
            terms.append(self.as_condition(operand(depth)))
        return LogicalTerm(word, tuple(terms), terms[0].start, terms[-1].end)

    def _negation(self, depth: int) -> ConditionTerm | Term:
        start = self.token.start
        negations = 0
        while self._at_word("not"):
            self._index += 1
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
        while self.token.kind == "operator" and self.token.text in OPERATORS:
            operators.append(self.token)
            self._index += 1
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
        token = self.token
        if token.kind == "operator" and token.text == "(":
            self._check_depth(depth + 1)
            self._index += 1
            inner = self.alternatives(depth + 1)
            if self.token.text != ")":
                if self.token.kind == "end":
                    raise ConditionError("`(` is not closed", token.start, token.end, "close it with `)`")
                raise self.unexpected("`)`")
            self._index += 1
            return inner
        if token.kind == "operator" and token.text == "-":
            self._index += 1
            number = self._expect("number", "a number after `-`")
            return LiteralTerm(-number.value, token.start, number.end)
        if token.kind in ("number", "text"):
            self._index += 1
            return LiteralTerm(token.value, token.start, token.end)
        if token.kind == "reference":
            self._index += 1
            return ReferenceTerm(token.value, token.start, token.end)
        if token.kind == "name":
            return self._name()
        raise self.unexpected("an artifact, a number, a text or a reference")

    def _name(self) -> Term:
        first = self._take()
        chosen = self._take() if self.token.kind == "selection" else None
        dotted = self.token.kind == "operator" and self.token.text == "."
        if not dotted and chosen is not None:
            raise ConditionError(
                f"after `{chosen.text[:40]}` comes a dot and the output of a node",
                first.start,
                chosen.end,
                GRAMMAR_HELP,
            )
        if not dotted:
            if self.token.text == "[" and self.token.start == first.end:
                raise ConditionError(
                    "`[` is not closed", self.token.start, self.token.end, "close it with `]`"
                )
            if first.text.lower() in ("true", "false"):
                return LiteralTerm(first.text.lower() == "true", first.start, first.end)
            raise _lone_name(first)
        output = self._after_dot("the output of a node")
        field = self._after_dot("`uri`, `value`, `passed`, `metric(…)`, `properties` or `custom_properties`")
        kind = _FIELDS.get(field.text)
        if kind is None:
            hint = did_you_mean(field.text, _FIELDS) or (
                "an artifact has `uri`, `value`, `properties.NAME` and `custom_properties.NAME`; anomalies "
                "have `passed`, an evaluation has `metric(NAME)`",
            )
            near = only_closest(field.text, _FIELDS)
            message = f"an artifact has no `{field.text}`"
            raise ConditionError(message, field.start, field.end, *hint, fix=near)
        name: Any = None
        arguments: tuple[tuple[str, Any], ...] = ()
        if kind in ("property", "custom_property"):
            name = self._property_name(field)
        elif kind == METRIC:
            name, arguments = self._metric()
        if self.token.kind == "operator" and self.token.text in (".", "["):
            raise ConditionError(
                f"`{self.token.text}` goes deeper than a value has fields", self.token.start, self.token.end
            )
        end = self._tokens[self._index - 1].end
        return ArtifactTerm(
            first.text,
            output.text,
            kind,
            name,
            first.start,
            end,
            first.end,
            output.start,
            output.end,
            field.start,
            arguments,
            first.text if chosen is None else first.text + chosen.text,
            chosen.value if chosen is not None else None,
        )

    def _metric(self) -> tuple[Any, tuple[tuple[str, Any], ...]]:
        """Returns the name and the arguments in the parentheses of a metric."""
        if self.token.kind != "operator" or self.token.text != "(":
            field = self._tokens[self._index - 1]
            raise ConditionError(f"`{METRIC}` lacks the metric's name", field.start, field.end, _METRIC_HELP)
        self._index += 1
        token = self._tokens[self._index]
        if token.kind == "name":
            quoted = f'write `{METRIC}("{token.text}")`'
            message, fix = "the name of a metric is in quotes", f'"{token.text}"'
            raise ConditionError(message, token.start, token.end, quoted, fix=fix)
        name = self._expect("text", "the metric's name in quotes").value
        arguments: dict[str, Any] = {}
        while self.token.text == "," and self.token.kind == "operator":
            self._index += 1
            argument = self._expect("name", "`slice`, `output` or `model`")
            if argument.text not in _METRIC_ARGUMENTS or argument.text in arguments:
                what = "is given twice" if argument.text in arguments else "is nothing that a metric is of"
                hint = did_you_mean(argument.text, _METRIC_ARGUMENTS) or (_METRIC_HELP,)
                near = only_closest(argument.text, set(_METRIC_ARGUMENTS) - set(arguments))
                meant = near if argument.text not in arguments else None
                message = f"`{argument.text}` {what}"
                raise ConditionError(message, argument.start, argument.end, *hint, fix=meant)
            if self.token.text != "=":
                raise self.unexpected(f"`=` after `{argument.text}`")
            self._index += 1
            arguments[argument.text] = self._expect("text", "a text in quotes").value
        if self.token.text != ")":
            raise self.unexpected("`)`")
        self._index += 1
        return name, tuple(arguments.items())

    def _property_name(self, field: Token) -> str:
        if self.token.text == "[" and self.token.kind == "operator":
            self._index += 1
            name = self._expect("text", "the property's name in quotes").value
            if not isinstance(name, str):
                token = self._tokens[self._index - 1]
                raise ConditionError("a property's name cannot hold a reference", token.start, token.end)
            if self.token.text != "]":
                raise self.unexpected("`]`")
            self._index += 1
            return name
        return self._after_dot(f"the name of a property, as in `{field.text}.NAME`").text

    def _after_dot(self, expected: str) -> Token:
        if self.token.text == "=" and self.token.kind == "operator":
            raise self.unexpected(expected)
        if self.token.text != "." or self.token.kind != "operator":
            previous = self._tokens[self._index - 1]
            raise ConditionError(
                f"after `{previous.text}` comes a dot and {expected}",
                previous.start,
                previous.end,
                GRAMMAR_HELP,
            )
        self._index += 1
        return self._expect("name", expected)

    def _expect(self, kind: TokenKind, expected: str) -> Token:
        if self.token.kind != kind:
            raise self.unexpected(expected)
        return self._take()

    def _take(self) -> Token:
        token = self.token
        self._index += 1
        return token

    def _at_word(self, word: str) -> bool:
        return self.token.kind == "name" and self.token.text == word

    def unexpected(self, expected: str) -> ConditionError:
        token = self.token
        if token.kind == "end":
            before = self._tokens[self._index - 1] if self._index else token
            return ConditionError(
                f"the condition ends where {expected} should come", before.start, before.end, GRAMMAR_HELP
            )
        if token.text == "=" and token.kind == "operator":
            message = "`=` is not an operator of conditions"
            return ConditionError(message, token.start, token.end, "write `==`", fix="==")
        hint = _FOREIGN_WORDS.get(token.text, GRAMMAR_HELP)
        message = f"expected {expected}, not `{token.text[:40]}`"
        fix = token.text.lower() if token.text in ("AND", "OR", "NOT") else None
        return ConditionError(message, token.start, token.end, hint, fix=fix)

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
            token = self.token
            raise ConditionError(f"the condition nests deeper than {DEEPEST} levels", token.start, token.end)


def _lone_name(token: Token) -> ConditionError:
    hint = _FOREIGN_WORDS.get(token.text)
    if hint is not None:
        return ConditionError(f"`{token.text}` is not part of a condition", token.start, token.end, hint)
    return ConditionError(
        f"`{token.text}` is neither an artifact nor a value",
        token.start,
        token.end,
        "an artifact's property is `node.output.custom_properties.NAME`, a parameter is "
        "`{{ parameters.NAME }}`, a text is in quotes",
    )
