"""The component that evaluates models."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Optional

from pydantic import Field

from tfxc.schemas.components.base import ChannelReference, ExecutorComponent, Output, Stage
from tfxc.schemas.components.markers import ChannelInput, KnownBeforeRun, ModuleFile, NotRead, ReadsSplits
from tfxc.schemas.protos.base import Message


class Evaluator(ExecutorComponent):
    """Computes metrics of a model by slice, and blesses it if it meets all thresholds."""

    class_path = "tfx.components.evaluator.component:Evaluator"
    stage = Stage.EVALUATE
    runs_beam = True
    also_called = ("ModelValidator", "ModelEvaluator", "metric", "tfma", "test")
    computes_metrics = True
    outputs: ClassVar[Mapping[str, Output]] = {
        "evaluation": Output("ModelEvaluation", "The metrics and plots of each slice."),
        "blessing": Output(
            "ModelBlessing", "Whether the model met all thresholds. Without any threshold nothing is blessed."
        ),
    }
    exactly_one = (("eval_config", "feature_slicing_spec"),)
    at_most_one = (("module_file", "module_path"),)

    examples: Annotated[ChannelReference, ChannelInput("Examples", many=True)] = Field(
        description="The examples to evaluate on."
    )
    model: Annotated[Optional[ChannelReference], ChannelInput("Model")] = Field(
        default=None,
        description="The model to evaluate. Without it the examples hold predictions, and "
        "model_specs.prediction_key names their feature.",
    )
    baseline_model: Annotated[Optional[ChannelReference], ChannelInput("Model")] = Field(
        default=None,
        description="The model to compare with, usually the latest blessed one. Change thresholds are "
        "ignored while there is none.",
    )
    schema_: Annotated[Optional[ChannelReference], ChannelInput("Schema")] = Field(
        default=None, alias="schema", description="The schema of the examples."
    )
    eval_config: Annotated[Optional[dict[str, Any]], Message("eval_config:EvalConfig")] = Field(
        default=None, description="Models, slices, metrics and thresholds: a tfma.EvalConfig."
    )
    example_splits: Annotated[Optional[list[str]], ReadsSplits(default="eval")] = Field(
        default=None, description="The splits to evaluate on; eval by default."
    )
    fairness_indicator_thresholds: Annotated[
        Optional[list[float]],
        NotRead(
            "ask `eval_config` for the metric `FairnessIndicators`, with the `module` of the package "
            "fairness-indicators and the thresholds in its `config`"
        ),
    ] = Field(
        default=None,
        description=(
            "TFX records it and does not read it: for fairness indicators give `eval_config` the metric "
            "`FairnessIndicators`, with the `module` of the package fairness-indicators."
        ),
    )
    module_file: Annotated[
        Optional[str], ModuleFile(optional=("custom_eval_shared_model", "custom_extractors"))
    ] = Field(
        default=None,
        min_length=1,
        description="A Python file that may define custom_eval_shared_model(eval_saved_model_path, "
        "model_name, eval_config, **kwargs) and custom_extractors(eval_shared_model, eval_config, "
        "tensor_adapter_config).",
    )
    module_path: Annotated[Optional[str], KnownBeforeRun()] = Field(
        default=None,
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$",
        description="In place of module_file: the import path of such a module.",
    )
    feature_slicing_spec: Annotated[Optional[dict[str, Any]], Message("evaluator:FeatureSlicingSpec")] = (
        Field(
            default=None,
            description="Slices, in place of eval_config, for Estimators' EvalSavedModels. Deprecated.",
        )
    )
