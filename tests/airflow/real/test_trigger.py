"""A PipelineTrigger's requests, to the REST APIs of both majors: real servers with users and passwords."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.triggers import airflow as trigger
from tfxc.backends.triggers.values import TriggerRequest
from tfxc.backends.web import client
from tfxc.backends.web.client import ServerError
from tfxc.schemas.components.trigger import AirflowTarget
from tfxc.schemas.plan import Plan, PlanNode

pytestmark = pytest.mark.airflow

USER, PASSWORD = "watcher", "correct-horse-battery"
REQUEST = TriggerRequest("monitoring", "scheduled__2026-01-31T00:00:00+00:00", "retrain", ("anomalies",))


@contextlib.contextmanager
def serving(airflow: Any) -> Iterator[str]:
    """Runs the server with the REST API; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    if airflow.name == "airflow2":
        airflow.environment |= {
            "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
            "AIRFLOW__WEBSERVER__WORKERS": "1",
            "AIRFLOW__WEBSERVER__SECRET_KEY": "only for this test",
        }
        names = ["--firstname", "W", "--lastname", "W", "--email", "w@example.com", "--role", "Admin"]
        code, output = airflow.call(
            "airflow", "users", "create", "--username", USER, "--password", PASSWORD, *names
        )
        assert code == 0, output
        command = ["webserver", "--port", str(port)]
    else:
        passwords = airflow.home / "passwords.json"
        passwords.write_text(json.dumps({USER: PASSWORD}))
        airflow.environment |= {
            **airflow.serving(),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": address,
        }
        command = ["api-server"]
    log = airflow.home / "server.log"
    with log.open("w") as stream:
        process = airflow.start("airflow", *command, stdout=stream)
    try:
        deadline = time.monotonic() + 240
        while True:
            assert process.poll() is None, log.read_text()[-3000:]
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health", timeout=10):
                break
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/api/v2/version", timeout=10).close()
                break
            assert time.monotonic() < deadline, log.read_text()[-3000:]
            time.sleep(0.5)
        yield address
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_a_run_of_a_dag_is_started_once(
    airflow: Any,
    make_node: Callable[..., PlanNode],
    make_plan: Callable[..., Plan],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "WAIT", 0.01)
    airflow.add(make_plan(make_node("first"), airflow={"dag_id": "train"}), "train")
    code, output = airflow.call("airflow", "dags", "reserialize")
    assert code == 0, output
    with serving(airflow) as address:

        def target(**more: Any) -> AirflowTarget:
            settings = {"url": address, "dag_id": "train", "username": USER, "password": PASSWORD, **more}
            return AirflowTarget.model_validate(settings)

        request = TriggerRequest(
            REQUEST.pipeline, REQUEST.run_id, REQUEST.node, REQUEST.reasons, {"steps": 5, "text": "a b"}
        )
        first = trigger.start(target(), request)
        assert (first.run, first.is_new) == (request.new_run_id, True)
        assert first.where == "the DAG train of Airflow"
        # A new DAG is paused until somebody starts it.
        assert first.note == "the DAG is paused, so the run waits"
        assert airflow.run_ids("train") == {first.run}
        again = trigger.start(target(), request)
        assert (again.run, again.is_new) == (first.run, False)
        assert airflow.run_ids("train") == {first.run}
        ((conf,),) = airflow.query("SELECT conf FROM dag_run WHERE run_id = ?", first.run)
        assert "a b" in str(conf)

        with pytest.raises(ServerError, match=f"Airflow at {address} has no DAG `other`"):
            trigger.start(target(dag_id="other"), request)
        with pytest.raises(ServerError, match=r"\(40[13]\).*: check `username` and `password`") as refused:
            trigger.start(target(password=f"not-{PASSWORD}"), request)
        assert PASSWORD not in str(refused.value)
        with pytest.raises(ServerError, match="give `username` and `password`, or `token`"):
            trigger.start(target(username=None, password=None), request)
    with pytest.raises(ServerError, match=f"Airflow at {address} cannot be reached"):
        trigger.start(target(), request)
