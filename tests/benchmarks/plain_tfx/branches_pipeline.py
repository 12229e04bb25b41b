"""specs/branches/pipeline.yaml by hand: plain TFX, LocalDagRunner, the Beam arguments of TFX's examples.

python specs/branches/make_data.py
python tests/benchmarks/plain_tfx/branches_pipeline.py --root /tmp/branches
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tfx import v1 as tfx
from tfx.types import channel_utils

SPEC = Path(__file__).parents[3] / "specs" / "branches"
PLANTS = ("north", "south", "west")


def create_pipeline(root: Path, data: Path) -> tfx.dsl.Pipeline:
    """Returns the whole pipeline, everything that it writes below `root`."""
    sys.path.insert(0, str(SPEC))
    from compare import Compare  # type: ignore[import-not-found, unused-ignore]  # found through sys.path

    components = []
    statistics = {}
    schemas = []
    for plant in PLANTS:
        example_gen = tfx.components.CsvExampleGen(input_base=str(data / plant)).with_id(f"examples_{plant}")
        statistics_gen = tfx.components.StatisticsGen(examples=example_gen.outputs["examples"]).with_id(
            f"statistics_{plant}"
        )
        statistics[plant] = statistics_gen.outputs["statistics"]
        schema_gen = tfx.components.SchemaGen(statistics=statistics[plant]).with_id(f"schema_{plant}")
        schemas.append(schema_gen.outputs["schema"])
        components += [example_gen, statistics_gen, schema_gen]
    compare = Compare(
        **statistics, schemas=channel_utils.union(schemas), feature="temperature", tolerance=1.0
    ).with_id("compare")
    return tfx.dsl.Pipeline(
        pipeline_name="branches",
        pipeline_root=str(root / "runs"),
        components=[*components, compare],
        enable_cache=True,
        metadata_connection_config=tfx.orchestration.metadata.sqlite_metadata_connection_config(
            str(root / "metadata.sqlite")
        ),
        beam_pipeline_args=["--direct_num_workers=0", "--direct_running_mode=multi_processing"],
    )


def main() -> None:
    """Runs the pipeline once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help="folder for artifacts and metadata")
    parser.add_argument("--data", type=Path, default=SPEC / "data", help="folder of the plants' folders")
    arguments = parser.parse_args()
    pipeline = create_pipeline(arguments.root.resolve(), arguments.data.resolve())
    tfx.orchestration.LocalDagRunner().run(pipeline)


if __name__ == "__main__":
    main()
