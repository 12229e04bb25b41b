"""The component that chooses among models: tfxc's own, which TFX does not have."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Optional

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from tfxc.schemas.components.base import ChannelReference, Component, Output, Stage
from tfxc.schemas.components.markers import ChannelInput
from tfxc.schemas.fields import Scalar, error_at

Direction = Literal["maximize", "minimize"]
MAXIMIZE: Direction = "maximize"
MINIMIZE: Direction = "minimize"

_HIGHER_IS_BETTER = (
    "auc accuracy binaryaccuracy categoricalaccuracy sparsecategoricalaccuracy topkcategoricalaccuracy "
    "sparsetopkcategoricalaccuracy aucprecisionrecall auprc balancedaccuracy precision recall f1score "
    "precisionatrecall recallatprecision sensitivityatspecificity specificityatsensitivity cosinesimilarity "
    "truepositives truenegatives tpr tnr specificity cohenskappa r2score squaredpearsoncorrelation ndcg "
    "ndcgmetric meanreciprocalrank meanaverageprecision meaniou binaryiou"
)
_LOWER_IS_BETTER = (
    "loss meansquarederror mse rootmeansquarederror rmse meanabsoluteerror mae meanabsolutepercentageerror "
    "mape meansquaredlogarithmicerror msle binarycrossentropy categoricalcrossentropy "
    "sparsecategoricalcrossentropy crossentropy logloss kldivergence kullbackleiblerdivergence logcosh "
    "logcosherror poisson hinge squaredhinge categoricalhinge falsepositives falsenegatives fpr fnr "
    "missrate fallout brierscore calibrationerror expectedcalibrationerror"
)
DIRECTIONS: Mapping[str, Direction] = {
    **dict.fromkeys(_HIGHER_IS_BETTER.split(), MAXIMIZE),
    **dict.fromkeys(_LOWER_IS_BETTER.split(), MINIMIZE),
}
"""metric of Keras or TFMA, in small letters without ``_`` → which values of it are the better ones"""


def direction_of(metric: str) -> Direction | None:
    """Returns whether more of a metric is better, by its name; None of one that is not known."""
    name = re.sub(r"_\d+$", "", metric.partition("@")[0].rpartition(".")[2])
    return DIRECTIONS.get(name.lower().replace("_", "").replace(" ", ""))


class BestModel(Component):
    """Chooses the best of several models by a metric of their evaluations, and gives a copy of it."""

    class_path = "tfxc.backends.launcher.components.best_model:BestModel"
    stage = Stage.EVALUATE
    also_called = ("champion", "select", "SelectModel")
    light = True
    runs_without_skipped = True
    outputs: ClassVar[Mapping[str, Output]] = {
        "model": Output("Model", "A copy of the best model; its custom properties say which it is of."),
        "blessing": Output(
            "ModelBlessing",
            "With `blessings`: that of the best model, for its copy.",
            present=lambda values: values.get("blessings") is not None,
        ),
    }
    rules = (
        "Each model is told its evaluation by what the Evaluator has read.",
        "A model whose Trainer or Evaluator was skipped is left out; if all are, so is this node.",
    )

    models: Annotated[ChannelReference, ChannelInput("Model", many=True)] = Field(
        description="The models to choose from: `trainer[*].model` for all of a matrix."
    )
    evaluations: Annotated[ChannelReference, ChannelInput("ModelEvaluation", many=True)] = Field(
        description="The evaluations of these models, in any order: `evaluator[*].evaluation`."
    )
    blessings: Annotated[Optional[ChannelReference], ChannelInput("ModelBlessing", many=True)] = Field(
        default=None,
        description="The blessings of these models: with them a blessed one is chosen, if there is one.",
    )
    metric: str = Field(
        min_length=1, description="The metric's name in the evaluations, such as auc or binary_accuracy."
    )
    slice: Optional[Annotated[dict[str, Scalar], Field(min_length=1)]] = Field(
        default=None,
        description="The slice whose metric counts, as feature: value; the whole of the examples by default.",
    )
    direction: Optional[Direction] = Field(
        default=None,
        description="Whether the highest or the lowest value is best; known of Keras's and TFMA's metrics.",
    )

    @model_validator(mode="after")
    def _require_direction(self) -> "BestModel":
        if self.direction is None and direction_of(self.metric) is None:
            reason = f"whether more or less of `{self.metric}` is better is not known"
            context: dict[str, Any] = {
                "reason": reason,
                "help": "say it: `direction: maximize` or `minimize`",
            }
            raise error_at(("metric",), PydanticCustomError("quantity", "{reason}", context), self.metric)
        return self
