"""The component ``BestModel``: chooses among models by a metric."""

from __future__ import annotations

import json
from typing import Any, Optional

from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter

from tfxc.backends.launcher.components.best_model_executor import Executor
from tfxc.schemas.components.choose import direction_of
from tfxc.schemas.failures import Failure


class BestModelSpec(ComponentSpec):  # type: ignore[misc]
    """Inputs, outputs and execution properties; ``slice`` is JSON."""

    PARAMETERS = {  # noqa: RUF012 - TFX's own form
        "metric": ExecutionParameter(type=str),
        "slice": ExecutionParameter(type=str, optional=True),
        "direction": ExecutionParameter(type=str),
    }
    INPUTS = {  # noqa: RUF012
        "models": ChannelParameter(type=standard_artifacts.Model),
        "evaluations": ChannelParameter(type=standard_artifacts.ModelEvaluation),
        "blessings": ChannelParameter(type=standard_artifacts.ModelBlessing, optional=True),
    }
    OUTPUTS = {  # noqa: RUF012
        "model": ChannelParameter(type=standard_artifacts.Model),
        "blessing": ChannelParameter(type=standard_artifacts.ModelBlessing, optional=True),
    }


class BestModel(base_component.BaseComponent):  # type: ignore[misc]
    """Chooses the best of several models by a metric of their evaluations."""

    SPEC_CLASS = BestModelSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        models: types.BaseChannel,
        evaluations: types.BaseChannel,
        metric: str,
        blessings: Optional[types.BaseChannel] = None,
        slice: Optional[dict[str, Any]] = None,
        direction: Optional[str] = None,
    ) -> None:
        """Raises Failure for a metric whose direction is not known: one that was a reference is known only
        now."""
        direction = direction or direction_of(metric)
        if direction is None:
            raise Failure(
                f"whether more or less of `{metric}` is better is not known: say it with `direction`."
            )
        blessing = types.Channel(type=standard_artifacts.ModelBlessing) if blessings is not None else None
        spec = BestModelSpec(
            models=models,
            evaluations=evaluations,
            blessings=blessings,
            metric=metric,
            slice=json.dumps(slice, sort_keys=True) if slice else None,
            direction=direction,
            model=types.Channel(type=standard_artifacts.Model),
            blessing=blessing,
        )
        super().__init__(spec=spec)
