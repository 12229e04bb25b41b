"""The values of a Plan, which may be symbolic: their forms, and the one fold that reads them.

A value is JSON in which these one-key mappings have a meaning:

``{"$reference": "parameters.NAME" | "run.id" | "run.date" | "env.NAME"}``
    the value of that reference, with its type
``{"$concatenate": [part, …]}``
    the parts (strings and references) joined as text
``{"$path": value}``
    a file path: relative ones start at the folder of the spec or bundle; URIs stay as they are
``{"$mapping": {…}}``
    a mapping of the user's that has a key beginning with ``$``, taken literally
``{"$value": "NODE.OUTPUT"}``
    the value of the artifact (a String, Integer, Float, Boolean or JsonValue) that another node made
``{"$input": "NAME.uri" | "NAME.path" | "NAME.value"}``, ``{"$output": "NAME.uri" | "NAME.path"}``
    in the command of a container: where the artifact that the node reads or makes lies, or the value of one
    that is a value, or of one of the node's arguments

Nothing else knows these keys: who makes a value calls `reference`, `concatenation`, `path` and
`mapping`, and who reads one gives `fold` a function for each form. A new form is a new field of
`Fold`, so that the type checker names every reader that has to say what it makes of it.

A value's *place* is the way to it in the spec's document; the forms add nothing to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar, Union

from tfxc.schemas.diagnostics import Path

JsonValue = Any
"""Plain JSON with the symbolic forms of the module's docstring."""

Scalar = Union[None, bool, int, float, str]

FormName = Literal[
    "plain",
    "reference",
    "concatenation",
    "path",
    "mapping",
    "sequence",
    "artifact_value",
    "container_input",
    "container_output",
]

_SYMBOLIC: Mapping[str, FormName] = {
    "$reference": "reference",
    "$concatenate": "concatenation",
    "$path": "path",
    "$mapping": "mapping",
    "$value": "artifact_value",
    "$input": "container_input",
    "$output": "container_output",
}
KNOWN_TO_A_NODE: frozenset[FormName] = frozenset({"artifact_value", "container_input", "container_output"})
"""The forms that only the node's own execution knows the value of: nothing but other nodes' outputs tells."""

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")

_NO_REFERENCES: Mapping[str, str] = {}

T = TypeVar("T")


def reference(target: str) -> JsonValue:
    """Returns the value of a reference, such as ``parameters.train_steps``."""
    return {"$reference": target}


def concatenation(parts: Iterable[JsonValue]) -> JsonValue:
    """Returns strings and references joined as text."""
    return {"$concatenate": list(parts)}


def path(value: JsonValue) -> JsonValue:
    """Returns a text, a reference or a concatenation as a file path or URI."""
    return {"$path": value}


def mapping(items: Mapping[str, JsonValue]) -> JsonValue:
    """Returns a mapping, in a form of its own if one of its keys could be taken for a form's."""
    return {"$mapping": items} if any(key.startswith("$") for key in items) else items


def artifact_value(node: str, output: str) -> JsonValue:
    """Returns the value of the artifact that another node made."""
    return {"$value": f"{node}.{output}"}


def container_input(name: str, field: Literal["uri", "path", "value"]) -> JsonValue:
    """Returns where an artifact lies that a container reads, or the value of one or of an argument."""
    return {"$input": f"{name}.{field}"}


def container_output(name: str, field: Literal["uri", "path"]) -> JsonValue:
    """Returns where an artifact lies that a container makes."""
    return {"$output": f"{name}.{field}"}


def as_text(value: JsonValue) -> JsonValue:
    """Returns a text or reference as what is text at run time, whatever the reference's type."""
    form, _ = form_of(value)
    return concatenation([value]) if form == "reference" or form in KNOWN_TO_A_NODE else value


def begun_with(text: str, value: JsonValue) -> JsonValue:
    """Returns a text, reference or concatenation with a literal text before it."""
    form, inner = form_of(value)
    if form == "plain":
        return f"{text}{value}"
    first, *rest = inner if form == "concatenation" else [value]
    return concatenation([text + first, *rest] if isinstance(first, str) else [text, first, *rest])


@dataclass(frozen=True)
class Part:
    """A value, or a value inside one: its form, what the form holds, and its place."""

    form: FormName
    inner: Any
    place: Path


def form_of(value: JsonValue) -> tuple[FormName, Any]:
    """Returns a value's form and what it holds: a target, parts, a value, a mapping, items, or itself."""
    if isinstance(value, Mapping):
        if len(value) == 1:
            ((key, inner),) = value.items()
            if key in _SYMBOLIC:
                return _SYMBOLIC[key], inner
        return "mapping", value
    if isinstance(value, (list, tuple)):
        return "sequence", value
    return "plain", value


@dataclass(frozen=True)
class Fold(Generic[T]):
    """What to make of each form, of what was made of the values in it, and of its place."""

    plain: Callable[[Scalar, Path], T]
    reference: Callable[[str, Path], T]
    concatenation: Callable[[list[T], Path], T]
    path: Callable[[T, Path], T]
    mapping: Callable[[dict[str, T], Path], T]
    sequence: Callable[[list[T], Path], T]
    artifact_value: Callable[[str, Path], T]
    container_input: Callable[[str, Path], T]
    container_output: Callable[[str, Path], T]


def fold(value: JsonValue, to: Fold[T], place: Path = ()) -> T:
    """Returns what the functions of `to` make of a value, from the inside out."""
    form, inner = form_of(value)
    if form == "reference":
        return to.reference(inner, place)
    if form == "artifact_value":
        return to.artifact_value(inner, place)
    if form == "container_input":
        return to.container_input(inner, place)
    if form == "container_output":
        return to.container_output(inner, place)
    if form == "concatenation":
        return to.concatenation([fold(part, to, place) for part in inner], place)
    if form == "path":
        return to.path(fold(inner, to, place), place)
    if form == "mapping":
        return to.mapping({key: fold(each, to, (*place, key)) for key, each in inner.items()}, place)
    if form == "sequence":
        return to.sequence([fold(each, to, (*place, index)) for index, each in enumerate(inner)], place)
    return to.plain(inner, place)


def parts(value: JsonValue, place: Path = ()) -> Iterator[Part]:
    """Yields a value and all the values in it, each before what is in it, from left to right."""
    form, inner = form_of(value)
    yield Part(form, inner, place)
    if form == "concatenation":
        for each in inner:
            yield from parts(each, place)
    elif form == "path":
        yield from parts(inner, place)
    elif form == "mapping":
        for key, each in inner.items():
            yield from parts(each, (*place, key))
    elif form == "sequence":
        for index, each in enumerate(inner):
            yield from parts(each, (*place, index))


def references_in(value: JsonValue) -> tuple[str, ...]:
    """Returns the targets of a value's references, each once, from left to right."""
    return tuple(dict.fromkeys(part.inner for part in parts(value) if part.form == "reference"))


def has_references(value: JsonValue) -> bool:
    """Whether only a run knows the whole value."""
    return any(part.form == "reference" or part.form in KNOWN_TO_A_NODE for part in parts(value))


def known_text(value: JsonValue) -> str | None:
    """Returns a text or path that is known before a run, None for what is no text or has a reference."""
    text, whole = beginning(value)
    return text if whole else None


def known_prefix(value: JsonValue) -> str:
    """Returns what a text or path begins with whatever the run: all of it up to the first reference."""
    text, _ = beginning(value)
    return text


def beginning(value: JsonValue, references: Mapping[str, str] = _NO_REFERENCES) -> tuple[str, bool]:
    """Returns what a text or path begins with, and whether that is all of it.

    It ends at the first reference that ``references`` has no text for; for what is no text it is
    ``("", False)``.
    """

    def of_reference(target: str, place: Path) -> _Beginning:
        text = references.get(target)
        return ("", False) if text is None else (text, True)

    return fold(value, replace(_BEGINNING, reference=of_reference)) or ("", False)


def with_texts(value: JsonValue, change: Callable[[str], str]) -> JsonValue:
    """Returns a value in which every text is changed, of a concatenation only the one that begins it."""
    form, inner = form_of(value)
    if form == "concatenation":
        first, *rest = inner
        return concatenation([with_texts(first, change), *rest])
    if form == "path":
        return path(with_texts(inner, change))
    if form == "mapping":
        return mapping({key: with_texts(each, change) for key, each in inner.items()})
    if form == "sequence":
        return [with_texts(each, change) for each in inner]
    return change(value) if isinstance(value, str) else value


def with_paths(value: JsonValue, new: str) -> JsonValue:
    """Returns a value in which every path is another one."""
    form, inner = form_of(value)
    if form == "path":
        return path(new)
    if form == "mapping":
        return mapping({key: with_paths(each, new) for key, each in inner.items()})
    return [with_paths(each, new) for each in inner] if form == "sequence" else value


def is_uri(text: str) -> bool:
    """Whether a path names something on a file system of its own (``gs://…``, ``s3://…``)."""
    return _URI.match(text) is not None


def is_absolute(text: str) -> bool:
    """Whether a path or URI does not depend on a folder."""
    return text.startswith("/") or is_uri(text)


_Beginning = Union[tuple[str, bool], None]
"""What a text begins with and whether that is all of it; None for what is no text."""


def _joined(beginnings: Sequence[_Beginning], place: Path) -> _Beginning:
    text = ""
    for beginning in beginnings:
        if beginning is None:
            return text, False
        text += beginning[0]
        if not beginning[1]:
            return text, False
    return text, True


_BEGINNING: Fold[_Beginning] = Fold(
    plain=lambda value, place: (value, True) if isinstance(value, str) else None,
    reference=lambda target, place: ("", False),
    concatenation=_joined,
    path=lambda inner, place: inner,
    mapping=lambda items, place: None,
    sequence=lambda items, place: None,
    artifact_value=lambda channel, place: ("", False),
    container_input=lambda name, place: ("", False),
    container_output=lambda name, place: ("", False),
)
