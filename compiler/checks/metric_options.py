"""Options of ``metrics_specs`` that do not fit the metrics: M415."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.compiler.checks.metrics import AskedMetric, asked_metrics, metrics_specs
from tfxc.compiler.checks.roles import gives
from tfxc.compiler.checks.thresholds import field, field_key, items
from tfxc.compiler.checks.variants import over_variants
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import closest, did_you_mean, enumeration

_AVERAGES = ("macro_average", "weighted_macro_average")


def unfit_metric_options(pipeline: Pipeline) -> Iterator[Finding]:
    """M415: a ranking metric without its query, and classes, averages and weights that a metric cannot do."""
    yield from over_variants(pipeline, lambda node: _unfit(node) if gives(node, "ModelBlessing") else ())


def _unfit(node: Node) -> Iterator[Finding]:
    for path, spec in metrics_specs(node):
        yield from _averages(path, spec)
        yield from _outputs(path, spec)
    base: Path = (*node.path, "eval_config")
    models = [((*base, *path), spec) for path, spec in items(node.values.get("eval_config"), "model_specs")]
    for metric in asked_metrics(node):
        yield from _query(metric)
        yield from _refused(metric, models)


def _averages(path: Path, spec: Mapping[str, Any]) -> Iterator[Finding]:
    """TFMA averages over the classes that have a weight, so without any it has none to average over."""
    aggregate = field(spec, "aggregate")
    asked = next((each for each in _AVERAGES if field(aggregate, each) is True), None)
    if asked is None or field(aggregate, "class_weights") or field(aggregate, "top_k_list"):
        return
    yield Finding(
        "M415",
        f"`{asked}` needs `class_weights`: it averages over the classes that have one",
        (*path, field_key(spec, "aggregate"), field_key(aggregate, asked)),
        at_key=True,
        help=('give each class that takes part its weight: `class_weights: {"0": 1.0, "1": 1.0}`',),
    )


def _outputs(path: Path, spec: Mapping[str, Any]) -> Iterator[Finding]:
    weights, names = field(spec, "output_weights"), field(spec, "output_names") or [""]
    if not isinstance(weights, dict) or not isinstance(names, list) or not _are_known(names):
        return
    for name in weights:
        if name not in names and not is_templated(name):
            there = [each for each in names if each]
            yield Finding(
                "M415",
                f"`output_weights` weighs the output `{name}`, which `output_names` does not list",
                (*path, field_key(spec, "output_weights"), name),
                at_key=True,
                help=did_you_mean(name, there)
                or (f"it lists {enumeration(there)}" if there else "list it in `output_names`",),
                fix=closest(name, there),
            )


def _query(metric: AskedMetric) -> Iterator[Finding]:
    found = metric.known_class
    if found is not None and found.needs_query_key and not field(metric.spec, "query_key"):
        yield Finding(
            "M415",
            f"the metric `{found.name}` compares the examples of a query, and there is no `query_key`",
            metric.class_path,
            related=(Related(metric.spec_path, "`query_key` is missing here", False),),
            help=("name the feature that tells which query an example is of: `query_key: …`",),
        )


def _refused(metric: AskedMetric, models: list[tuple[Path, Any]]) -> Iterator[Finding]:
    found = metric.known_class
    if found is None:
        return
    for option, path, words in _asked_options(metric, models):
        if option in found.refuses:
            yield Finding(
                "M415",
                f"the metric `{found.name}` cannot {words}",
                metric.class_path,
                related=(Related(path, "as is asked for here"),),
                help=(
                    "ask for it in another item of `metrics_specs`, with "
                    + (
                        "`example_weights: {unweighted: true}`"
                        if "weigh examples" in words
                        else "no such option"
                    ),
                ),
            )
            return


def _asked_options(metric: AskedMetric, models: list[tuple[Path, Any]]) -> Iterator[tuple[str, Path, str]]:
    spec, path = metric.spec, metric.spec_path
    binarize, aggregate = field(spec, "binarize"), field(spec, "aggregate")
    if field(field(binarize, "class_ids"), "values"):
        yield "binarize", (*path, field_key(spec, "binarize")), "be computed for single classes"
    inside: Path = (*path, field_key(spec, "aggregate"))
    if field(aggregate, "micro_average") is True:
        where = (*inside, field_key(aggregate, "micro_average"))
        yield "micro_average", where, "be pooled over classes"
        if field(aggregate, "class_weights"):
            yield "class_weights", (*inside, field_key(aggregate, "class_weights")), "weigh classes"
    for each in _AVERAGES:
        if field(aggregate, each) is True and field(aggregate, "class_weights"):
            yield "macro_average", (*inside, field_key(aggregate, each)), "be averaged over classes"
    weights = field(spec, "example_weights")
    if field(weights, "weighted") is True:
        yield "example_weights", (*path, field_key(spec, "example_weights")), "weigh examples"
    for where, model in models if weights is None else ():
        if isinstance(field(model, "example_weight_key"), str):
            key = (*where, field_key(model, "example_weight_key"))
            yield "example_weights", key, "weigh examples, as `example_weight_key` asks of all metrics"


def _are_known(names: list[Any]) -> bool:
    return all(isinstance(name, str) and not is_templated(name) for name in names)
