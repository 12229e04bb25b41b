"""One IR in every form of protobuf's gives one spec; what is none of them is told in a sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tfxc.compiler.importing.document import document_of
from tfxc.compiler.importing.formats import held_in

pytestmark = pytest.mark.tfx

CSV = "tfx.components.example_gen.csv_example_gen.component.CsvExampleGen"
SPEC = "type.googleapis.com/tfx.orchestration.executable_spec"
IR: dict[str, Any] = {
    "pipeline_info": {"id": "small"},
    "nodes": [
        {
            "pipeline_node": {
                "node_info": {"type": {"name": CSV}, "id": "CsvExampleGen"},
                "parameters": {
                    "parameters": {
                        "input_base": {"field_value": {"string_value": "data"}},
                        "output_file_format": {"field_value": {"int_value": "5"}},
                    }
                },
                "execution_options": {"max_execution_retries": 2},
            }
        }
    ],
    "runtime_spec": {"pipeline_root": {"field_value": {"string_value": "runs"}}},
    "deployment_config": {
        "@type": "type.googleapis.com/tfx.orchestration.IntermediateDeploymentConfig",
        "executor_specs": {
            "CsvExampleGen": {
                "@type": f"{SPEC}.BeamExecutableSpec",
                "python_executor_spec": {
                    "class_path": "tfx.components.example_gen.csv_example_gen.executor.Executor"
                },
                "beam_pipeline_args": ["--runner=DirectRunner"],
            }
        },
        "metadata_connection_config": {
            "@type": "type.googleapis.com/ml_metadata.ConnectionConfig",
            "sqlite": {"filename_uri": "runs/metadata.sqlite"},
        },
    },
}
BAD = ("cut.pb", "garbage.pb", "cut.pbtxt", "misspelt.json", "other.json")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Form → what the launcher's Python makes of it."""
    folder = tmp_path_factory.mktemp("forms")
    (folder / "ir.json").write_text(json.dumps(IR), encoding="utf-8")
    script = Path(__file__).with_name("ir_forms.py")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    for name in found:  # the front half leaves all of them to TFX
        assert held_in(folder / name).kind == "for_tfx", name
    return found


@pytest.mark.parametrize("form", ["camel.json", "text.pbtxt", "binary.pb"])
def test_every_form_gives_the_same_spec(form: str, answers: dict[str, Any]) -> None:
    here = Path("/nowhere")
    plain = document_of(IR, {}, [], here, here)
    other = document_of(answers[form]["ir"], {}, [], here, here)
    assert other.document == plain.document
    assert plain.document["beam_pipeline_args"] == ["--runner=DirectRunner"]
    assert plain.document["metadata"] == {"sqlite": {"path": "runs/metadata.sqlite"}}
    assert other.notes == plain.notes == ()


@pytest.mark.parametrize("form", BAD)
def test_what_is_no_ir_is_wrong_use(form: str, answers: dict[str, Any]) -> None:
    answer = answers[form]
    assert answer["wrong_use"], answer
    assert f"{form} is no pipeline of TFX's IR" in answer["failure"]
    assert "\n" not in answer["failure"]
