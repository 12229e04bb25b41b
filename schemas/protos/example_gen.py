"""Configuration of the ExampleGens: what to read, and how to split it.

Mirrors ``tfx/proto/example_gen.proto`` and what ``tfx.components.example_gen.utils`` makes of it.
"""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from tfxc.schemas.fields import error_at
from tfxc.schemas.protos.base import Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import UINT32_MAX, AnyMessage
from tfxc.schemas.protos.span_patterns import placeholders, why_no_pattern

PROTO_MODULE = "tfx.proto.example_gen_pb2"


def unique_names(splits: Optional[Sequence[Any]]) -> None:
    """Raises pydantic.ValidationError, at the second one's name, if two splits have the same name."""
    seen: set[str] = set()
    for index, split in enumerate(splits or ()):
        if split.name in seen:
            error = PydanticCustomError("split_name", "Two splits are called `{name}`", {"name": split.name})
            raise error_at((index, "name"), error, split.name)
        seen.add(split.name)


class InputSplit(ProtoModel):
    """Input files, and the name of the split that they make up."""

    proto = "tfx.components.example_gen.Input.Split"

    name: str = Field(min_length=1, description="The split's name, such as train.")
    pattern: str = Field(
        min_length=1,
        description="A glob for the split's files, relative to input_base: `train/*`. {SPAN} stands for the "
        "digits of a span, {YYYY}, {MM} and {DD} for its date instead, {VERSION} for a version of it; "
        "{SPAN:4} is four digits wide. The latest span and version are read.",
    )

    @field_validator("pattern")
    @classmethod
    def _pattern_can_be_resolved(cls, pattern: str) -> str:
        if reason := why_no_pattern(pattern):
            raise PydanticCustomError("span_pattern", "{reason}", {"reason": reason})
        return pattern

    @property
    def has_span(self) -> bool:
        """Whether the pattern says where a span or a date stands in file names."""
        return bool(placeholders(self.pattern))


class Input(ProtoModel):
    """Which files are read, and as which splits."""

    proto = "tfx.components.example_gen.Input"

    splits: Optional[list[InputSplit]] = Field(
        default=None,
        description="The splits that the input comes in, each with a name of its own. By default all files "
        "below input_base are one split, which output_config divides.",
    )

    @field_validator("splits")
    @classmethod
    def _splits_are_alike(cls, splits: Optional[list[InputSplit]]) -> Optional[list[InputSplit]]:
        unique_names(splits)
        for index, split in enumerate(splits or []):
            if splits and placeholders(split.pattern) != placeholders(splits[0].pattern):
                error = PydanticCustomError(
                    "span_pattern", "All splits have the same placeholders in their patterns, or none"
                )
                raise error_at((index, "pattern"), error, split.pattern)
        return splits


class SplitConfigSplit(ProtoModel):
    """One output split and its share of the examples."""

    proto = "tfx.components.example_gen.SplitConfig.Split"

    name: str = Field(min_length=1, description="The split's name, such as train.")
    hash_buckets: Annotated[int, Field(ge=1, le=UINT32_MAX)] = Field(
        description="The split's share: so many of all the splits' hash buckets. Examples are put into "
        "buckets by the hash of their content, so the same example always lands in the same split.",
    )


class SplitConfig(ProtoModel):
    """How examples are divided into output splits."""

    proto = "tfx.components.example_gen.SplitConfig"
    oneofs: ClassVar[Oneofs] = {"splitting_method_config": ("partition_feature_name",)}

    splits: Optional[list[SplitConfigSplit]] = Field(
        default=None,
        description="The output splits. Their order matters: with the same buckets in another order, "
        "examples land elsewhere.",
    )
    partition_feature_name: Optional[str] = Field(
        default=None,
        description="Hash this feature in place of the whole example, so that all examples with the same "
        "value (one user's, say) land in the same split. An integer or bytes feature.",
    )

    @field_validator("splits")
    @classmethod
    def _splits_have_names_of_their_own(
        cls, splits: Optional[list[SplitConfigSplit]]
    ) -> Optional[list[SplitConfigSplit]]:
        unique_names(splits)
        return splits


class Output(ProtoModel):
    """How the output is split."""

    proto = "tfx.components.example_gen.Output"

    split_config: Optional[SplitConfig] = Field(
        default=None,
        description="The output splits. Only for input of a single split; input of several splits keeps "
        "them. Where output_config is not given, a single split becomes train and eval, 2 to 1.",
    )


class CustomConfig(ProtoModel):
    """Configuration that an executor of one's own reads."""

    proto = "tfx.components.example_gen.CustomConfig"

    custom_config: Optional[AnyMessage] = Field(
        default=None,
        description="Any protobuf message in JSON form, with its type in the key `@type`: "
        "`type.googleapis.com/package.Message`. The type must be importable where the node runs.",
    )
