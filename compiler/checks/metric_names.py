"""Metrics and slices that somebody waits for and no Evaluator computes: W775 and W776."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfxc.compiler.checks.metrics import computed_names, computes_those_of_the_model, metrics_specs
from tfxc.compiler.checks.roles import gives
from tfxc.compiler.checks.thresholds import field, field_key, items
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.language.condition_terms import artifact_terms
from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.choices import METRIC
from tfxc.schemas.components.base import Component
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import closest, edit_distance, enumeration

_BY_NAME = ("thresholds", "per_slice_thresholds", "cross_slice_thresholds")
OVERALL = "Overall"
"""How TFMA calls the slice of all examples."""
_SUB_KEY = re.compile(r"(@(class_id|k|top_k):\d+| \(change\))+$")


@dataclass(frozen=True)
class _Use:
    """A metric of an Evaluator that somebody reads: its name, and the slice (None: not known now)."""

    evaluator: Node
    name: str | None
    slice: str | None
    path: Path
    part: tuple[int, int] | None = None
    slice_path: Path = ()


def metrics_never_computed(pipeline: Pipeline) -> Iterator[Finding]:
    """W775: a threshold, a condition or a choice by a metric that the Evaluator is not asked for.

    While the metrics that a model was saved with are computed as well, only names that are nearly those of a
    metric that is asked for are told: the others may be the model's.
    """
    yield from over_variants(pipeline, _named_thresholds)
    for use in _uses(pipeline):
        meant = _not_computed(use.evaluator, use.name) if use.name is not None else None
        if use.name is not None and meant is not None:
            yield _finding(use.evaluator, use.name, use.path, use.part, meant, at_key=False)


def slices_nobody_computes(pipeline: Pipeline) -> Iterator[Finding]:
    """W776: a condition about, or a choice by, a slice that no ``slicing_specs`` computes."""
    for use in _uses(pipeline):
        computed = _slices(use.evaluator) if use.slice is not None else None
        if use.slice is None or computed is None or any(_is_in(use.slice, each) for each in computed):
            continue
        is_all = use.slice == OVERALL
        what = "all examples together" if is_all else f"the slice `{use.slice}`"
        yield Finding(
            "W776",
            f"`{use.evaluator.id}` does not compute metrics of {what}",
            use.slice_path or use.path,
            part=use.part,
            related=(Related((*use.evaluator.path, "eval_config"), "as `slicing_specs` says here"),),
            help=("list `{}` in `slicing_specs`, or say which slice is meant",)
            if is_all
            else ("list it in `slicing_specs`",),
        )


def _uses(pipeline: Pipeline) -> Iterator[_Use]:
    for name, condition in pipeline.conditions.items():
        for term in () if isinstance(condition, ConditionError) else artifact_terms(condition):
            evaluator = pipeline.nodes.get(term.node)
            if term.field == METRIC and evaluator is not None and _is_plain(evaluator):
                asked = dict(term.arguments).get("slice", OVERALL)
                yield _Use(
                    evaluator,
                    term.name if isinstance(term.name, str) else None,
                    asked if isinstance(asked, str) else None,
                    ("components", name, "when"),
                    (term.field_start, term.end),
                )
    for channel in pipeline.channels:
        node, evaluator = pipeline.nodes[channel.consumer], pipeline.nodes.get(channel.node or "")
        model = node.model
        if evaluator is None or model is None or not _chooses_by_metric(model, channel.input):
            continue
        if gives(evaluator, "ModelBlessing"):
            by, chosen = node.values.get("metric"), node.values.get("slice")
            yield _Use(
                evaluator,
                by if isinstance(by, str) and not is_templated(by) else None,
                _slice_text(chosen),
                (*node.path, "metric"),
                None,
                (*node.path, "slice") if chosen is not None else (),
            )


def _chooses_by_metric(model: type[Component], key: str) -> bool:
    """Whether an input of a component are evaluations by whose metric it chooses."""
    return key == "evaluations" and {"metric", "slice"} <= set(model.model_fields)


def _slice_text(chosen: Any) -> str | None:
    if chosen is None:
        return OVERALL
    if not isinstance(chosen, dict) or not all(isinstance(each, str) for each in chosen.values()):
        return None
    text = ", ".join(f"{key}:{value}" for key, value in chosen.items())
    return None if is_templated(text) else text


def _is_plain(node: Node) -> bool:
    return node.matrix is None and gives(node, "ModelBlessing")


def _named_thresholds(node: Node) -> Iterator[Finding]:
    if not gives(node, "ModelBlessing"):
        return
    for path, spec in metrics_specs(node):
        for key in _BY_NAME:
            named = field(spec, key)
            for name in named if isinstance(named, dict) else ():
                meant = None if is_templated(name) else _not_computed(node, name)
                if meant is not None:
                    yield _finding(node, name, (*path, field_key(spec, key), name), None, meant)


def _finding(
    node: Node, name: str, path: Path, part: tuple[int, int] | None, meant: str, at_key: bool = True
) -> Finding:
    there = sorted(computed_names(node) or ())
    listed = f"it is asked for {enumeration(there)}" if there else "it is asked for no metrics"
    return Finding(
        "W775",
        f"`{node.id}` is not asked for a metric `{name}`",
        path,
        at_key=at_key,
        part=part,
        help=(f"did you mean `{meant}`?", listed) if meant else (listed,),
        fix=meant if meant and part is None else None,
    )


def _not_computed(node: Node, name: str) -> str | None:
    """Returns what is meant in the place of a metric that is surely not computed, empty if none is like it;
    None if it is or may be computed."""
    names = computed_names(node)
    plain = _SUB_KEY.sub("", name)
    if names is None or plain in names or plain.rpartition(".")[2] in names:
        return None
    near = closest(plain, names)
    if near is not None and not computes_those_of_the_model(node):
        return near
    if near is not None and edit_distance(plain.lower(), near.lower(), 2) is not None:
        return near
    return None if computes_those_of_the_model(node) else ""


def _slices(node: Node) -> list[Mapping[str, Any]] | None:
    """Returns the ``slicing_specs`` of an Evaluator; None where it cannot be told what they compute."""
    config = node.values.get("eval_config")
    if not isinstance(config, dict):
        return None
    specs = [spec for _, spec in items(config, "slicing_specs")] or [{}]
    for spec in specs:
        if not isinstance(spec, dict) or field(spec, "slice_keys_sql") is not None:
            return None
        keys, values = field(spec, "feature_keys") or [], field(spec, "feature_values") or {}
        if not isinstance(keys, list) or not isinstance(values, dict):
            return None
        texts = [*keys, *values, *values.values()]
        if not all(isinstance(each, str) and not is_templated(each) for each in texts):
            return None
    return specs


def _is_in(asked: str, spec: Mapping[str, Any]) -> bool:
    """Whether ``feature:value, …`` is one of the slices of a spec. A value may hold commas and colons."""
    keys, values = field(spec, "feature_keys") or [], field(spec, "feature_values") or {}
    features = {*keys, *values}
    if asked == OVERALL:
        return not features
    parts = [each.strip() for each in asked.split(",")]
    if not all(each.count(":") == 1 for each in parts):
        return bool(features)  # a value of which it cannot be told where it ends
    given = dict(each.split(":") for each in parts)
    return set(given) == features and all(given[key] == value for key, value in values.items())
