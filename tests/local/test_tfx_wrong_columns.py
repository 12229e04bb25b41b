"""A column that code asks for and the data does not have is told with those that there are."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.tfx
TFXC = [sys.executable, "-c", "from tfxc.compiler.cli import main; main()"]

SPEC = """\
version: 1
name: wrong-columns
pipeline_root: runs
metadata: {sqlite: {path: runs/metadata.sqlite}}
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics}
  transform:
    type: Transform
    examples: example_gen.examples
    schema: schema_gen.schema
    module_file: features.py
  by_option: &trainer
    type: Trainer
    examples: example_gen.examples
    schema: schema_gen.schema
    module_file: by_option.py
    train_args: {num_steps: 1}
    eval_args: {num_steps: 1}
  in_graph: {<<: *trainer, module_file: in_graph.py}
"""
HEAD = """\
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.public import tfxio


def run_fn(fn_args):
    with open(fn_args.schema_path) as stream:
        schema = text_format.Parse(stream.read(), schema_pb2.Schema())
    options = tfxio.TensorFlowDatasetOptions(batch_size=8OPTION)
    examples = fn_args.data_accessor.tf_dataset_factory(fn_args.train_files, options, schema)
    examples.map(lambda batch: (batch, batch.pop("speces")))
"""


def test_in_transform_in_the_options_of_a_data_set_and_in_its_graph(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    rows = "".join(f"{number % 3},{number / 10}\n" for number in range(90))
    (tmp_path / "data" / "a.csv").write_text("species,length\n" + rows)
    (tmp_path / "pipeline.yaml").write_text(SPEC)
    (tmp_path / "features.py").write_text(
        'def preprocessing_fn(inputs):\n    return {"x": inputs["speces"]}\n'
    )
    (tmp_path / "by_option.py").write_text(HEAD.replace("OPTION", ', label_key="speces"'))
    (tmp_path / "in_graph.py").write_text(HEAD.replace("OPTION", ""))
    command = [*TFXC, "run", "--json", str(tmp_path / "pipeline.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    errors = {each["node"]: each["error"]["message"] for each in report["nodes"] if each.get("error")}
    lines = {
        "transform": ("features.py", 2),
        "by_option": ("by_option.py", 10),
        "in_graph": ("in_graph.py", 11),
    }
    assert errors == {
        node: f"`{node}` failed: the examples have no column `speces`, which the code asks for ({file}, line "
        f"{line}); did you mean `species`? The columns are `species`, `length`."
        for node, (file, line) in lines.items()
    }
