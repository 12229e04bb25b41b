"""What TFX's and kfp's own compilers write is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.driver import check
from tfxc.compiler.importing.document import document_of
from tfxc.compiler.importing.formats import held_in
from tfxc.compiler.importing.kubeflow.pipeline import ir_of
from tfxc.compiler.importing.yaml_text import yaml_text

pytestmark = pytest.mark.kubeflow

NOT_CARRIED = {
    "one-task": set[str](),
    "settings": {"the default of the parameter `run`"},
    "branches": {
        "the loop `for-loop-6` ran its tasks for each of many: here once",
        "the parameter `note`",
        "the parameter `words`",
        "make_5: `word` is left out: it is an item of a loop: see `matrix`",
        "say_goodbye: `status` is left out: only an exit task of yours is told it",
    },
}
PATHS = "the paths that commands are given are URIs here"


@pytest.fixture(scope="module")
def of_tfx(environment: Callable[[str], Path]) -> Mapping[str, list[Any]]:
    """Pipeline of TFX's → its IR, and what the KubeflowV2DagRunner writes in either schema."""
    (packages,) = (environment("kubeflow") / "lib").glob("python*/site-packages")
    script = Path(__file__).with_name("tfx_v2.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(packages)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: Mapping[str, list[Any]] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_what_tfxs_runner_writes_is_the_spec_of_its_ir(
    of_tfx: Mapping[str, list[Any]], tmp_path: Path
) -> None:
    for name, (ir, *jobs) in of_tfx.items():
        expected = document_of(ir, {}, [], tmp_path, tmp_path)
        for job in jobs:
            file = tmp_path / "pipeline.json"
            file.write_text(json.dumps(job), encoding="utf-8")
            pipeline = held_in(file).pipeline
            assert pipeline is not None
            made, beside = ir_of(pipeline)
            found = document_of(made, {}, [], tmp_path, tmp_path, beside)
            assert found.document == expected.document, name
            assert found.notes == expected.notes, name


def test_what_kfp_compiles_is_a_valid_spec_of_containers(in_kfp: Callable[..., Any], tmp_path: Path) -> None:
    for name, text in in_kfp("sdk_pipelines.py", None).items():
        file = tmp_path / f"{name}.yaml"
        file.write_text(text, encoding="utf-8")
        pipeline = held_in(file).pipeline
        assert pipeline is not None
        made, beside = ir_of(pipeline)
        found = document_of(made, {}, [], tmp_path, tmp_path, beside)
        notes = {str(note) for note in found.notes if not note.text.startswith(PATHS)}
        allowed = tuple(NOT_CARRIED.get(name, ()))
        assert {note for note in notes if not note.startswith(allowed or ("-",))} == set(), name
        spec = tmp_path / name / "pipeline.yaml"
        spec.parent.mkdir()
        spec.write_text(yaml_text(found.document, [], {}), encoding="utf-8")
        errors = [each.message for each in check(spec).diagnostics if each.is_error]
        assert errors == [], name
