"""The component ``Alert``: tells people what a run has found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Optional

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter

from tfxc.backends.launcher.components.alert_executor import Executor
from tfxc.schemas.components.alert import ALERT_REASONS


class AlertSpec(ComponentSpec):  # type: ignore[misc]
    """Inputs, outputs and execution properties; destinations are JSON with their references not filled in."""

    PARAMETERS = {  # noqa: RUF012 - TFX's own form
        "alert_on": ExecutionParameter(type=str),
        "on_error": ExecutionParameter(type=str),
        "report_url": ExecutionParameter(type=str, optional=True),
        "webhook": ExecutionParameter(type=str, optional=True),
        "slack": ExecutionParameter(type=str, optional=True),
        "email": ExecutionParameter(type=str, optional=True),
    }
    INPUTS = {  # noqa: RUF012
        "anomalies": ChannelParameter(type=standard_artifacts.ExampleAnomalies, optional=True),
        "evaluation": ChannelParameter(type=standard_artifacts.ModelEvaluation, optional=True),
        "model_blessing": ChannelParameter(type=standard_artifacts.ModelBlessing, optional=True),
        "infra_blessing": ChannelParameter(type=standard_artifacts.InfraBlessing, optional=True),
        "statistics": ChannelParameter(type=standard_artifacts.ExampleStatistics, optional=True),
    }
    OUTPUTS = {  # noqa: RUF012
        "alert": ChannelParameter(type=standard_artifacts.JsonValue)
    }


class Alert(base_component.BaseComponent):  # type: ignore[misc]
    """Tells people what was found."""

    SPEC_CLASS = AlertSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        anomalies: Optional[types.BaseChannel] = None,
        evaluation: Optional[types.BaseChannel] = None,
        model_blessing: Optional[types.BaseChannel] = None,
        infra_blessing: Optional[types.BaseChannel] = None,
        statistics: Optional[types.BaseChannel] = None,
        alert_on: Sequence[str] = ALERT_REASONS,
        webhook: Optional[str] = None,
        slack: Optional[str] = None,
        email: Optional[str] = None,
        on_error: str = "fail",
        report_url: Optional[str] = None,
    ) -> None:
        spec = AlertSpec(
            anomalies=anomalies,
            evaluation=evaluation,
            model_blessing=model_blessing,
            infra_blessing=infra_blessing,
            statistics=statistics,
            alert_on=json.dumps(list(alert_on)),
            webhook=webhook,
            slack=slack,
            email=email,
            on_error=on_error,
            report_url=report_url,
            alert=types.Channel(type=standard_artifacts.JsonValue),
        )
        super().__init__(spec=spec)
