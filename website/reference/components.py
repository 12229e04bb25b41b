"""A page for each component, made from its model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from tfxc.compiler.models.component_pages import (
    Entry,
    common_entries,
    component_overview,
    component_page,
)
from website.markdown import code, prose, table
from website.page import Page

FOLDER = PurePosixPath("reference/components")
COMMON = FOLDER / "every-component.md"


def component_pages() -> Iterator[Page]:
    """Yields the overview, a page for each component type, and the keys that all of them take."""
    yield Page(FOLDER / "index.md", _overview())
    for row in component_overview():
        yield Page(FOLDER / f"{row.type}.md", _component(row.type))
    yield Page(COMMON, "\n".join(_common()))


def described(entries: Iterable[Entry], heading: str = "###") -> Iterator[str]:
    """Yields the lines about keys: a heading for each, and for the keys of a mapping a list below it."""
    for entry in entries:
        yield f"{heading} {code(entry.name)} {{ #{entry.name} }}\n"
        yield f"{': '.join(filter(None, (_kind(entry), prose(entry.description))))}\n"
        if entry.entries:
            yield from _tree(entry.entries, 0)
            yield ""


def _tree(entries: Iterable[Entry], depth: int) -> Iterator[str]:
    for entry in entries:
        description = f": {prose(entry.description)}" if entry.description else ""
        yield f"{'    ' * depth}- {code(entry.name)} ({_kind(entry)}){description}"
        yield from _tree(entry.entries, depth + 1)


def _kind(entry: Entry) -> str:
    flags = [prose(entry.type)] if entry.type else []
    if entry.required:
        flags.append("**required**")
    elif entry.default:
        flags.append(f"default {code(entry.default)}")
    if entry.above:
        flags.append("described above")
    return ", ".join(flags)


def _overview() -> str:
    rows = component_overview()
    lines = [
        "# Components\n",
        "Made from the models that specs are checked with; `tfxc components TYPE` prints the same. A"
        " component of your own is `type: file.py:function`: see [the language](../../spec.md#components).\n",
    ]
    for stage in dict.fromkeys(row.stage for row in rows):
        lines += [
            f"## {stage}\n",
            table(
                ("Type", "What it does", "Reads", "Gives"),
                (
                    (
                        f"[{row.type}]({row.type}.md)",
                        prose(row.summary),
                        ", ".join(map(code, row.inputs)),
                        ", ".join(map(code, row.outputs)),
                    )
                    for row in rows
                    if row.stage == stage
                ),
            ),
        ]
    return "\n".join(lines)


def _component(type_name: str) -> str:
    page = component_page(type_name)
    lines = [f"# {page.type}\n", prose(page.summary) + "\n"]
    if page.class_path:
        lines.append(f"TFX's class is {code(page.class_path)}.\n")
    if page.inputs:
        lines += ["## Inputs\n", "Each takes a channel `component.output`, or a list of such.\n"]
        lines += described(page.inputs)
    if page.arguments:
        lines.append("## Arguments\n")
        lines += [f"- {prose(rule)}" for rule in page.rules] + ([""] if page.rules else [])
        lines += described(page.arguments)
    if page.outputs:
        lines.append("## Outputs\n")
        lines.append(
            table(
                ("Output", "Artifact type", "What it is"),
                ((code(each.name), each.type, prose(each.description)) for each in page.outputs),
            )
        )
    lines.append("It also takes [the keys of every component](every-component.md).\n")
    return "\n".join(lines)


def _common() -> Iterator[str]:
    yield "# Keys of every component\n"
    yield "Beside its `type` and its own keys, every component takes these.\n"
    yield from described(common_entries(), "##")
