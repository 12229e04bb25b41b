"""Pipelines that surely do not mean what they say: W702, W705, W706, W709, W710, W714 and W717."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.roles import chooses, givers, gives
from tfxc.compiler.checks.thresholds import field, field_key
from tfxc.compiler.language.condition_terms import artifact_terms
from tfxc.compiler.language.condition_tokens import ConditionError
from tfxc.compiler.language.selections import CHANNEL
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.components.base import Component
from tfxc.schemas.diagnostics import Finding, Path, Related


def unguarded_pushers(pipeline: Pipeline) -> Iterator[Finding]:
    """W702: a Pusher without a blessing and without a condition, of a model that this pipeline makes."""
    for node in givers(pipeline, "PushedModel"):
        if any(node.values.get(key) is not None for key in ("model_blessing", "infra_blessing", "when")):
            continue
        source = _producer(node, "model", pipeline)
        if source is None or source.interface is None or source.interface.kind in ("resolver", "importer"):
            continue
        blessings = [
            f"{judge.id}.{output}"
            for blessing in ("ModelBlessing", "InfraBlessing")
            for judge in givers(pipeline, blessing)
            for output, type_ in (judge.interface.outputs.items() if judge.interface is not None else ())
            if type_ == blessing
        ]
        help_line = "add an Evaluator and give its `blessing` as `model_blessing`"
        if blessings:
            help_line = f"write `model_blessing: {blessings[0]}`"
        yield Finding(
            "W702",
            f"`{node.id}` pushes every model, however bad it is",
            node.path,
            at_key=True,
            help=(help_line,),
        )


def unused_outputs(pipeline: Pipeline) -> Iterator[Finding]:
    """W705: a Resolver that nobody reads from, and a Transform beside a Trainer that reads raw examples."""
    used = {channel.node for channel in pipeline.channels}
    used |= {reference.channel[0] for _, reference in pipeline.artifact_values if reference.channel}
    for condition in pipeline.conditions.values():
        if not isinstance(condition, ConditionError):
            used.update(term.node for term in artifact_terms(condition))
    trainers = list(givers(pipeline, "Model"))
    for node in pipeline.nodes.values():
        if node.id in used or node.interface is None or node.id == pipeline.document.get("on_exit"):
            continue
        if chooses(node):
            yield Finding(
                "W705",
                f"nobody uses what `{node.id}` finds",
                node.path,
                at_key=True,
                help=("give its outputs to a component, or take it out",),
            )
        elif gives(node, "TransformGraph") and trainers:
            first = trainers[0]
            yield Finding(
                "W705",
                f"nobody uses the features that `{node.id}` makes",
                node.path,
                at_key=True,
                related=(Related((*first.path, "examples"), f"`{first.id}` trains on these", False),),
                help=(f"let `{first.id}` take `examples: {node.id}.transformed_examples`",),
            )


def shared_destinations(pipeline: Pipeline) -> Iterator[Finding]:
    """W706: components that push different models to one place, with nothing that decides between them."""
    seen: dict[tuple[str, str], tuple[Node, Path]] = {}
    for node in givers(pipeline, "PushedModel"):
        model = node.model
        if model is None or not model.destination or node.values.get("when") is not None:
            continue
        found = [_value_at(node, keys, model) for keys in model.destination]
        place = json.dumps([value for value, _ in found], sort_keys=True, default=str)
        path = found[0][1]
        if any(value in (None, "") for value, _ in found):
            continue
        if node.matrix is not None and len(node.matrix.combinations) > 1:
            yield from _shared_with_itself(pipeline, node, model, place, path)
        first = seen.setdefault((model.class_path, place), (node, path))
        if first[0] is not node:
            yield Finding(
                "W706",
                f"`{node.id}` and `{first[0].id}` push to the same {model.destination_words}",
                path,
                related=(Related(first[1], f"`{first[0].id}` pushes here", False),),
                help=("give each its own: what is served would be whichever came last",),
            )


def _shared_with_itself(
    pipeline: Pipeline, node: Node, model: type[Component], place: str, path: Path
) -> Iterator[Finding]:
    """W706 for the nodes of one component."""
    for variant in pipeline.variants(node)[1:]:
        values = [_value_at(variant, keys, model)[0] for keys in model.destination]
        if json.dumps(values, sort_keys=True, default=str) != place:
            return
    yield Finding(
        "W706",
        f"the nodes of `{node.id}` push to the same {model.destination_words}",
        path,
        help=("give each its own, with `{{ matrix.AXIS }}`, or push the best one: `type: BestModel`",),
    )


def _value_at(node: Node, keys: tuple[str, ...], model: type[Component]) -> tuple[Any, Path]:
    """Returns a value of a component, or its default, and where it is; a folder without its last slash."""
    value: Any = node.values
    path: Path = node.path
    for key in keys:
        path = (*path, field_key(value, key))
        value = field(value, key)
    if value is None and len(keys) == 1:
        return model.model_fields[keys[0]].default, path
    return value.rstrip("/") if isinstance(value, str) else value, path


def foreign_blessings(pipeline: Pipeline) -> Iterator[Finding]:
    """W709: a Pusher that pushes one model because another one was blessed."""
    for node in givers(pipeline, "PushedModel"):
        evaluator = _producer(node, "model_blessing", pipeline)
        if evaluator is None or not gives(evaluator, "ModelBlessing"):
            continue
        pushed, judged = _producer(node, "model", pipeline), _producer(evaluator, "model", pipeline)
        if pushed is None or judged is None or pushed.id == judged.id:
            continue
        if pushed.id in _ancestors(judged.id, pipeline) or judged.id in _ancestors(pushed.id, pipeline):
            continue
        yield Finding(
            "W709",
            f"`{node.id}` pushes the model of `{pushed.id}` by the blessing of that of `{judged.id}`",
            (*node.path, "model_blessing"),
            related=(
                Related((*node.path, "model"), f"it pushes the model of `{pushed.id}`", False),
                Related((*evaluator.path, "model"), f"`{evaluator.id}` judges that of `{judged.id}`", False),
            ),
            help=("evaluate the model that is pushed",),
        )


def mixed_transforms(pipeline: Pipeline) -> Iterator[Finding]:
    """W710: a Trainer with the examples of one Transform and the graph of another."""
    for node in givers(pipeline, "Model"):
        examples, graph = _producer(node, "examples", pipeline), _producer(node, "transform_graph", pipeline)
        if examples is None or graph is None or examples.id == graph.id:
            continue
        if gives(examples, "TransformGraph") and gives(graph, "TransformGraph"):
            yield Finding(
                "W710",
                f"`{node.id}` takes features of `{examples.id}`, but the graph of `{graph.id}`",
                (*node.path, "transform_graph"),
                related=(Related((*node.path, "examples"), f"these are features of `{examples.id}`", False),),
                help=(f"write `transform_graph: {examples.id}.transform_graph`",),
            )


def schemas_of_the_same_data(pipeline: Pipeline) -> Iterator[Finding]:
    """W717: data that are validated against a schema which is inferred from the very same statistics.

    A SchemaGen that leaves splits out lets the others be validated, and checks of one's own find what
    they are made for.
    """
    for node in givers(pipeline, "ExampleAnomalies"):
        maker, statistics = _producer(node, "schema", pipeline), node.values.get("statistics")
        if maker is None or not isinstance(statistics, str) or not gives(maker, "Schema"):
            continue
        if maker.values.get("statistics") != statistics or maker.values.get("exclude_splits"):
            continue
        if node.values.get("custom_validation_config") is None:
            yield Finding(
                "W717",
                f"`{node.id}` can find nothing: its schema is inferred from the statistics that it validates",
                (*node.path, "schema"),
                related=(Related(maker.path, f"`{maker.id}` infers the schema in each run anew", True),),
                help=("run the pipeline once, and keep its schema: `tfxc freeze` does, and edits the spec",),
            )


def _producer(node: Node, key: str, pipeline: Pipeline) -> Node | None:
    """The component that gives one input of another, if it is just one and it is there."""
    value = node.values.get(key)
    match = CHANNEL.fullmatch(value) if isinstance(value, str) else None
    return pipeline.nodes.get(match.group(1)) if match is not None else None


def _ancestors(node: str, pipeline: Pipeline) -> set[str]:
    """The nodes upstream of one, at any distance."""
    seen: set[str] = set()
    pending = [node]
    while pending:
        for producer in pipeline.upstream.get(pending.pop(), ()):
            if producer not in seen:
                seen.add(producer)
                pending.append(producer)
    return seen
