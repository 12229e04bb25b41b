"""How Katib searches for hyperparameters: its Experiment, as far as a spec decides it.

The names are those of the ``kubeflow.org/v1beta1`` Experiment, in snake_case, and the rules those of its
webhook and of what comes behind it. No backend starts Katib yet.
"""

from typing import Literal, Optional

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError, ValidationError

from tfxc.schemas.fields import Number, Scalar, error_at
from tfxc.schemas.protos.base import ConfigModel

METRIC_PATTERN = r"^[A-Za-z0-9_|-]+$"
"""What Katib finds in the lines that a trial prints."""


class Objective(ConfigModel):
    """What a trial is measured by."""

    type: Literal["minimize", "maximize"] = Field(description="Whether less or more is better.")
    objective_metric_name: str = Field(
        pattern=METRIC_PATTERN, description="The metric, such as val_accuracy."
    )
    goal: Optional[Number] = Field(default=None, description="Stop where a trial reaches this.")
    additional_metric_names: Optional[list[str]] = Field(
        default=None, description="Other metrics to be kept."
    )


class Algorithm(ConfigModel):
    """How the next values are chosen."""

    algorithm_name: Literal[
        "random",
        "grid",
        "tpe",
        "multivariate-tpe",
        "bayesianoptimization",
        "hyperband",
        "cmaes",
        "sobol",
        "pbt",
    ] = Field(description="Katib's name of it.")
    algorithm_settings: Optional[dict[str, Scalar]] = Field(
        default=None, description="Settings of the algorithm, by Katib's names."
    )


class FeasibleSpace(ConfigModel):
    """The values that a hyperparameter may have: a range, or a list."""

    at_least_one = (("min", "list"), ("max", "list"))
    at_most_one = (("min", "list"), ("max", "list"), ("step", "list"))

    min: Optional[Number] = Field(default=None, description="The least value.")
    max: Optional[Number] = Field(default=None, description="The largest value.")
    step: Optional[Number] = Field(default=None, description="The distance between two values.")
    list_: Optional[list[Scalar]] = Field(default=None, alias="list", min_length=1, description="All values.")
    distribution: Optional[Literal["uniform", "logUniform", "normal", "logNormal"]] = Field(
        default=None, description="How values of a range are drawn; uniform by default."
    )


class SearchedParameter(ConfigModel):
    """One hyperparameter, which fn_args.hyperparameters has under its name."""

    name: str = Field(min_length=1, description="The hyperparameter's name.")
    parameter_type: Literal["int", "double", "categorical", "discrete"] = Field(
        description="int and double have a range, categorical (texts) and discrete (numbers) a list."
    )
    feasible_space: FeasibleSpace = Field(description="The values that it may have.")

    @model_validator(mode="after")
    def _space_is_of_the_type(self) -> "SearchedParameter":
        space, has_range = self.feasible_space, self.parameter_type in ("int", "double")
        if has_range != (space.list_ is None):
            wanted = "`min` and `max`" if has_range else "a `list`"
            raise _refused_at("feasible_space", f"a parameter of type {self.parameter_type} has {wanted}")
        if space.min is not None and space.max is not None and space.min > space.max:
            raise _refused_at("feasible_space", "`min` is larger than `max`")
        return self


class KatibSettings(ConfigModel):
    """A search with Katib: trials as jobs of a cluster, side by side."""

    objective: Objective = Field(description="What a trial is measured by.")
    algorithm: Algorithm = Field(description="How the next values are chosen.")
    parameters: list[SearchedParameter] = Field(min_length=1, description="The search space.")
    max_trial_count: int = Field(ge=1, description="How many trials there are.")
    parallel_trial_count: int = Field(default=3, ge=1, description="How many run side by side.")
    max_failed_trial_count: Optional[int] = Field(
        default=None, ge=0, description="How many may fail before the search does."
    )

    @model_validator(mode="after")
    def _counts_and_names_fit(self) -> "KatibSettings":
        for key in ("parallel_trial_count", "max_failed_trial_count"):
            if (getattr(self, key) or 0) > self.max_trial_count:
                where = key if key in self.model_fields_set else "max_trial_count"
                raise _refused_at(where, f"`{key}` ({getattr(self, key)}) is more than `max_trial_count`")
        names = [each.name for each in self.parameters]
        for index, name in enumerate(names):
            if name in names[:index]:
                raise _refused_at("parameters", f"two parameters are called `{name}`")
        return self


def _refused_at(key: str, reason: str) -> ValidationError:
    error = PydanticCustomError("quantity", "{reason}", {"reason": reason, "help": "Katib refuses it"})
    return error_at((key,), error, None)
