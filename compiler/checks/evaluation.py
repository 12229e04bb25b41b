"""Evaluators that cannot do what they are there for: W703, W704, W708, W713 and W715."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.compiler.checks.roles import chooses, givers
from tfxc.compiler.checks.thresholds import Threshold, field, items, thresholds
from tfxc.compiler.language.condition_terms import artifact_terms
from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.language.selections import CHANNEL
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.wording import number

INFINITY = float("inf")

_FRACTIONS = frozenset(
    {
        "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy",
        "TopKCategoricalAccuracy", "SparseTopKCategoricalAccuracy", "AUC", "AUCPrecisionRecall",
        "Precision", "Recall", "PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity",
        "SpecificityAtSensitivity", "BalancedAccuracy", "F1Score",
    }
)  # fmt: skip
_NOT_NEGATIVE = frozenset(
    {
        "ExampleCount", "WeightedExampleCount", "MeanSquaredError", "MeanAbsoluteError",
        "RootMeanSquaredError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError",
        "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy",
    }
)  # fmt: skip


def harmless_thresholds(pipeline: Pipeline) -> Iterator[Finding]:
    """W703: a threshold that every model meets."""
    for node in givers(pipeline, "ModelBlessing"):
        for threshold in thresholds(node):
            reason = _why_harmless(threshold)
            if reason is not None:
                metric = f" of {threshold.metric}" if threshold.metric is not None else ""
                yield Finding(
                    "W703",
                    f"this threshold{metric} can never fail: {reason}",
                    threshold.path,
                    at_key=True,
                    help=("set a bound that a bad model would miss",),
                )


def changes_without_baseline(pipeline: Pipeline) -> Iterator[Finding]:
    """W704: a change threshold of an Evaluator that has no baseline: TFX ignores it."""
    for node in givers(pipeline, "ModelBlessing"):
        if node.values.get("baseline_model") is not None:
            continue
        for threshold in thresholds(node):
            if threshold.kind == "change":
                yield Finding(
                    "W704",
                    f"`{node.id}` has no `baseline_model`, so this threshold is ignored",
                    threshold.path,
                    at_key=True,
                    related=(Related(node.path, "`baseline_model` is missing here"),),
                    help=("give it one, such as the `model` of a Resolver with LatestBlessedModelStrategy",),
                )


def blessings_never_given(pipeline: Pipeline) -> Iterator[Finding]:
    """W708: something waits for the blessing of an Evaluator that never gives one."""
    for node in givers(pipeline, "ModelBlessing"):
        if node.values.get("eval_config") is None:
            continue
        kinds = {threshold.kind for threshold in thresholds(node)}
        if "value" in kinds:
            continue
        related = (Related(node.path, "the Evaluator is declared here"),)
        for path in _uses_of_blessing(node.id, pipeline):
            if not kinds or node.values.get("baseline_model") is None:
                yield Finding(
                    "W708",
                    f"`{node.id}` has no thresholds{' that count' if kinds else ''}, so it blesses no model",
                    path,
                    related=related,
                    help=("give a metric a `threshold`, such as `value_threshold: {lower_bound: 0.8}`",),
                )
            elif _is_latest_blessed(node.values.get("baseline_model"), pipeline):
                yield Finding(
                    "W708",
                    f"`{node.id}` has only change thresholds, so without a baseline it blesses no model",
                    path,
                    related=related,
                    help=("give a metric a `value_threshold` too, for the first run to meet",),
                )


def compared_with_itself(pipeline: Pipeline) -> Iterator[Finding]:
    """W713: an Evaluator whose baseline is the model that it evaluates."""
    for node in givers(pipeline, "ModelBlessing"):
        model, baseline = node.values.get("model"), node.values.get("baseline_model")
        if isinstance(model, str) and model == baseline:
            yield Finding(
                "W713",
                f"`{node.id}` compares `{model}` with itself",
                (*node.path, "baseline_model"),
                related=(Related((*node.path, "model"), "the model is given here", False),),
                help=("a baseline is usually the `model` of a Resolver with LatestBlessedModelStrategy",),
            )


def slices_never_computed(pipeline: Pipeline) -> Iterator[Finding]:
    """W715: a threshold for a slice that no ``slicing_specs`` computes: no model is ever blessed."""
    for node in givers(pipeline, "ModelBlessing"):
        config = node.values.get("eval_config")
        computed = [spec for _, spec in items(config, "slicing_specs")] or [{}]
        if not all(isinstance(spec, dict) and field(spec, "slice_keys_sql") is None for spec in computed):
            continue
        columns = {_columns(spec) for spec in computed}
        named_slices = {path: spec for threshold in thresholds(node) for path, spec in threshold.slices}
        for path, spec in named_slices.items():
            wanted = _columns(spec)
            if field(spec, "slice_keys_sql") is None and None not in columns and wanted not in columns:
                named = ", ".join(sorted(wanted or ())) or "all examples"
                yield Finding(
                    "W715",
                    f"`{node.id}` computes no slices by {named}"
                    if wanted
                    else f"`{node.id}` does not compute {named}",
                    path,
                    help=(
                        "list it in `slicing_specs` too: a threshold that is not checked counts as failed",
                    ),
                )


def _columns(spec: Mapping[str, Any]) -> frozenset[str] | None:
    """The features that a slicing spec cuts by; None if that cannot be told."""
    keys, values = field(spec, "feature_keys") or [], field(spec, "feature_values") or {}
    if not isinstance(keys, list) or not isinstance(values, dict):
        return None
    names = [*keys, *values]
    if not all(isinstance(name, str) and "{{" not in name for name in names):
        return None
    return frozenset(names)


def _why_harmless(threshold: Threshold) -> str | None:
    values = threshold.values
    if threshold.kind == "change":
        absolute, relative = field(values, "absolute"), field(values, "relative")
        if absolute is None and relative is None:
            return "it has neither `absolute` nor `relative`"
        bound = _number(absolute)
        if relative is None and bound is not None and threshold.metric in _FRACTIONS:
            direction = field(values, "direction")
            if direction in ("HIGHER_IS_BETTER", 2) and bound <= -1:
                return "the metric cannot fall by more than 1"
            if direction in ("LOWER_IS_BETTER", 1) and bound >= 1:
                return "the metric cannot grow by more than 1"
        return None
    return _why_no_bound(threshold)


def _why_no_bound(threshold: Threshold) -> str | None:
    """Why a value threshold admits every value of its metric."""
    given = {name: field(threshold.values, name) for name in ("lower_bound", "upper_bound")}
    if all(value is None for value in given.values()):
        return "it has neither `lower_bound` nor `upper_bound`"
    bounds = {name: _number(value) for name, value in given.items() if value is not None}
    if any(bound is None for bound in bounds.values()):
        return None
    least, most = -INFINITY, INFINITY
    if threshold.metric in _FRACTIONS:
        least, most = 0.0, 1.0
    elif threshold.metric in _NOT_NEGATIVE:
        least = 0.0
    lower, upper = bounds.get("lower_bound", -INFINITY), bounds.get("upper_bound", INFINITY)
    if lower is None or upper is None or lower > least or upper < most:
        return None
    parts = []
    if "lower_bound" in bounds:
        parts.append(
            f"it is never below {number(least)}" if least > -INFINITY else "nothing is below -Infinity"
        )
    if "upper_bound" in bounds:
        parts.append(f"it is never above {number(most)}" if most < INFINITY else "nothing is above Infinity")
    return " and ".join(parts)


def _number(value: Any) -> float | None:
    """A bound as a number; None for a reference and whatever else is not known now."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(max(min(value, 1e300), -1e300)) if isinstance(value, int) else value
    return {"Infinity": INFINITY, "-Infinity": -INFINITY}.get(value) if isinstance(value, str) else None


def _uses_of_blessing(evaluator: str, pipeline: Pipeline) -> Iterator[Path]:
    """Where a component of TFX's own or a condition waits for an Evaluator's blessing."""
    for channel in pipeline.channels:
        is_blessing = (channel.node, channel.output, channel.input) == (
            evaluator,
            "blessing",
            "model_blessing",
        )
        consumer = pipeline.nodes[channel.consumer].interface
        if is_blessing and consumer is not None and consumer.kind == "standard":
            yield channel.path
    for name, condition in pipeline.conditions.items():
        if isinstance(condition, ConditionError):
            continue
        if any(
            (term.node, term.output, term.name) == (evaluator, "blessing", "blessed")
            for term in artifact_terms(condition)
        ):
            yield ("components", name, "when")


def _is_latest_blessed(channel: Any, pipeline: Pipeline) -> bool:
    match = CHANNEL.fullmatch(channel) if isinstance(channel, str) else None
    producer = pipeline.nodes.get(match.group(1)) if match is not None else None
    return (
        producer is not None
        and chooses(producer)
        and producer.values.get("strategy_class") == "LatestBlessedModelStrategy"
    )
