"""A project's values → the texts of its files."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import PurePosixPath
from typing import Any, Union

import jinja2

from tfxc.compiler.start.project import LARGE_DATA, Project
from tfxc.compiler.start.roles import Feature, Role
from tfxc.compiler.start.schema import schema_features
from tfxc.compiler.start.seen import column_rows, file_size
from tfxc.compiler.start.task import Task, plain_number
from tfxc.schemas.words.wording import shortened

WIDTH = 88
"""Columns of the Python that is written: what formatters use unless told otherwise."""
TEMPLATES = {
    "pipeline.yaml": "pipeline.yaml",
    "README.md": "README.md",
    ".gitignore": "gitignore",
    "schema/schema.pbtxt": "schema.pbtxt",
    "features/columns.py": "columns.py",
    "features/preprocessing.py": "preprocessing.py",
    "models/model.py": "model.py",
    "tests/test_pipeline.py": "test_pipeline.py",
}
EXAMPLE_GENS = {"TFRecord": "ImportExampleGen"}
PREDICTIONS = {
    Task.REGRESSION: "prediction",
    Task.BINARY: "probability",
    Task.MULTICLASS: "probabilities",
}
_OTHER_METRICS = {
    "MeanAbsoluteError": ["MeanSquaredError"],
    "BinaryAccuracy": ["AUC"],
    "AUC": ["BinaryAccuracy"],
    "SparseCategoricalAccuracy": [],
}
_GROUPS = {
    "NUMBERS": Role.NUMBER,
    "CATEGORIES": Role.CATEGORY,
    "HASHED": Role.HASHED,
    "TEXTS": Role.TEXT,
    "DATES": Role.DATE,
    "VECTORS": Role.VECTOR,
}
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_IN_SENTENCES = re.compile(r"[\w+-][\w .+-]{0,30}\Z")
"""Values that mean nothing to YAML, to Markdown or to the language of specs."""
_ESCAPED = {'"': '\\"', "\\": "\\\\"}
_NOT_TEXT = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def project_files(project: Project) -> dict[PurePosixPath, str]:
    """Returns the files of a project, without its data. The same project gives the same texts."""
    environment = _environment()
    values = _values(project)
    return {
        PurePosixPath(path): environment.get_template(f"{template}.jinja2").render(values)
        for path, template in TEMPLATES.items()
    }


def assigned(name: str, value: Union[str, Sequence[Any], Mapping[str, Any]]) -> str:
    """Returns a Python assignment as formatters write it: in one line, or an item in each."""
    line = f"{name} = {_literal(value)}"
    if isinstance(value, str) or len(line) <= WIDTH:
        return line
    if isinstance(value, Mapping):
        items = [f"    {_literal(key)}: {_literal(each)}," for key, each in value.items()]
        return "\n".join([f"{name} = {{", *items, "}"])
    return "\n".join([f"{name} = [", *(f"    {_literal(each)}," for each in value), "]"])


def imported(module: str, names: Sequence[str]) -> str:
    """Returns an import as formatters write it."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in names), ")"])


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("tfxc.compiler.start"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - what is written is YAML, Python and Markdown
    )
    environment.filters.update(
        yaml=lambda text: text if _is_plain(text) else _literal(text),
        proto=_proto_text,
        yaml_number=lambda number: repr(number) if "." in repr(number) else repr(number).replace("e", ".0e"),
        sentence=lambda text: text[:1].upper() + text[1:],
    )
    environment.globals.update(
        assigned=assigned,
        imported=imported,
        reference=lambda name: f'"{{{{ parameters.{name} }}}}"',
    )
    return environment


def _values(project: Project) -> dict[str, Any]:
    copy, label = project.copy, project.label
    groups = {name: _group(project.named(role)) for name, role in _GROUPS.items()}
    used = [name for name, group in groups.items() if group]
    dates = project.named(Role.DATE)
    classes: list[Any] = list(project.classes)
    if label.is_number:
        classes = [json.loads(value) if _is_json(value) else float(value) for value in classes]
    return {
        **{name.lower(): group for name, group in groups.items()},
        "name": project.name,
        "folder": project.folder,
        "what": _what(project),
        "source": shortened(copy.table.path.name),
        "task": project.task.value,
        "label": label.name,
        "label_is_text": not label.is_number,
        "classes": classes,
        "goal": project.goal,
        "beats": "a model that looks at no row" if project.goal.metric != "AUC" else "guessing by far",
        "must": _must(project),
        "prediction": PREDICTIONS[project.task],
        "other_metrics": _OTHER_METRICS[project.goal.metric],
        "output_words": {
            Task.REGRESSION: "a number",
            Task.BINARY: "the probability of the second class",
            Task.MULTICLASS: "a probability for each class",
        }[project.task],
        "example_gen": EXAMPLE_GENS.get(copy.table.format, "CsvExampleGen"),
        "slices": project.slices(),
        "batch_size": project.batch_size,
        "learning_rate": project.learning_rate,
        "train_steps": project.train_steps,
        "eval_steps": project.eval_steps,
        "backend": project.backend,
        "start_date": project.start_date.isoformat(),
        "features": schema_features(project),
        "feature_sum": _Code(_sum(groups, used)),
        "plain_inputs": _plain_inputs(bool(groups["NUMBERS"]), bool(dates)),
        "first_date": min((value for each in dates for value, _ in each.column.counts), default="")[:10],
        "preprocessing_names": _imports(project, used, for_model=False),
        "model_names": _imports(project, used, for_model=True),
        "data_file": copy.file_name,
        "data_size": file_size(project.data_size),
        "is_large": project.data_size > LARGE_DATA,
        "answer_keys": _literal_set([PREDICTIONS[project.task], *(["class"] if classes else [])]),
        "number_of_rows": f"{copy.rows:,}",
        "done": copy.done,
        "table": column_rows(project),
    }


class _Code(str):
    """Python that stands in an assignment as it is."""


def _group(features: Sequence[Feature]) -> Union[list[str], dict[str, int]]:
    if features and features[0].role is Role.HASHED:
        return {each.name: hash_buckets(each.column.distinct) for each in features}
    if features and features[0].role is Role.VECTOR:
        return {each.name: each.column.length for each in features}
    return [each.name for each in features]


def hash_buckets(distinct: int) -> int:
    """Returns how many numbers the values of a column share: half as many, a power of two, 2**12 at most."""
    return int(min(2 ** max(distinct // 2, 1).bit_length(), 4096))


def _sum(groups: Mapping[str, Any], used: Sequence[str]) -> str:
    if all(isinstance(groups[name], list) for name in used) and len(used) > 1:
        return " + ".join(used)
    if len(used) == 1 and isinstance(groups[used[0]], list):
        return used[0]
    return f"[{', '.join(f'*{name}' for name in used)}]"


def _plain_inputs(has_numbers: bool, has_dates: bool) -> str:
    numbers = "transformed(name) for name in NUMBERS"
    dates = 'f"{transformed(name)}_{part}" for name in DATES for part in DATE_PARTS'
    if has_numbers and has_dates:
        return f"[\n        *({numbers}),\n        *({dates}),\n    ]"
    return f"[{dates}]" if has_dates else f"({numbers})"


def _imports(project: Project, used: Sequence[str], for_model: bool) -> list[str]:
    names = {*used, "LABEL"}
    if "TEXTS" in used:
        names |= {"MOST_WORDS", "VOCABULARY_SIZE"}
    if "DATES" in used:
        names |= {"DATE_PARTS"} if for_model else {"DATE_PARTS", "FIRST_DATE"}
    if project.task is not Task.REGRESSION:
        names.add("CLASSES")
    if for_model:
        names.add("FEATURES")
        if project.task is not Task.REGRESSION and not project.label.is_number:
            names.add("LABEL")
    return [*sorted(names, key=str.lower), "transformed"]


def _what(project: Project) -> str:
    if project.task is Task.REGRESSION:
        return f"Estimate {project.label.name} from the other columns"
    if project.task is Task.BINARY:
        no, yes = project.classes
        if _IN_SENTENCES.match(no) and _IN_SENTENCES.match(yes):
            return f"Tell by the other columns whether {project.label.name} is {yes} or {no}"
        return f"Tell the two values of {project.label.name} apart by the other columns"
    return f"Tell {project.label.name}, one of {len(project.classes)} classes, by the other columns"


def _must(project: Project) -> str:
    goal = project.goal
    if goal.is_upper:
        return f"be off by no more than {plain_number(goal.bound)} on average"
    if goal.metric == "AUC":
        return f"have an AUC of at least {goal.bound:g}"
    return f"be right for at least {goal.bound:.0%} of them"


def _literal(value: Any) -> str:
    """Returns a value as Python and YAML both write it."""
    if isinstance(value, _Code):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(each)}" for key, each in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_literal, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _proto_text(text: str) -> str:
    """Returns a text as protobuf's text format has it."""
    escaped = (
        f"\\{ord(letter):03o}" if ord(letter) < 32 else _ESCAPED.get(letter, letter) for letter in text
    )
    return f'"{"".join(escaped)}"'


def _literal_set(values: Sequence[str]) -> str:
    return "{" + ", ".join(map(_literal, sorted(values))) + "}"


def _is_plain(text: str) -> bool:
    return _PLAIN.match(text) is not None and text.lower() not in _NOT_TEXT


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True
