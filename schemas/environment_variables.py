"""The environment variables that a user of tfxc may set or read, for the reference.

Where one is read stays where it is used: this table is what is said of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Use(str, Enum):
    """Who gives a variable its value."""

    SET = "you set it"
    GIVEN = "tfxc sets it"


@dataclass(frozen=True)
class EnvironmentVariable:
    """A variable, who sets it, and what it does in one sentence."""

    name: str
    use: Use
    description: str


ENVIRONMENT_VARIABLES = (
    EnvironmentVariable(
        "TFXC_STANDBY_IDLE",
        Use.SET,
        "Seconds for which a process that has TFX imported waits for the next run; 0 keeps none.",
    ),
    EnvironmentVariable(
        "TFXC_METADATA_PATIENCE",
        Use.SET,
        "Seconds for which a node waits for a metadata server that is gone; 60 by default.",
    ),
    EnvironmentVariable(
        "TFXC_SERVE_TOKEN",
        Use.SET,
        "The token that clients of `tfxc serve` must send as a bearer token; without it none is asked for.",
    ),
    EnvironmentVariable(
        "TFXC_DEBUG",
        Use.SET,
        "With any value, a command that fails shows its traceback instead of a sentence.",
    ),
    EnvironmentVariable(
        "TFXC_PYTHON",
        Use.SET,
        "On Airflow's workers, the Python that has TFX; `backends.airflow.bash.python_environment` names"
        " another variable.",
    ),
    EnvironmentVariable(
        "TFXC_RUN_ID", Use.SET, "The run that a node of `run-node` belongs to, without `--run-id`."
    ),
    EnvironmentVariable(
        "TFXC_RUN_DATE", Use.SET, "The logical date of that run, without `--run-date`; today by default."
    ),
    EnvironmentVariable(
        "TFXC_PARAMETERS", Use.SET, "Values of parameters as a JSON object, without `--parameters`."
    ),
    EnvironmentVariable(
        "TFXC_IMAGE", Use.SET, "In GitLab, the image of the jobs that `tfxc ci` has written."
    ),
    EnvironmentVariable(
        "TFXC_FINAL_STATE",
        Use.GIVEN,
        "In the node of `on_exit`, how the others ended: `succeeded` or `failed`.",
    ),
    EnvironmentVariable(
        "TFXC_BUNDLE", Use.GIVEN, "In a task of Airflow or Kubeflow, the folder of the bundle."
    ),
    EnvironmentVariable("TFXC_NODE", Use.GIVEN, "In a task of Airflow, the node that it runs."),
    EnvironmentVariable(
        "TFXC_CONTAINER_FAILURE",
        Use.GIVEN,
        "In the task of Airflow that marks a node whose container failed, what Airflow says of the failure.",
    ),
    EnvironmentVariable(
        "TFXC_TESTED",
        Use.GIVEN,
        "In the pytest that `tfxc test` starts, the folder of the run of each spec, as a JSON object.",
    ),
    EnvironmentVariable(
        "TFXC_TRIGGERED_BY",
        Use.GIVEN,
        "In a run that a PipelineTrigger has started, the specs that led to it: none of them is"
        " started again.",
    ),
    EnvironmentVariable(
        "MLFLOW_TRACKING_URI", Use.SET, "The server of MLflow for `tfxc registry`, without `--mlflow`."
    ),
    EnvironmentVariable("NO_COLOR", Use.SET, "With any value, nothing is printed in colour."),
    EnvironmentVariable(
        "FORCE_COLOR", Use.SET, "With any value, colours are printed where there is no terminal."
    ),
)
