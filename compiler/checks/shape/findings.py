"""A pydantic model's errors → findings, in the words of somebody who writes YAML."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel

from tfxc.compiler.checks.shape.hints import near_key, python_spelling, rewriting, type_hint, unknown_key_help
from tfxc.compiler.checks.shape.validation import TYPE_WORDS, ModelError, expected_type, model_errors
from tfxc.compiler.models.markers import keys_of
from tfxc.schemas.diagnostics import Finding, Path, Rewriting
from tfxc.schemas.fields import NAME_IN_TFX_PATTERN
from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.spec import (
    COMPONENT_ID_PATTERN,
    NAME_LENGTH,
    PARAMETER_NAME_PATTERN,
    PIPELINE_NAME_PATTERN,
)
from tfxc.schemas.words.suggest import did_you_mean, enumeration, only_closest, snake_case
from tfxc.schemas.words.wording import joined, named, number, shortened, shown_value, what_it_is

_SHOULD_BE = "Input should be "
_NAME_RULES = {
    PIPELINE_NAME_PATTERN: "small letters, digits and hyphens",
    COMPONENT_ID_PATTERN: "small letters, digits and underscores, a letter first",
    PARAMETER_NAME_PATTERN: "letters, digits and underscores, no digit first",
    NAME_IN_TFX_PATTERN: "letters, digits, `_`, `-`, `.` and spaces between them",
}
_NUMBER_LIMITS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("above", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("below", "lt"),
    "multiple_of": ("a multiple of", "multiple_of"),
}


def validate_model(model: type[BaseModel], value: Any, path: Path) -> list[Finding]:
    """Returns what is wrong with a plain value that a model describes; `path` is its place.

    For any model: of a component, of a config message, of a backend's settings.
    """
    return [finding_of(error) for error in model_errors(model, value, path)]


def finding_of(error: ModelError) -> Finding:
    """Returns a error as a finding."""
    describe = _DESCRIBERS.get(error.kind)
    if describe is not None:
        return describe(error)
    if error.kind in TYPE_WORDS or error.kind == "scalar_type":
        return _wrong_type(error)
    if error.kind in _NUMBER_LIMITS:
        return _out_of_range(error)
    if error.message.startswith(_SHOULD_BE):
        rest = error.message.removeprefix(_SHOULD_BE)
        return Finding("S111", f"{named(error.path)} must be {rest}", error.path)
    return Finding("S111", f"{named(error.path)}: {_sentence(error.message)}", error.path)


def _missing(error: ModelError) -> Finding:
    name = str(error.context.get("missing", ""))
    info = keys_of(error.model).get(name) if error.model is not None else None
    description = info.description if info is not None else None
    help_lines = (f"{name}: {_first_sentence(description)}",) if description else ()
    return Finding("S102", f"{named(error.path)} lacks `{name}`", error.path, at_key=True, help=help_lines)


def _first_sentence(text: str) -> str:
    end = re.search(r"\.(?= [A-Z{])", text)
    return text[: end.end()] if end is not None else text


def _unknown_key(error: ModelError) -> Finding:
    parent, name = error.path[:-1], str(error.path[-1])
    model = error.model
    is_message = model is not None and issubclass(model, ProtoModel)
    what = "field" if is_message else "argument" if _is_component(parent) else "key"
    return Finding(
        "S107" if is_message else "S101",
        f"{named(parent)} has no {what} `{name}`",
        error.path,
        at_key=True,
        help=unknown_key_help(model, name, parent),
        fix=near_key(model, name, only_closest),
    )


def _wrong_type(error: ModelError) -> Finding:
    expected = expected_type(error)
    message = f"{named(error.path)} must be {expected}, but it is {what_it_is(error.value)}"
    if error.kind == "none_required":
        message = f"{named(error.path)} must be left out"
    written = rewriting(error.kind, expected, error.value) if error.kind != "none_required" else None
    help_lines = type_hint(error.kind, expected, error.value)
    return Finding("S103", message, error.path, help=help_lines, rewriting=written)


def _wrong_channel(error: ModelError) -> Finding:
    return Finding(
        "T206",
        f"{named(error.path)} must be a channel, but it is {what_it_is(error.value)}",
        error.path,
        help=("a channel is an output of another component, such as `example_gen.examples`",),
    )


def _wrong_resolver_channel(error: ModelError) -> Finding:
    return Finding(
        "T206",
        f"{named(error.path)} must be artifacts to choose from, but it is {what_it_is(error.value)}",
        error.path,
        help=(
            "write `{artifact_type: Model}` for all of a type, or a channel such as `example_gen.examples`",
        ),
    )


def _wrong_resolver(error: ModelError) -> Finding:
    return Finding("T210", f"{named(error.path)}: {_sentence(error.message)}", error.path, at_key=True)


def _out_of_range(error: ModelError) -> Finding:
    words, key = _NUMBER_LIMITS[error.kind]
    limit = number(error.context.get(key))
    message = f"{named(error.path)} must be {words} {limit}, but it is {shown_value(error.value)}"
    return Finding("S104", message, error.path)


def _too_short(error: ModelError) -> Finding:
    least = int(error.context.get("min_length", 1))
    if least == 1:
        message = f"{named(error.path)} must not be empty"
    else:
        message = f"{named(error.path)} must have at least {least} {_unit(error.value)}s"
    return Finding("S104", message, error.path)


def _too_long(error: ModelError) -> Finding:
    most = int(error.context.get("max_length", 0))
    unit = _unit(error.value)
    message = f"{named(error.path)} can have {most} {unit}{'' if most == 1 else 's'} at most"
    return Finding("S104", message, error.path)


def _not_finite(error: ModelError) -> Finding:
    return Finding("S104", f"{named(error.path)} must be a finite number", error.path)


def _pattern(error: ModelError) -> Finding:
    pattern = str(error.context.get("pattern", ""))
    if pattern in _NAME_RULES:
        message = f"{named(error.path)} cannot be {shown_value(error.value)}"
        return Finding("S105", message, error.path, help=_name_help(pattern, str(error.value)))
    message = f"{named(error.path)} is {what_it_is(error.value)}, which does not match `{pattern}`"
    return Finding("S105", message, error.path)


def _bad_key(error: ModelError) -> Finding:
    key = str(error.path[-1]) if error.path else ""
    parent = named(error.path[:-1])
    if "long" in error.kind:
        most = error.context.get("max_length")
        message = f"the name `{shortened(key)}` in {parent} is longer than {most} characters"
        return Finding("S105", message, error.path, at_key=True)
    pattern = str(error.context.get("pattern", ""))
    message = f"`{shortened(key)}` cannot be a name in {parent}"
    return Finding("S105", message, error.path, at_key=True, help=_name_help(pattern, key))


def _name_help(pattern: str, name: str) -> tuple[str, ...]:
    """What a name must be like, and a name that is."""
    if pattern not in _NAME_RULES:
        return (f"it must match `{pattern}`",)
    rule = _NAME_RULES[pattern]
    separator = "-" if pattern == PIPELINE_NAME_PATTERN else "_"
    fixed = re.sub(r"[^a-z0-9]+", separator, snake_case(name)).strip("-_") if name.isascii() else ""
    good = re.match(pattern, fixed) is not None and fixed != name and len(fixed) <= NAME_LENGTH
    return (f"use {rule}, such as `{fixed}`" if good else f"use {rule}",)


def _unknown_value(error: ModelError) -> Finding:
    values = [str(value) for value in error.context.get("values", ())]
    if not values:
        values = [
            word.strip("' ")
            for word in str(error.context.get("expected", "")).replace(" or ", ",").split(",")
        ]
    message = f"{named(error.path)} cannot be {shown_value(error.value)}"
    meant = python_spelling(error.value, values) if isinstance(error.value, str) else None
    if meant is not None:
        as_number: Rewriting | None = "unquoted" if meant not in values else None
        help_lines = (f"write `{meant}`",)
        return Finding("S106", message, error.path, help=help_lines, fix=meant, rewriting=as_number)
    near = did_you_mean(error.value, values) if isinstance(error.value, str) else ()
    listed = f"it is one of {enumeration(values, 30)}" if len(values) > 1 else f"write {values[0]}"
    if not isinstance(error.value, str) and str(error.value) in values:
        near = (f'it is a text: write "{error.value}", in quotes',)
    fix = only_closest(error.value, values) if isinstance(error.value, str) else None
    return Finding("S106", message, error.path, help=(*near, listed), fix=fix)


def _two_arms(error: ModelError) -> Finding:
    keys = [str(key) for key in error.context.get("keys", ())]
    parent = error.path[:-1]
    code = "S108" if error.kind == "oneof" else "S109"
    if not keys:
        return Finding(code, f"{named(error.path)}: {_sentence(error.message)}", error.path, at_key=True)
    listed = joined([f"`{key}`" for key in keys], "and")
    how_many = "both" if len(keys) == 2 else "all of"
    message = f"{named(parent)} can have only one of {enumeration(keys)}, and has {how_many} {listed}"
    if len(keys) == 2:
        message = f"{named(parent)} can have `{keys[0]}` or `{keys[1]}`, not both"
    return Finding(code, message, error.path, at_key=True, help=("keep one of them",))


def _bad_quantity(error: ModelError) -> Finding:
    return Finding(
        "S111",
        f"{named(error.path)}: {error.context.get('reason', error.message)}",
        error.path,
        help=(str(error.context.get("help", "")),),
    )


def _too_deep(error: ModelError) -> Finding:
    return Finding("S111", f"{named(error.path)} is nested too deeply", error.path)


_DESCRIBERS: Mapping[str, Callable[[ModelError], Finding]] = {
    "missing": _missing,
    "extra_forbidden": _unknown_key,
    "channel": _wrong_channel,
    "resolver_channel": _wrong_resolver_channel,
    "resolver_channels": _wrong_resolver,
    "too_short": _too_short,
    "string_too_short": _too_short,
    "too_long": _too_long,
    "string_too_long": _too_long,
    "finite_number": _not_finite,
    "string_pattern_mismatch": _pattern,
    "key_string_pattern_mismatch": _bad_key,
    "key_string_too_long": _bad_key,
    "key_string_too_short": _bad_key,
    "enum": _unknown_value,
    "literal_error": _unknown_value,
    "oneof": _two_arms,
    "exclusive": _two_arms,
    "quantity": _bad_quantity,
    "too_deep": _too_deep,
}


def _is_component(path: Path) -> bool:
    return len(path) == 2 and path[0] == "components"


def _unit(value: Any) -> str:
    return "character" if isinstance(value, str) else "item" if isinstance(value, list) else "key"


def _sentence(message: str) -> str:
    """Returns pydantic's words as the rest of a sentence."""
    text = message.removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".")
    first = text.partition(" ")[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or len(first) == 1 else text
