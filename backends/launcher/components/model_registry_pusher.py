"""The component ``ModelRegistryPusher``: registers a model if it is blessed, as TFX's Pusher pushes one."""

from __future__ import annotations

import json
from typing import Any, Optional

from pydantic import ValidationError
from tfx import types
from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import standard_artifacts
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter

from tfxc.backends.launcher.components.model_registry_executor import Executor
from tfxc.schemas.components.registry import ModelRegistryPusher as Arguments
from tfxc.schemas.failures import Failure


class ModelRegistryPusherSpec(ComponentSpec):  # type: ignore[misc]
    """Inputs, outputs and execution properties; ``registry`` and ``tags`` are JSON, without secrets."""

    PARAMETERS = {  # noqa: RUF012 - TFX's own form
        "registry": ExecutionParameter(type=str),
        "model_name": ExecutionParameter(type=str),
        "alias": ExecutionParameter(type=str),
        "tags": ExecutionParameter(type=str, optional=True),
    }
    INPUTS = {  # noqa: RUF012
        "model": ChannelParameter(type=standard_artifacts.Model),
        "model_blessing": ChannelParameter(type=standard_artifacts.ModelBlessing, optional=True),
        "infra_blessing": ChannelParameter(type=standard_artifacts.InfraBlessing, optional=True),
        "evaluation": ChannelParameter(type=standard_artifacts.ModelEvaluation, optional=True),
        "schema": ChannelParameter(type=standard_artifacts.Schema, optional=True),
        "examples": ChannelParameter(type=standard_artifacts.Examples, optional=True),
    }
    OUTPUTS = {  # noqa: RUF012
        "pushed_model": ChannelParameter(type=standard_artifacts.PushedModel)
    }


class ModelRegistryPusher(base_component.BaseComponent):  # type: ignore[misc]
    """Registers a model in a model registry."""

    SPEC_CLASS = ModelRegistryPusherSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        model: types.BaseChannel,
        registry: dict[str, Any],
        model_name: str,
        model_blessing: Optional[types.BaseChannel] = None,
        infra_blessing: Optional[types.BaseChannel] = None,
        evaluation: Optional[types.BaseChannel] = None,
        schema: Optional[types.BaseChannel] = None,
        examples: Optional[types.BaseChannel] = None,
        alias: str = "challenger",
        tags: Optional[dict[str, str]] = None,
    ) -> None:
        """Raises Failure for arguments that make no sense: those that were references are known only now."""
        _check(registry=registry, model_name=model_name, alias=alias, tags=tags)
        spec = ModelRegistryPusherSpec(
            model=model,
            registry=json.dumps(registry, sort_keys=True),
            model_name=model_name,
            model_blessing=model_blessing,
            infra_blessing=infra_blessing,
            evaluation=evaluation,
            schema=schema,
            examples=examples,
            alias=alias,
            tags=json.dumps(tags, sort_keys=True) if tags else None,
            pushed_model=types.Channel(type=standard_artifacts.PushedModel),
        )
        super().__init__(spec=spec)


def _check(**arguments: Any) -> None:
    """Raises Failure if the component's model refuses an argument, whose value may be a secret: not shown."""
    try:
        Arguments.model_validate({"type": Arguments.__name__, "model": "trainer.model", **arguments})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(each) for each in first["loc"])
        raise Failure(f"ModelRegistryPusher's `{where}` cannot be used: {first['msg']}.") from None
