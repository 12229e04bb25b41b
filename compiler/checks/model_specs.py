"""``model_specs`` that contradict the metrics or each other: M416."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.metrics import metrics_specs
from tfxc.compiler.checks.roles import gives
from tfxc.compiler.checks.thresholds import field, field_key, items
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import closest, did_you_mean, enumeration

MODEL_TYPES = (
    "tf_keras", "tf_generic", "tf_lite", "tf_js", "tfma_eval", "tf_estimator", "materialized_prediction",
)  # fmt: skip
"""``VALID_TF_MODEL_TYPES`` of ``tensorflow_model_analysis/constants.py``."""


def contradictory_models(pipeline: Pipeline) -> Iterator[Finding]:
    """M416: models, outputs and types of models that are not there, and a baseline without a candidate."""
    yield from over_variants(pipeline, lambda node: _of_node(node) if gives(node, "ModelBlessing") else ())


def _of_node(node: Node) -> Iterator[Finding]:
    base: Path = (*node.path, "eval_config")
    specs = [
        ((*base, *path), spec)
        for path, spec in items(node.values.get("eval_config"), "model_specs")
        if isinstance(spec, dict)
    ]
    for path, spec in specs:
        yield from _model_type(path, spec)
    if len(specs) == 1 and field(specs[0][1], "is_baseline") is True:
        path, spec = specs[0]
        yield Finding(
            "M416",
            f"the only model of `{node.id}` is said to be the baseline, so there is no candidate",
            (*path, field_key(spec, "is_baseline")),
            at_key=True,
            help=("take it out: TFX adds the baseline itself where there is a `baseline_model`",),
        )
    yield from _names(node, specs)
    yield from _outputs(node, specs)


def _model_type(path: Path, spec: Any) -> Iterator[Finding]:
    name = field(spec, "model_type")
    if isinstance(name, str) and name and name not in MODEL_TYPES and not is_templated(name):
        yield Finding(
            "M416",
            f"TFMA loads no models of the type `{name}`",
            (*path, field_key(spec, "model_type")),
            help=did_you_mean(name, MODEL_TYPES) or (f"there are {enumeration(MODEL_TYPES)}",),
            fix=closest(name, MODEL_TYPES),
        )


def _names(node: Node, specs: list[tuple[Path, Any]]) -> Iterator[Finding]:
    """With one model TFMA does not look at names, or knows it by those of TFX."""
    names = [field(spec, "name") for _, spec in specs]
    if len(names) < 2 or not all(isinstance(name, str) and not is_templated(name) for name in names):
        return
    for path, spec in metrics_specs(node):
        for inner, name in items(spec, "model_names"):
            if isinstance(name, str) and name not in names and not is_templated(name):
                yield Finding(
                    "M416",
                    f"`{node.id}` has no model `{name}`",
                    (*path, *inner),
                    related=tuple(Related(each, "a model is declared here", False) for each, _ in specs[:1]),
                    help=did_you_mean(name, names) or (f"there are {enumeration(names)}",),
                    fix=closest(name, names),
                )


def _outputs(node: Node, specs: list[tuple[Path, Any]]) -> Iterator[Finding]:
    """An output that metrics are asked for and whose label no model names."""
    labels = [field(spec, "label_keys") for _, spec in specs]
    if not labels or not all(isinstance(each, dict) and each for each in labels):
        return
    there = [name for each in labels for name in each if isinstance(name, str)]
    for path, spec in metrics_specs(node):
        for inner, name in items(spec, "output_names"):
            if isinstance(name, str) and name not in there and not is_templated(name):
                yield Finding(
                    "M416",
                    f"`label_keys` has no label for the output `{name}`",
                    (*path, *inner),
                    help=did_you_mean(name, there) or (f"it has labels for {enumeration(there)}",),
                    fix=closest(name, there),
                )
