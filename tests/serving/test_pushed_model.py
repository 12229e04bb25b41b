"""Which model of a pipeline is served: the one that its Pusher has put into a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.backends.serving.models import model_in, pushed_model
from tfxc.compiler.driver import check
from tfxc.schemas.failures import WrongUse

SPEC = """
version: 1
name: penguin
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  trainer: {type: Trainer, examples: example_gen.examples, module_file: model.py}
  register:
    type: ModelRegistryPusher
    model: trainer.model
    registry: {mlflow: {tracking_uri: "http://mlflow:5000"}}
    model_name: penguin
  pusher:
    type: Pusher
    model: trainer.model
    push_destination: {filesystem: {base_directory: serving}}
"""


def test_a_node_that_registers_models_puts_none_into_a_folder(tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text(SPEC)
    (tmp_path / "model.py").write_text("def run_fn(fn_args): pass\n")
    (tmp_path / "serving" / "17").mkdir(parents=True)
    (tmp_path / "serving" / "17" / "saved_model.pb").touch()
    plan = check(tmp_path / "pipeline.yaml", None, ()).plan
    assert plan is not None
    found = pushed_model(plan, tmp_path, {}, {})
    assert list(found.versions()) == [17]


@pytest.mark.parametrize("folder", ["Format-Serving", "serving_model_dir"])
def test_the_artifact_of_a_trainer_is_a_model(tmp_path: Path, folder: str) -> None:
    artifact = tmp_path / "trainer" / "model" / "7-abc"
    (artifact / folder).mkdir(parents=True)
    (artifact / folder / "saved_model.pb").touch()
    found = model_in(artifact)
    assert (found.name, found.versions()) == ("model", {1: artifact / folder})
    with pytest.raises(WrongUse, match="is no model"):
        model_in(artifact.parent)
