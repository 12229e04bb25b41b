"""Airflow DAG, made by tfxc from a pipeline spec: change the spec and compile it again.

For Airflow 2.11 and 3. The nodes run in an environment of their own, which has TFX; this
file says when, where and in which order.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

try:  # Airflow 3
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash import BashOperator
try:
    from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
    from kubernetes.client import models as k8s
except ImportError as error:
    raise ImportError(
        "this DAG needs apache-airflow-providers-cncf-kubernetes: install it where Airflow runs"
    ) from error


def final_state(ti, dag_run):
    """Returns how the tasks ended that this one runs after: succeeded or failed."""
    if hasattr(dag_run, "get_task_instances"):  # Airflow 2
        states = {each.task_id: each.state for each in dag_run.get_task_instances()}
    else:
        states = ti.get_task_states(dag_id=ti.dag_id, run_ids=[ti.run_id])[ti.run_id]
    before = {str(state) for task_id, state in states.items() if task_id != ti.task_id}
    return "failed" if before & {"failed", "upstream_failed"} else "succeeded"


BUNDLE = Path(__file__).resolve().parent
DOCS = json.loads((BUNDLE / "docs.json").read_text(encoding="utf-8"))

# What a node must know of its run. Airflow renders these templates, and no text of the spec.
# The date is that of the data interval; in Airflow 3 a run may have none: then of its trigger.
RUN_DATE = (
    "{{ (data_interval_start if data_interval_start is defined and data_interval_start"
    " else dag_run.run_after).astimezone(dag.timezone).strftime('%Y-%m-%d') }}"
)
ENVIRONMENT = [
    k8s.V1EnvVar(name="TFXC_RUN_ID", value="{{ run_id }}"),
    k8s.V1EnvVar(name="TFXC_RUN_DATE", value=RUN_DATE),
    k8s.V1EnvVar(name="TFXC_PARAMETERS", value="{{ params | tojson }}"),
    k8s.V1EnvVar(name="TOKEN", value="{{ var.value.get('token') }}"),
    k8s.V1EnvVar(
        name="password",
        value_from=k8s.V1EnvVarSource(
            secret_key_ref=k8s.V1SecretKeySelector(name="mlmd", key="password"),
        ),
    ),
]
# What runs last is also told how the others ended.
EXIT_ENVIRONMENT = [
    *ENVIRONMENT,
    k8s.V1EnvVar(name="TFXC_FINAL_STATE", value="{{ final_state(ti, dag_run) }}"),
]
LAUNCHER = [
    "python",
    "-c",
    "import sys; sys.path[:] = filter(None, sys.path); from tfxc.backends.launcher.command import main; sys.exit(main())",
]
RUN_NODE = ["run-node", "--summary", "--result-line", "--plan", "/pipeline"]
POD = {
    "image": "registry.example.com/penguin:1.0",
    "startup_timeout_seconds": 600,
    "get_logs": True,
    "on_finish_action": "delete_pod",
    "namespace": "training",
    "service_account_name": "trainer",
    "image_pull_policy": "IfNotPresent",
    "image_pull_secrets": [k8s.V1LocalObjectReference(name="registry")],
    "labels": {"team": "ml"},
    "tolerations": [k8s.V1Toleration(key="spot", operator="Exists")],
    "volumes": [
        k8s.V1Volume(
            name="volume-0",
            persistent_volume_claim=k8s.V1PersistentVolumeClaimVolumeSource(
                claim_name="data",
            ),
        ),
        k8s.V1Volume(
            name="volume-1",
            secret=k8s.V1SecretVolumeSource(secret_name="google"),
        ),
        k8s.V1Volume(
            name="volume-2",
            config_map=k8s.V1ConfigMapVolumeSource(name="settings"),
        ),
    ],
    "volume_mounts": [
        k8s.V1VolumeMount(
            name="volume-0",
            mount_path="/data",
            sub_path="penguin",
            read_only=False,
        ),
        k8s.V1VolumeMount(name="volume-1", mount_path="/secrets", read_only=True),
        k8s.V1VolumeMount(name="volume-2", mount_path="/settings", read_only=True),
    ],
}


def node(node_id, component, after=(), variables=ENVIRONMENT, **settings):
    """Adds the task that runs a node of plan.json when the nodes before it are over."""
    task = KubernetesPodOperator(
        task_id=node_id,
        cmds=LAUNCHER,
        arguments=[*RUN_NODE, "--node", node_id],
        env_vars=variables,
        skip_on_exit_code=99,
        doc_md=DOCS["nodes"][node_id],
        **{**POD, **settings},
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
    user_defined_macros={"final_state": final_state},
    default_args={"owner": "airflow", "retries": 0},
) as dag:
    node("ingest", "Step")
    node(
        "train",
        "Step",
        after=["ingest"],
        retries=1,
        retry_delay=timedelta(seconds=0),
        node_selector={"pool": "gpu"},
        tolerations=[
            k8s.V1Toleration(
                key="gpu",
                operator="Equal",
                value="yes",
                effect="NoSchedule",
            ),
        ],
        container_resources=k8s.V1ResourceRequirements(
            requests={"cpu": "500m", "memory": "8589934592", "nvidia.com/gpu": "1"},
            limits={"cpu": "500m", "memory": "8589934592", "nvidia.com/gpu": "1"},
        ),
    )
    node(
        "clean",
        "Step",
        after=dag.task_ids,
        variables=EXIT_ENVIRONMENT,
        trigger_rule="all_done",
    )

    # Airflow judges a run by its last tasks, and some of those above run after failures too.
    nodes = dag.tasks
    watcher = BashOperator(
        task_id="failure-watcher",
        bash_command="echo 'A node failed, and so has this run.'; exit 1",
        trigger_rule="one_failed",
        retries=0,
        on_failure_callback=None,
    )
    watcher.set_upstream(nodes)
