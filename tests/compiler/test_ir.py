"""``tfxc ir``: TFX's own IR, compiled by TFX."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

SPEC = """version: 1
name: small
parameters:
  data: {type: path}
  buckets: {type: int, default: 2, minimum: 1}
components:
  example_gen:
    type: CsvExampleGen
    input_base: "{{ parameters.data }}"
    output_config: {split_config: {splits: [{name: train, hash_buckets: "{{ parameters.buckets }}"}]}}
  statistics_gen:
    type: StatisticsGen
    examples: example_gen.examples
"""


@pytest.mark.tfx
def test_ir(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC, encoding="utf-8")
    tfxc = str(Path(sys.executable).with_name("tfxc"))

    def ir(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [tfxc, "ir", str(spec), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)

    done = ir("-P", "data=data", "-P", "buckets=5")
    assert done.returncode == 0, done.stderr
    pipeline = json.loads(done.stdout)
    ids = [node["pipeline_node"]["node_info"]["id"] for node in pipeline["nodes"]]
    assert ids == ["example_gen", "statistics_gen"]
    assert r"\"hash_buckets\": 5" in done.stdout
    assert sorted(tmp_path.iterdir()) == [spec]

    missing = ir()
    assert missing.returncode == 2
    assert "data" in missing.stderr
    assert missing.stderr.startswith("error: ")
    assert missing.stderr.count("\n") == 1
