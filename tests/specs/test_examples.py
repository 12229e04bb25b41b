"""The example specs: no mistakes in them, also for an editor, and modules that import little."""

from __future__ import annotations

import ast
import json
import re
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import yaml

from tfxc.compiler.driver import check
from tfxc.compiler.start.examples import copy_example, example

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "specs").glob("*/pipeline.yaml"))
MODULES = sorted(file for file in (ROOT / "specs").glob("**/*.py") if file.name != "make_data.py")


def environments() -> list[tuple[Path, str | None]]:
    """Returns every example by itself and in each of its environments."""
    variants: list[tuple[Path, str | None]] = []
    for spec in EXAMPLES:
        names = yaml.load(spec.read_text(), yaml.CSafeLoader).get("environments", {})
        variants += [(spec, None), *((spec, name) for name in names)]
    return variants


def test_all_examples_are_found() -> None:
    assert {spec.parent.name for spec in EXAMPLES} >= {"penguin", "taxi", "branches", "custom"}


@pytest.mark.parametrize(
    ("spec", "environment"),
    environments(),
    ids=lambda value: value.parent.name if isinstance(value, Path) else value or "default",
)
def test_example_has_neither_errors_nor_warnings(spec: Path, environment: str | None) -> None:
    checked = check(spec, environment, look_at_data=True)
    assert checked.diagnostics == ()
    assert checked.plan is not None
    assert checked.plan.name == spec.parent.name


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda spec: spec.parent.name)
def test_example_asks_no_backend_for_what_it_cannot_do(spec: Path) -> None:
    assert check(spec, backends=("local", "airflow")).diagnostics == ()


ON_A_CLUSTER = """\
version: 1
extends: pipeline.yaml
pipeline_root: s3://models/runs
metadata: {sqlite: null, grpc: {host: mlmd.kubeflow, port: 8080}}
parameters: {data: {default: s3://data}}
components:
  pusher: {push_destination: {filesystem: {base_directory: s3://models/serving}}}
backends: {kubeflow: {image: registry.example.com/pipelines:1.0}}
"""


@pytest.mark.parametrize("name", ["cities", "continuous", "digits", "taxi", "text", "tuning"])
def test_with_places_that_a_cluster_reaches_it_goes_to_kubeflow(name: str, tmp_path: Path) -> None:
    copy_example(example(name), tmp_path, name)
    (tmp_path / "cluster.yaml").write_text(ON_A_CLUSTER)
    checked = check(tmp_path / "cluster.yaml", backends=("kubeflow",))
    assert checked.diagnostics == ()
    assert checked.backend_names() == ("kubeflow",)


def test_penguins_go_to_production_on_both_orchestrators() -> None:
    checked = check(ROOT / "specs" / "penguin" / "pipeline.yaml", "prod")
    assert set(checked.backend_names()) == {"airflow", "kubeflow"}
    assert checked.diagnostics == ()


@pytest.mark.parametrize("spec", EXAMPLES, ids=lambda spec: spec.parent.name)
def test_an_editor_finds_no_mistake_either(spec: Path) -> None:
    first_line = spec.read_text().splitlines()[0]
    schema = spec.parent / first_line.removeprefix("# yaml-language-server: $schema=")
    _validator(schema.resolve()).validate(yaml.load(spec.read_text(), _EditorLoader))


@cache
def _validator(schema: Path) -> jsonschema.Draft202012Validator:
    """Returns the validator of a schema; tests/schemas/test_json_schema.py looks whether it is one."""
    assert schema == ROOT / "docs" / "tfxc.schema.json"
    return jsonschema.Draft202012Validator(json.loads(schema.read_text()))


class _EditorLoader(yaml.SafeLoader):
    """YAML 1.2, as editors read it: a date is text."""


_EditorLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@pytest.mark.parametrize("module", MODULES, ids=lambda file: f"{file.parent.name}-{file.name}")
def test_module_does_not_import_all_of_tfx(module: Path) -> None:
    """`tfx.v1` brings the Kubeflow and the Vertex SDK: seconds in every node's process."""
    imported = {
        name for statement in ast.walk(ast.parse(module.read_text())) for name in _imported_modules(statement)
    }
    assert imported
    assert not {name for name in imported if name in ("tfx", "tfx.v1") or name.startswith("tfx.v1.")}


def _imported_modules(statement: ast.AST) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and statement.module == "tfx":
        return [f"tfx.{alias.name}" for alias in statement.names]
    if isinstance(statement, ast.ImportFrom):
        return [statement.module or ""]
    return []


@pytest.mark.parametrize(("page", "specs"), [("README.md", "specs"), ("docs/starting.md", "../specs")])
def test_every_example_is_in_the_tables_of_the_docs(page: str, specs: str) -> None:
    rows = re.findall(rf"^\| \[([a-z]+)\]\({re.escape(specs)}/\1/", (ROOT / page).read_text(), re.M)
    assert sorted(rows) == sorted(spec.parent.name for spec in EXAMPLES)
