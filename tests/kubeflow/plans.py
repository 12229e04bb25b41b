"""Plans built by hand, for tests of the Kubeflow backend."""

from __future__ import annotations

from typing import Any

from tfxc.schemas.plan import Plan

IMAGE = "registry.example/penguin:1"


def node(node_id: str, **fields: Any) -> dict[str, Any]:
    """Returns a node that runs a Python component of the environment's."""
    component = {
        "kind": "python",
        "type": f"steps.py:{node_id}",
        "module": {"folder": None, "import_name": "steps"},
        "function": node_id,
    }
    return {"id": node_id, "component": component, **fields}


def plan(*nodes: dict[str, Any], settings: dict[str, Any] | None = None, **fields: Any) -> Plan:
    """Returns a Plan of these nodes, with everything that the backend wants."""
    values: dict[str, Any] = {
        "name": "penguin",
        "pipeline_root": "gs://bucket/penguin",
        "metadata": {"kind": "grpc", "host": "mlmd", "port": 8080},
        "nodes": list(nodes),
        "backends": {"kubeflow": {"image": IMAGE, **(settings or {})}},
        **fields,
    }
    return Plan.model_validate(values)
