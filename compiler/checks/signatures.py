"""Signatures that are named in a spec and that the model is not saved with: W784."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tfxc.compiler.checks.modules import training_modules
from tfxc.compiler.checks.thresholds import field, field_key, items
from tfxc.compiler.language.references import is_templated
from tfxc.compiler.language.selections import CHANNEL
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.compiler.python.saved_signatures import SavedSignatures, saved_signatures
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.words.suggest import closest, enumeration, only_closest

Named = tuple[Path, str, bool]
"""Where a signature is named, its name, and whether a function that is the model's attribute does, too."""

_OF_TFMA = frozenset({"whitespace_tokenization"})
"""``tensorflow_model_analysis.experimental.preprocessing_functions``: what a model need not have."""


def unknown_signatures(pipeline: Pipeline) -> Iterator[Finding]:
    """W784: a signature that an Evaluator, a BulkInferrer or an InfraValidator calls, and that the module of
    the Trainer does not save. Silent where the module does not say it literally."""
    trainers: dict[str, tuple[str, str, SavedSignatures | None]] = {}
    for consumer in pipeline.nodes.values():
        named = list(_named(consumer))
        match = CHANNEL.fullmatch(model) if isinstance(model := consumer.values.get("model"), str) else None
        if not named or match is None:
            continue
        if not trainers:
            trainers = _trainers(pipeline)
        key, text, saved = trainers.get(match.group(1), ("", "", None))
        for path, name, may_be_attribute in named if saved is not None else ():
            if saved is None or name in saved.names or not name or is_templated(name):
                continue
            if may_be_attribute and name in saved.defined | _OF_TFMA:
                continue
            there = sorted(saved.names)
            near = closest(name, [*there, *sorted(saved.defined)] if may_be_attribute else there)
            listed = f"it saves {enumeration(there)}"
            yield Finding(
                "W784",
                f"`{consumer.id}` calls the signature `{name}`, which `{text}` does not save its model with",
                path,
                related=(Related(("components", match.group(1), key), "the model is saved here", False),),
                help=(f"did you mean `{near}`?", listed) if near is not None else (listed,),
                fix=only_closest(name, there),
            )


def _trainers(pipeline: Pipeline) -> dict[str, tuple[str, str, SavedSignatures | None]]:
    """Returns for each node that trains by a module: the argument that names it, its name, what it saves."""
    found: dict[str, tuple[str, str, SavedSignatures | None]] = {}
    for node, key, text, source in training_modules(pipeline):
        if not pipeline.loaded.hides(source.path) and node.values.get("executor") is None:
            saved = saved_signatures(source, pipeline.reader.finder)
            found[node.id] = (key, text, None if node.id in found else saved)
    return found


def _named(node: Node) -> Iterator[Named]:
    values = node.values
    config = values.get("eval_config")
    for path, spec in items(config, "model_specs"):
        if field(spec, "is_baseline") is True or field(spec, "model_type") == "tfma_eval":
            continue
        base: Path = (*node.path, "eval_config", *path)
        yield from _one(spec, "signature_name", base, True)
        yield from _several(spec, "preprocessing_function_names", base, True)
    yield from _several(values.get("model_spec"), "model_signature_name", (*node.path, "model_spec"), False)
    for path, spec in items(values.get("output_example_spec"), "output_columns_spec"):
        yield from _one(spec, "signature_name", (*node.path, "output_example_spec", *path), False)
    request = values.get("request_spec")
    place: Path = (*node.path, "request_spec", field_key(request, "tensorflow_serving"))
    yield from _several(field(request, "tensorflow_serving"), "signature_names", place, False)


def _one(message: Any, key: str, path: Path, may_be_attribute: bool) -> Iterator[Named]:
    name = field(message, key)
    if isinstance(name, str):
        yield (*path, field_key(message, key)), name, may_be_attribute


def _several(message: Any, key: str, path: Path, may_be_attribute: bool) -> Iterator[Named]:
    for inner, name in items(message, key):
        if isinstance(name, str):
            yield (*path, *inner), name, may_be_attribute
