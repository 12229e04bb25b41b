"""`tfxc freeze`: the schema of a run is kept, and the spec uses it, with all else as it was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from tfxc.backends.launcher.protocol.connection import Connection
from tfxc.backends.metadata.past import Past
from tfxc.backends.metadata.stored import Stored
from tfxc.backends.metadata.values import Artifact, History, NodeRun, Run, RunState
from tfxc.compiler.cli import run
from tfxc.compiler.driver import check

SPEC = """\
# A pipeline.
version: 1
name: birds
components:
  example_gen: {type: CsvExampleGen, input_base: data}
  statistics_gen: {type: StatisticsGen, examples: example_gen.examples}

  schema_gen:  # infers
    description: What the data are.
    type: "SchemaGen"   # of TFX
    infer_feature_shape: false  # no shapes
    statistics: statistics_gen.statistics  # of all
    exclude_splits:
      - eval

    execution: {retries: 1}
  validator: {type: ExampleValidator, statistics: statistics_gen.statistics, schema: schema_gen.schema}
"""
FROZEN = SPEC
for _written, _frozen in (
    ('"SchemaGen"', "ImportSchemaGen"),
    ("statistics: statistics_gen.statistics  # of all", "schema_file: schema/schema.pbtxt  # of all"),
    ("    infer_feature_shape: false  # no shapes\n", ""),
    ("    exclude_splits:\n      - eval\n", ""),
):
    FROZEN = FROZEN.replace(_written, _frozen)
SCHEMA = 'feature {\n  name: "mass"\n}\n'

Freeze = Callable[..., str]


def past_run(folder: Path, run_id: str, state: RunState = "succeeded", text: str = SCHEMA) -> Run:
    uri = folder / "runs" / run_id
    uri.mkdir(parents=True)
    (uri / "schema.pbtxt").write_text(text)
    schema = Artifact(1, "Schema", "", str(uri), str(uri), "live", None)
    node = NodeRun("schema_gen", "SchemaGen", "succeeded", outputs={"schema": (schema,)})
    return Run(run_id, "birds", state, datetime.now(timezone.utc), None, (node,))


@pytest.fixture
def freeze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Freeze:
    """Returns a function that runs `tfxc freeze` where two runs went well and the latest failed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pipeline.yaml").write_text(SPEC)
    runs = (
        past_run(tmp_path, "one", text="# older\n"),
        past_run(tmp_path, "two"),
        past_run(tmp_path, "three", "failed", "# of bad data\n"),
    )

    def read_past(plan: Any, folder: Path) -> Past:
        return Past(plan, folder, Connection("ConnectionConfig", {}), Stored(), History(runs))

    monkeypatch.setattr("tfxc.backends.metadata.past.read_past", read_past)

    def typed(*arguments: str, code: int = 0) -> str:
        assert run(["freeze", "pipeline.yaml", *arguments]) == code
        printed = capsys.readouterr()
        return printed.out if code == 0 else printed.err

    return typed


def test_the_spec_imports_the_schema_of_the_latest_run_that_succeeded(freeze: Freeze, tmp_path: Path) -> None:
    told = freeze()
    assert "schema/schema.pbtxt: the schema of run two" in told
    assert (tmp_path / "pipeline.yaml").read_text() == FROZEN
    assert (tmp_path / "schema" / "schema.pbtxt").read_text().endswith(SCHEMA)
    assert not check(tmp_path / "pipeline.yaml").diagnostics
    assert "it has no SchemaGen" in freeze(code=2)


def test_what_was_frozen_as_json(freeze: Freeze) -> None:
    told = json.loads(freeze("--json"))
    assert (told["run"], told["schema"], told["node"]) == ("two", "schema/schema.pbtxt", "schema_gen")
    assert "leave --diff or --json out" in freeze("--diff", "--json", code=2)


def test_a_difference_is_only_shown(freeze: Freeze, tmp_path: Path) -> None:
    shown = freeze("--diff")
    assert "+    schema_file: schema/schema.pbtxt  # of all" in shown.splitlines()
    assert (tmp_path / "pipeline.yaml").read_text() == SPEC
    assert not (tmp_path / "schema").exists()


def test_another_run_and_another_file(freeze: Freeze, tmp_path: Path) -> None:
    freeze("--run", "on", "-o", "../birds schema.pbtxt")
    assert (tmp_path.parent / "birds schema.pbtxt").read_text().endswith("# older\n")
    assert 'schema_file: "../birds schema.pbtxt"' in (tmp_path / "pipeline.yaml").read_text()


def test_a_schema_that_somebody_has_made_is_not_overwritten(freeze: Freeze, tmp_path: Path) -> None:
    (tmp_path / "schema").mkdir()
    mine = tmp_path / "schema" / "schema.pbtxt"
    mine.write_text("# mine\n")
    assert "is there, and another schema: --force" in freeze(code=1)
    assert (mine.read_text(), (tmp_path / "pipeline.yaml").read_text()) == ("# mine\n", SPEC)
    freeze("--force")
    assert mine.read_text().endswith(SCHEMA)


@pytest.mark.parametrize(
    ("line", "frozen"),
    [
        (
            "schema_gen: {type: SchemaGen, statistics: statistics_gen.statistics, infer_feature_shape: true}",
            "schema_gen: {type: ImportSchemaGen, schema_file: schema/schema.pbtxt}",
        ),
        (
            "schema_gen: {infer_feature_shape: true, statistics: statistics_gen.statistics, type: SchemaGen}",
            "schema_gen: {schema_file: schema/schema.pbtxt, type: ImportSchemaGen}",
        ),
        (
            "schema_gen: {type: SchemaGen, exclude_splits: [eval], statistics: statistics_gen.statistics}",
            "schema_gen: {type: ImportSchemaGen, schema_file: schema/schema.pbtxt}",
        ),
    ],
)
def test_a_component_on_one_line(freeze: Freeze, tmp_path: Path, line: str, frozen: str) -> None:
    head, _, rest = SPEC.partition("  schema_gen:")
    tail = rest[rest.index("  validator") :]
    (tmp_path / "pipeline.yaml").write_text(f"{head}  {line}\r\n{tail}", newline="")
    freeze()
    written = (tmp_path / "pipeline.yaml").read_bytes().decode()
    assert written == f"{head}  {frozen}\r\n{tail}"


def test_what_is_not_written_plainly_is_left_to_the_user(freeze: Freeze, tmp_path: Path) -> None:
    aliased = SPEC.replace("examples: example_gen.examples}", "examples: &e example_gen.examples}")
    aliased = aliased.replace('type: "SchemaGen"', "type: *t").replace(
        "name: birds", "name: birds\nbackends: {}"
    )
    aliased = aliased.replace("description: What the data are.", "description: &t SchemaGen")
    (tmp_path / "pipeline.yaml").write_text(aliased)
    assert "`schema_gen` cannot be edited, since aliases stand for a part of it" in freeze(code=1)
    (tmp_path / "base.yaml").write_text(SPEC)
    (tmp_path / "pipeline.yaml").write_text("version: 1\nname: birds\nextends: base.yaml\n")
    assert "since it is not written in pipeline.yaml" in freeze(code=1)


def test_an_environment_that_would_not_be_valid_is_told_of_before_anything_is_written(
    freeze: Freeze, tmp_path: Path
) -> None:
    patched = SPEC + "environments:\n  prod:\n    components: {schema_gen: {infer_feature_shape: true}}\n"
    (tmp_path / "pipeline.yaml").write_text(patched)
    assert "the spec would not be valid in the environment `prod`" in freeze(code=1)
    assert (tmp_path / "pipeline.yaml").read_text() == patched
    assert not (tmp_path / "schema").exists()


def test_wrong_use(freeze: Freeze, tmp_path: Path) -> None:
    assert "`example_gen` infers no schema; schema_gen does" in freeze("--node", "example_gen", code=2)
    assert "there is no run `x`" in freeze("--run", "x", code=2)
    second = SPEC + "  other: {type: SchemaGen, statistics: statistics_gen.statistics}\n"
    (tmp_path / "pipeline.yaml").write_text(second)
    assert "name one with --node (schema_gen, other)" in freeze(code=2)
    assert "has one of `other`: run the pipeline first" in freeze("--node", "other", code=2)


def test_files_that_bundles_carry(tmp_path: Path) -> None:
    """A frozen schema travels with the code; what is outside of the spec's folder cannot."""
    from tfxc.compiler.bundle import BundleError, read_modules
    from tfxc.schemas.carried_files import carried_files

    (tmp_path / "pipeline.yaml").write_text(FROZEN)
    plan = check(tmp_path / "pipeline.yaml").plan
    assert plan is not None
    with pytest.raises(BundleError, match=r"schema\.pbtxt cannot be read"):
        read_modules(plan, tmp_path)
    (tmp_path / "schema").mkdir()
    (tmp_path / "schema" / "schema.pbtxt").write_text(SCHEMA)
    assert {str(path): content for path, content in read_modules(plan, tmp_path).items()} == {
        "schema/schema.pbtxt": SCHEMA.encode()
    }
    for outside in ("/srv/schema.pbtxt", "../schema.pbtxt", "gs://bucket/schema.pbtxt"):
        nodes = tuple(
            replace_argument(node, outside) if node.id == "schema_gen" else node for node in plan.nodes
        )
        assert carried_files(plan.model_copy(update={"nodes": nodes})) == ()


def replace_argument(node: Any, path: str) -> Any:
    argument = node.arguments["schema_file"].model_copy(update={"value": {"$path": path}})
    return node.model_copy(update={"arguments": {"schema_file": argument}})
