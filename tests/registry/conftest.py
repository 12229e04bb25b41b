"""A real MLflow server with users and passwords, and a stand-in for Kubeflow's registry."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.registry.model_files import files_sha256
from tfxc.backends.registry.values import FILES_SHA256, MODEL_ARTIFACT_ID, Registration

USER, PASSWORD = "admin", "correct-horse-battery"
CONFIG = f"""[mlflow]
default_permission = READ
database_uri = sqlite:///users.db
admin_username = {USER}
admin_password = {PASSWORD}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


@dataclass(frozen=True)
class Server:
    """A server and who may come in."""

    uri: str
    environment: dict[str, str]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def serving(program: Path, folder: Path, *options: str) -> Iterator[str]:
    """Serves MLflow from a folder; gives its address."""
    port = free_port()
    command = [str(program), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--serve-artifacts", "--artifacts-destination", "artifacts", *options]
    command += ["--backend-store-uri", "sqlite:///mlflow.db"]
    variables = {
        **os.environ,
        **({"MLFLOW_AUTH_CONFIG_PATH": str(users)} if (users := folder / "users.ini").exists() else {}),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "for tests",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # eight more processes, of 240 MB each
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdout=log, stderr=log, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 240
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < deadline, (folder / "log").read_text()
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="session")
def mlflow_server(
    environment: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """An MLflow server that lets everybody in."""
    program = environment("mlflow") / "bin" / "mlflow"
    with serving(program, tmp_path_factory.mktemp("mlflow")) as uri:
        yield Server(uri, {})


@pytest.fixture
def guarded_mlflow_server(environment: Callable[[str], Path], tmp_path: Path) -> Iterator[Server]:
    """An MLflow server that asks for a user and a password. (Its check of a password takes 0.3 s.)"""
    (tmp_path / "users.ini").write_text(CONFIG)
    program = environment("mlflow") / "bin" / "mlflow"
    with serving(program, tmp_path, "--app-name", "basic-auth") as uri:
        yield Server(uri, {"MLFLOW_TRACKING_USERNAME": USER, "MLFLOW_TRACKING_PASSWORD": PASSWORD})


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "a model"
    (folder / "variables").mkdir(parents=True)
    (folder / "saved_model.pb").write_bytes(b"graph")
    (folder / "variables" / "variables.data-00000-of-00001").write_bytes(os.urandom(100_000))
    (folder / "variables" / "variables.index").write_bytes(b"")
    return folder


@pytest.fixture
def registration(model: Path) -> Callable[..., Registration]:
    """Returns a function that gives what is registered of the model under a name."""

    def of_model(name: str, artifact: int = 7, **more: Any) -> Registration:
        tags = {
            MODEL_ARTIFACT_ID: str(artifact),
            FILES_SHA256: files_sha256(model),
            "tfxc.pipeline": "penguin",
        }
        fields: dict[str, Any] = {
            "metrics": {"auc": 0.75, "recall@class_id:1": 1.0},
            "parameters": {"train_steps": "200"},
            "alias": "challenger",
            **more,
        }
        return Registration(name=name, folder=model, uri=str(model), tags=tags, **fields)

    return of_model


@pytest.fixture
def kubeflow_server() -> Iterator[Any]:
    """Yields the address of a registry that is empty, what it holds, and the token that it wants."""
    path = Path(__file__).parent / "kubeflow_server.py"
    specification = importlib.util.spec_from_file_location("kubeflow_server", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    with module.serving() as (address, store):
        yield address, store, module.TOKEN
