"""Deployments of specs that are written for a test, and the schemas of what serves them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tfxc.compiler.cli import run

SPEC = """\
version: 1
name: penguin
parameters:
  data: {type: path, default: data}
components:
  example_gen: {type: CsvExampleGen, input_base: "{{ parameters.data }}"}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}
  schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics}
  trainer:
    type: Trainer
    examples: example_gen.examples
    schema: schema_gen.schema
    module_file: penguin.py
    train_args: {num_steps: 10}
    eval_args: {num_steps: 4}
  pusher:
    type: Pusher
    model: trainer.model
    push_destination: {filesystem: {base_directory: "BASE"}}
"""
DATA = """\
species,island,bill_length_mm,flipper_length_mm,sex
Adelie,Torgersen,,181,male
Gentoo,Biscoe,46.1,211,female
"""

Deploy = Callable[..., Mapping[str, str]]


@pytest.fixture
def write_spec(tmp_path: Path) -> Callable[..., Path]:
    """Returns a function that writes a spec with its data and module, and returns its file."""

    def write(base: str = "gs://bucket/penguin/serving", serving: str = "", text: str = SPEC) -> Path:
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "penguins.csv").write_text(DATA, encoding="utf-8")
        (tmp_path / "penguin.py").write_text("def run_fn(fn_args):\n    pass\n", encoding="utf-8")
        spec = tmp_path / "pipeline.yaml"
        spec.write_text(text.replace("BASE", base) + serving, encoding="utf-8")
        return spec

    return write


@pytest.fixture
def deploy(write_spec: Callable[..., Path], tmp_path: Path) -> Deploy:
    """Returns a function that writes a spec and its bundle, and returns the bundle's texts by name."""

    def deployed(target: str, *options: str, **spec: str) -> Mapping[str, str]:
        output = tmp_path / "build"
        arguments = ["deploy", str(write_spec(**spec)), "--target", target, "-o", str(output), *options]
        assert run(arguments) == 0
        names = [path for path in output.rglob("*") if path.is_file() and path.name != ".tfxc-bundle.json"]
        return {path.relative_to(output).as_posix(): path.read_text(encoding="utf-8") for path in names}

    return deployed


@pytest.fixture(scope="session")
def compose_schema() -> Any:
    """Returns a validator by the schema of the Compose specification."""
    folder = files("check_jsonschema").joinpath("builtin_schemas", "vendor")
    schema = json.loads(folder.joinpath("compose-spec.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)
