"""Outputs in an object store, cleaned by the command: a real S3 API, and TensorFlow's file system for it."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from ml_metadata.proto import metadata_store_pb2 as mlmd

from tfxc.backends.metadata.object_stores import remove_folders, sizes_of
from tfxc.compiler.cli import run
from tfxc.schemas.failures import Failure

pytestmark = pytest.mark.tfx
END = {"event": "run_finished", "state": "succeeded"}
SPEC = """\
version: 1
name: birds
pipeline_root: runs
metadata: {sqlite: {path: runs/metadata.sqlite}}
components:
  example_gen: {type: CsvExampleGen, input_base: data}
"""


@pytest.fixture
def s3(
    environment: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """A server of S3's API with a bucket, known to the processes that are started; gives what asks it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    program = environment("moto") / "bin" / "moto_server"
    with (tmp_path / "moto.log").open("wb") as log:
        process = subprocess.Popen([str(program), "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)

    def ask(method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(f"{address}/{path}", body, headers, method=method)
        content: bytes = urllib.request.urlopen(request, timeout=30).read()
        return content

    plugin = environment("tensorflow-io") / "lib" / "python3.10" / "site-packages"
    variables = {
        "S3_ENDPOINT": address,
        "S3_USE_HTTPS": "0",
        "S3_VERIFY_SSL": "0",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONPATH": str(plugin),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    try:
        for _ in range(600):
            try:
                ask("PUT", "bucket")
                break
            except OSError:
                assert process.poll() is None, (tmp_path / "moto.log").read_text()
                time.sleep(0.1)
        yield ask
    finally:
        process.kill()
        process.wait()


def keys(ask: Callable[..., Any]) -> set[str]:
    """Returns what lies in the bucket."""
    tree = ElementTree.fromstring(ask("GET", "bucket?list-type=2"))
    return {each.text or "" for each in tree.iter() if each.tag.endswith("}Key")}


def test_a_bucket_is_looked_at_and_cleaned(s3: Callable[..., Any]) -> None:
    mine, beside = "root/trainer/model/1-a", "root/trainer/model/1-ab"
    for key in (f"{mine}/saved_model.pb", f"{mine}/variables/index", f"{beside}/saved_model.pb"):
        s3("PUT", f"bucket/{key}", b"x" * 1000)
    folder, gone = f"s3://bucket/{mine}", "s3://bucket/root/trainer/model/2-b"
    assert sizes_of([folder, gone]) == {folder: 2000}
    assert remove_folders([folder, gone]) == []
    assert keys(s3) == {f"{beside}/saved_model.pb"}
    with pytest.raises(
        Failure, match=r"in `s3://other` cannot be looked at, and nothing was removed: there is"
    ):
        sizes_of(["s3://other/root/trainer/model/1-a"])
    (problem,) = remove_folders(["s3://other/root/trainer/model/1-a"])
    assert problem.endswith(": it was not removed")


def test_a_store_without_a_file_system_is_told() -> None:
    with pytest.raises(Failure) as failure:
        sizes_of(["nowhere://bucket/root/trainer/model/1-a"])
    assert "TensorFlow has no file system for `nowhere://` here" in str(failure.value)


def test_the_command_cleans_a_bucket(
    s3: Callable[..., Any], store: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store.root = "s3://bucket/root"
    for run_id in ("old", "new"):
        store.node(run_id, "example_gen", "CsvExampleGen", {"examples": "Examples"})
        store.run_folder(run_id, [END])
    (store.folder / "pipeline.yaml").write_text(SPEC)
    monkeypatch.chdir(store.folder)
    old, new = (each.uri for each in store.mlmd.get_artifacts())
    for uri in (old, new):
        s3("PUT", f"{uri.removeprefix('s3://')}/Split-train/data", b"x" * 5000)

    def told(*arguments: str) -> Any:
        code = run(["runs", "clean", "--keep", "1", "--json", *arguments])
        return code, json.loads(capsys.readouterr().out)

    code, planned = told("--dry-run")
    assert code == 0
    assert [each["folder"] for each in planned["artifacts"]] == [old]
    assert planned["bytes"] > 5000
    assert len(keys(s3)) == 2
    code, done = told("--yes")
    assert (code, done["problems"]) == (0, [])
    assert keys(s3) == {f"{new.removeprefix('s3://bucket/')}/Split-train/data"}
    states = {each.uri: each.state for each in store.mlmd.get_artifacts()}
    assert (states[old], states[new]) == (mlmd.Artifact.DELETED, mlmd.Artifact.LIVE)


def test_the_command_removes_nothing_if_the_store_is_not_there(
    s3: Callable[..., Any], store: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store.root = "s3://another-bucket/root"
    store.node("old", "example_gen", "CsvExampleGen", {"examples": "Examples"})
    folder = store.run_folder("old", [END])
    (store.folder / "pipeline.yaml").write_text(SPEC)
    monkeypatch.chdir(store.folder)
    assert run(["runs", "clean", "--keep", "0", "--yes"]) == 1
    assert "the outputs in `s3://another-bucket` cannot be looked at" in capsys.readouterr().err
    assert folder.path.exists()
    (artifact,) = store.mlmd.get_artifacts()
    assert artifact.state == mlmd.Artifact.LIVE
