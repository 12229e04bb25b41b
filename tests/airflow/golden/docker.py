"""Airflow DAG, made by tfxc from a pipeline spec: change the spec and compile it again.

For Airflow 2.11 and 3. The nodes run in an environment of their own, which has TFX; this
file says when, where and in which order.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

try:  # Airflow 3
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
try:
    from airflow.providers.docker.operators.docker import DockerOperator
    from docker.types import DeviceRequest, Mount
except ImportError as error:
    raise ImportError(
        "this DAG needs apache-airflow-providers-docker: install it where Airflow runs"
    ) from error

BUNDLE = Path(__file__).resolve().parent
DOCS = json.loads((BUNDLE / "docs.json").read_text(encoding="utf-8"))

# What a node must know of its run. Airflow renders these templates, and no text of the spec.
# The date is that of the data interval; in Airflow 3 a run may have none: then of its trigger.
RUN_DATE = (
    "{{ (data_interval_start if data_interval_start is defined and data_interval_start"
    " else dag_run.run_after).astimezone(dag.timezone).strftime('%Y-%m-%d') }}"
)
ENVIRONMENT = {
    "TFXC_RUN_ID": "{{ run_id }}",
    "TFXC_RUN_DATE": RUN_DATE,
    "TFXC_PARAMETERS": "{{ params | tojson }}",
    "LOG_LEVEL": "info",
    "TOKEN": "{{ var.value.get('token') }}",
}
LAUNCHER = [
    "python",
    "-c",
    "import sys; sys.path[:] = filter(None, sys.path); from tfxc.backends.launcher.command import main; sys.exit(main())",
]
RUN_NODE = ["run-node", "--summary", "--result-line", "--plan", "/pipeline"]
CONTAINER = {
    "image": "registry.example.com/penguin:1.0",
    "auto_remove": "force",
    "mount_tmp_dir": False,
    "network_mode": "bridge",
    "user": 1000,
    "shm_size": 1073741824,
    "mounts": [Mount(target="/data", source="/srv/data", type="bind", read_only=True)],
}


def node(node_id, component, after=(), variables=ENVIRONMENT, **settings):
    """Adds the task that runs a node of plan.json when the nodes before it are over."""
    task = DockerOperator(
        task_id=node_id,
        entrypoint=LAUNCHER,
        command=[*RUN_NODE, "--node", node_id],
        environment=variables,
        skip_on_exit_code=99,
        doc_md=DOCS["nodes"][node_id],
        **{**CONTAINER, **settings},
    )
    task.custom_operator_name = component
    task.set_upstream([dag.get_task(task_id) for task_id in after])


with DAG(
    dag_id="example",
    doc_md=DOCS["pipeline"],
    schedule=None,
    start_date=datetime(2000, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=16,
    default_args={"owner": "airflow", "retries": 0},
) as dag:
    node("ingest", "Step")
    node(
        "train",
        "Step",
        after=["ingest"],
        image="registry.example.com/penguin-gpu:1.0",
        cpus=2.5,
        mem_limit=8589934592,
        device_requests=[DeviceRequest(count=2, capabilities=[["gpu"]])],
    )
