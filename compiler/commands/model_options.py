"""What `serve` and `predict` share: the model that the command line names."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from tfxc.compiler.commands.checked_specs import checked_plan
from tfxc.compiler.commands.registry_options import open_named
from tfxc.schemas.failures import Failure, WrongUse
from tfxc.schemas.words.printable import printable

if TYPE_CHECKING:
    from tfxc.backends.launcher.protocol.values import Scalar
    from tfxc.backends.serving.models import FoundModel
    from tfxc.schemas.plan import Plan

_REGISTERED = "models:/"

PusherOption = Annotated[
    Optional[str], typer.Option("--pusher", metavar="NODE", help="The Pusher of the spec, if it has several.")
]
ParameterOption = Annotated[
    Optional[list[str]],
    typer.Option(
        "--parameter", "-P", metavar="NAME=VALUE", help="A parameter that the place of the model depends on."
    ),
]
BlessedOption = Annotated[
    bool, typer.Option("--blessed", help="Of a spec the model that was blessed last, pushed or not.")
]
NameOption = Annotated[
    Optional[str],
    typer.Option(
        "--name", "--model_name", metavar="NAME", help="The model's name; the spec's or the folder's."
    ),
]


def named_model(
    path: Path,
    environment: Optional[str],
    pusher: Optional[str],
    parameters: Sequence[str],
    name: Optional[str] = None,
    blessed: bool = False,
    mlflow: Optional[str] = None,
    kubeflow: Optional[str] = None,
) -> FoundModel:
    """Returns the model that a folder holds, or that a spec's Pusher has pushed, or that was blessed last, or
    that ``models:/…`` means in a registry.

    Raises Failure and WrongUse with one sentence, and typer.Exit for a spec with mistakes.
    """
    from tfxc.backends.serving.models import model_in, pushed_model

    if str(path).startswith(_REGISTERED):
        if blessed:
            raise WrongUse("--blessed is for a spec, not for a model of a registry.")
        return _registered_model(str(path), mlflow, kubeflow, name)
    if mlflow is not None or kubeflow is not None:
        raise WrongUse("--mlflow and --kubeflow are for a model of a registry: `models:/NAME@ALIAS`.")
    if path.is_dir():
        if blessed:
            raise WrongUse(f"--blessed is for a spec, and `{path}` is a folder.")
        return model_in(path, name)
    from tfxc.backends.launcher.protocol.values import resolve_parameters
    from tfxc.backends.local.planning.parameters import given_parameters

    checked = checked_plan(path, environment)
    assert checked.plan is not None  # noqa: S101 - checked_plan says so
    plan = checked.plan
    given = given_parameters(plan, parameters)
    known = {each.name for each in plan.parameters if not each.required or each.name in given}
    part = plan.model_copy(
        update={"parameters": tuple(each for each in plan.parameters if each.name in known)}
    )
    values = resolve_parameters(part, given)
    if blessed:
        return _blessed_model(plan, checked.loaded.folder, values, name)
    return pushed_model(plan, checked.loaded.folder, values, os.environ, pusher, name)


def _registered_model(
    address: str, mlflow: Optional[str], kubeflow: Optional[str], name: Optional[str]
) -> FoundModel:
    """Returns a version of a registry, downloaded to a folder that is gone when the command is over."""
    import atexit
    import shutil
    import tempfile

    from tfxc.backends.registry.base import resolve, verified_download
    from tfxc.backends.serving.models import FoundModel

    registry = open_named(mlflow, kubeflow)
    version = resolve(registry, address)
    folder = Path(tempfile.mkdtemp(prefix="tfxc-model-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    # A registry's versions are numbers, but for Kubeflow's, whose names anybody may choose.
    number = version.version if version.version.isascii() and version.version.isdigit() else "1"
    verified_download(registry, version, folder / number)
    sys.stderr.write(printable(f"{version.uri} is downloaded") + "\n")
    return FoundModel(name or version.name, folder)


def _blessed_model(
    plan: Plan, folder: Path, parameters: Mapping[str, Scalar], name: Optional[str]
) -> FoundModel:
    """Returns the model that was blessed last, as the Trainer wrote it. Raises Failure if there is none."""
    from tfxc.backends.metadata.blessed import latest_blessed_model
    from tfxc.backends.metadata.past import read_past
    from tfxc.backends.serving.models import FoundModel, serving_folder

    found = latest_blessed_model(read_past(plan, folder, parameters).history)
    if found is None:
        raise Failure(f"no model of `{plan.name}` has been blessed yet, or it is no longer there.")
    return FoundModel(name or plan.name, serving_folder(Path(found.uri)), is_single=True)
