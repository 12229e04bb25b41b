"""Versions that come and go while a server is asked, and how it begins and ends."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.serving.served import TFXC, Served, Start, free_port

pytestmark = pytest.mark.tfx

PREDICT = "/v1/models/half_plus_two:predict"


def base_of(models: Path, folder: Path) -> Path:
    """Returns a base path with version 1 of half_plus_two."""
    base = folder / "half_plus_two"
    shutil.copytree(models / "half_plus_two" / "1", base / "1")
    return base


def states(served: Served) -> dict[str, str]:
    """Returns the state of each version."""
    answer = served.get("/v1/models/half_plus_two").json
    return {each["version"]: each["state"] for each in answer["model_version_status"]}


def test_new_versions_are_swapped_in_without_a_failed_request(
    start: Start, models: Path, tmp_path: Path
) -> None:
    base = base_of(models, tmp_path)
    served = start(base, "--file-system-poll-wait-seconds", "0.1")
    results: list[Any] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answer = served.post(PREDICT, {"instances": [1.0]})
            results.append((answer.status, answer.text))

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    sources = [models / "half_plus_three", models / "half_plus_two" / "1"]
    for version in range(2, 12):
        shutil.copytree(sources[version % 2], base / str(version))  # as Pusher does: in place
        served.wait_for(lambda wanted=str(version): states(served).get(wanted) == "AVAILABLE")
        served.wait_for(lambda old=str(version - 1): states(served)[old] == "END")
    stop.set()
    for client in clients:
        client.join()
    assert {status for status, _ in results} == {200}
    assert len({text for _, text in results}) == 2


def test_a_version_that_cannot_be_loaded_leaves_the_old_one(
    start: Start, models: Path, tmp_path: Path
) -> None:
    base = base_of(models, tmp_path)
    served = start(base, "--file-system-poll-wait-seconds", "0.1")
    (base / "2").mkdir()
    (base / "2" / "saved_model.pb").write_bytes(b"no model")
    served.wait_for(lambda: states(served).get("2") == "END")
    status = served.get("/v1/models/half_plus_two/versions/2").json["model_version_status"][0]["status"]
    assert status["error_code"] != "OK"
    assert status["error_message"]
    assert served.post(PREDICT, {"instances": [1.0]}).json == {"predictions": [2.5]}
    # What was half copied is tried again as soon as it is whole.
    shutil.rmtree(base / "2")
    shutil.copytree(models / "half_plus_three", base / "2")
    served.wait_for(lambda: states(served).get("2") == "AVAILABLE")
    served.wait_for(lambda: served.post(PREDICT, {"instances": [1.0]}).json == {"predictions": [3.5]})


def test_a_base_folder_that_is_emptied_unloads_the_model_and_one_that_is_gone_does_not(
    start: Start, models: Path, tmp_path: Path
) -> None:
    base = base_of(models, tmp_path)
    served = start(base, "--file-system-poll-wait-seconds", "0.1")
    base.rename(tmp_path / "away")
    time.sleep(0.5)
    assert served.post(PREDICT, {"instances": [1.0]}).status == 200
    (tmp_path / "away").rename(base)
    (base / "1").rename(tmp_path / "one")
    served.wait_for(lambda: served.post(PREDICT, {"instances": [1.0]}).status == 404)
    assert states(served) == {"1": "END"}
    (tmp_path / "one").rename(base / "1")
    served.wait_for(lambda: served.post(PREDICT, {"instances": [1.0]}).status == 200)


def test_policies_and_labels(start: Start, models: Path, tmp_path: Path) -> None:
    base = base_of(models, tmp_path)
    shutil.copytree(models / "half_plus_three", base / "0002")
    (base / "notes").mkdir()
    every = start(base, "--versions", "all", "--label", "old=1")
    assert states(every) == {"1": "AVAILABLE", "2": "AVAILABLE"}
    old = every.post("/v1/models/half_plus_two/labels/old:predict", {"instances": [1.0]})
    assert old.json == {"predictions": [2.5]}
    assert states(start(base)) == {"2": "AVAILABLE"}
    assert states(start(base, "--versions", "=1")) == {"1": "AVAILABLE"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 0)])
def test_requests_in_flight_are_answered_before_it_ends(
    start: Start, models: Path, number: int, code: int
) -> None:
    served = start(models / "slow")
    answers: list[Any] = []
    asking = threading.Thread(
        target=lambda: answers.append(served.post("/v1/models/slow:predict", {"instances": [4.0]}))
    )
    asking.start()
    time.sleep(0.3)
    assert served.stop(number) == code
    asking.join()
    assert answers[0].json == {"predictions": [4.0]}
    assert "Traceback" not in served.log.read_text()


def run(*arguments: Any) -> subprocess.CompletedProcess[str]:
    """Runs a command that ends by itself."""
    command = [*TFXC, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_a_port_that_is_taken_is_a_sentence(models: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        rest = run("serve", models / "half_plus_two", "--rest-port", port, "--port", 0)
        grpc = run("serve", models / "half_plus_two", "--rest-port", 0, "--port", port)
    assert rest.returncode == grpc.returncode == 1
    assert f"port {port} of 127.0.0.1 cannot be opened: address already in use" in rest.stderr
    assert f"port {port} of 127.0.0.1 cannot be opened" in grpc.stderr
    assert "Traceback" not in rest.stderr + grpc.stderr


def test_what_is_no_model_is_a_sentence(models: Path, tmp_path: Path) -> None:
    empty = run("serve", tmp_path)
    assert (empty.returncode, len(empty.stderr.splitlines())) == (2, 1)
    assert "is no model" in empty.stderr
    (tmp_path / "1").mkdir()
    broken = run("serve", tmp_path, "--port", free_port(), "--rest-port", 0)
    assert (broken.returncode, len(broken.stderr.splitlines())) == (1, 2)
    assert "no version of" in broken.stderr
    label = run("serve", models / "half_plus_two", "--label", "a=7", "--port", free_port(), "--rest-port", 0)
    assert label.returncode == 1
    assert "Request to assign label to version 7" in label.stderr


def test_a_config_is_read_again(start: Start, models: Path, tmp_path: Path) -> None:
    config = tmp_path / "models.config"

    def write(*names: str) -> None:
        entries = "".join(f'config {{ name: "{each}" base_path: "{models / each}" }}' for each in names)
        config.with_suffix(".new").write_text(f"model_config_list {{ {entries} }}")
        config.with_suffix(".new").replace(config)

    write("half_plus_two", "later")
    served = start("--config", config, "--model-config-file-poll-wait-seconds", "0.1")
    assert f"later: there is no version in `{models / 'later'}` yet" in served.log.read_text()
    write("half_plus_two", "sequence")
    served.wait_for(lambda: served.get("/v1/models/sequence/metadata").status == 200)
    config.write_text("model_config_list {")
    served.wait_for(lambda: "goes on" in served.log.read_text())
    assert served.get("/v1/models/sequence/metadata").status == 200


def test_web_pages_may_ask_when_they_are_let(start: Start, models: Path) -> None:
    served = start(models / "half_plus_two", "--rest-api-enable-cors-support")
    asked = served.ask("OPTIONS", PREDICT, headers={"Origin": "http://example.com"})
    assert (asked.status, asked.headers["access-control-allow-origin"]) == (200, "*")
    without = served.ask("OPTIONS", PREDICT)
    assert (without.status, without.json["error"]) == (400, "Origin header is missing in CORS preflight")


def test_large_requests_are_not_let_in(start: Start, models: Path) -> None:
    served = start(models / "half_plus_two", "--max-request-bytes", "100")
    assert served.post(PREDICT, {"instances": [1.0] * 100}).status == 413
    assert served.post(PREDICT, {"instances": [1.0]}).status == 200
