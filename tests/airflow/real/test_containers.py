"""What would be started in Docker and in Kubernetes: the requests themselves, without a daemon or cluster."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
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


PHASES = [*RUN_INGEST[:-1], "score", "--phase"]


def test_a_container_of_the_users_in_docker(parser: Any, golden_plans: Mapping[str, Plan]) -> None:
    found = containers(parser, golden_plans["docker_container"])
    assert set(found) == {"ingest", "score-driver", "score-container", "score-failure", "score", "read"}
    for task, phase in (("score-driver", "driver"), ("score", "publisher"), ("score-failure", "failure")):
        assert (found[task]["entrypoint"], found[task]["command"]) == (LAUNCHER, [*PHASES, phase])
        assert found[task]["image"] == "registry.example.com/penguin-gpu:1.0"
        assert found[task]["skip"] == [99]
    own = found["score-container"]
    assert own["image"] == "registry.example.com/scorer:1.2"
    assert (own["entrypoint"], own["command"]) == (["score", "/in"], ["--to=/out/{{ x }}", "it's"])
    assert own["environment"] == {"LOG_LEVEL": "info", "COLOUR": "{{ red }}"}
    assert own["mounts"] == found["ingest"]["mounts"]
    assert (own["cpus"], own["skip"]) == (2.0, [])


def test_a_container_of_the_users_in_a_pod(parser: Any, golden_plans: Mapping[str, Plan]) -> None:
    found = containers(parser, golden_plans["kubernetes_container"])
    (driver, sidecar) = found["score-driver"]["spec"]["containers"]
    result = ["--result", "/airflow/xcom/return.json"]
    assert driver["args"] == [*PHASES, "driver", *result]
    assert sidecar["name"] == "airflow-xcom-sidecar"
    (publisher,) = found["score"]["spec"]["containers"]
    assert publisher["args"] == [*PHASES, "publisher"]
    (failure,) = found["score-failure"]["spec"]["containers"]
    assert failure["args"] == [*PHASES, "failure"]
    assert {"name": "TFXC_CONTAINER_FAILURE", "value": "it ended with 3"} in failure["env"]
    (own,) = found["score-container"]["spec"]["containers"]
    assert own["image"] == "registry.example.com/scorer:1.2"
    assert (own["command"], own["args"]) == (["score", "/in"], ["--to=/out/{{ x }}", "it's"])
    assert [each["name"] for each in own["env"]] == ["COLOUR", "password"]


SPEC = """\
version: 1
name: scores
parameters:
  fail: {type: bool, default: false}
pipeline_root: HERE/runs
metadata: {sqlite: {path: HERE/runs/metadata.sqlite}}
components:
  found: {type: Importer, source_uri: HERE/data, artifact_type: ExternalArtifact}
  score:
    type: Container
    image: scorer:1.2
    inputs: {data: ExternalArtifact}
    outputs: {scores: Dataset, count: Integer}
    parameters: {fail: "{{ parameters.fail }}"}
    command: [sh, -c]
    args:
      - 'cat "$0"/* > "$1/part"; printf 3 > "$2"; echo "$COLOUR"; test "$3" != true'
      - "{{ inputs.data.uri }}"
      - "{{ outputs.scores.uri }}"
      - "{{ outputs.count.uri }}"
      - "{{ parameters.fail }}"
    data: found.result
    execution: {env: {COLOUR: red}}
  never: {type: Container, image: "scorer:1.2", command: [sh, -c, exit 3], when: score.count.value == 4}
backends:
  airflow:
    operator: docker
    docker: {image: "pipeline:1", bundle: BUNDLE, mounts: [{source: HERE, target: HERE}]}
"""


@pytest.mark.tfx
@pytest.mark.parametrize("airflow", ["airflow3"], indirect=True)  # both load it; one shows that it runs
def test_a_container_of_the_users_runs_is_cached_and_fails(
    airflow: Any, tmp_path: Path, compile_spec: Any
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.txt").write_text("data")
    (tmp_path / "spec").mkdir()
    bundle = airflow.dags / "scores"
    text = SPEC.replace("HERE", str(tmp_path)).replace("BUNDLE", str(bundle))
    (tmp_path / "spec" / "pipeline.yaml").write_text(text)
    compile_spec(tmp_path / "spec" / "pipeline.yaml", bundle)
    calls = tmp_path / "calls.jsonl"
    airflow.environment |= {"DOCKER_CALLS": str(calls), "PYTHON_OF_IMAGES": sys.executable}

    def run(day: int, **conf: Any) -> tuple[dict[str, str], list[Any]]:
        calls.write_text("")
        before = airflow.run_ids("scores")
        given = [{"dag_id": "scores", "date": f"2026-01-0{day}T00:00:00+00:00", "conf": conf}]
        _, output = airflow.call("python", INSIDE / "run.py", airflow.dags, json.dumps(given), timeout=900)
        (run_id,) = airflow.run_ids("scores") - before or {""}
        assert run_id, output
        made = [json.loads(line) for line in calls.read_text().splitlines()]
        return airflow.run("scores", run_id).states(), [
            each for each in made if each["image"] != "pipeline:1"
        ]

    ended, own = run(1)
    parts = ("never-driver", "never-container", "never", "never-failure", "score-failure")
    skipped = dict.fromkeys(parts, "skipped")
    done = dict.fromkeys(("found", "score-driver", "score-container", "score"), "success")
    assert ended == {**done, **skipped}
    (scored,) = own
    assert scored["image"] == "scorer:1.2"
    assert scored["environment"] == {"COLOUR": "red"}
    (made,) = (tmp_path / "runs/score/scores").iterdir()
    assert (made / "part").read_text() == "data"

    ended, own = run(2)
    assert ended == {**done, "score-container": "skipped", **skipped}
    assert own == []

    ended, own = run(3, fail=True)
    assert ended["score-container"] == "failed"
    assert ended["score"] == ended["never-driver"] == "upstream_failed"
    assert (ended["score-failure"], ended["never-failure"]) == ("success", "skipped")
    assert len(own) == 1
    shown = subprocess.run(
        [sys.executable, "-m", "tfxc", "runs", "show", "latest", "--json", "--spec", tmp_path / "spec"],
        check=True,
        capture_output=True,
    )
    (node,) = (each for each in json.loads(shown.stdout)["nodes"] if each["node"] == "score")
    assert node["state"] == "failed"
    with sqlite3.connect(tmp_path / "runs/metadata.sqlite") as store:
        told = store.execute("SELECT string_value FROM ExecutionProperty WHERE name = '__tfxc_error__'")
        assert told.fetchall() == [("its container failed: Docker container failed: {'StatusCode': 1}",)]
    assert len(list((tmp_path / "runs/score/scores").iterdir())) == 1
