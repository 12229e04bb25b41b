# ruff: noqa: UP006, UP035
"""Component classes in the ways that people write them."""

import json
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from tfx import types
from tfx import v1 as tfx
from tfx.components.example_gen import component as example_gen
from tfx.components.example_gen import utils
from tfx.dsl.components.base import base_beam_component, base_component, base_executor, executor_spec
from tfx.proto import example_gen_pb2
from tfx.types import channel, standard_artifacts
from tfx.v1.dsl.experimental import RuntimeParameter

from .keys import Mode
from .specs import CardSpec, LoudPusherSpec, MergedSpec, SampleSpec


class Executor(base_executor.BaseExecutor):
    def Do(self, input_dict, output_dict, exec_properties):
        pass


class Sample(base_beam_component.BaseBeamComponent):
    """Lists and enums in, JSON and numbers on; the input renamed."""

    SPEC_CLASS = SampleSpec
    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        label: str,
        examples: types.Channel = None,
        splits: Optional[List[str]] = None,
        mode: Mode = Mode.FEWER,
        output: Optional[types.Channel] = None,
    ):
        output = output or types.Channel(type=standard_artifacts.Examples)
        super().__init__(
            spec=SampleSpec(
                label=label, records=examples, kept=output, splits=json.dumps(splits), mode=int(mode)
            )
        )


class Card(base_component.BaseComponent):
    SPEC_CLASS = CardSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        evaluation: Optional[types.Channel] = None,
        statistics: "Optional[types.BaseChannel]" = None,
        layout: Optional[Dict[str, Any]] = None,
        pairs: Optional[Sequence[Tuple[str, str]]] = None,
    ):
        spec = self.SPEC_CLASS(
            evaluation=evaluation,
            statistics=statistics,
            layout=layout,
            pairs=[list(pair) for pair in pairs or ()],
            card=channel.Channel(type=CardSpec.OUTPUTS["card"].type),
        )
        super().__init__(spec=spec)


class ShortCard(Card):
    """The constructor of a class of one's own, by ``**kwargs``."""

    def __init__(self, lines: int, **kwargs):
        super().__init__(layout={"lines": lines}, **kwargs)


class Everything(base_component.BaseComponent):
    """The spec class gets what the constructor takes."""

    SPEC_CLASS = MergedSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, **kwargs):
        super().__init__(MergedSpec(card=channel.Channel(type=MergedSpec.OUTPUTS["card"].type), **kwargs))


class Bare(base_component.BaseComponent):
    """Without a constructor of its own."""

    SPEC_CLASS = CardSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)


class QueryGen(example_gen.QueryBasedExampleGen):
    """Extends a component of TFX's that is made to be extended."""

    EXECUTOR_SPEC = executor_spec.BeamExecutorSpec(Executor)

    def __init__(
        self,
        table: str,
        limit: Union[int, RuntimeParameter, None] = None,
        output_config: Optional[example_gen_pb2.Output] = None,
    ):
        input_config = utils.make_default_input_config(f"SELECT * FROM {table} LIMIT {limit}")
        super().__init__(input_config=input_config, output_config=output_config)


class StrictEvaluator(tfx.components.Evaluator):
    """Extends a component of TFX's: its arguments, but for one that is given here."""

    def __init__(self, strict: bool = True, **kwargs):
        super().__init__(fairness_indicator_thresholds=[0.5] if strict else None, **kwargs)


class QuietPusher(tfx.components.Pusher):
    """Only another executor."""

    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)


class LoudPusher(base_component.BaseComponent):
    """A spec class that extends one of TFX's."""

    SPEC_CLASS = LoudPusherSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(self, room: str, model: types.Channel, pushed_model: Optional[types.Channel] = None):
        pushed_model = pushed_model or types.Channel(type=standard_artifacts.PushedModel)
        super().__init__(spec=LoudPusherSpec(room=room, model=model, pushed_model=pushed_model))
