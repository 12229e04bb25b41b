"""Loads DAG files as Airflow's processor does, each in a fork of a process that has imported Airflow.

    python parse_times.py REPEAT FILE…

Prints a JSON line for each file: the number of its tasks, and the least CPU-seconds of REPEAT loads.
"""

import inspect
import json
import logging
import os
import sys
import time

logging.disable(logging.CRITICAL)
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag

KNOWN = inspect.signature(DagBag.__init__).parameters
OPTIONS = {"include_examples": False, "bundle_name": "benchmark", "collect_dags": False}


def load(path):
    bag = DagBag(os.devnull, **{name: value for name, value in OPTIONS.items() if name in KNOWN})
    began = time.process_time()
    bag.process_file(path)
    seconds = time.process_time() - began
    assert not bag.import_errors, bag.import_errors
    (dag,) = bag.dags.values()
    return len(dag.tasks), seconds


def load_in_a_fork(path):
    read, write = os.pipe()
    if os.fork() == 0:
        os.close(read)
        with os.fdopen(write, "w") as answer:
            json.dump(load(path), answer)
            answer.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        result = json.load(answer)
    os.wait()
    return result


repeat, *files = sys.argv[1:]
for file in files:
    results = [load_in_a_fork(file) for _ in range(int(repeat))]
    line = {"file": file, "tasks": results[0][0], "seconds": min(seconds for _, seconds in results)}
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
