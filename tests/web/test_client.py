"""HTTP: what is tried again, what is not, and that no token goes anywhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tfxc.backends.registry.base import open_registry, parse_address
from tfxc.backends.web import client
from tfxc.backends.web.client import Client, ServerError, basic, bearer
from tfxc.schemas.failures import WrongUse


class Answers:
    """What the server answers, one after the other, and the requests that it got."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str], bytes]] = []
        self.requests: list[tuple[str, str, str | None]] = []
        self.base = ""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answers]:
    monkeypatch.setattr(client, "WAIT", 0.001)
    told = Answers()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Says nothing."""

        def _serve(self) -> None:
            told.requests.append((self.command, self.path, self.headers.get("Authorization")))
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, body = told.answers.pop(0)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _serve  # noqa: N815

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    # Asked to stop it looks up from its waiting: not half a second later.
    threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    told.base = f"http://127.0.0.1:{http.server_port}"
    yield told
    http.shutdown()
    http.server_close()


def opened(server: Answers) -> Client:
    return Client(server.base, "the server", bearer("my-token", "TOKEN"))


@pytest.mark.parametrize("status", [0, 429, 502, 503, 504])
def test_a_question_is_asked_again(server: Answers, status: int) -> None:
    server.answers = [(status, {}, b""), (200, {}, b'{"a": 1}')]
    assert opened(server).get("/x", {"q": "a b", "none": None}) == {"a": 1}
    assert server.requests == [("GET", "/x?q=a+b", "Bearer my-token")] * 2


@pytest.mark.parametrize("status", [0, 503])
def test_what_makes_something_is_asked_once(server: Answers, status: int) -> None:
    server.answers = [(status, {}, b""), (200, {}, b"{}")]
    with pytest.raises(ServerError):
        opened(server).send("POST", "/x", {}, repeatable=False)
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_a_refusal_is_final(server: Answers, status: int) -> None:
    server.answers = [(status, {}, b'{"error_code": "NO", "message": "not\\n like this"}')]
    with pytest.raises(ServerError) as refused:
        opened(server).get("/x")
    assert (refused.value.status, refused.value.code) == (status, "NO")
    assert "my-token" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_token_does_not_follow_a_redirect(server: Answers) -> None:
    server.answers = [(302, {"Location": f"{server.base}/elsewhere"}, b""), (200, {}, b"{}")]
    with pytest.raises(ServerError, match="points to"):
        opened(server).get("/x")
    assert len(server.requests) == 1


@pytest.mark.parametrize("body", [b"<html>", b"\xff\xfe", b'{"a":'])
def test_an_answer_that_is_no_json(server: Answers, body: bytes) -> None:
    server.answers = [(200, {}, body)]
    with pytest.raises(ServerError, match="did not answer with JSON"):
        opened(server).get("/x")


def test_a_secret_is_not_shown() -> None:
    for authorization in (bearer("secret", "TOKEN"), basic("me", "secret", "USER")):
        assert "secret" not in repr(authorization)
        assert "c2VjcmV0" not in repr(authorization)
    with pytest.raises(ServerError, match="the token in TOKEN") as refused:
        bearer("sec\r\nret: 1", "TOKEN")
    assert "sec" not in str(refused.value).replace("TOKEN", "")
    with pytest.raises(ServerError, match="password in it") as refused:
        open_registry({"mlflow": {"tracking_uri": "http://me:hidden@host"}}, {})
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("models:/penguin/3", ("penguin", "3", None)),
        ("models:/penguin@champion", ("penguin", None, "champion")),
    ],
)
def test_addresses(text: str, parts: tuple[Any, ...]) -> None:
    assert parse_address(text) == parts


@pytest.mark.parametrize(
    "text", ["penguin", "models:/", "models:/penguin", "models:/a/1@b", "models://a/1", "models:/@a", ""]
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(WrongUse, match="models:/NAME/VERSION"):
        parse_address(text)


def test_certificates_are_read_for_https_alone(server: Answers) -> None:
    server.answers = [(200, {}, b"{}")]
    assert Client(server.base, "the server", bearer("t", "TOKEN"), "gone.pem").get("/") == {}
    with pytest.raises(ServerError, match=r"^the certificates in gone\.pem cannot be read\.$"):
        Client("HTTPS://localhost", "the server", bearer("t", "TOKEN"), "gone.pem")
