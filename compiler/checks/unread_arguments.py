"""Arguments that have no effect, because TFX's own executor does not read them: W786."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.components.markers import NotRead
from tfxc.schemas.diagnostics import Finding


def unread_arguments(pipeline: Pipeline) -> Iterator[Finding]:
    """W786: an argument that TFX records and no more. An executor of the user's may read it."""
    for node in pipeline.nodes.values():
        if node.model is None or node.values.get("executor") is not None:
            continue
        for key, marker in marked_keys(node.model, NotRead).items():
            if node.values.get(key) is not None:
                yield Finding(
                    "W786",
                    f"`{node.id}` does not read `{key}`: TFX records it, and nothing comes of it",
                    (*node.path, key),
                    help=(marker.instead,),
                )
