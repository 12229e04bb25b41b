"""What an Evaluator computes, and what a model must meet to be blessed.

Mirrors ``EvalConfig`` and what it holds of ``tensorflow_model_analysis/proto/config.proto``; metrics,
thresholds and slices have modules of their own.
"""

from typing import Annotated, Any, ClassVar, Optional, Union

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from tfxc.schemas.protos.base import Message, Oneofs, ProtoModel
from tfxc.schemas.protos.scalars import Count, Double, Int64, ProtoEnum

PROTO_MODULE = "tensorflow_model_analysis.proto.config_pb2"

MetricsSpecValue = Annotated[Any, Message("eval_metrics:MetricsSpec")]
SlicingSpecValue = Annotated[Any, Message("eval_slices:SlicingSpec")]
CrossSlicingSpecValue = Annotated[Any, Message("eval_slices:CrossSlicingSpec")]

CONFIDENCE_INTERVAL_METHOD = ProtoEnum(
    "tensorflow_model_analysis.ConfidenceIntervalOptions.ConfidenceIntervalMethod",
    (("UNKNOWN_CONFIDENCE_INTERVAL_METHOD", 0), ("POISSON_BOOTSTRAP", 1), ("JACKKNIFE", 2)),
)


class PaddingOptions(ProtoModel):
    """What fills up labels and predictions of unequal length."""

    proto = "tensorflow_model_analysis.PaddingOptions"
    oneofs: ClassVar[Oneofs] = {
        "label_padding": ("label_int_padding", "label_float_padding"),
        "prediction_padding": ("prediction_int_padding", "prediction_float_padding"),
    }

    label_int_padding: Optional[Int64] = Field(default=None, description="Fills integer labels.")
    label_float_padding: Optional[Double] = Field(default=None, description="Fills float labels.")
    prediction_int_padding: Optional[Int64] = Field(default=None, description="Fills integer predictions.")
    prediction_float_padding: Optional[Double] = Field(default=None, description="Fills float predictions.")


class ModelSpec(ProtoModel):
    """A model, and where its labels, predictions and weights are found."""

    proto = "tensorflow_model_analysis.ModelSpec"

    name: Optional[str] = Field(
        default=None,
        description="The model's name. With one model_spec leave it out: TFX adds the baseline's itself.",
    )
    model_type: Optional[str] = Field(
        default=None,
        description="How the model is loaded: tf_keras, tf_generic (a SavedModel), tf_lite, tf_js, "
        "tfma_eval. Found out from the model by default.",
    )
    signature_name: Optional[str] = Field(
        default=None,
        description="The signature that predicts. By default a Keras model is called itself; others have "
        "serving_default.",
    )
    preprocessing_function_names: Optional[list[str]] = Field(
        default=None,
        description="Functions of the model that make its features from raw examples, such as "
        "transform_features and tft_layer, run in this order before it predicts.",
    )
    label_key: Optional[str] = Field(
        default=None, description="The feature that holds the label, as it is after preprocessing."
    )
    label_keys: Optional[dict[str, str]] = Field(
        default=None, description="Output name → feature with its label, for a multi-output model."
    )
    prediction_key: Optional[str] = Field(
        default=None,
        description="The key of the prediction in the model's output where that is ambiguous; without a "
        "model, the feature that holds predictions made before.",
    )
    prediction_keys: Optional[dict[str, str]] = Field(
        default=None, description="Output name → key of its prediction, for a multi-output model."
    )
    example_weight_key: Optional[str] = Field(default=None, description="The feature that weights examples.")
    example_weight_keys: Optional[dict[str, str]] = Field(
        default=None, description="Output name → feature that weights examples, for a multi-output model."
    )
    is_baseline: Optional[bool] = Field(
        default=None,
        description="Whether this is the model to compare with; at most one is. TFX adds it itself when the "
        "Evaluator has a baseline_model and there is one model_spec without a name.",
    )
    padding_options: Optional[PaddingOptions] = Field(
        default=None, description="What fills up labels and predictions of unequal length."
    )
    inference_batch_size: Optional[Count] = Field(
        default=None,
        description="Examples the model predicts at a time. By default as many as come together.",
    )

    at_most_one = (
        ("label_key", "label_keys"),
        ("prediction_key", "prediction_keys"),
        ("example_weight_key", "example_weight_keys"),
    )


class ConfidenceIntervalOptions(ProtoModel):
    """How confidence intervals are found."""

    proto = "tensorflow_model_analysis.ConfidenceIntervalOptions"

    method: Annotated[Optional[Union[str, int]], CONFIDENCE_INTERVAL_METHOD] = Field(
        default=None,
        description="JACKKNIFE, the default: leave out one of 20 buckets at a time; needs some thousand "
        "examples a slice. POISSON_BOOTSTRAP: resample 20 times; costs more.",
    )


class RepeatedStringValue(ProtoModel):
    """A list of texts that can be unset."""

    proto = "tensorflow_model_analysis.RepeatedStringValue"

    values: Optional[list[str]] = Field(default=None, description="The texts.")


class Options(ProtoModel):
    """Settings of the whole evaluation."""

    proto = "tensorflow_model_analysis.Options"

    include_default_metrics: Optional[bool] = Field(
        default=None,
        description="Compute also the metrics and losses that a Keras model was compiled with. True by "
        "default.",
    )
    compute_confidence_intervals: Optional[bool] = Field(
        default=None, description="Add confidence intervals to the metrics. False by default."
    )
    confidence_intervals: Optional[ConfidenceIntervalOptions] = Field(
        default=None, description="How confidence intervals are found."
    )
    min_slice_size: Optional[Count] = Field(
        default=None, description="Leave out slices with fewer examples. 1 by default."
    )
    disabled_outputs: Optional[RepeatedStringValue] = Field(
        default=None,
        description="Outputs not to write: metrics, plots, attributions, analysis, eval_config.json.",
    )


class EvalConfig(ProtoModel):
    """What to evaluate: models, slices, metrics and thresholds."""

    proto = "tensorflow_model_analysis.EvalConfig"

    model_specs: Optional[list[ModelSpec]] = Field(
        default=None,
        description="The models. One without a name is enough: it stands for the candidate, and TFX adds the "
        "baseline.",
    )
    slicing_specs: Optional[list[SlicingSpecValue]] = Field(
        default=None,
        description="The slices to compute for. `{}` is all examples, and is what is computed by default; "
        "list it too where other slices are listed.",
    )
    cross_slicing_specs: Optional[list[CrossSlicingSpecValue]] = Field(
        default=None, description="Slices to compare with each other."
    )
    metrics_specs: Optional[list[MetricsSpecValue]] = Field(
        default=None, description="The metrics, with their thresholds."
    )
    options: Optional[Options] = Field(default=None, description="Settings of the whole evaluation.")

    @field_validator("model_specs")
    @classmethod
    def _models_can_be_told_apart(cls, specs: Optional[list[ModelSpec]]) -> Optional[list[ModelSpec]]:
        names = [spec.name or "" for spec in specs or ()]
        if len(names) > 2:
            raise PydanticCustomError("model_specs", "At most two models: a candidate and a baseline")
        if len(names) == 2 and "" in names:
            raise PydanticCustomError("model_specs", "With two models each needs a name")
        if len(names) == 2 and names[0] == names[1]:
            raise PydanticCustomError("model_specs", "Two models have the same name")
        if sum(bool(spec.is_baseline) for spec in specs or ()) > 1:
            raise PydanticCustomError("model_specs", "Only one model can be the baseline")
        return specs
