"""Loads a DAGs folder in Airflow's own environment and prints what is in it, as JSON.

python parse.py FOLDER [--without MODULE]
"""

import inspect
import json
import logging
import sys

logging.disable(logging.CRITICAL)
try:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.serialization.serialized_objects import DagSerialization as Serialization
except ImportError:
    from airflow.models.dagbag import DagBag
    from airflow.serialization.serialized_objects import SerializedDAG as Serialization


def load(folder):
    known = inspect.signature(DagBag.__init__).parameters
    options = {"include_examples": False, "bundle_name": "tests"}
    return DagBag(dag_folder=folder, **{name: value for name, value in options.items() if name in known})


def task(each):
    return {
        "upstream": sorted(each.upstream_task_ids),
        "operator": type(each).__name__,
        "shown": each.operator_name,
        "trigger_rule": str(getattr(each.trigger_rule, "value", each.trigger_rule)),
        "retries": each.retries,
        "retry_delay": each.retry_delay.total_seconds(),
        "backoff": each.retry_exponential_backoff,
        "timeout": each.execution_timeout.total_seconds() if each.execution_timeout else None,
        "pool": each.pool,
        "queue": each.queue,
        "pool_slots": each.pool_slots,
        "priority_weight": each.priority_weight,
        "doc_md": each.doc_md,
        "owner": each.owner,
        "outlets": len(each.outlets),
        "display_name": each.task_display_name,
        "groups": groups_of(each),
    }


def groups_of(each):
    """Returns the ids of the groups that a task lies in, from the inside out."""
    found, group = [], each.task_group
    while group is not None and group.group_id is not None:
        found.append(group.group_id)
        group = group.parent_group
    return found


def dag(each):
    serialized = Serialization.to_dict(each)
    validate = getattr(Serialization, "validate_schema", None)
    if validate is not None:
        validate(serialized)
    return {
        "description": each.description,
        "catchup": each.catchup,
        "max_active_runs": each.max_active_runs,
        "tags": sorted(each.tags),
        "timezone": str(each.timezone),
        "start_date": each.start_date.isoformat(),
        "timetable": type(each.timetable).__name__,
        "params": {name: each.params.get_param(name).schema for name in each.params},
        "defaults": each.params.dump(),
        "doc_md": each.doc_md,
        "tasks": {node.task_id: task(node) for node in each.tasks},
    }


if "--without" in sys.argv:
    # Importing a module that is None fails as if it were not installed.
    sys.modules[sys.argv[sys.argv.index("--without") + 1]] = None
bag = load(sys.argv[1])
found = {"errors": bag.import_errors, "dags": {name: dag(each) for name, each in bag.dags.items()}}
sys.stdout.write(json.dumps(found) + "\n")
