"""What TFX's IR and ML Metadata call the nodes: G610."""

from __future__ import annotations

from collections.abc import Iterator

from tfxc.compiler.pipeline.binding import bound_values
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.compiler.pipeline.nodes import Node
from tfxc.schemas.diagnostics import Finding, Related

_KEY = "tfx_id"


def shared_names_in_tfx(pipeline: Pipeline) -> Iterator[Finding]:
    """G610: a ``tfx_id`` that another node has too, or is called by."""
    named = [(name, node) for node in pipeline.nodes.values() for name in _names(pipeline, node)]
    ids = {name: node for name, node in named if _KEY not in node.values}
    first: dict[str, Node] = {}
    told: set[str] = set()
    for name, node in named:
        other = ids.get(name) or first.get(name)
        first.setdefault(name, node)
        if node.values.get(_KEY) is None or other is None or node.id in told:
            continue
        told.add(node.id)
        path = (*node.path, _KEY)
        if other.id == node.id:
            message = f"each node that `{node.id}` stands for would be called `{name}` in TFX"
            axis = next(iter(node.matrix.axes), "AXIS") if node.matrix is not None else "AXIS"
            yield Finding(
                "G610", message, path, help=(f"put an axis into it: `{name}.{{{{ matrix.{axis} }}}}`",)
            )
            continue
        related = (*other.path, _KEY) if other.values.get(_KEY) is not None else other.path
        yield Finding(
            "G610",
            f"`{node.id}` and `{other.id}` would both be called `{name}` in TFX",
            path,
            related=(Related(related, f"`{other.id}` is called so here"),),
            help=("ML Metadata tells the nodes of a pipeline apart by their ids: give each its own",),
        )


def _names(pipeline: Pipeline, node: Node) -> Iterator[str]:
    """Yields what TFX would call the nodes that a component stands for."""
    written = pipeline.document["components"][node.id].get(_KEY)
    if node.matrix is None:
        yield written if isinstance(written, str) else node.id
        return
    for combination in node.matrix.combinations:
        bound = bound_values({_KEY: written}, node.path, combination)[_KEY]
        yield bound if isinstance(bound, str) else combination.node_id(node.id)
