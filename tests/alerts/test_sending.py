"""What is sent, and over which way: real servers, which fail now and then."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.alerts.message import body, text, title
from tfxc.backends.alerts.notice import Notice
from tfxc.backends.alerts.send import DESTINATIONS
from tfxc.backends.launcher.protocol.summaries import (
    AnomalySummary,
    EvaluationSummary,
    FailedNode,
    Metric,
    RunSummary,
)
from tfxc.backends.web import client
from tfxc.backends.web.client import ServerError
from tfxc.backends.web.secrets import hidden, secrets_of

SECRET = "a-secret-that-nobody-may-see"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries again at once."""
    monkeypatch.setattr(client, "WAIT", 0.001)


@pytest.fixture
def notice() -> Notice:
    """A run that failed, with anomalies and a model that is not blessed."""
    anomalies = tuple(
        AnomalySummary(
            node="check", split="serving", feature=f"f{index}", severity="ERROR", description="it drifted"
        )
        for index in range(20)
    )
    evaluation = EvaluationSummary(
        node="evaluator",
        blessed=False,
        metrics=(
            Metric(slice="Overall", name="auc", value=0.75),
            Metric(slice="city:Rome", name="auc", value=0.5),
        ),
        failures=("city:Rome: auc is 0.5, below its lower bound 0.6",),
    )
    return Notice(
        pipeline="penguin",
        run_id="run-7",
        run_date="2026-01-31",
        node="tell",
        state="failed",
        found=RunSummary(anomalies=anomalies, evaluations=(evaluation,)),
        not_blessed=("evaluator", "infra"),
        failed=(FailedNode(node="pusher", error="`pusher` failed: no <room> & no `hope`."),),
        report="tfxc report run-7",
        report_url="https://airflow.example.com/dags/penguin",
    )


def send(kind: str, notice: Notice, **settings: Any) -> str:
    model, sends = DESTINATIONS[kind]
    return sends(model.model_validate(settings), notice)


def test_the_title_says_all_at_once(notice: Notice) -> None:
    assert title(notice) == (
        "penguin: failed at pusher; 20 anomalies in 20 features; the model is not blessed by evaluator and"
        " infra (run run-7)"
    )
    quiet = Notice("penguin", "run-7", "2026-01-31", "tell", "succeeded")
    assert title(quiet) == "penguin: succeeded (run run-7)"


def test_the_text_has_what_was_found_and_where_there_is_more(notice: Notice) -> None:
    said = text(notice)
    for part in (
        "run run-7 of penguin failed",
        "`pusher` failed: no <room> & no `hope`.",
        "check: 20 anomalies",
        "  serving: f0: it drifted",
        "evaluator: the model is not blessed",
        "because city:Rome: auc is 0.5, below its lower bound 0.6",
        "0.7500",
        "infra: the model is not blessed",
        "more: https://airflow.example.com/dags/penguin",
        "more: tfxc report run-7",
    ):
        assert part in said
    assert said.count("evaluator: the model is not blessed") == 1
    assert len(said.splitlines()) < 70


def test_an_evaluation_without_a_blessing_has_no_verdict(notice: Notice) -> None:
    evaluation = notice.found.evaluations[0].model_copy(update={"blessed": None, "failures": ()})
    found = RunSummary(evaluations=(evaluation,))
    said = text(Notice("p", "r", "d", "tell", "succeeded", found))
    assert "no verdict" not in said
    assert "evaluator: metrics" in said


def test_what_is_told_and_when(notice: Notice) -> None:
    assert notice.reasons == ("anomalies", "not_blessed", "failure")
    assert notice.is_told(["failure"])
    quiet = Notice("penguin", "run-7", "2026-01-31", "tell", "succeeded")
    assert quiet.reasons == ()
    assert not quiet.is_told(["anomalies", "not_blessed", "failure"])
    assert quiet.is_told(["always"])


def test_the_key_is_that_of_what_is_told(notice: Notice) -> None:
    from dataclasses import replace

    assert notice.key == replace(notice, report="elsewhere", run_date="2026-02-01").key
    assert notice.key != replace(notice, run_id="run-8").key
    assert notice.key != replace(notice, state="succeeded").key
    assert notice.key != replace(notice, found=RunSummary()).key
    assert re.fullmatch("[0-9a-f]{32}", notice.key)


def test_a_webhook_gets_json_and_headers(web: Any, notice: Notice) -> None:
    headers = {"Authorization": f"Bearer {SECRET}"}
    assert send("webhook", notice, url=f"{web.address}/alerts?team=birds", headers=headers) == ""
    (request,) = web.requests
    assert (request.method, request.path) == ("POST", "/alerts?team=birds")
    assert request.headers["Authorization"] == f"Bearer {SECRET}"
    assert request.headers["Idempotency-Key"] == notice.key
    assert request.headers["User-Agent"].startswith("tfxc/")
    assert request.body == json.loads(json.dumps(body(notice)))
    assert request.body["format"] == "tfxc.alert/1"
    assert request.body["reasons"] == ["anomalies", "not_blessed", "failure"]
    assert request.body["anomalies"][0]["feature"] == "f0"
    assert request.body["evaluations"][0]["metrics"] == {"auc": 0.75}
    assert request.body["failed_nodes"][0]["node"] == "pusher"


def test_slack_gets_a_text_that_it_takes_for_no_markup(web: Any, notice: Notice) -> None:
    send("slack", notice, webhook_url=f"{web.address}/services/T0/B0/{SECRET}")
    (request,) = web.requests
    assert request.path == f"/services/T0/B0/{SECRET}"
    assert list(request.body) == ["text"]
    said = request.body["text"]
    assert said.startswith("*penguin: failed at pusher")
    assert "no &lt;room&gt; &amp; no" in said
    assert "<" not in said
    assert said.count("```") == 2


@pytest.mark.parametrize("status", [0, 429, 503])
def test_a_busy_server_is_asked_again(web: Any, notice: Notice, status: int) -> None:
    web.answers = [(status, b""), (status, b"")]
    send("webhook", notice, url=web.address)
    assert len(web.requests) == 3
    assert len({request.headers["Idempotency-Key"] for request in web.requests}) == 1


@pytest.mark.parametrize(("kind", "key"), [("webhook", "url"), ("slack", "webhook_url")])
def test_a_refusal_names_the_host_and_the_answer_but_no_path(
    web: Any, notice: Notice, kind: str, key: str
) -> None:
    web.answers = [(404, b"no_service")]
    with pytest.raises(ServerError) as refused:
        send(kind, notice, **{key: f"{web.address}/{SECRET}"})
    assert str(refused.value).endswith(f" at {web.address} refused a request (404): no_service.")
    assert SECRET not in str(refused.value)
    web.answers = [(401, b"")]
    with pytest.raises(ServerError, match=r"lets nobody in like this \(401\): check .*`"):
        send(kind, notice, **{key: f"{web.address}/{SECRET}"})
    with pytest.raises(ServerError, match="cannot be reached") as refused:
        send(kind, notice, **{key: f"http://127.0.0.1:9/{SECRET}"})
    assert SECRET not in str(refused.value)


def test_a_redirect_does_not_show_where_to(web: Any, notice: Notice) -> None:
    web.answers = [(301, b"")]
    with pytest.raises(ServerError, match="it points to") as refused:
        send("webhook", notice, url=f"{web.address}/{SECRET}")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "headers", [{"X-Token": f"{SECRET}\r\nX: y"}, {"X Token": SECRET}, {"Content-Length": SECRET}]
)
def test_headers_that_cannot_be_sent(web: Any, notice: Notice, headers: dict[str, str]) -> None:
    with pytest.raises(ServerError) as refused:
        send("webhook", notice, url=web.address, headers=headers)
    assert SECRET not in str(refused.value)
    assert web.requests == []


@pytest.fixture
def trusted(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A server's context whose certificate is trusted in this process."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


Mail = Callable[..., str]


@pytest.fixture
def plain(small_servers: Any) -> Iterator[Any]:
    """An SMTP server without encryption."""
    with small_servers.mail_server() as server:
        yield server


def mail(server: Any, notice: Notice, **more: Any) -> str:
    settings = {
        "host": "127.0.0.1",
        "port": server.port,
        "from": "tfxc@example.com",
        "to": ["me@example.com", "you@example.com"],
        **more,
    }
    return send("email", notice, **settings)


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_mail_is_sent_with_tls_and_a_login(
    small_servers: Any, trusted: ssl.SSLContext, notice: Notice, security: str
) -> None:
    login = {"user": "me", "password": SECRET}
    with small_servers.mail_server(trusted, at_once=security == "tls", **login) as server:
        mail(server, notice, security=security, username="me", password=SECRET)
        assert server.encrypted
        (received,) = server.mails
        assert received["Subject"] == title(notice)
        assert received["To"] == "me@example.com, you@example.com"
        assert received["Message-ID"] == f"<tfxc.{notice.key}@example.com>"
        assert received.get_content() == text(notice)
        with pytest.raises(ServerError, match=r"does not let the user in \(535 5\.7\.8 wrong") as refused:
            mail(server, notice, security=security, username="me", password=f"not-{SECRET}")
        assert SECRET not in str(refused.value)


def test_no_mail_is_sent_to_whom_is_not_trusted(
    small_servers: Any, certificate: tuple[Path, Path], plain: Any, notice: Notice
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with small_servers.mail_server(context) as server:
        with pytest.raises(ServerError, match="cannot be trusted"):
            mail(server, notice)
        assert server.mails == []
    with pytest.raises(ServerError, match="STARTTLS"):
        mail(plain, notice)
    assert plain.mails == []


def test_a_mail_is_tried_again_and_a_refused_one_is_not(plain: Any, notice: Notice) -> None:
    plain.hang_up = 2
    mail(plain, notice, security="none")
    assert (plain.connections, len(plain.mails)) == (3, 1)
    plain.refusals = {"me@example.com": b"550 5.1.1 unknown", "you@example.com": b"550 5.1.1 unknown"}
    with pytest.raises(ServerError, match=r"refused me@example.com: 550 5.1.1 unknown\."):
        mail(plain, notice, security="none")
    assert plain.connections == 4


def test_who_did_not_get_a_mail_is_told(plain: Any, notice: Notice) -> None:
    plain.refusals = {"you@example.com": b"550 5.1.1 unknown"}
    said = mail(plain, notice, security="none")
    assert said.endswith("did not take it for you@example.com (550 5.1.1 unknown)")
    assert plain.recipients == [("me@example.com",)]


def test_a_mail_server_that_is_not_there(notice: Notice) -> None:
    class Nobody:
        port = 9

    with pytest.raises(ServerError, match=r"the SMTP server 127\.0\.0\.1:9 cannot be reached: .*refused"):
        mail(Nobody, notice)


def test_secrets_are_what_the_environment_holds() -> None:
    value = {"url": {"$concatenate": ["https://x/", {"$reference": "env.A"}]}, "n": {"$reference": "env.B"}}
    secrets = secrets_of([value], {"A": SECRET, "B": "1", "C": "other"})
    assert secrets == (SECRET,)
    assert hidden(f"it said {SECRET}!", secrets) == "it said ***!"
