"""Airflow DAG, made by tfxc from a pipeline spec: change the spec and compile it again.

For Airflow 2.11 and 3. The nodes run in an environment of their own, which has TFX; this
file says when, where and in which order.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

try:  # Airflow 3
    from airflow.sdk import DAG, Asset
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
try:
    from airflow.providers.docker.operators.docker import DockerOperator
    from docker.types import DeviceRequest, Mount
except ImportError as error:
    raise ImportError(
        "this DAG needs apache-airflow-providers-docker: install it where Airflow runs"
    ) from error
try:
    from airflow.sdk.exceptions import AirflowSkipException
except ImportError:
    from airflow.exceptions import AirflowSkipException

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
    "mounts": [Mount(target="/data", source="/srv/data", type="bind", read_only=False)],
}
FAILURE = "TFXC_CONTAINER_FAILURE"


class AfterDriverOperator(DockerOperator):
    """Runs if a node's driver has found something to run."""

    def __init__(self, *, driver, **arguments):
        super().__init__(**arguments)
        self.driver = driver
        self.call = None

    def pre_execute(self, context):
        """Asks what the driver has found. None if it did not run."""
        super().pre_execute(context)
        result = context["ti"].xcom_pull(task_ids=self.driver)
        if isinstance(result, str):
            result = json.loads(result.splitlines()[-1])
        self.call = (result or {}).get("container")
        if not self.call:
            raise AirflowSkipException("its driver has found nothing to run")


class ContainerOperator(AfterDriverOperator):
    """Runs the container of a node, and hands on why it fails."""

    def pre_execute(self, context):
        """Takes the command line from the driver, in which all is filled in."""
        super().pre_execute(context)
        self.entrypoint = self.call["command"] or None
        self.command = self.call["args"] or None

    def execute(self, context):
        """Runs the container. Where it fails, the error is kept for the task behind it."""
        try:
            return super().execute(context)
        except BaseException as error:
            words = str(error).strip().splitlines() or [type(error).__name__]
            context["ti"].xcom_push(key="failure", value=words[0])
            raise


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


def container(node_id, label, own, last=(), after=(), **settings):
    """Adds the tasks of a node that is a container of its own image.

    The driver looks for its inputs and into the cache; the last task, which has the node's
    id, registers what the container has written. Should the container fail, another task
    says so to ML Metadata.
    """
    driver = node_id + "-driver"
    before = {
        "trigger_rule": settings.pop("trigger_rule", "all_success"),
        "do_xcom_push": True,
    }
    # A container that is skipped was found in the cache, unless its driver is too.
    behind = {**dict(last), "trigger_rule": "none_failed_min_one_success"}
    why = "{{ ti.xcom_pull('" + node_id + "-container', key='failure') or '' }}"
    after_failure = {
        "environment": {**ENVIRONMENT, FAILURE: why},
        "trigger_rule": "one_failed",
        "driver": driver,
    }
    for task_id, phase, operator, more in (
        (driver, "driver", DockerOperator, before),
        (node_id, "publisher", DockerOperator, behind),
        (node_id + "-failure", "failure", AfterDriverOperator, after_failure),
    ):
        task = operator(
            task_id=task_id,
            task_display_name=label if task_id == node_id else label + ": " + phase,
            entrypoint=LAUNCHER,
            command=[*RUN_NODE, "--node", node_id, "--phase", phase],
            skip_on_exit_code=99,
            doc_md=DOCS["nodes"][node_id],
            **{**CONTAINER, **settings, "environment": ENVIRONMENT, **more},
        )
        task.custom_operator_name = phase
    dag.get_task(driver).set_upstream([dag.get_task(task_id) for task_id in after])
    task = ContainerOperator(
        task_id=node_id + "-container",
        task_display_name=label + ": container",
        driver=driver,
        do_xcom_push=False,
        doc_md=DOCS["nodes"][node_id],
        **{**CONTAINER, **settings, **own},
    )
    task.custom_operator_name = "Container"
    task.set_upstream(dag.get_task(driver))
    dag.get_task(node_id).set_upstream([dag.get_task(driver), task])
    dag.get_task(node_id + "-failure").set_upstream(task)


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
    container(
        "score",
        "score",
        after=["ingest"],
        image="registry.example.com/penguin-gpu:1.0",
        own={
            "retries": 2,
            "retry_delay": timedelta(seconds=0),
            "execution_timeout": timedelta(minutes=10),
            "cpus": 2.0,
            "device_requests": [DeviceRequest(count=1, capabilities=[["gpu"]])],
            "image": "registry.example.com/scorer:1.2",
            "environment": {"LOG_LEVEL": "info", "COLOUR": '{{ "\\x7b\\x7b red }}" }}'},
            "working_dir": "/work",
        },
        last={"outlets": [Asset("s3://b/scores")]},
    )
    node("read", "Step", after=["score"])
