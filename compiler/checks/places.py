"""Where a reference can stand, and where a value must be known before a run."""

from __future__ import annotations

from tfxc.compiler.models.markers import marker_of
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.components.base import Component
from tfxc.schemas.components.markers import (
    ArtifactTypeName,
    ChannelInput,
    KnownBeforeRun,
    SwitchesOutputs,
)
from tfxc.schemas.diagnostics import Path

_RUN_TIME_POLICY = ("env", "beam_pipeline_args")
_POLICY = "how a node is run is known before the run"
_SAME_FOR_ALL_NODES = ("type", "matrix", "depends_on")
_FIXED_SECTIONS = ("version", "name", "tfx_name", "tfx", "extends", "on_exit")


def why_no_reference(path: Path, pipeline: Pipeline) -> str | None:
    """Returns why the text at a path cannot hold references, or None if it can."""
    if path[0] in _FIXED_SECTIONS:
        return "it is known before a run"
    if path[0] == "cache" or (path[0] == "execution" and (len(path) < 2 or path[1] not in _RUN_TIME_POLICY)):
        return _POLICY
    if path[0] != "components" or len(path) < 3:
        return None
    node, key = pipeline.nodes.get(str(path[1])), str(path[2])
    if key == "execution" and (len(path) < 4 or path[3] not in _RUN_TIME_POLICY):
        return _POLICY
    interface = node.interface if node is not None else None
    if interface is not None and key in interface.inputs:
        return None if _is_query_filter(path) else ChannelInput.reason
    model = interface.model if interface is not None else None
    marker = marker_of(model or Component, key, KnownBeforeRun)
    return marker.reason if marker is not None else None


def why_no_matrix_reference(path: Path, pipeline: Pipeline) -> str | None:
    """Returns why the text at a path of a component cannot hold ``{{ matrix.AXIS }}``, or None if it can:
    in nearly all of a component, since its values are known before a run."""
    key = str(path[2]) if len(path) > 2 else ""
    if key in _SAME_FOR_ALL_NODES:
        return "it is the same for all nodes of a component"
    node = pipeline.nodes.get(str(path[1]))
    interface = node.interface if node is not None else None
    if interface is None:
        return None
    if key in interface.inputs:
        if _is_query_filter(path):
            return None
        return "a channel names the component; the nodes of two matrices are matched by their values"
    for marker in (ArtifactTypeName, SwitchesOutputs):
        if interface.model is not None and marker_of(interface.model, key, marker) is not None:
            return "all nodes of a component have the same outputs"
    return None


def _is_query_filter(path: Path) -> bool:
    """Whether a text is a value that a Resolver's query asks for: runs may ask for different ones."""
    from tfxc.schemas.components.nodes import QUERY_FILTERS

    return len(path) > 4 and path[3] in QUERY_FILTERS
