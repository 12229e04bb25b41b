"""The pages of `tfxc ui`: what they show of a past, what they refuse, and what they follow."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tfxc.backends.ui.app import application
from tfxc.backends.ui.live import cleaned
from tfxc.backends.ui.sources import UnusableSpec, with_slugs
from tfxc.schemas.plan import Plan

GOOD = (
    {"event": "node_started", "node": "example_gen", "attempt": 1},
    {"event": "node_finished", "node": "example_gen", "state": "succeeded", "seconds": 1.5},
    {"event": "node_started", "node": "trainer", "attempt": 1},
    {"event": "node_retrying", "node": "trainer", "attempt": 1, "reason": "it broke", "wait": 0.1},
    {"event": "node_finished", "node": "trainer", "state": "failed", "reason": "it broke", "seconds": 2.0},
    {"event": "run_finished", "state": "failed"},
)


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def put_run(store: Any, run_id: str = "one", **folder: Any) -> tuple[int, int]:
    examples = store.artifact("Examples", f"runs/example_gen/examples/{run_id}")
    model = store.artifact("Model", f"runs/trainer/model/{run_id}")
    store.execution(run_id, "example_gen", "CsvExampleGen", outputs={"examples": [examples]})
    store.execution(run_id, "trainer", "Trainer", inputs={"examples": [examples]}, outputs={"model": [model]})
    return examples, model


def put_folder(store: Any, run_id: str, events: Any, log: bytes = b"", **record: Any) -> Any:
    logged = [
        {**event, "log": f"logs/{event['node']}.1.log"} if event["event"] == "node_started" else event
        for event in events
    ]
    folder = store.run_folder(run_id, logged, **record)
    folder.logs.mkdir(parents=True, exist_ok=True)
    for event in logged:
        if "log" in event:
            (folder.path / event["log"]).write_bytes(log)
    return folder


def test_before_the_first_run(client: TestClient) -> None:
    first = client.get("/")
    assert first.status_code == 200
    assert "No runs yet: tfxc run birds/pipeline.yaml makes one." in text_of(first.text)
    page = client.get("/birds")
    assert "example_gen" in page.text
    assert "No runs yet" in page.text
    assert "None yet." in client.get("/birds/artifacts").text


def test_a_run_that_only_the_store_knows(client: TestClient, store: Any) -> None:
    examples, model = put_run(store)
    assert "1 run" in text_of(client.get("/").text)
    page = client.get("/birds/runs/one")
    assert page.status_code == 200
    assert 'data-node="trainer" class="box succeeded"' in page.text
    assert f'href="/birds/artifacts/{model}"' in page.text
    assert "data-live" not in page.text
    assert client.get("/birds/runs/latest").text == page.text
    artifact = text_of(client.get(f"/birds/artifacts/{examples}").text)
    assert "Made by example_gen in run one" in artifact
    assert "trainer read it as examples in run one" in artifact


def test_a_failed_run_with_a_folder(client: TestClient, store: Any) -> None:
    put_folder(store, "two", GOOD, b"line one\n\x1b[31mred\x1b[0m\n")
    page = client.get("/birds/runs/two").text
    assert 'class="box failed"' in page
    assert "it broke" in page
    log = client.get("/birds/runs/two/logs/trainer").text
    assert "line one\nred\n" in log
    assert "data-follow" not in log
    assert client.get("/birds/runs/two/logs/trainer?attempt=2").status_code == 404


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/nothing", "there is no pipeline `nothing` here"),
        ("/birds/runs/none", "there is no run `none` of birds"),
        ("/birds/runs/one/logs/trainer", "run one has no log of `trainer` on this machine"),
        ("/birds/runs/one/logs/..%2F..%2Fetc%2Fpasswd", "Not Found"),
        ("/birds/artifacts/999", "there is no artifact 999 in this store"),
        ("/static/../app.py", "there is no pipeline `app.py` here"),
        ("/static/%2e%2e/app.py", "Not Found"),
    ],
)
def test_what_is_not_there_is_said(client: TestClient, store: Any, address: str, words: str) -> None:
    put_run(store)
    answer = client.get(address)
    assert answer.status_code == 404
    assert words in text_of(answer.text)


def test_nothing_changes_by_any_request(client: TestClient) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client.request(method, "/birds").status_code == 405


def test_other_host_names_are_refused(client: TestClient) -> None:
    assert client.get("/", headers={"host": "evil.example"}).status_code == 400


def test_every_answer_says_what_a_page_may_do(client: TestClient, store: Any) -> None:
    put_run(store)
    for address in ("/", "/birds", "/birds/runs/one", "/birds/artifacts", "/nothing", "/static/ui.css"):
        headers = client.get(address).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"
    page = client.get("/birds/runs/one").text
    assert "<style" not in page
    assert " style=" not in page
    assert "<script>" not in page


def test_texts_of_users_are_no_code(store: Any, two_nodes: Plan, hostile: str) -> None:
    plan = two_nodes.model_copy(update={"description": hostile})
    client = TestClient(application(with_slugs([("birds", hostile, lambda: (plan, store.folder))]), ["*"]))
    put_folder(store, "two", GOOD[:4], hostile.encode(), parameters={"city": hostile})
    examples = store.artifact("Examples", f"runs/{hostile}", files={}, note=hostile)
    store.execution("two", "example_gen", "CsvExampleGen", outputs={"examples": [examples]})
    of_a_run = ("/birds/runs/two", "/birds/runs/two/logs/trainer")
    for address in ("/", "/birds", *of_a_run, f"/birds/artifacts/{examples}"):
        page = client.get(address)
        assert page.status_code == 200, address
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text, address


def test_a_spec_with_mistakes_or_a_store_that_is_gone_is_told(store: Any, two_nodes: Plan) -> None:
    def broken() -> tuple[Plan, Path]:
        raise UnusableSpec("error[T203]: no such output")

    (store.folder / "bad").mkdir()
    (store.folder / "bad" / "runs").mkdir()
    (store.folder / "bad" / "runs" / "metadata.sqlite").write_text("no database")
    sources = with_slugs(
        [
            ("birds", "a.yaml", broken),
            ("birds", "b.yaml", lambda: (two_nodes, store.folder)),
            ("fish", "c.yaml", lambda: (two_nodes, store.folder / "bad")),
        ]
    )
    client = TestClient(application(sources, ["*"]))
    first = text_of(client.get("/").text)
    assert "error[T203]: no such output" in first
    assert client.get("/birds~2").status_code == 200
    for address in ("/birds", "/fish"):
        answer = client.get(address)
        assert answer.status_code == 500
        assert "Traceback" not in answer.text


def events(answer: Any) -> Iterator[tuple[str, Any]]:
    for block in answer.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            yield fields["event"], json.loads(fields["data"])


def test_what_happens_in_a_run_is_streamed_until_it_is_over(client: TestClient, store: Any) -> None:
    put_folder(store, "two", GOOD)
    answer = client.get("/birds/runs/two/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    found = [*events(answer)]
    assert [(name, data.get("node"), data.get("state")) for name, data in found] == [
        ("node", "example_gen", "running"),
        ("node", "example_gen", "succeeded"),
        ("node", "trainer", "running"),
        ("node", "trainer", "retrying"),
        ("node", "trainer", "failed"),
        ("end", None, "failed"),
    ]
    ids = re.findall(r"^id: (\d+)$", answer.text, re.MULTILINE)
    again = client.get("/birds/runs/two/events", headers={"last-event-id": ids[3]})
    assert [*events(again)] == found[4:]


def test_a_run_that_only_a_store_knows_is_streamed_too(client: TestClient, store: Any) -> None:
    put_run(store)
    found = [*events(client.get("/birds/runs/one/events"))]
    assert [data["state"] for _, data in found] == ["succeeded", "succeeded", "succeeded"]
    assert found[-1][0] == "end"


def test_a_run_that_goes_on_is_followed(client: TestClient, store: Any) -> None:
    put_folder(store, "three", GOOD[:3], b"so far\n", hold=True)
    page = client.get("/birds/runs/three").text
    assert 'data-live="/birds/runs/three/events"' in page
    assert 'class="box running"' in page
    log = client.get("/birds/runs/three/logs/trainer").text
    assert 'data-follow="/birds/runs/three/logs/trainer/follow?attempt=1&amp;from=7"' in log


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("a\rb\n", "b\n"),
        ("1/3\x08\x08\x082/3\x08\x08\x083/3\n", "3/3\n"),
        ("\x1b[1mbold\x1b[0m\r\nnext\n", "bold\nnext\n"),
        ("tab\tand \x00nul\n", "tab\tand nul\n"),
        ("plain\n", "plain\n"),
    ],
)
def test_a_log_is_shown_as_a_terminal_would(raw: str, shown: str) -> None:
    assert cleaned(raw) == shown


def test_runs_are_chosen_and_compared(client: TestClient, store: Any) -> None:
    for run_id, steps in (("one", 10), ("two", 20), ("three", 20)):
        put_run(store, run_id)
        put_folder(store, run_id, GOOD, parameters={"steps": steps})
    assert client.get("/birds").text.count('type="checkbox" name="run"') == 3
    page = client.get("/birds/compare?run=two&run=one")
    assert page.status_code == 200
    text = text_of(page.text)
    assert "2 runs compared one two" in text  # the earliest first, whatever was chosen first
    assert "steps 10 20" in text
    assert "the same data" in text
    for query, code, words in (
        ("run=one", 400, "choose 2 to 8 runs"),
        ("", 400, "choose 2 to 8 runs"),
        ("run=one&run=four", 404, "there is no run `four` of birds"),
        ("run=one&run=one", 400, "choose 2 to 8 runs"),
    ):
        answer = client.get(f"/birds/compare?{query}")
        assert (answer.status_code, words in text_of(answer.text)) == (code, True), query


def test_an_artifact_shows_no_bookkeeping(client: TestClient, store: Any) -> None:
    model = store.artifact("Model", "runs/trainer/model/1", servable="yes")
    store.execution("one", "trainer", "Trainer", outputs={"model": [model]})
    store.execution("one", "pusher", "Pusher", inputs={"_trainer.model": [model]})
    page = text_of(client.get(f"/birds/artifacts/{model}").text)
    assert "servable yes" in page
    assert "__tfxc_files__" not in page
    assert "pusher read it as when trainer.model in run one" in page
