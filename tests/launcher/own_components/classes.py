"""Component classes, each of another kind. All write down what their executors were given."""

from __future__ import annotations

import json
from pathlib import Path
from typing import List, Optional  # noqa: UP035

from parts.names import Mode
from parts.specs import CardSpec, LoudPusherSpec, SampleSpec
from tfx import types
from tfx.components.example_gen import component as example_gen
from tfx.components.example_gen import utils
from tfx.dsl.components.base import (
    base_beam_executor,
    base_component,
    base_driver,
    base_executor,
    executor_spec,
)
from tfx.proto import example_gen_pb2, pusher_pb2
from tfx.proto.orchestration import driver_output_pb2
from tfx.types import standard_artifacts
from tfx.types.experimental.simple_artifacts import Dataset
from tfx.v1.components import CsvExampleGen, ImportSchemaGen, Pusher


class WriteDown(base_executor.BaseExecutor):
    """Writes its properties into its first output."""

    def Do(self, input_dict, output_dict, exec_properties):
        (made,) = next(iter(output_dict.values()))
        if made.type_name == "Card":
            made.lines = 3
        folder = Path(made.uri)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "given.json").write_text(json.dumps(exec_properties, sort_keys=True, default=str))


class WriteDownInBeam(base_beam_executor.BaseBeamExecutor):
    """The same, for a component that runs a Beam pipeline."""

    Do = WriteDown.Do


class Marking(base_driver.BaseDriver):
    """A driver of one's own: it says a property itself."""

    def run(self, execution_info):
        output = driver_output_pb2.DriverOutput()
        output.exec_properties["title"].string_value = "driven"
        return output


class Sample(base_component.BaseComponent):
    """A list and an enum in, JSON and a number on; the output may be given, in code."""

    SPEC_CLASS = SampleSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(WriteDown)

    def __init__(
        self,
        splits: Optional[List[str]] = None,  # noqa: UP006
        mode: Mode = Mode.FEWER,
        output: Optional[types.Channel] = None,
    ):
        output = output or types.Channel(type=Dataset)
        super().__init__(spec=SampleSpec(kept=output, splits=json.dumps(splits), mode=int(mode)))


class Card(base_component.BaseComponent):
    """Without a constructor."""

    SPEC_CLASS = CardSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(WriteDown)


class DrivenCard(Card):
    """A renamed channel, a driver of one's own."""

    DRIVER_CLASS = Marking

    def __init__(self, of: types.BaseChannel, **kwargs):
        super().__init__(CardSpec(data=of, card=types.Channel(type=CardSpec.OUTPUTS["card"].type), **kwargs))


class QueryGen(example_gen.QueryBasedExampleGen):
    """Extends a component of TFX's that is made to be extended; a message is given as a mapping."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(WriteDownInBeam)
    DRIVER_CLASS = base_driver.BaseDriver

    def __init__(self, table: str, output_config: Optional[example_gen_pb2.Output] = None):
        super().__init__(utils.make_default_input_config(f"SELECT * FROM {table}"), output_config)


class OwnSchema(ImportSchemaGen):
    """Only another executor: the arguments are TFX's."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(WriteDown)


class SmallCsv(CsvExampleGen):
    """Takes the rest of TFX's arguments, and runs TFX's own executor."""

    def __init__(self, halves: bool = False, **kwargs):
        super().__init__(output_config=_halves() if halves else None, **kwargs)


def _halves() -> example_gen_pb2.Output:
    splits = [example_gen_pb2.SplitConfig.Split(name=name, hash_buckets=1) for name in ("one", "other")]
    return example_gen_pb2.Output(split_config=example_gen_pb2.SplitConfig(splits=splits))


class LoudPusher(base_component.BaseComponent):
    """A spec class that extends TFX's."""

    SPEC_CLASS = LoudPusherSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(WriteDown)

    def __init__(self, room: str, push_destination: Optional[pusher_pb2.PushDestination] = None):
        pushed_model = types.Channel(type=standard_artifacts.PushedModel)
        spec = LoudPusherSpec(room=room, push_destination=push_destination, pushed_model=pushed_model)
        super().__init__(spec=spec)


class QuietPusher(Pusher):
    """All of TFX's arguments."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(WriteDown)
