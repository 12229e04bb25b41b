"""What the components have in common that watch what a run finds: tfxc's own, which TFX does not have."""

from typing import Annotated, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.components.base import ChannelReference, Component, Stage
from tfxc.schemas.components.markers import ChannelInput


class WatchingComponent(Component):
    """Acts on what others found: never cached, and run whatever was skipped.

    ``told`` are the arguments that say who is told of it; ``webhook`` is one of them.
    """

    stage = Stage.WATCH
    light = True
    cached = False
    runs_without_skipped = True
    acts_on_anomalies = True
    told: ClassVar[tuple[str, ...]]

    anomalies: Annotated[Optional[ChannelReference], ChannelInput("ExampleAnomalies", many=True)] = Field(
        default=None,
        description="What an ExampleValidator or a DistributionValidator found; a list for several.",
    )
