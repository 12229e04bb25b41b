"""The gRPC API, asked by tensorflow-serving-api's own stubs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.serving.served import Served, Start

pytestmark = pytest.mark.tfx

CLIENT = Path(__file__).parent / "grpc_client.py"


def ask(served: Served, *words: str) -> Any:
    """Runs the client, which prints what it was answered as JSON."""
    command = [sys.executable, str(CLIENT), f"127.0.0.1:{served.port}", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def answers(server: Served) -> Any:
    """All that the client asks of a server that stays as it is."""
    return ask(server)


def test_predict(answers: Any) -> None:
    assert answers["predict"] == {"y": [2.5, 3.0], "version": 1, "signature": "serving_default"}
    assert answers["predict_label"] == {"y": [2.5], "version": 1, "signature": "serving_default"}
    assert answers["predict_latest"] == {"y": [3.5], "version": 2, "signature": "serving_default"}
    assert answers["output_filter"] == ["total"]
    assert answers["types"] == {"number": [3], "text": ["x!"], "flag": [False], "total": [6.0]}


@pytest.mark.parametrize(
    ("name", "code", "text"),
    [
        ("unknown_model", "NOT_FOUND", "Servable not found for request: Latest(none)"),
        ("unknown_label", "INVALID_ARGUMENT", "Unrecognized servable version label: x"),
        ("unknown_signature", "FAILED_PRECONDITION", 'Serving signature key "x" not found.'),
        (
            "missing_input",
            "INVALID_ARGUMENT",
            "input size does not match signature: 1!=4 len({a}) != len({a,b,f,t}). Sent extra: {}. "
            "Missing but required: {b,f,t}.",
        ),
        (
            "unknown_output",
            "INVALID_ARGUMENT",
            "output tensor alias not found in signature: z Outputs expected to be in the set {y}.",
        ),
        ("broken_tensor", "INVALID_ARGUMENT", "tensor parsing error: x"),
        ("no_spec", "INVALID_ARGUMENT", "Missing ModelSpec"),
        ("no_name", "INVALID_ARGUMENT", "ModelSpec has no name specified."),
        ("no_examples", "INVALID_ARGUMENT", "Input is empty."),
        (
            "no_field",
            "INVALID_ARGUMENT",
            "GetModelMetadataRequest must specify at least one metadata_field",
        ),
        ("unknown_field", "INVALID_ARGUMENT", "Metadata field x is not supported"),
        (
            "two_models",
            "INVALID_ARGUMENT",
            "All ModelSpecs in a MultiInferenceRequest must access the same model name.",
        ),
        ("same_task_twice", "INVALID_ARGUMENT", "Duplicate evaluation of signature: regress_x"),
        ("status_of_unknown", "NOT_FOUND", "Could not find any versions of model none"),
    ],
)
def test_errors(answers: Any, name: str, code: str, text: str) -> None:
    assert answers["errors"][name] == [code, text]


def test_examples(answers: Any) -> None:
    assert answers["regress"] == [3.0, 4.0]
    assert answers["classify"] == [[["low", 7.0], ["high", 3.0]]]
    assert answers["multi_inference"] == {"regress": [3.0], "classify": [[["low", 7.0], ["high", 3.0]]]}


def test_metadata_and_status(answers: Any) -> None:
    assert answers["metadata"] == {"version": 2, "signatures": ["classify_x", "regress_x", "serving_default"]}
    assert answers["status"] == [[2, "AVAILABLE", 0], [1, "AVAILABLE", 0]]
    assert answers["health"] == "0801"


def test_reload_config(start: Start, models: Path) -> None:
    served = start(models / "half_plus_two")
    answers = ask(served, "reload", str(models))
    assert answers["added"] == [0, ""]
    assert answers["predict_added"] == [1.0]
    assert answers["gone"] == ["NOT_FOUND", "Servable not found for request: Latest(half_plus_two)"]
    assert answers["wrong_label"] == [
        9,
        "Request to assign label to version 7 of model sequence, "
        "which is not currently available for inference",
    ]
    assert answers["relative"] == [3, "Expected non-empty absolute path or URI; got base_path=here"]


def test_a_token_is_asked_for(start: Start, models: Path) -> None:
    served = start(models / "half_plus_two", TFXC_SERVE_TOKEN="open sesame")
    assert ask(served, "token", "open sesame") == {"without": "UNAUTHENTICATED", "with": [2.5]}
    body = {"instances": [1.0]}
    path = "/v1/models/half_plus_two:predict"
    assert served.post(path, body).status == 401
    assert served.ask("POST", path, body, {"Authorization": "Bearer open sesame"}).status == 200
    assert served.ask("POST", path, body, {"Authorization": "Bearer open"}).status == 401
    assert served.get("/health/ready").status == 200
