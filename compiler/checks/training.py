"""Training that never ends: W780."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.checks.modules import training_modules
from tfxc.compiler.checks.thresholds import field
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.python.endless_training import FITTING, endless_fits
from tfxc.schemas.diagnostics import Finding

_ARGUMENTS = {"train_steps": "train_args", "eval_steps": "eval_args"}


def endless_training(pipeline: Pipeline) -> Iterator[Finding]:
    """W780: a ``fit`` over a dataset that repeats for ever, with no number of steps."""
    for node, key, text, source in training_modules(pipeline):
        if pipeline.loaded.hides(source.path):
            continue
        for fit in endless_fits(source, _unset(node)):
            keyword = fit.keyword
            if fit.steps:
                argument = _ARGUMENTS[fit.steps]
                help = f"write `{argument}: {{num_steps: 1000}}`, or another number"
            else:
                attribute = next(each[0] for each in FITTING if each[1] == keyword)
                argument = _ARGUMENTS[attribute]
                help = f"give `fit` the number, `{keyword}=fn_args.{attribute}`"
            place = argument if fit.steps and node.values.get(argument) is not None else key
            yield Finding(
                "W780",
                f"`{node.id}` would never end: `fit` in `{text}`, line {fit.line}, gets no `{keyword}`, and "
                "its dataset repeats for ever",
                (*node.path, place),
                help=(help, "or end the dataset: `TensorFlowDatasetOptions(…, num_epochs=1)`"),
            )


def _unset(node: Node) -> frozenset[str]:
    """Returns the numbers of steps that a component leaves out."""
    return frozenset(
        steps
        for steps, argument in _ARGUMENTS.items()
        if not isinstance(node.values.get(argument), str)
        and field(node.values.get(argument), "num_steps") in (None, 0)
    )
