"""The component that registers models: tfxc's own, which TFX does not have."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from tfxc.schemas.addresses import WebAddress, refused
from tfxc.schemas.components.base import ChannelReference, ExecutorComponent, Output, Stage
from tfxc.schemas.components.markers import ChannelInput
from tfxc.schemas.protos.base import ConfigModel

RESERVED_ALIASES = re.compile(r"v\d+|latest", re.ASCII | re.IGNORECASE)
"""What MLflow keeps for itself."""
LINEAGE_PREFIXES = ("tfxc.", "mlmd.", "mlflow.", "alias.", "metric.", "parameter.")
"""What the names of tags begin with that tfxc or a registry writes."""
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"


_ADDRESS = WebAddress("give it as an environment variable: `execution: {env: {MLFLOW_TRACKING_TOKEN: …}}`")


class _Alias:
    """Validates the name of an alias."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.validate, handler(source))

    def validate(self, value: str) -> str:
        """Returns the value as it is. Raises PydanticCustomError of the type ``quantity``."""
        if RESERVED_ALIASES.fullmatch(value):
            raise refused(f"registries keep `{value}` for versions", "name it `challenger`, say")
        return value


class _OwnTags:
    """Validates tags of the user's: they cannot stand in the place of the lineage."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.validate, handler(source))

    def validate(self, value: Optional[dict[str, str]]) -> Optional[dict[str, str]]:
        """Returns the value as it is. Raises PydanticCustomError of the type ``quantity``."""
        for key in value or ():
            if not key or key.startswith(LINEAGE_PREFIXES):
                raise refused(
                    f"`{key}` is a tag that tfxc writes" if key else "a tag needs a name",
                    f"names that begin with {', '.join(f'`{each}`' for each in LINEAGE_PREFIXES)} are taken",
                )
        return value


class MlflowSettings(ConfigModel):
    """An MLflow tracking server with its model registry."""

    tracking_uri: Annotated[str, _ADDRESS] = Field(
        min_length=1,
        description="The server's address. MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and "
        "MLFLOW_TRACKING_PASSWORD, are read from the environment of the node.",
    )
    experiment: Optional[str] = Field(
        default=None,
        min_length=1,
        description="The experiment that gets a run for each model; Default by default.",
    )


class KubeflowSettings(ConfigModel):
    """A Kubeflow model registry."""

    server_address: Annotated[str, _ADDRESS] = Field(
        min_length=1,
        description="The address of its REST server. MODEL_REGISTRY_TOKEN, or the file that "
        "KF_PIPELINES_SA_TOKEN_PATH names, is read from the environment of the node.",
    )
    author: Optional[str] = Field(
        default=None, min_length=1, description="Who is told to have made versions."
    )


class RegistrySettings(ConfigModel):
    """A model registry of one kind."""

    at_most_one = (("mlflow", "kubeflow"),)
    at_least_one = (("mlflow", "kubeflow"),)

    mlflow: Optional[MlflowSettings] = Field(default=None, description="MLflow's.")
    kubeflow: Optional[KubeflowSettings] = Field(default=None, description="Kubeflow's.")


class ModelRegistryPusher(ExecutorComponent):
    """Registers a model in a model registry, if every blessing that it is given allows that."""

    class_path = "tfxc.backends.launcher.components.model_registry_pusher:ModelRegistryPusher"
    stage = Stage.SERVE
    also_called = ("ModelRegistry", "mlflow", "register")
    destination = (("registry",), ("model_name",), ("alias",))
    destination_words = "alias of one model"
    acts_outside = "registers models in a model registry"
    outputs: ClassVar[Mapping[str, Output]] = {
        "pushed_model": Output(
            "PushedModel", "What was registered, and whether and as which version: models:/NAME/VERSION."
        )
    }

    model: Annotated[ChannelReference, ChannelInput("Model")] = Field(description="The model to register.")
    registry: RegistrySettings = Field(description="The registry: `mlflow` or `kubeflow`.")
    model_name: str = Field(
        pattern=NAME_PATTERN, max_length=250, description="The model's name in the registry."
    )
    model_blessing: Annotated[Optional[ChannelReference], ChannelInput("ModelBlessing")] = Field(
        default=None, description="An Evaluator's blessing: only a blessed model is registered."
    )
    infra_blessing: Annotated[Optional[ChannelReference], ChannelInput("InfraBlessing")] = Field(
        default=None, description="An InfraValidator's blessing: only a blessed model is registered."
    )
    evaluation: Annotated[Optional[ChannelReference], ChannelInput("ModelEvaluation")] = Field(
        default=None, description="An Evaluator's evaluation: the metrics of all examples are registered too."
    )
    schema_: Annotated[Optional[ChannelReference], ChannelInput("Schema")] = Field(
        default=None, alias="schema", description="The schema of the data, kept beside the model."
    )
    examples: Annotated[Optional[ChannelReference], ChannelInput("Examples")] = Field(
        default=None, description="What the model was trained on: its artifact is named in the lineage."
    )
    served_model: Annotated[Optional[ChannelReference], ChannelInput("PushedModel")] = Field(
        default=None,
        description="What a Pusher has pushed of the model: its version and place are tagged, so that "
        "`tfxc deploy --model` finds what an alias means where it is served from.",
    )
    alias: Annotated[str, _Alias()] = Field(
        default="challenger",
        pattern=r"^[A-Za-z][A-Za-z0-9_-]*$",
        max_length=200,
        description="The alias that the new version gets, `challenger` by default. With `champion` whatever "
        "serves the champion serves every blessed model.",
    )
    tags: Annotated[Optional[dict[str, str]], _OwnTags()] = Field(
        default=None, description="Tags of your own for the version."
    )
