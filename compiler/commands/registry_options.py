"""Which registry the command line means: the options that name one, and opening it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tfxc.schemas.failures import WrongUse

if TYPE_CHECKING:
    from tfxc.backends.registry.base import Registry

MLFLOW_VARIABLE = "MLFLOW_TRACKING_URI"

MlflowOption = Annotated[
    Optional[str],
    typer.Option(
        "--mlflow", metavar="URL", help=f"The MLflow server; the one that {MLFLOW_VARIABLE} names by default."
    ),
]
KubeflowOption = Annotated[
    Optional[str],
    typer.Option("--kubeflow", metavar="URL", help="The Kubeflow model registry to use instead."),
]


def open_named(mlflow: str | None, kubeflow: str | None) -> Registry:
    """Returns the registry that the options name. Raises WrongUse if they name none, or two."""
    from tfxc.backends.registry.base import open_registry

    if mlflow is not None and kubeflow is not None:
        raise WrongUse("give --mlflow or --kubeflow, not both.")
    if kubeflow is not None:
        return open_registry({"kubeflow": {"server_address": kubeflow}}, os.environ)
    uri = mlflow or os.environ.get(MLFLOW_VARIABLE)
    if not uri:
        raise WrongUse(f"which registry? Give --mlflow URL or --kubeflow URL, or set {MLFLOW_VARIABLE}.")
    return open_registry({"mlflow": {"tracking_uri": uri}}, os.environ)
