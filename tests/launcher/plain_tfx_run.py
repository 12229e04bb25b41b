"""A program: runs a pipeline of plain TFX's in a folder, under names that no spec could have.

    python plain_tfx_run.py FOLDER

The folder has data/ and features.py. ML Metadata is in runs/metadata.sqlite.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tfx import v1 as tfx

NAME = "My Penguins"


def main() -> None:
    """Runs what the command line names."""
    folder = Path(sys.argv[1]).resolve()
    root = folder / "runs"
    root.mkdir()
    example_gen = tfx.components.CsvExampleGen(input_base=str(folder / "data"))
    statistics_gen = tfx.components.StatisticsGen(examples=example_gen.outputs["examples"])
    schema_gen = tfx.components.SchemaGen(statistics=statistics_gen.outputs["statistics"])
    transform = tfx.components.Transform(
        examples=example_gen.outputs["examples"],
        schema=schema_gen.outputs["schema"],
        module_file=str(folder / "features.py"),
    ).with_id("Transform.penguins")
    pipeline = tfx.dsl.Pipeline(
        pipeline_name=NAME,
        pipeline_root=str(root),
        components=[example_gen, statistics_gen, schema_gen, transform],
        enable_cache=True,
        metadata_connection_config=tfx.orchestration.metadata.sqlite_metadata_connection_config(
            str(root / "metadata.sqlite")
        ),
    )
    tfx.orchestration.LocalDagRunner().run(pipeline)


if __name__ == "__main__":
    main()
