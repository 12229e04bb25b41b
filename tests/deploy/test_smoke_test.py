"""The question and the script that asks it, against a server that answers as TensorFlow Serving does."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.serving.deploy import smoke_test

Deploy = Callable[..., Mapping[str, str]]
Asked = Callable[..., "Done"]

OF_FEATURES = {"bill_length_mm": ("DT_FLOAT", [-1, 1]), "species": ("DT_STRING", [-1])}
RIGHT: dict[str, Any] = {"probabilities": [0.9, 0.05, 0.05], "label": ["Gentoo"]}


@dataclass(frozen=True)
class Done:
    """How a call of the script ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def asked(
    deploy: Deploy,
    server: Any,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Asked:
    """Returns a function that runs what the script of a bundle is, with the question of one."""
    monkeypatch.setattr(smoke_test, "LOOK_AGAIN", 0.02)
    deploy("compose")
    question = str(tmp_path / "build" / "question.json")
    capsys.readouterr()

    def ask(*options: str) -> Done:
        try:
            code = smoke_test.main(["--url", server.url, "--question", question, *options])
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return ask


def test_the_script_of_a_bundle_runs_without_tfxc(deploy: Deploy, server: Any, tmp_path: Path) -> None:
    assert deploy("compose")["smoke_test.py"] == Path(smoke_test.__file__).read_text(encoding="utf-8")
    script = [sys.executable, "-I", str(tmp_path / "build" / "smoke_test.py"), "--url", server.url]
    done = subprocess.run(script, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "penguin answers: " in done.stdout


def test_a_model_that_takes_serialised_examples(asked: Asked, server: Any) -> None:
    server.not_yet = 2
    done = asked()
    assert (done.returncode, done.stderr) == (0, "")
    assert "Gentoo" in done.stdout
    ((path, body),) = server.asked
    assert path == "/v1/models/penguin:predict"
    (instance,) = body["instances"]
    assert list(instance) == ["b64"]


def test_a_model_that_takes_features_by_name(asked: Asked, server: Any) -> None:
    server.inputs = OF_FEATURES
    assert asked("--label", "canary").returncode == 0
    ((path, body),) = server.asked
    assert path == "/v1/models/penguin/labels/canary:predict"
    assert body["instances"] == [{"bill_length_mm": [46.1], "species": "Gentoo"}]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {"predictions": [{"probabilities": [0.9, 0.1], "label": ["a"]}]}), "is to be a list of 3"),
        ((200, {"predictions": [{"label": ["a"]}]}), "the outputs are label, probabilities"),
        ((200, {"predictions": [0.5]}), "the answer has no names"),
        ((200, {"predictions": [{**RIGHT, "probabilities": [float("nan"), 0, 1]}]}), "probabilities is [NaN"),
        ((200, {"predictions": []}), "one instance was asked"),
        ((200, ["nonsense"]), "one instance was asked"),
        ((400, {"error": "Could not parse example input"}), "answered 400: Could not parse example input"),
        ((500, "out of order"), "answered 500: out of order"),
    ],
)
def test_wrong_answers(asked: Asked, server: Any, answer: tuple[int, Any], said: str) -> None:
    server.answer = answer
    done = asked()
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_another_answer_than_the_one_that_was_kept(asked: Asked, server: Any, tmp_path: Path) -> None:
    kept = str(tmp_path / "answer.json")
    assert asked("--record", kept).returncode == 0
    server.answer = (200, {"predictions": [{**RIGHT, "probabilities": [0.9001, 0.05, 0.0499]}]})
    assert asked("--expected", kept).returncode == 0
    server.answer = (200, {"predictions": [{**RIGHT, "label": ["Adelie"]}]})
    done = asked("--expected", kept)
    assert done.returncode == 1
    assert 'label is "Adelie", and was "Gentoo"' in done.stderr


def test_a_server_that_does_not_come(asked: Asked, server: Any) -> None:
    server.not_yet = 1000
    done = asked("--timeout", "0.1")
    assert done.returncode == 1
    assert "was not there after 0.1 s: Servable not found" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--question", "nothere.json"), "No such file"),
        (("--expected", "nothere.json"), "No such file"),
        (("--version", "one"), "invalid int value"),
    ],
)
def test_wrong_use(asked: Asked, options: tuple[str, ...], said: str) -> None:
    done = asked(*options)
    assert done.returncode == 2
    assert said in done.stderr


def test_features_that_the_row_does_not_have(asked: Asked, server: Any, tmp_path: Path) -> None:
    server.inputs = {"height": ("DT_FLOAT", [-1]), "bill_length_mm": ("DT_FLOAT", [-1])}
    done = asked()
    assert done.returncode == 1
    assert "the signature takes height, which the row does not have" in done.stderr
    instance = tmp_path / "instance.json"
    instance.write_text('{"height": 1.0, "bill_length_mm": 2.0}', encoding="utf-8")
    assert asked("--instance", str(instance)).returncode == 0


def test_the_question_is_the_first_whole_row_with_the_types_of_its_columns(deploy: Deploy) -> None:
    question = json.loads(deploy("compose")["question.json"])
    assert question["model"] == "penguin"
    assert question["features"] == {
        "species": ["Gentoo"],
        "island": ["Biscoe"],
        "bill_length_mm": [46.1],
        "flipper_length_mm": [211],
        "sex": ["female"],
    }


@pytest.mark.tfx
def test_the_example_is_one_of_tensorflow(deploy: Deploy) -> None:
    from tensorflow.core.example.example_pb2 import Example

    question = json.loads(deploy("compose")["question.json"])
    content = base64.b64decode(question["example"])
    example = Example.FromString(content)
    feature = example.features.feature
    assert sorted(feature) == sorted(question["features"])
    assert list(feature["species"].bytes_list.value) == [b"Gentoo"]
    assert list(feature["flipper_length_mm"].int64_list.value) == [211]
    assert feature["bill_length_mm"].float_list.value[0] == pytest.approx(46.1)
    assert example.SerializeToString(deterministic=True) == content


def test_without_data_a_question_must_be_given(
    write_spec: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from tfxc.compiler.cli import run

    spec = write_spec()
    (tmp_path / "data" / "penguins.csv").unlink()
    assert run(["deploy", str(spec), "--target", "compose", "-o", str(tmp_path / "build")]) == 0
    assert "give smoke_test.py a question with --instance FILE" in capsys.readouterr().err
    script = [sys.executable, str(tmp_path / "build" / "smoke_test.py")]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "give one as --instance FILE" in done.stderr
