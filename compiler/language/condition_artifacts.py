"""What a condition says of an artifact: a node's output and its URI, value, property or metric."""

from __future__ import annotations

from typing import Any

from tfxc.compiler.language.condition_terms import ArtifactTerm, LiteralTerm, Term
from tfxc.compiler.language.condition_tokens import ConditionError, Token
from tfxc.compiler.language.token_cursor import FOREIGN_WORDS, GRAMMAR_HELP, TokenCursor
from tfxc.schemas.choices import METRIC, ArtifactField
from tfxc.schemas.words.suggest import did_you_mean, only_closest

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


def parse_named(tokens: TokenCursor) -> Term:
    """Returns what begins with a name: an artifact, or ``true`` or ``false``. Raises ConditionError."""
    first = tokens.take()
    chosen = tokens.take() if tokens.token.kind == "selection" else None
    if not tokens.at("."):
        if chosen is not None:
            message = f"after `{chosen.text[:40]}` comes a dot and the output of a node"
            raise ConditionError(message, first.start, chosen.end, GRAMMAR_HELP)
        return _lone_name(first, tokens.token)
    output = _after_dot(tokens, "the output of a node")
    field = _after_dot(tokens, "`uri`, `value`, `passed`, `metric(…)`, `properties` or `custom_properties`")
    kind = _field_named(field)
    name: Any = None
    arguments: tuple[tuple[str, Any], ...] = ()
    if kind in ("property", "custom_property"):
        name = _property_name(tokens, field)
    elif kind == METRIC:
        name, arguments = _metric(tokens)
    if tokens.at(".", "["):
        token = tokens.token
        raise ConditionError(f"`{token.text}` goes deeper than a value has fields", token.start, token.end)
    return ArtifactTerm(
        first.text,
        output.text,
        kind,
        name,
        first.start,
        tokens.previous.end,
        first.end,
        output.start,
        output.end,
        field.start,
        arguments,
        first.text if chosen is None else first.text + chosen.text,
        chosen.value if chosen is not None else None,
    )


def _lone_name(name: Token, following: Token) -> LiteralTerm:
    """Returns a truth value. Raises ConditionError for another name that no dot comes after."""
    if following.text == "[" and following.start == name.end:
        raise ConditionError("`[` is not closed", following.start, following.end, "close it with `]`")
    if name.text.lower() in ("true", "false"):
        return LiteralTerm(name.text.lower() == "true", name.start, name.end)
    hint = FOREIGN_WORDS.get(name.text)
    if hint is not None:
        raise ConditionError(f"`{name.text}` is not part of a condition", name.start, name.end, hint)
    raise ConditionError(
        f"`{name.text}` is neither an artifact nor a value",
        name.start,
        name.end,
        "an artifact's property is `node.output.custom_properties.NAME`, a parameter is "
        "`{{ parameters.NAME }}`, a text is in quotes",
    )


def _field_named(field: Token) -> ArtifactField:
    kind = _FIELDS.get(field.text)
    if kind is not None:
        return kind
    hint = did_you_mean(field.text, _FIELDS) or (
        "an artifact has `uri`, `value`, `properties.NAME` and `custom_properties.NAME`; anomalies "
        "have `passed`, an evaluation has `metric(NAME)`",
    )
    near = only_closest(field.text, _FIELDS)
    message = f"an artifact has no `{field.text}`"
    raise ConditionError(message, field.start, field.end, *hint, fix=near)


def _metric(tokens: TokenCursor) -> tuple[Any, tuple[tuple[str, Any], ...]]:
    """Returns the name and the arguments in the parentheses of a metric."""
    if not tokens.at("("):
        field = tokens.previous
        raise ConditionError(f"`{METRIC}` lacks the metric's name", field.start, field.end, _METRIC_HELP)
    tokens.take()
    token = tokens.token
    if token.kind == "name":
        quoted = f'write `{METRIC}("{token.text}")`'
        message, fix = "the name of a metric is in quotes", f'"{token.text}"'
        raise ConditionError(message, token.start, token.end, quoted, fix=fix)
    name = tokens.expect("text", "the metric's name in quotes").value
    arguments: dict[str, Any] = {}
    while tokens.at(","):
        tokens.take()
        argument = tokens.expect("name", "`slice`, `output` or `model`")
        if argument.text not in _METRIC_ARGUMENTS or argument.text in arguments:
            what = "is given twice" if argument.text in arguments else "is nothing that a metric is of"
            hint = did_you_mean(argument.text, _METRIC_ARGUMENTS) or (_METRIC_HELP,)
            near = only_closest(argument.text, set(_METRIC_ARGUMENTS) - set(arguments))
            meant = near if argument.text not in arguments else None
            message = f"`{argument.text}` {what}"
            raise ConditionError(message, argument.start, argument.end, *hint, fix=meant)
        tokens.expect_operator("=", f"`=` after `{argument.text}`")
        arguments[argument.text] = tokens.expect("text", "a text in quotes").value
    tokens.expect_operator(")", "`)`")
    return name, tuple(arguments.items())


def _property_name(tokens: TokenCursor, field: Token) -> str:
    if not tokens.at("["):
        return _after_dot(tokens, f"the name of a property, as in `{field.text}.NAME`").text
    tokens.take()
    token = tokens.expect("text", "the property's name in quotes")
    if not isinstance(token.value, str):
        raise ConditionError("a property's name cannot hold a reference", token.start, token.end)
    tokens.expect_operator("]", "`]`")
    return token.value


def _after_dot(tokens: TokenCursor, expected: str) -> Token:
    if tokens.at("="):
        raise tokens.unexpected(expected)
    if not tokens.at("."):
        before = tokens.previous
        message = f"after `{before.text}` comes a dot and {expected}"
        raise ConditionError(message, before.start, before.end, GRAMMAR_HELP)
    tokens.take()
    return tokens.expect("name", expected)
