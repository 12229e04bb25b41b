"""Airflow DAG, made by tfxc from a pipeline spec: change the spec and compile it again.

For Airflow 2.11 and 3. The nodes run in an environment of their own, which has TFX; this
file says when, where and in which order.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

try:  # Airflow 3
    from airflow.sdk import DAG, Asset, Param
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.models.param import Param
try:
    from airflow.sdk import CronDataIntervalTimetable
except ImportError:
    from airflow.timetables.interval import CronDataIntervalTimetable
try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash import BashOperator
try:
    from airflow.providers.smtp.notifications.smtp import SmtpNotifier
except ImportError as error:
    raise ImportError(
        "this DAG needs apache-airflow-providers-smtp: install it where Airflow runs"
    ) from error


def imported(name):
    """Returns the function that is called `package.module:function`."""
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)


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
ZONE = ZoneInfo("Europe/Berlin")
ON_FAILURE = [
    imported("builtins:print"),
    SmtpNotifier(
        to=["ml@example.com"],
        from_email="airflow@example.com",
        smtp_conn_id="smtp_default",
    ),
]
# What doubles the wait with each retry: a factor in newer Airflows, a switch in older ones.
BACKOFF = getattr(BashOperator, "retry_exponential_backoff", False) is False or 2.0

# What a node must know of its run. Airflow renders these templates, and no text of the spec.
# The date is that of the data interval; in Airflow 3 a run may have none: then of its trigger.
RUN_DATE = (
    "{{ (data_interval_start if data_interval_start is defined and data_interval_start"
    " else dag_run.run_after).astimezone(dag.timezone).strftime('%Y-%m-%d') }}"
)
ENVIRONMENT = {
    "TFXC_BUNDLE": str(BUNDLE),
    "TFXC_PYTHON": "{{ var.value.get('tfx_python') }}",
    "TFXC_RUN_ID": "{{ run_id }}",
    "TFXC_RUN_DATE": RUN_DATE,
    "TFXC_PARAMETERS": "{{ params | tojson }}",
    "LOG_LEVEL": "info",
    "TOKEN": "{{ var.value.get('token') }}",
    "MLMD_PASSWORD": "{{ conn.get('mlmd').password }}",
}
# What runs last is also told how the others ended.
EXIT_ENVIRONMENT = {**ENVIRONMENT, "TFXC_FINAL_STATE": "{{ final_state(ti, dag_run) }}"}
LAUNCH = (
    'exec "${TFXC_PYTHON:?set it to the Python of an environment with tfxc[tfx]}"'
    ' -c "import sys; sys.path[:] = filter(None, sys.path);'
    ' from tfxc.backends.launcher.command import main; sys.exit(main())"'
    ' run-node --plan "$TFXC_BUNDLE" --node "$TFXC_NODE"'
    " --summary --result-line --end-with-parent --warm"
)


def outcome(line):
    """Returns the launcher's last line: how a node ended and the URIs of its artifacts."""
    try:
        return json.loads(line)
    except ValueError:
        return line


def node(node_id, component, after=(), variables=ENVIRONMENT, **settings):
    """Adds the task that runs a node of plan.json when the nodes before it are over."""
    task = BashOperator(
        task_id=node_id,
        bash_command=LAUNCH,
        env={**variables, "TFXC_NODE": node_id},
        append_env=True,
        skip_on_exit_code=99,
        output_processor=outcome,
        doc_md=DOCS["nodes"][node_id],
        **settings,
    )
    task.custom_operator_name = component
    task.set_upstream([dag.get_task(task_id) for task_id in after])


with DAG(
    dag_id="daily-training.v2",
    description="Trains a model each working day.",
    doc_md=DOCS["pipeline"],
    schedule=CronDataIntervalTimetable("0 6 * * mon-fri", timezone="Europe/Berlin"),
    start_date=datetime(2026, 1, 1, tzinfo=ZONE),
    end_date=datetime(2026, 12, 31, 12, 30, tzinfo=ZONE),
    catchup=True,
    max_active_runs=3,
    max_active_tasks=4,
    dagrun_timeout=timedelta(hours=6),
    is_paused_upon_creation=False,
    params={
        "steps": Param(0, type="integer", minimum=0, maximum=9),
        "rate": Param(0.5, type="number", description="How fast."),
        "site": Param("a", type="string", enum=["a", "b"]),
        "note": Param("", type=["string", "null"]),
        "code": Param("x1", type="string", pattern="^(?:^[a-z][0-9]$)$"),
        "fast": Param(False, type="boolean"),
        "data": Param("data", type="string"),
    },
    user_defined_macros={"final_state": final_state},
    tags=["training", "tfx"],
    default_args={
        "owner": "ml team",
        "retries": 1,
        "retry_delay": timedelta(seconds=30),
        "depends_on_past": True,
        "weight_rule": "absolute",
        "on_failure_callback": ON_FAILURE,
    },
) as dag:
    node("ingest", "Step")
    node(
        "train",
        "Step",
        after=["ingest"],
        retries=3,
        retry_delay=timedelta(seconds=90),
        retry_exponential_backoff=BACKOFF,
        execution_timeout=timedelta(minutes=90),
        pool="gpu",
        pool_slots=2,
        priority_weight=5,
        queue="large",
    )
    node("audit", "Step", after=["ingest"], trigger_rule="all_done")
    node("push", "Step", after=["train"], outlets=[Asset("s3://bucket/serving")])
    node(
        "report",
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
