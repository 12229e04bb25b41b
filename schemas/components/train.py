"""Components that train models."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Optional

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tfxc.schemas.components.base import ChannelReference, ExecutorComponent, Output, Stage
from tfxc.schemas.components.katib import KatibSettings
from tfxc.schemas.components.markers import (
    ArgumentOfTfxc,
    ChannelInput,
    ModuleFile,
    ReadsSplits,
    UserFunction,
)
from tfxc.schemas.fields import error_at
from tfxc.schemas.protos.base import Message
from tfxc.schemas.tfx_lines import OnlyInTfx


class Tuner(ExecutorComponent):
    """Searches for hyperparameters with a KerasTuner of yours.

    With `engine: katib` the trials are to be jobs of a cluster, and `katib` has the search: no backend starts
    Katib yet.
    """

    class_path = "tfx.components.tuner.component:Tuner"
    stage = Stage.TRAIN
    also_called: ClassVar[tuple[str, ...]] = ("KerasTuner", "hyperparameter", "search", "optimize")
    outputs: ClassVar[Mapping[str, Output]] = {
        "best_hyperparameters": Output("HyperParameters", "The best hyperparameters that were found."),
        "tuner_results": Output("TunerResults", "All trials, with their scores."),
    }
    exactly_one = (("module_file", "tuner_fn"),)

    examples: Annotated[ChannelReference, ChannelInput("Examples", many=True)] = Field(
        description="The examples to train on: raw, or transformed together with transform_graph."
    )
    schema_: Annotated[Optional[ChannelReference], ChannelInput("Schema")] = Field(
        default=None, alias="schema", description="The schema of raw examples, as fn_args.schema_path."
    )
    transform_graph: Annotated[Optional[ChannelReference], ChannelInput("TransformGraph")] = Field(
        default=None, description="The graph that made the features."
    )
    base_model: Annotated[Optional[ChannelReference], ChannelInput("Model")] = Field(
        default=None, description="A model to start from, as fn_args.base_model."
    )
    module_file: Annotated[Optional[str], ModuleFile(required=("tuner_fn",))] = Field(
        default=None,
        min_length=1,
        description="The Python file that defines tuner_fn(fn_args) → TunerFnResult.",
    )
    tuner_fn: Annotated[Optional[str], UserFunction()] = Field(
        default=None, description="In place of module_file: the import path of tuner_fn."
    )
    train_args: Annotated[
        Optional[dict[str, Any]], Message("trainer:TrainArgs"), ReadsSplits(("splits",), default="train")
    ] = Field(default=None, description="How long and on which splits to train in each trial.")
    eval_args: Annotated[
        Optional[dict[str, Any]], Message("trainer:EvalArgs"), ReadsSplits(("splits",), default="eval")
    ] = Field(default=None, description="How long and on which splits to evaluate in each trial.")
    engine: Annotated[Literal["keras_tuner", "katib"], ArgumentOfTfxc()] = Field(
        default="keras_tuner", description="What makes the trials."
    )
    katib: Annotated[Optional[KatibSettings], ArgumentOfTfxc()] = Field(
        default=None, description="The search, together with `engine: katib`."
    )
    tune_args: Annotated[Optional[dict[str, Any]], Message("tuner:TuneArgs")] = Field(
        default=None, description="How trials are spread. TFX's own Tuner fails if it is given."
    )
    custom_config: Optional[dict[str, Any]] = Field(
        default=None, description="Values of your own, passed to tuner_fn as fn_args.custom_config."
    )

    @classmethod
    def engine_for(cls, values: Mapping[str, Any]) -> Optional[Literal["katib"]]:
        """Returns ``katib`` if that makes the trials."""
        return "katib" if values.get("engine") == "katib" else None

    @model_validator(mode="after")
    def _katib_has_its_search(self) -> "Tuner":
        if (self.engine == "katib") != (self.katib is not None):
            key = "katib" if self.katib is not None else "engine"
            reason = "`engine: katib` and `katib` belong together"
            help_line = "give both, or neither for KerasTuner"
            error = PydanticCustomError("quantity", "{reason}", {"reason": reason, "help": help_line})
            raise error_at((key,), error, None)
        return self


class AnyTrainer(ExecutorComponent):
    """What every Trainer takes and gives, here and on Google's machines."""

    stage = Stage.TRAIN
    outputs: ClassVar[Mapping[str, Output]] = {
        "model": Output("Model", "The model that run_fn saved to fn_args.serving_model_dir."),
        "model_run": Output(
            "ModelRun", "What run_fn wrote to fn_args.model_run_dir, such as TensorBoard logs."
        ),
    }
    exactly_one = (("module_file", "run_fn"),)

    examples: Annotated[ChannelReference, ChannelInput("Examples", many=True)] = Field(
        description="The examples to train on: raw, or transformed together with transform_graph."
    )
    transform_graph: Annotated[Optional[ChannelReference], ChannelInput("TransformGraph")] = Field(
        default=None, description="The graph that made the features, to be saved with the model for serving."
    )
    schema_: Annotated[Optional[ChannelReference], ChannelInput("Schema")] = Field(
        default=None, alias="schema", description="The schema of raw examples, as fn_args.schema_path."
    )
    base_model: Annotated[Optional[ChannelReference], ChannelInput("Model")] = Field(
        default=None, description="A model to start from, as fn_args.base_model."
    )
    hyperparameters: Annotated[Optional[ChannelReference], ChannelInput("HyperParameters")] = Field(
        default=None, description="A Tuner's best hyperparameters, as fn_args.hyperparameters."
    )
    module_file: Annotated[Optional[str], ModuleFile(required=("run_fn",))] = Field(
        default=None, min_length=1, description="The Python file that defines run_fn(fn_args)."
    )
    run_fn: Annotated[Optional[str], UserFunction()] = Field(
        default=None, description="In place of module_file: the import path of run_fn."
    )
    train_args: Annotated[
        Optional[dict[str, Any]], Message("trainer:TrainArgs"), ReadsSplits(("splits",), default="train")
    ] = Field(default=None, description="How long and on which splits to train.")
    eval_args: Annotated[
        Optional[dict[str, Any]], Message("trainer:EvalArgs"), ReadsSplits(("splits",), default="eval")
    ] = Field(default=None, description="How long and on which splits to evaluate while training.")
    custom_config: Optional[dict[str, Any]] = Field(
        default=None, description="Values of your own, passed to run_fn as fn_args.custom_config."
    )


class Trainer(AnyTrainer):
    """Trains a model with a function of yours."""

    class_path = "tfx.components.trainer.component:Trainer"
    also_called: ClassVar[tuple[str, ...]] = ("fit", "learn", "estimator", "GenericTrainer")

    statistics: Annotated[
        Optional[ChannelReference], ChannelInput("ExampleStatistics"), OnlyInTfx("1.21")
    ] = Field(default=None, description="The statistics of the examples.")
