"""MLflow's registry: a real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.registry.base import Registry, open_registry, register_once, resolve, verified_download
from tfxc.backends.registry.model_files import files_sha256
from tfxc.backends.registry.values import Registration
from tfxc.backends.web.client import Client, ServerError

pytestmark = pytest.mark.registry

Registering = Callable[..., Registration]


def opened(server: Any, experiment: str = "birds", **environment: str) -> Registry:
    settings = {"mlflow": {"tracking_uri": server.uri, "experiment": experiment}}
    return open_registry(settings, environment or server.environment)


def test_a_model_is_registered_once(mlflow_server: Any, registration: Registering) -> None:
    registry = opened(mlflow_server)
    first, new = register_once(registry, registration("once"))
    assert (first.uri, new) == ("models:/once/1", True)
    assert register_once(registry, registration("once"))[0].version == "1"
    second, new = register_once(registry, registration("once", artifact=8))
    assert (second.version, new) == ("2", True)
    listed = registry.versions("once")
    assert [(each.version, each.aliases) for each in listed] == [("2", ("challenger",)), ("1", ())]
    (model,) = (each for each in registry.models() if each.name == "once")
    assert (dict(model.aliases), model.latest) == ({"challenger": "2"}, "2")


def test_what_is_known_of_a_version(mlflow_server: Any, registration: Registering) -> None:
    registry = opened(mlflow_server)
    register_once(registry, registration("known"))
    found = resolve(registry, "models:/known@challenger")
    assert found == resolve(registry, "models:/known/1")
    assert dict(found.metrics) == {"auc": 0.75, "recall_class_id:1": 1.0}
    assert dict(found.parameters) == {"train_steps": "200"}
    assert found.tags["mlmd.model_artifact_id"] == "7"
    assert found.created is not None


def test_a_download_is_what_was_registered(
    mlflow_server: Any, registration: Registering, model: Path, tmp_path: Path
) -> None:
    registry = opened(mlflow_server)
    version, _ = register_once(registry, registration("loaded"))
    copy = tmp_path / "copy"
    verified_download(registry, version, copy)
    assert files_sha256(copy) == files_sha256(model)
    (copy / "registered_model_meta").write_text("what MLflow's client adds")
    assert files_sha256(copy) == files_sha256(model)
    with pytest.raises(ServerError, match="is there already"):
        verified_download(registry, version, copy)


def test_a_download_that_is_something_else_is_not_kept(
    mlflow_server: Any, registration: Registering, model: Path, tmp_path: Path
) -> None:
    registry = opened(mlflow_server)
    version, _ = register_once(registry, registration("changed"))
    (model / "saved_model.pb").write_bytes(b"other")
    where = version.source.removeprefix("mlflow-artifacts:/")
    stranger: Any = registry
    stranger._client.upload(
        f"/api/2.0/mlflow-artifacts/artifacts/{where}/saved_model.pb", model / "saved_model.pb"
    )
    with pytest.raises(ServerError, match="not what was registered"):
        verified_download(registry, version, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    "lost", ["upload", "/runs/log-batch", "/runs/update", "/model-versions/create", "/alias"]
)
def test_an_attempt_that_was_lost_leaves_nothing_half(
    mlflow_server: Any, registration: Registering, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has done what it was asked for, and then nobody is there any more."""
    registry = opened(mlflow_server, experiment=f"lost {lost}")
    name = f"lost{lost.strip('/').replace('/', '-')}"
    upload, send = Client.upload, Client.send

    class KilledError(BaseException):
        pass

    def upload_and_die(self: Client, path: str, file: Path) -> None:
        upload(self, path, file)
        if lost == "upload":
            raise KilledError

    def send_and_die(self: Client, method: str, path: str, body: Any, *, repeatable: bool) -> Any:
        answer = send(self, method, path, body, repeatable=repeatable)
        if path.endswith(lost):
            raise KilledError
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(Client, "upload", upload_and_die)
        patched.setattr(Client, "send", send_and_die)
        with pytest.raises(KilledError):
            register_once(registry, registration(name))
    version, _ = register_once(registry, registration(name))
    assert version.version == "1"
    (only,) = registry.versions(name)
    assert only.aliases == ("challenger",)
    client: Any = registry
    experiment = client._experiment_id()
    runs = send(
        client._client,
        "POST",
        "/api/2.0/mlflow/runs/search",
        {"experiment_ids": [experiment]},
        repeatable=True,
    )["runs"]
    assert [each["info"]["status"] for each in runs] == ["FINISHED"]


def test_an_upload_that_did_not_arrive_is_no_version(
    mlflow_server: Any, registration: Registering, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = opened(mlflow_server)
    upload = Client.upload

    def forget_one(self: Client, path: str, file: Path) -> None:
        if not path.endswith("variables.index"):
            upload(self, path, file)

    with monkeypatch.context() as patched:
        patched.setattr(Client, "upload", forget_one)
        with pytest.raises(ServerError, match="did not arrive whole"):
            register_once(registry, registration("partly"))
    assert "partly" not in [model.name for model in registry.models()]


def test_other_parameters_are_another_run(mlflow_server: Any, registration: Registering) -> None:
    """MLflow lets no parameter of a run be changed."""
    registry = opened(mlflow_server)
    for steps in ("200", "300"):
        client: Any = registry
        client._log(
            client._run(registration("steps", parameters={"train_steps": steps}))["run_id"],
            registration("steps", parameters={"train_steps": steps}),
        )


def test_who_may_come_in_and_who_may_not(guarded_mlflow_server: Any) -> None:
    assert opened(guarded_mlflow_server).models() == ()
    wrong = {"MLFLOW_TRACKING_TOKEN": "of-another-server"}
    with pytest.raises(ServerError, match=r"\(401\): check MLFLOW_TRACKING_TOKEN") as refused:
        opened(guarded_mlflow_server, **wrong).models()
    assert "of-another-server" not in str(refused.value)
    with pytest.raises(ServerError, match=r"\(401\): set MLFLOW_TRACKING_TOKEN, or"):
        opened(guarded_mlflow_server, PATH="nothing").models()


@pytest.mark.parametrize("address", ["models:/nobody/1", "models:/nobody@champion", "models:/once/x"])
def test_what_is_not_there(mlflow_server: Any, address: str) -> None:
    with pytest.raises(ServerError, match=r"\((400|404)\): "):
        resolve(opened(mlflow_server), address)
