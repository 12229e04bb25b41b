"""What docs/launcher.md says and no test of the launcher's shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfxc.compiler.driver import check

SPEC = """version: 1
name: example
components:
  example_gen: {{type: CsvExampleGen, input_base: data}}
  other: {{type: {type_name}, examples: example_gen.examples}}
"""


@pytest.mark.parametrize("type_name", ["ForEach", "ManualNode", "Subpipeline"])
def test_what_tfx_cannot_run_cannot_be_written(type_name: str, tmp_path: Path) -> None:
    (tmp_path / "pipeline.yaml").write_text(SPEC.format(type_name=type_name), encoding="utf-8")
    assert "T201" in {each.code for each in check(tmp_path / "pipeline.yaml").diagnostics}
