"""The shape of the document around its components: S1xx."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.checks.blame import blamed
from tfxc.compiler.checks.shape.samples import substitute
from tfxc.compiler.checks.shape.validation import model_errors
from tfxc.compiler.pipeline.model import Pipeline, is_shared
from tfxc.schemas.diagnostics import Finding, Path, Related
from tfxc.schemas.spec import METADATA_KINDS, Spec
from tfxc.schemas.words.suggest import enumeration
from tfxc.schemas.words.wording import both

_CHECKED_ELSEWHERE = ("environments", "extends")
_WITHOUT_REFERENCES = ("components", "backends", "parameters")


def document_shape(pipeline: Pipeline) -> Iterator[Finding]:
    """S1xx of everything but the insides of components."""
    document = {
        key: value
        for key, value in pipeline.document.items()
        if key not in _CHECKED_ELSEWHERE and value is not None and not is_shared(key)
    }
    with_references = {key: value for key, value in document.items() if key not in _WITHOUT_REFERENCES}
    texts: frozenset[Path] = frozenset(
        {("beam_pipeline_args",), ("execution", "env"), ("execution", "beam_pipeline_args")}
    )
    substituted = substitute(with_references, (), pipeline, texts)
    for error in model_errors(Spec, {**document, **substituted.value}, ()):
        yield from blamed(error, substituted, pipeline)


def two_caches(pipeline: Pipeline) -> Iterator[Finding]:
    """S109 of ``cache`` beside ``execution.cache``: one says it for all components."""
    execution = pipeline.document.get("execution")
    if pipeline.document.get("cache") is None or not isinstance(execution, dict):
        return
    if execution.get("cache") is not None:
        yield Finding(
            "S109",
            "`cache` is short for `execution.cache`, and both are given",
            ("execution", "cache"),
            at_key=True,
            related=(Related(("cache",), "and this one"),),
            help=("keep one of them",),
        )


def metadata_kinds(pipeline: Pipeline) -> Iterator[Finding]:
    """S109 and S110 of ``metadata``: exactly one of its kinds is given."""
    metadata = pipeline.document.get("metadata")
    if not isinstance(metadata, dict):
        return
    given = [key for key in METADATA_KINDS if metadata.get(key) is not None]
    if len(given) > 1:
        yield Finding(
            "S109",
            f"`metadata` can have only one of {enumeration(METADATA_KINDS)}, not {both(given)}",
            ("metadata", given[1]),
            at_key=True,
            related=(Related(("metadata", given[0]), "and this one"),),
            help=("keep one of them; in an environment, `null` takes a key away",),
        )
    elif not given and not any(key not in METADATA_KINDS for key in metadata):
        yield Finding(
            "S110", f"`metadata` needs one of {enumeration(METADATA_KINDS)}", ("metadata",), at_key=True
        )
