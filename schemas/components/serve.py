"""Components that bring models to where they are used."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.components.base import ChannelReference, ExecutorComponent, Output, Stage
from tfxc.schemas.components.markers import ChannelInput, ReadsSplits, WritesToPaths
from tfxc.schemas.protos.base import Message


def _writes_examples(arguments: Mapping[str, Any]) -> bool:
    return arguments.get("output_example_spec") is not None


def _writes_predictions(arguments: Mapping[str, Any]) -> bool:
    return not _writes_examples(arguments)


_LOCAL_PROCESS = ("local_process", "localProcess")
_LOCAL_PROCESS_EXECUTOR = "tfxc.backends.launcher.components.local_process:Executor"

INFERENCES: Mapping[str, Output] = {
    "inference_result": Output(
        "InferenceResult", "The predictions; not with output_example_spec.", _writes_predictions
    ),
    "output_examples": Output(
        "Examples", "The examples with the predictions; with output_example_spec.", _writes_examples
    ),
}


class InfraValidator(ExecutorComponent):
    """Loads a model into a real model server, and may send it requests.

    The server runs in Docker or Kubernetes; with `serving_spec: {local_process: {}}` the model is loaded as
    TensorFlow Serving loads it, in a process of its own, and no container is needed.
    """

    class_path = "tfx.components.infra_validator.component:InfraValidator"
    stage = Stage.SERVE
    also_called = ("ServingValidator", "smoke")
    outputs: ClassVar[Mapping[str, Output]] = {
        "blessing": Output(
            "InfraBlessing",
            "Whether the model could be served; with make_warmup a copy of it.",
        )
    }

    model: Annotated[ChannelReference, ChannelInput("Model")] = Field(description="The model to try.")
    serving_spec: Annotated[dict[str, Any], Message("infra_validator:ServingSpec")] = Field(
        description="The model server, and where it runs."
    )
    examples: Annotated[Optional[ChannelReference], ChannelInput("Examples")] = Field(
        default=None, description="Examples to make requests of; together with request_spec."
    )
    request_spec: Annotated[Optional[dict[str, Any]], Message("infra_validator:RequestSpec")] = Field(
        default=None, description="The requests to send; by default the model is only loaded."
    )
    validation_spec: Annotated[Optional[dict[str, Any]], Message("infra_validator:ValidationSpec")] = Field(
        default=None, description="When the model counts as good."
    )

    @classmethod
    def executor_for(cls, values: Mapping[str, Any]) -> Optional[str]:
        """Returns tfxc's own executor where the model is tried in a process."""
        spec = values.get("serving_spec")
        given = isinstance(spec, dict) and any(spec.get(key) is not None for key in _LOCAL_PROCESS)
        return _LOCAL_PROCESS_EXECUTOR if given else None


class BulkInferrer(ExecutorComponent):
    """Predicts on many examples."""

    class_path = "tfx.components.bulk_inferrer.component:BulkInferrer"
    stage = Stage.SERVE
    runs_beam = True
    also_called = ("predict", "BatchPredict", "inference", "score", "infer")
    outputs: ClassVar[Mapping[str, Output]] = INFERENCES

    examples: Annotated[ChannelReference, ChannelInput("Examples", many=True)] = Field(
        description="The examples to predict on."
    )
    model: Annotated[Optional[ChannelReference], ChannelInput("Model")] = Field(
        default=None, description="The model that predicts."
    )
    model_blessing: Annotated[Optional[ChannelReference], ChannelInput("ModelBlessing")] = Field(
        default=None, description="An Evaluator's blessing: only a blessed model predicts."
    )
    data_spec: Annotated[
        Optional[dict[str, Any]], Message("bulk_inferrer:DataSpec"), ReadsSplits(("example_splits",))
    ] = Field(default=None, description="Which examples are predicted on; all by default.")
    model_spec: Annotated[Optional[dict[str, Any]], Message("bulk_inferrer:ModelSpec")] = Field(
        default=None, description="Which signatures are called."
    )
    output_example_spec: Annotated[Optional[dict[str, Any]], Message("bulk_inferrer:OutputExampleSpec")] = (
        Field(
            default=None,
            description="Write examples that have the predictions as features, in place of prediction logs.",
        )
    )


class Pusher(ExecutorComponent):
    """Copies a model to where it is served, if every blessing that it is given allows that."""

    class_path = "tfx.components.pusher.component:Pusher"
    stage = Stage.SERVE
    also_called = ("deploy", "serve", "publish", "export")
    destination = (("push_destination", "filesystem", "base_directory"),)
    light = True
    outputs: ClassVar[Mapping[str, Output]] = {
        "pushed_model": Output("PushedModel", "A copy of the pushed model, and whether and where it went.")
    }
    at_least_one = (("model", "infra_blessing"), ("push_destination", "executor"))

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
    push_destination: Annotated[
        Optional[dict[str, Any]], Message("pusher:PushDestination"), WritesToPaths()
    ] = Field(
        default=None,
        description="Where the model is pushed. Left out only where an executor of your own pushes "
        "elsewhere.",
    )
    custom_config: Optional[dict[str, Any]] = Field(
        default=None, description="Values of your own. TFX's own Pusher reads none."
    )
