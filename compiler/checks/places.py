"""Where a reference can stand, and where a value must be known before a run."""

from __future__ import annotations

from tfxc.compiler.models.markers import marked_keys
from tfxc.compiler.pipeline.model import Node, Pipeline
from tfxc.schemas.components.base import ArtifactTypeName, ModuleFile, UserFunction
from tfxc.schemas.diagnostics import Path

KNOWN_BEFORE_A_RUN = frozenset(
    {
        "type",
        "depends_on",
        "strategy_class",
        "output_key",
        "module_path",
        "materialize",
        "disable_statistics",
        "disable_analyzer_cache",
    }
)
"""Arguments that decide which nodes, outputs and modules a pipeline has."""
_RUN_TIME_POLICY = ("env", "beam_pipeline_args")
_FIXED_SECTIONS = ("version", "name", "extends", "on_exit")


def why_no_reference(path: Path, pipeline: Pipeline) -> str | None:
    """Returns why the text at a path cannot hold references, or None if it can."""
    if path[0] in _FIXED_SECTIONS:
        return "it is known before a run"
    if path[0] != "components" or len(path) < 3:
        return None
    node, key = pipeline.nodes.get(str(path[1])), path[2]
    if key == "execution" and (len(path) < 4 or path[3] not in _RUN_TIME_POLICY):
        return "how a node is run is known before the run"
    if key in KNOWN_BEFORE_A_RUN:
        return "it decides what the pipeline consists of"
    if node is None or node.interface is None:
        return None
    if key in node.interface.inputs:
        return "channels are known before a run"
    return _marked_reason(node, str(key))


def _marked_reason(node: Node, key: str) -> str | None:
    model = node.interface.model if node.interface is not None else None
    if model is None:
        return None
    if key in marked_keys(model, ModuleFile) or key in marked_keys(model, UserFunction):
        return "code is known before a run"
    if key in marked_keys(model, ArtifactTypeName):
        return "artifact types are known before a run"
    return None
