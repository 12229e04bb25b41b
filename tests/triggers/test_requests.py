"""The requests that start pipelines, as Kubeflow Pipelines and webhooks document them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tfxc.backends.triggers import kubeflow, local, webhook
from tfxc.backends.triggers.values import TriggerRequest
from tfxc.backends.web import client
from tfxc.backends.web.client import ServerError
from tfxc.schemas.components.trigger import KubeflowTarget, LocalTarget, WebhookTarget
from tfxc.schemas.failures import Failure

SECRET = "a-token-that-nobody-may-see"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again at once."""
    monkeypatch.setattr(client, "WAIT", 0.001)


@pytest.fixture
def request_() -> TriggerRequest:
    return TriggerRequest(
        "monitoring", "manual__2026-01-31T00:00:00+00:00", "retrain", ("anomalies",), {"steps": 5, "day": "x"}
    )


def test_the_new_run_has_an_id_that_is_always_the_same(request_: TriggerRequest) -> None:
    import re
    from dataclasses import replace

    assert re.fullmatch("[A-Za-z0-9][A-Za-z0-9._-]{0,99}", request_.new_run_id)
    assert request_.new_run_id == replace(request_, reasons=(), parameters={}).new_run_id
    others = [replace(request_, **{key: "other"}) for key in ("pipeline", "run_id", "node")]
    assert len({each.new_run_id for each in [request_, *others]}) == 4
    assert len(replace(request_, run_id="x" * 300).new_run_id) <= 100


class Kubeflow:
    """Kubeflow Pipelines' API as far as it is used, and what it was asked to make."""

    def __init__(self) -> None:
        self.runs: list[dict[str, Any]] = []
        self.experiments: list[dict[str, Any]] = []
        self.lose_answer = False

    def answer(self, request: Any) -> tuple[int, bytes]:
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            return 401, b'{"message": "who are you"}'
        parts = urlsplit(request.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix("/pipeline/apis/v2beta1/")
        named = None
        if "filter" in query:
            (predicate,) = json.loads(query["filter"])["predicates"]
            assert (predicate["operation"], predicate["key"]) == ("EQUALS", "display_name")
            named = predicate["stringValue"]
        if path == "pipelines/names/train" and query.get("namespace", "birds") == "birds":
            return 200, b'{"pipeline_id": "p-1", "display_name": "train"}'
        if path == "pipelines/p-1/versions":
            versions = [{"pipeline_version_id": "v-2", "display_name": "two"}]
            versions += [{"pipeline_version_id": "v-1", "display_name": "one"}]
            assert query["sort_by"] == "created_at desc"
            kept = [each for each in versions if named in (None, each["display_name"])]
            return 200, json.dumps({"pipeline_versions": kept[: int(query["page_size"])]}).encode()
        key = {"runs": "run", "experiments": "experiment"}.get(path)
        if key is None:
            return 404, b'{"code": 5, "message": "not found"}'
        kept = self.runs if path == "runs" else self.experiments
        if request.method == "GET":
            found = [each for each in kept if each["display_name"] == named]
            return 200, json.dumps({path: found} if found else {}).encode()
        made = {**request.body, f"{key}_id": f"{key}-{len(kept) + 1}"}
        kept.append(made)
        if self.lose_answer and path == "runs":
            return 0, b""
        return 200, json.dumps(made).encode()


@pytest.fixture
def pipelines(web: Any) -> Kubeflow:
    told = Kubeflow()
    web.answer = told.answer
    return told


def target(web: Any, **more: Any) -> KubeflowTarget:
    settings = {"host": f"{web.address}/pipeline", "pipeline": "train", "token": SECRET, **more}
    return KubeflowTarget.model_validate(settings)


def test_a_run_of_the_newest_version_is_started_once(
    web: Any, pipelines: Kubeflow, request_: TriggerRequest
) -> None:
    wanted = target(web, experiment="birds", namespace="birds", service_account="pipeline-runner")
    first = kubeflow.start(wanted, request_)
    assert (first.run, first.is_new) == ("run-1", True)
    (made,) = pipelines.runs
    assert made["display_name"] == request_.new_run_id
    assert made["pipeline_version_reference"] == {"pipeline_id": "p-1", "pipeline_version_id": "v-2"}
    assert made["runtime_config"] == {"parameters": {"steps": 5, "day": "x"}}
    assert made["experiment_id"] == "experiment-1"
    assert made["service_account"] == "pipeline-runner"
    assert pipelines.experiments[0]["namespace"] == "birds"
    again = kubeflow.start(wanted, request_)
    assert (again.run, again.is_new) == ("run-1", False)
    assert len(pipelines.runs) == 1


def test_a_lost_answer_starts_no_second_run(web: Any, pipelines: Kubeflow, request_: TriggerRequest) -> None:
    pipelines.lose_answer = True
    assert kubeflow.start(target(web, version="one"), request_).run == "run-1"
    (made,) = pipelines.runs
    assert made["pipeline_version_reference"]["pipeline_version_id"] == "v-1"
    assert "experiment_id" not in made


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"pipeline": "nothing"}, "Kubeflow Pipelines at .* has no pipeline `nothing`"),
        ({"version": "three"}, "has no version `three`"),
        ({"token": f"not-{SECRET}"}, r"lets nobody in like this \(401\): check `token`"),
        ({"token": None}, "give `token`, or the file that KF_PIPELINES_SA_TOKEN_PATH names"),
        ({"host": "http://127.0.0.1:9"}, "Kubeflow Pipelines at http://127.0.0.1:9 cannot be reached"),
    ],
)
def test_what_kubeflow_refuses_is_a_sentence(
    web: Any,
    pipelines: Kubeflow,
    request_: TriggerRequest,
    more: dict[str, Any],
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("KF_PIPELINES_SA_TOKEN_PATH", raising=False)
    with pytest.raises(ServerError, match=words) as refused:
        kubeflow.start(target(web, **more), request_)
    assert SECRET not in str(refused.value)
    assert pipelines.runs == []


def test_a_token_comes_from_the_file_of_a_pod(
    web: Any, pipelines: Kubeflow, request_: TriggerRequest, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text(f"{SECRET}\n")
    monkeypatch.setenv("KF_PIPELINES_SA_TOKEN_PATH", str(tmp_path / "token"))
    assert kubeflow.start(target(web, token=None), request_).is_new


def test_github_gets_its_own_body(web: Any, request_: TriggerRequest) -> None:
    web.answers = [(503, b""), (204, b"")]
    settings = WebhookTarget.model_validate(
        {
            "url": f"{web.address}/repos/me/birds/dispatches",
            "headers": {"Authorization": f"Bearer {SECRET}", "Accept": "application/vnd.github+json"},
            "body": {"event_type": "drift", "client_payload": {"feature": "size"}},
        }
    )
    started = webhook.start(settings, request_)
    assert (started.run, started.where) == (request_.new_run_id, web.address)
    assert len(web.requests) == 2
    request = web.requests[-1]
    assert (request.method, request.path) == ("POST", "/repos/me/birds/dispatches")
    assert request.headers["Accept"] == "application/vnd.github+json"
    assert request.headers["Idempotency-Key"] == request_.new_run_id
    assert request.body == {"event_type": "drift", "client_payload": {"feature": "size"}}


def test_a_webhook_without_a_body_gets_ours(web: Any, request_: TriggerRequest) -> None:
    webhook.start(WebhookTarget(url=web.address), request_)
    assert web.requests[0].body == {
        "format": "tfxc.trigger/1",
        "id": request_.new_run_id,
        "pipeline": "monitoring",
        "run_id": "manual__2026-01-31T00:00:00+00:00",
        "node": "retrain",
        "reasons": ["anomalies"],
        "parameters": {"steps": 5, "day": "x"},
    }


def test_pipelines_that_start_each_other_are_not_run(request_: TriggerRequest, tmp_path: Any) -> None:
    spec = tmp_path / "pipeline.yaml"
    with pytest.raises(Failure, match="there is no spec"):
        local.start(LocalTarget(spec=str(spec)), request_, {})
    spec.write_text("")
    with pytest.raises(Failure, match="start each other"):
        local.start(LocalTarget(spec=str(spec)), request_, {local.CHAIN: f"/other.yaml:{spec}"})
