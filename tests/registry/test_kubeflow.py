"""Kubeflow's registry: over HTTP, against a stand-in that keeps to its API's rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.registry.base import Registry, open_registry, register_once, resolve
from tfxc.backends.registry.values import Registration
from tfxc.backends.web import client
from tfxc.backends.web.client import ServerError

Registering = Callable[..., Registration]


def opened(server: Any, **environment: str) -> Registry:
    address, _, token = server
    settings = {"kubeflow": {"server_address": address, "author": "birds"}}
    return open_registry(settings, environment or {"MODEL_REGISTRY_TOKEN": token})


def test_a_model_is_registered_once(kubeflow_server: Any, registration: Registering) -> None:
    registry = opened(kubeflow_server)
    first, new = register_once(registry, registration("penguin"))
    assert (first.uri, new) == ("models:/penguin/1", True)
    assert register_once(registry, registration("penguin")) == (first, False)
    second, new = register_once(registry, registration("penguin", artifact=8))
    assert (second.version, new) == ("2", True)
    listed = registry.versions("penguin")
    assert [(each.version, each.aliases) for each in listed] == [("2", ("challenger",)), ("1", ())]
    (model,) = registry.models()
    assert (model.name, dict(model.aliases), model.latest) == ("penguin", {"challenger": "2"}, "2")


def test_what_is_known_of_a_version(kubeflow_server: Any, registration: Registering, model: Path) -> None:
    registry = opened(kubeflow_server)
    register_once(registry, registration("penguin"))
    found = resolve(registry, "models:/penguin@challenger")
    assert found == resolve(registry, "models:/penguin/1")
    assert dict(found.metrics) == {"auc": 0.75, "recall@class_id:1": 1.0}
    assert dict(found.parameters) == {"train_steps": "200"}
    assert found.tags["mlmd.model_artifact_id"] == "7"
    assert found.source == str(model)
    assert found.created == 1_700_000_000


def test_versions_over_several_pages(kubeflow_server: Any, registration: Registering) -> None:
    registry = opened(kubeflow_server)
    for artifact in range(5):
        register_once(registry, registration("penguin", artifact=artifact))
    assert [each.version for each in registry.versions("penguin")] == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize(
    "lost",
    ["POST registered_models", "POST model_versions", "PATCH model_versions", "PATCH registered_models"],
)
def test_an_attempt_that_was_lost_leaves_nothing_half(
    kubeflow_server: Any, registration: Registering, lost: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has done what it was asked for, and its answer does not arrive."""
    monkeypatch.setattr(client, "ATTEMPTS", 1)
    _, store, _ = kubeflow_server
    registry = opened(kubeflow_server)
    store.lose = lost
    with pytest.raises(ServerError, match="cannot be reached"):
        register_once(registry, registration("penguin"))
    if lost != "PATCH registered_models":
        assert not any(model.aliases for model in registry.models())
    version, _ = register_once(registry, registration("penguin"))
    assert version.version == "1"
    assert len(store.things["model_versions"]) == 1
    assert len(store.things["model_artifacts"]) == 1
    assert resolve(registry, "models:/penguin@challenger").version == "1"


def test_a_version_that_is_not_whole_does_not_count(kubeflow_server: Any, registration: Registering) -> None:
    _, store, _ = kubeflow_server
    registry = opened(kubeflow_server)
    register_once(registry, registration("penguin"))
    store.things["model_versions"][0]["state"] = "ARCHIVED"
    assert registry.versions("penguin") == ()
    with pytest.raises(ServerError, match="no version 1 of `penguin`"):
        resolve(registry, "models:/penguin/1")


def test_a_number_that_another_has_taken_is_left_to_it(
    kubeflow_server: Any, registration: Registering
) -> None:
    _, store, _ = kubeflow_server
    registry = opened(kubeflow_server)
    register_once(registry, registration("penguin"))
    listed = type(store)._list

    def before_the_other(kind: str, *more: Any) -> Any:
        answer = listed(store, kind, *more)
        return {**answer, "items": []} if kind == "model_versions" else answer

    store._list = before_the_other
    version, _ = register_once(registry, registration("penguin", artifact=8))
    assert version.version == "2"


def test_an_alias_moves_alone(kubeflow_server: Any, registration: Registering) -> None:
    registry = opened(kubeflow_server)
    register_once(registry, registration("penguin", alias="champion"))
    register_once(registry, registration("penguin", artifact=8))
    (model,) = registry.models()
    assert dict(model.aliases) == {"champion": "1", "challenger": "2"}
    registry.set_alias("penguin", "2", "champion")
    assert resolve(registry, "models:/penguin@champion").aliases == ("challenger", "champion")


@pytest.mark.parametrize("environment", [{"MODEL_REGISTRY_TOKEN": "wrong"}, {"PATH": "no token"}])
def test_who_has_no_token_is_told_which_variable(kubeflow_server: Any, environment: dict[str, str]) -> None:
    with pytest.raises(ServerError, match="MODEL_REGISTRY_TOKEN") as refused:
        opened(kubeflow_server, **environment).models()
    assert "wrong" not in str(refused.value)


def test_the_token_of_a_service_account(kubeflow_server: Any, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{kubeflow_server[2]}\n")
    assert opened(kubeflow_server, KF_PIPELINES_SA_TOKEN_PATH=str(file)).models() == ()
    with pytest.raises(ServerError, match="KF_PIPELINES_SA_TOKEN_PATH names cannot be read"):
        opened(kubeflow_server, KF_PIPELINES_SA_TOKEN_PATH=str(tmp_path / "none"))


def test_files_that_are_elsewhere_are_not_downloaded(
    kubeflow_server: Any, registration: Registering, tmp_path: Path
) -> None:
    registry = opened(kubeflow_server)
    there = replace(registration("penguin"), uri="gs://bucket/model")
    version, _ = register_once(registry, there)
    with pytest.raises(ServerError, match="gs://bucket/model"):
        registry.download(version, tmp_path / "copy")
