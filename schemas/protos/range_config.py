"""Which spans are read. Mirrors ``tfx/proto/range_config.proto``."""

from typing import Annotated, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.protos.base import Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import INT32_MAX, Int32

PROTO_MODULE = "tfx.proto.range_config_pb2"


class StaticRange(ProtoModel):
    """The spans between two, both included."""

    proto = "tfx.configs.StaticRange"

    start_span_number: Optional[Int32] = Field(default=None, description="The first span. Unset is 0.")
    end_span_number: Optional[Int32] = Field(
        default=None,
        description="The last span. Unset is 0. An ExampleGen reads one span, so it must be the first one.",
    )


class RollingRange(ProtoModel):
    """The latest spans."""

    proto = "tfx.configs.RollingRange"

    start_span_number: Optional[Int32] = Field(
        default=None,
        description="Leave out spans before this one. Unset is 0, and an ExampleGen takes nothing else.",
    )
    num_spans: Annotated[int, Field(ge=1, le=INT32_MAX)] = Field(
        description="How many spans, counted back from the latest; an ExampleGen reads one."
    )


class RangeConfig(ProtoModel):
    """Which spans to take."""

    proto = "tfx.configs.RangeConfig"
    oneofs: ClassVar[Oneofs] = {"range": ("static_range", "rolling_range")}

    static_range: Optional[StaticRange] = Field(default=None, description="Spans named by number.")
    rolling_range: Optional[RollingRange] = Field(default=None, description="The latest spans.")

    def most_spans(self) -> int:
        """Returns how many spans there can be in the range."""
        if self.rolling_range is not None:
            return self.rolling_range.num_spans
        static = self.static_range or StaticRange()
        return (static.end_span_number or 0) - (static.start_span_number or 0) + 1

    def why_no_single_span(self) -> Optional[str]:
        """Returns why an ExampleGen, which reads one span, cannot take this range; None if it can."""
        static, rolling = self.static_range, self.rolling_range
        if static is None and rolling is None:
            return "Give `static_range` or `rolling_range`"
        if static is not None and (static.start_span_number or 0) != (static.end_span_number or 0):
            return "An ExampleGen reads one span: `start_span_number` and `end_span_number` must be the same"
        if rolling is not None and rolling.num_spans != 1:
            return "An ExampleGen reads one span: `num_spans` must be 1"
        if rolling is not None and (rolling.start_span_number or 0) > 0:
            return "An ExampleGen cannot leave out spans: remove `start_span_number`"
        return None
