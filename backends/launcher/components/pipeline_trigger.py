"""The component ``PipelineTrigger``: starts another pipeline if what was found asks for it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Optional

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter

from tfxc.backends.launcher.components.trigger_executor import Executor
from tfxc.schemas.components.trigger import TRIGGER_REASONS


class PipelineTriggerSpec(ComponentSpec):  # type: ignore[misc]
    """Inputs, outputs and execution properties; targets are JSON with their references not filled in."""

    PARAMETERS = {  # noqa: RUF012 - TFX's own form
        "trigger_on": ExecutionParameter(type=str),
        "airflow": ExecutionParameter(type=str, optional=True),
        "kubeflow": ExecutionParameter(type=str, optional=True),
        "local": ExecutionParameter(type=str, optional=True),
        "webhook": ExecutionParameter(type=str, optional=True),
        "parameters": ExecutionParameter(type=str, optional=True),
    }
    INPUTS = {  # noqa: RUF012
        "anomalies": ChannelParameter(type=standard_artifacts.ExampleAnomalies, optional=True),
        "model_blessing": ChannelParameter(type=standard_artifacts.ModelBlessing, optional=True),
        "infra_blessing": ChannelParameter(type=standard_artifacts.InfraBlessing, optional=True),
    }
    OUTPUTS = {  # noqa: RUF012
        "triggered_run": ChannelParameter(type=standard_artifacts.JsonValue)
    }


class PipelineTrigger(base_component.BaseComponent):  # type: ignore[misc]
    """Starts another pipeline."""

    SPEC_CLASS = PipelineTriggerSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        anomalies: Optional[types.BaseChannel] = None,
        model_blessing: Optional[types.BaseChannel] = None,
        infra_blessing: Optional[types.BaseChannel] = None,
        trigger_on: Sequence[str] = TRIGGER_REASONS,
        airflow: Optional[str] = None,
        kubeflow: Optional[str] = None,
        local: Optional[str] = None,
        webhook: Optional[str] = None,
        parameters: Optional[str] = None,
    ) -> None:
        spec = PipelineTriggerSpec(
            anomalies=anomalies,
            model_blessing=model_blessing,
            infra_blessing=infra_blessing,
            trigger_on=json.dumps(list(trigger_on)),
            airflow=airflow,
            kubeflow=kubeflow,
            local=local,
            webhook=webhook,
            parameters=parameters,
            triggered_run=types.Channel(type=standard_artifacts.JsonValue),
        )
        super().__init__(spec=spec)
