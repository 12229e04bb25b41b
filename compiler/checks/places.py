"""Where a reference can stand, and where a value must be known before a run."""

from __future__ import annotations

from tfxc.compiler.models.markers import marker_of
from tfxc.compiler.pipeline.model import Pipeline
from tfxc.schemas.components.base import Component
from tfxc.schemas.components.markers import ChannelInput, KnownBeforeRun
from tfxc.schemas.diagnostics import Path

_RUN_TIME_POLICY = ("env", "beam_pipeline_args")
_FIXED_SECTIONS = ("version", "name", "tfx", "extends", "on_exit")


def why_no_reference(path: Path, pipeline: Pipeline) -> str | None:
    """Returns why the text at a path cannot hold references, or None if it can."""
    if path[0] in _FIXED_SECTIONS:
        return "it is known before a run"
    if path[0] != "components" or len(path) < 3:
        return None
    node, key = pipeline.nodes.get(str(path[1])), str(path[2])
    if key == "execution" and (len(path) < 4 or path[3] not in _RUN_TIME_POLICY):
        return "how a node is run is known before the run"
    interface = node.interface if node is not None else None
    if interface is not None and key in interface.inputs:
        return None if _is_query_filter(path) else ChannelInput.reason
    model = interface.model if interface is not None else None
    marker = marker_of(model or Component, key, KnownBeforeRun)
    return marker.reason if marker is not None else None


def _is_query_filter(path: Path) -> bool:
    """Whether a text is a value that a Resolver's query asks for: runs may ask for different ones."""
    from tfxc.schemas.components.nodes import QUERY_FILTERS

    return len(path) > 4 and path[3] in QUERY_FILTERS
