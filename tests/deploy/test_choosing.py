"""What is deployed: whose model, which versions, which image; and the sentences where that is not clear."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tfxc.backends.serving.deploy.pushed import pushed_versions, tensorflow_version
from tfxc.compiler.cli import run

WriteSpec = Callable[..., Path]
Deploy = Callable[..., Mapping[str, str]]
SECOND = """\
  other:
    type: Pusher
    model: trainer.model
    push_destination: {filesystem: {base_directory: gs://bucket/other}}
"""


def message(text: bytes, number: int) -> bytes:
    """Returns a length-delimited field."""
    return bytes([number << 3 | 2, len(text)]) + text


def push(folder: Path, version: int, tensorflow: bytes = b"2.16.2") -> None:
    """Writes the beginning of a SavedModel: its schema version, and what saved it."""
    place = folder / str(version)
    place.mkdir(parents=True)
    info = message(b"serve", 4) + message(tensorflow, 5)
    (place / "saved_model.pb").write_bytes(b"\x08\x01" + message(message(info, 1), 2))


@pytest.mark.parametrize(
    ("options", "spec", "code", "said"),
    [
        ((), {"base": "{{ run.id }}/serving"}, 1, "is known to a run only"),
        ((), {"base": "hdfs://host/serving"}, 1, "gs:// and s3:// can be served from"),
        ((), {"base": "serving"}, 1, "which a cluster does not have: push to gs://"),
        ((), {"serving": "serving: {model_name: My_Model}\n"}, 1, "is no name for a service in a cluster"),
        ((), {"serving": "serving: {replicas: {minimum: 5}}\n"}, 1, "5 at least and 4 at most"),
        (
            (),
            {"serving": "serving: {batching: {allowed_batch_sizes: [8, 16]}}\n"},
            1,
            "must ascend, and end with max_batch_size",
        ),
        ((), {"serving": "serving: {replica: {minimum: 1}}\n"}, 1, "did you mean `replicas`?"),
        ((), {"serving": 'serving: {model_name: "{{ parameters.data }}"}\n'}, 1, "has no value before a run"),
        (("--pusher", "pushre"), {}, 2, "there is no Pusher `pushre`; did you mean `pusher`?"),
        (("--canary", "3"), {}, 2, "name that with --stable"),
        (("--canary", "3", "--stable", "3"), {}, 2, "are both version 3"),
        (("--canary-weight", "3"), {}, 2, "name its version with --canary"),
        ((), {"serving": SECOND.replace("  other", "components:\n  other")}, 1, "`components`"),
    ],
)
def test_sentences(
    write_spec: WriteSpec,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    spec: dict[str, str],
    code: int,
    said: str,
) -> None:
    arguments = ["deploy", str(write_spec(**spec)), "--target", "kubernetes", "-o", str(tmp_path / "build")]
    assert run([*arguments, *options]) == code
    output = capsys.readouterr()
    assert said in output.err
    assert "Traceback" not in output.err
    assert not (tmp_path / "build").exists()


def test_several_pushers_must_be_chosen_from(
    write_spec: WriteSpec, deploy: Deploy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = write_spec(serving=SECOND)
    assert run(["deploy", str(spec), "--target", "kserve", "-o", str(tmp_path / "build")]) == 2
    assert "say which with --pusher: `pusher`, `other`" in capsys.readouterr().err
    bundle = deploy("kserve", "--pusher", "other", serving=SECOND)
    assert "storageUri: gs://bucket/other" in bundle["inference-service.yaml"]


def test_a_pipeline_without_a_pusher(
    write_spec: WriteSpec, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = write_spec()
    spec.write_text(spec.read_text(encoding="utf-8").partition("  pusher:")[0], encoding="utf-8")
    assert run(["deploy", str(spec), "--target", "compose", "-o", str(tmp_path / "build")]) == 1
    assert "`penguin` has no Pusher, so there is no model to serve" in capsys.readouterr().err


def test_versions_that_are_pushed_are_known(
    write_spec: WriteSpec, deploy: Deploy, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for version in (3, 20, 100):
        push(tmp_path / "serving", version)
    bundle = deploy("compose", "--canary", "100", base="serving")
    config = bundle["config/models.config"]
    assert 'version_labels { key: "stable" value: 20 }' in config
    assert 'version_labels { key: "canary" value: 100 }' in config
    arguments = ["deploy", str(write_spec(base="serving")), "--target", "compose", "-o", str(tmp_path / "b")]
    assert run([*arguments, "--stable", "4"]) == 2
    assert "--stable: no version 4 is pushed; there are: 3, 20, 100" in capsys.readouterr().err


@pytest.mark.parametrize(("saved_by", "tag"), [(b"2.16.2", "2.16.1"), (b"2.19.0", "2.19.1")])
def test_the_image_is_that_of_the_tensorflow_that_trained(
    deploy: Deploy, tmp_path: Path, saved_by: bytes, tag: str
) -> None:
    push(tmp_path / "serving", 1, saved_by)
    document = yaml.safe_load(deploy("compose", base="serving")["compose.yaml"])
    assert document["services"]["serving"]["image"] == f"tensorflow/serving:{tag}"


def test_a_tensorflow_without_an_image(
    write_spec: WriteSpec, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    push(tmp_path / "serving", 1, b"9.9.9")
    arguments = ["deploy", str(write_spec(base="serving")), "--target", "compose", "-o", str(tmp_path / "b")]
    assert run(arguments) == 1
    assert "saved by TensorFlow 9.9.9" in capsys.readouterr().err


@pytest.mark.parametrize("content", [b"", b"\xff" * 20, b"\x12\x7f", b"\x08\x01", b"no model at all"])
def test_files_that_are_no_model_say_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "saved_model.pb").write_bytes(content)
    assert tensorflow_version(tmp_path) is None
    assert tensorflow_version(tmp_path / "nothere") is None


def test_folders_that_are_no_versions_are_not_seen(tmp_path: Path) -> None:
    for name in ("1", "12", "-3", "1.5", "tmp", "٣"):
        (tmp_path / name).mkdir()
    (tmp_path / "7").write_text("a file", encoding="utf-8")
    assert pushed_versions(tmp_path) == (1, 12)
    assert pushed_versions(tmp_path / "nothere") == ()


def test_an_environment_serves_otherwise_and_asks_about_the_data_at_hand(
    write_spec: WriteSpec, tmp_path: Path
) -> None:
    production = """\
environments:
  prod:
    parameters: {data: {default: gs://bucket/data}}
    serving: {replicas: {minimum: 7, maximum: 8}}
"""
    spec, output = write_spec(serving=production), tmp_path / "build"
    assert run(["deploy", str(spec), "--env", "prod", "--target", "kubernetes", "-o", str(output)]) == 0
    assert "minReplicas: 7" in (output / "kubernetes.yaml").read_text(encoding="utf-8")
    question = json.loads((output / "question.json").read_text(encoding="utf-8"))
    assert question["features"]["species"] == ["Gentoo"]


def test_what_was_done_as_json(
    write_spec: WriteSpec, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["deploy", str(write_spec()), "--target", "compose", "-o", str(tmp_path / "build"), "--json"]
    assert run(arguments) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert "compose.yaml" in told["written"]
    assert told["next"] == ["docker compose up --detach --wait", "python smoke_test.py"]
