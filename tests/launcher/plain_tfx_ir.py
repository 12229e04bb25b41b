"""A program: the pipelines of `test_equal_ir.py` as plain TFX has them, compiled by TFX.

python plain_tfx_ir.py FOLDER

FOLDER holds ``steps.py``, the user's components. Prints name → IR as JSON, run id and root filled in.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from google.protobuf import json_format
from tfx.components import CsvExampleGen
from tfx.dsl.compiler import compiler
from tfx.dsl.components.common.resolver import Resolver
from tfx.dsl.experimental.conditionals.conditional import Cond
from tfx.dsl.input_resolution.strategies.latest_artifact_strategy import LatestArtifactStrategy
from tfx.dsl.input_resolution.strategies.span_range_strategy import SpanRangeStrategy
from tfx.orchestration import pipeline
from tfx.orchestration.portable import runtime_parameter_utils
from tfx.proto import range_config_pb2
from tfx.types import standard_artifacts
from tfx.types.channel import Channel, ExternalPipelineChannel


def values_and_conditions(steps: Any) -> list[Any]:
    """Values of one node as arguments of another, whole and in a text, under conditions."""
    tune = steps.Tune().with_id("tune")
    rate, word = (tune.outputs[key].future()[0].value for key in ("rate", "word"))
    ready = tune.outputs["ready"].future()[0].value
    train = steps.Train(rate=rate, text="at " + word + " speed", flag=ready).with_id("train")
    model = train.outputs["model"]
    with Cond(rate > 0.1):
        first = steps.Show(model=model).with_id("first")
    with Cond(model.future()[0].custom_property("good") == 1):
        second = steps.Show(model=model).with_id("second")
    return [tune, train, first, second]


def queries(steps: Any) -> list[Any]:
    """What one node made in all runs, and what another pipeline made."""
    example_gen = CsvExampleGen(input_base="data").with_id("example_gen")
    spans = range_config_pb2.RangeConfig(rolling_range=range_config_pb2.RollingRange(num_spans=3))
    window = Resolver(
        strategy_class=SpanRangeStrategy,
        config={"range_config": spans},
        examples=Channel(
            standard_artifacts.Examples, producer_component_id="example_gen", output_key="examples"
        ),
    ).with_id("window")
    window.add_upstream_node(example_gen)
    other = Resolver(
        strategy_class=LatestArtifactStrategy,
        model=ExternalPipelineChannel(
            standard_artifacts.Model,
            owner="",
            pipeline_name="large",
            producer_component_id="trainer",
            output_key="model",
        ),
    ).with_id("other")
    learn = steps.Learn(examples=window.outputs["examples"], base=other.outputs["model"]).with_id("learn")
    return [example_gen, window, other, learn]


def main() -> None:
    """Compiles the pipelines."""
    sys.path.insert(0, sys.argv[1])
    import steps

    compiled = {}
    for shape in (values_and_conditions, queries):
        made = pipeline.Pipeline(
            pipeline_name=shape.__name__.replace("_", "-"),
            pipeline_root="runs",
            components=shape(steps),
            enable_cache=True,
        )
        ir = compiler.Compiler().compile(made)
        runtime_parameter_utils.substitute_runtime_parameter(
            ir, {"pipeline-run-id": "run-1", "pipeline-root": "runs"}
        )
        compiled[shape.__name__] = json.loads(json_format.MessageToJson(ir, preserving_proto_field_name=True))
    print(json.dumps(compiled))  # noqa: T201


if __name__ == "__main__":
    main()
