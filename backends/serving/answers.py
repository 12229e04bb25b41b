"""Answers as text: a table, JSON lines, CSV; and the signature that was asked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from tfxc.schemas.failures import WrongUse

_LOOKED_AT = 256
"""rows that the widths of a table are found from"""
Answer = Mapping[str, Any]


def lines_of(answers: Iterator[Answer], layout: str) -> Iterator[str]:
    """Yields the lines of answers in a layout: text, jsonl or csv. Raises WrongUse for another."""
    layouts: dict[str, Callable[[Iterator[Answer]], Iterator[str]]] = {
        "text": _table,
        "jsonl": _json_lines,
        "csv": _csv,
    }
    if layout not in layouts:
        raise WrongUse(f"--output-format {layout}: there are {', '.join(layouts)}.")
    return layouts[layout](answers)


def _json_lines(answers: Iterator[Answer]) -> Iterator[str]:
    for answer in answers:
        yield json.dumps(answer, ensure_ascii=False) + "\n"


def _csv(answers: Iterator[Answer]) -> Iterator[str]:
    for number, answer in enumerate(answers):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if number == 0:
            writer.writerow(answer)
        writer.writerow([_cell(value) for value in answer.values()])
        yield text.getvalue()


def _table(answers: Iterator[Answer]) -> Iterator[str]:
    first = [_shown(answer) for answer in islice(answers, _LOOKED_AT)]
    if not first:
        return
    names = list(first[0])
    widths = {name: max(len(name), *(len(row[name]) for row in first)) for name in names}
    yield _line(dict(zip(names, names, strict=True)), widths)
    yield _line({name: "-" * widths[name] for name in names}, widths)
    for row in chain(first, map(_shown, answers)):
        yield _line(row, widths)


def _line(row: Mapping[str, str], widths: Mapping[str, int]) -> str:
    return "  ".join(text.ljust(widths[name]) for name, text in row.items()).rstrip() + "\n"


def _shown(answer: Answer) -> dict[str, str]:
    return {name: _short(_single(value)) for name, value in answer.items()}


def _short(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    if isinstance(value, float):
        return f"{value:.4g}"
    text = value if isinstance(value, str) else json.dumps(value)
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def _cell(value: Any) -> str:
    value = _single(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _single(value: Any) -> Any:
    """Returns what a list of one holds: many models give a label as one."""
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value


def explained(asked: Mapping[str, Any]) -> str:
    """Returns a signature in words: `Asked` as JSON."""
    takes = "serialised tf.Examples with these features" if asked["takes_examples"] else "these inputs"
    lines = [f"model      {asked['folder']}", f"signature  {asked['signature']} ({asked['method']})", ""]
    lines += [f"takes {takes}:", *_columns(asked["inputs"]), "", "gives:", *_columns(asked["outputs"])]
    return "\n".join(lines) + "\n"


def _columns(columns: list[Mapping[str, Any]]) -> list[str]:
    width = max((len(column["name"]) for column in columns), default=0)
    return [f"  {each['name'].ljust(width)}  {each['type']}{_shape(each['shape'])}" for each in columns]


def _shape(shape: Any) -> str:
    if shape is None:
        return " of any shape"
    return "".join(f"[{'any' if size < 0 else size}]" for size in shape)
