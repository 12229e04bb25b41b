"""Airflow DAG, made by tfxc from a pipeline spec: change the spec and compile it again.

For Airflow 2.11 and 3. The nodes run in an environment of their own, which has TFX; this
file says when, where and in which order.
"""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

try:  # Airflow 3
    from airflow.sdk import DAG, TaskGroup
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.utils.task_group import TaskGroup
try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:
    from airflow.operators.bash import BashOperator

BUNDLE = Path(__file__).resolve().parent
DOCS = json.loads((BUNDLE / "docs.json").read_text(encoding="utf-8"))

# What a node must know of its run. Airflow renders these templates, and no text of the spec.
# The date is that of the data interval; in Airflow 3 a run may have none: then of its trigger.
RUN_DATE = (
    "{{ (data_interval_start if data_interval_start is defined and data_interval_start"
    " else dag_run.run_after).astimezone(dag.timezone).strftime('%Y-%m-%d') }}"
)
ENVIRONMENT = {
    "TFXC_BUNDLE": str(BUNDLE),
    "TFXC_RUN_ID": "{{ run_id }}",
    "TFXC_RUN_DATE": RUN_DATE,
    "TFXC_PARAMETERS": "{{ params | tojson }}",
}
LAUNCH = (
    'exec "${TFXC_PYTHON:?set it to the Python of an environment with tfxc[tfx]}"'
    ' -c "import sys; sys.path[:] = filter(None, sys.path);'
    ' from tfxc.backends.launcher.command import main; sys.exit(main())"'
    ' run-node --plan "$TFXC_BUNDLE" --node "$TFXC_NODE"'
    " --summary --result-line --end-with-parent"
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
    dag_id="example",
    doc_md=DOCS["pipeline"],
    schedule=None,
    start_date=datetime(2000, 1, 1, tzinfo=timezone.utc),
    catchup=False,
    max_active_runs=1,
    max_active_tasks=16,
    default_args={"owner": "airflow", "retries": 0},
) as dag:
    # Tasks that belong together; their ids are those of the nodes of plan.json.
    GROUPS = {}
    GROUPS["train"] = TaskGroup(
        "train",
        prefix_group_id=False,
        tooltip="One for each city.",
    )
    GROUPS["cold"] = TaskGroup(
        "cold",
        prefix_group_id=False,
        tooltip='cold: \'; import os #""" \\ {{7*7}} {%x%} $(x)\n🐧.sh',
        parent_group=GROUPS["train"],
    )
    node("ingest", "Step")
    node(
        "train.rome",
        "Step",
        after=["ingest"],
        task_display_name="train[rome]",
        task_group=GROUPS["train"],
    )
    node(
        "train.oslo",
        "Step",
        after=["ingest"],
        task_display_name="train[oslo]",
        task_group=GROUPS["cold"],
    )
    node("push", "Step", after=["train.rome", "train.oslo"])
