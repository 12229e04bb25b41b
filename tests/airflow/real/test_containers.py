"""What would be started in Docker and in Kubernetes: the requests themselves, without a daemon or cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tfxc.schemas.plan import Plan
from tfxc.schemas.start import launcher_command

pytestmark = pytest.mark.airflow

LAUNCHER = launcher_command("python")
RUN_INGEST = ["run-node", "--summary", "--result-line", "--plan", "/pipeline", "--node", "ingest"]
# Building a request reads who would get it, and connects to nobody.
CLUSTER = """
apiVersion: v1
kind: Config
clusters: [{name: nowhere, cluster: {server: "http://127.0.0.1:1"}}]
contexts: [{name: nowhere, context: {cluster: nowhere, user: nobody}}]
users: [{name: nobody, user: {}}]
current-context: nowhere
"""
INSIDE = Path(__file__).parent / "inside"


def containers(parser: Any, plan: Plan) -> dict[str, Any]:
    parser.add(plan, "bundle")
    (parser.home / "cluster").write_text(CLUSTER)
    parser.environment["KUBECONFIG"] = str(parser.home / "cluster")
    code, output = parser.call("python", INSIDE / "containers.py", parser.dags)
    assert code == 0, output
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def test_pods(parser: Any, golden_plans: Mapping[str, Plan]) -> None:
    pods = containers(parser, golden_plans["kubernetes"])

    spec = pods["ingest"]["spec"]
    (container,) = spec["containers"]
    assert container["image"] == "registry.example.com/penguin:1.0"
    assert container["imagePullPolicy"] == "IfNotPresent"
    assert container["command"] == LAUNCHER
    assert container["args"] == RUN_INGEST
    variables = {each["name"]: each.get("value", each.get("valueFrom")) for each in container["env"]}
    assert variables == {
        "TFXC_RUN_ID": "run-1",
        "TFXC_RUN_DATE": "2026-03-01",
        "TFXC_PARAMETERS": '{"steps": 3}',
        "TOKEN": "secret of Airflow's",
        "password": {"secretKeyRef": {"name": "mlmd", "key": "password"}},
    }
    (clean,) = pods["clean"]["spec"]["containers"]
    told = {each["name"]: each.get("value") for each in clean["env"]}
    assert told["TFXC_FINAL_STATE"] == "failed"
    assert pods["ingest"]["metadata"]["namespace"] == "training"
    assert pods["ingest"]["metadata"]["labels"]["team"] == "ml"
    assert spec["serviceAccountName"] == "trainer"
    assert spec["imagePullSecrets"] == [{"name": "registry"}]
    assert spec["tolerations"] == [{"key": "spot", "operator": "Exists"}]
    sources = {each["name"]: each for each in spec["volumes"]}
    mounted = {each["mountPath"]: (sources[each["name"]], each) for each in container["volumeMounts"]}
    assert mounted["/data"][0]["persistentVolumeClaim"] == {"claimName": "data"}
    assert mounted["/data"][1]["subPath"] == "penguin"
    assert mounted["/secrets"][0]["secret"] == {"secretName": "google"}
    assert mounted["/settings"][0]["configMap"] == {"name": "settings"}

    spec = pods["train"]["spec"]
    amounts = {"cpu": "500m", "memory": "8589934592", "nvidia.com/gpu": "1"}
    assert spec["containers"][0]["resources"] == {"limits": amounts, "requests": amounts}
    assert spec["nodeSelector"] == {"pool": "gpu"}
    assert spec["tolerations"] == [
        {"key": "gpu", "operator": "Equal", "value": "yes", "effect": "NoSchedule"}
    ]


def test_docker_containers(parser: Any, golden_plans: Mapping[str, Plan]) -> None:
    found = containers(parser, golden_plans["docker"])

    ingest = found["ingest"]
    assert ingest["image"] == "registry.example.com/penguin:1.0"
    assert (ingest["entrypoint"], ingest["command"]) == (LAUNCHER, RUN_INGEST)
    assert ingest["environment"] == {
        "TFXC_RUN_ID": "run-1",
        "TFXC_RUN_DATE": "2026-03-01",
        "TFXC_PARAMETERS": '{"steps": 3}',
        "LOG_LEVEL": "info",
        "TOKEN": "secret of Airflow's",
    }
    assert ingest["skip"] == [99]
    assert ingest["mounts"] == [{"Target": "/data", "Source": "/srv/data", "Type": "bind", "ReadOnly": True}]
    assert (ingest["user"], ingest["network"], ingest["shared_memory"]) == (1000, "bridge", 1 << 30)
    train = found["train"]
    assert train["image"] == "registry.example.com/penguin-gpu:1.0"
    assert (train["cpus"], train["memory"]) == (2.5, 8 << 30)
    assert train["devices"][0]["Count"] == 2
    assert train["devices"][0]["Capabilities"] == [["gpu"]]
