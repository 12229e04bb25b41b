"""What components take and give, from their models: for ``tfxc components``.

`component_page` is plain data; `render_component` and `render_overview` are text for a terminal.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tfxc.compiler.models.value_types import ListValue, MappingValue, ModelValue, ValueType, read_field
from tfxc.compiler.models.value_words import type_words
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.components.markers import ChannelInput
from tfxc.schemas.tfx_lines import is_in, line_words

WIDTH = 80
COMMON_TOPIC = "execution"
"""What stands in the place of a component type to ask for the keys that all components take."""

NOT_SHOWN = frozenset({"tensorflow.metadata.v0.Schema"})
"""Messages whose fields would fill pages and which are rarely written by hand."""


@dataclass(frozen=True)
class OverviewRow:
    """A component in the overview."""

    stage: str
    type: str
    summary: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """A key: what it takes, and for a mapping that a model describes, the keys in it.

    Where the same mapping was described earlier on the page, ``entries`` is empty and ``above`` true.
    """

    name: str
    type: str
    description: str
    required: bool = False
    default: str = ""
    entries: tuple[Entry, ...] = ()
    above: bool = False


@dataclass(frozen=True)
class ComponentPage:
    """All that can be said of a component. ``rules`` are sentences about keys that belong together."""

    type: str
    summary: str
    class_path: str
    inputs: tuple[Entry, ...]
    arguments: tuple[Entry, ...]
    rules: tuple[str, ...]
    outputs: tuple[Entry, ...]


def component_overview() -> tuple[OverviewRow, ...]:
    """Returns a row for each standard component type, in the order of a pipeline."""
    return tuple(_overview_row(component_model(name)) for name in component_types())


def component_page(type_name: str, line: str | None = None) -> ComponentPage:
    """Returns the page of a standard component type, as a line of TFX has it; None is all lines together.

    Raises UnknownComponentTypeError.
    """
    model = component_model(type_name)
    seen: set[type[BaseModel]] = set()
    inputs, arguments = [], []
    for field, info in model.model_fields.items():
        if field in COMMON_KEYS or not is_in(line, info.metadata):
            continue
        channel = _channel(info)
        if channel is not None:
            inputs.append(_input_entry(info.alias or field, info, channel))
        else:
            arguments.append(_entry(model, field, seen, line))
    return ComponentPage(
        type=type_name,
        summary=_paragraphs(model),
        class_path=model.class_path,
        inputs=tuple(inputs),
        arguments=tuple(arguments),
        rules=tuple(_rules(model)),
        outputs=tuple(_outputs(model)),
    )


def common_entries() -> tuple[Entry, ...]:
    """Returns the keys that every component takes beside its type."""
    seen: set[type[BaseModel]] = set()
    return tuple(_entry(Component, field, seen, None) for field in Component.model_fields if field != "type")


def model_entries(model: type[BaseModel]) -> tuple[Entry, ...]:
    """Returns the keys of a mapping that a model describes, with those below them."""
    seen: set[type[BaseModel]] = set()
    return tuple(_entry(model, field, seen, None) for field in model.model_fields)


def render_overview() -> str:
    """Returns the list of the standard components as text, at most 80 columns wide."""
    rows = component_overview()
    width = max(len(row.type) for row in rows) + 4
    lines: list[str] = []
    for stage in dict.fromkeys(row.stage for row in rows):
        lines += ["", stage] if lines else [stage]
        for row in rows:
            if row.stage == stage:
                lines += _hanging(f"  {row.type}", width, row.summary)
    lines += [
        "",
        "`tfxc components TYPE` shows what a component takes and gives.",
        f"`tfxc components {COMMON_TOPIC}` shows what every component takes.",
        *textwrap.wrap(
            "A component of your own is `type: file.py:function` or `type: package.module:function`: a "
            "function with TFX's @component decorator, whose parameters are its keys.",
            WIDTH,
        ),
    ]
    return "\n".join(lines) + "\n"


def render_component(type_name: str, line: str | None = None) -> str:
    """Returns a component's page as text, at most 80 columns wide; for `COMMON_TOPIC`, `render_common`.

    Raises UnknownComponentTypeError.
    """
    if type_name == COMMON_TOPIC:
        return render_common()
    page = component_page(type_name, line)
    lines = [page.type, ""]
    for paragraph in page.summary.split("\n\n"):
        lines += [*textwrap.wrap(paragraph, WIDTH), ""]
    lines += [page.class_path, ""]
    sections = (
        ("Inputs, each a channel `component.output` or a list of such", page.inputs),
        ("Arguments", page.arguments),
        ("Outputs", page.outputs),
    )
    for title, entries in sections:
        if not entries:
            continue
        lines += [title, *_entry_lines(entries, 2)]
        if entries is page.arguments:
            for rule in page.rules:
                lines += textwrap.wrap(rule, WIDTH, initial_indent="  ", subsequent_indent="    ")
        lines.append("")
    common = ", ".join(key for key in Component.model_fields if key != "type")
    lines += textwrap.wrap(f"It also takes {common}: `tfxc components {COMMON_TOPIC}` shows them.", WIDTH)
    return "\n".join(lines) + "\n"


def render_common() -> str:
    """Returns the keys that every component takes as text, at most 80 columns wide."""
    return "\n".join(["Every component takes", *_entry_lines(common_entries(), 2)]) + "\n"


def _overview_row(model: type[Component]) -> OverviewRow:
    return OverviewRow(
        stage=model.stage.value,
        type=model.__name__,
        summary=_paragraphs(model).split("\n\n")[0],
        inputs=tuple(
            info.alias or key for key, info in model.model_fields.items() if _channel(info) is not None
        ),
        outputs=tuple(model.outputs),
    )


def _channel(info: FieldInfo) -> ChannelInput | None:
    return next((marker for marker in info.metadata if isinstance(marker, ChannelInput)), None)


def _input_entry(key: str, info: FieldInfo, channel: ChannelInput) -> Entry:
    return Entry(key, channel.artifact_type, _description(info), required=info.is_required())


def _description(info: FieldInfo) -> str:
    return " ".join(filter(None, (info.description, line_words(info.metadata))))


def _entry(model: type[BaseModel], field: str, seen: set[type[BaseModel]], line: str | None) -> Entry:
    info = model.model_fields[field]
    value = read_field(info)
    held = _held_model(value)
    if held is not None and getattr(held, "proto", None) in NOT_SHOWN:
        held = None
    above = held in seen
    entries: tuple[Entry, ...] = ()
    if held is not None and not above:
        seen.add(held)
        entries = tuple(
            _entry(held, inner, seen, line)
            for inner, inner_info in held.model_fields.items()
            if is_in(line, inner_info.metadata)
        )
    return Entry(
        info.alias or field,
        type_words(value),
        _description(info),
        required=info.is_required(),
        default=_default(info),
        entries=entries,
        above=above,
    )


def _held_model(value: ValueType) -> type[BaseModel] | None:
    """The model of the mapping that a value is, or that its items are."""
    while isinstance(value, (ListValue, MappingValue)):
        value = value.item
    return value.model if isinstance(value, ModelValue) else None


def _default(info: FieldInfo) -> str:
    default = info.default
    if isinstance(default, bool):
        return str(default).lower()
    return str(default) if isinstance(default, (int, float, str)) and default != "" else ""


def _rules(model: type[Component]) -> Iterator[str]:
    for words, groups in (
        ("Exactly one of", model.exactly_one),
        ("At least one of", model.at_least_one),
        ("At most one of", model.at_most_one),
    ):
        for group in groups:
            yield f"{words} {', '.join(group)}."
    yield from model.rules


def _outputs(model: type[Component]) -> Iterator[Entry]:
    for key, output in model.outputs.items():
        yield Entry(key, output.artifact_type, output.description)
    for words in model.other_outputs:
        yield Entry(*words)


def _entry_lines(entries: Iterable[Entry], indent: int) -> Iterator[str]:
    entries = tuple(entries)
    names = min(max(len(entry.name) for entry in entries), max(12, 34 - indent))
    for entry in entries:
        head = f"{' ' * indent}{entry.name:<{names}}  "
        flags = [entry.type]
        if entry.required:
            flags.append("required")
        elif entry.default:
            flags.append(f"default {entry.default}")
        if entry.above:
            flags.append("described above")
        yield from _hanging(head, len(head), ", ".join(flag for flag in flags if flag))
        deeper = " " * (indent + 4)
        yield from textwrap.wrap(entry.description, WIDTH, initial_indent=deeper, subsequent_indent=deeper)
        if entry.entries:
            yield from _entry_lines(entry.entries, indent + 4)


def _hanging(head: str, column: int, text: str) -> list[str]:
    """Returns text wrapped beside a head, or below it where the head takes most of the line."""
    start = f"{head:<{column}}"
    rest = " " * min(column, 40)
    return textwrap.wrap(
        text, WIDTH, initial_indent=start, subsequent_indent=rest, break_on_hyphens=False
    ) or [head.rstrip()]


def _paragraphs(model: type[BaseModel]) -> str:
    """A model's docstring with each paragraph on one line."""
    paragraphs = re.split(r"\n\s*\n", (model.__doc__ or "").strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
