"""Metrics that an Evaluator cannot make: M413 for their classes, M414 for what these are given."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.metrics import AskedMetric, asked_metrics, has_own_code
from tfxc.compiler.checks.roles import gives
from tfxc.compiler.checks.thresholds import field
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.metric_classes import MetricArgument, MetricClass, class_of_function, metric_classes
from tfxc.schemas.words.suggest import closest, did_you_mean, edit_distance, enumeration
from tfxc.schemas.words.wording import joined, what_it_is

_IN_A_PACKAGE_OF_ITS_OWN = {
    "FairnessIndicators": "the package fairness-indicators has it, which TFX does not load: name its `module`"
}
_KIND_WORDS = (
    ("bool", "true or false"), ("int", "a whole number"), ("float", "a number"), ("str", "a text"),
    ("list", "a list"), ("dict", "a mapping"),
)  # fmt: skip


def unknown_metrics(pipeline: Pipeline) -> Iterator[Finding]:
    """M413: a metric class that neither TFMA nor Keras has, without the module that has it."""
    yield from over_variants(pipeline, lambda node: _unknown(node) if gives(node, "ModelBlessing") else ())


def mistaken_metrics(pipeline: Pipeline) -> Iterator[Finding]:
    """M414: arguments that a metric class does not take or lacks, and values that they cannot have."""
    yield from over_variants(pipeline, lambda node: _mistaken(node) if gives(node, "ModelBlessing") else ())


def _unknown(node: Node) -> Iterator[Finding]:
    if has_own_code(node):
        return
    for metric in asked_metrics(node):
        name = metric.class_name
        if name is None or name in metric_classes() or field(metric.message, "module") not in (None, ""):
            continue
        if ">" in name:
            continue  # as Keras registers classes of users: package>Name
        meant = _meant(name)
        own = "a class of your own needs its `module`"
        yield Finding(
            "M413",
            f"neither TFMA nor Keras has a metric class `{name}`",
            metric.class_path,
            help=(
                (f"did you mean `{meant}`?", own)
                if meant is not None
                else (_IN_A_PACKAGE_OF_ITS_OWN.get(name, own),)
            ),
            fix=meant,
        )


def _meant(name: str) -> str | None:
    """The class that a name surely stands for: far ones are likelier classes of the user's."""
    found = class_of_function(name) or closest(name, metric_classes())
    if found is None or class_of_function(name) is not None:
        return found
    plain, other = (each.lower().replace("_", "") for each in (name, found))
    return found if plain == other or edit_distance(plain, other, 3) is not None else None


def _mistaken(node: Node) -> Iterator[Finding]:
    for metric in asked_metrics(node):
        found, config = metric.known_class, metric.config
        if found is None or config is None:
            continue
        for key, value in config.items():
            if is_templated(key):
                continue
            argument = found.arguments.get(key)
            if argument is None:
                yield from _unknown_argument(metric, found, key)
            else:
                yield from _wrong_value(metric, found, key, value, argument)
        missing = [key for key in found.required if config.get(key) is None]
        near = {closest(key, found.arguments) for key in config if key not in found.arguments}
        for key in missing:
            if key not in near:
                is_given = field(metric.message, "config") not in (None, "")
                yield Finding(
                    "M414",
                    f"the metric `{found.name}` needs the argument `{key}`",
                    metric.config_path if is_given else metric.class_path,
                    at_key=is_given,
                    help=(f"give it as `config: {{{key}: {_example(found.arguments[key])}}}`",),
                )


def _unknown_argument(metric: AskedMetric, found: MetricClass, key: str) -> Iterator[Finding]:
    near = closest(key, found.arguments)
    if found.takes_others and near is None:
        return
    path, at_key, part = _place(metric, key)
    yield Finding(
        "M414",
        f"the metric `{found.name}` has no argument `{key}`",
        path,
        at_key=at_key,
        part=part,
        help=did_you_mean(key, found.arguments) or (f"it has {enumeration(list(found.arguments))}",),
        fix=_quoted(near, part) if near is not None and (at_key or part is not None) else None,
    )


def _wrong_value(
    metric: AskedMetric, found: MetricClass, key: str, value: Any, argument: MetricArgument
) -> Iterator[Finding]:
    if isinstance(value, str) and is_templated(value):
        return
    path, _, part = _place(metric, key)
    if argument.kinds and not _fits(value, argument.kinds):
        words = joined([word for kind, word in _KIND_WORDS if _is_said(kind, argument.kinds)])
        yield Finding(
            "M414",
            f"`{key}` of the metric `{found.name}` must be {words}, but it is {what_it_is(value)}",
            path,
            part=part,
        )
    elif argument.values and isinstance(value, str) and not _is_one_of(value, argument.values):
        near = closest(value, argument.values)
        yield Finding(
            "M414",
            f"`{key}` of the metric `{found.name}` cannot be `{value}`",
            path,
            part=part,
            help=(f"it can be {joined([f'`{each}`' for each in argument.values])}",),
            fix=near if part is None else None,
        )


def _fits(value: Any, kinds: frozenset[str]) -> bool:
    if value is None:
        return "null" in kinds
    if isinstance(value, bool):
        return "bool" in kinds
    if isinstance(value, (int, float)):
        is_whole = isinstance(value, int) or value.is_integer()
        return "float" in kinds or (is_whole and "int" in kinds) or (value in (0, 1) and "bool" in kinds)
    kind = "str" if isinstance(value, str) else "list" if isinstance(value, list) else "dict"
    return kind in kinds


def _is_said(kind: str, kinds: frozenset[str]) -> bool:
    return kind in kinds and not (kind == "int" and "float" in kinds)


def _is_one_of(value: str, values: tuple[str, ...]) -> bool:
    return value == "" or value.casefold() in {each.casefold() for each in values}


def _place(metric: AskedMetric, key: str) -> tuple[Path, bool, tuple[int, int] | None]:
    """Where an argument is given: its key, or in JSON text the characters of its quoted name."""
    text = field(metric.message, "config")
    if not isinstance(text, str):
        return (*metric.config_path, key), True, None
    quoted = json.dumps(key, ensure_ascii=False)
    start = text.find(quoted)
    return metric.config_path, False, (start, start + len(quoted)) if start >= 0 else None


def _quoted(name: str, part: tuple[int, int] | None) -> str:
    return name if part is None else json.dumps(name)


def _example(argument: MetricArgument) -> str:
    if "list" in argument.kinds and "float" not in argument.kinds:
        return "[0.5]"
    examples = {"float": "0.5", "int": "1", "str": "…", "bool": "true"}
    return next((text for kind, text in examples.items() if kind in argument.kinds), "…")
