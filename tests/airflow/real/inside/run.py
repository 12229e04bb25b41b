"""Runs DAGs of a folder one after the other, in one process, as ``airflow dags test`` runs one.

    python run.py FOLDER '[{"dag_id": …, "date": …, "conf": {…}}, …]'

With DOCKER_CALLS in its environment the containers of DockerOperators are processes of this machine.
Prints a JSON line with the error of each run, or null. How the runs ended is in Airflow's database.
"""

import datetime
import inspect
import json
import os
import sys

try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag


def run(dag, date, conf):
    names = inspect.signature(dag.test).parameters
    moment = datetime.datetime.fromisoformat(date) if date else datetime.datetime.now(datetime.timezone.utc)
    dag.test(**{"logical_date" if "logical_date" in names else "execution_date": moment}, run_conf=conf)


if "DOCKER_CALLS" in os.environ:
    from docker_client import take_the_place_of_docker

    take_the_place_of_docker()

known = inspect.signature(DagBag.__init__).parameters
options = {"include_examples": False, "bundle_name": "dags-folder"}
bag = DagBag(dag_folder=sys.argv[1], **{name: value for name, value in options.items() if name in known})
assert not bag.import_errors, bag.import_errors
errors = []
for each in json.loads(sys.argv[2]):
    try:
        run(bag.dags[each["dag_id"]], each["date"], each["conf"])
        errors.append(None)
    except Exception as error:  # noqa: BLE001 - whatever stops a run is its result
        errors.append(f"{type(error).__name__}: {error}")
sys.stdout.write(json.dumps(errors) + "\n")
