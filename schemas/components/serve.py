"""Components that bring models to where they are used."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.components.base import ChannelInput, ChannelReference, Component, Output
from tfxc.schemas.protos.base import Message


class Pusher(Component):
    """Copies a model to where it is served, if every blessing that it is given allows that."""

    class_path = "tfx.components.pusher.component:Pusher"
    outputs: ClassVar[Mapping[str, Output]] = {
        "pushed_model": Output("PushedModel", "A copy of the pushed model, and whether and where it went.")
    }
    at_least_one = (("model", "infra_blessing"),)

    model: Annotated[Optional[ChannelReference], ChannelInput("Model")] = Field(
        default=None,
        description="The model to push. Left out only where infra_blessing holds one, with warm-up requests.",
    )
    model_blessing: Annotated[Optional[ChannelReference], ChannelInput("ModelBlessing")] = Field(
        default=None, description="An Evaluator's blessing: only a blessed model is pushed."
    )
    infra_blessing: Annotated[Optional[ChannelReference], ChannelInput("InfraBlessing")] = Field(
        default=None, description="An InfraValidator's blessing: only a blessed model is pushed."
    )
    push_destination: Annotated[dict[str, Any], Message("pusher:PushDestination")] = Field(
        description="Where the model is pushed."
    )
    custom_config: Optional[dict[str, Any]] = Field(
        default=None, description="Values of your own. TFX's own Pusher reads none."
    )
