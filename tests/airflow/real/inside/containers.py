"""Renders the tasks of container operators as a worker does before it starts them, and prints them as JSON.

    python containers.py FOLDER

For a pod it is the request that the Kubernetes API would get; for Docker, the operator's arguments.
"""

import inspect
import json
import logging
import sys
from datetime import datetime, timezone
from types import SimpleNamespace

import jinja2
from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from kubernetes.client import ApiClient

logging.disable(logging.CRITICAL)
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag


def rendered(task, dag):
    context = {
        "run_id": "run-1",
        "params": {"steps": 3},
        "dag": dag,
        "dag_run": SimpleNamespace(
            run_after=datetime(2026, 3, 1, tzinfo=timezone.utc),
            get_task_instances=lambda: [SimpleNamespace(task_id="ingest", state="failed")],
        ),
        "ti": SimpleNamespace(task_id=task.task_id, xcom_pull=lambda task, key: "it ended with 3"),
        "var": {"value": {"token": "secret of Airflow's"}},
        "conn": {},
        **(dag.user_defined_macros or {}),
    }
    task.render_template_fields(context, jinja2.Environment(undefined=jinja2.StrictUndefined))
    return task


class Told:
    """A task instance whose driver has said what to run."""

    def xcom_pull(self, task_ids):
        call = {"command": ["score", "/in"], "args": ["--to=/out/{{ x }}", "it's"]}
        return {"state": "succeeded", "container": call, "of": task_ids}


def shown(task):
    if type(task).__name__ == "ContainerOperator":
        task.pre_execute({"ti": Told()})
    if isinstance(task, KubernetesPodOperator):
        return ApiClient().sanitize_for_serialization(task.build_pod_request_obj())
    return {
        "image": task.image,
        "entrypoint": task.entrypoint,
        "command": task.command,
        "environment": task.environment,
        "skip": list(task.skip_on_exit_code),
        "cpus": task.cpus,
        "memory": task.mem_limit,
        "devices": [dict(device) for device in task.device_requests or []],
        "mounts": [dict(mount) for mount in task.mounts],
        "user": task.user,
        "network": task.network_mode,
        "shared_memory": task.shm_size,
    }


OPERATORS = ("KubernetesPodOperator", "DockerOperator", "AfterDriverOperator", "ContainerOperator")
known = inspect.signature(DagBag.__init__).parameters
options = {"include_examples": False, "bundle_name": "tests"}
bag = DagBag(sys.argv[1], **{name: value for name, value in options.items() if name in known})
assert not bag.import_errors, bag.import_errors
found = {
    task.task_id: shown(rendered(task, dag))
    for dag in bag.dags.values()
    for task in dag.tasks
    if type(task).__name__ in OPERATORS
}
sys.stdout.write(json.dumps(found) + "\n")
