"""TFX's components that work on Google's services: Vertex AI (and AI Platform before it) and BigQuery ML."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.components.base import ChannelReference, ExecutorComponent, Output, Stage
from tfxc.schemas.components.markers import ChannelInput, ReadsSplits
from tfxc.schemas.components.serve import INFERENCES
from tfxc.schemas.components.train import AnyTrainer, Tuner
from tfxc.schemas.protos.base import Message

_PUSHED: Mapping[str, Output] = {
    "pushed_model": Output("PushedModel", "Whether the model was pushed, and where it is served.")
}


class CloudAITrainer(AnyTrainer):
    """Trains a model as a job of Vertex AI.

    A Trainer whose run_fn runs on Google's machines: pipeline_root must be a place that they reach, such as
    `gs://…`, and the job's image must have TFX.
    """

    class_path = "tfx.extensions.google_cloud_ai_platform.trainer.component:Trainer"
    stage = Stage.GOOGLE_CLOUD
    acts_outside = "works in Google Cloud"
    also_called = ("VertexTrainer", "AIPlatformTrainer")
    service = "Google Vertex AI"
    runs_elsewhere = True

    custom_config: Optional[dict[str, Any]] = Field(
        default=None,
        description="The job in `ai_platform_training_args`; with `ai_platform_enable_vertex: true` "
        "and `ai_platform_vertex_region` on Vertex AI. All of it is passed to run_fn too.",
    )


class CloudAITuner(Tuner):
    """Searches for hyperparameters with jobs of Vertex AI, several trials side by side.

    A Tuner whose trials run on Google's machines, which must reach pipeline_root.
    """

    class_path = "tfx.extensions.google_cloud_ai_platform.tuner.component:Tuner"
    stage = Stage.GOOGLE_CLOUD
    acts_outside = "works in Google Cloud"
    also_called = ("VertexTuner", "AIPlatformTuner")
    service = "Google Vertex AI"
    runs_elsewhere = True

    custom_config: Optional[dict[str, Any]] = Field(
        default=None,
        description="The job in `ai_platform_tuning_args`; with `ai_platform_enable_vertex: true` "
        "and `ai_platform_vertex_region` on Vertex AI. All of it is passed to tuner_fn too.",
    )


class CloudAIPusher(ExecutorComponent):
    """Pushes a model to an endpoint of Vertex AI, if every blessing that it is given allows that."""

    class_path = "tfx.extensions.google_cloud_ai_platform.pusher.component:Pusher"
    stage = Stage.GOOGLE_CLOUD
    acts_outside = "works in Google Cloud"
    also_called = ("VertexPusher", "AIPlatformPusher", "endpoint")
    service = "Google Vertex AI"
    light = True
    outputs: ClassVar[Mapping[str, Output]] = _PUSHED
    at_least_one = (("model", "infra_blessing"),)

    model: Annotated[Optional[ChannelReference], ChannelInput("Model")] = Field(
        default=None, description="The model to push."
    )
    model_blessing: Annotated[Optional[ChannelReference], ChannelInput("ModelBlessing")] = Field(
        default=None, description="An Evaluator's blessing: only a blessed model is pushed."
    )
    infra_blessing: Annotated[Optional[ChannelReference], ChannelInput("InfraBlessing")] = Field(
        default=None, description="An InfraValidator's blessing: only a blessed model is pushed."
    )
    custom_config: dict[str, Any] = Field(
        description="Where it is served in `ai_platform_serving_args`; with "
        "`ai_platform_enable_vertex: true`, `ai_platform_vertex_region` and "
        "`ai_platform_vertex_container_image_uri` on Vertex AI.",
    )


class CloudAIBulkInferrer(ExecutorComponent):
    """Predicts on many examples with a model that is served by AI Platform while it does."""

    class_path = (
        "tfx.extensions.google_cloud_ai_platform.bulk_inferrer.component:CloudAIBulkInferrerComponent"
    )
    stage = Stage.GOOGLE_CLOUD
    acts_outside = "works in Google Cloud"
    also_called = ("CloudAIBulkInferrerComponent", "VertexBulkInferrer")
    service = "Google AI Platform"
    outputs: ClassVar[Mapping[str, Output]] = INFERENCES

    examples: Annotated[ChannelReference, ChannelInput("Examples", many=True)] = Field(
        description="The examples to predict on."
    )
    model: Annotated[ChannelReference, ChannelInput("Model")] = Field(description="The model that predicts.")
    model_blessing: Annotated[Optional[ChannelReference], ChannelInput("ModelBlessing")] = Field(
        default=None, description="An Evaluator's blessing: only a blessed model predicts."
    )
    data_spec: Annotated[
        Optional[dict[str, Any]], Message("bulk_inferrer:DataSpec"), ReadsSplits(("example_splits",))
    ] = Field(default=None, description="Which examples are predicted on; all by default.")
    output_example_spec: Annotated[Optional[dict[str, Any]], Message("bulk_inferrer:OutputExampleSpec")] = (
        Field(
            default=None,
            description="Write examples that have the predictions as features, in place of prediction logs.",
        )
    )
    custom_config: dict[str, Any] = Field(
        description="Where the model is served meanwhile, in `ai_platform_serving_args`."
    )


class BigQueryMLPusher(ExecutorComponent):
    """Pushes a model into BigQuery ML, if every blessing that it is given allows that.

    The model must be at a `gs://` address: pipeline_root must be one.
    """

    class_path = "tfx.extensions.google_cloud_big_query.pusher.component:Pusher"
    stage = Stage.GOOGLE_CLOUD
    acts_outside = "works in Google Cloud"
    also_called = ("BigQueryPusher", "bqml")
    service = "Google BigQuery ML"
    light = True
    outputs: ClassVar[Mapping[str, Output]] = _PUSHED
    at_least_one = (("model", "infra_blessing"),)

    model: Annotated[Optional[ChannelReference], ChannelInput("Model")] = Field(
        default=None, description="The model to push."
    )
    model_blessing: Annotated[Optional[ChannelReference], ChannelInput("ModelBlessing")] = Field(
        default=None, description="An Evaluator's blessing: only a blessed model is pushed."
    )
    infra_blessing: Annotated[Optional[ChannelReference], ChannelInput("InfraBlessing")] = Field(
        default=None, description="An InfraValidator's blessing: only a blessed model is pushed."
    )
    custom_config: dict[str, Any] = Field(
        description="Where it goes in `bigquery_serving_args`: `project_id`, `bq_dataset_id`, `model_name` "
        "and `compute_project_id`."
    )
