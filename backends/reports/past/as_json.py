"""Past runs as JSON: within a ``format``, fields are added, never renamed or removed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tfxc.backends.metadata.values import Artifact, NodeRun, Run
from tfxc.backends.reports.past.overview import Overview


def to_json(content: Mapping[str, Any]) -> str:
    """Returns a document as indented JSON with a final newline."""
    return json.dumps(content, indent=2, ensure_ascii=False, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def overview_json(each: Overview) -> dict[str, Any]:
    """Returns a run as the list has it."""
    run = each.run
    metrics: dict[str, dict[str, float]] = {}
    for node, name, value in each.metrics:
        metrics.setdefault(node, {})[name] = value
    return {
        **_head(run),
        "metrics": metrics,
        "blessed": each.blessed,
        "pushed": each.pushed,
        "pushed_destinations": list(each.destinations),
        "nodes": len(run.nodes),
        "cached": each.cached,
    }


def run_json(each: Overview) -> dict[str, Any]:
    """Returns all of a run."""
    return {**overview_json(each), "nodes": [node_json(node) for node in each.run.nodes]}


def _head(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "pipeline": run.pipeline,
        "state": run.state,
        "error": run.error or None,
        "began": run.began,
        "ended": run.ended,
        "seconds": run.seconds,
        "run_date": run.run_date,
        "parameters": None if run.parameters is None else dict(run.parameters),
        "folder": run.folder,
        "tfx_version": run.tfx_version,
        "tfxc_version": run.tfxc_version,
        "revision": None if run.revision is None else asdict(run.revision),
        "in_store": run.in_store,
        "cleaned": run.cleaned,
    }


def node_json(node: NodeRun) -> dict[str, Any]:
    """Returns a node of a run."""
    return {
        "node": node.node,
        "type": node.type,
        "state": node.state,
        "reason": node.reason or None,
        "began": node.began,
        "ended": node.ended,
        "seconds": node.seconds,
        "execution_ids": list(node.execution_ids),
        "inputs": {key: [artifact_json(each) for each in found] for key, found in node.inputs.items()},
        "outputs": {key: [artifact_json(each) for each in found] for key, found in node.outputs.items()},
        "logs": list(node.logs),
    }


def artifact_json(artifact: Artifact) -> dict[str, Any]:
    """Returns an artifact, without what TFX and the launcher keep to themselves."""
    properties = {**artifact.properties, **artifact.custom_properties}
    return {
        "id": artifact.id,
        "type": artifact.type,
        "uri": artifact.uri,
        "state": artifact.state,
        "created": artifact.created,
        "properties": {name: value for name, value in properties.items() if not name.startswith("__")},
        "made_by": None if artifact.maker is None else asdict(artifact.maker),
    }
